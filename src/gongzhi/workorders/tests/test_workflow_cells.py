"""Every cell of the table of states and steps, allowed and forbidden, through the real actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.matters import clocks
from gongzhi.matters.models import Matter
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import STATES, WORKFLOW
from tests.cast import WEDNESDAY, Cast
from tests.stage import (
    ACTIONS,
    OUTSIDE,
    RIGHT_PERSON,
    act,
    bring,
    cast,
    everything,
    made_possible,
    neighbourhood,
    running,
    undone,
    who,
)

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)
CELLS = list(WORKFLOW.cells())


def attempt(cast: Cast, order: WorkOrder, verb: str) -> WorkOrder:
    """The real action; for dispatch, which picks its verb by the state, the step itself where they differ."""
    if verb in ("dispatch", "redispatch") and (verb == "dispatch") != (order.state == "triage"):
        with transaction.atomic():
            row = locked(order.pk, by=cast.clerk)
            take(row, verb, by=cast.clerk, at=LATER)
        return row
    if verb == "respond":  # there is no link to come by
        with transaction.atomic():
            row = locked(order.pk, by=OUTSIDE)
            take(row, verb, by=OUTSIDE, at=LATER)
        return row
    return act(cast, verb, order.pk, at=LATER)


def sent_back(cast: Cast, state: str) -> WorkOrder:
    """An order in triage (or what follows it) that a unit had before, so that its people still see it."""
    order = bring(cast, "assigned")
    act(cast, "ask_return", order.pk, at=WEDNESDAY + timedelta(minutes=4))
    act(cast, "grant_return", order.pk, at=WEDNESDAY + timedelta(minutes=5))
    if state != "triage":
        act(
            cast,
            {"declined": "decline", "verifying": "ask_verify"}[state],
            order.pk,
            at=WEDNESDAY + timedelta(minutes=6),
        )
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


def test_every_step_has_an_action_and_a_right_person() -> None:
    assert set(ACTIONS) == set(RIGHT_PERSON) == set(WORKFLOW.verbs)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_each_allowed_step_leads_where_the_table_says(cast: Cast, state: str) -> None:
    order = bring(cast, state)
    for here, verb, target in CELLS:
        if here != state or target is None:
            continue
        with undone():
            made_possible(cast, verb, order.pk, at=LATER)
            before = len(everything(order.pk)["entries"])
            act(cast, verb, order.pk, at=LATER)
            row = WorkOrder.objects.get(pk=order.pk)
            wanted = "assigned" if verb == "unmerge" else target  # back to where it was merged
            assert row.state == wanted, (state, verb)
            written = everything(order.pk)["entries"][before:]
            assert written and written[0][1] == f"workorders.{verb}", (state, verb)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_each_forbidden_step_is_a_conflict_and_leaves_no_trace(cast: Cast, state: str) -> None:
    order = sent_back(cast, state) if state in ("triage", "declined", "verifying") else bring(cast, state)
    WorkOrder.objects.filter(pk=order.pk).update(joint=[cast.gardens.pk])  # so that they see it
    before = everything(order.pk)
    for here, verb, target in CELLS:
        if here != state or target is not None:
            continue
        with undone():
            with pytest.raises(Conflict) as refused:
                attempt(cast, order, verb)
            assert (refused.value.status, refused.value.code) == (409, "step_not_allowed"), (state, verb)
            assert everything(order.pk) == before, (state, verb)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_the_row_of_the_list_mirrors_the_matter_after_every_step(cast: Cast, state: str) -> None:
    order = bring(cast, state)
    for here, verb, target in CELLS:
        if here != state or target is None:
            continue
        with undone():
            made_possible(cast, verb, order.pk, at=LATER)
            act(cast, verb, order.pk, at=LATER)
            row, matter = WorkOrder.objects.get(pk=order.pk), Matter.objects.get(pk=order.pk)
            assert (row.state, row.closed_at, row.next_due_at) == (
                matter.state,
                matter.closed_at,
                matter.next_due_at,
            ), verb
            assert (row.number, row.title, row.opened_at) == (matter.number, matter.title, matter.opened_at)
            assert row.unit_id == matter.answerable_id, verb
            assert matter.division_id == (row.building_id or row.grid_id or row.community_id or row.street_id)
            assert row.open == WORKFLOW.states[row.state].open
            assert matter.next_due_at == clocks.nearest(running(order.pk).values()), verb
            answer = [d.due_at for p, d in running(order.pk).items() if p in ("answer", "rework")]
            assert not answer or row.answer_due_at == min(answer), verb


def test_a_closed_order_owes_nothing(cast: Cast) -> None:
    closed = bring(cast, "closed")
    assert (running(closed.pk), closed.next_due_at) == ({}, None)
    for state in ("declined", "withdrawn", "voided", "merged"):  # they may be opened again: no promise runs
        order = bring(cast, state)
        assert all(deadline.paused_at for deadline in running(order.pk).values()), state
        assert order.next_due_at is None


def test_a_step_that_asks_for_words_is_not_taken_without_them(cast: Cast) -> None:
    from gongzhi.kit.errors import Invalid

    empty: dict[str, tuple[str, dict[str, object]]] = {
        "ask_return": ("assigned", {"reason": " "}),
        "ask_extension": ("in_hand", {"reason": ""}),
        "ask_suspension": ("in_hand", {"until": WEDNESDAY.date() - timedelta(days=1)}),
        "ask_void": ("assigned", {"reason": ""}),
        "refuse_return": ("assigned", {"words": " "}),
        "refuse_extension": ("in_hand", {"words": ""}),
        "refuse_suspension": ("in_hand", {"words": ""}),
        "refuse_void": ("triage", {"words": ""}),
        "ask_verify": ("triage", {"question": ""}),
        "verify": ("verifying", {"text": ""}),
        "forward": ("assigned", {"body": " "}),
        "respond": ("outside", {"text": ""}),
        "renew": ("outside", {"until": WEDNESDAY.date() - timedelta(days=1)}),
        "supervise": ("assigned", {"level": "purple"}),
        "hand_to_police": ("assigned", {"text": "请打 13800138000"}),
        "taken_by_police": ("with_police", {"receipt": " "}),
        "returned_by_police": ("with_police", {"reason": ""}),
        "remark": ("assigned", {"text": ""}),
        "report_back": ("assigned", {"text": ""}),
        "redispatch": ("assigned", {"note": ""}),
        "ask_resident": ("in_hand", {"question": ""}),
        "supply": ("waiting", {"text": "\n"}),
        "answer": ("in_hand", {"text": "好"}),
        "split": ("assigned", {"parts": []}),
        "sign_off": ("in_hand", {"text": ""}),
        "visit": ("released", {"satisfied": None}),
        "fail_check": ("answered", {"reason": ""}),
        "dispute": ("released", {"reason": ""}),
        "confirm": ("released", {"satisfied": 6}),
        "decline": ("triage", {"reason": ""}),
        "note": ("assigned", {"text": "x" * 5001}),
        "recategorise": ("assigned", {"category_id": 0}),
        "relocate": ("assigned", {"lon": None, "lat": None}),
        "assign": ("assigned", {"handler_id": cast.accounts["gardener"].pk}),
        "dispatch": ("triage", {"unit_id": 0}),
    }
    for verb, (state, words) in empty.items():
        with undone():
            order = bring(cast, state)
            made_possible(cast, verb, order.pk, at=LATER)
            before = everything(order.pk)
            with pytest.raises(Invalid):
                act(cast, verb, order.pk, at=LATER, **words)
            assert everything(order.pk) == before, verb


def test_an_old_page_gets_one_clear_conflict(cast: Cast) -> None:
    order = bring(cast, "assigned")
    seen = order.matter.thread.length
    act(cast, "accept", order.pk, at=LATER, seen=seen)
    stepping: list[tuple[str, Callable[[], Actor]]] = [
        ("ask_return", lambda: cast.road_head),
        ("note", lambda: cast.clerk),
        ("recategorise", lambda: cast.clerk),
    ]
    for verb, by in stepping:
        with undone(), pytest.raises(Conflict) as refused:
            act(cast, verb, order.pk, by=by(), at=LATER, seen=seen)
        assert refused.value.code == "someone_was_quicker"
    assert who(cast, "news").service == "news"
