"""The whole territory in memory: divisions, the grid locator, known places and calendars.

A street has some hundred divisions and a district some thousand, so each process keeps them, and reads them again
when their revision number in the database moves. Nothing here writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from civics.places import PlaceBook
from civics.territory import Locator
from civics.worktime import Calendar
from gongzhi.kit import clock
from gongzhi.kit.revision import cached
from gongzhi.territory.models import Boundary, CalendarDay, Division, Level, Place, WorkHours

ZONES = {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong", "MO": "Asia/Macau"}


@dataclass(frozen=True)
class Area:
    """A division as the rest of the platform knows it."""

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None
    path: str
    jurisdiction: str
    lon: float | None
    lat: float | None

    def within(self, path: str) -> bool:
        """Does this area lie in the one with ``path`` (or is it that one)?"""
        return self.path.startswith(path)


@dataclass(frozen=True)
class Spot:
    """Where something is: the ids of the areas around it, from street to building."""

    street_id: int | None = None
    community_id: int | None = None
    grid_id: int | None = None
    building_id: int | None = None
    lon: float | None = None
    lat: float | None = None

    @property
    def division_id(self) -> int | None:
        """The smallest area that is known."""
        return self.building_id or self.grid_id or self.community_id or self.street_id


@dataclass
class Ground:
    """A snapshot of the territory as of one day, right from ``since`` until the day (not included) of the next change.

    ``past`` are areas that have ended: what happened there keeps their names, and nothing new is put into them.
    """

    areas: dict[int, Area]
    grid_shapes: list[tuple[int, dict[str, Any]]]
    places: list[tuple[int, str, list[str], float, float, int, str]]
    past: dict[int, Area] = field(default_factory=dict)
    on: date = field(default_factory=date.today)
    since: date = date.min
    until: date = date.max

    @cached_property
    def locator(self) -> Locator:
        """Finds the grid of a point."""
        return Locator(self.grid_shapes)

    @cached_property
    def by_code(self) -> dict[str, Area]:
        """Areas by their code."""
        return {area.code: area for area in self.areas.values()}

    @cached_property
    def place_book(self) -> PlaceBook:
        """Finds named places in a text."""
        return PlaceBook(
            (key, name, aliases, lon, lat) for key, name, aliases, lon, lat, _d, _k in self.places
        )

    @cached_property
    def place_by_key(self) -> dict[int, tuple[int, str, list[str], float, float, int, str]]:
        """Place rows by their id."""
        return {row[0]: row for row in self.places}

    @cached_property
    def communities(self) -> list[Area]:
        """All communities, by code."""
        return sorted((a for a in self.areas.values() if a.level == Level.COMMUNITY), key=lambda a: a.code)

    @cached_property
    def streets(self) -> list[Area]:
        """All streets, by code."""
        return sorted((a for a in self.areas.values() if a.level == Level.STREET), key=lambda a: a.code)

    @cached_property
    def neighbours(self) -> dict[int, tuple[int, ...]]:
        """Grids that touch a grid."""
        return {key: tuple(self.locator.neighbours(key)) for key, _shape in self.grid_shapes}

    def children(self, area_id: int) -> list[Area]:
        """Areas directly below one, by code."""
        return list(self._below.get(area_id, ()))

    @cached_property
    def _below(self) -> dict[int, list[Area]]:
        found: dict[int, list[Area]] = {}
        for area in sorted(self.areas.values(), key=lambda a: a.code):
            if area.parent_id is not None:
                found.setdefault(area.parent_id, []).append(area)
        return found

    def line(self, area_id: int | None) -> list[Area]:
        """The area and those above it, from the top; also of an area that has ended."""
        out: list[Area] = []
        while area_id is not None and (area := self.areas.get(area_id) or self.past.get(area_id)):
            out.append(area)
            area_id = area.parent_id
        return out[::-1]

    def spot(self, lon: float, lat: float) -> Spot | None:
        """The areas around a point (WGS-84 degrees), or None outside the territory."""
        grid = self.locator.locate(lon, lat)
        return None if grid is None else self.spot_of(grid, lon, lat)

    def spot_of(self, area_id: int | None, lon: float | None = None, lat: float | None = None) -> Spot:
        """The areas around a known area."""
        ids: dict[str, int] = {area.level: area.id for area in self.line(area_id)}
        return Spot(
            street_id=ids.get(Level.STREET),
            community_id=ids.get(Level.COMMUNITY),
            grid_id=ids.get(Level.GRID),
            building_id=ids.get(Level.BUILDING),
            lon=lon,
            lat=lat,
        )

    def name_of(self, area_id: int | None, *, above: int = 0) -> str:
        """An area's name; with ``above``, the names of so many areas over it before it."""
        return " · ".join(area.name for area in self.line(area_id)[-1 - above :])


