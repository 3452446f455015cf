"""Calls after the answer, what merged reporters say of it, and promises that survive a detour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.models import Link
from gongzhi.workorders import queries
from gongzhi.workorders.models import Rating, Visit, WorkOrder
from gongzhi.workorders.queries import Filters, list_orders, scopes
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(hours=1)
MUCH_LATER = WEDNESDAY + timedelta(days=20)


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


def test_who_is_reached_rates_by_telephone_and_it_is_marked_so(cast: Cast) -> None:
    order = bring(cast, "released")
    act(cast, "visit", order.pk, at=LATER, solved=False, satisfied=2, text="水还是排得慢")
    row = fresh(order)
    assert (row.state, row.solved, row.satisfied, running(order.pk)) == ("closed", False, 2, {})
    rating = Rating.objects.get(order=order)
    assert (rating.by_visit, rating.satisfied, rating.unit_id) == (True, 2, order.unit_id)
    said = order.matter.thread.entries.order_by("-position")[0]
    assert (said.verb, said.audience, said.text) == ("workorders.visit", "parties", "水还是排得慢")
    with undone(), pytest.raises(Conflict):
        act(cast, "rate", order.pk, at=LATER)
    act(cast, "reopen", order.pk, by=cast.clerk, at=LATER)
    assert "rework" in running(order.pk)


def test_who_is_not_reached_stays_on_the_list(cast: Cast) -> None:
    order = bring(cast, "released")
    for attempt in (1, 2):
        act(
            cast,
            "visit",
            order.pk,
            at=LATER + attempt * timedelta(hours=1),
            reached=False,
            solved=None,
            satisfied=None,
        )
        row = fresh(order)
        assert (row.state, row.to_visit, set(running(order.pk))) == ("released", True, {"rate"})
        assert row.matter.thread.entries.order_by("-position")[0].detail == {
            "reached": False,
            "attempt": attempt,
        }
    scope = scopes(cast.clerk)[0]
    found = list_orders(scope, Filters(status="all", visit=True), by=cast.clerk, now=LATER).orders
    assert [row.pk for row in found] == [order.pk]
    act(cast, "visit", order.pk, at=MUCH_LATER)
    assert (fresh(order).to_visit, fresh(order).state, Visit.objects.filter(order=order).count()) == (
        False,
        "closed",
        3,
    )


def test_what_residents_said_themselves_counts(cast: Cast) -> None:
    order = bring(cast, "released")
    act(cast, "confirm", order.pk, at=LATER, satisfied=5)
    act(cast, "visit", order.pk, at=MUCH_LATER, solved=False, satisfied=1)
    assert (fresh(order).satisfied, Rating.objects.get(order=order).by_visit) == (5, False)
    assert Visit.objects.get(order=order).satisfied == 1


def test_the_list_of_visits_is_entered_and_left(cast: Cast) -> None:
    order = bring(cast, "closed")
    act(cast, "plan_visit", order.pk, at=LATER)
    assert fresh(order).to_visit
    with undone(), pytest.raises(Conflict):
        act(cast, "plan_visit", order.pk, at=LATER)
    act(cast, "drop_visit", order.pk, at=LATER)
    assert not fresh(order).to_visit


def test_who_handled_it_does_not_call(cast: Cast) -> None:
    order = bring(cast, "closed")
    WorkOrder.objects.filter(pk=order.pk).update(answered_by=cast.accounts["clerk"])
    with undone(), pytest.raises(Forbidden):
        act(cast, "visit", order.pk, at=LATER)
    act(cast, "visit", order.pk, by=cast.other_clerk, at=LATER)


@pytest.mark.parametrize("missing", ["solved", "satisfied"])
def test_reached_needs_both_answers(cast: Cast, missing: str) -> None:
    order = bring(cast, "released")
    with pytest.raises(Invalid) as refused:
        act(cast, "visit", order.pk, at=LATER, **{missing: None})
    assert missing in refused.value.fields


def joined(cast: Cast) -> tuple[WorkOrder, WorkOrder]:
    """A report merged into a neighbour's, which the roads are handling."""
    order, main = bring(cast, "assigned"), report_drain(cast, by=cast.neighbour).order
    act(cast, "merge", order.pk, into_id=main.pk, at=LATER)
    act(cast, "accept", main.pk, at=LATER)
    return fresh(order), main


def test_a_merged_reporter_rates_the_answer_to_both_once_there_is_one(cast: Cast) -> None:
    order, main = joined(cast)
    with undone(), pytest.raises(Conflict) as refused:
        act(cast, "rate", order.pk, at=LATER)
    assert refused.value.code == "not_answered_yet"
    for verb in ("answer", "pass_check"):
        act(cast, verb, main.pk, at=LATER)
    act(cast, "rate", order.pk, at=LATER, solved=True, satisfied=4)
    assert fresh(order).state == "merged"
    assert Rating.objects.get(order=order).unit_id == cast.roads.pk
    with pytest.raises(Conflict):
        act(cast, "rate", order.pk, at=LATER)


def test_a_merged_reporter_who_disputes_stands_alone_before_the_clerk(cast: Cast) -> None:
    order, main = joined(cast)
    promised = running(order.pk)["answer"].due_at
    with undone(), pytest.raises(Conflict):
        act(cast, "dispute", order.pk, at=LATER)
    for verb in ("answer", "pass_check"):
        act(cast, verb, main.pk, at=LATER)
    with undone(), pytest.raises(Forbidden):
        act(cast, "dispute", main.pk, by=cast.resident, at=LATER)
    act(cast, "dispute", order.pk, at=MUCH_LATER, reason="我家门口还是堵的")
    row = fresh(order)
    assert (row.state, row.open, row.reopened, fresh(main).state) == ("triage", True, 1, "released")
    clocks = running(order.pk)
    assert set(clocks) == {"answer", "dispatch"} and clocks["answer"].due_at > promised, "it had stood still"
    assert not Link.objects.filter(origin_id=order.pk, ended_at=None).exists()
    assert main.matter.thread.entries.order_by("-position")[0].verb == "workorders.release"
    assert queries.get_order(order.pk, by=cast.clerk).state == "triage"


@pytest.mark.parametrize(("verb", "state"), [("decline", "triage"), ("withdraw", "assigned")])
def test_no_detour_buys_time(cast: Cast, verb: str, state: str) -> None:
    order = bring(cast, state)
    before = running(order.pk)["answer"]
    act(cast, verb, order.pk, at=WEDNESDAY + timedelta(minutes=20))
    assert list(running(order.pk)) == ["answer"] and running(order.pk)["answer"].paused_at
    assert fresh(order).next_due_at is None
    act(cast, "reopen", order.pk, at=WEDNESDAY + timedelta(minutes=20))
    after = running(order.pk)
    assert set(after) == {"answer", "dispatch"}
    assert (after["answer"].pk, after["answer"].due_at) == (before.pk, before.due_at)


def test_what_was_declined_before_promises_stood_still_gets_a_new_one(cast: Cast) -> None:
    order = bring(cast, "declined")
    row = running(order.pk)["answer"]
    row.paused_at, row.cancelled_at = None, LATER
    row.save()
    act(cast, "reopen", order.pk, at=LATER)
    assert "answer" in running(order.pk)
