"""One step for many orders: what is shown before, what happened to each, once for each form."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock as watch
from gongzhi.people.actor import person_for
from gongzhi.workorders import jobs
from gongzhi.workorders.actions import batching, handling
from gongzhi.workorders.batch_steps import STEPS, offered
from gongzhi.workorders.models import Batch, BatchItem, WorkOrder
from gongzhi.workorders.tests.staff_scene import LAMP_NOWHERE, in_state, reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


@pytest.fixture(autouse=True)
def deferred(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Batches that were handed to the background, in their order."""
    found: list[int] = []
    monkeypatch.setattr(jobs.run_batch, "defer", lambda batch_id: found.append(batch_id))
    return found


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)


def preview(client: Client, step: str, *orders: WorkOrder) -> str:
    answer = client.post(
        "/desk/batch/", {"step": step, "order": [row.pk for row in orders], "back": "?status=late"}
    )
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def sending(page: str, **values: Any) -> dict[str, Any]:
    names = ("step", "key", "back", "go")
    return {n: hidden(page, n)[0] for n in names} | {n: hidden(page, n) for n in ("order", "seen")} | values


def test_what_will_be_done_is_shown_then_done_and_told_one_by_one(cast: Cast, deferred: list[int]) -> None:
    orders = [reported(cast), reported(cast, by=cast.neighbour), in_state(cast, "answered")]
    worker = as_(cast, "road_worker")
    page = preview(worker, "accept", *orders)
    assert "签收 · 2 件" in page and "另外 1 件办不了这一步" in page and "现在是“待核查”" in page
    assert WorkOrder.objects.filter(state="assigned").count() == 2, "looking changes nothing"
    said = sending(page)
    # somebody is quicker with one of them
    handling.note(orders[1].pk, text="已经打过电话", by=cast.clerk, at=watch.now())
    answer = worker.post("/desk/batch/", said)
    assert answer.status_code == 302
    again = worker.post("/desk/batch/", said)
    assert again.headers["Location"] == answer.headers["Location"] and Batch.objects.count() == 1, "sent once"
    assert len(deferred) == 1
    waiting = worker.get(answer.headers["Location"]).content.decode()
    assert "正在办：0 / 2 件" in waiting and "hx-trigger" in waiting
    assert jobs.run_batch(deferred[0]) == 2
    told = worker.get(answer.headers["Location"]).content.decode()
    assert "办好了 1 件，有 1 件没有办成" in told and "有人先处理了这件事" in told
    assert "hx-trigger" not in told and "?status=late" in told
    states = [WorkOrder.objects.get(pk=order.pk).state for order in orders]
    assert states == ["in_hand", "assigned", "answered"]
    assert jobs.run_batch(deferred[0]) == 0, "safe to run twice"
    worker.post("/desk/batch/", said)
    assert Batch.objects.count() == 1
    assert as_(cast, "clerk").get(answer.headers["Location"]).status_code == 404, "one's own batches only"


#: step → (who, what its form is given)
EACH: dict[str, tuple[str, dict[str, Any]]] = {
    "dispatch": ("clerk", {"note": "请今天去看"}),
    "accept": ("road_worker", {}),
    "urge": ("leader", {"text": "请快一点"}),
    "supervise": ("leader", {"level": "orange", "text": "两天内办好"}),
    "note": ("grid_worker", {"text": "现场都看过了"}),
    "merge": ("clerk", {}),
    "visit": ("clerk", {}),
}


@pytest.mark.parametrize("code", STEPS)
def test_each_step_for_many(cast: Cast, deferred: list[int], code: str) -> None:
    who, values = EACH[code]
    if code == "visit":
        orders = [in_state(cast, "answered") for _each in range(2)]
        for order in orders:
            handling.pass_check(order.pk, by=cast.checker, at=watch.now())
    else:
        orders = [reported(cast), reported(cast, by=cast.neighbour)]
    client = as_(cast, who)
    page = preview(client, code, *orders)
    if code == "dispatch":
        values |= {"unit": cast.gardens.pk}
    if code == "merge":
        values |= {"into": orders[0].pk}
    answer = client.post("/desk/batch/", sending(page, **values))
    assert answer.status_code == 302, answer.content.decode()
    jobs.run_batch(deferred[-1])
    batch = Batch.objects.get()
    assert batch.said == {} and batch.done_at is not None, "the words now stand in the orders"
    assert set(batch.items.values_list("state", flat=True)) == {"done"}, list(batch.items.values("sentence"))
    assert batch.items.count() == (1 if code == "merge" else 2)
    rows = list(WorkOrder.objects.filter(pk__in=[order.pk for order in orders]).order_by("pk"))
    checks = {
        "dispatch": lambda row: row.unit_id == cast.gardens.pk,
        "accept": lambda row: row.state == "in_hand",
        "urge": lambda row: row.urged == 1,
        "supervise": lambda row: row.supervised == "orange",
        "note": lambda row: row.matter.thread.entries.filter(text="现场都看过了").exists(),
        "merge": lambda row: row.state == ("assigned" if row.pk == orders[0].pk else "merged"),
        "visit": lambda row: row.to_visit,
    }
    assert all(checks[code](row) for row in rows)