def _read_ground() -> Ground:
    today = clock.today()
    areas: dict[int, Area] = {}
    past: dict[int, Area] = {}
    ends: set[date] = set()
    for *row, ends_on in Division.objects.values_list(
        "id", "code", "name", "level", "parent_id", "path", "jurisdiction", "lon", "lat", "ends_on"
    ):
        over = ends_on is not None and ends_on <= today
        area = Area(*row)  # type: ignore[arg-type]  # one tuple of a known shape, but for its last column
        (past if over else areas)[area.id] = area
        ends |= {ends_on} if ends_on is not None else set()
    shapes = list(
        Boundary.objects.filter(
            division__level=Level.GRID, division__in=areas, days__contains=today
        ).values_list("division_id", "shape")
    )
    places = list(Place.objects.values_list("id", "name", "aliases", "lon", "lat", "division_id", "kind"))
    turns = {
        day
        for days in Boundary.objects.values_list("days", flat=True).distinct()
        for day in (days.lower, days.upper)
    }
    turns |= ends
    turns.discard(None)
    since = max((day for day in turns if day <= today), default=date.min)
    until = min((day for day in turns if day > today), default=date.max)
    return Ground(areas, shapes, places, past, today, since, until)


def ground() -> Ground:
    """The territory as it stands today: what is decided for a later day comes into force by itself."""
    today = clock.today()
    return cached("territory", _read_ground, holds=lambda land: land.since <= today < land.until)


def _read_calendars() -> dict[str, Calendar]:
    hours: dict[str, dict[int, list[tuple[time, time]]]] = {}
    for row in WorkHours.objects.all():
        hours.setdefault(row.jurisdiction, {}).setdefault(row.weekday, []).append((row.opens, row.closes))
    days: dict[str, dict[date, bool]] = {}
    provisional: dict[str, set[int]] = {}
    for day in CalendarDay.objects.all():
        days.setdefault(day.jurisdiction, {})[day.day] = day.works
        if day.provisional:
            provisional.setdefault(day.jurisdiction, set()).add(day.day.year)
    return {
        jurisdiction: Calendar(
            jurisdiction=jurisdiction,
            hours={weekday: tuple(spans) for weekday, spans in weekdays.items()},
            exceptions=days.get(jurisdiction, {}),
            tz=ZoneInfo(ZONES.get(jurisdiction, settings.TIME_ZONE)),
            known_years=frozenset(day.year for day in days.get(jurisdiction, {}))
            - frozenset(provisional.get(jurisdiction, ())),
        )
        for jurisdiction, weekdays in hours.items()
    }


def calendar_for(jurisdiction: str = "CN") -> Calendar:
    """The working calendar of a jurisdiction; without rows of its own, Monday to Friday 9–12 and 14–18."""
    calendars = cached("calendars", _read_calendars)
    return calendars.get(jurisdiction) or Calendar(
        jurisdiction=jurisdiction,
        hours={day: ((time(9), time(12)), (time(14), time(18))) for day in range(5)},
        exceptions={},
        tz=ZoneInfo(ZONES.get(jurisdiction, settings.TIME_ZONE)),
    )
