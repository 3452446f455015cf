"""Staff at work in a real browser: a clerk dispatches by keyboard, a grid worker answers on a phone, a checker passes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.people import actions as people
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def enter(visit: Visit, server: Any, cast: Cast, name: str, size: str) -> Any:
    """A page of somebody who has signed in."""
    client = Client()
    client.force_login(cast.accounts[name])
    page = visit(size)
    value = client.cookies["gongzhi_session"].value
    page.context.add_cookies([{"name": "gongzhi_session", "value": value, "url": server.url}])
    return page


def test_a_report_goes_from_the_clerk_to_the_grid_and_back(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    with acting(town.resident):
        order = reporting.report(
            Draft("第一网格里有人在楼道堆放杂物，走路都要侧着身。", phone="19900000101"),
            by=town.resident,
            at=clock.now(),
        ).order
    assert order.state == "triage"

    # The clerk finds it with two characters, takes the suggested category and dispatches, all by keyboard.
    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/")
    assert grave(clerk) == []
    clerk.keyboard.press("/")
    clerk.keyboard.type("杂物")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/desk/?q=*")
    clerk.keyboard.press("j")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector(f"#matter :text('{order.number}')")
    assert f"/desk/{order.pk}/" in clerk.url  # the pane was swapped, the address is real
    assert grave(clerk) == []
    if order.category_id is None or order.suggestions:
        clerk.keyboard.press("1")
        clerk.wait_for_selector(".toast :text('已改分类')")
        clerk.wait_for_load_state("networkidle")  # the pane stands anew before its keys are pressed
    clerk.keyboard.press("d")
    clerk.wait_for_selector("#dispatch_unit:focus")
    clerk.select_option("#dispatch_unit", str(town.haitang_committee.pk))
    clerk.click(f"form[action='/desk/{order.pk}/dispatch/'] button[type=submit]")
    clerk.wait_for_selector(".toast :text('已派给')")

    # The grid worker sees it on the phone, accepts and answers with a photo.
    phone = enter(visit, live_server, town, "grid_worker", "phone")
    phone.goto(f"{live_server.url}/desk/?scope=unit-{town.haitang_committee.pk}")
    assert fits(phone)
    assert grave(phone) == []
    phone.click(f".queue__title:has-text('{order.title}')")
    phone.wait_for_selector(f"#matter :text('{order.number}')")
    phone.click("a[data-pane=steps]")
    phone.click(f"form[action='/desk/{order.pk}/accept/'] button")
    phone.wait_for_selector(".toast :text('已签收')")
    phone.click("a[data-pane=steps]")
    phone.wait_for_timeout(500)
    assert grave(phone) == []
    phone.click("summary:has([data-key=r])")
    raw = BytesIO()
    Image.new("RGB", (1200, 900), "#2f6549").save(raw, "JPEG")
    phone.fill("#answer_text", "已和住户一起清理楼道，恢复通行。")
    phone.fill("#answer_why", "协办单位电话里说不用到场。")
    photo = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": raw.getvalue()}
    phone.set_input_files("#answer_photos", [photo])
    phone.wait_for_timeout(600)
    assert fits(phone)
    phone.click(f"form[action='/desk/{order.pk}/answer/'] button.button--primary")
    phone.wait_for_selector(".toast :text('已提交答复')")

    # The checker reads words and photo, and passes with one key and a press.
    checker = enter(visit, live_server, town, "checker", "laptop")
    checker.goto(f"{live_server.url}/desk/{order.pk}/")
    checker.wait_for_selector(".photos img")
    assert "已和住户一起清理楼道" in checker.inner_text("#matter")
    checker.keyboard.press("p")
    checker.click(f"form[action='/desk/{order.pk}/pass_check/'] button[type=submit]")
    checker.wait_for_selector(".toast :text('核查通过')")
    assert WorkOrder.objects.get(pk=order.pk).state == "released"


PAGES = {
    "clerk": ["/desk/new/", "/desk/map/", "/desk/units/", "/desk/rules/", "/desk/rules/R003/", "/desk/rules/try/",
              "/desk/print/"],
    "admin": ["/house/people/", "/house/people/?by=unit", "/house/people/give/", "/house/calendar/",
              "/house/ground/", "/house/ground/borders/"],
}  # fmt: skip


@pytest.mark.parametrize("size", ["phone", "laptop"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_grave_on_the_other_pages(
    name: str, size: str, visit: Visit, live_server: Any, town: Cast
) -> None:
    by, now = Actor.for_service("tests"), clock.now()
    town.accounts["admin"] = people.open_account(login="admin", name="黎明", password="x", by=by, at=now)
    people.give_post(
        town.accounts["admin"], "admin", division_id=town.street.pk, starts_on=clock.today(), by=by, at=now
    )
    page = enter(visit, live_server, town, name, size)
    for address in PAGES[name]:
        page.goto(live_server.url + address)
        page.wait_for_timeout(250)
        assert grave(page) == [], address
        assert fits(page), address


def test_the_first_step_is_at_hand_and_the_order_keeps_its_room(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    with acting(town.resident):
        order = reporting.report(
            Draft("海棠苑门口的下水道堵了，污水漫到路上。" * 4, lon=IN_GRID_1[0], lat=IN_GRID_1[1], phone="19900000101"),
            by=town.resident,
            at=clock.now(),
        ).order  # fmt: skip
    phone = enter(visit, live_server, town, "road_worker", "phone")
    phone.goto(f"{live_server.url}/desk/{order.pk}/#matter")
    step = phone.locator("[data-first-step]")
    assert step.inner_text().strip() == "签收"
    assert phone.evaluate(
        "(e => e.bottom <= innerHeight && e.top > innerHeight / 2)"
        "(document.querySelector('[data-first-step]').getBoundingClientRect())"
    )
    assert phone.evaluate("(r => r.scrollWidth <= r.clientWidth + 1)(document.querySelector('.rail'))")
    phone.evaluate("document.documentElement.dataset.type = 'large'")
    assert fits(phone)
    phone.evaluate("delete document.documentElement.dataset.type")
    step.click()
    phone.wait_for_timeout(900)
    assert phone.evaluate("document.querySelector('#steps').getBoundingClientRect().left") < 5
    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/{order.pk}/")
    assert not clerk.locator("[data-first-step]").is_visible()
    clerk.evaluate("document.documentElement.dataset.type = 'large'")
    panes = "document.querySelector('[data-panes]')"
    assert clerk.evaluate(f"{panes}.scrollHeight > {panes}.clientHeight")
    for pane in ("matter", "steps"):
        assert clerk.evaluate(
            f"(e => e.scrollHeight <= e.clientHeight + 1)(document.querySelector('#{pane}'))"
        )
    clerk.evaluate(f"{panes}.scrollTop = {panes}.scrollHeight")
    assert clerk.evaluate("document.querySelector('#queue').getBoundingClientRect().top") >= 0
