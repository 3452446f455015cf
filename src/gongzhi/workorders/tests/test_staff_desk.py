"""The workbench as whole requests: who may open what, the queue and its filters, search, pages, statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock as kit_clock
from gongzhi.matters.models import Deadline
from gongzhi.people import actions as people
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.queries import Filters, counts, list_orders, scopes
from gongzhi.workorders.tests.staff_scene import DRAIN, LAMP_NOWHERE, in_state, reported
from tests.cast import IN_GRID_3, START, WEDNESDAY, Cast, settle
from tests.stage import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.accounts["clerk"])
    return client


def page(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, (address, answer.status_code, answer.content.decode()[:800])
    return answer.content.decode()


#: address → who gets what. A visitor is led to the sign-in page.
PAGES = {
    "/desk/": {
        "clerk": 200,
        "road_worker": 200,
        "grid_worker": 200,
        "auditor": 200,
        "resident": 403,
        "": 302,
    },
    "/desk/new/": {
        "clerk": 200,
        "grid_worker": 200,
        "road_worker": 403,
        "auditor": 403,
        "resident": 403,
        "": 302,
    },
    "/desk/map/": {"clerk": 200, "leader": 200, "road_worker": 200, "resident": 403, "": 302},
    "/desk/units/": {"clerk": 200, "leader": 200, "gardener": 200, "resident": 403, "": 302},
    "/desk/rules/": {"clerk": 200, "auditor": 200, "grid_worker": 200, "resident": 403, "": 302},
    "/desk/rules/R003/": {"clerk": 200, "auditor": 403, "road_head": 403, "resident": 403, "": 302},
    "/desk/rules/try/": {"clerk": 200, "leader": 403, "resident": 403, "": 302},
    "/desk/export.csv": {"clerk": 200, "checker": 200, "resident": 403, "": 302},
    "/desk/print/": {"clerk": 200, "resident": 403, "": 302},
}


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_for_those_whose_work_it_is(address: str, cast: Cast) -> None:
    reported(cast)
    for name, status in PAGES[address].items():
        client = Client()
        if name:
            client.force_login(cast.accounts[name])
        assert client.get(address).status_code == status, (address, name)


def test_an_order_opens_for_colleagues_only(cast: Cast) -> None:
    order = reported(cast)
    expected = {
        "clerk": 200, "checker": 200, "leader": 200, "auditor": 200, "road_worker": 200, "grid_worker": 200,
        "gardener": 404, "far_grid_worker": 404, "resident": 403, "": 302,
    }  # fmt: skip
    for name, status in expected.items():
        client = Client()
        if name:
            client.force_login(cast.accounts[name])
        assert client.get(f"/desk/{order.pk}/").status_code == status, name


def test_staff_who_reported_something_themselves_see_it_as_residents(cast: Cast, client: Client) -> None:
    order = reported(cast, by=cast.far_grid_worker, channel="web")
    WorkOrder.objects.filter(pk=order.pk).update(reporter=cast.accounts["far_grid_worker"])
    client.force_login(cast.accounts["far_grid_worker"])
    assert "不归您办理" in page(client, f"/desk/{order.pk}/", 404)


def test_the_queue_shows_nothing_that_its_reader_may_not_open(cast: Cast) -> None:
    for text, place in (
        (DRAIN, {}),
        ("听涛小学门口的树枝断了，要掉下来。", {"lon": IN_GRID_3[0], "lat": IN_GRID_3[1]}),
    ):
        reported(cast, text, **place)
    reported(cast, LAMP_NOWHERE)
    for name in (
        "clerk",
        "checker",
        "leader",
        "auditor",
        "road_worker",
        "gardener",
        "grid_worker",
        "far_grid_worker",
    ):
        person = cast.person(name)
        for scope in scopes(person):
            listed = list_orders(scope, Filters(status="all"), by=person, now=WEDNESDAY).orders
            assert all(RULES.may(person, "see", order) for order in listed), name


def test_an_administrator_has_no_queue(cast: Cast, client: Client) -> None:
    account = people.open_account(login="it", name="it", password="x", by=cast.clerk, at=WEDNESDAY)
    people.give_post(
        account, "admin", division_id=cast.street.pk, starts_on=START, by=cast.clerk, at=WEDNESDAY
    )
    order = reported(cast)
    client.force_login(account)
    assert order.title not in page(client, "/desk/")


def test_the_nearest_promise_comes_first(desk: Client, cast: Cast) -> None:
    later = reported(cast, "建议在海棠苑后门加一个非机动车停放点，方便老人。", at=WEDNESDAY)
    soon = reported(cast, "海棠苑旁边的井盖松动，车一过就响，怕有危险。", at=WEDNESDAY)
    assert (later.next_due_at or WEDNESDAY) >= (soon.next_due_at or WEDNESDAY)
    text = page(desk, "/desk/")
    assert text.index(soon.title) < text.index(later.title)


def test_filters_are_read_from_the_address(desk: Client, cast: Cast, clock: Any) -> None:
    drain, lamp = reported(cast), reported(cast, LAMP_NOWHERE)
    cases = {
        "?status=triage": (lamp, drain),
        "?unplaced=1": (lamp, drain),
        f"?unit={cast.roads.pk}": (drain, lamp),
        f"?grid={cast.grid_1.pk}": (drain, lamp),
        f"?community={cast.haitang.pk}": (drain, lamp),
        f"?category={drain.category_id}": (drain, lamp),
        "?status=assigned": (drain, lamp),
    }
    for query, (shown, hidden) in cases.items():
        text = page(desk, f"/desk/{query}")
        assert shown.title in text, query
        assert hidden.title not in text, query
    assert drain.title not in page(desk, "/desk/?status=late")
    clock.forward(days=3)
    assert drain.title in page(desk, "/desk/?status=late")
    assert "没有这种状态" in page(desk, "/desk/?status=nonsense", 400)
    page(desk, "/desk/?grid=x", 400)
    page(desk, "/desk/?after=!!", 400)


def test_two_characters_find_an_order_and_a_number_opens_it(desk: Client, cast: Cast) -> None:
    drain, lamp = reported(cast), reported(cast, LAMP_NOWHERE)
    text = page(desk, "/desk/?q=污水")
    assert drain.title in text
    assert lamp.title not in text
    for typed in (drain.number, drain.number.lower(), drain.number[1:], f" {drain.number} "):
        answer = desk.get("/desk/", {"q": typed})
        assert answer.headers.get("Location") == f"/desk/{drain.pk}/", typed
    assert "没有符合条件" in page(desk, "/desk/?q=W000000-000000")


def test_the_end_of_a_number_finds_its_order(desk: Client, cast: Cast) -> None:
    drain, lamp = reported(cast), reported(cast, LAMP_NOWHERE)
    tail = drain.number.split("-")[1]
    for typed in (tail, f"-{tail}", f"w{tail}", f"W-{tail}"):
        text = page(desk, f"/desk/?q={typed}")
        assert drain.title in text, typed
        assert lamp.title not in text, typed


def test_one_character_is_asked_for_a_second(desk: Client, cast: Cast) -> None:
    drain, lamp = reported(cast), reported(cast, LAMP_NOWHERE)
    text = page(desk, "/desk/?q=堵")
    assert "请至少输入两个字" in text
    assert drain.title not in text
    text = page(desk, "/desk/?q=污水 堵")
    assert "没有按“堵”查找" in text
    assert drain.title in text
    assert lamp.title not in text
    assert "两个字" not in page(desk, "/desk/?q=污水")


def test_the_queue_and_the_order_say_the_same_of_a_promise(desk: Client, cast: Cast) -> None:
    from gongzhi.matters.models import Deadline

    order = reported(cast)
    nearest = Deadline.objects.filter(matter=order.pk, met_at=None, due_at=order.next_due_at)
    for unit, words in (("work_hours", "工作时间"), ("work_days", "工作日"), ("hours", "小时")):
        due = WEDNESDAY + timedelta(days=2, hours=3)
        nearest.update(unit=unit, due_at=due)
        nearest = Deadline.objects.filter(matter=order.pk, met_at=None, due_at=due)
        Deadline.objects.filter(matter=order.pk).exclude(pk__in=nearest).update(
            due_at=due + timedelta(days=9)
        )
        WorkOrder.objects.filter(pk=order.pk).update(next_due_at=due)
        answer = desk.get(f"/desk/{order.pk}/")
        row = answer.context["rows"][0]
        assert words in row.due_left, unit
        assert row.due_left in [clock.left for clock in answer.context["running"]], unit


def test_the_first_step_stands_under_the_order(client: Client, cast: Cast) -> None:
    order = reported(cast)
    client.force_login(cast.accounts["road_worker"])
    text = page(client, f"/desk/{order.pk}/")
    link = text.partition("data-first-step>")[2].partition("</a>")[0]
    assert "签收" in link
    client.force_login(cast.accounts["auditor"])
    assert "data-first-step" not in page(client, f"/desk/{order.pk}/")


def test_a_number_of_another_street_stays_unknown(cast: Cast, client: Client) -> None:
    order = reported(cast)
    client.force_login(cast.accounts["far_grid_worker"])
    assert order.title not in page(client, f"/desk/?q={order.number}")


def test_a_long_queue_goes_on_page_by_page(desk: Client, cast: Cast) -> None:
    order = reported(cast)
    row = WorkOrder.objects.get(pk=order.pk)
    # Rows of the same moment: the key alone must keep them apart.
    from gongzhi.journal.models import Thread
    from gongzhi.matters.models import Matter

    for number in range(60):
        thread = Thread.objects.create(kind="workorders", started_at=WEDNESDAY, head=b"x" * 32)
        matter = Matter.objects.create(
            thread=thread, number=f"T{number:03d}", kind="workorders", title=f"第{number}件", state="assigned",
            opened_at=WEDNESDAY,
        )  # fmt: skip
        row.pk, row.number, row.title, row.matter = thread.pk, f"T{number:03d}", f"第{number}件", matter
        row.save(force_insert=True)
    seen, address, pages = set(), "/desk/", 0
    while address:
        answer = desk.get(address)
        rows = [row.url for row in answer.context["rows"]]
        assert not seen & set(rows)
        seen |= set(rows)
        address, pages = answer.context["older_url"], pages + 1
    assert (len(seen), pages) == (61, 2)


def test_the_list_costs_at_most_ten_statements(desk: Client, cast: Cast, statements: Any) -> None:
    for _number in range(3):
        reported(cast)
    for address in (
        "/desk/", "/desk/?q=污水", "/desk/?status=triage&sort=new", "/desk/?mine=1", "/desk/?status=closed",
        "/desk/?q=污水&status=closed&sort=old", "/desk/?status=all&channel=web&appeal=help&sort=old",
        f"/desk/?q=污水&grid={cast.grid_1.pk}&urgent=1", "/desk/?status=late", "/desk/?status=all&unplaced=1",
    ):  # fmt: skip
        desk.get(address)
        statements.clear()
        page(desk, address)
        assert len(statements) <= 10, (address, statements)
    assert "menu__sheet" in page(desk, "/desk/bell/")
    number = reported(cast).pk
    desk.get(f"/desk/{number}/")  # tables that are kept in memory
    statements.clear()
    page(desk, f"/desk/{number}/")
    assert len(statements) <= 18, statements
    statements.clear()
    page(desk, f"/desk/{number}/", headers={"HX-Request": "true"})
    assert len(statements) <= 15, statements


def test_htmx_gets_the_panes_and_a_reload_the_page(desk: Client, cast: Cast) -> None:
    order = reported(cast)
    panes = page(desk, f"/desk/{order.pk}/", headers={"HX-Request": "true"})
    assert 'id="matter"' in panes
    assert 'id="steps"' in panes
    assert 'id="queue"' not in panes
    restored = page(
        desk, f"/desk/{order.pk}/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert 'id="queue"' in restored
    answer = desk.get(f"/desk/{order.pk}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def test_a_filter_is_kept_under_a_name(desk: Client, cast: Cast) -> None:
    desk.post("/desk/filters/", {"query": "?status=triage&unplaced=1", "name": "找地方"})
    text = page(desk, "/desk/")
    assert "找地方" in text
    assert "status=triage&amp;unplaced=1" in text
    desk.post("/desk/filters/", {"query": "?status=triage&unplaced=1", "drop": "status=triage&unplaced=1"})
    assert "找地方" not in page(desk, "/desk/?status=closed").split("messages")[0].replace("“找地方”", "")


def test_reminders_are_on_the_bell(desk: Client, cast: Cast, clock: Any) -> None:
    from gongzhi.kit.acting import Actor, acting
    from gongzhi.matters.actions import remind
    from gongzhi.matters.models import Reminder

    order = reported(cast, LAMP_NOWHERE)
    sweep = Actor.for_service("sweep")
    for minutes in range(0, 301, 10):
        clock.set(WEDNESDAY + timedelta(minutes=minutes))
        with acting(sweep):
            remind(by=sweep, at=WEDNESDAY + timedelta(minutes=minutes))
    assert 'hx-get="/desk/bell/"' in desk.get("/desk/").content.decode()
    answer = desk.get("/desk/bell/")
    assert Reminder.objects.filter(matter=order.pk, settled_at=None).count() > 1
    (one,) = answer.context["reminders"]
    assert one.matter_id == order.pk
    assert one.mark == max(Reminder.objects.filter(matter=order.pk).values_list("mark", flat=True))
    assert "1 条提醒" in answer.content.decode()


def test_how_the_queue_stands_comes_after_the_queue(desk: Client, cast: Cast, statements: Any) -> None:
    for _number in range(2):
        reported(cast)
    page = desk.get("/desk/").content.decode()
    assert 'hx-get="/desk/bell/"' in page and 'id="standing"></div>' in page
    statements.clear()
    late = desk.get("/desk/bell/?q=小区").content.decode()
    assert len(statements) <= 6, statements
    stands = counts(scopes(cast.clerk)[0], now=kit_clock.now())
    assert stands.open > 1
    for place in ("pills", "standing"):
        assert f'id="{place}" hx-swap-oob' in late
    assert (
        f'<span class="count">{stands.open}</span>' in late
        and f">{stands.open}<" in late.split('id="standing"')[1]
    )
    assert 'id="standing"' not in desk.get("/desk/bell/?beside=1").content.decode()


def test_all_filters_come_when_they_are_asked_for(desk: Client) -> None:
    fold = desk.get("/desk/?urgent=1").content.decode()
    assert 'hx-get="/desk/filters/?urgent=1"' in fold and 'name="category"' not in fold
    part = desk.get("/desk/filters/?urgent=1", headers={"HX-Request": "true"}).content.decode()
    assert 'name="category"' in part and "<html" not in part
    whole = desk.get("/desk/filters/?urgent=1").content.decode()
    assert 'name="category"' in whole and "<html" in whole
    assert 'id="f-urgent" name="urgent" value="1" checked' in whole


def test_the_order_page_says_everything_at_once(desk: Client, cast: Cast) -> None:
    first = reported(cast)
    order = reported(cast, "海棠苑门口下水道又堵了，污水漫到路上，走路都要绕开。", by=cast.neighbour)
    text = page(desk, f"/desk/{order.pk}/")
    for words in (
        order.description,
        "第一网格",
        "依据权责清单",
        "签收",
        "答复居民",
        first.number,
        "并单",
        "经过",
    ):
        assert words in text, words
    assert "19900000101" not in text  # contact data only on asking
    answered = in_state(cast, "answered")
    assert "核查通过" in page(desk, f"/desk/{answered.pk}/")


def test_map_and_units_count_the_same_orders(desk: Client, cast: Cast) -> None:
    reported(cast)
    reported(cast, LAMP_NOWHERE)
    answer = desk.get("/desk/map/")
    assert (answer.context["open"], answer.context["late"]) == (2, 0)
    assert {row["grid_id"] for row in answer.context["rows"]} == {cast.grid_1.pk, None}
    areas = desk.get("/desk/map/areas.json").json()
    labels = {f["properties"]["id"]: f["properties"]["label"] for f in areas["features"]}
    assert labels[cast.grid_1.pk] == "1"
    points = desk.get("/desk/map/points.json").json()["features"]
    assert len(points) == 1
    units = desk.get("/desk/units/").context["rows"]
    assert [(row["unit_id"], row["open"]) for row in units] == [(cast.roads.pk, 1)]


def test_the_rail_has_links_and_three_menus_at_most(desk: Client) -> None:
    page = desk.get("/desk/").content.decode()
    rail = page[page.index('<nav class="rail"') : page.index("</nav>", page.index('<nav class="rail"'))]
    assert 'href="/desk/" aria-current="page"' in rail
    assert 1 <= rail.count("popovertarget=") <= 3
    assert rail.count("popovertarget=") == rail.count(" popover>")


def test_a_year_without_a_notice_is_told_once_and_not_of_a_clock_that_stands_still(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.accounts["clerk"])
    order = bring(cast, "suspended")
    telling = "还没有正式公布"
    rows = Deadline.objects.filter(matter_id=order.pk, met_at=None)
    rows.update(due_at=WEDNESDAY + timedelta(days=400))
    assert client.get(f"/desk/{order.pk}/").content.decode().count(telling) == 1, (
        "the review is promised for a day of it"
    )
    rows.filter(promise="review").update(due_at=WEDNESDAY + timedelta(days=20))
    assert telling not in client.get(f"/desk/{order.pk}/").content.decode()
