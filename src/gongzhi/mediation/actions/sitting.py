"""The mediation itself: begin, plan a sitting, record it, put a note by, take more time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.kit.images import Picture
from gongzhi.matters.models import Deadline
from gongzhi.mediation import terms
from gongzhi.mediation.actions.steps import (
    EVERYBODY,
    THE_TEAM,
    WITH_GUESTS,
    for_party,
    locked,
    need,
    party_of,
    take,
    tell,
    wrong,
)
from gongzhi.mediation.models import Case, Guest, GuestPart, Party, Sitting, SittingKind
from gongzhi.meetings.video import new_room


@transaction.atomic(savepoint=False)
def begin(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Mediation begins: every party has been told its rights and duties, and has accepted the mediator."""
    case = locked(case_id, "begin", by=by, seen=seen)
    untold = [party.name for party in Party.objects.filter(case=case, told_at=None)]
    need(
        not untold,
        _("还没有告知权利义务：{names}").format(names="、".join(untold)),
        _("请先逐一告知并登记。"),
    )
    need(case.mediator_id is not None, _("还没有选定调解员。"), _("请先选定调解员，并请各方表态。"))
    need(
        case.parties_agreed_at is not None, _("还有当事人没有同意这位调解员。"), _("请各方表态，或另选一位。")
    )
    take(case, "begin", by=by, at=at)
    tell(case, by=by, at=at)
    return case


def _sides(kind: str, party: Party | None, guests: bool) -> tuple[str, ...]:
    if kind == SittingKind.SEPARATE and party is not None:
        return for_party(party.number)
    if kind == SittingKind.JOINT:
        return WITH_GUESTS if guests else EVERYBODY
    return THE_TEAM


@transaction.atomic(savepoint=False)
def plan_sitting(
    case_id: int,
    *,
    kind: str,
    starts_at: datetime,
    party: int | None = None,
    place: str = "",
    video: bool = False,
    open_to_guests: bool = False,
    interpreter_id: int | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Sitting:
    """Plan a sitting. Of a separate one only its party is told; the others do not know that it is."""
    case = locked(case_id, "plan_sitting", by=by, seen=seen)
    if kind not in SittingKind.values:
        raise wrong("kind", _("请选背对背、面对面或调查。"))
    if (kind == SittingKind.SEPARATE) != (party is not None):
        raise wrong("party", _("背对背要写明和哪一方谈。"))
    who = party_of(case, party) if party is not None else None
    interpreter = None
    if interpreter_id is not None:
        interpreter = Guest.objects.filter(pk=interpreter_id, case=case, part=GuestPart.INTERPRETER).first()
        need(
            interpreter is not None and interpreter.ended_at is None,
            _("没有这位翻译。"),
            _("请先邀请翻译，并征得各方同意。"),
        )
    sides = _sides(kind, who, open_to_guests)
    sitting = Sitting.objects.create(
        case=case, kind=kind, party=who, starts_at=starts_at, place=place.strip()[:120],
        room=new_room() if video else "", open_to_guests=open_to_guests, interpreter=interpreter,
        sides=list(sides), at=at,
    )  # fmt: skip
    detail = {"kind": kind, "sitting": sitting.pk, "starts_at": starts_at.isoformat()}
    take(case, "plan_sitting", detail=detail, sides=sides, by=by, at=at)
    told = Party.objects.filter(case=case) if kind == SittingKind.JOINT else [who] if who else []
    tell(case, parties=list(told), team=True, by=by, at=at)
    return sitting


def _sitting(case: Case, sitting_id: int) -> Sitting:
    found = Sitting.objects.select_related("party").filter(pk=sitting_id, case=case).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic(savepoint=False)
def cancel_sitting(
    case_id: int, *, sitting_id: int, text: str = "", seen: int | None = None, by: Actor, at: datetime
) -> Sitting:
    """A sitting that was planned is not held."""
    case = locked(case_id, "cancel_sitting", by=by, seen=seen)
    sitting = _sitting(case, sitting_id)
    if sitting.held_at or sitting.cancelled_at:
        raise Conflict(_("这次调解已经开过或取消了。"), code="already_done")
    sitting.cancelled_at = at
    sitting.save(update_fields=["cancelled_at"])
    sides = tuple(sitting.sides or THE_TEAM)
    take(case, "cancel_sitting", text=text, detail={"kind": sitting.kind}, sides=sides, by=by, at=at)
    tell(case, parties=[sitting.party] if sitting.party else None, by=by, at=at)
    return sitting


@transaction.atomic(savepoint=False)
def record_sitting(
    case_id: int,
    *,
    text: str,
    sitting_id: int | None = None,
    kind: str = SittingKind.JOINT,
    party: int | None = None,
    for_the_team: bool = False,
    pictures: Sequence[Picture] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Sitting:
    """Write down what was said. Of a separate sitting the other side never sees that it was; ``for_the_team`` keeps the
    record from the party that was there as well."""
    case = locked(case_id, "record_sitting", by=by, seen=seen)
    if not text.strip():
        raise wrong("text", _("请写下谈了什么。"))
    if sitting_id is not None:
        sitting = _sitting(case, sitting_id)
        need(sitting.held_at is None, _("这次调解已经有记录了。"), code="already_done")
    else:
        if kind not in SittingKind.values or (kind == SittingKind.SEPARATE) != (party is not None):
            raise wrong("party", _("背对背要写明和哪一方谈。"))
        who = party_of(case, party) if party is not None else None
        sitting = Sitting.objects.create(
            case=case, kind=kind, party=who, starts_at=at, sides=list(_sides(kind, who, False)), at=at
        )
    sides = THE_TEAM if for_the_team else tuple(sitting.sides or THE_TEAM)
    taken = take(
        case, "record_sitting", text=text, detail={"kind": sitting.kind, "sitting": sitting.pk}, sides=sides,
        pictures=pictures, by=by, at=at,
    )  # fmt: skip
    sitting.held_at, sitting.record = at, taken.entries[0]
    sitting.save(update_fields=["held_at", "record"])
    return sitting


@transaction.atomic(savepoint=False)
def note(
    case_id: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Something for the team alone."""
    case = locked(case_id, "note", by=by, seen=seen)
    if not text.strip():
        raise wrong("text", _("请写点什么。"))
    take(case, "note", text=text, sides=THE_TEAM, pictures=pictures, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def extend(
    case_id: int,
    *,
    until: date,
    agreed_by: Sequence[int],
    text: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Take more than the usual month, which the parties have agreed to: ``agreed_by`` are their numbers, all of them."""
    case = locked(case_id, "extend", by=by, seen=seen)
    everybody = set(Party.objects.filter(case=case).values_list("number", flat=True))
    need(everybody <= set(agreed_by), _("延长要各方当事人都同意。"), _("请逐一征得同意后再登记。"))
    moment = terms.end_of(until)
    running = Deadline.objects.filter(
        matter_id=case.pk, promise="conclude", met_at=None, cancelled_at=None
    ).first()
    if moment <= at or (running is not None and moment <= running.due_at):
        raise wrong("until", _("新的日期要晚于原来的日期。"))
    take(
        case, "extend", text=text, detail={"until": until.isoformat(), "agreed_by": sorted(everybody)},
        until={"conclude": moment}, by=by, at=at,
    )  # fmt: skip
    tell(case, by=by, at=at)
    return case
