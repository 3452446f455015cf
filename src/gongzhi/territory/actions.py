"""What can be done with the ground: add divisions and boundaries, name places, set calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import holidays
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from civics.territory import area_m2, centroid
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.territory.models import Boundary, CalendarDay, Division, Feature, Level, Place, WorkHours

#: Until which year the State Council's notice on days off and made-up working days is known for the mainland.
LAST_NOTICED_YEAR = {"CN": 2026, "HK": 2026, "MO": 2026}
#: Names of holidays as people there write them.
_NAMES_IN = {"CN": "zh_CN", "HK": "zh_HK", "MO": "zh_MO"}


@transaction.atomic
def add_division(
    code: str,
    name: str,
    level: str,
    *,
    parent: Division | None,
    shape: Mapping[str, Any] | None = None,
    lon: float | None = None,
    lat: float | None = None,
    starts_on: date,
    source: str = "",
    by: Actor,
    at: datetime,
) -> Division:
    """A new area with its shape (GeoJSON geometry, WGS-84), from a day on."""
    ranks = [member.value for member in Level]
    if parent is not None and ranks.index(parent.level) >= ranks.index(level):
        raise Invalid(
            _("“{name}”不能放在“{parent}”下面。").format(name=name, parent=parent.name), code="level"
        )
    if shape is not None and (lon is None or lat is None):
        lon, lat = centroid(shape)
    division = Division(
        code=code,
        name=name,
        level=level,
        parent=parent,
        jurisdiction=parent.jurisdiction if parent else "CN",
        lon=lon,
        lat=lat,
        starts_on=starts_on,
    )
    division.save()
    division.path = f"{parent.path if parent else '/'}{division.pk}/"
    division.save(update_fields=["path"])
    if shape is not None:
        set_boundary(division, shape, starts_on=starts_on, source=source, by=by, at=at)
    bump("territory")
    return division


@dataclass(frozen=True)
class NewDivision:
    """A division to be added among many; its parent is named by code and stands before it or exists already."""

    code: str
    name: str
    level: str
    parent_code: str
    shape: Mapping[str, Any] | None = None
    lon: float | None = None
    lat: float | None = None


@transaction.atomic
def add_divisions(
    rows: Sequence[NewDivision], *, starts_on: date, source: str = "", by: Actor, at: datetime
) -> dict[str, Division]:
    """Many areas at once, level by level: code → division. The same as add_division, in a few statements a level."""
    known = {division.code: division for division in Division.objects.filter(ends_on=None)}
    for level in Level.values:
        here = [row for row in rows if row.level == level]
        if not here:
            continue
        made = []
        for row in here:
            parent = known.get(row.parent_code)
            if row.parent_code and parent is None:
                raise Invalid(_("没有上级区划 {code}").format(code=row.parent_code), code="no_parent")
            lon, lat = (row.lon, row.lat)
            if lon is None and row.shape is not None:
                lon, lat = centroid(row.shape)
            made.append(
                Division(
                    code=row.code,
                    name=row.name,
                    level=level,
                    parent=parent,
                    jurisdiction=parent.jurisdiction if parent else "CN",
                    lon=lon,
                    lat=lat,
                    starts_on=starts_on,
                )
            )
        for division in Division.objects.bulk_create(made, batch_size=1000):
            division.path = f"{division.parent.path if division.parent else '/'}{division.pk}/"
            known[division.code] = division
        Division.objects.bulk_update(made, ["path"], batch_size=500)
        Boundary.objects.bulk_create(
            [
                Boundary(
                    division=known[row.code],
                    days=(starts_on, None),
                    shape=row.shape,
                    area_m2=area_m2(row.shape),
                    source=source,
                )
                for row in here
                if row.shape is not None
            ],
            batch_size=500,
        )
    bump("territory")
    return known


@transaction.atomic
def set_boundary(
    division: Division,
    shape: Mapping[str, Any],
    *,
    starts_on: date,
    source: str = "",
    by: Actor,
    at: datetime,
) -> Boundary:
    """From a day on an area has this shape; the former one ends on that day. One decided for later still comes."""
    for boundary in Boundary.objects.filter(division=division, days__contains=starts_on):
        if boundary.days.lower == starts_on:
            boundary.delete()
        else:
            boundary.days = (boundary.days.lower, starts_on)
            boundary.save(update_fields=["days"])
    later = (
        Boundary.objects.filter(division=division, days__startswith__gt=starts_on).order_by("days").first()
    )
    days = (starts_on, later.days.lower if later else None)
    row = Boundary.objects.create(
        division=division, days=days, shape=shape, area_m2=area_m2(shape), source=source
    )
    bump("territory")
    return row


@transaction.atomic
def end_division(division_id: int, *, ends_on: date, by: Actor, at: datetime) -> Division:
    """From a day on an area is no more: merged into its neighbours, or split. What happened there keeps its name.

    Invalid for a day before today, for an area that has ended already, and while something below it goes on.
    """
    division = Division.objects.select_for_update().filter(pk=division_id).first()
    if division is None:
        raise NotFound(_("没有这个区划。"))
    if division.ends_on is not None:
        raise Conflict(
            _("“{name}”已经定了停用日期。").format(name=division.name),
            help=_("请刷新页面查看。"),
            code="ended",
        )
    if ends_on < clock.local(at).date():
        raise Invalid(_("停用日期不能早于今天。"), code="in_the_past")
    below = Division.objects.filter(path__startswith=division.path).exclude(pk=division.pk)
    if going_on := below.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on)).first():
        raise Invalid(
            _("“{name}”下面还有“{child}”。").format(name=division.name, child=going_on.name),
            help=_("请先停用下级，或者把它们划到别处。"),
            code="not_empty",
        )
    division.ends_on = ends_on
    division.save(update_fields=["ends_on"])
    for boundary in Boundary.objects.filter(division=division, days__endswith__isnull=True) | (
        Boundary.objects.filter(division=division, days__endswith__gt=ends_on)
    ):
        if boundary.days.lower >= ends_on:
            boundary.delete()
        else:
            boundary.days = (boundary.days.lower, ends_on)
            boundary.save(update_fields=["days"])
    bump("territory")
    return division


@transaction.atomic
def name_places(rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime) -> int:
    """Add named places: name, aliases, kind, division_id, lon, lat (WGS-84)."""
    made = Place.objects.bulk_create([Place(**row) for row in rows], batch_size=1000)
    bump("territory")
    return len(made)


@transaction.atomic
def draw_features(rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime) -> int:
    """Add roads, coast and parks for the map: kind, name, shape."""
    made = Feature.objects.bulk_create([Feature(**row) for row in rows], batch_size=1000)
    bump("territory")
    return len(made)


@transaction.atomic
def set_hours(
    jurisdiction: str, hours: Mapping[int, Sequence[tuple[time, time]]], *, by: Actor, at: datetime
) -> None:
    """Replace the opening times of a jurisdiction: weekday (0 = Monday) → spans."""
    WorkHours.objects.filter(jurisdiction=jurisdiction).delete()
    WorkHours.objects.bulk_create(
        [
            WorkHours(jurisdiction=jurisdiction, weekday=weekday, opens=opens, closes=closes)
            for weekday, spans in hours.items()
            for opens, closes in spans
        ]
    )
    bump("calendars")


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
    return len(rows)


@transaction.atomic
def confirm_year(jurisdiction: str, year: int, *, by: Actor, at: datetime) -> int:
    """Somebody has compared a year with the official notice: it is provisional no more. How many days that concerns."""
    days = CalendarDay.objects.filter(jurisdiction=jurisdiction, day__year=year, provisional=True)
    count = days.update(provisional=False)
    bump("calendars")
    return count


@transaction.atomic
def set_day(
    jurisdiction: str, day: date, *, works: bool, name: str = "", by: Actor, at: datetime
) -> CalendarDay:
    """Enter or correct one day. Promises already given keep their moment."""
    row, _made = CalendarDay.objects.update_or_create(
        jurisdiction=jurisdiction,
        day=day,
        defaults={"works": works, "name": name[:80], "source": "entered", "provisional": False},
    )
    bump("calendars")
    return row
