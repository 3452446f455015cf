"""Due moments, shares and pauses: the sums over a calendar. The rules are in the docstring of the package."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from civics.worktime.calendars import UNITS, Amount, Calendar, Pause, Unit, micros, moment_at, year_of

_CLOCK = {"minutes": 60_000_000, "hours": 3_600_000_000}


def due(
    start: datetime, amount: Amount, unit: Unit, calendar: Calendar, *, pauses: Sequence[Pause] = ()
) -> datetime:
    """The moment by which ``amount`` of ``unit`` counted from ``start`` is used up (rules: see the module).

    pauses  finished pauses, in any order; each pushes the due moment by the working time left when it began.
            An unfinished pause has no due moment: ValueError.
    Raises ValueError for naive moments, negative amounts, parts of a working day, unknown units.
    """
    begin = micros(start)
    end = _due(begin, start, amount, _checked(unit), calendar)
    for low, high in _merged(pauses, begin):
        if high is None:
            raise ValueError("a pause that still lasts leaves no due moment")
        end = _resumed(end, low, high, unit, calendar)
    return moment_at(end)


def share(
    start: datetime,
    due_at: datetime,
    now: datetime,
    calendar: Calendar,
    unit: Unit = "work_hours",
    pauses: Sequence[Pause] = (),
) -> float:
    """Share of the time that is used: 0 at the start, 1 at the due moment, above 1 after it.

    ``due_at`` is the due moment as it now stands, finished pauses already in it. During a pause the share
    stands still. In working units it also stands still outside working hours: a promise is missed when
    ``now > due_at``, not when the share passes 1.
    """
    begin, end, at = micros(start), micros(due_at), micros(now)
    _checked(unit)
    finished, still = _split(_merged(pauses, begin))
    if still is not None:
        at = min(at, still)
    total = _running(begin, end, finished, unit, calendar)
    if total <= 0:
        return 1.0 if at >= end else 0.0
    if at <= begin:
        return 0.0
    return _running(begin, at, finished, unit, calendar) / total


def moment_of_share(
    start: datetime,
    due_at: datetime,
    share: float,
    unit: Unit,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """The first moment at which this share of the time is used: when to remind (0.5, 0.8, 1).

    The share 1 gives ``due_at`` itself. Arguments as for ``share``; an unfinished pause is refused.
    """
    begin, end = micros(start), micros(due_at)
    _checked(unit)
    if not share >= 0 or share == float("inf"):
        raise ValueError("a share is zero or more")
    if share == 1:
        return moment_at(end)
    finished, still = _split(_merged(pauses, begin))
    if still is not None:
        raise ValueError("while a pause lasts there is no next reminder")
    total = max(0, _running(begin, end, finished, unit, calendar))
    if share > 1:
        return moment_at(_advanced(end, round((share - 1) * total), unit, calendar))
    at = _advanced(begin, round(share * total), unit, calendar)
    for low, high in finished:
        if low >= at:
            break
        at = _advanced(high, _between(low, at, unit, calendar), unit, calendar)
    return moment_at(min(at, end))


def left(now: datetime, due_at: datetime, unit: Unit, calendar: Calendar) -> timedelta:
    """Time that still runs until the due moment (working time in working units); negative when it is past."""
    at, end = micros(now), micros(due_at)
    _checked(unit)
    if at <= end:
        return timedelta(microseconds=_between(at, end, unit, calendar))
    return -timedelta(microseconds=_between(end, at, unit, calendar))


def work_days_left(now: datetime, due_at: datetime, calendar: Calendar) -> int:
    """Working days after today up to and including the day of the due moment; negative when it is past.

    0 means that it is due today, or on rest days with no working day in between.
    """
    line = calendar.covering(*sorted((micros(now), micros(due_at))))
    today, last = calendar.local_day(now).toordinal(), calendar.local_day(due_at).toordinal()
    return bisect_right(line.days, last) - bisect_right(line.days, today)


def resume(
    due_at: datetime, paused_at: datetime, resumed_at: datetime, unit: Unit, calendar: Calendar
) -> datetime:
    """The new due moment after a pause: exactly the time that was left at its beginning is left at its end.

    A pause of no length, or without any working time in it, changes nothing; a promise that was already
    missed when the pause began stays missed. Never earlier than ``due_at``.
    """
    low, high = micros(paused_at), micros(resumed_at)
    if high < low:
        raise ValueError("a pause cannot end before it begins")
    return moment_at(_resumed(micros(due_at), low, high, _checked(unit), calendar))


# The same sums on microseconds ---------------------------------------------------------------------------


def _due(begin: int, start: datetime, amount: Amount, unit: Unit, calendar: Calendar) -> int:
    if unit != "work_days":
        return _advanced(begin, _length(amount, unit), unit, calendar)
    if isinstance(amount, bool) or amount != int(amount) or amount < 0:
        raise ValueError("working days are counted in whole days, zero or more")
    if amount == 0:
        return begin
    line = calendar.covering(begin, begin)
    today = calendar.local_day(start).toordinal()
    i = bisect_right(line.days, today) + int(amount) - 1
    while i >= len(line.days):
        line = calendar.longer(line)
    return line.closes[i]


def _length(amount: Amount, unit: Unit) -> int:
    if isinstance(amount, float) and not abs(amount) < float("inf"):
        raise ValueError("an amount of time is a finite number")
    if amount < 0:
        raise ValueError("an amount of time is zero or more")
    one = _CLOCK["minutes" if unit == "minutes" else "hours"]
    return amount * one if isinstance(amount, int) else round(Fraction(amount) * one)


def _between(low: int, high: int, unit: Unit, calendar: Calendar) -> int:
    """Time that runs from low to high, both in microseconds; 0 when high is not later."""
    if high <= low:
        return 0
    if unit in _CLOCK:
        return high - low
    line = calendar.covering(low, high)
    return line.worked(high) - line.worked(low)


def _advanced(low: int, length: int, unit: Unit, calendar: Calendar) -> int:
    """The earliest moment at which ``length`` has run since ``low``."""
    if length <= 0:
        return low
    if unit in _CLOCK:
        year_of(low + length)
        return low + length
    line = calendar.covering(low, low)
    while (target := line.worked(low) + length) > line.after[-1]:
        line = calendar.longer(line)
    i = bisect_left(line.after, target)
    return line.starts[i] + target - line.before[i]


def _resumed(end: int, low: int, high: int, unit: Unit, calendar: Calendar) -> int:
    if low >= end or _between(low, high, unit, calendar) == 0:
        return end
    return max(end, _advanced(high, _between(low, end, unit, calendar), unit, calendar))


def _running(low: int, high: int, pauses: Iterable[tuple[int, int]], unit: Unit, calendar: Calendar) -> int:
    """Time from low to high that was not paused."""
    paused = sum(_between(max(low, a), min(high, b), unit, calendar) for a, b in pauses)
    return _between(low, high, unit, calendar) - paused


def _merged(pauses: Sequence[Pause], begin: int) -> list[tuple[int, int | None]]:
    """Pauses in order, cut off before the start, overlapping ones made one."""
    if not pauses:
        return []
    spans: list[tuple[int, int | None]] = []
    ordered = [(micros(low), None if high is None else micros(high)) for low, high in pauses]
    for low, high in sorted(ordered, key=lambda span: span[0]):
        if high is not None and high < low:
            raise ValueError("a pause cannot end before it begins")
        low = max(low, begin)
        if high is not None and high <= low:
            continue
        if spans and (spans[-1][1] is None or low <= spans[-1][1]):
            before = spans[-1][1]
            spans[-1] = (spans[-1][0], None if before is None or high is None else max(before, high))
        else:
            spans.append((low, high))
    return spans


def _split(spans: list[tuple[int, int | None]]) -> tuple[list[tuple[int, int]], int | None]:
    """Finished pauses, and the beginning of the one that still lasts."""
    finished = [(low, high) for low, high in spans if high is not None]
    still = spans[-1][0] if spans and spans[-1][1] is None else None
    return finished, still


def _checked(unit: Unit) -> Unit:
    if unit not in UNITS:
        raise ValueError(f"unknown unit of time: {unit!r}; known: {', '.join(UNITS)}")
    return unit
