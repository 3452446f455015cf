"""Which unit a point lies in, in microseconds.

Not here: several levels at once (make one locator per level), history (give it the units valid that day).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import shapely
from shapely.geometry import shape

from civics.territory.coordinates import checked
from civics.territory.measuring import DEGREE_M, Geometry, Plane, _areal

BORDER_M: Final = 0.05
_SHARED_M = 1.0

Id = TypeVar("Id", bound=Hashable)


class Locator(Generic[Id]):
    """Finds the unit of a point among units given as (id, GeoJSON Polygon or MultiPolygon).

    A point on a border belongs to the unit with the lowest id among those that touch it, whatever the order
    in which the units were given. A point in no unit, but within ``border_m`` metres (0.05) of some, belongs
    to the lowest of those: drawn borders rarely agree to the last digit, and nobody stands in the crack.

    Outlines that cross themselves are mended, and their ids listed in ``mended``, rather than refused: one
    bad outline must not stop all reports of a city. The same id twice: ValueError.
    """

    def __init__(self, units: Iterable[tuple[Id, Geometry]], *, border_m: float = BORDER_M) -> None:
        listed = [(name, shape(geometry)) for name, geometry in units]
        listed.sort(key=lambda unit: _order(unit[0]))
        self.ids: tuple[Id, ...] = tuple(name for name, _ in listed)
        self._at = {name: i for i, name in enumerate(self.ids)}
        if len(self._at) < len(self.ids):
            twice = next(name for i, name in enumerate(self.ids) if self._at[name] != i)
            raise ValueError(f"unit {twice!r} is given twice")
        crossed = [not geometry.is_valid for _, geometry in listed]
        self.mended: tuple[Id, ...] = tuple(n for n, bad in zip(self.ids, crossed, strict=True) if bad)
        self._shapes = np.array(
            [
                _areal(shapely.make_valid(geometry)) if bad else geometry
                for (_, geometry), bad in zip(listed, crossed, strict=True)
            ],
            dtype=object,
        )
        shapely.prepare(self._shapes)
        # The index inside a prepared shape is built at its first question, and not safely from two threads at
        # once: ask each shape something here, so that afterwards everything is only read.
        boxes = shapely.bounds(self._shapes).reshape(-1, 4)
        shapely.intersects_xy(self._shapes, (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
        self._tree = shapely.STRtree(self._shapes)
        self._slack = border_m / DEGREE_M
        west, south, east, north = shapely.total_bounds(self._shapes) if listed else (1.0, 1.0, -1.0, -1.0)
        self._box = (west - self._slack, south - self._slack, east + self._slack, north + self._slack)
        self._neighbours: dict[Id, tuple[Id, ...]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def locate(self, lon: float, lat: float) -> Id | None:
        """The unit of a WGS-84 point, or None outside all. ValueError with a sentence: nan, out of range."""
        x, y = checked(lon, lat)
        west, south, east, north = self._box
        if not (west <= x <= east and south <= y <= north):
            return None
        point = shapely.points(x, y)
        near = self._tree.query(point)
        if near.size:
            hits = near[shapely.intersects_xy(self._shapes[near], x, y)]
            if hits.size:
                return self.ids[int(hits.min())]
        close = self._tree.query(point, predicate="dwithin", distance=self._slack)
        return self.ids[int(close.min())] if close.size else None

    def locate_many(self, points: Sequence[tuple[float, float]]) -> list[Id | None]:
        """``locate`` for many (lon, lat) points at once, for files: several times faster; same errors."""
        if not points:
            return []
        spots = shapely.points(np.array([checked(x, y) for x, y in points]))
        found = np.full(len(spots), len(self.ids))
        which, unit = self._tree.query(spots, predicate="intersects")
        np.minimum.at(found, which, unit)
        lost = np.flatnonzero(found == len(self.ids))
        which, unit = self._tree.query(spots[lost], predicate="dwithin", distance=self._slack)
        np.minimum.at(found, lost[which], unit)
        return [self.ids[i] if i < len(self.ids) else None for i in found]

    def neighbours(self, name: Id) -> tuple[Id, ...]:
        """Units that share at least a metre of border with this one, in order. KeyError for an unknown id."""
        at = self._at[name]
        if name not in self._neighbours:
            self._neighbours[name] = tuple(self.ids[i] for i in self._sharing(at))
        return self._neighbours[name]

    def _sharing(self, at: int) -> list[int]:
        own = self._shapes[at]
        reach = max(self._slack, 1e-9)
        near = sorted(int(i) for i in self._tree.query(own, predicate="dwithin", distance=reach) if i != at)
        plane = Plane.around([own])
        # A corner that only touches leaves a border as long as the rim is wide: far below a metre.
        rim = plane.flat(own).buffer(2 * reach * DEGREE_M)
        return [i for i in near if rim.intersection(plane.flat(self._shapes[i]).boundary).length >= _SHARED_M]


def _order(name: Hashable) -> tuple[str, object]:
    """Numbers among themselves, all else by its text: an order that never depends on how units came."""
    if isinstance(name, (int, float)):
        return ("", name)
    return (type(name).__name__, name if isinstance(name, (str, bytes, tuple)) else str(name))
