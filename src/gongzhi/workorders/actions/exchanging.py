"""Exchanging requests with partners by Open311: taking theirs in, sending ours, hearing how ours stand there.

Every request that comes in goes through :func:`reporting.report`. What has been somewhere never goes back there: each
request carries the installations it has been through, and what a partner sent is known by its number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid, Refusal
from gongzhi.kit.reaching import NotReached
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import forwarding, reporting
from gongzhi.workorders.actions.reporting import Receipt
from gongzhi.workorders.actions.steps import locked, say
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, Counterpart, Course, Outside, PeerKey, WorkOrder
from gongzhi.workorders.models.open311 import Gives, Takes
from gongzhi.workorders.open311 import client, filed
from gongzhi.workorders.open311.filed import Filed
from gongzhi.workorders.open311.partners import PeerRow, Shown, codes_of, installation, peers, secret_of
from gongzhi.workorders.open311.speaking import moment_of
from gongzhi.workorders.police_partners import without_numbers
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import ASSIGNED, TRIAGE

#: After so many tries we give up; between them the wait doubles, to six hours at most: about two days in all.
MOST_TRIES, LONGEST_WAIT = 16, timedelta(hours=6)
#: How long an outside body has when nobody named a day.
DAYS_OUTSIDE = 7
#: What is older than this is no longer forwarded by itself: the sweep reads the newest orders only.
LOOKS_BACK = timedelta(days=7)


# ---- what comes in


def _mine(via: tuple[str, ...] | list[str]) -> str:
    """Our number of a request that has been here before, or an empty text."""
    here = f"{installation()}:"
    return next((hop.removeprefix(here) for hop in via if hop.startswith(here)), "")


def via_of(order_id: int, number: str) -> list[str]:
    """The installations that an order has been through, this one last."""
    kept = Counterpart.objects.filter(order_id=order_id, way="in").values_list("via", flat=True)
    return [*dict.fromkeys(hop for via in kept for hop in via), f"{installation()}:{number}"]


@transaction.atomic
def file_request(key: Shown, told: Filed, *, by: Actor, at: datetime) -> Receipt:
    """Take in what a partner has filed with us. The same token gives the first order again.

    Raises Invalid for what has been here before, and what :func:`reporting.report` raises.
    """
    if number := _mine(told.via):
        raise Invalid(
            _("这件就是从这里转出去的，编号 {number}，不再收一次。").format(number=number), code="loop"
        )
    receipt = reporting.report(told.draft, by=by, at=at)
    if not receipt.repeated:
        allowed = _allowed_link(key.peer, told.told.get("media_url"))
        Counterpart.objects.create(
            peer_id=key.peer.id,
            by_key_id=key.id,
            order=receipt.order,
            way="in",
            state=Course.RECEIVED,
            via=list(told.via),
            at=at,
            told=told.told,
            fetch_at=at if allowed else None,
        )
    today = clock.local(at).date()
    if key.used_on != today:
        PeerKey.objects.filter(pk=key.id).update(used_on=today)
    return receipt


def number_of_token(token: str) -> str | None:
    """The number of what was filed under a token (its Idempotency-Key), by whichever partner."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    sources = [peer.source for peer in peers().values()]
    found = WorkOrder.objects.filter(source__in=sources, source_key=digest)
    return found.values_list("number", flat=True).first()


def _allowed_link(peer: PeerRow, link: Any) -> bool:
    """May the photograph behind a link be fetched? Only from hosts that the administrator named for this partner."""
    return bool(link) and (urlsplit(str(link)).hostname or "") in peer.media_hosts


def take_told(peer: PeerRow, told: Mapping[str, Any], *, by: Actor, at: datetime) -> str:
    """Take one request as a partner tells it: ``new``, ``known``, ``ours`` (it came from here) or ``passed over``.

    One transaction: nothing of it is kept, or all. Taken twice, also at the same instant, it is one order. Raises what
    :func:`reporting.report` raises.
    """
    try:
        with transaction.atomic():
            return _take(peer, told, by=by, at=at)
    except IntegrityError:
        with transaction.atomic():
            return _take(peer, told, by=by, at=at)


