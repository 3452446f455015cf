"""Which grid a point lies in, and what is wrong with a map, told in sentences."""

import itertools
import math
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.territory import (
    Locator,
    area_m2,
    box_around,
    centroid,
    distance_m,
    overlaps_and_gaps,
    point_inside,
    simplify_for_map,
)

EAST, NORTH = 113.50, 22.25  # an invented quarter; a hundredth of a degree is about a kilometre


def square(x: float, y: float, size: float = 1.0, *, holes=()) -> dict:
    """A square with its corner x, y hundredths of a degree from the corner of the quarter."""
    rings = [[(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)], *holes]
    return {
        "type": "Polygon",
        "coordinates": [[[EAST + a / 100, NORTH + b / 100] for a, b in ring] for ring in rings],
    }


def spot(x: float, y: float) -> tuple[float, float]:
    return EAST + x / 100, NORTH + y / 100


NINE = [(f"G{3 * y + x + 1}", square(x, y)) for y in range(3) for x in range(3)]


# Locating -----------------------------------------------------------------------------------------------


def test_a_point_inside_a_grid_is_found():
    assert Locator(NINE).locate(*spot(1.5, 1.5)) == "G5"


def test_a_point_outside_all_grids_gets_a_clear_none():
    locator = Locator(NINE)
    assert locator.locate(*spot(3.1, 1)) is None
    assert locator.locate(0, 0) is None


def test_a_point_on_a_border_belongs_to_the_lowest_code_whatever_the_order():
    for order in itertools.islice(itertools.permutations(NINE), 0, 20_000, 997):
        locator = Locator(order)
        assert locator.locate(*spot(1, 0.5)) == "G1"
        assert locator.locate(*spot(2, 2)) == "G5"
        assert locator.locate(*spot(3, 3)) == "G9"


def test_numbers_are_ordered_as_numbers():
    assert Locator([(10, square(0, 0)), (9, square(1, 0))]).locate(*spot(1, 0.5)) == 9


def test_nobody_stands_in_the_crack_between_two_borders():
    crack = 1e-7  # a centimetre
    locator = Locator([("b", square(0, 0)), ("a", square(1 + crack * 100, 0))])
    assert locator.locate(EAST + 0.01 + crack / 2, NORTH + 0.005) == "a"


def test_a_hole_is_not_inside():
    hole = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]
    locator = Locator([("G", square(0, 0, holes=[hole]))])
    assert locator.locate(*spot(0.5, 0.5)) is None
    assert locator.locate(*spot(0.2, 0.2)) == "G"


def test_a_grid_may_have_several_parts():
    parts = [square(0, 0)["coordinates"], square(5, 5)["coordinates"]]
    locator = Locator([("G", {"type": "MultiPolygon", "coordinates": parts})])
    assert locator.locate(*spot(5.5, 5.5)) == locator.locate(*spot(0.5, 0.5)) == "G"


def test_an_outline_that_crosses_itself_is_mended_and_named():
    bow = {"type": "Polygon", "coordinates": [[spot(0, 0), spot(1, 1), spot(1, 0), spot(0, 1), spot(0, 0)]]}
    locator = Locator([("bow", bow), ("G", square(2, 2))])
    assert locator.mended == ("bow",)
    assert locator.locate(*spot(0.1, 0.5)) == "bow"


def test_no_units_at_all():
    assert Locator([]).locate(*spot(0, 0)) is None
    assert Locator([]).locate_many([spot(0, 0)]) == [None]


def test_the_same_code_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        Locator([("G", square(0, 0)), ("G", square(1, 0))])


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        (math.nan, 22, "有限"),
        (113, math.inf, "有限"),
        (22.25, 113.5, "写反"),
        (181, 0, "超出范围"),
        (500, 400, "超出范围"),
        ("here", 22, "数字"),
        (None, 22, "数字"),
    ],
)
def test_impossible_coordinates_get_a_sentence(lon, lat, words):
    with pytest.raises(ValueError, match=words):
        Locator(NINE).locate(lon, lat)


