"""Notices in a real browser: my page, what I choose, what I follow, what a clerk sees of it; on a phone and at a desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions as notices
from gongzhi.people import actions as people
from gongzhi.workorders.actions import handling, reporting
from gongzhi.workorders.drafts import Draft
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave
from tests.journeys.test_staff import Visit, enter

pytestmark = [pytest.mark.django_db(transaction=True)]

NOTICES = Actor.for_service("notices")


def told(cast: Cast) -> int:
    """Somebody has reported and been answered; colleagues have been urged. The order."""
    now = clock.now()
    lon, lat = IN_GRID_1
    words = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"
    draft = Draft(words, lon=lon, lat=lat, name="王先生", phone="19900000101")
    order = reporting.report(draft, by=cast.resident, at=now - timedelta(hours=3)).order
    handling.accept(order.pk, by=cast.road_worker, at=now - timedelta(hours=2))
    handling.answer(
        order.pk, text="已经疏通。", why="不用会签", by=cast.road_worker, at=now - timedelta(hours=1)
    )
    fills = {"number": order.number}
    for purpose in ("workorders.ask_resident", "workorders.grant_extension"):
        notices.tell(
            purpose, [cast.accounts["resident"].pk], address="+8619900000101", fills=fills, thread_id=order.pk,
            url=f"/matter/{order.pk}/", by=NOTICES, at=now,
        )  # fmt: skip
    with acting(cast.road_worker):
        people.keep_contact(
            name="", phone="+8619900000555", email="roads@example.org", purpose="account", held_by=[],
            account_id=cast.accounts["road_worker"].pk, by=cast.road_worker, at=now,
        )  # fmt: skip
        notices.add_outlet(
            "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a", {}, "市政值班群", by=cast.road_worker, at=now
        )  # fmt: skip
    notices.tell(
        "workorders.urge",
        [cast.accounts["road_worker"].pk],
        fills=fills,
        url=f"/desk/{order.pk}/",
        by=NOTICES,
        at=now,
    )
    return order.pk


def look(page: Any, server: Any, path: str, *words: str) -> None:
    page.goto(server.url + path)
    text = page.inner_text("body")
    for word in words:
        assert word in text, (path, word)
    assert fits(page), path
    assert grave(page) == [], path


@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_notices_are_read_chosen_and_followed(visit: Visit, live_server: Any, size: str) -> None:
    cast = settle(LONG_BEFORE)
    order = told(cast)
    page = enter(visit, live_server, cast, "road_worker", size)
    look(page, live_server, "/notices/", "有人催办", "全部已读")
    look(
        page, live_server, "/notices/choices/", "催办、督办、批示", "应急通知", "市政值班群", "什么时候不打扰"
    )
    page.select_option("#pace-promises", "daily")
    page.get_by_role("button", name="保存", exact=True).click()
    assert page.input_value("#pace-promises") == "daily"
    page.goto(f"{live_server.url}/notices/")
    page.get_by_role("button", name="打开").click()
    assert page.url.endswith(f"/desk/{order}/")
    resident = enter(visit, live_server, cast, "resident", size)
    look(resident, live_server, "/follow/", "关注什么", "用阅读器或日历")
    resident.select_option("#f-area", str(cast.haitang.pk))
    resident.get_by_role("button", name="关注", exact=True).click()
    look(resident, live_server, "/follow/", "再关注一个", "Atom")
    look(resident, live_server, "/mailbox/", "短信", "企业微信")
    checker = enter(visit, live_server, cast, "checker", size)
    checker.goto(f"{live_server.url}/desk/{order}/")
    text = checker.text_content("body")
    assert (
        text is not None and "居民会收到（短信）" in text and "还在路上" in text and "19900000101" not in text
    )
    assert fits(checker)
