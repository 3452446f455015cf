"""Distances, areas, middles and simpler outlines of places given in WGS-84 degrees, longitude first.

Not here: routes, heights, projections for printed maps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from civics.territory.coordinates import Point, checked

Geometry = Mapping[str, Any]
Id = TypeVar("Id")

# Mean radius of the IUGG for distances; the authalic radius (same surface as WGS-84) for areas.
EARTH_M: Final = 6371008.8
_AUTHALIC_M = 6371007.1809
_E2 = 0.00669437999014  # first eccentricity of WGS-84, squared
DEGREE_M: Final = math.radians(1) * EARTH_M


class Plane:
    """A flat map in metres around a place; lengths true to 0.5 % within about 50 km of its middle."""

    def __init__(self, lon: float, lat: float) -> None:
        self.middle = np.array([lon, lat])
        self.scale = np.array([DEGREE_M * math.cos(math.radians(lat)), DEGREE_M])

    @classmethod
    def around(cls, shapes: Iterable[BaseGeometry]) -> Plane:
        """The plane in the middle of the bounding box of all shapes."""
        west, south, east, north = shapely.total_bounds(list(shapes))
        if math.isnan(west):
            return cls(0.0, 0.0)
        return cls((west + east) / 2, (south + north) / 2)

    def flat(self, geometry: BaseGeometry) -> BaseGeometry:
        """Degrees → metres."""
        return shapely.transform(geometry, lambda xy: (xy - self.middle) * self.scale)

    def back(self, geometry: BaseGeometry) -> BaseGeometry:
        """Metres → degrees."""
        return shapely.transform(geometry, lambda xy: xy / self.scale + self.middle)


def distance_m(a: Point, b: Point) -> float:
    """Great-circle metres between two (lon, lat) points (haversine; the ellipsoid differs by ≤ 0.5 %)."""
    (lon_a, lat_a), (lon_b, lat_b) = checked(*a), checked(*b)
    north_a, north_b = math.radians(lat_a), math.radians(lat_b)
    up, over = math.sin((north_b - north_a) / 2), math.sin(math.radians(lon_b - lon_a) / 2)
    part = up * up + math.cos(north_a) * math.cos(north_b) * over * over
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, part)))


def box_around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """(west, south, east, north) of a box that holds every point within ``metres``, cut at the map's edge.

    For looking things up by index before measuring. ValueError when the distance is not a number ≥ 0.
    """
    x, y = checked(lon, lat)
    if not 0 <= metres < math.inf:
        raise ValueError("a distance is a finite number of metres, zero or more")
    # A breath wider than the circle, so that rounding never drops a point on its rim.
    high = metres / DEGREE_M * (1 + 1e-9) + 1e-12
    south, north = max(-90.0, y - high), min(90.0, y + high)
    reach = math.sin(min(math.radians(high), math.pi / 2))
    room = math.cos(math.radians(y))
    # The widest meridian of the circle; where it holds a pole it goes all round.
    wide = math.degrees(math.asin(reach / room)) * (1 + 1e-9) + 1e-12 if reach < room else 360.0
    return max(-180.0, x - wide), south, min(180.0, x + wide), north


def area_m2(geometry: Geometry | BaseGeometry) -> float:
    """Square metres on the WGS-84 ellipsoid (by a cylindrical equal-area map on the authalic sphere)."""
    return float(shapely.transform(_shape(geometry), _equal_area).area)


def centroid(geometry: Geometry | BaseGeometry) -> Point:
    """Centre of gravity (lon, lat); for a bent shape it may lie outside, see ``point_inside``."""
    middle = _shape(geometry).centroid
    return middle.x, middle.y


def point_inside(geometry: Geometry | BaseGeometry) -> Point:
    """A point (lon, lat) that surely lies inside: for labels and pins."""
    point = _shape(geometry).representative_point()
    return point.x, point.y


def simplify_for_map(units: Iterable[tuple[Id, Geometry]], metres: float) -> list[tuple[Id, dict[str, Any]]]:
    """The same units with fewer corners, for drawing only; shared borders stay shared, no cracks open.

    metres  corners that matter less than a triangle of this side are dropped. Six decimals (0.1 m) are kept.
    """
    listed = [(name, shapely.make_valid(_shape(geometry))) for name, geometry in units]
    if not listed:
        return []
    plane = Plane.around(shape for _, shape in listed)
    flat = [_areal(plane.flat(geometry)) for _, geometry in listed]
    simple = shapely.coverage_simplify(flat, metres)
    answer = []
    for (name, _), geometry, full in zip(listed, simple, flat, strict=True):
        # Boundaries that overlap are no coverage, and simplifying may then break a shape: keep it whole.
        kept = geometry if not geometry.is_empty and geometry.is_valid else full
        drawn = json.loads(shapely.to_geojson(plane.back(kept)))
        answer.append((name, {**drawn, "coordinates": _rounded(drawn["coordinates"])}))
    return answer


def _shape(geometry: Geometry | BaseGeometry) -> BaseGeometry:
    return geometry if isinstance(geometry, BaseGeometry) else shape(geometry)


def _areal(geometry: BaseGeometry) -> BaseGeometry:
    """Only the parts that have a surface."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def _rounded(nested: Any) -> Any:
    if isinstance(nested, (int, float)):
        return round(nested, 6)
    return [_rounded(part) for part in nested]


def _equal_area(xy: np.ndarray) -> np.ndarray:
    """Lambert's cylinder: x = R·λ, y = R·q(φ)/q(90°); Snyder, Map Projections (1987), eq. 3-11, 3-12."""
    e = math.sqrt(_E2)

    def q(sine: Any) -> Any:
        return (1 - _E2) * (sine / (1 - _E2 * sine**2) - np.log((1 - e * sine) / (1 + e * sine)) / (2 * e))

    out = np.empty_like(xy, dtype=float)
    out[:, 0] = np.radians(xy[:, 0]) * _AUTHALIC_M
    out[:, 1] = q(np.sin(np.radians(xy[:, 1]))) / q(1.0) * _AUTHALIC_M
    return out
