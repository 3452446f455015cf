"""Between the police and us: calls that come in, orders that go out, receipts, and who may sign (三务融合).

What goes out says what and where, in words that a colleague wrote for it; never a name, a number or the report itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.people.models import Organisation, OrganisationKind
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.police import (
    CallKind,
    HandOver,
    HandOverState,
    Partner,
    PoliceCalls,
    Way,
)
from gongzhi.workorders.police_partners import (
    NotDelivered,
    PartnerRow,
    nobody_in,
    partner_for,
    partners,
    post,
)
from gongzhi.workorders.policies.police import require
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import IN_HAND, TRIAGE

#: Hand-overs that still wait for the police.
WAITING = (HandOverState.QUEUED, HandOverState.SENT, HandOverState.PAPER)
#: After so many tries a message goes on paper; between them the wait doubles, to an hour at most.
MOST_TRIES, LONGEST_WAIT = 12, timedelta(hours=1)


@dataclass(frozen=True)
class Call:
    """A call that was not police business, as the police hand it over."""

    number: str
    kind: str
    words: str
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str = "WGS84"


@transaction.atomic
def take_call(partner: PartnerRow, call: Call, *, by: Actor, at: datetime) -> tuple[HandOver, bool]:
    """Take a call over as an ordinary report. (hand-over, whether it was taken before)

    The same number gives the first order again, also at the same instant; with other content it is a Conflict.
    Raises what :func:`reporting.report` raises.
    """
    number = call.number.strip()
    if not 4 <= len(number) <= 40 or not number.isprintable():
        raise Invalid(fields={"call_number": [_("警情编号要有 4 到 40 个字符。")]}, code="call_number")
    if call.kind not in CallKind.values:
        raise Invalid(fields={"kind": [_("没有这种类型。")]}, code="kind")
    if not call.place.strip() and call.lon is None:
        sentence = _("请写地点，或给出经纬度。")
        raise Invalid(sentence, fields={"place": [sentence]}, code="place")
    words, place = nobody_in(call.words, "words"), nobody_in(call.place, "place")
    receipt = reporting.report(
        Draft(
            description=words,
            channel=Channel.POLICE,
            place_text=place,
            lon=call.lon,
            lat=call.lat,
            crs=call.crs,
            emergency_acknowledged=True,  # the police have heard of it: it comes from them
            source=f"police:{partner.code}",
            source_key=number,
            origin={"from": partner.name, "call": number, "kind": call.kind},
        ),
        by=by,
        at=at,
    )
    if receipt.repeated:
        return HandOver.objects.select_related("order").get(partner_id=partner.id, call_number=number), True
    row = HandOver.objects.create(
        way=Way.IN,
        order=receipt.order,
        partner_id=partner.id,
        state=HandOverState.RECEIVED,
        at=at,
        call_number=number,
        kind=call.kind,
    )
    return row, False


def open_handover(order: WorkOrder) -> HandOver | None:
    """The hand-over of a (locked) order that still waits for the police."""
    return order.handovers.filter(way=Way.OUT, state__in=WAITING).select_for_update().first()


@transaction.atomic
def hand_to_police(
    order_id: int, *, text: str, place: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Hand an order to the police: by message where an address is set up, otherwise on paper.

    The promise to answer stands still until they take it or give it back.
    """
    order = locked(order_id, by=by, seen=seen)
    words = nobody_in(words_of_step(text, _("请写明是什么情况。")), "text")
    place = nobody_in(place.strip()[:200], "place")
    partner = partner_for(order.street_id)
    take(order, "hand_to_police", by=by, at=at, detail={"body": partner.name if partner else _("公安机关")})
    sends = bool(settings.POLICE_ADDRESS) and partner is not None
    row = HandOver.objects.create(
        way=Way.OUT,
        order=order,
        partner_id=partner.id if partner else None,
        state=HandOverState.QUEUED if sends else HandOverState.PAPER,
        at=at,
        by_id=by.account_id,
        words=words,
        place=place,
        next_try_at=at if sends else None,
    )
    if sends:
        from gongzhi.workorders.jobs import send_handover

        send_handover.defer(handover_id=row.pk)
    return order


