"""The sketch of one grid: its true outline, its buildings, and only what lies around it."""

from __future__ import annotations

import pytest
from django.test import Client

from civics.territory import bounds, cut, wider
from gongzhi.kit.acting import Actor
from gongzhi.territory import actions
from gongzhi.territory.models import Feature
from tests.cast import START, WEDNESDAY, Cast, box
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db


def test_a_sketch_has_the_grid_its_buildings_its_neighbours_and_the_roads_around(cast: Cast) -> None:
    by = {"starts_on": START, "by": Actor.for_service("tests"), "at": WEDNESDAY}
    walls = box(113.502, 22.202, 113.503, 22.203)
    actions.add_division("44900100100101001", "1 栋", "building", parent=cast.grid_1, shape=walls, **by)
    actions.add_division(
        "44900100100101002", "2 栋", "building", parent=cast.grid_1, lon=113.505, lat=22.205, **by
    )
    road = {"type": "LineString", "coordinates": [[113.0, 22.205], [114.0, 22.205]]}
    far = {"type": "LineString", "coordinates": [[113.6, 22.3], [113.7, 22.3]]}
    Feature.objects.create(kind="roads:main", name="海棠路", shape=road)
    Feature.objects.create(kind="roads:main", name="远方路", shape=far)
    answer = Client().get(f"/ground/grid/{cast.grid_1.pk}.json")
    found = [
        (one["properties"]["kind"], one["properties"]["name"], one["geometry"]["type"])
        for one in answer.json()["features"]
    ]
    assert ("grid", "海棠社区 · 第一网格", "Polygon") in found
    assert ("building", "1 栋", "Polygon") in found and ("building", "2 栋", "Point") in found
    assert ("beside", "第二网格", "Polygon") in found
    assert ("road", "海棠路", "LineString") in found and all(name != "远方路" for _k, name, _t in found)
    west, _south, east, _north = answer.json()["bbox"]
    drawn = next(one for one in answer.json()["features"] if one["properties"]["name"] == "海棠路")
    assert [point[0] for point in drawn["geometry"]["coordinates"]] == [west, east]
    kept = Client().get(f"/ground/grid/{cast.grid_1.pk}.json", headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304
    assert Client().get("/ground/grid/999999.json").status_code == 404


def test_cutting_keeps_what_lies_in_the_box_and_mends_what_is_broken() -> None:
    square = box(0, 0, 2, 2)
    assert bounds(square) == (0, 0, 2, 2) and wider((0, 0, 2, 1), 0.5) == (-1, -1, 3, 2)
    part = cut(square, (1, 1, 3, 3))
    assert part is not None and bounds(part) == (1, 1, 2, 2)
    assert cut(square, (5, 5, 6, 6)) is None
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    assert cut(bow, (0, 0, 2, 2)) is not None
    with pytest.raises(ValueError, match="bounds"):
        bounds({"type": "Polygon", "coordinates": []})
