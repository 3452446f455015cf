"""Coordinate systems met in Chinese cities, and their conversion to WGS-84.

``WGS84``     what satellites and browsers give; the platform keeps nothing else.
``CGCS2000``  the national geodetic system. It differs from WGS-84 by centimetres to a few decimetres (epoch
              and realisation), less than any phone measures: taken as identical, in both directions.
``GCJ02``     the shifted system of mainland map services (高德, 腾讯): the widely published approximation on
              the Krasovsky ellipsoid, 300–700 m off. The inverse is found by iteration.
``BD09``      百度's second shift on top of GCJ02.

The shift applies inside the customary rectangle (72.004–137.8347° E, 0.8293–55.8271° N) and is the identity
outside. Hong Kong and Macao lie inside and are shifted too: the mainland services from which GCJ02
coordinates come draw both regions in their own system, and a seam between Zhuhai and Macao would displace one
bank of the river. Coordinates that a Hong Kong or Macao office measured are WGS84 and must be labelled so. On
the outer 700 m of the rectangle the formula is not one-to-one; there the shifted reading wins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

SYSTEMS: Final = ("WGS84", "CGCS2000", "GCJ02", "BD09")

_NAMES: Final = {
    "WGS84": "WGS84", "EPSG4326": "WGS84", "CRS84": "WGS84", "GPS": "WGS84",
    "CGCS2000": "CGCS2000", "EPSG4490": "CGCS2000", "CHINAGEODETICCOORDINATESYSTEM2000": "CGCS2000",
    "国家2000": "CGCS2000", "2000国家大地坐标系": "CGCS2000",
    "GCJ02": "GCJ02", "火星坐标": "GCJ02", "高德": "GCJ02", "腾讯": "GCJ02",
    "BD09": "BD09", "BD09LL": "BD09", "百度": "BD09",
}  # fmt: skip

_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BD_TURN = math.pi * 3000 / 180

Point = tuple[float, float]


class UnknownSystem(ValueError):
    """A coordinate system this platform cannot convert; ``name`` is what was asked for."""

    def __init__(self, name: object) -> None:
        super().__init__(f"不认识坐标系“{name}”，可用的有：{'、'.join(SYSTEMS)}（经纬度，单位为度）。")
        self.name = name


def system_named(name: str) -> str:
    """The code of a system from the ways it is written (``EPSG:4490``, ``gcj-02``, an OGC urn).

    Projected systems (metres, such as EPSG:4526) are not known here: UnknownSystem.
    """
    # In an urn or address authority, version and number are parts of their own: only first and last decide.
    parts = [part for part in re.split(r"[:/]+", str(name).upper()) if part]
    for authority in ("EPSG", "OGC"):
        if authority in parts[:-1]:
            parts = [authority if authority == "EPSG" else "", parts[-1]]
    found = _NAMES.get("".join(sign for part in parts for sign in part if sign.isalnum()))
    if found is None:
        raise UnknownSystem(name)
    return found


def checked(lon: float, lat: float) -> Point:
    """Longitude and latitude as floats. ValueError with a sentence for people: not a number, out of range."""
    try:
        x, y = float(lon), float(lat)
    except (TypeError, ValueError):
        raise ValueError("坐标必须是数字。") from None
    # One comparison that is also false for nan.
    if -180.0 <= x <= 180.0 and -90.0 <= y <= 90.0:
        return x, y
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError("坐标必须是有限的数字。")
    if abs(y) > 90 and abs(x) <= 90:
        raise ValueError(f"纬度 {y:g} 超出 −90 到 90 的范围，经度和纬度可能写反了。")
    raise ValueError(f"坐标 ({x:g}, {y:g}) 超出范围：经度在 −180 到 180 之间，纬度在 −90 到 90 之间。")


def to_wgs84(lon: float, lat: float, crs: str) -> Point:
    """A position given in ``crs`` as WGS-84 (lon, lat) in degrees, inverse shifts exact to < 1e-9°.

    Raises UnknownSystem (a ValueError) and ValueError for impossible coordinates.
    """
    x, y = checked(lon, lat)
    system = system_named(crs)
    if system in ("WGS84", "CGCS2000"):
        return x, y
    if system == "BD09":
        if not _shifted(x, y):
            return x, y
        x, y = _undone(_bd_from_gcj, x, y)
    before = _undone(_gcj_from_wgs, x, y)
    return before if _shifted(*before) else (x, y)


def from_wgs84(lon: float, lat: float, crs: str) -> Point:
    """A WGS-84 position in ``crs``; errors as ``to_wgs84``."""
    x, y = checked(lon, lat)
    system = system_named(crs)
    if system in ("WGS84", "CGCS2000") or not _shifted(x, y):
        return x, y
    x, y = _gcj_from_wgs(x, y)
    return _bd_from_gcj(x, y) if system == "BD09" else (x, y)


def _shifted(lon: float, lat: float) -> bool:
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def _undone(shift: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """The point that ``shift`` carries to (lon, lat). The shift hardly varies, so a few rounds suffice."""
    x, y = lon, lat
    for _ in range(30):
        there = shift(x, y)
        dx, dy = lon - there[0], lat - there[1]
        x, y = x + dx, y + dy
        if abs(dx) < 1e-12 and abs(dy) < 1e-12:
            break
    return x, y


def _gcj_from_wgs(lon: float, lat: float) -> Point:
    x, y = lon - 105.0, lat - 35.0
    pi, sin, root = math.pi, math.sin, math.sqrt(abs(x))
    wave = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    turn = math.radians(lat)
    flat = 1.0 - _ECCENTRICITY * sin(turn) ** 2
    north = math.degrees(north / (_AXIS * (1.0 - _ECCENTRICITY) / (flat * math.sqrt(flat))))
    east = math.degrees(east / (_AXIS / math.sqrt(flat) * math.cos(turn)))
    return lon + east, lat + north


def _bd_from_gcj(lon: float, lat: float) -> Point:
    far = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return far * math.cos(angle) + 0.0065, far * math.sin(angle) + 0.006
