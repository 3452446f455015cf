"""Reports taken in for somebody: by telephone, at the counter, on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tests.staff_scene import DRAIN, reported
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def said(**more: Any) -> dict[str, Any]:
    return {
        "channel": "phone",
        "description": DRAIN,
        "key": "k1",
        "name": "陈女士",
        "phone": "19900000177",
        **more,
    }


def test_a_call_becomes_an_order_and_the_code_is_read_out(cast: Cast) -> None:
    client = as_(cast, "clerk")
    answer = client.post("/desk/new/", said(), follow=True)
    assert answer.status_code == 200
    order = WorkOrder.objects.get()
    text = answer.content.decode()
    assert order.number in text
    assert "查询码" in text
    assert (order.channel, order.reporter_id, order.grid_id) == ("phone", None, cast.grid_1.pk)
    entry = order.matter.thread.entries.get(position=1)
    assert (entry.by_id, entry.part) == (cast.accounts["clerk"].pk, "clerk")


def test_the_same_form_sent_twice_is_one_order(cast: Cast) -> None:
    client = as_(cast, "clerk")
    first = client.post("/desk/new/", said(), follow=True).content.decode()
    second = client.post("/desk/new/", said(), follow=True).content.decode()
    assert WorkOrder.objects.count() == 1
    assert first.split("code__text")[1][:200] == second.split("code__text")[1][:200]  # and the same code
    as_(cast, "other_clerk").post("/desk/new/", said())
    assert WorkOrder.objects.count() == 2


def test_an_emergency_is_told_first(cast: Cast) -> None:
    client = as_(cast, "clerk")
    fire = said(description="海棠苑三栋着火了，浓烟很大，有人被困在楼上！", key="k2")
    answer = client.post("/desk/new/", fire)
    assert answer.status_code == 422
    assert "先请来电人拨打紧急电话" in answer.content.decode()
    assert "着火" in answer.content.decode()
    assert client.post("/desk/new/", fire | {"emergency_acknowledged": "on"}).status_code == 302


def test_a_chosen_suggestion_counts(cast: Cast) -> None:
    other = reported(cast, "海棠苑的路灯不亮了，晚上很黑，请来修。").category_id
    as_(cast, "clerk").post("/desk/new/", said(guess=other))
    assert WorkOrder.objects.latest("pk").category_id == other


def test_a_grid_worker_reports_from_the_field(cast: Cast) -> None:
    client = as_(cast, "grid_worker")
    form = client.get("/desk/new/").context["form"]
    assert (form.initial["channel"], form.initial["area"]) == ("field", cast.grid_1.pk)
    spot = {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}
    answer = client.post("/desk/new/", said(channel="field", name="", phone="", **spot), follow=True)
    assert answer.status_code == 200
    assert WorkOrder.objects.get().channel == "field"


def test_slips_are_told_beside_the_field(cast: Cast) -> None:
    client = as_(cast, "clerk")
    cases: list[tuple[dict[str, Any], int]] = [
        ({"description": "堵"}, 400), ({"phone": "123"}, 400), ({"channel": "web"}, 400),
        ({"lon": "999", "lat": "3"}, 422), ({"description": "长" * 20_000}, 400),
        ({"photos": SimpleUploadedFile("a.jpg", b"<svg/>", "image/jpeg")}, 422),
    ]  # fmt: skip
    for slip, status in cases:
        answer = client.post("/desk/new/", said(**slip))
        assert answer.status_code == status, slip
    assert not WorkOrder.objects.exists()


def test_suggestions_appear_while_typing(cast: Cast) -> None:
    first = reported(cast)
    client = as_(cast, "clerk")
    answer = client.get("/desk/new/near/", {"text": DRAIN})
    text = answer.content.decode()
    for words in ("排水管道堵塞", "海棠社区", first.number, "R0"):
        assert words in text, words
    assert "110" in client.get("/desk/new/near/", {"text": "海棠苑门口有人拿刀打架"}).content.decode()
    assert client.get("/desk/new/near/", {"text": "堵"}).status_code == 204
    assert (
        client.get(
            "/desk/new/near/", {"text": DRAIN, "lon": "x", "area": "y", "category": "9999"}
        ).status_code
        == 200
    )
    assert as_(cast, "resident").get("/desk/new/near/", {"text": DRAIN}).status_code == 403


def test_nobody_is_found_by_a_telephone_number(cast: Cast) -> None:
    reported(cast)
    client = as_(cast, "clerk")
    assert (
        "19900000101"
        not in client.get("/desk/new/near/", {"text": DRAIN, "phone": "19900000101"}).content.decode()
    )
    assert "没有符合条件" in client.get("/desk/?q=19900000101").content.decode()
