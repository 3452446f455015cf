"""Every number of the board is the length of the list behind it; who may see which; what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongzhi.kit.clock import StoppedClock
from gongzhi.kit.errors import Forbidden
from gongzhi.matters.figures import Selection
from gongzhi.observation.policies import WINDOW, areas_of
from gongzhi.observation.queries import board, rooms
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures
from gongzhi.workorders.models import WorkOrder
from tests.cast import WEDNESDAY, Cast

pytestmark = pytest.mark.django_db


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def listed(client: Client, url: str) -> int:
    """How many matters the list at this address has, over all its pages."""
    count, address = 0, url
    while address:
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        rows = page.content.decode().count('class="rows__title"')
        total = int(page.context["total"])
        count += rows
        address = page.context["older"]
    assert count == total
    return count


def numbers_of(told: Any) -> list[tuple[int, str]]:
    """Every (number, address) that the board shows."""
    found = [(told[name]["n"], told[name]["url"]) for name in ("received", "week_ago")]
    found += [(one["n"], one["url"]) for part in ("stands", "ended") for one in told[part].values()]
    found += [(one["n"], one["url"]) for part in ("channels", "hours") for one in told[part]]
    found += [(one["open"], one["url"]) for one in told["areas"]]
    found += [(one["late"], one["late_url"]) for one in told["areas"]]
    for unit in [*told["units"]["all"], *told["units"]["few"]]:
        found += [(unit[name], unit[f"{name}_url"]) for name in ("owed", "on_time", "owing")]
    return found + [(told["units"][name]["n"], told["units"][name]["url"]) for name in ("owed", "on_time")]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=3)], ids=["now", "when promises are broken"])
def test_every_number_is_the_length_of_its_list(cast: Cast, noon: StoppedClock, later: timedelta) -> None:
    noon.set(WEDNESDAY + timedelta(hours=2) + later)
    client = as_(cast, "leader")
    page = client.get("/board/")
    told = numbers_of(page.context)
    assert len(told) > 40 and any(n for n, _url in told)
    for number, url in told:
        assert listed(client, url) == number, url
    shown = unescape(page.content.decode())
    links = re.findall(r'href="(/board/list/[^"]+)"', shown)
    assert set(links) <= {url for _n, url in told} | {h["url"] for h in page.context["hot"]}


def test_the_numbers_are_those_of_the_street(cast: Cast) -> None:
    told = as_(cast, "clerk").get("/board/").context
    assert told["received"]["n"] == 5 and told["week_ago"]["n"] == 1
    assert told["stands"]["open"]["n"] == WorkOrder.objects.filter(open=True).count()
    assert sum(hour["n"] for hour in told["hours"]) == 5
    assert [hour["hour"] for hour in told["hours"] if hour["n"]] == [10, 11]
    assert sum(channel["n"] for channel in told["channels"]) == 5


def test_hot_issues_lead_to_their_orders(cast: Cast) -> None:
    client = as_(cast, "leader")
    hot = client.get("/board/").context["hot"]
    assert hot and hot[0]["n"] >= 3
    assert listed(client, hot[0]["url"]) == hot[0]["n"]
    gone = client.get(hot[0]["url"].replace(f"issue={hot[0]['key']}", "issue=99999999"))
    assert gone.status_code == 404


def test_what_is_private_has_no_title_on_the_wall(cast: Cast) -> None:
    WorkOrder.objects.update(title="张三家在做的事", place_text="张三家门口", private=True)
    page = as_(cast, "leader").get("/board/")
    assert page.context["hot"] and page.context["pressing"]
    assert "张三" not in page.content.decode()
    assert "张三" not in as_(cast, "leader").get(page.context["hot"][0]["url"]).context["title"]


def test_no_words_of_a_reporter_stand_on_the_wall(cast: Cast) -> None:
    WorkOrder.objects.update(title="王先生家楼下的下水道堵了，请打 19900000101")
    page = as_(cast, "leader").get("/board/")
    assert page.context["hot"] and page.context["pressing"]
    text = page.content.decode()
    assert "19900000101" not in text and "王先生" not in text
    assert page.context["hot"][0]["title"] in text


# ---- three levels, the same figures


def test_each_level_sees_the_same_figures_of_its_own_area(cast: Cast) -> None:
    district, street = cast.street.parent_id, cast.street.pk
    seen = {}
    for name, area in (
        ("district_leader", district),
        ("leader", street),
        ("community_clerk", cast.haitang.pk),
    ):
        client = as_(cast, name)
        assert client.get("/board/").context["area"].id == area
        seen[name] = client.get(f"/board/?in={cast.haitang.pk}").context["stands"]["open"]["n"]
    assert len(set(seen.values())) == 1, seen
    assert as_(cast, "community_clerk").get(f"/board/?in={street}").status_code == 404
    assert as_(cast, "leader").get(f"/board/?in={district}").status_code == 404
    assert as_(cast, "district_leader").get(f"/board/?in={cast.tingtao.pk}").status_code == 200


#: person → areas of which they may see the board (d district, s street, h and t communities)
LOOKERS = {
    "district_leader": "dsht", "clerk": "sht", "other_clerk": "sht", "leader": "sht", "auditor": "sht",
    "community_clerk": "h", "checker": "", "road_worker": "", "road_head": "", "gardener": "", "grid_worker": "",
    "grid_leader": "", "far_grid_worker": "", "resident": "", "neighbour": "",
}  # fmt: skip
WRITERS = {name: areas for name, areas in LOOKERS.items() if name != "auditor"}
LEADERS = {name: LOOKERS[name] for name in ("district_leader", "leader")}


@pytest.mark.parametrize("verb", sorted(WINDOW.verbs))
def test_the_table_of_rights_cell_by_cell(cast: Cast, verb: str) -> None:
    table = LOOKERS if verb == "look" else LEADERS if verb == "publish_brief" else WRITERS
    places = {"d": cast.street.parent_id, "s": cast.street.pk, "h": cast.haitang.pk, "t": cast.tingtao.pk}
    for name in LOOKERS:
        person = cast.person(name)
        for letter, place in places.items():
            allowed = letter in table.get(name, "")
            assert WINDOW.may(person, verb, place) is allowed, (verb, name, letter)
        assert WINDOW.may(person, verb, None) is bool(table.get(name, "")), (verb, name)


def test_every_door_asks_for_the_right(cast: Cast) -> None:
    doors = [reverse(f"observation:{name}") for name in ("board", "panes", "areas", "stream")]
    doors.append(f"/board/list/?figure=open&in={cast.street.pk}")
    for url in doors:
        assert Client().get(url).status_code in (302, 401), url
        for name in ("resident", "road_worker", "checker", "grid_worker"):
            assert as_(cast, name).get(url).status_code == 403, (url, name)


def test_a_list_is_refused_outside_ones_area(cast: Cast) -> None:
    url = f"/board/list/?figure=open&in={cast.street.pk}"
    assert as_(cast, "community_clerk").get(url).status_code == 403
    chosen = Selection("open", cast.tingtao.pk, WEDNESDAY)
    with pytest.raises(Forbidden):
        figures.listed(chosen, by=cast.community_clerk)
    with pytest.raises(Forbidden):
        figures.listed_issue([1], division_id=cast.tingtao.pk, by=cast.community_clerk, at=WEDNESDAY)


@pytest.mark.parametrize(
    "query",
    ["", "figure=open", "figure=open&in=x", "figure=received&in={s}", "figure=open&in={s}&unit=x",
     "figure=open&in={s}&at=yesterday", "figure=open&in={s}&at=2026-01-01", "figure=drop&in={s}",
     "figure=received&in={s}&since=2026-11-01T00:00:00%2B08:00&until=2026-12-01T00:00:00%2B08:00&hour=nine",
     "figure=open&in=99999999", "kind=nothing&figure=open&in={s}", "in={s}&issue=x"],
)  # fmt: skip
def test_addresses_that_mean_nothing_are_refused(cast: Cast, query: str) -> None:
    client = as_(cast, "leader")
    assert client.get(f"/board/list/?{query.format(s=cast.street.pk)}").status_code in (400, 403, 404)


# ---- kept numbers


def test_ten_screens_cost_one_count(cast: Cast, noon: StoppedClock, statements: Any) -> None:
    client = as_(cast, "leader")
    client.get("/board/")
    statements.clear()
    client.get("/board/panes/")
    kept = statements.clear_and_count()
    noon.forward(seconds=56)
    client.get("/board/panes/")
    fresh = statements.clear_and_count()
    assert kept <= 11, kept
    assert fresh <= 26, fresh


def test_nothing_older_than_a_minute_is_shown(cast: Cast, noon: StoppedClock) -> None:
    client = as_(cast, "leader")
    client.get("/board/")
    for _look in range(5):
        at = noon.forward(seconds=56)
        told = client.get("/board/panes/").context
        assert (at - told["at"]).total_seconds() <= 55 and told["age"] <= 55


def test_what_is_kept_says_its_age(cast: Cast, noon: StoppedClock) -> None:
    client = as_(cast, "leader")
    client.get("/board/")
    noon.forward(seconds=4)
    page = client.get("/board/panes/")
    assert page.context["age"] == 4
    assert 'data-board-age-at="4"' in page.content.decode()


# ---- the map


def test_the_map_shows_the_grids_of_the_area_only(cast: Cast) -> None:
    shapes = as_(cast, "community_clerk").get("/board/areas.json").json()["features"]
    assert {f["id"] for f in shapes} == {cast.grid_1.pk, cast.grid_2.pk}
    one = next(f for f in shapes if f["id"] == cast.grid_1.pk)
    assert one["properties"]["label"] == str(WorkOrder.objects.filter(open=True, grid=cast.grid_1).count())


def test_an_area_with_too_many_grids_is_drawn_by_communities(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST_AREAS", 2)
    area = ground().areas[cast.street.pk]
    assert board.map_dimension(area) == "community"
    told = board.count(rooms.kind_of(""), area, WEDNESDAY)
    assert {row[0] for row in told["areas"]} >= {cast.haitang.pk, None}


def test_boards_of_a_person_are_those_of_their_posts_and_below(cast: Cast) -> None:
    assert [a.level for a in areas_of(cast.district_leader)] == [
        "district",
        "street",
        "community",
        "community",
    ]
    assert [a.id for a in areas_of(cast.community_clerk)] == [cast.haitang.pk]
