"""Layers over the base units: how much of each unit an area of a layer covers, where two meet, where none does.

For responsibility lines over the grids. Not here: who answers for an area, since when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import shapely
from shapely.geometry import shape

from civics.territory.measuring import Geometry, Plane, _areal

Id = TypeVar("Id")
Key = TypeVar("Key")
#: A share of a unit smaller than this is drawing noise.
LEAST_SHARE = 0.005


@dataclass(frozen=True)
class Cover:
    """How a base unit stands in a layer.

    shares   area → share of the unit that it covers (0…1)
    bare     share that no area covers
    doubled  share that two or more areas cover
    """

    shares: Mapping[Any, float] = field(default_factory=dict)
    bare: float = 1.0
    doubled: float = 0.0


def covering(
    units: Iterable[tuple[Id, Geometry]],
    *,
    whole: Mapping[Id, Iterable[Key]],
    shapes: Iterable[tuple[Key, Geometry]] = (),
    least: float = LEAST_SHARE,
) -> dict[Id, Cover]:
    """Unit → cover, of base units given as (id, GeoJSON in WGS-84).

    whole   areas that cover a unit altogether, by its id
    shapes  areas with a border of their own
    least   shares below are left out, and count neither as bare nor as doubled

    Exact to the plane used (0.5 % within 50 km). A unit without a shape can still be covered by ``whole``.
    """
    listed = [(unit, shape(geometry)) for unit, geometry in units]
    drawn = [(key, shape(geometry)) for key, geometry in shapes]
    plane = Plane.around([geometry for _, geometry in listed] or [shapely.Point(0, 0)])
    flat = [(key, _areal(shapely.make_valid(plane.flat(geometry)))) for key, geometry in drawn]
    tree = shapely.STRtree([geometry for _, geometry in flat])
    found: dict[Id, Cover] = {}
    for unit, geometry in listed:
        ground = _areal(shapely.make_valid(plane.flat(geometry)))
        size = ground.area
        shares: dict[Any, float] = dict.fromkeys(whole.get(unit, ()), 1.0)
        pieces = []
        if size > 0:
            for place in tree.query(ground, predicate="intersects"):
                key, area = flat[int(place)]
                common = _areal(ground.intersection(area))
                if common.area / size >= least and key not in shares:
                    shares[key] = min(1.0, common.area / size)
                    pieces.append(common)
        full = sum(1 for key in whole.get(unit, ()))
        covered = shapely.union_all(pieces).area / size if pieces else 0.0
        twice = max(0.0, sum(piece.area for piece in pieces) / size - covered) if pieces else 0.0
        bare = 0.0 if full else max(0.0, 1.0 - covered)
        doubled = 1.0 if full > 1 else covered if full else min(covered, twice)
        found[unit] = Cover(shares, bare if bare >= least else 0.0, doubled if doubled >= least else 0.0)
    for unit, keys in whole.items():
        if unit not in found:
            rows = dict.fromkeys(keys, 1.0)
            found[unit] = Cover(rows, 0.0 if rows else 1.0, 1.0 if len(rows) > 1 else 0.0)
    return found