def test_many_points_give_the_same_answers_as_one_by_one():
    locator, draw = Locator(NINE), random.Random(7)
    points = [
        spot(draw.choice([draw.uniform(-1, 4), draw.randint(0, 3)]), draw.uniform(-1, 4)) for _ in range(500)
    ]
    assert locator.locate_many(points) == [locator.locate(*point) for point in points]


@given(st.floats(0, 3), st.floats(0, 3), st.randoms())
def test_every_point_of_the_quarter_has_exactly_one_grid(x, y, draw):
    shuffled = NINE[:]
    draw.shuffle(shuffled)
    found = Locator(NINE).locate(*spot(x, y))
    assert found is not None
    assert Locator(shuffled).locate(*spot(x, y)) == found


def test_threads_may_ask_at_once():
    locator, draw = Locator(NINE), random.Random(3)
    points = [spot(draw.uniform(0, 3), draw.uniform(0, 3)) for _ in range(2000)]
    alone = [Locator(NINE).locate(*point) for point in points]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda point: locator.locate(*point), points)) == alone


def test_neighbours_share_a_border_not_only_a_corner():
    assert Locator(NINE).neighbours("G5") == ("G2", "G4", "G6", "G8")
    assert Locator(NINE).neighbours("G1") == ("G2", "G4")
    with pytest.raises(KeyError):
        Locator(NINE).neighbours("G10")


# Overlaps and gaps --------------------------------------------------------------------------------------


def test_a_map_that_fits_has_no_faults():
    assert overlaps_and_gaps(NINE, within=square(0, 0, 3)) == []
    assert overlaps_and_gaps(NINE) == []


def test_an_overlap_is_measured_and_pointed_at():
    wide = ("G5", square(0.9, 1, 1.1))
    faults = overlaps_and_gaps([("G4", square(0, 1)), wide])
    assert [fault.kind for fault in faults] == ["overlap"]
    assert faults[0].ids == ("G4", "G5")
    assert faults[0].area_m2 == pytest.approx(103.1 * 1107.5, rel=0.01)
    assert "“G4”和“G5”重叠约" in faults[0].sentence
    assert Locator([wide]).locate(*faults[0].point) == "G5"


def test_a_missing_grid_is_a_gap_with_and_without_the_parent():
    ring = [unit for unit in NINE if unit[0] != "G5"]
    for faults in (overlaps_and_gaps(ring), overlaps_and_gaps(ring, within=square(0, 0, 3))):
        assert [fault.kind for fault in faults] == ["gap"]
        assert Locator(NINE).locate(*faults[0].point) == "G5"
        assert faults[0].area_m2 == pytest.approx(area_m2(NINE[4][1]), rel=1e-6)


def test_a_missing_corner_is_a_gap_only_when_the_parent_is_known():
    open_ring = NINE[1:]
    assert overlaps_and_gaps(open_ring) == []
    assert [fault.kind for fault in overlaps_and_gaps(open_ring, within=square(0, 0, 3))] == ["gap"]


def test_a_unit_beyond_its_parent_is_outside():
    faults = overlaps_and_gaps(NINE, within=square(0, 0, 2.5), name=lambda code: f"网格{code}")
    assert {fault.kind for fault in faults} == {"outside"}
    assert sorted(fault.ids[0] for fault in faults) == ["G3", "G6", "G7", "G8", "G9"]
    assert "“网格G3”超出上级边界" in " ".join(fault.sentence for fault in faults)


def test_slivers_below_the_tolerance_are_drawing_noise():
    thin = 2e-4  # hundredths of a degree: 0.2 m
    units = [("a", square(0, 0, 1 + thin)), ("b", square(1, 0))]
    assert overlaps_and_gaps(units) == []
    assert [fault.kind for fault in overlaps_and_gaps(units, tolerance_m=0.1)] == ["overlap"]


def test_an_outline_that_crosses_itself_is_reported():
    bow = {"type": "Polygon", "coordinates": [[spot(0, 0), spot(1, 1), spot(1, 0), spot(0, 1), spot(0, 0)]]}
    faults = overlaps_and_gaps([("bow", bow)])
    assert [(fault.kind, fault.sentence) for fault in faults] == [("invalid", "“bow”的边界自相交。")]
    assert faults[0].point == pytest.approx(spot(0.5, 0.5))


