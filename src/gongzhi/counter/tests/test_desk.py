"""Home, my matters, the public map, the account page, as whole requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from gongzhi.journal.models import Entry
from gongzhi.kit.acting import acting
from gongzhi.people.models import Account, Consent, Token
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
DRAIN = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"


@pytest.fixture(autouse=True)
def _wednesday(clock: Any) -> None:
    clock.set(WEDNESDAY)


@pytest.fixture
def cast() -> Cast:
    return settle()


@pytest.fixture
def order(cast: Cast) -> WorkOrder:
    with acting(cast.resident):
        draft = Draft(DRAIN, lon=IN_GRID_1[0] + 0.002, lat=IN_GRID_1[1], name="王先生", phone="19900000101")
        return reporting.report(draft, by=cast.resident, at=WEDNESDAY).order


def test_home_shows_boards_numbers_and_what_is_public(cast: Cast, order: WorkOrder, client: Client) -> None:
    page = client.get("/").content.decode()
    for word in (
        "我要反映",
        "城市治理",
        "便民服务",
        "城市公益",
        "110",
        "119",
        "120",
        "排水管道堵塞",
        "早上好",
    ):
        assert word in page, word
    assert order.title not in page and "王先生" not in page
    assert len(page.encode()) < 60_000


def test_home_without_any_town_still_stands(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/map/").status_code == 200
    assert client.get("/my/").status_code == 200


def test_the_public_map_knows_grids_only(cast: Cast, order: WorkOrder, client: Client) -> None:
    told = client.get("/map/marks.json").json()["features"]
    assert len(told) == 1
    lon, lat = told[0]["geometry"]["coordinates"]
    assert (lon, lat) != (order.lon, order.lat)
    assert (round(lon, 4), round(lat, 4)) == IN_GRID_1
    said = json.dumps(told, ensure_ascii=False)
    assert order.title not in said and "绕开" not in said
    page = client.get("/map/").content.decode()
    assert "排水管道堵塞" in page and order.title not in page
    assert client.get("/map/", {"board": "campus"}).content.decode().count("排水管道堵塞") == 0
    assert client.get("/map/", {"grid": "abc", "days": "x", "board": "x"}).status_code == 200
    # every community has a first grid: grouped by community, and named with it
    assert '<optgroup label="海棠社区">' in page and ">海棠社区 · 第一网格</option>" in page
    assert ">第一网格</option>" not in page


def test_shapes_are_cached_and_compressed(cast: Cast, client: Client) -> None:
    first = client.get("/ground/grids.json")
    kinds = [feature["properties"]["full_name"] for feature in first.json()["features"]]
    assert "海棠社区 · 第一网格" in kinds
    assert client.get("/ground/grids.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
    packed = client.get("/ground/grids.json", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert client.get("/ground/features.json", {"kind": "road"}).json()["features"] == []
    assert client.get("/ground/features.json", {"kind": "x"}).status_code == 404
    found = client.get("/ground/places.json", {"q": "海棠"}).json()["places"]
    assert [place["name"] for place in found] == ["海棠苑"]
    here = client.get("/ground/where/", {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}).content.decode()
    assert "海棠社区 · 第一网格" in here and "靠近海棠苑" in here
    assert "范围之外" in client.get("/ground/where/", {"lon": 1, "lat": 1}).content.decode()
    assert client.get("/ground/where/", {"lon": "x"}).status_code == 400


def test_large_type_and_language_are_kept_for_everybody(cast: Cast, client: Client) -> None:
    answer = client.post("/type/", {"size": "large", "next": "/map/"})
    assert answer["Location"] == "/map/"
    assert 'data-type="large"' in client.get("/").content.decode()
    client.force_login(cast.accounts["resident"])
    client.post("/type/", {"size": "large"})
    assert Account.objects.get(pk=cast.accounts["resident"].pk).large_type
    assert (
        client.post("/language/choose/", {"language": "zh-hans", "next": "//evil.example"})["Location"] == "/"
    )
    assert client.get("/language/choose/").status_code == 405


def test_the_account_page_needs_somebody(client: Client) -> None:
    assert client.get("/account/")["Location"] == "/sign-in/?next=%2Faccount%2F"
    assert client.post("/account/data/").status_code == 401


def test_keys_for_programs_are_shown_once_and_end(cast: Cast, client: Client) -> None:
    client.force_login(cast.accounts["resident"])
    page = client.post(
        "/account/tokens/", {"name": "小区物业系统", "days": "90", "scopes": ["orders.read"]}
    ).content.decode()
    assert "gz_" in page and "只显示这一次" in page
    assert "gz_" not in client.get("/account/").content.decode()
    token = Token.objects.get()
    other = Client()
    other.force_login(cast.accounts["neighbour"])
    assert other.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_key_that_has_expired_says_so_for_a_while(cast: Cast, client: Client, clock: Any) -> None:
    client.force_login(cast.accounts["resident"])
    client.post("/account/tokens/", {"name": "路灯巡查程序", "days": "30", "scopes": ["orders.report"]})
    assert "有效到" in client.get("/account/").content.decode()
    clock.forward(days=31)
    client.force_login(cast.accounts["resident"])
    assert "已过期，请发一把新的" in client.get("/account/").content.decode()
    clock.forward(days=91)
    client.force_login(cast.accounts["resident"])
    assert "路灯巡查程序" not in client.get("/account/").content.decode()


def test_my_data_hold_my_words_and_nobody_elses(cast: Cast, order: WorkOrder, client: Client) -> None:
    client.force_login(cast.accounts["resident"])
    told = client.post("/account/data/")
    assert "attachment" in told["Content-Disposition"]
    matters = told.json()["matters"]["workorders"]
    assert [matter["description"] for matter in matters] == [DRAIN]
    other = Client()
    other.force_login(cast.accounts["neighbour"])
    assert other.post("/account/data/").json()["matters"]["workorders"] == []


def test_erasing_says_what_will_happen_and_forgets(cast: Cast, order: WorkOrder, client: Client) -> None:
    client.force_login(cast.accounts["resident"])
    page = client.get("/account/erase/").content.decode()
    assert "您反映的 1 件事" in page and "其中 1 件还在办" in page
    assert client.post("/account/erase/")["Location"] == "/"
    assert "_auth_user_id" not in client.session
    order.refresh_from_db()
    assert DRAIN not in order.description and order.reporter_id is None and order.lon is None
    account = Account.objects.get(pk=cast.accounts["resident"].pk)
    assert (account.is_active, account.name, account.address_digest) == (False, "", None)
    assert not Entry.objects.filter(thread_id=order.pk).exclude(text="").exists()
    assert not Consent.objects.filter(account=account, withdrawn_at=None).exists()


def test_staff_cannot_erase_themselves(cast: Cast, client: Client) -> None:
    client.force_login(cast.accounts["clerk"])
    assert "不能自己删除" in client.get("/account/erase/").content.decode()
    assert client.post("/account/erase/").status_code == 409
    assert Account.objects.get(pk=cast.accounts["clerk"].pk).is_active


@pytest.mark.parametrize(
    ("path", "most"), [("/", 4), ("/map/", 2), ("/map/marks.json", 2), ("/my/", 1), ("/q/", 1)]
)
def test_statements_for_a_visitor(
    cast: Cast, order: WorkOrder, client: Client, statements: Any, path: str, most: int
) -> None:
    client.get(path)
    from django.core.cache import cache

    cache.clear()
    statements.clear()
    assert client.get(path).status_code == 200
    assert len(statements) <= most, statements
