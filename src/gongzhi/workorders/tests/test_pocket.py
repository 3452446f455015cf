"""The pocket: who may open it, what it carries, and what it delivers: each once, with the time it was seen."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from gongzhi.kit.acting import acting
from gongzhi.workorders.actions import delivering, dispatching, handling, verifying, visiting
from gongzhi.workorders.models import Delivery, WorkOrder
from gongzhi.workorders.tests.staff_scene import reported
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

STAFF = {
    "clerk",
    "other_clerk",
    "road_worker",
    "road_head",
    "gardener",
    "grid_worker",
    "grid_leader",
    "far_grid_worker",
}
KEY = "5c2c1f0e-7d0e-4c73-9f0b-8d2e3f9a1b11"
HEAD = {"Accept": "application/json"}


def as_(cast: Cast, name: str) -> Client:
    client = Client(headers=HEAD)
    if name != "visitor":
        client.force_login(cast.accounts[name])
    return client


def picture(colour: str = "#2f6549") -> SimpleUploadedFile:
    raw = BytesIO()
    Image.new("RGB", (640, 480), colour).save(raw, "JPEG")
    return SimpleUploadedFile("photo-1.jpg", raw.getvalue(), "image/jpeg")


def ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def to_verify(cast: Cast) -> WorkOrder:
    """An order that the grid is asked to look at."""
    order = reported(cast)
    WorkOrder.objects.filter(pk=order.pk).update(state="triage")
    type(order.matter).objects.filter(pk=order.pk).update(state="triage")
    with acting(cast.clerk):
        return verifying.ask_verify(order.pk, question="是不是主管道堵了？", by=cast.clerk, at=WEDNESDAY)


# ---- who may


@pytest.mark.parametrize("address", ["/pocket/", "/pocket/hello.json", "/pocket/today.json"])
def test_who_may_open_it(cast: Cast, address: str) -> None:
    for name in cast.accounts:
        status = as_(cast, name).get(address).status_code
        assert status == (200 if name in STAFF else 403), name
    assert as_(cast, "visitor").get(address).status_code == 401


@pytest.mark.parametrize("address", ["/pocket/report/", "/pocket/step/"])
def test_who_may_send(cast: Cast, address: str) -> None:
    for name in (*cast.accounts, "visitor"):
        answer = as_(cast, name).post(address, {})
        takes_in = {"clerk", "other_clerk", "grid_worker", "grid_leader", "far_grid_worker"}
        let_in = takes_in if address == "/pocket/report/" else STAFF
        assert answer.status_code in ({400, 404} if name in let_in else {401, 403}), (
            name,
            answer.status_code,
        )
    assert WorkOrder.objects.count() == 0


def test_a_page_of_somebody_elses_cannot_send(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True, headers=HEAD)
    client.force_login(cast.accounts["grid_worker"])
    said = {"key": KEY, "description": "健身路径的扶手松了，晃得厉害。"}
    refused = client.post("/pocket/report/", said)
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "stale_page"
    token = client.get("/pocket/hello.json").json()["csrf"]
    assert client.post("/pocket/report/", said, headers={"X-CSRFToken": token}).status_code == 200


# ---- the page and its worker say nothing of anybody


def test_what_is_kept_for_everybody_names_nobody(cast: Cast) -> None:
    grid, clerk = as_(cast, "grid_worker"), as_(cast, "clerk")
    page = grid.get("/pocket/").content
    assert page == clerk.get("/pocket/").content
    assert b"csrf" not in page and b"grid_worker" not in page
    worker = grid.get("/pocket/sw.js")
    assert worker.content == Client().get("/pocket/sw.js").content
    assert worker["Content-Type"].startswith("text/javascript") and worker["Cache-Control"] == "no-cache"
    told = json.loads(re.match(rb"self\.GONGZHI=(.*);\n", worker.content)[1])  # type: ignore[index]
    assert all(one.startswith("/static/") for one in told["files"]) and told["page"] == "/pocket/"
    assert not any("desk" in one for one in told["files"])
    for address in told["files"]:
        assert Client().get(address).status_code == 200, address
    assert Client().get("/pocket/sw.js", headers={"Accept-Language": "en"}).content != b""


def test_the_manifest_can_be_installed() -> None:
    answer = Client().get("/manifest.webmanifest")
    about = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (about["start_url"], about["scope"], about["display"]) == ("/pocket/", "/pocket/", "standalone")
    for one in about["icons"]:
        raw = b"".join(Client().get(one["src"]).streaming_content)  # type: ignore[attr-defined]
        with Image.open(BytesIO(raw)) as shown:
            assert f"{shown.width}x{shown.height}" == one["sizes"]


def test_the_words_of_the_page_are_those_of_the_script() -> None:
    root = Path(__file__).resolve().parents[4]
    words = (root / "src/gongzhi/workorders/templates/workorders/pocket/words.html").read_text("utf-8")
    known = set(re.findall(r'data-w="([a-z_]+)"', words))
    lines = [
        line
        for path in [root / "assets/js/pocket.js", *(root / "assets/js/pocket").glob("*.js")]
        for line in path.read_text("utf-8").splitlines()
        if not line.lstrip().startswith("//")
    ]
    text = "\n".join(lines)
    assert set(re.findall(r'\bsay\("([a-z_]+)"', text)) <= known
    quoted = set(re.findall(r'"([a-z_]+)"', text))
    assert {one for one in known if one not in quoted and not one.startswith("asked_")} == set()


def test_signing_out_clears_the_device(cast: Cast) -> None:
    assert as_(cast, "grid_worker").post("/sign-out/")["Clear-Site-Data"] == '"storage"'


def test_the_key_is_the_accounts_own(cast: Cast) -> None:
    first, again = (as_(cast, "grid_worker").get("/pocket/hello.json") for _n in range(2))
    other = as_(cast, "grid_leader").get("/pocket/hello.json").json()
    assert first["Cache-Control"] == "no-store"
    assert (first.json()["owner"], first.json()["key"]) == (again.json()["owner"], again.json()["key"])
    assert first.json()["owner"] != other["owner"] and first.json()["key"] != other["key"]


# ---- what it carries


def test_it_carries_what_waits_for_them_and_no_more(cast: Cast) -> None:
    asked = to_verify(cast)
    theirs = reported(cast, "海棠苑楼道里有人堆杂物。")  # of another unit
    with acting(cast.clerk):
        dispatching.dispatch(
            theirs.pk, unit_id=cast.haitang_committee.pk, note="改派", by=cast.clerk, at=WEDNESDAY
        )
    body = as_(cast, "grid_worker").get("/pocket/today.json").json()
    found = {one["id"]: one for one in body["tasks"]}
    assert found.keys() == {asked.pk, theirs.pk}
    assert found[asked.pk]["kind"] == "verify" and found[asked.pk]["asked"]["text"] == "是不是主管道堵了？"
    assert found[asked.pk]["steps"] == ["verify", "note"] and found[theirs.pk]["steps"] == ["accept", "note"]
    assert {one["what"] for one in found[theirs.pk]["promises"]} >= {"签收"}
    whole = json.dumps(body, ensure_ascii=False)
    assert "王先生" not in whole and "19900000101" not in whole
    assert [one["name"] for one in body["areas"]] == ["海棠社区 · 第一网格"] and body["takes_in"]
    elsewhere = as_(cast, "far_grid_worker").get("/pocket/today.json").json()
    assert elsewhere["tasks"] == [] and elsewhere["areas"][0]["id"] == cast.grid_3.pk
    handler = as_(cast, "road_worker").get("/pocket/today.json").json()
    assert not handler["takes_in"] and handler["topics"] == [] and handler["alarms"] == []


def test_a_clerk_carries_the_return_visits(cast: Cast) -> None:
    order = bring(cast, "released")
    with acting(cast.other_clerk):
        visiting.plan_visit(order.pk, by=cast.other_clerk, at=WEDNESDAY + timedelta(days=1))
    found = as_(cast, "other_clerk").get("/pocket/today.json").json()["tasks"]
    assert [(one["id"], one["kind"]) for one in found] == [(order.pk, "visit")]


def test_nothing_new_costs_nothing(cast: Cast) -> None:
    order = to_verify(cast)
    client = as_(cast, "grid_worker")
    etag = client.get("/pocket/today.json")["ETag"]
    assert client.get("/pocket/today.json", headers={"If-None-Match": etag}).status_code == 304
    assert as_(cast, "grid_leader").get("/pocket/today.json")["ETag"] != etag
    with acting(cast.clerk):
        verifying.take_back(order.pk, by=cast.clerk, at=WEDNESDAY)
    assert client.get("/pocket/today.json", headers={"If-None-Match": etag}).status_code == 200


def test_many_tasks_cost_no_more_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _n in range(4):
        to_verify(cast)
    client = as_(cast, "grid_worker")
    client.get("/pocket/today.json")
    with django_assert_max_num_queries(12):
        assert len(client.get("/pocket/today.json").json()["tasks"]) == 4


# ---- reports


def test_a_report_sent_twice_is_one_order_with_its_photo_and_both_times(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY)
    client = as_(cast, "grid_worker")
    seen = WEDNESDAY - timedelta(hours=3)
    said = {"key": KEY, "description": "健身路径的扶手松了，晃得厉害。", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1],
            "seen": ms(seen), "sent": ms(WEDNESDAY)}  # fmt: skip
    first = client.post("/pocket/report/", {**said, "photos": [picture()]}).json()
    clock.forward(minutes=5)
    again = client.post("/pocket/report/", {**said, "sent": ms(clock.now()), "photos": [picture()]}).json()
    assert not first["repeated"] and again["repeated"]
    assert (again["number"], again["code"]) == (first["number"], first["code"])
    order = WorkOrder.objects.get()
    assert (order.grid_id, order.channel, order.seen_at, order.opened_at) == (
        cast.grid_1.pk,
        "field",
        seen,
        WEDNESDAY,
    )
    assert order.matter.thread.attachments.count() == 1
    page = as_(cast, "clerk").get(f"/desk/{order.pk}/", headers={"Accept": "text/html"}).content.decode()
    assert "现场 11-18 07:00，11-18 10:00 才有信号送到" in page and "看到" in page
    other = client.post("/pocket/report/", {**said, "description": "另一件事，用了同一个编号。"})
    assert other.status_code == 409 and other.json()["error"]["code"] == "key_reused"


def test_two_workers_may_have_made_the_same_key(cast: Cast) -> None:
    said = {"key": KEY, "description": "健身路径的扶手松了，晃得厉害。"}
    numbers = {
        as_(cast, name).post("/pocket/report/", said).json()["number"]
        for name in ("grid_worker", "grid_leader")
    }
    assert len(numbers) == 2


def test_a_clock_two_days_wrong_is_put_right_and_said(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY)
    off = timedelta(days=-2)
    said = {"key": KEY, "description": "健身路径的扶手松了，晃得厉害。", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1],
            "seen": ms(WEDNESDAY - timedelta(hours=1) + off), "sent": ms(WEDNESDAY + off), "offset": str(2 * 86_400_000)}  # fmt: skip
    as_(cast, "grid_worker").post("/pocket/report/", said)
    order = WorkOrder.objects.get()
    assert order.seen_at == WEDNESDAY - timedelta(hours=1)
    page = as_(cast, "clerk").get(f"/desk/{order.pk}/", headers={"Accept": "text/html"}).content.decode()
    assert "手机的时钟慢了 2 天，时间已校正" in page


@pytest.mark.parametrize("odd", ["", "abc", "-1", "99999999999999999999", "²", "nan"])
def test_odd_moments_break_nothing(cast: Cast, odd: str) -> None:
    said = {
        "key": KEY,
        "description": "健身路径的扶手松了，晃得厉害。",
        "seen": odd,
        "sent": odd,
        "offset": odd,
    }
    assert as_(cast, "grid_worker").post("/pocket/report/", said).status_code == 200


def test_an_emergency_is_said_first(cast: Cast) -> None:
    client = as_(cast, "grid_worker")
    said = {"key": KEY, "description": "三楼厨房着火了，有浓烟。"}
    refused = client.post("/pocket/report/", said)
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "emergency"
    assert client.post("/pocket/report/", {**said, "emergency_acknowledged": "on"}).status_code == 200


# ---- steps


def step(order: WorkOrder, verb: str, **more: Any) -> dict[str, Any]:
    return {"key": KEY, "order": order.pk, "verb": verb, "version": order.matter.thread.length, **more}


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


def test_a_step_sent_twice_is_taken_once(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY + timedelta(hours=4))
    order = fresh(to_verify(cast))
    said = step(
        order, "verify", found="yes", text="主管道堵了，要疏通。", seen=ms(WEDNESDAY), sent=ms(clock.now())
    )
    client = as_(cast, "grid_worker")
    first = client.post("/pocket/step/", {**said, "photos": [picture()]}).json()
    again = client.post("/pocket/step/", {**said, "photos": [picture()]}).json()
    assert (first["repeated"], again["repeated"], first["version"]) == (False, True, again["version"])
    assert fresh(order).matter.thread.entries.filter(verb="workorders.verify").count() == 1
    row = Delivery.objects.get()
    assert (row.done_at, row.arrived_at, row.position) == (WEDNESDAY, clock.now(), first["version"])
    page = as_(cast, "clerk").get(f"/desk/{order.pk}/", headers={"Accept": "text/html"}).content.decode()
    assert "现场 11-18 10:00，11-18 14:00 才有信号送到" in page
    other = client.post("/pocket/step/", {**said, "text": "别的话"})
    assert other.status_code == 409 and other.json()["error"]["code"] == "key_reused"


def test_the_first_result_is_told_even_where_the_order_has_gone_elsewhere(cast: Cast) -> None:
    order = fresh(bring(cast, "assigned"))
    client = as_(cast, "road_worker")
    assert client.post("/pocket/step/", step(order, "accept")).status_code == 200
    WorkOrder.objects.filter(pk=order.pk).update(unit_id=cast.gardens.pk, joint=[])
    again = client.post("/pocket/step/", step(order, "accept"))
    assert again.status_code == 200 and again.json() == {
        "number": order.number,
        "order": order.pk,
        "version": again.json()["version"],
        "repeated": True,
    }


def test_what_somebody_else_did_is_told_and_the_worker_decides(cast: Cast) -> None:
    order = fresh(bring(cast, "in_hand"))
    said = step(order, "answer", text="已疏通并冲洗路面。", why="电话里说不用到场。")
    with acting(cast.road_head):
        handling.note(order.pk, text="先别答复，园林那边还要挖开。", by=cast.road_head, at=WEDNESDAY)
    client = as_(cast, "road_worker")
    refused = client.post("/pocket/step/", said)
    body = refused.json()
    assert refused.status_code == 409 and body["error"]["code"] == "someone_was_quicker"
    assert [one["text"] for one in body["changes"]] == ["先别答复，园林那边还要挖开。"]
    assert body["possible"] and body["may_note"] and Delivery.objects.count() == 0
    assert fresh(order).state == "in_hand"
    assert client.post("/pocket/step/", {**said, "version": body["version"]}).status_code == 200
    assert fresh(order).state == "answered"


def test_a_step_no_longer_possible_says_so(cast: Cast) -> None:
    order = fresh(bring(cast, "in_hand"))
    said = step(order, "answer", text="已疏通并冲洗路面。", why="电话里说不用到场。")
    act(cast, "answer", order.pk, by=cast.road_head, at=WEDNESDAY)
    body = as_(cast, "road_worker").post("/pocket/step/", said).json()
    assert not body["possible"] and body["may_note"]
    noted = as_(cast, "road_worker").post(
        "/pocket/step/", {"key": KEY, "order": order.pk, "verb": "note", "text": said["text"]}
    )
    assert noted.status_code == 200


def test_what_the_platform_or_they_themselves_did_is_no_conflict(cast: Cast) -> None:
    order = fresh(bring(cast, "assigned"))
    client = as_(cast, "road_worker")
    assert client.post("/pocket/step/", step(order, "accept")).status_code == 200
    from gongzhi.journal import actions as journal
    from gongzhi.kit.acting import Actor
    from gongzhi.workorders.actions.steps import say

    journal.write(fresh(order).matter.thread, [say("reminded", detail={"promise": "answer", "mark": 50})],
                  by=Actor.for_service("reminders"), at=WEDNESDAY)  # fmt: skip
    said = step(order, "answer", text="已疏通并冲洗路面。", why="电话里说不用到场。") | {"key": KEY + "-2"}
    assert client.post("/pocket/step/", said).status_code == 200


def test_only_steps_for_the_field_and_only_theirs(cast: Cast) -> None:
    order = fresh(bring(cast, "assigned"))
    assert (
        as_(cast, "road_worker")
        .post("/pocket/step/", step(order, "ask_return", reason="不归我们"))
        .status_code
        == 404
    )
    assert as_(cast, "clerk").post("/pocket/step/", step(order, "accept")).status_code == 403
    assert as_(cast, "far_grid_worker").post("/pocket/step/", step(order, "accept")).status_code == 404
    assert (
        as_(cast, "road_worker").post("/pocket/step/", {**step(order, "accept"), "key": "x"}).status_code
        == 400
    )
    assert Delivery.objects.count() == 0


def test_what_may_be_delivered_is_what_a_form_asks() -> None:
    from gongzhi.workorders.staff_steps import STEPS

    for verb, (_action, names) in delivering.STEPS.items():
        asked = {"pictures" if name == "photos" else name for name in STEPS[verb].form.base_fields}
        assert set(names) == asked, verb