def _back(order: WorkOrder, effect: str) -> dict[str, Any]:
    """Where an order goes from the police: to its unit, or to the centre, whose clock starts again."""
    if order.unit_id is not None:
        return {"target": IN_HAND}
    clock = {"answer": "resume", "rework": "resume", "police": effect, "dispatch": "start"}
    return {"target": TRIAGE, "clock": clock}


def _ended(order: WorkOrder, state: str, at: datetime, *, receipt: str = "") -> None:
    row = open_handover(order)
    if row is not None:
        row.state, row.ended_at, row.next_try_at = state, at, None
        row.receipt = receipt or row.receipt
        row.save(update_fields=["state", "ended_at", "next_try_at", "receipt"])


@transaction.atomic
def taken_by_police(
    order_id: int, *, receipt: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The police have taken it: their number is kept, and nothing is owed by us any more."""
    order = locked(order_id, by=by, seen=seen)
    number = nobody_in(receipt.strip(), "receipt")
    if not 2 <= len(number) <= 60 or not number.isprintable():
        sentence = _("请填公安机关的受理编号。")
        raise Invalid(sentence, code="receipt", fields={"receipt": [sentence]})
    take(order, "taken_by_police", by=by, at=at, detail={"receipt": number})
    _ended(order, HandOverState.TAKEN, at, receipt=number)
    return order


@transaction.atomic
def returned_by_police(
    order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The police give it back: it is not theirs. Back to the unit, or to the centre."""
    order = locked(order_id, by=by, seen=seen)
    words = words_of_step(reason, _("请写明公安机关为什么退回。"), "reason")
    take(order, "returned_by_police", by=by, at=at, text=words, **_back(order, "meet"))
    _ended(order, HandOverState.RETURNED, at)
    return order


@transaction.atomic
def recall_from_police(
    order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """No longer wait for the police; a message that has not gone out does not go out any more."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "recall_from_police", by=by, at=at, text=note.strip(), **_back(order, "cancel"))
    _ended(order, HandOverState.RECALLED, at)
    return order


@transaction.atomic
def told_by_police(
    partner: PartnerRow, key: UUID, outcome: str, *, receipt: str, words: str, by: Actor, at: datetime
) -> HandOver:
    """What the police say of a hand-over of ours: taken or returned. Saying the same again changes nothing."""
    row = HandOver.objects.filter(key=key, partner_id=partner.id, way=Way.OUT).first()
    if row is None:
        raise NotFound(_("没有这次移交。"))
    locked(row.order_id, by=by)
    row.refresh_from_db()
    if row.state == outcome:
        return row
    if row.state not in WAITING:
        raise Conflict(_("这次移交已经结束。"), code="ended")
    if outcome == HandOverState.TAKEN:
        taken_by_police(row.order_id, receipt=receipt, by=by, at=at)
    else:
        returned_by_police(row.order_id, reason=words, by=by, at=at)
    row.refresh_from_db()
    return row


def message_of(row: HandOver) -> dict[str, Any]:
    """What travels: the least that is needed to find the place and know what it is about."""
    order = row.order
    sure = (order.confidence or 0) >= settings.GONGZHI_CONFIDENCE
    line = tree().line(order.category_id) if sure else []
    # a grid is known by its number only within its community
    area = ground().name_of(
        order.grid_id or order.community_id or order.street_id, above=1 if order.grid_id else 0
    )
    return {
        "key": str(row.key),
        "number": order.number,
        "kind": line[-1].said if line else "",
        "words": row.words,
        "place": row.place,
        "area": area,
        # of what is not public only what a colleague has written for them travels
        "lon": None if order.private else order.lon,
        "lat": None if order.private else order.lat,
    }


@transaction.atomic
def deliver(handover_id: int, *, by: Actor, at: datetime) -> bool:
    """Send one hand-over whose moment has come. True when it went; False when there is nothing to do or it failed.

    The row is locked while the other side is asked, so that two workers never send it side by side; the key makes a
    second copy harmless.
    """
    row = (
        HandOver.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("order")
        .filter(pk=handover_id, state=HandOverState.QUEUED, next_try_at__lte=at)
        .first()
    )
    if row is None:
        return False
    partner = next((one for one in partners() if one.id == row.partner_id), None)
    if partner is None or not settings.POLICE_ADDRESS:
        row.state, row.next_try_at = HandOverState.PAPER, None
        row.save(update_fields=["state", "next_try_at"])
        return False
    row.tries += 1
    try:
        row.receipt = post(partner, message_of(row), at=at)
    except NotDelivered as fault:
        row.fault = str(fault)[:200]
        row.next_try_at = at + min(timedelta(minutes=2 ** (row.tries - 1)), LONGEST_WAIT)
        if row.tries >= MOST_TRIES:
            row.state, row.next_try_at = HandOverState.PAPER, None
        row.save(update_fields=["tries", "fault", "next_try_at", "state"])
        return False
    row.state, row.next_try_at, row.fault = HandOverState.SENT, None, ""
    row.save(update_fields=["state", "tries", "next_try_at", "fault", "receipt"])
    return True


@transaction.atomic
def add_partner(code: str, organisation_id: int, *, by: Actor, at: datetime) -> Partner:
    """Let a police station exchange hand-overs. Its key is shown to whoever did this, once."""
    require(by, "change_partners")
    body = organisations().get(organisation_id)
    if body is None or body.kind != OrganisationKind.POLICE:
        raise Invalid(
            _("请选择公安机关。"), code="not_police", fields={"organisation": [_("请选择公安机关。")]}
        )
    try:
        with transaction.atomic():
            row = Partner.objects.create(
                code=code, organisation=Organisation.objects.get(pk=organisation_id), since=at
            )
    except IntegrityError as fault:
        raise Conflict(
            _("已经有这个代码。"), code="known_code", fields={"code": [_("已经有这个代码。")]}
        ) from fault
    bump("police_partners")
    return row


@transaction.atomic
def renew_key(partner_id: int, *, seen: int, by: Actor, at: datetime) -> Partner:
    """A new key; the old one opens nothing any more. ``seen`` is the edition that is replaced."""
    require(by, "change_partners")
    row = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if row is None:
        raise NotFound
    if row.edition != seen:
        raise Conflict(_("就在刚才，有人先换了密钥。"), code="someone_was_quicker")
    row.edition, row.since, row.revoked_at = row.edition + 1, at, None
    row.save(update_fields=["edition", "since", "revoked_at"])
    bump("police_partners")
    return row


@transaction.atomic
def revoke_partner(partner_id: int, *, by: Actor, at: datetime) -> Partner:
    """The partner may no longer sign, until its key is renewed."""
    require(by, "change_partners")
    row = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        raise Conflict(_("已经停用。"), code="revoked_already")
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    bump("police_partners")
    return row


@transaction.atomic
def count_calls(street_id: int, month: date, calls: int, *, by: Actor, at: datetime) -> PoliceCalls:
    """How many calls the police had in a street in a month, as they told us; told again, the new number counts."""
    if by.service != "police":
        require(by, "count_calls")
    area = ground().areas.get(street_id)
    if area is None or area.level != Level.STREET:
        raise Invalid(_("请选择街道。"), code="street", fields={"street": [_("请选择街道。")]})
    if month.day != 1 or month > at.date() or not 0 <= calls <= 1_000_000:
        raise Invalid(_("请检查月份和数字。"), code="month", fields={"calls": [_("请检查月份和数字。")]})
    row, _made = PoliceCalls.objects.update_or_create(
        street_id=street_id, month=month, defaults={"calls": calls, "by_id": by.account_id, "at": at}
    )
    return row
