"""Working time: when a promise is due, how much of it is used, what is left.

Here: a ``Calendar`` (working hours by weekday, days that differ, a time zone) and the sums over it.
Not here: where calendars are kept, who may edit them, what happens when a promise is missed.

Units
    ``minutes``, ``hours``   clock time, day and night, rest days too (紧急工作时)
    ``work_hours``           only time inside the working hours runs (工作时)
    ``work_days``            whole working days (工作日)

How working days are counted (中华人民共和国民法典, book one, chapter ten)
    Art. 201 para. 1: where a period is counted in days, the day it begins is not counted; it runs from the
    next day. Art. 203 para. 2: the period ends, where there are business hours, when business stops.
    So the *local calendar day* of reception is never counted, whatever the hour and whether or not it is a
    working day; the first working day after it is day one; the promise is due at the close of work of day n.
    Received Wednesday 15:30 with two days: due Friday at closing. Received Saturday with one day: due Monday
    at closing. (Offices that deem a weekend report received on Monday give one day more; the law does not.)
    Art. 201 para. 2: where it is counted in hours, it runs from the moment itself.

Reminders, shares and pauses are measured in the working time between reception and due moment, whatever is
left of the day of reception included, so that "80 % used" means the same for hours and days.

All moments are aware; naive ones are refused. Answers are in UTC, exact to the microsecond. Changes of clock
(daylight saving) are respected: windows are local wall time, sums are real time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

Unit = Literal["minutes", "hours", "work_hours", "work_days"]
UNITS: Final[tuple[str, ...]] = get_args(Unit)
Window = tuple[time, time]
Hours = tuple[Window, ...]
Amount = int | float | Decimal | Fraction
# A pause is (from, until); until None means that it still lasts.
Pause = tuple[datetime, datetime | None]

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT = time(0, 0)
_SECOND = 1_000_000
_CLOCK = {"minutes": 60 * _SECOND, "hours": 3600 * _SECOND}


class _Line(NamedTuple):
    """The working windows of a run of years laid end to end; moments are microseconds since 1970 UTC."""

    first_year: int
    last_year: int
    starts: list[int]
    ends: list[int]
    before: list[int]  # working time in all earlier windows
    after: list[int]  # the same, this window included
    days: list[int]  # ordinals of the days on which work is done
    closes: list[int]  # the close of work of each of them

    def worked(self, moment: int) -> int:
        """Working time from the beginning of the line to a moment."""
        i = bisect_right(self.starts, moment) - 1
        if i < 0:
            return 0
        return self.before[i] + min(moment, self.ends[i]) - self.starts[i]


@dataclass(frozen=True)
class Calendar:
    """The working hours and days of one jurisdiction.

    jurisdiction  any name, such as ``CN``, ``HK``, ``MO``
    hours         weekday (0 = Monday … 6 = Sunday) → windows of local time; a weekday left out is a rest day.
                  A window that ends at 00:00 lasts until midnight.
    exceptions    day → ``False``: a rest day (public holiday); ``True``: worked although the week says rest
                  (调休 make-up day), with the hours of the first weekday that has any; or that day's own windows
    tz            name of a time zone, or a tzinfo
    known_years   years whose days off are official; left out, the years that occur among the exceptions

    Raises ValueError for weekdays that do not exist, windows that overlap, or a week without work.
    """

    jurisdiction: str
    hours: Mapping[int, Hours]
    exceptions: Mapping[date, bool | Hours] = field(default_factory=dict)
    tz: str | tzinfo = "Asia/Shanghai"
    known_years: frozenset[int] | None = None
    _line: list[_Line] = field(init=False, repr=False, compare=False, default_factory=list)
    _usual: Hours = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        if any(day not in range(7) for day in self.hours):
            raise ValueError("weekdays are 0 (Monday) to 6 (Sunday)")
        week = {day: _windows(self.hours[day]) for day in sorted(self.hours) if self.hours[day]}
        if not week:
            raise ValueError("a calendar needs at least one weekday with working hours")
        odd = {
            day: told if isinstance(told, bool) else _windows(told) for day, told in self.exceptions.items()
        }
        known = (
            frozenset(day.year for day in odd) if self.known_years is None else frozenset(self.known_years)
        )
        put = object.__setattr__
        put(self, "hours", MappingProxyType(week))
        put(self, "exceptions", MappingProxyType(odd))
        put(self, "tz", ZoneInfo(self.tz) if isinstance(self.tz, str) else self.tz)
        put(self, "known_years", known)
        put(self, "_usual", next(iter(week.values())))

    def __hash__(self) -> int:
        return hash((self.jurisdiction, str(self.tz), self.known_years))

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            Calendar,
            (self.jurisdiction, dict(self.hours), dict(self.exceptions), self.tz, self.known_years),
        )

    def hours_on(self, day: date) -> Hours:
        """The working windows of a day, in local time; empty on a rest day."""
        told = self.exceptions.get(day)
        if told is None:
            return self.hours.get(day.weekday(), ())
        if told is True:
            return self.hours.get(day.weekday()) or self._usual
        return told or ()

    def works_on(self, day: date) -> bool:
        """Whether any work is done on this day."""
        return bool(self.hours_on(day))

    def works_at(self, moment: datetime) -> bool:
        """Whether a moment lies inside working hours (opening included, closing not)."""
        us = _micros(moment)
        line = self._covering(us, us)
        i = bisect_right(line.starts, us) - 1
        return i >= 0 and us < line.ends[i]

    def next_work(self, moment: datetime) -> datetime:
        """The moment itself inside working hours, else the next opening."""
        us = _micros(moment)
        line = self._covering(us, us)
        i = bisect_right(line.ends, us)
        while i >= len(line.starts):
            line = self._longer(line)
            i = bisect_right(line.ends, us)
        return _moment(max(us, line.starts[i]))

    def provisional(self, day: date) -> bool:
        """Whether the days off of this year are not yet official: sums are made, but may still change."""
        assert self.known_years is not None
        return day.year not in self.known_years

    def local_day(self, moment: datetime) -> date:
        """The calendar day on which a moment falls here."""
        _micros(moment)
        return moment.astimezone(self._zone()).date()

    def _zone(self) -> tzinfo:
        assert isinstance(self.tz, tzinfo)
        return self.tz

    def _covering(self, low: int, high: int) -> _Line:
        first, last = _year(low), _year(high)
        if self._line:
            line = self._line[0]
            if line.first_year <= first - 1 and last + 1 <= line.last_year:
                return line
            first, last = min(first, line.first_year + 1), max(last, line.last_year - 1)
        # One spare year on each side: local days reach over the turn of the year, and most promises end there.
        return self._laid(first - 1, last + 1)

    def _longer(self, line: _Line) -> _Line:
        if line.last_year > LAST_YEAR:
            raise ValueError(f"the due moment lies after the year {LAST_YEAR}")
        return self._laid(line.first_year, min(line.last_year * 2 - line.first_year + 1, LAST_YEAR + 1))

    def _laid(self, first: int, last: int) -> _Line:
        line = _lay(self, first, last)
        # Replaced in one step, never changed: threads may share a calendar without a lock.
        self._line[:] = [line]
        return line


def read_hours(text: str) -> Hours:
    """Windows written as ``09:00-12:00 14:00-17:30`` (comma, 、 or space between). ValueError if unreadable."""
    for sign in ",，、;；":
        text = text.replace(sign, " ")
    pairs = []
    for part in text.split():
        opening, dash, closing = part.replace("：", ":").replace("–", "-").replace("—", "-").partition("-")
        try:
            closes = _MIDNIGHT if closing == "24:00" else time.fromisoformat(closing)
            pairs.append((time.fromisoformat(opening), closes))
        except ValueError:
            dash = ""
        if not dash:
            raise ValueError(f"“{part}”不是时间段，请写成 09:00-12:00 这样")
    return _windows(tuple(pairs))


def due(
    start: datetime, amount: Amount, unit: Unit, calendar: Calendar, *, pauses: Sequence[Pause] = ()
) -> datetime:
    """The moment by which ``amount`` of ``unit`` counted from ``start`` is used up (rules: see the module).

    pauses  finished pauses, in any order; each pushes the due moment by the working time left when it began.
            An unfinished pause has no due moment: ValueError.
    Raises ValueError for naive moments, negative amounts, parts of a working day, unknown units.
    """
    begin = _micros(start)
    end = _due(begin, start, amount, _checked(unit), calendar)
    for low, high in _merged(pauses, begin):
        if high is None:
            raise ValueError("a pause that still lasts leaves no due moment")
        end = _resumed(end, low, high, unit, calendar)
    return _moment(end)


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
    begin, end, at = _micros(start), _micros(due_at), _micros(now)
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
    begin, end = _micros(start), _micros(due_at)
    _checked(unit)
    if not share >= 0 or share == float("inf"):
        raise ValueError("a share is zero or more")
    if share == 1:
        return _moment(end)
    finished, still = _split(_merged(pauses, begin))
    if still is not None:
        raise ValueError("while a pause lasts there is no next reminder")
    total = max(0, _running(begin, end, finished, unit, calendar))
    if share > 1:
        return _moment(_advanced(end, round((share - 1) * total), unit, calendar))
    at = _advanced(begin, round(share * total), unit, calendar)
    for low, high in finished:
        if low >= at:
            break
        at = _advanced(high, _between(low, at, unit, calendar), unit, calendar)
    return _moment(min(at, end))


def left(now: datetime, due_at: datetime, unit: Unit, calendar: Calendar) -> timedelta:
    """Time that still runs until the due moment (working time in working units); negative when it is past."""
    at, end = _micros(now), _micros(due_at)
    _checked(unit)
    if at <= end:
        return timedelta(microseconds=_between(at, end, unit, calendar))
    return -timedelta(microseconds=_between(end, at, unit, calendar))


def work_days_left(now: datetime, due_at: datetime, calendar: Calendar) -> int:
    """Working days after today up to and including the day of the due moment; negative when it is past.

    0 means that it is due today, or on rest days with no working day in between.
    """
    line = calendar._covering(*sorted((_micros(now), _micros(due_at))))
    today, last = calendar.local_day(now).toordinal(), calendar.local_day(due_at).toordinal()
    return bisect_right(line.days, last) - bisect_right(line.days, today)


def resume(
    due_at: datetime, paused_at: datetime, resumed_at: datetime, unit: Unit, calendar: Calendar
) -> datetime:
    """The new due moment after a pause: exactly the time that was left at its beginning is left at its end.

    A pause of no length, or without any working time in it, changes nothing; a promise that was already
    missed when the pause began stays missed. Never earlier than ``due_at``.
    """
    low, high = _micros(paused_at), _micros(resumed_at)
    if high < low:
        raise ValueError("a pause cannot end before it begins")
    return _moment(_resumed(_micros(due_at), low, high, _checked(unit), calendar))


# The same sums on microseconds ---------------------------------------------------------------------------


def _due(begin: int, start: datetime, amount: Amount, unit: Unit, calendar: Calendar) -> int:
    if unit != "work_days":
        return _advanced(begin, _length(amount, unit), unit, calendar)
    if isinstance(amount, bool) or amount != int(amount) or amount < 0:
        raise ValueError("working days are counted in whole days, zero or more")
    if amount == 0:
        return begin
    line = calendar._covering(begin, begin)
    today = calendar.local_day(start).toordinal()
    i = bisect_right(line.days, today) + int(amount) - 1
    while i >= len(line.days):
        line = calendar._longer(line)
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
    line = calendar._covering(low, high)
    return line.worked(high) - line.worked(low)


def _advanced(low: int, length: int, unit: Unit, calendar: Calendar) -> int:
    """The earliest moment at which ``length`` has run since ``low``."""
    if length <= 0:
        return low
    if unit in _CLOCK:
        _year(low + length)
        return low + length
    line = calendar._covering(low, low)
    while (target := line.worked(low) + length) > line.after[-1]:
        line = calendar._longer(line)
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
    ordered = [(_micros(low), None if high is None else _micros(high)) for low, high in pauses]
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


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * _SECOND + span.microseconds


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _year(us: int) -> int:
    try:
        year = _moment(us).year
    except OverflowError:
        year = 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"moments must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return year


def _windows(hours: Iterable[Window]) -> Hours:
    """Sorted windows, checked."""
    windows = tuple(sorted((opening, closing) for opening, closing in hours))
    for i, (opening, closing) in enumerate(windows):
        if closing != _MIDNIGHT and closing <= opening:
            raise ValueError(f"working hours end before they begin: {opening:%H:%M}-{closing:%H:%M}")
        if i + 1 < len(windows) and (closing == _MIDNIGHT or windows[i + 1][0] < closing):
            raise ValueError(f"working hours overlap at {windows[i + 1][0]:%H:%M}")
    return windows


def _lay(calendar: Calendar, first: int, last: int) -> _Line:
    zone = calendar._zone()
    line = _Line(first, last, [], [], [], [], [], [])
    total, previous = 0, -(10**20)
    for ordinal in range(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        windows = calendar.hours_on(day)
        if not windows:
            continue
        for opening, closing in windows:
            until = day + timedelta(days=1) if closing == _MIDNIGHT else day
            # Where the clock springs forward a window may shrink or vanish; it never runs backwards.
            low = max(previous, _micros(datetime.combine(day, opening, zone)))
            high = _micros(datetime.combine(until, closing, zone))
            if high <= low:
                continue
            line.starts.append(low)
            line.ends.append(high)
            line.before.append(total)
            total += high - low
            line.after.append(total)
            previous = high
        line.days.append(ordinal)
        line.closes.append(previous)
    return line
