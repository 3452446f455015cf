"""Questions in a real browser: a resident finds an answer while typing, a colleague answers with one key, a clerk reviews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.knowledge import actions as knowledge
from gongzhi.knowledge.actions import Wording
from gongzhi.knowledge.models import Article
from gongzhi.workorders.actions import dispatching, handling, reporting
from gongzhi.workorders.drafts import Draft
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave
from tests.journeys.test_staff import enter

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]

PERMIT = Wording(
    "居住证到期了怎么续？",
    "到期前一个月来续，带身份证和住址证明，当场办好。\n社区居委会也可以代收材料。",
    ("居住证过期了还能续签吗",),
    "090102",
    source="望澜街道政务服务中心办事指南",
    source_url="https://guide.example/permit",
)
ASKED = "您好，请问我的居住证下个月到期，怎么续，要带什么材料？"


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def test_a_resident_finds_the_answer_while_typing_and_says_that_it_helped(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    article = knowledge.write(PERMIT, publish=True, by=town.clerk, at=clock.now())
    page = visit("phone")
    page.goto(f"{live_server.url}/report/")
    page.fill("#id_description", ASKED)
    page.click(".near summary:has-text('居住证到期了怎么续')")
    assert page.locator(".near :text('到期前一个月来续')").is_visible()
    assert grave(page) == [] and fits(page)
    page.goto(f"{live_server.url}/knowledge/?q=居住证")
    page.click(".rows__title")
    page.click("button[value=yes]")
    page.wait_for_selector(":text('谢谢您告诉我们')")
    assert grave(page) == [] and fits(page)
    article.refresh_from_db()
    assert (article.helped, article.helped_not) == (1, 0)


def test_one_key_puts_a_likely_answer_into_the_answer(visit: Visit, live_server: Any, town: Cast) -> None:
    now = clock.now()
    knowledge.write(PERMIT, publish=True, by=town.clerk, at=now)
    lon, lat = IN_GRID_1
    with acting(town.resident):
        order = reporting.report(
            Draft(ASKED, lon=lon, lat=lat, appeal="consult", phone="19900000101"), by=town.resident, at=now
        ).order
    with acting(town.clerk):
        dispatching.dispatch(order.pk, unit_id=town.roads.pk, note="请答复", by=town.clerk, at=now)
    with acting(town.road_worker):
        handling.accept(order.pk, by=town.road_worker, at=now)
    page = enter(visit, live_server, town, "road_worker", "laptop")
    page.goto(f"{live_server.url}/desk/{order.pk}/")
    page.wait_for_selector(".likely-one [data-fill]")
    assert grave(page) == []
    page.keyboard.press("7")
    page.wait_for_selector("#answer_text:focus")
    assert page.input_value("#answer_text") == PERMIT.answer
    page.keyboard.type("王先生您好。")
    assert page.input_value("#answer_text").startswith("王先生您好。到期前")
    page.click(f"form[action='/desk/{order.pk}/answer/'] button[type=submit]")
    page.wait_for_selector(".toast")
    order.refresh_from_db()
    assert order.state == "answered"


def test_a_clerk_looks_through_what_is_stale_with_one_key_each(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    old = clock.now() - timedelta(days=300)
    for number in range(3):
        wording = replace(PERMIT, question=f"第{number}种居住证怎么办？")
        knowledge.write(wording, publish=True, by=town.clerk, at=old + timedelta(days=number))
    page = enter(visit, live_server, town, "clerk", "laptop")
    page.goto(f"{live_server.url}/house/knowledge/")
    assert grave(page) == []
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for number in range(3):
        page.wait_for_selector(f"#matter h1:text('第{number}种')")
        if number == 0:
            assert grave(page) == []
        page.wait_for_load_state("networkidle")
        page.keyboard.press("y")
    page.wait_for_selector(":text('都核对过了')")
    assert not Article.objects.filter(stale_on__lte=clock.today()).exists()
