"""A consultation shows what the knowledge base would say; the page itself pays nothing for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.kit.clock import stopped
from gongzhi.knowledge import actions as knowledge
from gongzhi.knowledge.actions import Wording
from gongzhi.workorders.actions import dispatching, handling
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tests.staff_scene import DRAIN, reported
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

PERMIT = Wording(
    "居住证到期了怎么续？",
    "到期前一个月来续，带身份证和住址证明。",
    ("居住证过期了还能续签吗",),
    "090102",
    source="办事指南",
)
ASKED = "您好，请问我的居住证下个月到期，怎么续，要带什么材料？"


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with stopped(WEDNESDAY):
        yield


def desk(cast: Cast, name: str) -> Client:
    """A colleague's browser."""
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def consultation(cast: Cast) -> WorkOrder:
    """A question about a permit, as a resident sent it."""
    return reported(cast, ASKED, appeal="consult")


def in_hand_of_roads(cast: Cast, order: WorkOrder) -> None:
    """Given to the road unit and taken up there."""
    act: dict[str, Any] = {"at": WEDNESDAY}
    with acting(cast.clerk):
        dispatching.dispatch(order.pk, unit_id=cast.roads.pk, note="请道路单位答复", by=cast.clerk, **act)
    with acting(cast.road_worker):
        handling.accept(order.pk, by=cast.road_worker, **act)


def test_the_page_of_a_consultation_fetches_them_afterwards(cast: Cast) -> None:
    question, trouble = consultation(cast), reported(cast, DRAIN, appeal="complaint")
    assert f"/desk/{question.pk}/likely/" in desk(cast, "clerk").get(f"/desk/{question.pk}/").text
    assert "/likely/" not in desk(cast, "clerk").get(f"/desk/{trouble.pk}/").text


def test_the_page_pays_no_statement_for_them(cast: Cast, statements: Any) -> None:
    order, client = consultation(cast), desk(cast, "clerk")
    client.get(f"/desk/{order.pk}/")
    statements.clear()
    client.get(f"/desk/{order.pk}/")
    assert not any("knowledge_article" in statement for statement in statements)


def test_a_clerk_reads_them_and_may_copy(cast: Cast) -> None:
    knowledge.write(PERMIT, publish=True, by=cast.clerk, at=WEDNESDAY)
    page = desk(cast, "clerk").get(f"/desk/{consultation(cast).pk}/likely/").text
    assert PERMIT.question in page and "都提到" in page and "data-copy" in page and "data-fill=" not in page


def test_whoever_may_answer_puts_one_into_the_answer_with_one_key(cast: Cast) -> None:
    knowledge.write(PERMIT, publish=True, by=cast.clerk, at=WEDNESDAY)
    order = consultation(cast)
    in_hand_of_roads(cast, order)
    client = desk(cast, "road_worker")
    page = client.get(f"/desk/{order.pk}/likely/").text
    assert 'data-fill="answer_text"' in page and 'data-key="7"' in page and PERMIT.answer in page
    assert 'id="answer_text"' in client.get(f"/desk/{order.pk}/").text


def test_where_nothing_fits_it_says_so(cast: Cast) -> None:
    page = desk(cast, "clerk").get(f"/desk/{consultation(cast).pk}/likely/").text
    assert "没有合适的" in page and "/house/knowledge/new/" in page


def test_others_orders_are_not_told(cast: Cast) -> None:
    order = consultation(cast)
    assert desk(cast, "far_grid_worker").get(f"/desk/{order.pk}/likely/").status_code == 404
    assert desk(cast, "resident").get(f"/desk/{order.pk}/likely/").status_code == 403


def test_the_intake_page_asks_while_one_types(cast: Cast) -> None:
    assert "/house/knowledge/likely/" in desk(cast, "clerk").get("/desk/new/").text
