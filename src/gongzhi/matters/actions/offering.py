"""What a room offers, and what becomes of it: taken up by a room or a person, declined, withdrawn, and what came of it.

Whether somebody may offer, publish or withdraw is asked by the room that does (it knows who is concerned); here is asked
who may take up. An offer keeps no key to what it was written after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.matters.models import Offer
from gongzhi.matters.policies import require


@dataclass(frozen=True)
class Given:
    """What is offered. ``kind`` is topic or story; a topic waits for somebody, a story is read by everybody."""

    kind: str
    title: str
    text: str
    about: str = ""
    often: str = ""
    division_id: int | None = None
    body_id: int | None = None


@transaction.atomic
def offer(given: Given, *, by: Actor, at: datetime) -> Offer:
    """Offer something. For rooms: they have asked already whether this person may."""
    if not given.title.strip() or not given.text.strip():
        sentence = _("请写标题和内容。")
        raise Invalid(sentence, fields={"text": [sentence]})
    if given.kind not in Offer.Kind.values or given.often not in Offer.Often.values:
        raise ValueError(f"no such offer: {given.kind!r}, {given.often!r}")
    return Offer.objects.create(
        kind=given.kind,
        state=Offer.State.WAITING if given.kind == Offer.Kind.TOPIC else Offer.State.PUBLISHED,
        title=given.title.strip()[:80], text=given.text.strip(), about=given.about, often=given.often,
        division_id=given.division_id, body_id=given.body_id, at=at,
    )  # fmt: skip


def _locked(offer_id: int, *states: str) -> Offer:
    row = Offer.objects.select_for_update(of=("self",)).select_related("division").filter(pk=offer_id).first()
    if row is None:
        raise NotFound
    if row.state not in states:
        raise Conflict(
            _("现在是“{state}”，不能这样做。").format(state=row.get_state_display()),
            help=_("请刷新页面，看看现在可以做什么。"), code="step_not_allowed",
        )  # fmt: skip
    return row


def _words(text: str, field: str) -> str:
    if len(text.strip()) < 2:
        sentence = _("请写几句话。")
        raise Invalid(sentence, fields={field: [sentence]})
    return text.strip()[:4000]


@transaction.atomic
def take_up(offer_id: int, *, text: str, matter_id: int | None = None, by: Actor, at: datetime) -> Offer:
    """Somebody of the area takes a topic up and says how; a room that makes a matter of it says which."""
    row = _locked(offer_id, Offer.State.WAITING)
    if by.service is None:
        require(by, "answer", row)
    row.state, row.answer, row.answered_at, row.answered_by_id = (
        Offer.State.TAKEN,
        _words(text, "text"),
        at,
        by.account_id,
    )
    row.matter_id = matter_id
    row.save(update_fields=["state", "answer", "answered_at", "answered_by", "matter"])
    return row


@transaction.atomic
def decline(offer_id: int, *, text: str, by: Actor, at: datetime) -> Offer:
    """It is not taken up, for a reason that whoever offered it reads."""
    row = _locked(offer_id, Offer.State.WAITING)
    require(by, "answer", row)
    row.state, row.answer, row.answered_at, row.answered_by_id = (
        Offer.State.DECLINED,
        _words(text, "text"),
        at,
        by.account_id,
    )
    row.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    return row


@transaction.atomic
def note_outcome(offer_id: int, *, text: str, by: Actor, at: datetime) -> Offer:
    """What came of a topic that was taken up; said again, the new words stand."""
    row = _locked(offer_id, Offer.State.TAKEN)
    require(by, "answer", row)
    row.outcome, row.outcome_at, row.outcome_by_id = _words(text, "text"), at, by.account_id
    row.save(update_fields=["outcome", "outcome_at", "outcome_by"])
    return row


@transaction.atomic
def withdraw(offer_id: int, *, by: Actor, at: datetime) -> Offer:
    """Taken back by the room that offered it: its words go. What was taken up stays as it is."""
    row = _locked(offer_id, Offer.State.WAITING, Offer.State.PUBLISHED, Offer.State.DECLINED)
    row.state, row.title, row.text = Offer.State.WITHDRAWN, "", ""
    row.save(update_fields=["state", "title", "text"])
    return row
