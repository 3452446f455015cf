"""A GeoJSON file taken apart: the features that can be used, and every fault of the others.

Made for a dry run: nothing stops at the first fault. Not here: where files come from, what is kept of them.
RFC 7946 fixes WGS-84, but files of offices often carry the older ``crs`` member; it is respected.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry import shape

from civics.territory.checking import Fault, why_invalid
from civics.territory.coordinates import Point, UnknownSystem, system_named, to_wgs84

CODE_KEYS: Final = ("code", "Code", "CODE", "grid_code", "编码", "网格编码", "区划代码", "id")
NAME_KEYS: Final = ("name", "Name", "NAME", "grid_name", "名称", "网格名称")


@dataclass(frozen=True, slots=True)
class Feature:
    """One usable feature: code, name, GeoJSON geometry in WGS-84, properties, its place in the file."""

    code: str
    name: str
    geometry: dict[str, Any]
    properties: dict[str, Any]
    number: int


def read_geojson(
    obj: Mapping[str, Any] | str | bytes,
    *,
    crs: str | None = None,
    code_keys: Sequence[str] = CODE_KEYS,
    name_keys: Sequence[str] = NAME_KEYS,
) -> tuple[list[Feature], list[Fault]]:
    """(usable features, every fault) of a GeoJSON FeatureCollection of polygons.

    obj  the parsed object, or its text (UTF-8, a byte order mark is allowed)
    crs  the coordinate system, if known better; otherwise what the file says, otherwise WGS84

    Kinds of faults: ``unreadable``, ``not_a_collection``, ``unknown_system``, ``not_a_feature``,
    ``missing_code``, ``duplicate_code``, ``not_a_polygon``, ``bad_position``, ``out_of_range``, ``swapped``,
    ``unclosed_ring``, ``short_ring``, ``invalid``, ``empty``. A feature with a fault is not among the usable
    ones. Never raises for what a file may contain.
    """
    faults: list[Fault] = []
    if isinstance(obj, (str, bytes)):
        try:
            obj = json.loads(
                obj.decode("utf-8-sig") if isinstance(obj, bytes) else obj.removeprefix("\ufeff")
            )
        except (ValueError, RecursionError):
            return [], [Fault("unreadable", "文件不是可读的 GeoJSON（应为 UTF-8 编码的 JSON）。")]
    if not isinstance(obj, Mapping) or obj.get("type") != "FeatureCollection":
        return [], [Fault("not_a_collection", "文件不是 FeatureCollection（要素集合）。")]
    rows = obj.get("features")
    if not isinstance(rows, Sequence) or isinstance(rows, (str, bytes)):
        return [], [Fault("not_a_collection", "要素集合里没有 features 列表。")]
    if not rows:
        faults.append(Fault("empty", "文件里没有任何要素。"))
    system: str | None = None
    try:
        system = system_named(crs if crs is not None else _told_system(obj))
    except UnknownSystem as unknown:
        faults.append(Fault("unknown_system", str(unknown)))
    features: list[Feature] = []
    first: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        reader = _Row(number, row, system)
        code, name, properties = reader.words(code_keys, name_keys)
        if code and code in first:
            reader.fault("duplicate_code", f"编码“{code}”与第 {first[code]} 个要素重复")
        elif code:
            first[code] = number
        geometry = reader.geometry()
        faults += reader.faults
        if geometry is not None and not reader.faults and system is not None:
            features.append(Feature(code, name, geometry, properties, number))
    return features, faults


def _told_system(collection: Mapping[str, Any]) -> str:
    told = collection.get("crs")
    if told is None:
        return "WGS84"
    properties = told.get("properties") if isinstance(told, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else told
    return name if isinstance(name, str) else json.dumps(told, ensure_ascii=False, default=str)[:80]


class _Row:
    """One feature on its way in; collects its own faults."""

    def __init__(self, number: int, row: Any, system: str | None) -> None:
        self.number, self.row, self.system = number, row, system
        self.faults: list[Fault] = []
        self.code = ""
        self.kinds: set[str] = set()

    def fault(self, kind: str, words: str, point: Point | None = None) -> None:
        """Keep a fault; of a kind that every corner may have, only the first is told."""
        if kind in self.kinds:
            return
        self.kinds.add(kind)
        sentence = f"第 {self.number} 个要素：{words}。"
        self.faults.append(Fault(kind, sentence, (self.code,) if self.code else (), 0.0, point, self.number))

    def words(self, code_keys: Sequence[str], name_keys: Sequence[str]) -> tuple[str, str, dict[str, Any]]:
        """(code, name, other properties)."""
        if not isinstance(self.row, Mapping) or self.row.get("type") != "Feature":
            self.fault("not_a_feature", "不是 Feature（要素）")
            return "", "", {}
        kept = self.row.get("properties")
        properties = dict(kept) if isinstance(kept, Mapping) else {}
        self.code = _first_word(properties, code_keys) or _first_word(self.row, ("id",))
        name = _first_word(properties, name_keys)
        if not self.code:
            self.fault("missing_code", f"缺少编码（找过的字段：{'、'.join(code_keys)}）")
        return self.code, name or self.code, properties

    def geometry(self) -> dict[str, Any] | None:
        """The outline in WGS-84, or None with the faults kept."""
        if not isinstance(self.row, Mapping):
            return None
        told = self.row.get("geometry")
        kind = told.get("type") if isinstance(told, Mapping) else None
        coordinates = told.get("coordinates") if isinstance(told, Mapping) else None
        if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, Sequence):
            if "not_a_feature" not in self.kinds:
                self.fault("not_a_polygon", "没有面状边界（只接受 Polygon 和 MultiPolygon）")
            return None
        outlines = [coordinates] if kind == "Polygon" else coordinates
        polygons = [list(self._rings(outline)) for outline in outlines]
        if not self.faults and not (polygons and all(polygons)):
            self.fault("empty", "边界是空的")
        if self.kinds & {"bad_position", "short_ring", "unclosed_ring", "out_of_range", "swapped", "empty"}:
            return None
        geometry = shape({"type": "MultiPolygon", "coordinates": polygons})
        broken = why_invalid(geometry)
        if broken:
            self.fault("invalid", broken[0], broken[1])
            return None
        whole = shapely.orient_polygons(geometry.geoms[0] if kind == "Polygon" else geometry)
        answer: dict[str, Any] = json.loads(shapely.to_geojson(whole))
        return answer

    def _rings(self, outline: Any) -> Iterator[list[Point]]:
        if not isinstance(outline, Sequence) or isinstance(outline, str):
            self.fault("bad_position", "坐标的层次不对")
            return
        for told in outline:
            if not isinstance(told, Sequence) or isinstance(told, str):
                self.fault("bad_position", "坐标的层次不对")
                continue
            ring = [point for point in map(self._position, told) if point is not None]
            if len(ring) != len(told):
                continue
            if len(ring) < 4:
                self.fault("short_ring", "边界的点少于 4 个", ring[0] if ring else None)
            elif ring[0] != ring[-1]:
                self.fault("unclosed_ring", "边界没有闭合（首尾两点不同）", ring[0])
            yield ring

    def _position(self, told: Any) -> Point | None:
        if not isinstance(told, Sequence) or isinstance(told, str) or not 2 <= len(told) <= 4:
            self.fault("bad_position", "有的坐标不是 [经度, 纬度]")
            return None
        if any(isinstance(part, bool) or not isinstance(part, (int, float)) for part in told[:2]):
            self.fault("bad_position", "有的坐标不是数字")
            return None
        try:
            x, y = float(told[0]), float(told[1])
        except OverflowError:
            x = y = math.inf
        if not (math.isfinite(x) and math.isfinite(y)):
            self.fault("bad_position", "有的坐标不是有限的数字")
            return None
        if _swapped(x, y):
            self.fault("swapped", f"坐标 ({x:g}, {y:g}) 的经度和纬度写反了", (y, x))
            return None
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            self.fault("out_of_range", f"坐标 ({x:g}, {y:g}) 超出经纬度的范围，可能是以米为单位的投影坐标")
            return None
        return to_wgs84(x, y, self.system) if self.system else (x, y)


def _swapped(x: float, y: float) -> bool:
    """Latitude first: impossible as it stands, or polar while in China the other way round."""
    if 90 < abs(y) <= 180 and abs(x) <= 90:
        return True
    return 3 <= x <= 54 and 73 <= y <= 90


def _first_word(where: Mapping[str, Any], keys: Sequence[str]) -> str:
    for key in keys:
        value = where.get(key)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, (str, int, float)) and str(value).strip():
            return str(value).strip()
    return ""
