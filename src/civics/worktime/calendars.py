"""Calendars: working hours by weekday, days that differ, and all of it laid end to end for quick sums.

The rules of counting are in the docstring of the package; the sums are in ``promises``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
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


class Line(NamedTuple):
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
                  (调休 make-up day), with the hours of the first weekday that has any; or its own windows
    tz            name of a time zone, or a tzinfo
    known_years   years whose days off are official; left out, the years that occur among the exceptions

    Raises ValueError for weekdays that do not exist, windows that overlap, or a week without work.
    """

    jurisdiction: str
    hours: Mapping[int, Hours]
    exceptions: Mapping[date, bool | Hours] = field(default_factory=dict)
    tz: str | tzinfo = "Asia/Shanghai"
    known_years: frozenset[int] | None = None
    _line: list[Line] = field(init=False, repr=False, compare=False, default_factory=list)
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
        us = micros(moment)
        line = self.covering(us, us)
        i = bisect_right(line.starts, us) - 1
        return i >= 0 and us < line.ends[i]

    def next_work(self, moment: datetime) -> datetime:
        """The moment itself inside working hours, else the next opening."""
        us = micros(moment)
        line = self.covering(us, us)
        i = bisect_right(line.ends, us)
        while i >= len(line.starts):
            line = self.longer(line)
            i = bisect_right(line.ends, us)
        return moment_at(max(us, line.starts[i]))

    def provisional(self, day: date) -> bool:
        """Whether the days off of this year are not yet official: sums are made, but may still change."""
        assert self.known_years is not None
        return day.year not in self.known_years

    def local_day(self, moment: datetime) -> date:
        """The calendar day on which a moment falls here."""
        micros(moment)
        return moment.astimezone(self._zone()).date()

    def _zone(self) -> tzinfo:
        assert isinstance(self.tz, tzinfo)
        return self.tz

    def covering(self, low: int, high: int) -> Line:
        """The line over these moments (microseconds), made or lengthened when needed."""
        first, last = year_of(low), year_of(high)
        if self._line:
            line = self._line[0]
            if line.first_year <= first - 1 and last + 1 <= line.last_year:
                return line
            first, last = min(first, line.first_year + 1), max(last, line.last_year - 1)
        # One spare year on each side: local days reach over the turn of the year, and promises end there.
        return self._laid(first - 1, last + 1)

    def longer(self, line: Line) -> Line:
        """A line that reaches further into the future. ValueError beyond the last year."""
        if line.last_year > LAST_YEAR:
            raise ValueError(f"the due moment lies after the year {LAST_YEAR}")
        return self._laid(line.first_year, min(line.last_year * 2 - line.first_year + 1, LAST_YEAR + 1))

    def _laid(self, first: int, last: int) -> Line:
        line = _lay(self, first, last)
        # Replaced in one step, never changed: threads may share a calendar without a lock.
        self._line[:] = [line]
        return line


def read_hours(text: str) -> Hours:
    """Windows written as ``09:00-12:00 14:00-17:30`` (space or comma between). ValueError if unreadable."""
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


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC. ValueError for a naive moment."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * _SECOND + span.microseconds


def moment_at(us: int) -> datetime:
    """The moment in UTC of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def year_of(us: int) -> int:
    """The year of a moment in microseconds. ValueError outside 1900–2200."""
    try:
        year = moment_at(us).year
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


def _lay(calendar: Calendar, first: int, last: int) -> Line:
    zone = calendar._zone()
    line = Line(first, last, [], [], [], [], [], [])
    total, previous = 0, -(10**20)
    for ordinal in range(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        windows = calendar.hours_on(day)
        if not windows:
            continue
        for opening, closing in windows:
            until = day + timedelta(days=1) if closing == _MIDNIGHT else day
            # Where the clock springs forward a window may shrink or vanish; it never runs backwards.
            low = max(previous, micros(datetime.combine(day, opening, zone)))
            high = micros(datetime.combine(until, closing, zone))
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
