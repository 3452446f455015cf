"""Days, weeks and months, and what each is compared with: the one before (环比) and the same a year ago (同比). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

#: A week is compared with the one 52 weeks before: the same weekdays, and nearly the same season.
YEAR_OF_WEEKS = timedelta(weeks=52)


@dataclass(frozen=True)
class Period:
    """``every`` is day, week or month; ``ends_on`` is not included."""

    every: str
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.ends_on - self.starts_on).days

    @property
    def last_day(self) -> date:
        """The last day of it."""
        return self.ends_on - timedelta(days=1)

    @property
    def issue(self) -> tuple[int, int]:
        """(year, number): day of the year, week of the ISO year, or month."""
        if self.every == "week":
            year, week, _day = self.starts_on.isocalendar()
            return year, week
        number = self.starts_on.timetuple().tm_yday if self.every == "day" else self.starts_on.month
        return self.starts_on.year, number


def period_of(every: str, day: date) -> Period:
    """The day, the week from Monday, or the month in which a day lies. ValueError for any other ``every``."""
    if every == "day":
        return Period(every, day, day + timedelta(days=1))
    if every == "week":
        start = day - timedelta(days=day.weekday())
        return Period(every, start, start + timedelta(days=7))
    if every == "month":
        start = day.replace(day=1)
        return Period(every, start, (start + timedelta(days=32)).replace(day=1))
    raise ValueError(f"no period lasts a {every!r}")


def before(period: Period) -> Period:
    """The period just before (环比)."""
    return period_of(period.every, period.starts_on - timedelta(days=1))


def year_ago(period: Period) -> Period:
    """The same period a year ago (同比). 29 February is compared with 28 February."""
    if period.every == "week":
        return period_of("week", period.starts_on - YEAR_OF_WEEKS)
    start = period.starts_on
    day = 28 if (start.month, start.day) == (2, 29) else start.day
    return period_of(period.every, start.replace(year=start.year - 1, day=day))


def span(period: Period, zone: tzinfo) -> tuple[datetime, datetime]:
    """From which moment to before which moment it lasts, in a time zone."""
    return (
        datetime.combine(period.starts_on, time(0), zone),
        datetime.combine(period.ends_on, time(0), zone),
    )


def ended(period: Period, today: date) -> bool:
    """Is it over?"""
    return period.ends_on <= today


def newest_whole(every: str, today: date) -> Period:
    """The newest period of a kind that is over."""
    return before(period_of(every, today))
