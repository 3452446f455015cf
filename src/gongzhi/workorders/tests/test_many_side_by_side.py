"""Two people at the same instant: one success, one clear refusal, and no deadlock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict
from gongzhi.matters.tests.test_side_by_side import together
from gongzhi.workorders import jobs
from gongzhi.workorders.actions import batching, merging, splitting
from gongzhi.workorders.batch_steps import STEPS
from gongzhi.workorders.models import BatchItem, WorkOrder
from tests.cast import WEDNESDAY, settle
from tests.stage import act, bring, made_possible, report_drain

pytestmark = pytest.mark.django_db(transaction=True)

LATER = WEDNESDAY + timedelta(minutes=30)


def taken(cast: Any, verb: str, order_id: int, by: Any, **said: Any) -> Callable[[], str]:
    def take() -> str:
        with acting(by):
            act(cast, verb, order_id, by=by, at=LATER, **said)
        return "done"

    return take


#: verb → (state, the two who try it)
PAIRS = {
    "split": ("in_hand", ("clerk", "road_worker")),
    "rejoin": ("in_hand", ("clerk", "road_worker")),
    "sign_off": ("in_hand", ("gardener", "gardener")),
    "visit": ("released", ("clerk", "other_clerk")),
    "plan_visit": ("closed", ("clerk", "other_clerk")),
    "drop_visit": ("closed", ("clerk", "other_clerk")),
}


def test_for_each_step_one_succeeds_and_one_is_refused() -> None:
    cast = settle()
    for verb, (state, (one, two)) in PAIRS.items():
        order = bring(cast, state)
        made_possible(cast, verb, order.pk, at=LATER)
        seen = WorkOrder.objects.select_related("matter__thread").get(pk=order.pk).matter.thread.length
        found = together(*(taken(cast, verb, order.pk, cast.person(name), seen=seen) for name in (one, two)))
        assert found.count("done") == 1, (verb, found)
        assert sum(isinstance(row, Conflict) and row.status == 409 for row in found) == 1, (verb, found)
    # a merged reporter disputes in two windows, while the clerk takes the merge back
    order, main = bring(cast, "assigned"), report_drain(cast, by=cast.neighbour).order
    merging.merge(order.pk, into_id=main.pk, by=cast.clerk, at=LATER)
    for verb in ("accept", "answer", "pass_check"):
        act(cast, verb, main.pk, at=LATER)
    found = together(
        taken(cast, "dispute", order.pk, cast.resident), taken(cast, "dispute", order.pk, cast.resident),
        taken(cast, "unmerge", order.pk, cast.clerk),
    )  # fmt: skip
    assert found.count("done") == 1 and sum(isinstance(row, Conflict) for row in found) == 2, found
    # a part passes its check while somebody takes the split back
    order = bring(cast, "in_hand")
    act(cast, "split", order.pk, at=LATER)
    part = splitting.parts_of(order.pk)[0]
    if part.unit_id is None:
        act(cast, "dispatch", part.pk, at=LATER)
    WorkOrder.objects.filter(pk=part.pk).update(unit=cast.roads)
    for verb in ("accept", "answer"):
        act(cast, verb, part.pk, at=LATER)
    found = together(
        taken(cast, "pass_check", part.pk, cast.checker), taken(cast, "rejoin", order.pk, cast.clerk)
    )
    assert found[0] == "done" and isinstance(found[1], Conflict) and found[1].code == "parts_begun", found
    _one_batch_in_two_workers(cast)


def _one_batch_in_two_workers(cast: Any) -> None:
    orders = [report_drain(cast, at=WEDNESDAY + timedelta(minutes=n)).order for n in range(6)]
    who = cast.clerk
    key = uuid.uuid4()

    def send() -> int:
        with acting(who):
            rows = [(row.pk, None) for row in orders]
            return batching.send(key, STEPS["note"], {"text": "都看过了"}, rows, by=who, at=LATER).pk

    first, second = together(send, send)
    assert first == second
    tried = together(lambda: jobs.run_batch(first), lambda: jobs.run_batch(first))
    assert sum(tried) == 6
    assert BatchItem.objects.filter(batch_id=first, state="done").count() == 6
    for row in orders:
        assert row.matter.thread.entries.filter(text="都看过了").count() == 1
