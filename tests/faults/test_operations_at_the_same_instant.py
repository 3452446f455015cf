"""Every operation of an order twice at the same instant: one of the two succeeds, the other gets one clear 409."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.workorders.models import Outside, Request, WorkOrder
from tests.cast import WEDNESDAY, Cast, settle
from tests.faults.test_at_the_same_instant import together
from tests.stage import OUTSIDE, act, bring, made_possible

pytestmark = pytest.mark.django_db(transaction=True)

LATER = WEDNESDAY + timedelta(minutes=30)
Two = Callable[[Cast], tuple[Actor, Actor]]


def _unit(cast: Cast) -> tuple[Actor, Actor]:
    return cast.road_worker, cast.road_head


def _clerks(cast: Cast) -> tuple[Actor, Actor]:
    return cast.clerk, cast.other_clerk


def _above(cast: Cast) -> tuple[Actor, Actor]:
    return cast.clerk, cast.leader


#: verb → the state it is taken in, and who takes it at the same instant.
TWICE: dict[str, tuple[str, Two]] = {
    "ask_return": ("assigned", _unit), "grant_return": ("assigned", _clerks), "refuse_return": ("assigned", _clerks),
    "ask_extension": ("in_hand", _unit), "grant_extension": ("in_hand", _above),
    "refuse_extension": ("in_hand", _above), "ask_suspension": ("in_hand", _unit),
    "grant_suspension": ("in_hand", _above), "refuse_suspension": ("in_hand", _above),
    "resume_work": ("suspended", lambda cast: (cast.road_worker, cast.clerk)),
    "ask_void": ("triage", _clerks), "grant_void": ("assigned", _above), "refuse_void": ("assigned", _above),
    "restore": ("voided", _clerks), "ask_verify": ("triage", _clerks),
    "verify": ("verifying", lambda cast: (cast.grid_worker, cast.grid_leader)), "take_back": ("verifying", _clerks),
    "forward": ("assigned", _clerks), "renew": ("outside", _clerks),
    "recall": ("outside", lambda cast: (cast.clerk, cast.road_worker)),
    "urge": ("assigned", _above), "supervise": ("assigned", _above),
    "remark": ("assigned", lambda cast: (cast.leader, cast.leader)), "report_back": ("in_hand", _unit),
    "lift": ("in_hand", _above),
    "withdraw_request": ("in_hand", lambda cast: (cast.other_clerk, cast.other_clerk)),
}  # fmt: skip


def test_two_people_at_once_get_one_success_and_one_conflict() -> None:
    cast = settle()
    for verb, (state, two) in TWICE.items():
        order = bring(cast, state)
        made_possible(cast, verb, order.pk, at=LATER)
        seen = WorkOrder.objects.select_related("matter__thread").get(pk=order.pk).matter.thread.length
        results = together(
            *[
                lambda by=by, verb=verb, pk=order.pk, seen=seen: act(
                    cast, verb, pk, by=by, at=LATER, seen=seen
                )
                for by in two(cast)
            ]
        )
        one_of_two(verb, order.pk, results)


def one_of_two(verb: str, order_id: int, results: list[Any]) -> None:
    won = [result for result in results if isinstance(result, WorkOrder)]
    lost = [result for result in results if isinstance(result, Conflict)]
    assert (len(won), len(lost)) == (1, 1), (verb, results)
    assert (lost[0].status, lost[0].code) == (409, "someone_was_quicker"), verb
    thread = won[0].matter.thread
    assert thread.entries.filter(verb=f"workorders.{verb}").count() == 1, verb
    assert holds(order_id).ok, verb


def test_without_a_version_the_second_decision_is_refused_all_the_same() -> None:
    cast = settle()
    for verb, other in (("grant_extension", "refuse_extension"), ("grant_void", "refuse_void")):
        order = bring(cast, "in_hand")
        made_possible(cast, verb, order.pk, at=LATER)
        results = together(
            lambda verb=verb, pk=order.pk: act(cast, verb, pk, by=cast.clerk, at=LATER),
            lambda other=other, pk=order.pk: act(cast, other, pk, by=cast.leader, at=LATER),
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "WorkOrder"], (
            verb,
            results,
        )
        assert Request.objects.get(order_id=order.pk).state in ("granted", "refused")
        assert holds(order.pk).ok


def test_a_link_answers_once() -> None:
    cast = settle()
    order = bring(cast, "outside")
    results = together(*[lambda: act(cast, "respond", order.pk, by=OUTSIDE, at=LATER)] * 3)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "WorkOrder"], (
        results
    )
    assert Outside.objects.filter(order_id=order.pk).exclude(answered_at=None).count() == 1


def test_a_link_answered_while_it_is_recalled_ends_one_way() -> None:
    cast = settle()
    order = bring(cast, "outside")
    clerk = cast.clerk
    results = together(
        lambda: act(cast, "respond", order.pk, by=OUTSIDE, at=LATER),
        lambda: act(cast, "recall", order.pk, by=clerk, at=LATER),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "WorkOrder"], results
    row = Outside.objects.get(order_id=order.pk)
    assert (row.answered_at is None) != (row.recalled_at is None)


def test_a_request_and_the_step_that_overtakes_it_never_leave_a_loose_end() -> None:
    cast = settle()
    order = bring(cast, "in_hand")
    act(cast, "ask_extension", order.pk, at=LATER)
    worker, clerk = cast.road_worker, cast.clerk
    together(
        lambda: act(cast, "answer", order.pk, by=worker, at=LATER),
        lambda: act(cast, "grant_extension", order.pk, by=clerk, at=LATER),
    )
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.state, fresh.asked) == ("answered", "")
    assert Request.objects.get(order_id=order.pk).state in ("granted", "overtaken")
