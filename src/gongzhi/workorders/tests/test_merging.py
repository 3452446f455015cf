"""Reports about the same thing: merged with one key, and taken back as if nothing had been."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Link, Reminder
from gongzhi.workorders import queries
from gongzhi.workorders.actions import merging
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import standing
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bearer, bring, cast, everything, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(hours=1)
MUCH_LATER = WEDNESDAY + timedelta(days=1, hours=1)


def main_of(cast: Cast) -> WorkOrder:
    """The order that others are merged into."""
    return report_drain(cast, by=cast.neighbour).order


def merged(cast: Cast, order: WorkOrder, main: WorkOrder) -> None:
    merging.merge(order.pk, into_id=main.pk, by=cast.clerk, at=LATER)


@pytest.mark.parametrize("state", ["triage", "assigned", "in_hand", "waiting"])
def test_taking_a_merge_back_restores_state_and_clocks(cast: Cast, state: str) -> None:
    order, main = bring(cast, state), main_of(cast)
    clocks = running(order.pk)
    with undone():  # an instant later: every clock stands where it stood
        merged(cast, order, main)
        assert all(deadline.paused_at for deadline in running(order.pk).values())
        merging.unmerge(order.pk, by=cast.clerk, at=LATER)
        row = WorkOrder.objects.get(pk=order.pk)
        assert (row.state, row.open, row.closed_at, row.next_due_at) == (state, True, None, order.next_due_at)
        after = running(order.pk)
        assert {p: (d.starts_at, d.due_at, d.paused_at, d.mark) for p, d in after.items()} == {
            p: (d.starts_at, d.due_at, d.paused_at, d.mark) for p, d in clocks.items()
        }
    merged(cast, order, main)  # a day later: exactly the time that was left is left again
    merging.unmerge(order.pk, by=cast.clerk, at=MUCH_LATER)
    for promise, deadline in running(order.pk).items():
        if clocks[promise].paused_at:
            assert deadline.paused_at == clocks[promise].paused_at, "its own pause goes on"
            assert deadline.due_at == clocks[promise].due_at
        else:
            assert deadline.due_at > clocks[promise].due_at
            assert len(deadline.pauses) == len(clocks[promise].pauses) + 1


def test_a_waiting_order_taken_back_still_waits_for_its_resident(cast: Cast) -> None:
    order, main = bring(cast, "waiting"), main_of(cast)
    merged(cast, order, main)
    merging.unmerge(order.pk, by=cast.clerk, at=MUCH_LATER)
    assert running(order.pk)["answer"].paused_at is not None
    act(cast, "supply", order.pk, at=MUCH_LATER + timedelta(minutes=1))
    assert running(order.pk)["answer"].paused_at is None
    assert set(running(order.pk)) == {"answer"}


def test_while_merged_nobody_is_reminded_of_it(cast: Cast) -> None:
    order, main = bring(cast, "assigned"), main_of(cast)
    merged(cast, order, main)
    at = WEDNESDAY + timedelta(days=20)
    with stopped(at):
        remind(by=Actor.for_service("sweep"), at=at)
    assert not Reminder.objects.filter(matter_id=order.pk).exists()
    assert Reminder.objects.filter(matter_id=main.pk).exists()


def test_both_records_say_what_happened(cast: Cast) -> None:
    order, main = bring(cast, "in_hand"), main_of(cast)
    merged(cast, order, main)
    merging.unmerge(order.pk, by=cast.clerk, at=MUCH_LATER)
    mine = [verb for _position, verb, _text in everything(order.pk)["entries"]]
    theirs = [verb for _position, verb, _text in everything(main.pk)["entries"]]
    assert mine[-2:] == ["workorders.merge", "workorders.unmerge"]
    assert theirs[-2:] == ["workorders.absorb", "workorders.release"]
    link = Link.objects.get(origin_id=order.pk)
    assert (link.target_id, link.since, link.ended_at) == (main.pk, LATER, MUCH_LATER)


def test_it_can_be_merged_taken_back_and_merged_again(cast: Cast) -> None:
    order, main = bring(cast, "assigned"), main_of(cast)
    for _round in range(3):
        merged(cast, order, main)
        with undone(), pytest.raises(Conflict):
            merged(cast, order, main)
        merging.unmerge(order.pk, by=cast.clerk, at=LATER)
    assert Link.objects.filter(origin_id=order.pk, ended_at=None).count() == 0


def test_the_merged_reporter_sees_the_main_one_as_long_as_it_is_merged(cast: Cast) -> None:
    order, main = bring(cast, "assigned"), main_of(cast)
    for person in (cast.resident, bearer(order.pk)):
        with pytest.raises(NotFound):
            queries.get_order(main.pk, by=person)
    merged(cast, order, main)
    for person in (cast.resident, bearer(order.pk)):
        assert queries.get_order(main.pk, by=person).pk == main.pk
        assert standing(person, main) == "public"  # never the other resident's words
    with pytest.raises(NotFound):
        queries.get_order(main.pk, by=cast.macao_resident)
    merging.unmerge(order.pk, by=cast.clerk, at=MUCH_LATER)
    for person in (cast.resident, bearer(order.pk)):
        with pytest.raises(NotFound):
            queries.get_order(main.pk, by=person)


def test_a_private_main_stays_private(cast: Cast) -> None:
    order = bring(cast, "assigned")
    main = report_drain(cast, by=cast.neighbour, private=True).order
    merged(cast, order, main)
    with pytest.raises(NotFound):
        queries.get_order(main.pk, by=cast.resident)


def test_nothing_is_merged_into_itself_or_into_what_has_ended(cast: Cast) -> None:
    order = bring(cast, "assigned")
    with undone(), pytest.raises(Invalid):
        merging.merge(order.pk, into_id=order.pk, by=cast.clerk, at=LATER)
    for state in ("closed", "declined", "withdrawn", "merged"):
        with undone():
            ended = bring(cast, state)
            before = everything(order.pk), everything(ended.pk)
            with pytest.raises(Invalid):
                merging.merge(order.pk, into_id=ended.pk, by=cast.clerk, at=LATER)
            assert (everything(order.pk), everything(ended.pk)) == before


def test_two_orders_cannot_swallow_each_other(cast: Cast) -> None:
    one, other = bring(cast, "assigned"), main_of(cast)
    merged(cast, one, other)
    with pytest.raises(Invalid):
        merged(cast, other, one)