def test_the_same_code_and_the_same_outline_twice_are_duplicates():
    faults = overlaps_and_gaps([("a", square(0, 0)), ("a", square(1, 0)), ("b", square(0, 0))])
    assert [fault.kind for fault in faults] == ["duplicate", "duplicate"]
    assert "边界相同" in faults[1].sentence and "不止一次" in faults[0].sentence


# Measuring ----------------------------------------------------------------------------------------------


def test_one_degree_of_latitude_is_about_111_kilometres():
    assert distance_m((113.5, 22), (113.5, 23)) == pytest.approx(111_195, abs=1)
    assert distance_m((113.5, 22), (113.5, 22)) == 0


def test_the_surface_of_the_earth():
    whole = {
        "type": "Polygon",
        "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]],
    }
    assert area_m2(whole) == pytest.approx(510_065_621_724_088, rel=1e-9)  # WGS-84 ellipsoid


def test_the_surface_of_a_cell_is_the_integral_of_the_radii_of_curvature():
    # Meridian radius times radius of the parallel of the ellipsoid, summed over one degree at 22° north.
    axis, e2, steps = 6378137.0, 0.00669437999014, 20_000
    turns = (math.radians(22 + (n + 0.5) / steps) for n in range(steps))
    strips = sum(math.cos(turn) / (1 - e2 * math.sin(turn) ** 2) ** 2 for turn in turns)
    expected = axis**2 * (1 - e2) * strips * math.radians(1 / steps) * math.radians(1)
    cell = {"type": "Polygon", "coordinates": [[[113, 22], [114, 22], [114, 23], [113, 23], [113, 22]]]}
    assert area_m2(cell) == pytest.approx(expected, rel=1e-8)


def test_middles():
    assert centroid(square(0, 0)) == pytest.approx(spot(0.5, 0.5))
    hook = {
        "type": "Polygon",
        "coordinates": [[spot(*p) for p in [(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1), (0, 0)]]],
    }
    assert Locator([(1, hook)]).locate(*centroid(hook)) is None
    assert Locator([(1, hook)]).locate(*point_inside(hook)) == 1


@given(
    st.floats(-170, 170),
    st.floats(-80, 80),
    st.floats(0, 360),
    st.floats(0, 1),
    st.floats(0, 200_000),
)
def test_a_box_holds_everything_within_its_distance(lon, lat, bearing, part, metres):
    west, south, east, north = box_around(lon, lat, metres)
    angle, turn = part * metres / 6371008.8, math.radians(bearing)
    here = math.radians(lat)
    sine = math.sin(here) * math.cos(angle) + math.cos(here) * math.sin(angle) * math.cos(turn)
    there = math.asin(max(-1, min(1, sine)))
    over = math.atan2(
        math.sin(turn) * math.sin(angle) * math.cos(here), math.cos(angle) - math.sin(here) * math.sin(there)
    )
    slack = 1e-9
    assert south - slack <= math.degrees(there) <= north + slack
    x = lon + math.degrees(over)
    if -180 <= x <= 180:
        assert west - slack <= x <= east + slack


def test_a_simpler_map_keeps_shared_borders_shared():
    step = [(1 + 0.001 * (n % 2), n / 50) for n in range(51)]
    left = {"type": "Polygon", "coordinates": [[spot(*p) for p in [(0, 0), *step, (0, 1), (0, 0)]]]}
    right = {
        "type": "Polygon",
        "coordinates": [[spot(*p) for p in [(2, 0), (2, 1), *reversed(step), (2, 0)]]],
    }
    simple = dict(simplify_for_map([("left", left), ("right", right)], 50))
    assert sum(len(unit["coordinates"][0]) for unit in simple.values()) < 20
    assert overlaps_and_gaps(simple.items(), tolerance_m=0.3) == []
    assert Locator(simple.items()).neighbours("left") == ("right",)
    assert simplify_for_map([], 50) == []
