"""A resident of seventy-five reports a blocked drain on a phone, sees who has it and until when, and rates the answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.workorders.actions import handling
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def photo() -> bytes:
    picture = Image.new("RGB", (2400, 1800), "#7a6a55")
    ImageDraw.Draw(picture).ellipse((700, 600, 1700, 1300), fill="#2f2a22")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture
def cast() -> Cast:
    return settle(LONG_BEFORE)


def test_a_blocked_drain_from_report_to_rating(
    cast: Cast, visit: Callable[..., Any], live_server: Any
) -> None:
    lon, lat = IN_GRID_1
    page = visit("phone", geolocation={"longitude": lon, "latitude": lat}, permissions=["geolocation"])
    page.goto(live_server.url)
    assert grave(page) == [], "home"
    assert fits(page)
    page.get_by_role("link", name="我要反映").first.click()

    page.get_by_label("发生了什么？").fill("海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。")
    page.locator("#id_photos").set_input_files(
        {"name": "drain.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    page.locator(".photos-in__one img").wait_for()
    page.get_by_role("button", name="用我的位置").first.click()
    page.get_by_text("图钉在：海棠社区 · 第一网格").wait_for()
    assert page.locator("#id_place_text").input_value() == "海棠苑"
    assert grave(page) == [], "report"
    assert fits(page)
    page.get_by_role("button", name="提交").click()

    page.wait_for_url("**/report/done/")
    order = WorkOrder.objects.get()
    assert order.grid_id == cast.grid_1.pk and order.lon == pytest.approx(lon, abs=1e-5)
    said = page.locator("main").inner_text()
    assert order.number in said and cast.roads.name in said and "答复您" in said and "前" in said
    code = page.locator("[data-copy]").get_attribute("data-copy")
    assert grave(page) == [], "receipt"
    page.get_by_role("link", name="看进度", exact=True).click()
    page.get_by_text("再说几句，或加照片").wait_for()
    assert page.locator("[data-photo] img").count() == 1
    assert grave(page) == [], "matter"
    assert fits(page)

    at = clock.now() + timedelta(seconds=1)
    with acting(cast.road_worker):
        handling.accept(order.pk, by=cast.road_worker, at=at)
        handling.answer(
            order.pk, text="已疏通管道，冲洗了路面。", why="协办已确认", by=cast.road_worker, at=at
        )
    with acting(cast.checker):
        handling.pass_check(order.pk, by=cast.checker, at=at)

    # days later, on another phone, with the code on paper
    other = visit("phone")
    other.goto(live_server.url)
    other.get_by_label("反映过？用查询码看进度").fill(str(code).lower())
    other.get_by_role("button", name="查看").click()
    other.get_by_text("已疏通管道，冲洗了路面。").first.wait_for()
    other.get_by_text("评价这次办理").click()
    other.get_by_label("解决了", exact=True).check()
    other.get_by_label("很满意").check()
    other.get_by_label("还想说什么？").fill("很快，谢谢！")
    assert grave(other) == [], "rating"
    other.get_by_role("button", name="提交评价").click()
    other.get_by_text("谢谢您的评价。").wait_for()
    order.refresh_from_db()
    assert (order.state, order.solved, order.satisfied) == ("closed", True, 5)


def test_without_a_script_a_pin_or_an_account_it_works_too(
    cast: Cast, visit: Callable[..., Any], live_server: Any
) -> None:
    page = visit("phone", java_script_enabled=False)
    page.goto(f"{live_server.url}/report/topics/city/")
    page.get_by_role("link", name="路灯不亮").click()
    page.get_by_label("发生了什么？").fill("第三根灯杆不亮，晚上很黑。")
    page.get_by_label("在哪里？").fill("听涛小学门口")
    page.get_by_role("button", name="提交").click()
    order = WorkOrder.objects.get()
    assert (order.grid_id, order.state) == (cast.grid_3.pk, "assigned")
    assert order.number in page.locator("main").inner_text()
    page.get_by_role("button", name="大字").click()
    assert page.locator("html").get_attribute("data-type") == "large"
    assert fits(page)


def test_the_map_and_the_doors_have_no_barriers(
    cast: Cast, visit: Callable[..., Any], live_server: Any
) -> None:
    page = visit("phone")
    for path in ("/map/", "/my/", "/q/", "/sign-in/", "/sign-in/staff/", "/report/topics/city/", "/mailbox/"):
        page.goto(live_server.url + path)
        assert grave(page) == [], path
        assert fits(page)
    page.goto(f"{live_server.url}/sign-in/?next=/account/")
    page.get_by_label("手机号或邮箱").fill("19900000177")
    page.get_by_role("button", name="发验证码").click()
    letters = visit("phone")
    letters.goto(f"{live_server.url}/mailbox/")
    digits = letters.locator("[data-copy]").first.get_attribute("data-copy")
    page.get_by_label("六位数").fill(str(digits))
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/account/")
    assert grave(page) == [], "account"
    assert fits(page)
    page.get_by_role("link", name="删除我的信息").click()
    assert grave(page) == [], "erase"
