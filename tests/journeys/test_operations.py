"""An operations centre at work in a real browser: a batch, a whistle, the police both ways, an emergency, the board with its
brief, and the evaluation of a unit. One journey per capability, by the people whose work it is.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.evaluation import actions as evaluation
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.meetings.models import Meeting
from gongzhi.people import actions as people
from gongzhi.people.models import Organisation
from gongzhi.people.roles import Role
from gongzhi.workorders.actions import batching, police
from gongzhi.workorders.models import Batch, Emergency, HandOver, WorkOrder
from gongzhi.workorders.models.callouts import Callout
from gongzhi.workorders.police_partners import key_of, sign
from tests.cast import _BY, IN_GRID_1, LONG_BEFORE, START, Cast, settle
from tests.journeys.seen import fits, grave
from tests.journeys.test_staff import enter
from tests.stage import act, bring

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def good(page: Any) -> None:
    """Nothing grave, and nothing sticks out sideways."""
    assert grave(page) == [], page.url
    assert fits(page), page.url


def test_a_batch_tells_what_became_of_each(visit: Visit, live_server: Any, town: Cast) -> None:
    now = clock.now()
    orders = [
        bring(town, "assigned", at=now, description=f"海棠苑门口第{n}个下水道堵了，污水漫到路上。")
        for n in range(3)
    ]
    page = enter(visit, live_server, town, "road_worker", "laptop")
    page.goto(f"{live_server.url}/desk/?scope=unit-{town.roads.pk}")
    page.check("[data-tick-all]")
    page.select_option("#batch-step", "accept")
    good(page)
    page.click("#batch button.button--primary, #batch button:not([type=button])")
    page.wait_for_selector("form[action='/desk/batch/'] input[name=seen]", state="attached")
    good(page)
    act(town, "accept", orders[0].pk, by=town.road_head, at=now)  # somebody is quicker with one
    page.click("form[action='/desk/batch/'] button.button--primary")
    page.wait_for_url("**/desk/batch/*/")
    batch = Batch.objects.get()
    with acting(town.road_worker):
        assert batching.work(batch.pk, by=town.road_worker, at=clock.now()) == 3
    page.wait_for_selector("#batch:not([hx-get])")
    text = page.inner_text("#batch")
    assert all(order.number in text for order in orders) and "就在刚才" in text, text
    good(page)
    states = set(WorkOrder.objects.filter(pk__in=[one.pk for one in orders]).values_list("state", flat=True))
    assert states == {"in_hand"}


def test_a_whistle_from_the_call_to_the_end(visit: Visit, live_server: Any, town: Cast) -> None:
    order = bring(town, "in_hand", at=clock.now())
    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/callouts/new/?order={order.pk}")
    assert order.title not in clerk.content(), "what all who are called read holds no words of the reporter"
    clerk.fill("[name=title]", "海棠苑门口积水")
    day = clock.today() + timedelta(days=1)
    clerk.fill("[name=on]", day.isoformat())
    clerk.fill("[name=begins]", "15:00")
    clerk.fill("[name=ends]", "16:00")
    clerk.fill("[name=place]", "海棠苑门口")
    clerk.evaluate(
        f"document.querySelectorAll(\"[name=bodies]\").forEach(e => {{ e.checked = e.value === '{town.gardens.pk}' }})"
    )
    good(clerk)
    clerk.click("form[data-draft=callout] button.button--primary")
    clerk.wait_for_url(re.compile(r"/desk/callouts/\d+/$"))
    callout = Callout.objects.get()
    good(clerk)

    phone = enter(visit, live_server, town, "gardener", "phone")
    phone.goto(f"{live_server.url}/desk/callouts/{callout.pk}/")
    assert order.number in phone.content() and order.title not in phone.content()
    good(phone)
    phone.click("button[name=answer][value=coming]")
    phone.wait_for_selector(":text('已答复：参加')")

    began = clock.now() - timedelta(minutes=90)
    Meeting.objects.filter(pk=callout.pk).update(starts_at=began, ends_at=began + timedelta(hours=1))
    clerk.reload()
    clerk.locator("input[name^=came-][value=yes]").first.check(force=True)
    clerk.click("#invited form button.button--primary, #invited form button:not([type=button])")
    clerk.wait_for_selector(".toast")
    clerk.fill("#minutes textarea", "园林周五前修剪，市政同日疏通。")
    clerk.click("#minutes form button.button--primary")
    clerk.wait_for_selector("#minutes :text('园林周五前修剪')")
    clerk.click("form[action$='/settle/'] button")
    clerk.wait_for_selector(".toast")
    callout.refresh_from_db()
    assert callout.settled_at is not None
    good(clerk)


def test_the_police_hand_over_and_are_handed_over_to(visit: Visit, live_server: Any, town: Cast) -> None:
    now = clock.now()
    people.give_post(
        town.accounts["leader"], Role.ADMIN, division_id=town.street.pk, starts_on=START, by=_BY, at=now
    )
    station = Organisation.objects.get(code="police")
    police.add_partner("wanglan", station.pk, by=town.leader, at=now)
    call = {"call_number": "J-00001", "kind": "noise", "words": "楼下音响很吵，影响休息。", "place": "海棠苑门口",
            "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}  # fmt: skip
    raw, own, path = json.dumps(call).encode(), uuid.uuid4().hex, "/api/police/handovers"
    signature = sign(key_of("wanglan", 1), "POST", path, int(now.timestamp()), own, raw)
    headers = {"X-Partner": "wanglan", "X-Timestamp": str(int(now.timestamp())), "X-Message-Id": own,
               "X-Signature": signature}  # fmt: skip
    told = Client().post(path, raw, "application/json", headers=headers)
    assert told.status_code == 201, told.content

    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/police/?way=in")
    clerk.click(".rows__title")
    clerk.wait_for_selector(f":text('{told.json()['receipt']}')")
    good(clerk)

    out = bring(town, "in_hand", at=now)
    clerk.goto(f"{live_server.url}/desk/{out.pk}/")
    clerk.keyboard.press("Shift+P")
    clerk.fill("#hand_to_police_text", "有人在路边撬车。")
    clerk.click(f"form[action='/desk/{out.pk}/hand_to_police/'] button.button--primary")
    clerk.wait_for_selector(".toast :text('已移交公安')")
    good(clerk)
    clerk.goto(f"{live_server.url}/desk/{out.pk}/handover/")
    sheet = clerk.content()
    assert "有人在路边撬车" in sheet and out.title not in sheet and out.description not in sheet
    clerk.goto(f"{live_server.url}/desk/{out.pk}/")
    clerk.keyboard.press("a")
    clerk.fill("#taken_by_police_receipt", "J20261122-0009")
    clerk.click(f"form[action='/desk/{out.pk}/taken_by_police/'] button.button--primary")
    clerk.wait_for_selector(".toast :text('已记下回执')")
    assert HandOver.objects.get(order=out).receipt == "J20261122-0009"
    resident = enter(visit, live_server, town, "resident", "phone")
    resident.goto(f"{live_server.url}/matter/{out.pk}/")
    assert "公安机关已受理" in resident.inner_text("main")
    good(resident)


def test_an_emergency_from_the_switch_to_the_record(visit: Visit, live_server: Any, town: Cast) -> None:
    bring(town, "in_hand", at=clock.now())
    leader = enter(visit, live_server, town, "leader", "laptop")
    leader.goto(f"{live_server.url}/emergency/new/")
    leader.fill("[name=name]", "台风木棉")
    leader.locator("input[name=kind][value=typhoon]").check(force=True)
    leader.fill("[name=reason]", "市里发布台风红色预警。")
    good(leader)
    leader.click("main form.card button[class*=danger]")
    leader.wait_for_url(re.compile(r"/emergency/\d+/$"))
    row = Emergency.objects.get()
    good(leader)
    leader.click("summary:has-text('发通知')")
    leader.fill("[name=title]", "今晚全员到岗")
    leader.fill("form[action$='/notify/'] [name=text]", "各网格 18 时前查看低洼处。")
    leader.locator("input[name=roles][value=grid_member]").check(force=True)
    leader.click("form[action$='/notify/'] button.button--primary")
    leader.wait_for_selector(".toast :text('已发出')")

    phone = enter(visit, live_server, town, "grid_worker", "phone")
    phone.goto(f"{live_server.url}/emergency/{row.pk}/")
    good(phone)
    phone.click("button:has-text('我读过了')")
    phone.wait_for_selector(".toast")
    assert row.bulletins.get().receipts.filter(read_at__isnull=False).count() == 1

    leader.goto(f"{live_server.url}/emergency/{row.pk}/")
    leader.click("summary:has-text('提出结束')")
    leader.fill("form[action$='/ask-end/'] [name=reason]", "预警已解除。")
    leader.click("form[action$='/ask-end/'] button.button--primary")
    leader.wait_for_selector(".toast")
    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/emergency/{row.pk}/")
    clerk.click("summary:has-text('确认结束')")
    clerk.click("form[action$='/end/'] button.button--primary")
    clerk.wait_for_selector(".toast")
    clerk.goto(f"{live_server.url}/emergency/{row.pk}/record/")
    clerk.click("button:has-text('从记录生成')")
    clerk.wait_for_selector("textarea[name=text]")
    assert "台风木棉" in clerk.content()
    good(clerk)
    row.refresh_from_db()
    assert row.ended_at is not None and row.record_at is not None


def test_the_board_a_map_and_a_brief(visit: Visit, live_server: Any, town: Cast) -> None:
    yesterday = clock.now() - timedelta(days=1)
    for name in ("resident", "neighbour", "macao_resident"):
        bring(town, "assigned", at=yesterday, by=town.person(name), title="王美丽家楼下堵了")
    wall = enter(visit, live_server, town, "leader", "wall")
    wall.goto(f"{live_server.url}/board/")
    wall.wait_for_selector(".ob__list")
    assert "王美丽" not in wall.content()
    assert wall.evaluate("document.documentElement.scrollHeight <= innerHeight + 1"), (
        "one screen, nothing below it"
    )
    good(wall)
    leader = enter(visit, live_server, town, "leader", "laptop")
    leader.goto(f"{live_server.url}/board/maps/")
    leader.wait_for_selector(".theme__map")
    good(leader)
    leader.goto(f"{live_server.url}/briefs/")
    leader.select_option("main form.card select[name=every]", "day")
    leader.click("main form.card button.button--primary")
    leader.wait_for_url(re.compile(r"/briefs/\d+/$"))
    good(leader)
    words = leader.locator("textarea[name^=text-]").first
    words.fill("昨天海棠苑门口积水，市政已到场。")
    leader.click("form[action$='/write/'] button.button--primary")
    leader.wait_for_selector(".toast :text('已保存')")
    leader.click("summary:has-text('发布')")
    leader.click("form[action$='/publish/'] button.button--primary")
    leader.wait_for_selector(".toast :text('已发布')")
    assert "昨天海棠苑门口积水" in leader.inner_text("main") and "王美丽" not in leader.content()
    good(leader)


def test_a_unit_appeals_against_its_month(visit: Visit, live_server: Any, town: Cast) -> None:
    first = clock.today().replace(day=1) - timedelta(days=1)
    inside = clock.now().replace(year=first.year, month=first.month, day=10)
    late = bring(town, "in_hand", at=inside)
    bring(town, "closed", at=inside)
    evaluation.publish(town.street.pk, first.replace(day=1), by=town.leader, at=clock.now())
    head = enter(visit, live_server, town, "road_head", "laptop")
    here = f"{live_server.url}/evaluation/{first:%Y-%m}/{town.roads.pk}/"
    head.goto(here)
    good(head)
    head.fill("[name=numbers]", late.number)
    head.fill("[name=words]", "这一件在等供电单位停电，不应算我们的。")
    head.click("form[action='#appeal'] button.button--primary")
    head.wait_for_selector(".toast :text('申诉已提交')")
    leader = enter(visit, live_server, town, "leader", "phone")
    leader.goto(here)
    good(leader)
    leader.click("a[href*='/evaluation/appeals/']")
    leader.wait_for_selector("[name=decision]")
    good(leader)
    leader.fill("[name=decision]", "情况属实，这一件不算。")
    leader.click("main form.card button.button--primary")
    leader.wait_for_selector(".toast")
    assert "情况属实" in leader.inner_text("main")
