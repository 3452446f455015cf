"""Places people name in a report: parks, bus stops, crossings, stretches of road, the beach, the harbour.

Lives here: choosing and naming them on the ground of ``geometry``. Houses and estates are in ``buildings``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from gongzhi.demo import names
from gongzhi.demo.geometry import Block, Ground, degrees, lay_out


@dataclass(frozen=True)
class NamedRoad:
    """A road with its name; ``line`` in metres."""

    name: str
    rank: str
    line: shapely.LineString


@dataclass(frozen=True)
class Place:
    """A place people name in a report: an estate, a park, a school, a market, a bus stop, a crossing …"""

    name: str
    kind: str
    grid: str
    address: str
    lon: float
    lat: float
    road: str = ""
    keeper: str = ""


def lonlat(point: Point) -> tuple[float, float]:
    """A point in metres from the anchor → WGS-84 (longitude, latitude)."""
    turned = degrees(point)
    return float(turned.x), float(turned.y)


def grid_at(ground: Ground, lon: float, lat: float) -> str:
    """The grid a point is in, or the nearest one: a bus stop may stand exactly on a border."""
    codes, _, tree = _index(ground.seed)
    found = tree.query(Point(lon, lat), predicate="intersects")
    return codes[int(min(found)) if len(found) else int(tree.nearest(Point(lon, lat)))]


@lru_cache(maxsize=2)
def _index(seed: int) -> tuple[list[str], list[Polygon], shapely.STRtree]:
    grids = lay_out(seed).grids
    return list(grids), list(grids.values()), shapely.STRtree(list(grids.values()))


def lay_greens(
    ground: Ground, plots: Iterable[tuple[str, str, Block, Polygon]]
) -> tuple[list[tuple[str, BaseGeometry]], list[Place]]:
    """Parks: the hill as one, the promenade along the shore, and the gardens of each community.

    ``plots`` are (community, use, block, room); those used as park or hill become green.
    """
    made: list[tuple[str, BaseGeometry]] = []
    places: list[Place] = []
    plots = list(plots)
    hill = [block for _, use, block, _ in plots if use == "hill"]
    if hill:
        wood = shapely.union_all([block.shape for block in hill]).buffer(-9)
        made.append((f"{names.HILL}公园", wood))
        lon, lat = lonlat(wood.representative_point())
        places.append(Place(f"{names.HILL}公园", "park", grid_at(ground, lon, lat), "", lon, lat))
    promenade = ground.coast.buffer(52).intersection(ground.outline).difference(ground.beach)
    made.append(("海堤绿道", promenade))
    counts: Counter[str] = Counter()
    for community, use, block, room in plots:
        if use != "park":
            continue
        garden = room if room.area > 400 else block.shape.buffer(-7)
        if garden.area < 200:
            continue
        counts[community] += 1
        name = f"{community}{('公园', '口袋公园', '街心花园', '小游园')[min(counts[community] - 1, 3)]}"
        made.append((name, garden))
        lon, lat = lonlat(garden.representative_point())
        places.append(Place(name, "park", block.grid, "", lon, lat))
    return made, places


def more_places(
    ground: Ground, roads: tuple[NamedRoad, ...], known: Iterable[Place], rng: Random
) -> list[Place]:
    """Bus stops, crossings, public toilets, stretches of road, the beach, the harbour, the pier.

    Stops are called after the nearest of the ``known`` places, as real ones are.
    """
    places: list[Place] = []
    inside = ground.outline.buffer(-4)
    landmarks = [place for place in known if place.kind in ("estate", "school", "market", "park", "hall")]
    nearest = shapely.STRtree([Point(place.lon, place.lat) for place in landmarks])
    stops: set[str] = set()

    def add(name: str, kind: str, at: Point, road: str = "") -> None:
        if not inside.contains(at):
            at = Point(shapely.shortest_line(inside, at).coords[0])
        lon, lat = lonlat(at)
        address = name if road in name else f"{road}{name}"
        places.append(Place(name, kind, grid_at(ground, lon, lat), address, lon, lat, road))

    big = [road for road in roads if road.rank in ("trunk", "main")]
    for road in big:
        for k in range(1, int(road.line.length // 380) + 1):
            at = road.line.interpolate(k * 380 - 150 + rng.uniform(-40, 40))
            for i in nearest.query_nearest(degrees(at)):
                name = f"{landmarks[i].name}站"
                if name not in stops:
                    stops.add(name)
                    add(name, "bus_stop", at, road.name)
    wide = [road for road in roads if road.rank != "lane"]
    tree = shapely.STRtree([road.line for road in wide])
    for i, road in enumerate(wide):
        for j in tree.query(road.line, predicate="dwithin", distance=1.5):
            other = wide[j]
            if j <= i or other.name == road.name or "street" == road.rank == other.rank:
                continue
            meet = Point(shapely.shortest_line(road.line, other.line).coords[0])
            add(f"{road.name}与{other.name}路口", "crossing", meet, road.name)
    for road in roads:
        if road.rank in ("street", "lane") and rng.random() < 0.35:
            at = road.line.interpolate(rng.uniform(0.2, 0.8), normalized=True)
            add(f"{road.name}中段", "road", at, road.name)
    for i, road in enumerate(rng.sample([road for road in roads if road.rank == "street"], 10), 1):
        at = road.line.interpolate(rng.uniform(0.3, 0.7), normalized=True)
        what, kind = ("公厕", "toilet") if i % 2 else ("垃圾站", "waste")
        add(f"{road.name}{what}", kind, at, road.name)
    for name, kind, x, y in (
        (names.SANDS, "beach", 1500, 360),
        (names.HARBOUR, "harbour", 2790, 420),
        (f"{names.BAY}轮渡码头", "pier", 3240, 710),
        ("灯塔角", "beach", 2470, -40),
        ("海堤绿道", "park", 800, 140),
    ):
        near = ground.coast.interpolate(ground.coast.project(Point(x, y)))
        add(name, kind, Point(shapely.shortest_line(ground.outline.buffer(-12), near).coords[0]))
    shore_road = shapely.union_all([road.line for road in big if road.name == "望海路"])
    bridge = shapely.intersection(ground.river, shore_road)
    add(f"{names.RIVER}桥", "bridge", (ground.river if bridge.is_empty else bridge).representative_point())
    return places
