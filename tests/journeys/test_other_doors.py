"""The other doors on a phone: a storm of device events, a group chat, a letter that waits, a paper form beside its picture."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.actions import mailing, sheets
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tests.device_scene import alarm, gauge, tell
from tests.cast import LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave
from tests.journeys.test_staff import enter

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]

CHAT = """陈姐 08:12
早上好
陈姐 08:13
海棠苑门口的下水道又堵了，污水漫到路上
老李 08:15
我们这边也是
老李 08:20
听涛小学门口的路灯不亮了
"""


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def look(page: Any, name: str) -> None:
    """Nothing sticks out, nothing is unreadable, once the page has settled."""
    page.wait_for_load_state("networkidle")
    if folder := os.environ.get("GONGZHI_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert fits(page), name
    assert grave(page) == [], name


def test_a_storm_is_one_order_on_a_phone(visit: Visit, live_server: Any, town: Cast) -> None:
    device = gauge(town)
    now = clock.now()
    for batch in range(4):
        events = [alarm(f"e{batch}-{n}", 1.2 + n / 50) for n in range(30)]
        assert tell(device, *events, at=now).status_code == 202
    page = enter(visit, live_server, town, "clerk", "phone")
    page.goto(f"{live_server.url}/house/devices/")
    assert page.locator("text=报警 120 次").is_visible()
    look(page, "devices-390")
    page.click("text=海棠桥水位计")
    look(page, "device-390")
    page.click("button:has-text('试严重报警')")
    assert page.locator("text=现在报警会这样").is_visible()
    tell(device, {"id": "ok", "type": "recovery"}, at=clock.now())
    order = WorkOrder.objects.get()
    page.goto(f"{live_server.url}/desk/{order.pk}/")
    assert page.locator("text=120").first.is_visible() and page.locator("text=可以答复办结").is_visible()
    look(page, "storm-390")
    page.goto(f"{live_server.url}/house/devices/new/")
    look(page, "device-new-390")
    page.goto(f"{live_server.url}/house/devices/water-01/label/")
    look(page, "label-390")


def test_a_group_chat_becomes_orders_on_a_phone(visit: Visit, live_server: Any, town: Cast) -> None:
    page = enter(visit, live_server, town, "clerk", "phone")
    page.goto(f"{live_server.url}/desk/paste/")
    look(page, "paste-390")
    page.fill("#text", CHAT)
    page.click("button:has-text('拆成卡片')")
    assert page.locator("textarea").count() == 2
    look(page, "cards-390")
    page.fill("#words-c01", "听涛小学门口的路灯不亮了\n---\n海棠苑的垃圾没人收")
    page.click("button:has-text('更新卡片')")
    assert page.locator("textarea").count() == 3
    page.click("button:has-text('全部登记')")
    page.wait_for_url("**/desk/paste/done/**")
    look(page, "pasted-390")
    page.go_back()
    page.click("button:has-text('全部登记')")
    page.wait_for_url("**/desk/paste/done/**")
    assert WorkOrder.objects.filter(channel="chat").count() == 3


def test_a_letter_waits_and_a_form_is_completed_beside_its_picture(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    mail = Actor.for_service("mail")
    with acting(mail):
        mailing.take_letter("From: 何小姐 <ho@mail.example>\r\n\r\n堵".encode(), by=mail, at=clock.now())
    batch = sheets.print_batch(town.haitang.pk, 20, place="社区服务站", by=town.clerk, at=clock.now())
    page = enter(visit, live_server, town, "clerk", "laptop")
    page.goto(f"{live_server.url}/desk/mail/")
    assert page.locator("text=请再写几个字").is_visible()
    look(page, "mail-1280")
    page.goto(f"{live_server.url}/desk/paper/batches/")
    look(page, "batches-1280")
    page.goto(f"{live_server.url}/desk/paper/")
    file = io.BytesIO()
    Image.new("RGB", (620, 877), (250, 249, 240)).save(file, "JPEG")
    page.set_input_files(
        "#id_photos", {"name": "表.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    page.fill("#id_code", sheets.code_of("449001001", batch.first).partition("-")[2])
    page.wait_for_selector("text=第一次登记")
    page.click("[data-paper-zoom]")
    assert page.get_attribute("[data-paper-zoom]", "aria-pressed") == "true"
    page.fill("#id_description", "海棠苑门口的长椅坏了，老人没有地方坐。")
    look(page, "paper-1280")
    page.click("button:has-text('登记')")
    page.wait_for_url("**/desk/paper/done/")
    order = WorkOrder.objects.get(channel="paper")
    assert page.locator(f"text={order.number}").first.is_visible()
    look(page, "paper-done-1280")
    phone = enter(visit, live_server, town, "clerk", "phone")
    for name in ("mail", "paper", "paper/batches"):
        phone.goto(f"{live_server.url}/desk/{name}/")
        look(phone, f"{name.replace('/', '-')}-390")
