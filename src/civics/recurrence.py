"""On which days something that comes again is held: weekly or monthly, and what becomes of it on a day off.

Values in, values out: the working calendar is an argument. Times of day, places and people are not here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from civics.worktime import Calendar

WEEKLY, MONTHLY = "weekly", "monthly"
SKIP, NEXT = "skip", "next"
LAST = 5


@dataclass(frozen=True)
class Repeat:
    """Every ``interval`` weeks, or months, on a weekday.

    weekday   0 = Monday … 6 = Sunday
    week      for months: 1…4 the first … fourth such weekday, 5 the last one
    on_rest   on a day off: ``skip`` it, or hold it on the ``next`` working day

    Raises ValueError for anything else.
    """

    every: str
    weekday: int
    interval: int = 1
    week: int = 1
    on_rest: str = NEXT

    def __post_init__(self) -> None:
        if self.every not in (WEEKLY, MONTHLY) or self.on_rest not in (SKIP, NEXT):
            raise ValueError(f"cannot repeat {self.every!r}, {self.on_rest!r}")
        if self.weekday not in range(7) or self.interval < 1 or self.week not in range(1, LAST + 1):
            raise ValueError("weekday is 0 to 6, interval at least 1, week 1 to 5")


class Occurrence(NamedTuple):
    """The day by the rule, and the day on which it is held; None when it falls out."""

    by_rule: date
    held: date | None


def occurrences(
    repeat: Repeat, begin: date, end: date, calendar: Calendar, *, since: date | None = None
) -> list[Occurrence]:
    """What the rule says of the days from ``begin`` until ``end`` (not included).

    ``since`` is the day from which intervals are counted (default ``begin``); nothing comes before it. An occurrence
    that would be moved onto or past the next one by the rule falls out: two of a kind on one day help nobody.
    """
    since = since or begin
    out: list[Occurrence] = []
    days = _days(repeat, since)
    day = next(days)
    while day < end:
        following = next(days)
        if day >= begin:
            out.append(Occurrence(day, _held(repeat, day, following, calendar)))
        day = following
    return out


def _held(repeat: Repeat, day: date, following: date, calendar: Calendar) -> date | None:
    if calendar.works_on(day):
        return day
    if repeat.on_rest == SKIP:
        return None
    while day < following:
        if calendar.works_on(day):
            return day
        day += timedelta(days=1)
    return None


def _days(repeat: Repeat, since: date) -> Iterator[date]:
    if repeat.every == WEEKLY:
        day = since + timedelta(days=(repeat.weekday - since.weekday()) % 7)
        while True:
            yield day
            day += timedelta(weeks=repeat.interval)
    months = since.year * 12 + since.month - 1
    day = _in_month(months, repeat)
    if day < since:  # this month's has gone by: the first is that of the next month
        months += 1
    while True:
        yield _in_month(months, repeat)
        months += repeat.interval


def _in_month(months: int, repeat: Repeat) -> date:
    year, month = divmod(months, 12)
    first_weekday, length = monthrange(year, month + 1)
    day = 1 + (repeat.weekday - first_weekday) % 7
    if repeat.week == LAST:
        return date(year, month + 1, day + 7 * ((length - day) // 7))
    return date(year, month + 1, day + 7 * (repeat.week - 1))
