"""Borders from a GeoJSON file: a dry run that lists every fault and every difference, and putting it in force.

The sums are in :mod:`civics.territory`; what is changed goes through ``actions``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civics.territory import Fault, Feature, area_m2, overlaps_and_gaps, read_geojson
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.territory import actions
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Boundary, Division, Level

#: Below this change of surface (share) a border counts as the same.
SAME = 0.0005
#: Names of properties that hold the code of the area above.
PARENT_KEYS = ("parent_code", "parent", "上级编码", "社区编码")
_ABOVE = {
    Level.DISTRICT: None, Level.STREET: Level.DISTRICT, Level.COMMUNITY: Level.STREET,
    Level.GRID: Level.COMMUNITY, Level.BUILDING: Level.GRID,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """An area that the file brings: new, or known with another border."""

    feature: Feature
    division_id: int | None
    parent_id: int | None
    parent_name: str
    area_m2: float
    before_m2: float

    @property
    def moved(self) -> float:
        """By how much the surface changes, as a share of what it was."""
        return abs(self.area_m2 - self.before_m2) / self.before_m2 if self.before_m2 else 1.0


@dataclass
class DryRun:
    """What a file would do. Nothing may be put in force while there are ``faults`` that ``forbid``."""

    level: str
    features: int = 0
    faults: list[Fault] = field(default_factory=list)
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    untouched: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """May it be put in force? Overlaps and gaps must be gone too: every point needs one grid."""
        return not self.faults and bool(self.new or self.changed)


def dry_run(raw: bytes, *, level: str, crs: str | None = None, on: date) -> DryRun:
    """Read a file of one level and compare it with the ground as it stands. Never raises for what it contains."""
    features, faults = read_geojson(raw, crs=crs or None)
    run = DryRun(level, len(features), list(faults))
    land = ground()
    now: dict[int, Any] = dict(
        Boundary.objects.filter(division__level=level, days__contains=on).values_list("division_id", "shape")
    )
    after = dict(now)
    names = {area.id: area.name for area in land.areas.values()}
    seen: set[int] = set()
    for place, feature in enumerate(features):
        known = land.by_code.get(feature.code)
        if known is not None and known.level != level:
            sentence = _("第 {n} 个要素：编码“{code}”是“{name}”，不是这一级。")
            said = sentence.format(n=feature.number, code=feature.code, name=known.name)
            run.faults.append(Fault("wrong_level", said, (feature.code,), feature=feature.number))
            continue
        parent = land.areas.get(known.parent_id or 0) if known else _parent_of(feature, level)
        if known is None and parent is None and _ABOVE[Level(level)] is not None:
            sentence = _("第 {n} 个要素：不知道“{code}”属于哪里（找过的字段：{keys}，以及编码的前段）。")
            said = sentence.format(n=feature.number, code=feature.code, keys="、".join(PARENT_KEYS))
            run.faults.append(Fault("no_parent", said, (feature.code,), feature=feature.number))
            continue
        key = known.id if known else -1 - place
        names[key] = feature.name
        before = area_m2(now[key]) if key in now else 0.0
        change = Change(
            feature, known.id if known else None, parent.id if parent else None, parent.name if parent else "",
            area_m2(feature.geometry), before,
        )  # fmt: skip
        after[key] = feature.geometry
        if known is None:
            run.new.append(change)
        elif key in now and now[key] == feature.geometry:
            run.same += 1
        else:
            run.changed.append(change)
        if known:
            seen.add(known.id)
    run.untouched = sorted(names[key] for key in now if key not in seen)
    if after:
        run.faults += overlaps_and_gaps(
            list(after.items()), within=_whole(level), name=lambda k: names.get(k, str(k))
        )
    return run


def _whole(level: str) -> Any:
    """The outline within which the areas of a level must fit: the only one above them, if it has a shape."""
    above = _ABOVE[Level(level)]
    if above is None:
        return None
    top = Level.STREET if level in (Level.COMMUNITY, Level.GRID) else above
    shapes = list(
        Boundary.objects.filter(
            division__level=top, division__ends_on=None, days__contains=ground().on
        ).values_list("shape", flat=True)[:2]
    )
    return shapes[0] if len(shapes) == 1 else None


def _parent_of(feature: Feature, level: str) -> Any:
    """The area above a new one: by a property, or by the longest code of that level that its code begins with."""
    land, above = ground(), _ABOVE[Level(level)]
    for key in PARENT_KEYS:
        found = land.by_code.get(str(feature.properties.get(key) or ""))
        if found is not None and found.level == above:
            return found
    fitting = [a for a in land.areas.values() if a.level == above and feature.code.startswith(a.code)]
    return max(fitting, key=lambda a: len(a.code), default=None)


@transaction.atomic
def put_in_force(run: DryRun, *, starts_on: date, source: str, by: Actor, at: datetime) -> tuple[int, int]:
    """From a day on, the borders are as the file says: (new areas, changed borders). Former borders stay as history."""
    if not run.ok:
        raise Invalid(
            _("文件还有问题，不能生效。"), help=_("请按列出的问题改好文件，再试一遍。"), code="faults"
        )
    parents = Division.objects.in_bulk([c.parent_id for c in run.new if c.parent_id])
    for change in run.new:
        actions.add_division(
            change.feature.code,
            change.feature.name,
            run.level,
            parent=parents.get(change.parent_id or 0),
            shape=change.feature.geometry,
            starts_on=starts_on,
            source=source,
            by=by,
            at=at,
        )
    rows = Division.objects.in_bulk([c.division_id for c in run.changed if c.division_id])
    for change in run.changed:
        division = rows[change.division_id or 0]
        actions.set_boundary(
            division, change.feature.geometry, starts_on=starts_on, source=source, by=by, at=at
        )
    return len(run.new), len(run.changed)
