"""What stands on the ground: named roads, estates, and houses with addresses.

Lives here: filling the blocks of ``geometry``. Parks and named places are in ``landmarks``, GeoJSON in ``layers``. Every
house lies wholly inside one grid, keeps off the roads, the river and the shore, and has an address of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

import shapely
from shapely.affinity import rotate
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from gongzhi.demo import names
from gongzhi.demo.geometry import Block, Ground, Road, degrees, lay_out
from gongzhi.demo.landmarks import NamedRoad, Place, lay_greens, lonlat, more_places

_SET_BACK = {"trunk": 15.0, "main": 12.0, "street": 9.0, "lane": 5.0}


@dataclass(frozen=True)
class Building:
    """One house. ``code`` is the grid's 14 digits and 5 more; ``shape`` and ``lon``/``lat`` are WGS-84.

    ``kind`` is home, village, shop, school, market, clinic, office, works or hall; ``keeper`` is the code of the
    property company, or empty.
    """

    code: str
    grid: str
    address: str
    name: str
    estate: str
    kind: str
    floors: int
    households: int
    keeper: str
    road: str
    shape: Polygon
    lon: float
    lat: float


@dataclass(frozen=True)
class BuiltTown:
    """The ground with everything that stands on it."""

    ground: Ground
    roads: tuple[NamedRoad, ...]
    greens: tuple[tuple[str, BaseGeometry], ...]
    buildings: tuple[Building, ...]
    places: tuple[Place, ...]

    def collections(self) -> dict[str, dict[str, Any]]:
        """The town as GeoJSON by layer; see ``layers``."""
        from gongzhi.demo.layers import collections  # it draws this class, so it cannot come first

        return collections(self)


class _Addresses:
    """Gives out house numbers: by distance along the road, odd on one side, even on the other, never twice."""

    def __init__(self, roads: Iterable[NamedRoad]) -> None:
        self.roads = list(roads)
        self.tree = shapely.STRtree([road.line for road in self.roads])
        self.taken: set[tuple[str, int]] = set()
        # Pieces of one road (the shore road is cut by headlands) number on from one another.
        self.start: list[float] = []
        reached: Counter[str] = Counter()
        for road in self.roads:
            self.start.append(reached[road.name])
            reached[road.name] += int(road.line.length)

    def give(self, x: float, y: float, step: float = 14.0) -> tuple[NamedRoad, int]:
        point = Point(x, y)
        place = int(self.tree.nearest(point))
        road = self.roads[place]
        along = float(road.line.project(point))
        ahead = road.line.interpolate(min(along + 1, road.line.length))
        behind = road.line.interpolate(max(along - 1, 0))
        left = (ahead.x - behind.x) * (y - behind.y) - (ahead.y - behind.y) * (x - behind.x) > 0
        number = 2 * int((self.start[place] + along) // step) + (1 if left else 2)
        while (road.name, number) in self.taken:
            number += 2
        self.taken.add((road.name, number))
        return road, number


def _name_roads(ground: Ground, rng: Random) -> tuple[NamedRoad, ...]:
    taken = {"望海路", f"{names.RIVER}东路", f"{names.RIVER}西路", "环澜路"}
    wanted = Counter(road.rank for road in ground.roads)
    pool = {rank: names.road_names(rng, rank, count, taken) for rank, count in sorted(wanted.items())}
    trunk, main = _quays_and_shore(ground)
    middle = ground.river.centroid
    named = []
    for road in ground.roads:
        if road in main:
            name = "环澜路"
        elif road in trunk:
            quay = road.line.distance(ground.river) < 25 and road.line.intersects(ground.river.buffer(25))
            along_river = quay and road.line.hausdorff_distance(ground.river) < 900
            if along_river and shapely.intersection(road.line, ground.river.buffer(20)).length > 200:
                name = f"{names.RIVER}{'东' if road.line.centroid.x > middle.x else '西'}路"
            else:
                name = "望海路"
        else:
            name = pool[road.rank].pop(0)
        named.append(NamedRoad(name, road.rank, road.line))
    return tuple(named)


def _quays_and_shore(ground: Ground) -> tuple[list[Road], list[Road]]:
    """The trunk roads beside river and shore, and the main road along the land side: they have fixed names."""
    edge = ground.outline.exterior.buffer(1)
    by_water = [
        road
        for road in ground.roads
        if road.rank == "trunk"
        and (
            shapely.intersection(road.line, ground.river.buffer(20)).length > 0.5 * road.line.length
            or shapely.intersection(road.line, ground.coast.buffer(72)).length > 0.8 * road.line.length
        )
    ]
    rim = [
        road
        for road in ground.roads
        if road.rank == "main" and shapely.intersection(road.line, edge).length > 0.8 * road.line.length
    ]
    return by_water, rim


@dataclass(frozen=True)
class _Plot:
    block: Block
    room: Polygon  # what may be built on
    community: str
    use: str


def _plots(ground: Ground, rng: Random) -> list[_Plot]:
    """Decide what each block is used for."""
    closed = shapely.union_all(
        [road.line.buffer(_SET_BACK[road.rank]) for road in ground.roads]
        + [ground.coast.buffer(86), ground.river.buffer(18)]
    )
    shapely.prepare(closed)
    hill = Point(760, 1800).buffer(330)
    by_community: dict[str, list[tuple[Block, Polygon]]] = {}
    for block in ground.blocks:
        left = block.shape.difference(closed)
        rooms = [part for part in getattr(left, "geoms", [left]) if isinstance(part, Polygon)]
        room = max(rooms, key=lambda part: part.area, default=Polygon())
        by_community.setdefault(block.grid[:12], []).append((block, room))
    plots = []
    for number, (_, blocks) in enumerate(sorted(by_community.items())):
        community = names.COMMUNITIES[number]
        village = community in names.VILLAGES
        # The first uses are what every community needs; the rest are homes with some shops and works.
        needed = [
            "park",
            "hall",
            "school" if number % 4 != 3 else "clinic",
            "market" if number % 3 == 0 else "shop",
        ]
        needed += ["school"] if number % 5 == 1 else []
        order = sorted(range(len(blocks)), key=lambda i: (blocks[i][1].area < 2_500, rng.random()))
        uses = dict(zip(order, needed, strict=False))
        for i, (block, room) in enumerate(blocks):
            use = (
                uses.get(i)
                or rng.choices(
                    ["village" if village else "home", "home", "shop", "office", "works", "park"],
                    [60, 22, 8, 4, 5 if number in (7, 13, 15) else 1, 3],
                )[0]
            )
            if hill.contains(block.shape.centroid):
                use = "hill"
            elif room.area < 700:
                use = "park"
            plots.append(_Plot(block, room, community, use))
    return plots


# use → (length, depth, gap along, gap between rows, floors, most per block, chance that a spot is built on)
_MASSING = {
    "home": ((34, 58), 14.5, 8, 23, (7, 32), 8, 0.9),
    "village": ((11, 17), 11.5, 3.5, 7, (3, 6), 10, 0.8),
    "shop": ((28, 44), 16, 6, 14, (2, 6), 4, 0.8),
    "office": ((36, 52), 20, 12, 30, (6, 18), 3, 0.8),
    "works": ((48, 66), 26, 10, 18, (1, 4), 4, 0.9),
    "school": ((46, 62), 14, 14, 40, (4, 6), 3, 1.0),
    "market": ((50, 60), 32, 10, 30, (1, 2), 1, 1.0),
    "clinic": ((40, 50), 18, 10, 30, (4, 6), 2, 1.0),
    "hall": ((30, 36), 16, 10, 30, (3, 5), 2, 1.0),
}


def _footprints(plot: _Plot, rng: Random) -> list[Polygon]:
    """Rows of oblong houses inside the plot, along its longer side, in metres."""
    (low, high), depth, gap, between, _, most, chance = _MASSING[plot.use]
    for shrink in (1.0, 0.8, 0.62, 0.45):
        frame = shapely.minimum_rotated_rectangle(plot.room)
        ring = list(frame.exterior.coords)
        (ax, ay), (bx, by), (cx, cy) = ring[:3]
        if math.dist((ax, ay), (bx, by)) < math.dist((bx, by), (cx, cy)):
            (ax, ay), (bx, by) = (bx, by), (cx, cy)
        turn = math.degrees(math.atan2(by - ay, bx - ax))
        centre = plot.room.centroid
        flat = rotate(plot.room, -turn, origin=centre)
        west, south, east, north = flat.bounds
        shapes: list[Polygon] = []
        y = south + 1
        while y + depth * shrink < north:
            x = west + rng.uniform(0, 6)
            while x < east:
                length = rng.uniform(low, high) * shrink
                lift = rng.uniform(-1.5, 1.5)
                house = box(x, y + lift, x + length, y + lift + depth * shrink)
                if flat.contains(house):
                    shapes.append(rotate(house, turn, origin=centre))
                    x += length + gap * shrink
                else:
                    x += 5
            y += (depth + between) * shrink
        if shapes:
            kept = [shape for shape in shapes if rng.random() < chance] or shapes[:1]
            return (
                kept if len(kept) <= most else [kept[i] for i in sorted(rng.sample(range(len(kept)), most))]
            )
    return []


def _households(use: str, floors: int, shape: Polygon, rng: Random) -> int:
    if use == "home":
        return floors * max(2, round(shape.area / 160))
    return rng.randint(1, floors * 2) if use == "village" else 0


_PLACE_NAMES = {"school": "学校", "market": "农贸市场", "clinic": "社区卫生服务站", "hall": "党群服务中心"}


def _school_name(community: str, number: int) -> str:
    return f"{community}{('小学', '幼儿园', '中学', '小学', '幼儿园')[number % 5]}"


@lru_cache(maxsize=2)
def build(seed: int) -> BuiltTown:
    """The built town for a seed: about 1,100 houses, 300 roads and 250 named places. About 1 s the first time."""
    ground = lay_out(seed)
    rng = Random(f"houses {seed}")
    roads = _name_roads(ground, rng)
    addresses = _Addresses(roads)
    plots = _plots(ground, rng)
    estates = iter(names.estate_names(rng, 400))
    keepers = {
        names.COMMUNITIES[number - 1]: code
        for code, (_, numbers) in names.PROPERTY_COMPANIES.items()
        for number in numbers
    }
    buildings: list[Building] = []
    places: list[Place] = []
    greens: list[tuple[str, BaseGeometry]] = []
    schools = 0
    for plot in plots:
        grid = plot.block.grid
        if plot.use in ("park", "hill"):
            continue
        shapes = _footprints(plot, rng)
        if not shapes:
            continue
        gate = plot.room.exterior.interpolate(rng.random(), normalized=True)
        road, number = addresses.give(gate.x, gate.y)
        front = f"{road.name}{number}号"
        name = keeper = ""
        if plot.use == "home":
            name = next(estates)
            keeper = keepers[plot.community] if rng.random() < 0.72 else ""
        elif plot.use == "school":
            name = _school_name(plot.community, schools)
            schools += 1
        elif plot.use in _PLACE_NAMES:
            name = plot.community + _PLACE_NAMES[plot.use]
        elif plot.use == "works":
            name = (
                f"{plot.community}工业园"
                if not _known(places, f"{plot.community}工业园")
                else f"{road.name}厂区"
            )
        elif plot.use == "office":
            name = f"{next(estates)[:2]}大厦"
            name = name if not _known(places, name) else f"{plot.community}{name}"
        elif plot.use == "shop":
            name = f"{road.name}商业楼"
            name = name if not _known(places, name) else f"{name}{number}号"
        if name:
            lon, lat = lonlat(plot.room.representative_point())
            kind = "estate" if plot.use == "home" else plot.use
            places.append(Place(name, kind, grid, front, lon, lat, road.name, keeper))
        for order, shape in enumerate(shapes, 1):
            _, _, _, _, (fewest, most), _, _ = _MASSING[plot.use]
            floors = (
                rng.randint(fewest, most)
                if plot.use != "home"
                else rng.choice((6, 7, 7, 8, 9, 11, 18, 26, 32))
            )
            middle = shape.centroid
            street = road
            if plot.use == "village":
                street, own = addresses.give(middle.x, middle.y, 6.0)
                address, title = f"{street.name}{own}号", f"{street.name}{own}号"
            else:
                title = (
                    f"{name}{order}栋"
                    if plot.use == "home"
                    else name + (f"{order}号楼" if len(shapes) > 1 else "")
                )
                address = f"{front}{title}"
            lon, lat = lonlat(middle)
            buildings.append(
                Building(
                    "",
                    grid,
                    address,
                    title,
                    name,
                    plot.use,
                    floors,
                    _households(plot.use, floors, shape, rng),
                    keeper,
                    street.name,
                    degrees(shape),
                    lon,
                    lat,
                )
            )
    parks, gardens = lay_greens(ground, [(plot.community, plot.use, plot.block, plot.room) for plot in plots])
    greens += parks
    places += gardens
    places += more_places(ground, roads, places, rng)
    return BuiltTown(ground, roads, tuple(greens), _numbered(buildings), _unique(places))


def _known(places: Iterable[Place], name: str) -> bool:
    return any(place.name == name for place in places)


def _unique(places: list[Place]) -> tuple[Place, ...]:
    """The first of each name."""
    return tuple({place.name: place for place in reversed(places)}.values())[::-1]


def _numbered(buildings: list[Building]) -> tuple[Building, ...]:
    """Number the houses of a community from 00001, grid by grid."""
    counts: Counter[str] = Counter()
    numbered = []
    for building in sorted(buildings, key=lambda b: b.grid):
        counts[building.grid[:12]] += 1
        numbered.append(replace(building, code=f"{building.grid}{counts[building.grid[:12]]:05d}"))
    return tuple(numbered)
