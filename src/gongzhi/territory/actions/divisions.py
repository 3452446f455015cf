"""Divisions and their borders: adding, ending, new shapes from a day on; what the map draws below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from civics.territory import area_m2, centroid
from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.territory import books as told
from gongzhi.territory.models import Boundary, Division, Feature, Level


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
    added = books.Change(code, None, told.division_values(division), name)
    books.note_in(told.DIVISIONS, added, by=by, at=at)
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
    if rows:
        many = books.Change(
            "*", None, {"rows": len(rows), "source": source, "starts_on": starts_on}, _("一批区划")
        )
        books.note_in(told.DIVISIONS, many, by=by, at=at)
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
    shaped = {"border": f"{starts_on:%Y-%m-%d} {source}".strip(), "area_m2": round(row.area_m2)}
    books.note_in(told.DIVISIONS, books.Change(division.code, {}, shaped, division.name), by=by, at=at)
    return row


@transaction.atomic
def end_division(division_id: int, *, ends_on: date, by: Actor, at: datetime) -> Division:
    """From a day on an area is no more: merged into its neighbours, or split. What happened there keeps its name.

    Invalid for a day before today, for an area that has ended already, and while something below it goes on.
    """
    books.open_book(told.DIVISIONS, at=at)
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
    before = told.division_values(division)
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
    ended = books.Change(division.code, before, told.division_values(division), division.name)
    books.note_in(told.DIVISIONS, ended, by=by, at=at)
    return division


@transaction.atomic
def draw_features(rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime) -> int:
    """Add roads, coast and parks for the map: kind, name, shape."""
    made = Feature.objects.bulk_create([Feature(**row) for row in rows], batch_size=1000)
    bump("territory")
    return len(made)
