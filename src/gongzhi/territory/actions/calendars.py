"""Working hours and days that differ from their weekday. Promises already given keep their moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import holidays
from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.kit.revision import bump
from gongzhi.territory import books as told
from gongzhi.territory.models import CalendarDay, WorkHours
from gongzhi.territory.policies import GROUND

#: Until which year the State Council's notice on days off and made-up working days is known for the mainland.
LAST_NOTICED_YEAR = {"CN": 2026, "HK": 2026, "MO": 2026}
#: Names of holidays as people there write them.
_NAMES_IN = {"CN": "zh_CN", "HK": "zh_HK", "MO": "zh_MO"}


@transaction.atomic
def set_hours(
    jurisdiction: str, hours: Mapping[int, Sequence[tuple[time, time]]], *, by: Actor, at: datetime
) -> None:
    """Replace the opening times of a jurisdiction: weekday (0 = Monday) → spans."""
    book = books.open_book(told.CALENDAR, at=at)
    before = told.hours_values(jurisdiction)
    WorkHours.objects.filter(jurisdiction=jurisdiction).delete()
    WorkHours.objects.bulk_create(
        [
            WorkHours(jurisdiction=jurisdiction, weekday=weekday, opens=opens, closes=closes)
            for weekday, spans in hours.items()
            for opens, closes in spans
        ]
    )
    bump("calendars")
    change = books.Change(
        f"{jurisdiction}:hours", before, told.hours_values(jurisdiction), f"{jurisdiction} · " + _("上班时间")
    )
    books.note(book, change, by=by, at=at)


@transaction.atomic
def seed_calendar(jurisdiction: str, years: Iterable[int], *, by: Actor, at: datetime) -> int:
    """Fill a jurisdiction's days off and made-up working days from the ``holidays`` package.

    Days that somebody entered, changed or confirmed stay as they are. Years without an official notice are marked
    provisional: the package guesses them without bridge days and without made-up working days, and says nothing.
    Filled in again, a year's guesses make room for what is known by then.
    """
    years = list(years)
    CalendarDay.objects.filter(
        jurisdiction=jurisdiction, day__year__in=years, provisional=True, source="holidays"
    ).delete()
    known = set(CalendarDay.objects.filter(jurisdiction=jurisdiction).values_list("day", flat=True))
    rows = []
    for year in years:
        provisional = year > LAST_NOTICED_YEAR.get(jurisdiction, 0)
        table = holidays.country_holidays(jurisdiction, years=year, language=_NAMES_IN.get(jurisdiction))
        for day, name in table.items():
            if day.year == year and day not in known:
                rows.append(
                    CalendarDay(
                        jurisdiction=jurisdiction,
                        day=day,
                        works=False,
                        name=name[:80],
                        source="holidays",
                        provisional=provisional,
                    )
                )
        for day in sorted(getattr(table, "weekend_workdays", None) or ()):
            if day.year == year and day not in known:
                rows.append(
                    CalendarDay(
                        jurisdiction=jurisdiction, day=day, works=True, name=_("调休上班"), source="holidays",
                        provisional=provisional,
                    )
                )  # fmt: skip
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    bump("calendars")
    if rows:
        said = "、".join(map(str, sorted(years)))
        filled = books.Change(f"{jurisdiction}:years", {}, {"years": said, "days": len(rows)}, jurisdiction)
        books.note_in(told.CALENDAR, filled, by=by, at=at)
    return len(rows)


@transaction.atomic
def confirm_year(jurisdiction: str, year: int, *, by: Actor, at: datetime) -> int:
    """Somebody has compared a year with the official notice: it is provisional no more. How many days that concerns."""
    days = CalendarDay.objects.filter(jurisdiction=jurisdiction, day__year=year, provisional=True)
    count = days.update(provisional=False)
    bump("calendars")
    if count:
        change = books.Change(
            f"{jurisdiction}:{year}", {"provisional": True}, {"provisional": False}, f"{jurisdiction} {year}"
        )
        books.note_in(told.CALENDAR, change, by=by, at=at)
    return count


@transaction.atomic
def set_day(
    jurisdiction: str, day: date, *, works: bool, name: str = "", by: Actor, at: datetime
) -> CalendarDay:
    """Enter or correct one day. Promises already given keep their moment."""
    book = books.open_book(told.CALENDAR, at=at)
    before = told.day_values(CalendarDay.objects.filter(jurisdiction=jurisdiction, day=day).first())
    row, _made = CalendarDay.objects.update_or_create(
        jurisdiction=jurisdiction,
        day=day,
        defaults={"works": works, "name": name[:80], "source": "entered", "provisional": False},
    )
    bump("calendars")
    change = books.Change(f"{jurisdiction}:{day}", before, told.day_values(row), f"{jurisdiction} {day}")
    books.note(book, change, by=by, at=at)
    return row


@transaction.atomic
def undo_day(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put one day back as it was."""
    jurisdiction, _sep, text = key.partition(":")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("这一条不能在这里改回去。"), code="not_a_day") from error
    GROUND.require(by, "change_calendar", None)
    book = books.open_book(told.CALENDAR, at=at)
    row = CalendarDay.objects.filter(jurisdiction=jurisdiction, day=day).first()
    before = told.day_values(row)
    books.expect(before, seen, what=_("这一天"))
    if wanted is None:
        CalendarDay.objects.filter(jurisdiction=jurisdiction, day=day).delete()
    else:
        CalendarDay.objects.update_or_create(jurisdiction=jurisdiction, day=day, defaults=dict(wanted))
    bump("calendars")
    books.note(book, books.Change(key, before, wanted, f"{jurisdiction} {day}"), by=by, at=at)
