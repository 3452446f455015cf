"""The responsibility lines over the base grid, in memory: who answers for a point in each, where nobody or two do.

Read again when their stamp, the territory or the day moves. Nothing here writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import shapely
from django.db.models import Q
from shapely.geometry import shape

from civics.territory import Cover, covering
from gongzhi.kit import clock
from gongzhi.kit.revision import cached
from gongzhi.people.models import Line, LineArea
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import Ground, ground
from gongzhi.territory.models import Level


@dataclass(frozen=True)
class Answerer:
    """One area of a line with who answers for it. ``who`` is empty when the post is vacant."""

    id: int
    line: str
    code: str
    name: str
    divisions: tuple[int, ...]
    shape: dict[str, Any] | None
    who: str
    phone: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Standing:
    """One line at one place: ``clear`` (one answers), ``nobody``, ``several`` (each says so) or ``partly``."""

    line: str
    label: str
    state: str
    answerers: tuple[Answerer, ...]


@dataclass
class Lines:
    """All lines as of one day."""

    areas: list[Answerer]
    on: date
    land: Ground
    covers: dict[str, dict[int, Cover]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[int, Answerer]:
        """Areas by id."""
        return {area.id: area for area in self.areas}

    def of(self, line: str) -> list[Answerer]:
        """Areas of one line, by code."""
        return [area for area in self.areas if area.line == line]

    def cover(self, line: str) -> dict[int, Cover]:
        """Grid → how it stands in a line; made once."""
        if line not in self.covers:
            self.covers[line] = cover_of(self.of(line), self.land)
        return self.covers[line]

    def orphans(self, line: str) -> list[tuple[int, float]]:
        """(grid, share that nobody answers for), the largest first. A vacant post answers for nothing."""
        rows = [(grid, one.bare) for grid, one in self.cover(line).items() if one.bare > 0]
        return sorted(rows, key=lambda row: (-row[1], self.land.areas[row[0]].code))

    def overlaps(self, line: str) -> list[tuple[int, float, tuple[Answerer, ...]]]:
        """(grid, share that several answer for, who), the largest first."""
        rows = [
            (grid, one.doubled, tuple(self.by_id[key] for key in one.shares))
            for grid, one in self.cover(line).items()
            if one.doubled > 0
        ]
        return sorted(rows, key=lambda row: (-row[1], self.land.areas[row[0]].code))

    def at(self, grid_id: int | None, lon: float | None = None, lat: float | None = None) -> list[Standing]:
        """Who answers in each line that has areas: exactly for a point, else for a grid as a whole."""
        return [self._standing(line, grid_id, lon, lat) for line in Line.values if self.of(line)]

    def _standing(self, line: str, grid_id: int | None, lon: float | None, lat: float | None) -> Standing:
        label = str(Line(line).label)
        cover = self.cover(line).get(grid_id or 0)
        if cover is None:
            return Standing(line, label, "nobody", ())
        found = [self.by_id[key] for key in cover.shares]
        if lon is not None and lat is not None:
            point = shapely.Point(lon, lat)
            found = [
                a for a in found if cover.shares[a.id] >= 1 or a.shape is None or shape(a.shape).covers(point)
            ]
            state = "nobody" if not found else "several" if len(found) > 1 else "clear"
        elif cover.doubled:
            state = "several"
        elif cover.bare:
            state = "partly" if found else "nobody"
        else:
            state = "clear" if len(found) == 1 else "partly"
        if state == "clear" and not found[0].who:
            state = "nobody"
        return Standing(line, label, state, tuple(found))


def cover_of(areas: list[Answerer], land: Ground) -> dict[int, Cover]:
    """Grid → how it stands under these areas. Areas whose post is vacant are shown, and answer for nothing."""
    grids = [key for key, area in land.areas.items() if area.level == Level.GRID]
    whole: dict[int, list[int]] = {key: [] for key in grids}
    for area in areas:
        if not area.who:
            continue
        paths = tuple(land.areas[key].path for key in area.divisions if key in land.areas)
        for key in grids:
            if paths and land.areas[key].path.startswith(paths):
                whole[key].append(area.id)
    drawn = [(area.id, area.shape) for area in areas if area.shape is not None and area.who]
    return covering([(key, one) for key, one in land.grid_shapes if key in whole], whole=whole, shapes=drawn)


def _who(row: LineArea, today: date) -> tuple[str, str]:
    """(who answers, their public phone); empty for a vacant post without an organisation behind it."""
    body = organisations().get(row.organisation_id or 0)
    post = row.post
    if post is not None and post.starts_on <= today and (post.ends_on is None or today < post.ends_on):
        role = str(Role(post.role).label) if post.role in Role.values else post.role
        unit = organisations().get(post.organisation_id or 0)
        return f"{post.account.name}（{role}）", unit.public_phone if unit else ""
    return (body.label, body.public_phone) if body else ("", "")


def answerer_of(row: LineArea, today: date) -> Answerer:
    """An area as pages read it."""
    who, phone = _who(row, today)
    return Answerer(
        row.pk, row.line, row.code, row.name, tuple(row.divisions), row.shape, who, phone, row.starts_on, row.ends_on
    )  # fmt: skip


def rows_on(day: date) -> list[LineArea]:
    """The areas in force on a day, as rows."""
    rows = LineArea.objects.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gt=day))
    return list(rows.select_related("post__account").order_by("line", "code"))


def lines() -> Lines:
    """The lines as they stand today."""
    today, land = clock.today(), ground()

    def load() -> Lines:
        return Lines([answerer_of(row, today) for row in rows_on(today)], today, land)

    return cached("lines", load, holds=lambda kept: kept.on == today and kept.land is land)
