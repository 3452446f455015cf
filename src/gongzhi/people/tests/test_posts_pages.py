"""The register of posts as whole requests: who reads it, who changes it, what is vacant, what stays as history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit.acting import Actor
from gongzhi.people import actions, loads
from gongzhi.people.models import Account, Post, Staffing, Token
from gongzhi.people.register import by_grid, by_unit
from gongzhi.territory import actions as territory
from tests.cast import START, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
BY = Actor.for_service("tests")


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    town = settle()
    town.accounts["admin"] = actions.open_account(
        login="admin", name="黎明", password="x", by=BY, at=WEDNESDAY
    )
    actions.give_post(
        town.accounts["admin"], "admin", division_id=town.street.pk, starts_on=START, by=BY, at=WEDNESDAY
    )
    for role, count in (("grid_leader", 1), ("grid_member", 3)):
        Staffing.objects.create(level="grid", role=role, posts=count)
    return town


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


PAGES = {
    "/house/people/": {"admin": 200, "auditor": 200, "leader": 200, "clerk": 200, "grid_leader": 200, "grid_worker": 403,
                       "road_worker": 403, "resident": 403, "": 302},
    "/house/people/?by=unit": {"admin": 200, "road_head": 200, "checker": 403},
    "/house/keys/": {"admin": 200, "auditor": 200, "leader": 403, "clerk": 403, "road_head": 403, "resident": 403, "": 302},
    "/house/people/give/": {"admin": 200, "auditor": 403, "clerk": 403, "resident": 403, "": 302},
}  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_for_those_whose_work_it_is(address: str, cast: Cast) -> None:
    for name, status in PAGES[address].items():
        assert as_(cast, name).get(address).status_code == status, (address, name)


def test_vacancies_are_counted_and_shown(cast: Cast) -> None:
    first, second = by_grid(TODAY)[0].grids
    assert dict(first.missing) == {"网格员": 2}
    assert dict(second.missing) == {"网格长": 1, "网格员": 3}
    page = as_(cast, "admin").get("/house/people/").content.decode()
    assert "缺 3 人" in page
    assert "暂时空缺" in page
    units = {unit.name: unit for unit in by_unit(TODAY)}
    assert [held.name for held in units["海棠社区居委会"].held] == ["grid_leader", "grid_worker"]


def test_building_heads_stand_with_their_building(cast: Cast) -> None:
    house = territory.add_division(
        "44900100100101001", "海棠苑1栋", "building", parent=cast.grid_1, starts_on=START, by=BY, at=WEDNESDAY
    )
    admin = as_(cast, "admin")
    sent = said(cast, login="qin.lan", name="秦兰", role="building_head", division=house.pk, organisation="")
    assert "秦兰" in admin.post("/house/people/give/", sent).content.decode()
    grid = by_grid(TODAY)[0].grids[0]
    assert [(h.name, h.place) for h in grid.heads] == [("秦兰", "海棠苑1栋")]
    assert (grid.buildings, grid.building_heads, len(grid.held)) == (1, 1, 2)
    page = admin.get("/house/people/").content.decode()
    assert "楼栋长 1/1" in page
    assert page.index("海棠苑1栋") > page.index("楼栋长 1/1")
    assert (
        admin.post(f"/house/people/posts/{grid.heads[0].post_id}/end/", {"on": TODAY.isoformat()}).status_code
        == 302
    )
    assert by_grid(TODAY)[0].grids[0].heads == []


def test_a_grid_leader_reads_the_own_grid_only(cast: Cast) -> None:
    answer = as_(cast, "grid_leader").get("/house/people/")
    grids = [grid.area.id for community in answer.context["communities"] for grid in community.grids]
    assert grids == [cast.grid_1.pk]


def test_loads_are_added_up_over_the_rooms(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(loads, "_loads", {})
    worker = cast.accounts["grid_worker"].pk
    loads.register("one", of_people=lambda ids: {worker: 2}, in_areas=lambda ids: {cast.grid_1.pk: 5})
    loads.register("two", of_people=lambda ids: {worker: 3}, in_areas=lambda ids: {})
    grid = by_grid(TODAY)[0].grids[0]
    assert grid.open == 5
    assert {held.name: held.open for held in grid.held} == {"grid_leader": 0, "grid_worker": 5}
    page = as_(cast, "admin").get("/house/people/").content.decode()
    assert "经办 5 件" in page


def test_the_register_costs_the_same_for_any_number_of_grids(cast: Cast, statements: Any) -> None:
    client = as_(cast, "admin")
    client.get("/house/people/")
    statements.clear()
    client.get("/house/people/")
    assert len(statements) <= 10, statements


def said(cast: Cast, **more: Any) -> dict[str, Any]:
    return {
        "login": "liu.yang", "name": "刘洋", "role": "grid_member", "division": cast.grid_2.pk,
        "organisation": cast.haitang_committee.pk, "starts_on": TODAY.isoformat(), **more,
    }  # fmt: skip


def test_a_new_colleague_gets_an_account_and_a_first_password_once(cast: Cast) -> None:
    answer = as_(cast, "admin").post("/house/people/give/", said(cast))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "初始密码" in text
    account = Account.objects.get(login="liu.yang")
    assert account.check_password(answer.context["password"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert account.posts.get().division_id == cast.grid_2.pk
    again = as_(cast, "admin").post("/house/people/give/", said(cast))
    assert again.status_code == 409
    assert "已经在这个岗位上" in again.content.decode()


def test_areas_are_grouped_by_community(cast: Cast) -> None:
    text = as_(cast, "admin").get("/house/people/give/").content.decode()
    group = text.partition(f'<optgroup label="{cast.haitang.name}">')[2].partition("</optgroup>")[0]
    assert f'value="{cast.grid_1.pk}"' in group
    assert f'value="{cast.haitang.pk}"' in group


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ({"division": ""}, "要选一个网格"),
        ({"organisation": ""}, "要选所属单位"),
        ({"login": "刘洋"}, "只用小写字母"),
        ({"name": ""}, "要新建账号"),
        ({"role": "clerk", "division": ""}, "要选负责的区域"),
        ({"role": "king"}, "king"),
        ({"ends_on": "2026-11-18"}, "要晚于开始日期"),
    ],
)
def test_slips_are_told_beside_the_field(cast: Cast, slip: dict[str, Any], words: str) -> None:
    answer = as_(cast, "admin").post("/house/people/give/", said(cast, **slip))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Account.objects.filter(login="liu.yang").exists()


def test_a_post_ends_and_stays_as_history(cast: Cast) -> None:
    post = cast.accounts["grid_worker"].posts.get()
    address = f"/house/people/posts/{post.pk}/end/"
    assert as_(cast, "clerk").post(address, {"on": TODAY.isoformat()}).status_code == 403
    assert as_(cast, "admin").post(address, {"on": "soon"}).status_code == 400
    assert as_(cast, "admin").post(address, {"on": "2025-01-01"}).status_code == 400
    assert as_(cast, "admin").post(address, {"on": TODAY.isoformat()}).status_code == 302
    assert Post.objects.get(pk=post.pk).ends_on == TODAY
    assert cast.person("grid_worker").posts == ()
    assert as_(cast, "admin").post(address, {"on": TODAY.isoformat()}).status_code == 409
    own = cast.accounts["admin"].posts.get()
    assert (
        as_(cast, "admin").post(f"/house/people/posts/{own.pk}/end/", {"on": TODAY.isoformat()}).status_code
        == 400
    )
    assert (
        as_(cast, "admin").post("/house/people/posts/999999/end/", {"on": TODAY.isoformat()}).status_code
        == 404
    )


def test_a_post_that_will_end_is_still_held(cast: Cast) -> None:
    post = cast.accounts["grid_worker"].posts.get()
    next_week = TODAY + timedelta(days=7)
    as_(cast, "admin").post(f"/house/people/posts/{post.pk}/end/", {"on": next_week.isoformat()})
    held = next(h for h in by_grid(TODAY)[0].grids[0].held if h.post_id == post.pk)
    assert held.ends_on == next_week
    assert all(h.post_id != post.pk for h in by_grid(next_week)[0].grids[0].held)


def test_an_administrator_sees_every_key_and_can_end_it(cast: Cast) -> None:
    until = WEDNESDAY + timedelta(days=30)
    secret = actions.issue_token(
        cast.accounts["clerk"], "热线", ["orders.read"], expires_at=until, by=BY, at=WEDNESDAY
    )
    head = {"Authorization": f"Bearer {secret}"}
    page = as_(cast, "admin").get("/house/keys/").content.decode()
    assert "热线" in page and "看工单" in page and "还没用过" in page
    assert secret not in page
    assert Client().get("/api/workorders", headers=head).status_code == 200
    token = Token.objects.get()
    assert token.last_used_at == WEDNESDAY
    assert "还没用过" not in as_(cast, "auditor").get("/house/keys/?q=热").content.decode()
    for name in ("auditor", "clerk", "resident"):
        assert as_(cast, name).post(f"/house/keys/{token.pk}/take/").status_code == 403
    assert as_(cast, "admin").post(f"/house/keys/{token.pk}/take/").status_code == 302
    assert as_(cast, "admin").post(f"/house/keys/{token.pk}/take/").status_code == 404
    assert Client().get("/api/workorders", headers=head).status_code == 401
