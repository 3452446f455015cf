"""Tips about fire, theft and fraud (线索): given without a name, passed to the police, brought back with an outcome.

What a tip says stands in its own row behind row-level security; its thread keeps only what was done and when.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civics.emergency import emergency_in
from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Unprocessable
from gongzhi.people.actor import Person
from gongzhi.people.queries import order_centre_of
from gongzhi.people.roles import GRID_ROLES
from gongzhi.workorders.models.tips import Tip, TipKind, TipOutcome, TipState
from gongzhi.workorders.police_partners import nobody_in
from gongzhi.workorders.policies.police import require
from gongzhi.workorders.queries.tips import ALPHABET, CODE_LENGTH, SERVICE, code_digest
from gongzhi.workorders.tables import default_street, emergencies
from gongzhi.workorders.understanding import named_in

#: Nobody's word is worth more than this, in yuan.
MOST_LOSS = 10_000_000_000


@dataclass(frozen=True)
class Given:
    """What whoever gave a tip takes home; the code is shown once."""

    code: str
    id: uuid.UUID


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=field, fields={field: [sentence]})


@transaction.atomic
def give(
    kind: str, words: str, *, place: str = "", acknowledged: bool = False, by: Actor, at: datetime
) -> Given:
    """Leave a tip. Who did is kept nowhere: not the account, not the address; only whether a grid worker did.

    Raises Unprocessable for something that happens now, until they say that they have called.
    """
    if kind not in TipKind.values:
        raise _wrong("kind", _("请选择是哪一类。"))
    text = words.strip()
    if not 6 <= len(text) <= 3000:
        raise _wrong("words", _("请写 6 到 3000 个字：什么事、在哪里、什么时候。"))
    alarm = emergency_in(text, emergencies())
    if alarm is not None and not acknowledged:
        number, sentence, _phrase = alarm
        raise Unprocessable(
            _("请先拨打 {number}。").format(number=number), help=_(sentence), code="emergency",
            fields={"acknowledged": [number]},
        )  # fmt: skip
    place = place.strip()[:200]
    spot = named_in(place) or named_in(text)
    street = spot.street_id if spot and spot.street_id else default_street()
    centre = order_centre_of(street)
    code = "".join(secrets.choice(ALPHABET) for _letter in range(CODE_LENGTH))
    grid = isinstance(by, Person) and bool(by.holding(*GRID_ROLES))
    # in the name of the service: the entry says neither who nor from which side
    with acting(SERVICE):
        said = Said("tips.give", detail={"kind": kind, "grid": grid})
        thread, _entries = journal.open_thread("tip", [said], by=SERVICE, at=at)
        row = Tip(
            thread=thread, kind=kind, words=text, place=place, from_grid=grid, given_at=at,
            division_id=(spot.community_id or spot.street_id) if spot else street,
            held_by=[centre.id] if centre else [], code_digest=code_digest(code),
        )  # fmt: skip
        Tip.objects.bulk_create([row])
    return Given(code, row.pk)


def _locked(tip_id: uuid.UUID, seen: int | None, *, by: Actor) -> Tip:
    require(by, "see_tips")
    row = Tip.objects.select_for_update(of=("self",)).select_related("thread").filter(pk=tip_id).first()
    if row is None:
        raise NotFound(_("没有这条线索。"))
    if seen is not None and row.edits != seen:
        raise Conflict(
            _("就在刚才，有人先处理了这条线索。"), help=_("请看一下现在的情况。"), code="someone_was_quicker"
        )
    row.thread = journal.lock(row.thread_id)
    return row


def _write(row: Tip, verb: str, fields: dict[str, Any], *, by: Actor, at: datetime, **detail: Any) -> Tip:
    for name, value in fields.items():
        setattr(row, name, value)
    row.edits += 1
    row.save(update_fields=[*fields, "edits"])
    journal.write(row.thread, [Said(f"tips.{verb}", detail=detail)], by=by, at=at)
    return row


@transaction.atomic
def pass_on(tip_id: uuid.UUID, *, receipt: str, by: Actor, at: datetime, seen: int | None = None) -> Tip:
    """The tip was handed to the police, who gave a number for it."""
    row = _locked(tip_id, seen, by=by)
    number = receipt.strip()
    if not 2 <= len(number) <= 60 or not number.isprintable():
        raise _wrong("receipt", _("请填公安机关的受理编号。"))
    if row.state != TipState.NEW:
        raise Conflict(_("这条线索已经转给公安。"), code="passed_already")
    return _write(
        row, "pass_on", {"state": TipState.PASSED, "receipt": number, "passed_at": at}, by=by, at=at
    )


@transaction.atomic
def close(
    tip_id: uuid.UUID,
    *,
    outcome: str,
    words: str = "",
    loss_avoided: int = 0,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> Tip:
    """What the police made of it, in words that the giver reads, and the loss it avoided (whole yuan)."""
    row = _locked(tip_id, seen, by=by)
    if row.state != TipState.PASSED:
        raise Conflict(_("要先转公安，才有结果。"), code="not_passed")
    if outcome not in TipOutcome.values:
        raise _wrong("outcome", _("请选择结果。"))
    if not 0 <= loss_avoided <= MOST_LOSS:
        raise _wrong("loss_avoided", _("请检查金额。"))
    if loss_avoided and outcome not in (TipOutcome.PREVENTED, TipOutcome.CONFIRMED):
        raise _wrong("loss_avoided", _("线索没有查实，避免的损失请填 0。"))
    text = nobody_in(words.strip()[:1000], "words")
    return _write(
        row, "close",
        {"state": TipState.ENDED, "outcome": outcome, "outcome_words": text, "loss_avoided": loss_avoided, "ended_at": at},
        by=by, at=at, outcome=outcome, loss=loss_avoided,
    )  # fmt: skip
