"""Whether boundaries fit together: overlaps, gaps, outlines that cross themselves or leave their parent.

The rule behind it: 网格 are drawn without overlap and without gap inside their community (GB/T 34300
practice). Not here: reading files (``reading``), deciding what to do about a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from civics.territory.coordinates import Point
from civics.territory.measuring import Geometry, Plane, _areal, area_m2

TOLERANCE_M: Final = 0.5

Id = TypeVar("Id")

REASONS: Final = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "边界自相接",
    "Hole lies outside shell": "内环在外环之外",
    "Holes are nested": "内环互相嵌套",
    "Nested shells": "各部分互相嵌套",
    "Nested holes": "内环互相嵌套",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "顶点太少",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a boundary.

    kind      ``overlap`` · ``gap`` · ``invalid`` · ``outside`` · ``duplicate``, and those of ``read_geojson``
    sentence  what is wrong, in Simplified Chinese
    ids       the units concerned
    area_m2   the surface concerned, 0 where there is none
    point     (lon, lat) in WGS-84 where to look, if known
    feature   place of the feature in the file it was read from, counted from 1
    """

    kind: str
    sentence: str
    ids: tuple[Any, ...] = ()
    area_m2: float = 0.0
    point: Point | None = None
    feature: int | None = None


def overlaps_and_gaps(
    units: Iterable[tuple[Id, Geometry]],
    *,
    within: Geometry | None = None,
    tolerance_m: float = TOLERANCE_M,
    name: Callable[[Id], str] = str,
) -> list[Fault]:
    """Every fault of a set of units of one level, given as (id, GeoJSON) in WGS-84.

    within       the outline of their parent: what it has and no unit covers is a gap, what a unit has beyond
                 it is outside. Left out, only holes enclosed by units are gaps.
    tolerance_m  overlaps and gaps that are nowhere wider than this are drawing noise and not reported.
    name         how a unit is called in sentences.

    Exact for areas a city district across (the plane used is true to 0.5 % within 50 km); areas are on the
    ellipsoid. Invalid outlines are reported, mended, and then compared like the others.
    """
    listed = [(unit, shape(geometry)) for unit, geometry in units]
    faults: list[Fault] = []
    seen: set[Id] = set()
    for unit, geometry in listed:
        if unit in seen:
            faults.append(Fault("duplicate", f"编码“{name(unit)}”出现不止一次。", (unit,)))
        seen.add(unit)
        broken = why_invalid(geometry)
        if broken:
            faults.append(Fault("invalid", f"“{name(unit)}”的{broken[0]}。", (unit,), point=broken[1]))
    parent = shape(within) if within is not None else None
    plane = Plane.around([geometry for _, geometry in listed] + ([parent] if parent is not None else []))
    flat = [_areal(shapely.make_valid(plane.flat(geometry))) for _, geometry in listed]
    check = _Check(plane, tolerance_m)
    faults += _overlaps([unit for unit, _ in listed], flat, check, name)
    whole = shapely.union_all(flat)
    if parent is None:
        # Closing seals cracks thinner than the tolerance, so that a cracked ring still encloses its hole.
        half = tolerance_m / 2
        sealed = whole.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
        rings = [ring for part in shapely.get_parts(sealed) for ring in part.interiors]
        faults += _gaps((shapely.Polygon(ring).difference(whole) for ring in rings), check)
    else:
        ground = _areal(shapely.make_valid(plane.flat(parent)))
        faults += _gaps([ground.difference(whole)], check)
        for (unit, _), geometry in zip(listed, flat, strict=True):
            for area, point in check.wide(geometry.difference(ground)):
                sentence = f"“{name(unit)}”超出上级边界{_about(area)}。"
                faults.append(Fault("outside", sentence, (unit,), area, point))
    return faults


def why_invalid(geometry: BaseGeometry) -> tuple[str, Point | None] | None:
    """(reason in Chinese, where) if an outline is not a valid surface, else None."""
    if geometry.is_empty:
        return "边界是空的", None
    if geometry.is_valid:
        return None
    text = shapely.is_valid_reason(geometry)
    reason, _, where = text.partition("[")
    point: Point | None = None
    if where:
        x, y = where.rstrip("]").split()[:2]
        point = (float(x), float(y))
    return REASONS.get(reason.strip(), "边界不合格"), point


class _Check:
    """What is wide enough to matter, measured on the plane, told in degrees."""

    def __init__(self, plane: Plane, tolerance_m: float) -> None:
        self.plane, self.tolerance = plane, tolerance_m

    def wide(self, geometry: BaseGeometry) -> Iterator[tuple[float, Point]]:
        for part in shapely.get_parts(geometry):
            if part.geom_type != "Polygon" or part.is_empty:
                continue
            core = part.buffer(-self.tolerance / 2, join_style="mitre")
            if not core.is_empty:
                spot = self.plane.back(core.representative_point())
                yield area_m2(self.plane.back(part)), (spot.x, spot.y)


def _overlaps(
    ids: list[Id], flat: list[BaseGeometry], check: _Check, name: Callable[[Id], str]
) -> Iterator[Fault]:
    tree = shapely.STRtree(flat)
    pairs = tree.query(flat, predicate="intersects").T
    for i, j in sorted((int(i), int(j)) for i, j in pairs if i < j):
        common = flat[i].intersection(flat[j])
        both = (ids[i], ids[j])
        if common.area > 0.999 * max(flat[i].area, flat[j].area):
            for area, point in list(check.wide(common))[:1]:
                yield Fault("duplicate", f"“{name(ids[i])}”和“{name(ids[j])}”的边界相同。", both, area, point)
            continue
        for area, point in check.wide(common):
            sentence = f"“{name(ids[i])}”和“{name(ids[j])}”重叠{_about(area)}。"
            yield Fault("overlap", sentence, both, area, point)


def _gaps(pieces: Iterable[BaseGeometry], check: _Check) -> Iterator[Fault]:
    for piece in pieces:
        for area, point in check.wide(piece):
            where = f"东经 {point[0]:.6f}、北纬 {point[1]:.6f}"
            yield Fault("gap", f"有{_about(area)}不属于任何单元（{where} 附近）。", (), area, point)


def _about(area: float) -> str:
    return f"约 {area:.0f} 平方米" if area >= 1 else "不到 1 平方米"
