"""Responsibility lines: dated layers over the one base grid, and who answers for a place in each of them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.people import actions
from gongzhi.people.importing import Wanted, dry_run
from gongzhi.people.lines import lines
from gongzhi.people.models import LineArea, Post
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, box, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
BY = Actor.for_service("tests")


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def area(
    cast: Cast, line: str, code: str, *divisions: Any, shape: Any = None, post: Post | None = None
) -> Wanted:
    unit = None if post else cast.roads.pk
    return Wanted(
        line,
        code,
        f"{code} 片区",
        tuple(d.pk for d in divisions),
        shape,
        unit,
        post.pk if post else None,
        "x",
    )


def put(cast: Cast, *wanted: Wanted, on: date = TODAY, **more: Any) -> tuple[int, int]:
    return actions.put_lines(wanted, starts_on=on, by=BY, at=WEDNESDAY, **more)


def states(grid: Any, *point: float) -> dict[str, str]:
    return {one.line: one.state for one in lines().at(grid.pk, *point)}


def test_one_two_and_nobody_answer_for_a_grid(cast: Cast) -> None:
    put(cast, area(cast, "fire", "F1", cast.haitang), area(cast, "fire", "F2", cast.grid_2))
    assert [states(g)["fire"] for g in (cast.grid_1, cast.grid_2, cast.grid_3)] == [
        "clear",
        "several",
        "nobody",
    ]
    assert [grid for grid, _share in lines().orphans("fire")] == [cast.grid_3.pk]
    assert [grid for grid, _share, _who in lines().overlaps("fire")] == [cast.grid_2.pk]
    assert states(cast.grid_1).keys() == {"fire"}  # lines without areas are not spoken of


def test_a_border_of_its_own_is_exact_to_the_point(cast: Cast) -> None:
    half = box(113.50, 22.20, 113.515, 22.21)  # grid 1 and half of grid 2
    put(cast, area(cast, "city", "C1", shape=half))
    assert states(cast.grid_2)["city"] == "partly"
    assert states(cast.grid_2, 113.512, 22.205)["city"] == "clear"
    assert states(cast.grid_2, 113.518, 22.205)["city"] == "nobody"
    assert states(cast.grid_1, *IN_GRID_1)["city"] == "clear"


def test_an_area_whose_post_is_vacant_answers_for_nothing(cast: Cast) -> None:
    post = Post.objects.get(account=cast.accounts["grid_leader"])
    put(cast, area(cast, "justice", "J1", cast.haitang, post=post))
    assert "grid_leader" in lines().at(cast.grid_1.pk)[0].answerers[0].who
    actions.end_post(post, on=TODAY, by=BY, at=WEDNESDAY)
    assert states(cast.grid_1)["justice"] == "nobody"


def test_layers_are_dated_and_former_ones_stay(cast: Cast, clock: Any) -> None:
    put(cast, area(cast, "fire", "F1", cast.haitang))
    later = TODAY + timedelta(days=10)
    assert put(cast, area(cast, "fire", "F1", cast.tingtao), on=later) == (1, 1)
    assert states(cast.grid_1)["fire"] == "clear"
    clock.forward(days=10)
    assert states(cast.grid_1)["fire"] == "nobody" and states(cast.grid_3)["fire"] == "clear"
    assert LineArea.objects.filter(code="F1").count() == 2
    with pytest.raises(Conflict):
        put(cast, area(cast, "fire", "F1", cast.haitang), on=TODAY)


def test_the_same_again_changes_nothing_and_others_end_only_when_told(cast: Cast) -> None:
    put(cast, area(cast, "fire", "F1", cast.haitang), area(cast, "fire", "F2", cast.tingtao))
    assert put(cast, area(cast, "fire", "F1", cast.haitang)) == (0, 0)
    assert put(cast, area(cast, "fire", "F1", cast.haitang), end_others=True) == (0, 1)


def test_a_file_is_tried_first_and_every_fault_is_told(cast: Cast) -> None:
    text = (
        "line,code,name,divisions,organisation,login\n"
        f"消防,F1,一片区,{cast.haitang.code},roads,\n"
        f"fire,F1,重复,{cast.haitang.code},roads,\n"
        "water,W1,没有,999,nobody,ghost\n"
        "city,,没有编号,,,\n"
    )
    run = dry_run(text.encode(), on=TODAY)
    assert [fault.split("：")[0] for fault in run.faults] == ["第 3 行"] + ["第 4 行"] * 4 + ["第 5 行"] * 3
    assert run.left[0]["orphans"] == (3, 1)
    assert not LineArea.objects.exists()
    for raw in (b"", b"\xff\xff", b"a,b\n1,2\n", b'{"features": 3}'):
        assert dry_run(raw, on=TODAY).faults


def test_a_map_layer_goes_in_by_the_page(client: Client, cast: Cast) -> None:
    admin = actions.open_account(login="it", name="it", password="x" * 20, by=BY, at=WEDNESDAY)
    actions.give_post(admin, "admin", division_id=cast.street.pk, starts_on=TODAY, by=BY, at=WEDNESDAY)
    client.force_login(admin)
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": box(113.50, 22.20, 113.515, 22.21),
             "properties": {"line": "safety", "code": "S1", "name": "东片", "login": "road_worker"}},
        ],
    }  # fmt: skip
    file = SimpleUploadedFile("s.geojson", json.dumps(collection).encode())
    tried = client.post("/house/lines/import/", {"file": file})
    assert tried.status_code == 200 and tried.context["run"].ok
    sent = {
        "content": tried.context["content"],
        "name": "s",
        "act": "force",
        "starts_on": TODAY.isoformat(),
        "line": "",
    }
    assert client.post("/house/lines/import/", sent | {"starts_on": "2020-01-01"}).status_code == 400
    assert client.post("/house/lines/import/", sent).status_code == 302
    page = client.get(f"/house/lines/?line=safety&lon={IN_GRID_1[0]}&lat={IN_GRID_1[1]}").content.decode()
    assert "road_worker" in page and "东片" in page
    assert "没有人负责" in client.get(f"/house/lines/?line=safety&grid={cast.grid_3.pk}").content.decode()
    layer = json.loads(client.get("/house/lines/safety.json").content)
    assert len(layer["features"]) == 4
    assert client.get("/house/lines/nothing.json").status_code == 404
    assert "S1" not in client.get("/house/lines/table.csv").content.decode()  # a border is no row of a table


@pytest.mark.django_db
def test_the_table_tells_logins_only_to_whoever_hands_it_in(cast: Cast, client: Client) -> None:
    admin = actions.open_account(login="it", name="it", password="x" * 20, by=BY, at=WEDNESDAY)
    actions.give_post(admin, "admin", division_id=cast.street.pk, starts_on=TODAY, by=BY, at=WEDNESDAY)
    client.force_login(admin)
    raw = f"line,code,name,divisions,organisation,login\nsafety,S1,\u3000=1+1,{cast.haitang.code},,road_worker\n"
    sent = {"file": SimpleUploadedFile("s.csv", raw.encode()), "act": "force", "starts_on": TODAY.isoformat()}
    assert client.post("/house/lines/import/", sent).status_code == 302
    told = client.get("/house/lines/table.csv").content.decode()
    assert "road_worker" in told and ",=1" not in told and ",\u3000=1" not in told
    client.force_login(cast.accounts["road_worker"])
    other = client.get("/house/lines/table.csv").content.decode()
    assert "S1" in other and "road_worker" not in other


def test_who_may_see_and_change_the_lines(client: Client, cast: Cast) -> None:
    for name, reads, writes in [("road_worker", 200, 403), ("auditor", 200, 403), ("resident", 403, 403)]:
        client.force_login(cast.accounts[name])
        assert client.get("/house/lines/").status_code == reads, name
        assert client.get("/house/lines/import/").status_code == writes, name
