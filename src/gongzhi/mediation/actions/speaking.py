"""The case's room: at any hour parties and team write, and hand in what proves something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.images import Picture
from gongzhi.mediation.actions.steps import (
    EVERYBODY,
    for_party,
    locked,
    on_team,
    own_party,
    party_of,
    take,
    tell,
    wrong,
)
from gongzhi.mediation.models import Case


def _heard_by(case: Case, by: Actor, only: int | None, private: bool) -> tuple[tuple[str, ...], int]:
    """(sides that read it, number of the party that speaks or 0 for the team)."""
    own = own_party(case, by)
    if own is not None:
        return (for_party(own.number) if private else EVERYBODY), own.number
    if on_team(case, by) and only is not None:
        return for_party(party_of(case, only).number), 0
    return EVERYBODY, 0


@transaction.atomic(savepoint=False)
def say(
    case_id: int,
    *,
    text: str,
    private: bool = False,
    only: int | None = None,
    pictures: Sequence[Picture] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Say something in the room: to all, or between one party and the team (``private`` by a party, ``only`` by the team)."""
    case = locked(case_id, "say", by=by, seen=seen)
    if not text.strip() and not pictures:
        raise wrong("text", _("请写点什么。"))
    sides, number = _heard_by(case, by, only, private)
    take(case, "say", text=text, detail={"party": number}, sides=sides, pictures=pictures, by=by, at=at)
    tell(
        case,
        parties=None if sides == EVERYBODY else [party_of(case, only)] if only else (),
        team=True,
        by=by,
        at=at,
    )
    return case


@transaction.atomic(savepoint=False)
def give_evidence(
    case_id: int,
    *,
    text: str = "",
    pictures: Sequence[Picture] = (),
    shared: bool = False,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Hand in pictures; for the team only, unless the party says that the others may see them."""
    case = locked(case_id, "give_evidence", by=by, seen=seen)
    if not pictures:
        raise wrong("files", _("请选一张照片或扫描件。"))
    sides, number = _heard_by(case, by, None, not shared)
    take(
        case,
        "give_evidence",
        text=text,
        detail={"party": number},
        sides=sides,
        pictures=pictures,
        by=by,
        at=at,
    )
    tell(case, parties=(), team=True, by=by, at=at)
    return case