def _take(peer: PeerRow, told: Mapping[str, Any], *, by: Actor, at: datetime) -> str:
    their_id = told["service_request_id"]
    known = list(
        Counterpart.objects.filter(peer_id=peer.id, their_id=their_id)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if known:
        for key in known:
            hear(key, told, by=by, at=at)
        return "known"
    via = filed.hops(told.get("via") or "")
    if number := _mine(via):
        # ours: their acknowledgement may have been lost on the way, and this is it
        lost = Counterpart.objects.filter(peer_id=peer.id, order__number=number, way="out", their_id=None)
        lost.update(their_id=their_id, state=Course.SENT, next_try_at=None, fault="", status=told["status"])
        return "ours"
    codes = codes_of(peer)
    ours = [key for key in (codes.ours_of(told["service_code"] or "") if codes else []) if key in tree().live]
    if not ours and peer.takes != Takes.ALL:
        return "passed over"
    history = told["status"] == "closed"
    place = (told["address"] or "")[:200]
    receipt = reporting.report(
        Draft(
            description=filed.description_of(told["description"] or "", told["service_name"] or "", place),
            title=(told["service_name"] or "")[:120],
            channel=Channel.OPEN311,
            category_id=ours[0] if ours else None,
            lon=told["long"],
            lat=told["lat"],
            place_text=place,
            emergency_acknowledged=True,  # whoever took it first has heard of it
            source=peer.source,
            source_key=f"id:{their_id}"[:120],
            opened_at=moment_of(told["requested_datetime"]) if history else None,
            outcome=filed.past_of(told) if history else None,
        ),
        by=by,
        at=at,
    )
    if receipt.repeated:
        return "known"
    Counterpart.objects.create(
        peer_id=peer.id,
        order=receipt.order,
        way="in",
        state=Course.RECEIVED,
        their_id=their_id,
        via=list(via),
        at=at,
        status=told["status"],
        told=_kept(told),
        told_at=at,
        fetch_at=at if _allowed_link(peer, told.get("media_url")) else None,
    )
    return "new"


def _kept(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "via"}


#: What is news to colleagues when it changes.
_NEWS = ("status", "status_notes", "agency_responsible", "service_notice", "expected_datetime")


@transaction.atomic
def hear(counterpart_id: int, told: Mapping[str, Any], *, by: Actor, at: datetime) -> bool:
    """Keep what a partner says of a request now. True when something changed.

    What changed is entered for colleagues; when they have closed what was forwarded to them, that is their answer.
    """
    order_id = Counterpart.objects.filter(pk=counterpart_id).values_list("order_id", flat=True).first()
    if order_id is None:
        return False
    order = locked(order_id, by=by)
    row = (
        Counterpart.objects.select_for_update(of=("self",))
        .select_related("peer", "outside")
        .get(pk=counterpart_id)
    )
    before, now = row.told, _kept(told)
    fresh = [name for name in _NEWS if (before.get(name) or None) != (now.get(name) or None)]
    row.told, row.status, row.told_at = now, told["status"], at
    row.save(update_fields=["told", "status", "told_at"])
    if not fresh or order.history:
        return bool(fresh)
    outside = row.outside
    if (
        row.way == Counterpart.Way.OUT
        and told["status"] == "closed"
        and outside is not None
        and _waits(outside)
    ):
        words = now.get("status_notes") or _("对方已经办结，没有写说明。")
        forwarding.answered(order, outside, text=words, by=by, at=at)
        return True
    detail = {"body": row.peer.name, "status": told["status"]}
    if now.get("expected_datetime"):
        detail["until"] = now["expected_datetime"]
    text = str(now.get("status_notes") or "")
    journal.write(order.matter.thread, [say("hear", text=text, detail=detail)], by=by, at=at)
    return True


def _waits(outside: Outside) -> bool:
    outside.refresh_from_db(fields=["answered_at", "recalled_at"])
    return outside.answered_at is None and outside.recalled_at is None


# ---- what goes out


def queue(order: WorkOrder, peer_id: int, outside: Outside, *, by: Actor, at: datetime) -> Counterpart:
    """Send a (locked) order that was just forwarded to a partner. Invalid for what came from them, or an unknown partner."""
    peer = peers().get(peer_id)
    if peer is None or not peer.address:
        sentence = _("没有这家对接方，或者它没有接收的地址。")
        raise Invalid(sentence, code="peer", fields={"peer": [sentence]})
    row = Counterpart.objects.filter(peer_id=peer.id, order=order).first()
    if row is not None and row.way == Counterpart.Way.IN:
        sentence = _("这件是{name}转来的，不能再转回去。").format(name=peer.name)
        raise Invalid(sentence, code="loop", fields={"peer": [sentence]})
    if row is None:
        row = Counterpart(peer_id=peer.id, order=order, way=Counterpart.Way.OUT)
    if row.their_id and row.status == "open":
        # they still work on it: one number is enough
        row.outside, row.state = outside, Course.SENT
        row.save(update_fields=["outside", "state"])
        return row
    if row.their_id or row.token:
        row.key, row.their_id, row.token, row.told = Counterpart().key, None, "", {}
    row.outside, row.state, row.at, row.next_try_at = outside, Course.QUEUED, at, at
    row.tries, row.fault, row.status, row.told_at = 0, "", "", None
    row.via = via_of(order.pk, order.number)
    row.save()

    from gongzhi.workorders.jobs import send_counterpart

    send_counterpart.defer(counterpart_id=row.pk)
    return row


def form_of(row: Counterpart, peer: PeerRow) -> dict[str, str] | None:
    """What is filed with a partner: what a colleague wrote for them, the service, and the place. None without a service.

    Nothing of the reporter, and of an order that is not public no exact place.
    """
    order, outside = row.order, row.outside
    codes = codes_of(peer)
    found = codes.outside_of(order.category_id) if codes else None
    if found is None or outside is None:
        return None
    form = {
        "service_code": found[0],
        "description": outside.words[: filed.LONGEST],
        "address_string": outside.place,
        "via": ",".join(row.via),
    }
    if order.lon is not None and order.lat is not None and not order.private:
        form |= {"lat": repr(order.lat), "long": repr(order.lon)}
    elif not outside.place:
        form["address_string"] = ground().name_of(order.community_id or order.street_id, above=1)
    return form


@transaction.atomic
def deliver(counterpart_id: int, *, by: Actor, at: datetime) -> bool:
    """Send one request whose moment has come. True when it went; False when there is nothing to do or it failed.

    The row is locked while the partner is asked, so that two workers never send it side by side; its key makes a second
    copy harmless where the partner knows keys. What they refuse comes back as their answer.
    """
    row = (
        Counterpart.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("order", "outside")
        .filter(pk=counterpart_id, state=Course.QUEUED, next_try_at__lte=at)
        .first()
    )
    if row is None:
        return False
    peer = peers().get(row.peer_id)
    if row.outside is None or not _waits(row.outside):
        row.state, row.next_try_at, row.fault = Course.REFUSED, None, "recalled"
        row.save(update_fields=["state", "next_try_at", "fault"])
        return False
    form = form_of(row, peer) if peer and peer.address else None
    if peer is None or form is None:
        _given_up(row, _("对照表里没有这个分类的代码，或者对接已经停用。"), by=by, at=at)
        return False
    row.tries += 1
    try:
        taken = client.file(peer, secret_of(peer.id), form, key=str(row.key))
    except NotReached as fault:
        refused = client.refusal_in(fault)
        row.fault = refused or str(fault)[:200]
        if refused or row.tries >= MOST_TRIES:
            _given_up(row, row.fault, by=by, at=at)
            return False
        row.next_try_at = at + min(timedelta(minutes=2 ** (row.tries - 1)), LONGEST_WAIT)
        row.save(update_fields=["tries", "fault", "next_try_at"])
        return False
    row.their_id, row.token = taken.their_id[:120] or None, taken.token[:120]
    row.state, row.next_try_at, row.fault, row.status = Course.SENT, None, "", "open"
    row.save(update_fields=["their_id", "token", "state", "tries", "next_try_at", "fault", "status"])
    return True


def _given_up(row: Counterpart, words: str, *, by: Actor, at: datetime) -> None:
    """They did not take it: the order goes back to where it came from, with the reason."""
    row.state, row.next_try_at, row.fault = Course.REFUSED, None, words[:200]
    row.save(update_fields=["state", "tries", "next_try_at", "fault"])
    if row.outside is None:
        return
    order = locked(row.order_id, by=by)
    if _waits(row.outside):
        text = _("没有送到对方系统：{fault}").format(fault=words)
        forwarding.answered(order, row.outside, text=text, declined=True, by=by, at=at)


def forward_mapped(*, by: Actor, at: datetime, most: int = 100) -> int:
    """Forward the orders whose category the table gives to a partner by itself. Each is a transaction of its own.

    Never what is private or urgent, what came from a partner, or what has been forwarded before.
    """
    done = 0
    for peer in peers().values():
        codes = codes_of(peer)
        if peer.gives != Gives.MAPPED or not peer.address or codes is None:
            continue
        topics = [key for key in tree().live if codes.outside_of(key) is not None]
        rows = WorkOrder.objects.filter(
            Q(state=ASSIGNED) | Q(state=TRIAGE, confidence__gte=settings.GONGZHI_CONFIDENCE), open=True, history=False, private=False, urgent=False, asked="", held=False,
            parts=0, category_id__in=topics, opened_at__gte=max(peer.since, at - LOOKS_BACK),
        ).exclude(channel=Channel.OPEN311)  # fmt: skip
        rows = rows.exclude(counterparts__isnull=False).order_by("opened_at", "pk")
        for order in rows[:most]:
            day = clock.local(max(order.answer_due_at or at, at + timedelta(days=DAYS_OUTSIDE))).date()
            words = without_numbers(order.description)
            try:
                with transaction.atomic():
                    forwarding.forward(
                        order.pk, body=peer.name, until=day, words=words, place=without_numbers(order.place_text),
                        peer_id=peer.id, by=by, at=at,
                    )  # fmt: skip
                done += 1
            except Refusal:
                continue
    return done
