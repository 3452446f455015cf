"""Words, pictures and ratings of one person, tried to be read by another: colleagues of elsewhere, followers, anybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from gongzhi.journal.models import Attachment, Audience
from gongzhi.journal.tests.test_record import picture
from gongzhi.kit.errors import Forbidden
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, Cast
from tests.stage import DRAIN, act, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

SECRET = "隐情：王先生家的下水道堵了"
AGAIN = "海棠苑门口下水道又堵了，污水漫到路上，很臭。"


def near_at_the_desk(cast: Cast, name: str) -> str:
    client = Client()
    client.force_login(cast.accounts[name])
    lon, lat = IN_GRID_1
    said = {"text": AGAIN, "lon": str(lon), "lat": str(lat), "area": str(cast.grid_1.pk)}
    return client.get("/desk/new/near/", said).content.decode()


@pytest.mark.parametrize("private", [False, True])
def test_a_grid_worker_of_elsewhere_reads_no_titles_while_taking_a_report_in(
    cast: Cast, private: bool
) -> None:
    order = report_drain(cast, title=SECRET, private=private).order
    for name in ("clerk", "grid_worker"):
        assert SECRET in near_at_the_desk(cast, name), "who has the area reads its titles"
    elsewhere = near_at_the_desk(cast, "far_grid_worker")
    assert SECRET not in elsewhere
    assert (order.number in elsewhere) is not private, "a private one is not even named"


def reported_by_api(**more: Any) -> dict[str, Any]:
    lon, lat = IN_GRID_1
    body = {"description": AGAIN, "lon": lon, "lat": lat} | more
    answer = Client().post("/api/workorders", json.dumps(body), "application/json")
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def test_a_receipt_names_no_private_neighbour(cast: Cast) -> None:
    open_one = report_drain(cast).order
    hidden = report_drain(cast, private=True, description=DRAIN + "别告诉别人。").order
    named = {one["number"] for one in reported_by_api()["near"]}
    assert open_one.number in named
    assert hidden.number not in named


def test_a_follower_sees_no_picture_of_whoever_reopened_and_no_rating(cast: Cast) -> None:
    order = bring(cast, "released")
    act(cast, "confirm", order.pk, solved=False, satisfied=1)
    act(cast, "reopen", order.pk, pictures=[picture()])
    file = Attachment.objects.get(thread_id=order.pk)
    assert file.audience == Audience.PARTIES
    follower = Client().post(f"/api/workorders/{order.number}/steps/follow").json()["query_code"]
    seen = Client().get(f"/api/workorders/{order.number}", headers={"X-Query-Code": follower}).json()
    assert (seen["standing"], seen["photos"], seen["solved"], seen["satisfied"]) == ("public", [], None, None)
    browser = Client()
    browser.post("/q/", {"code": follower})
    assert browser.get(f"/matter/{order.pk}/").status_code == 200
    assert browser.get(f"/photo/{file.pk}/").status_code == 404


def test_an_auditor_reads_and_changes_nothing(cast: Cast) -> None:
    order = bring(cast, "assigned")
    client = Client()
    client.force_login(cast.accounts["auditor"])
    assert client.get(f"/desk/{order.pk}/").status_code == 200
    for verb, said in (("note", {"text": "改一改"}), ("relocate", {"area": cast.grid_3.pk})):
        assert client.post(f"/desk/{order.pk}/{verb}/", said).status_code == 403, verb
        with pytest.raises(Forbidden):
            act(cast, verb, order.pk, by=cast.auditor)
    assert WorkOrder.objects.get(pk=order.pk).grid_id == order.grid_id
    act(cast, "note", order.pk, by=cast.leader)  # a leader may


def test_a_rating_with_words_by_the_api_is_kept(cast: Cast) -> None:
    """The answer once failed on two entries told as one, and took the rating back with it."""
    told = reported_by_api(description=DRAIN)
    order = WorkOrder.objects.get(number=told["number"])
    assert order.unit_id == cast.roads.pk
    for verb in ("accept", "answer", "pass_check"):
        act(cast, verb, order.pk)
    answer = Client().post(
        f"/api/workorders/{order.number}/steps/confirm",
        json.dumps({"solved": True, "satisfied": 4, "words": "谢谢"}),
        "application/json",
        headers={"X-Query-Code": told["query_code"]},
    )
    assert answer.status_code == 200, answer.content
    assert "谢谢" in json.dumps(answer.json()["timeline"], ensure_ascii=False)
    assert WorkOrder.objects.get(pk=order.pk).satisfied == 4
