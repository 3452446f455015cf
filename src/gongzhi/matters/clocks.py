"""Deadlines: made, met, paused, resumed and cancelled by steps, and looked at when their next moment comes.

The sums are in :mod:`civics.worktime`; here they meet the rows. Nothing here saves: actions do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from civics import worktime
from civics.worktime import Unit
from gongzhi.matters.kinds import Term
from gongzhi.matters.models import Deadline
from gongzhi.territory.ground import calendar_for

TermOf = Callable[[str], Term | None]


def _pauses(deadline: Deadline) -> list[tuple[datetime, datetime]]:
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in deadline.pauses]


def _unit(deadline: Deadline) -> Unit:
    """The unit as the sums know it: rows are written from terms only, so it is one of theirs."""
    return cast("Unit", deadline.unit)


def next_look(deadline: Deadline) -> datetime | None:
    """The moment of the next reminder of a running deadline, or None when all were given."""
    mark = min((mark for mark in deadline.marks if mark > deadline.mark), default=None)
    if mark is None:
        return None
    return worktime.moment_of_share(
        deadline.starts_at,
        deadline.due_at,
        mark / 100,
        _unit(deadline),
        calendar_for(deadline.jurisdiction),
        _pauses(deadline),
    )


def begin(
    promise: str,
    term: Term,
    *,
    matter_id: int,
    at: datetime,
    jurisdiction: str,
    until: datetime | None = None,
) -> Deadline:
    """A deadline that starts now, unsaved. ``until`` is its moment where people agreed on one."""
    deadline = Deadline(
        matter_id=matter_id,
        promise=promise,
        amount=term.amount,
        unit=term.unit,
        marks=list(term.marks),
        jurisdiction=jurisdiction,
        starts_at=at,
        due_at=until or worktime.due(at, term.amount, term.unit, calendar_for(jurisdiction)),
    )
    deadline.next_look_at = next_look(deadline)
    return deadline


def extend(row: Deadline, until: datetime, *, at: datetime) -> None:
    """Move a deadline to a later moment that was agreed on. Marks that lie ahead again will remind again; what was
    missed only because the decision took its time is not missed. ValueError when it would not be later."""
    if until <= row.due_at:
        raise ValueError("a deadline is only ever extended to a later moment")
    row.first_due_at = row.first_due_at or row.due_at
    row.due_at, row.extensions, row.missed_at = until, row.extensions + 1, None
    row.mark = 0
    row.next_look_at = next_look(row)
    while row.next_look_at is not None and row.next_look_at <= at:
        row.mark = min(mark for mark in row.marks if mark > row.mark)
        row.next_look_at = next_look(row)
    if row.paused_at is not None:
        row.next_look_at = None


def apply(
    effects: Mapping[str, str],
    running: Iterable[Deadline],
    term_of: TermOf,
    *,
    matter_id: int,
    at: datetime,
    jurisdiction: str,
    until: Mapping[str, datetime] | None = None,
) -> tuple[list[Deadline], list[Deadline], list[Deadline]]:
    """What a step does to the clocks: (changed, new, still running). ``running`` are neither met nor cancelled.

    ``start`` leaves a running deadline of that promise alone: no detour through the states buys new time.
    ``until`` names moments that people agreed on: a must for ``extend``, for ``start`` instead of the term.
    """
    rows = {deadline.promise: deadline for deadline in running}
    changed, new = [], []
    for promise, effect in effects.items():
        row = rows.get(promise)
        moment = (until or {}).get(promise)
        if effect == "restart" and row is not None:
            row.cancelled_at, row.next_look_at = at, None
            changed.append(rows.pop(promise))
            row = None
        if effect in ("start", "restart"):
            term = term_of(promise) if row is None else None
            if term is not None:
                rows[promise] = begin(
                    promise, term, matter_id=matter_id, at=at, jurisdiction=jurisdiction, until=moment
                )
                new.append(rows[promise])
            continue
        if row is None:
            continue
        if effect == "pause" and row.paused_at is None:
            row.paused_at, row.next_look_at = at, None
        elif effect == "resume" and row.paused_at is not None:
            row.due_at = worktime.resume(
                row.due_at, row.paused_at, at, _unit(row), calendar_for(row.jurisdiction)
            )
            row.pauses = [*row.pauses, [row.paused_at.isoformat(), at.isoformat()]]
            row.paused_at = None
            row.next_look_at = next_look(row)
        elif effect == "extend":
            if moment is None:
                raise ValueError(f"{promise!r} is to be extended, but nobody says until when")
            extend(row, moment, at=at)
        elif effect in ("meet", "cancel"):
            if effect == "meet":
                row.met_at = at
                if row.missed_at is None and at > row.due_at and row.paused_at is None:
                    row.missed_at = row.due_at
            else:
                row.cancelled_at = at
            row.next_look_at = None
            del rows[promise]
        else:
            continue
        changed.append(row)
    return changed, new, list(rows.values())


def nearest(running: Iterable[Deadline]) -> datetime | None:
    """The nearest moment among promises whose clock runs."""
    return min((row.due_at for row in running if row.paused_at is None), default=None)


def standing(deadline: Deadline, now: datetime) -> dict[str, Any]:
    """How a deadline stands, for a promise clock: state, share used (0…), time left (negative when late)."""
    calendar = calendar_for(deadline.jurisdiction)
    end = deadline.met_at or now
    share = worktime.share(
        deadline.starts_at,
        deadline.due_at,
        min(end, deadline.paused_at or end),
        calendar,
        _unit(deadline),
        _pauses(deadline),
    )
    if deadline.met_at:
        state = "met_late" if deadline.missed_at else "met"
    elif deadline.paused_at:
        state = "paused"
    elif now > deadline.due_at:
        state = "late"
    else:
        state = "soon" if share >= 0.8 else "fine"
    return {
        "state": state,
        "share": share,
        "left": worktime.left(now, deadline.due_at, _unit(deadline), calendar),
        "provisional": calendar.provisional(calendar.local_day(deadline.due_at)),
    }
