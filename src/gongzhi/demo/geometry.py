"""The invented ground: one street by the sea, cut into communities, grids and blocks.

Lives here: the outline, the cuts (which become roads), the exact shared borders, the water. Houses, addresses
and named places are in ``buildings``; words are in ``names``. Does not live here: anything that knows a database.

How it is made. The outline is drawn once by hand in metres. It is cut in two again and again along wobbling
lines at chosen shares of the area: first into 16 communities, then 61 grids, then blocks. All lines are then
noded together and snapped to one millionth of a degree, and the grids are the faces of that one net, so that
neighbours share exactly the same points: no gap and no overlap by construction.

The anchor (113.70 E, 22.30 N, WGS-84) lies on open water in the Pearl River estuary: nobody's home is shown.
Division codes are 12 digits (county 6, street 3, community 3), a grid adds 2; ``449001`` is not in use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import shapely
from shapely.affinity import rotate
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, split

LON0, LAT0 = 113.70, 22.30
METRES_PER_LAT = 110_750.0
METRES_PER_LON = 111_320.0 * math.cos(math.radians(LAT0 + 0.01))
SNAP = 1e-6  # degrees, about 0.1 m

COMMUNITIES, GRIDS = 16, 61
DISTRICT_CODE, STREET_CODE = "449001000000", "449001001000"

# Drawn by hand, in metres east and north of the anchor: the coast from the west round to the north-east …
_COAST = [
    (0, 330), (340, 240), (760, 110), (1150, 180), (1500, 345), (1850, 265), (2130, 70), (2470, -70), (2770, 30),
    (2860, 290), (2770, 520), (2950, 660), (3230, 690), (3430, 980), (3370, 1320), (3510, 1650), (3430, 2030),
]  # fmt: skip
# … and the land side back again, along a ridge in the north and a road in the west.
_INLAND = [
    (3430, 2030), (2900, 2140), (2300, 2060), (1700, 2200), (1000, 2110), (400, 2190), (-40, 2110), (30, 1500),
    (-50, 900), (0, 330),
]  # fmt: skip
_FRAME = (-1500.0, -1300.0, 5000.0, 3400.0)


@dataclass(frozen=True)
class Road:
    """A road in metres: its centre line and its rank (trunk, main, street, lane)."""

    line: LineString
    rank: str


@dataclass(frozen=True)
class Block:
    """A piece of a grid enclosed by roads, in metres, with the 14-digit code of its grid."""

    shape: Polygon
    grid: str


@dataclass(frozen=True)
class Ground:
    """The bare ground.

    ``street``, ``communities`` (by 12-digit code) and ``grids`` (by 14-digit code) are WGS-84 and share their
    borders exactly; everything else is in metres from the anchor, for drawing and for placing houses.
    """

    seed: int
    street: Polygon
    communities: dict[str, Polygon]
    grids: dict[str, Polygon]
    roads: tuple[Road, ...]
    blocks: tuple[Block, ...]
    outline: Polygon
    coast: LineString
    sea: BaseGeometry
    river: BaseGeometry
    beach: BaseGeometry
    piers: BaseGeometry
    neighbours: BaseGeometry


def degrees(shape: BaseGeometry) -> BaseGeometry:
    """A geometry in metres from the anchor → the same in WGS-84 degrees, rounded to the snapping step."""

    def turn(xy: Any) -> Any:
        return np.round(xy / (METRES_PER_LON, METRES_PER_LAT) + (LON0, LAT0), 6)

    return shapely.transform(shape, turn)


def smooth(points: Sequence[tuple[float, float]], rounds: int = 3) -> list[tuple[float, float]]:
    """Cut corners (Chaikin 1974), keeping both ends: ``rounds`` times twice the points."""
    line = [(float(x), float(y)) for x, y in points]
    for _ in range(rounds):
        cut = [line[0]]
        for (ax, ay), (bx, by) in pairwise(line):
            cut.append((0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by))
            cut.append((0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by))
        line = [*cut, line[-1]]
    return line


def _rough(points: list[tuple[float, float]], rng: Random, size: float) -> list[tuple[float, float]]:
    """Move the inner points a little, each by what its neighbour moved and some more: a shore, not a saw."""
    dx = dy = 0.0
    moved = [points[0]]
    for x, y in points[1:-1]:
        dx, dy = 0.6 * dx + rng.gauss(0, size), 0.6 * dy + rng.gauss(0, size)
        moved.append((x + dx, y + dy))
    return [*moved, points[-1]]


def _cut(
    shape: Polygon, share: float, rng: Random, wobble: float
) -> tuple[Polygon, Polygon, LineString] | None:
    """Cut a polygon across its longer side so that the first part has ``share`` of the area.

    Returns both parts and the line between them, or None when the line meets the outline more than twice.
    """
    frame = shapely.minimum_rotated_rectangle(shape)
    corners = list(frame.exterior.coords)
    sides = sorted(pairwise(corners[:3]), key=lambda side: math.dist(*side))
    (ax, ay), (bx, by) = sides[-1]
    turn = math.degrees(math.atan2(by - ay, bx - ax)) % 180 + rng.uniform(-15, 15)
    centre = shape.centroid
    flat = rotate(shape, -turn, origin=centre)
    west, south, east, north = flat.bounds
    low, high = west, east
    for _ in range(14):
        middle = (low + high) / 2
        part = shapely.clip_by_rect(flat, west - 1, south - 1, middle, north + 1).area
        low, high = (middle, high) if part < share * shape.area else (low, middle)
    steps = max(4, round((north - south) / 35))
    waves = [(rng.uniform(0.6, 1.0) * wobble / k, rng.uniform(0, 6.3), k) for k in (1, 2, 3)]
    points = []
    for i in range(-1, steps + 2):
        t = i / steps
        bend = sum(size * math.sin(k * math.pi * t + phase) for size, phase, k in waves)
        points.append((low + bend, south + t * (north - south)))
    line = rotate(LineString(points), turn, origin=centre)
    parts = [part for part in split(shape, line).geoms if isinstance(part, Polygon)]
    border = line.intersection(shape)
    if len(parts) != 2 or not isinstance(border, LineString):
        return None
    first, second = sorted(parts, key=lambda part: rotate(part.centroid, -turn, origin=centre).x)
    return first, second, border


def _roundness(shape: Polygon) -> float:
    return float(4 * math.pi * shape.area / shape.length**2)


def _divide(
    shape: Polygon, weights: Sequence[float], rng: Random, wobble: float, depth: int = 0
) -> tuple[list[Polygon], list[tuple[int, LineString]]]:
    """Cut a polygon into ``len(weights)`` parts with areas in that proportion; also the cuts by depth."""
    if len(weights) == 1:
        return [shape], []
    half = len(weights) // 2 if len(weights) % 2 == 0 or rng.random() < 0.5 else len(weights) // 2 + 1
    share = sum(weights[:half]) / sum(weights)
    tries = [cut for _ in range(5) if (cut := _cut(shape, share, rng, wobble))]
    if not tries:
        raise ArithmeticError("no clean cut found")
    first, second, line = max(tries, key=lambda cut: min(_roundness(cut[0]), _roundness(cut[1])))
    left, left_cuts = _divide(first, weights[:half], rng, wobble, depth + 1)
    right, right_cuts = _divide(second, weights[half:], rng, wobble, depth + 1)
    return left + right, [(depth, line), *left_cuts, *right_cuts]


def _reading_order(shapes: Sequence[BaseGeometry], row: float) -> list[int]:
    """Indices from north to south in rows ``row`` metres high, from west to east within a row."""
    middle = [shape.centroid for shape in shapes]
    return sorted(range(len(shapes)), key=lambda i: (-int(middle[i].y // row), middle[i].x))


def _outline(rng: Random) -> tuple[Polygon, LineString, LineString]:
    coast = LineString(_rough(smooth(_COAST), rng, 5.0))
    inland = LineString(_rough(smooth(_INLAND), rng, 2.5))
    return Polygon([*coast.coords, *list(inland.coords)[1:-1]]), coast, inland


def _surroundings(rng: Random, outline: Polygon, coast: LineString) -> tuple[BaseGeometry, ...]:
    """Sea, the land next door, beach and piers, all in metres."""
    west = _rough(smooth([(-1500, 560), (-1000, 380), (-600, 470), (-250, 360), (0, 330)]), rng, 5.0)
    north = _rough(smooth([(3430, 2030), (3560, 2350), (3480, 2700), (3700, 3050), (3650, 3400)]), rng, 5.0)
    land = Polygon([*west, *list(coast.coords)[1:-1], *north, (-1500, 3400)]).buffer(0)
    islet = Polygon(_rough(smooth([(1050, -640), (1230, -590), (1420, -660), (1350, -780), (1120, -800),
                                   (1050, -640)]), rng, 4.0)).buffer(0)  # fmt: skip
    neighbours = shapely.union_all([land.difference(outline), islet])
    sea = box(*_FRAME).difference(shapely.union_all([land, outline, islet]))
    beach = coast.buffer(42).intersection(outline).intersection(box(980, -200, 1960, 900))
    mole = LineString(smooth([(2480, -60), (2640, -190), (2860, -210), (2990, -120)], 2)).buffer(11)
    jetties = [LineString([(2800, 420), (2960, 395)]), LineString([(2800, 330), (2955, 300)]),
               LineString([(3250, 700), (3390, 610)])]  # fmt: skip
    piers = shapely.union_all([mole, *(line.buffer(6, cap_style="flat") for line in jetties)])
    return sea, beach, piers.difference(outline), neighbours


def _faces(lines: Sequence[LineString]) -> list[Polygon]:
    """All lines noded together on the snapping grid → the faces of the net, in degrees.

    Every line is drawn half a metre too long, so that rounding cannot leave its end just short of the line it
    meets; what sticks out encloses nothing and falls away.
    """
    net = shapely.union_all([degrees(_longer(line)) for line in lines], grid_size=SNAP)
    return list(polygonize(net))


def _longer(line: LineString, by: float = 0.5) -> LineString:
    if line.is_ring:
        return line
    points = list(line.coords)
    for end, inner in ((0, 1), (-1, -2)):
        (x, y), (ix, iy) = points[end], points[inner]
        size = math.dist((x, y), (ix, iy)) or 1.0
        points[end] = (x + (x - ix) / size * by, y + (y - iy) / size * by)
    return LineString(points)


def _try_ground(seed: int, rng: Random) -> Ground | None:
    outline, coast, inland = _outline(rng)
    weights = [rng.uniform(0.75, 1.3) for _ in range(COMMUNITIES)]
    areas, cuts = _divide(outline, weights, rng, wobble=62)
    # 5 communities of 3 grids, 9 of 4, 2 of 5 make 61: the larger a community, the more grids it has.
    by_size = sorted(range(COMMUNITIES), key=lambda i: areas[i].area)
    wanted = dict(zip(by_size, [3] * 5 + [4] * 9 + [5] * 2, strict=True))
    parts: list[tuple[int, Polygon]] = []
    streets: list[LineString] = []
    for i in _reading_order(areas, 560):
        pieces, lines = _divide(areas[i], [rng.uniform(0.8, 1.25) for _ in range(wanted[i])], rng, wobble=24)
        parts += [(i, pieces[k]) for k in _reading_order(pieces, 260)]
        streets += [line for _, line in lines]
    borders = [line for _, line in cuts]
    faces = _faces([LineString(outline.exterior.coords), *borders, *streets])
    if len(faces) != GRIDS:
        return None

    community_codes = {i: f"{STREET_CODE[:9]}{n:03d}" for n, i in enumerate(_reading_order(areas, 560), 1)}
    tree = shapely.STRtree(faces)
    grids: dict[str, Polygon] = {}
    members: dict[str, list[Polygon]] = {}
    blocks: list[Block] = []
    lanes: list[LineString] = []
    for i, piece in parts:
        code = community_codes[i]
        number = len(members.setdefault(code, [])) + 1
        (face,) = tree.query(degrees(shapely.point_on_surface(piece)), predicate="within")
        members[code].append(faces[face])
        grids[f"{code}{number:02d}"] = faces[face]
        count = max(2, round(piece.area / 21_000))
        pieces, lines = _divide(piece, [rng.uniform(0.6, 1.4) for _ in range(count)], rng, wobble=8)
        blocks += [Block(shape, f"{code}{number:02d}") for shape in pieces]
        lanes += [line for _, line in lines]

    channel = borders[0]
    quays = [channel.buffer(27).exterior.intersection(outline)]
    shore = coast.offset_curve(64).intersection(outline)
    roads = [Road(line, "trunk") for shape in (*quays, shore) for line in _lines(shape)]
    roads += [Road(line, "trunk" if depth <= 2 else "main") for depth, line in cuts if depth]
    roads += [Road(line, "main") for line in _lines(inland)]
    roads += [Road(line, "street") for line in streets] + [Road(line, "lane") for line in lanes]
    sea, beach, piers, neighbours = _surroundings(rng, outline, coast)
    communities = {code: shapely.coverage_union_all(shapes) for code, shapes in members.items()}
    return Ground(
        seed=seed,
        street=shapely.coverage_union_all(faces),
        communities=dict(sorted(communities.items())),
        grids=dict(sorted(grids.items())),
        roads=tuple(road for road in roads if road.line.length > 25),
        blocks=tuple(blocks),
        outline=outline,
        coast=coast,
        sea=sea,
        river=channel.buffer(13).intersection(outline.buffer(20)),
        beach=beach,
        piers=piers,
        neighbours=neighbours,
    )


def _lines(shape: BaseGeometry) -> list[LineString]:
    parts = list(getattr(shape, "geoms", [shape]))
    return [part for part in parts if isinstance(part, LineString) and not part.is_empty]


@lru_cache(maxsize=2)
def lay_out(seed: int) -> Ground:
    """The ground for a seed; the same seed gives the same ground to the last digit. About 0.6 s."""
    for attempt in range(20):
        try:
            ground = _try_ground(seed, Random(f"ground {seed} {attempt}"))
        except ArithmeticError:
            continue
        if ground and shapely.coverage_is_valid(list(ground.grids.values())):
            return ground
    raise ArithmeticError(f"seed {seed} gives no clean ground in 20 attempts")
