"""A round at a partner's server: how ours stand there, what is new, and the photographs that may be fetched.

The network is asked outside of any transaction; each request is then a transaction of its own, so that a round that is
broken off anywhere has kept whole requests only, and the next one goes on from there.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from gongzhi.journal import actions as journal
from gongzhi.journal.models import Entry
from gongzhi.kit import reaching
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Refusal
from gongzhi.kit.images import MOST_BYTES, check_picture
from gongzhi.kit.reaching import NotReached
from gongzhi.workorders.actions import exchanging
from gongzhi.workorders.models import Counterpart, Peer
from gongzhi.workorders.models.open311 import Takes
from gongzhi.workorders.open311 import client
from gongzhi.workorders.open311.partners import PeerRow, peers, secret_of

log = logging.getLogger("gongzhi.open311")
#: How far back a round looks again: their clock and ours differ, and some enter requests late.
OVERLAP = timedelta(hours=1)
#: Requests whose standing is asked for in one round; the longest unasked first.
MOST_STANDINGS = 500
#: Reasons that are kept of requests that could not be taken.
MOST_LEFT_OUT = 200
LONGEST_WAIT = timedelta(hours=6)
#: How long a photograph is tried for.
PATIENCE = timedelta(days=1)


@dataclass
class Round:
    """What a round brought."""

    new: int = 0
    changed: int = 0
    left_out: int = 0
    fault: str = ""


def visit(peer_id: int, *, by: Actor, at: datetime) -> Round:
    """Go round to one partner. A fault of the way is kept with the partner and tried again later, with growing waits."""
    peer, done = peers().get(peer_id), Round()
    if peer is None or not peer.address:
        return done
    try:
        secret = secret_of(peer.id)
        _tokens(peer, secret)
        _standings(peer, secret, done, by=by, at=at)
        until = _new(peer, secret, done, by=by, at=at) if peer.takes != Takes.NONE else None
    except NotReached as fault:
        done.fault = str(fault)[:200]
        _failed(peer, done.fault, at)
        return done
    changes = {"asked_at": at, "failures": 0, "next_try_at": None, "fault": ""}
    Peer.objects.filter(pk=peer.id).update(**changes, **({"pulled_until": until} if until else {}))
    return done


def _failed(peer: PeerRow, fault: str, at: datetime) -> None:
    failures = Peer.objects.values_list("failures", flat=True).get(pk=peer.id)
    wait = min(timedelta(minutes=2 ** min(failures, 10)), LONGEST_WAIT)
    Peer.objects.filter(pk=peer.id).update(failures=F("failures") + 1, fault=fault, next_try_at=at + wait)


def _tokens(peer: PeerRow, secret: str) -> None:
    """Numbers that a server gave only a token for."""
    rows = Counterpart.objects.filter(peer_id=peer.id, their_id=None, status="open").exclude(token="")
    for row in rows.order_by("at")[:50]:
        if their_id := client.id_of_token(peer, secret, row.token):
            Counterpart.objects.filter(pk=row.pk, their_id=None).update(their_id=their_id[:120])


def _standings(peer: PeerRow, secret: str, done: Round, *, by: Actor, at: datetime) -> None:
    rows = Counterpart.objects.filter(peer_id=peer.id, status="open", their_id__isnull=False)
    rows = rows.order_by(F("told_at").asc(nulls_first=True), "pk")
    known: dict[str, list[int]] = {}
    for their_id, key in rows.values_list("their_id", "pk")[:MOST_STANDINGS]:
        known.setdefault(str(their_id), []).append(key)
    found = client.requests_by_id(peer, secret, known)
    for their_id, told in found.items():
        for key in known[their_id]:
            done.changed += exchanging.hear(key, told, by=by, at=at)
    missing = [key for their_id, keys in known.items() if their_id not in found for key in keys]
    Counterpart.objects.filter(pk__in=missing).update(told_at=at)  # asked for again after the others


def _new(peer: PeerRow, secret: str, done: Round, *, by: Actor, at: datetime) -> datetime:
    pulled = Peer.objects.values_list("pulled_until", flat=True).get(pk=peer.id)
    since = (pulled or peer.since + OVERLAP) - OVERLAP
    for told in client.requests_between(peer, secret, since, at):
        try:
            done.new += exchanging.take_told(peer, told, by=by, at=at) == "new"
        except Refusal as refusal:
            done.left_out += 1
            _leave_out(peer, told["service_request_id"], str(refusal))
    return at


@transaction.atomic
def _leave_out(peer: PeerRow, their_id: str, why: str) -> None:
    row = Peer.objects.select_for_update().get(pk=peer.id)
    kept = dict(list(row.left_out.items())[-MOST_LEFT_OUT:]) | {their_id: why[:200]}
    row.left_out = kept
    row.save(update_fields=["left_out"])


def fetch_photograph(counterpart_id: int, *, by: Actor, at: datetime) -> bool:
    """Fetch the photograph behind a link that came with a request, from a host that was allowed for its partner.

    Only machines on the public internet are asked, what comes is checked and encoded again like any photograph; what is
    none stays a link.
    """
    row = Counterpart.objects.filter(pk=counterpart_id, fetch_at__lte=at).first()
    if row is None:
        return False
    try:
        answer = reaching.ask(str(row.told.get("media_url", "")), public=True, most=MOST_BYTES)
        picture = check_picture(io.BytesIO(answer.body), name="photo.jpg")
    except NotReached as fault:
        again = (
            None
            if fault.status in (400, 403, 404, 410) or at - row.at > PATIENCE
            else at + timedelta(hours=1)
        )
        Counterpart.objects.filter(pk=row.pk).update(fetch_at=again)
        return False
    except Refusal:
        Counterpart.objects.filter(pk=row.pk).update(fetch_at=None)
        return False
    with transaction.atomic():
        mine = Counterpart.objects.select_for_update().filter(pk=row.pk, fetch_at__isnull=False).first()
        first = Entry.objects.filter(thread_id=row.order_id, position=1).first()
        if mine is None or first is None:
            return False
        journal.attach(first, [picture])
        mine.fetch_at = None
        mine.save(update_fields=["fetch_at"])
    return True