def test_a_batch_has_no_rights_of_its_own(cast: Cast, deferred: list[int]) -> None:
    order = reported(cast)
    assert as_(cast, "auditor").post("/desk/batch/", {"step": "urge", "order": order.pk}).status_code == 400
    assert (
        as_(cast, "gardener").post("/desk/batch/", {"step": "accept", "order": order.pk}).status_code == 404
    )
    assert (
        as_(cast, "resident").post("/desk/batch/", {"step": "accept", "order": order.pk}).status_code == 403
    )
    page = preview(as_(cast, "road_worker"), "note", order)
    said = sending(page, text="看过了")
    as_(cast, "road_worker").post("/desk/batch/", said)
    # the post ends before its turn comes
    cast.accounts["road_worker"].posts.all().delete()
    jobs.run_batch(deferred[-1])
    assert BatchItem.objects.get().state == "refused"
    assert offered(person_for(cast.accounts["auditor"])) == []


def test_whoever_merges_what_is_hardly_one_thing_is_told_so_first(cast: Cast) -> None:
    one, same, elsewhere = reported(cast), reported(cast, by=cast.neighbour), reported(cast)
    clerk = as_(cast, "clerk")
    telling = "这几件不太像同一件事"
    assert telling not in preview(clerk, "merge", one, same)
    WorkOrder.objects.filter(pk=elsewhere.pk).update(community_id=cast.tingtao.pk)
    assert telling in preview(clerk, "merge", one, elsewhere)
    assert telling not in preview(clerk, "urge", one, elsewhere), "urging is for each"


def test_a_form_that_lacks_something_is_shown_again_with_the_choice(cast: Cast, deferred: list[int]) -> None:
    client, order = as_(cast, "leader"), reported(cast)
    page = preview(client, "supervise", order)
    answer = client.post("/desk/batch/", sending(page, level="", text=""))
    assert answer.status_code == 400 and hidden(answer.content.decode(), "order") == [str(order.pk)]
    assert hidden(answer.content.decode(), "key") == hidden(page, "key")
    assert client.post("/desk/batch/", {"step": "supervise"}).status_code == 400
    assert client.post("/desk/batch/", {"step": "fly", "order": order.pk}).status_code == 400
    assert (
        client.post("/desk/batch/", sending(page, key="no key", level="red", text="今天办")).status_code
        == 400
    )
    assert client.get(f"/desk/batch/{uuid.uuid4()}/").status_code == 404
    assert deferred == []


def test_one_that_breaks_does_not_keep_the_others_waiting(
    cast: Cast, deferred: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [reported(cast), reported(cast, LAMP_NOWHERE)]
    person, real = cast.clerk, handling.note

    def breaks(pk: int, **how: Any) -> WorkOrder:
        if pk == orders[0].pk:
            raise ZeroDivisionError
        return real(pk, **how)

    monkeypatch.setattr(handling, "note", breaks)
    batch = batching.send(
        uuid.uuid4(),
        STEPS["note"],
        {"text": "都看过了"},
        [(row.pk, None) for row in orders],
        by=person,
        at=WEDNESDAY,
    )
    assert batching.work(batch.pk, by=person, at=WEDNESDAY) == 2
    assert list(batch.items.order_by("place").values_list("state", flat=True)) == ["refused", "done"]


def test_the_queue_has_boxes_for_those_who_can_use_them(cast: Cast) -> None:
    order = reported(cast)
    page = as_(cast, "clerk").get("/desk/").content.decode()
    assert f'form="batch" value="{order.pk}"' in page and 'id="batch"' in page
    assert 'class="check queue__tick"' not in as_(cast, "auditor").get("/desk/").content.decode()
