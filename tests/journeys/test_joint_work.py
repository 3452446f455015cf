"""What several units do together in a real browser: a joint unit signs, a joint operation covers its objects, a tip goes to
the police and comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gongzhi.kit import clock
from gongzhi.meetings.models import Meeting
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.callouts import Callout
from tests.cast import Cast
from tests.journeys.test_operations import good, town
from tests.journeys.test_staff import enter
from tests.stage import bring, made_possible

__all__ = ["town"]
Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_joint_unit_signs(visit: Visit, live_server: Any, town: Cast) -> None:
    order = bring(town, "in_hand", at=clock.now())
    made_possible(town, "sign_off", order.pk, at=clock.now())
    page = enter(visit, live_server, town, "gardener", "phone")
    page.goto(f"{live_server.url}/desk/{order.pk}/")
    form = f"form[action='/desk/{order.pk}/sign_off/']"
    page.click(f"details:has({form}) > summary")
    page.fill(f"{form} [name=text]", "树根已经修过，不再堵。")
    good(page)
    page.click(f"{form} button[type=submit]")
    page.wait_for_selector(".toast :text('已会签')")
    assert WorkOrder.objects.get(pk=order.pk).signing == []
    good(page)


def test_a_joint_operation_covers_its_objects(visit: Visit, live_server: Any, town: Cast) -> None:
    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/callouts/new/")
    clerk.check("[name=kind][value=operation]", force=True)
    clerk.fill("[name=title]", "餐饮店油烟和用气联合检查")
    day = clock.today() + timedelta(days=1)
    for name, value in (
        ("on", day.isoformat()),
        ("begins", "09:00"),
        ("ends", "11:00"),
        ("place", "海棠苑门口"),
    ):
        clerk.fill(f"[name={name}]", value)
    clerk.evaluate(
        f"document.querySelectorAll('[name=bodies]').forEach(e => {{ e.checked = e.value === '{town.gardens.pk}' }})"
    )
    clerk.click("form[data-draft=callout] button.button--primary")
    clerk.wait_for_url(re.compile(r"/desk/callouts/\d+/$"))
    callout = Callout.objects.get()
    clerk.fill("#objects textarea[name=objects]", "餐饮店，甲餐馆，海棠苑 1 号\n餐饮店，乙餐馆，海棠苑 3 号")
    clerk.click("#objects form button:not([type=button])")
    clerk.wait_for_selector("#objects :text('甲餐馆')")
    good(clerk)
    assert callout.objects_listed.count() == 2

    began = clock.now() - timedelta(minutes=20)
    Meeting.objects.filter(pk=callout.pk).update(starts_at=began, ends_at=began + timedelta(hours=2))
    phone = enter(visit, live_server, town, "gardener", "phone")
    phone.goto(f"{live_server.url}/desk/callouts/{callout.pk}/")
    first = callout.objects_listed.order_by("pk")[0]
    form = f"form[action='/desk/callouts/objects/{first.pk}/']"
    phone.click(f"details:has({form}) > summary")
    phone.locator(f"{form} [name=found]").first.check(force=True)
    good(phone)
    phone.click(f"{form} button:not([type=button])")
    phone.wait_for_selector(".toast")
    first.refresh_from_db()
    assert first.inspected_at is not None
    clerk.reload()
    assert clerk.locator("#objects .came__one :text('未检查')").count() == 1, "one of two is left"


def test_a_tip_goes_to_the_police_and_comes_back(visit: Visit, live_server: Any, town: Cast) -> None:
    resident = visit("phone")
    resident.goto(f"{live_server.url}/tip/")
    resident.check("[name=kind][value=fraud]", force=True)
    resident.fill("[name=words]", "海棠苑 2 栋有人给老人推销高息理财，要明天交钱。")
    good(resident)
    resident.click("form button.button--primary")
    resident.wait_for_url("**/tip/done/")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", resident.inner_text("main"))
    assert code is not None

    clerk = enter(visit, live_server, town, "clerk", "laptop")
    clerk.goto(f"{live_server.url}/desk/tips/")
    clerk.click("a.rows__title")
    clerk.fill("[name=receipt]", "X-1")
    clerk.click("button:has-text('已转公安')")
    clerk.wait_for_selector("[name=outcome]", state="attached")
    clerk.check("[name=outcome][value=prevented]", force=True)
    clerk.fill("[name=loss_avoided]", "50000")
    good(clerk)
    clerk.click("button:has-text('记下结果')")
    clerk.wait_for_selector(":text('避免损失')")

    resident.goto(f"{live_server.url}/tip/code/")
    resident.fill("[name=code]", code.group())
    resident.click("main form button:not([type=button])")
    resident.wait_for_selector(":text('50,000')")
    assert "X-1" in resident.inner_text("main")
    good(resident)
