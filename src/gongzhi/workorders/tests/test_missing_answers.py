"""A required question left open: refused where the door could ask, told to the clerk where it could not. And rescue first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from gongzhi.workorders.actions.questioning import Wanted, change_question
from gongzhi.workorders.actions.reporting import report
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.tables import tree
from gongzhi.workorders.tests.staff_scene import reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
LAMP = "海棠苑门口的路灯不亮了，晚上很黑，请来修。"


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    cast = settle()
    for code, required in (("lamps", True), ("dark", False)):
        wanted = Wanted(code, f"{code}？", "number", required=required)
        change_question(tree().by_code["010105"].id, wanted, by=cast.clerk, at=WEDNESDAY)
    return cast


def send(client: Client, answers: dict[str, Any], key: str = "", **more: Any) -> Any:
    body = {"description": LAMP, "category": "010105", "place_text": "海棠苑", "answers": answers, **more}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/workorders", json.dumps(body), content_type="application/json", headers=headers)


def test_the_api_refuses_what_leaves_a_required_question_open(client: Client, cast: Cast) -> None:
    refused = send(client, {"dark": 1})
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert error["code"] == "answers" and error["message"] == "请回答“lamps？”。"
    assert error["fields"] == {"answers": ["请回答“lamps？”。"], "answers.lamps": ["请回答“lamps？”。"]}
    assert not WorkOrder.objects.exists()
    assert send(client, {"lamps": 2}).status_code == 201
    guessed = send(client, {}, category="")
    sure = WorkOrder.objects.get().category_id == tree().by_code["010105"].id and guessed.status_code == 422
    assert sure or guessed.json()["state"] == "triage", "asked where it is sure, else a clerk decides"


def test_a_refusal_tells_all_that_is_needed_to_answer_it(client: Client, cast: Cast) -> None:
    """Whoever left the category to us is not told which one asks, unless the refusal says so; choices neither."""
    wanted = Wanted("lit", "还亮吗？", "choice", required=True, choices=("不亮", "一闪一闪"))
    change_question(tree().by_code["010105"].id, wanted, by=cast.clerk, at=WEDNESDAY)
    error = send(client, {"lamps": 2}).json()["error"]
    assert error["fields"]["answers.lit"] == ["请回答“还亮吗？”，选一项：不亮、一闪一闪。"]
    assert "010105" in error["help"]
    assert send(client, {"lamps": 2, "lit": "一闪一闪"}).status_code == 201


def test_a_key_that_has_made_an_order_gives_it_again_whatever_is_asked_since(
    client: Client, cast: Cast
) -> None:
    first = send(client, {"lamps": 2}, key="k" * 20)
    wanted = Wanted("height", "多高？", "number", required=True)
    change_question(tree().by_code["010105"].id, wanted, by=cast.clerk, at=WEDNESDAY)
    again = send(client, {"lamps": 2}, key="k" * 20)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["number"] == first.json()["number"]


def test_doors_that_cannot_ask_are_let_through_and_the_clerk_reads_what_is_missing(
    client: Client, cast: Cast
) -> None:
    done = send(client, {}, cannot_ask=True)
    assert done.status_code == 201 and "lamps" in done.json()["unanswered"]
    category = tree().by_code["010105"].id
    filed = report(
        Draft(LAMP, channel=Channel.FILE, category_id=category, place_text="海棠苑"),
        by=cast.clerk,
        at=WEDNESDAY,
    ).order
    client.force_login(cast.accounts["clerk"])
    for order in WorkOrder.objects.all():
        page = client.get(f"/desk/{order.pk}/")
        assert [one.code for one in page.context["unanswered"]] == ["lamps"]
        assert "还没有回答" in page.content.decode()
    told = reported(cast, category_id=category)
    WorkOrder.objects.filter(pk=told.pk).update(
        answers={str(pk): 3 for pk in [q.id for q in page.context["unanswered"]]}
    )
    assert client.get(f"/desk/{told.pk}/").context["unanswered"] == []
    assert filed.category_id == category


def test_fire_and_rescue_are_a_telephone_call_and_police_a_hand_over(client: Client, cast: Cast) -> None:
    client.force_login(cast.accounts["clerk"])

    def shown(text: str) -> Any:
        order = report(
            Draft(text, place_text="海棠苑", emergency_acknowledged=True),
            by=cast.person("resident"),
            at=WEDNESDAY,
        ).order
        return client.get(f"/desk/{order.pk}/")

    fire = shown("楼下电动车起火，冒浓烟，快来人。")
    assert fire.context["rescue"]["numbers"] == ["119"] and "tel:119" in fire.content.decode()
    assert fire.context["police_first"] == set()
    theft = shown("刚才有人入室盗窃，偷走了电脑。")
    assert theft.context["police_first"] == {"hand_to_police"} and theft.context["rescue"] is None
    plain = shown("海棠苑门口的路灯不亮了。")
    assert plain.context["rescue"] is None and plain.context["police_first"] == set()
