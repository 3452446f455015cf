"""The same thing twice, at the same instant: one order, one success, one clear conflict, and no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from gongzhi.journal.queries import holds
from gongzhi.kit.acting import acting
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.matters.models import Deadline, Link, Matter
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import answering, handling, merging, reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle
from tests.stage import DRAIN, act, bring, report_drain

pytestmark = pytest.mark.django_db(transaction=True)

LATER = WEDNESDAY + timedelta(minutes=30)


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads that start at the same instant; their results, or what they raised."""
    gate = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            results[place] = task()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def cast() -> Cast:
    """The neighbourhood, committed."""
    return settle()


def test_the_same_key_from_eight_threads_makes_one_order(cast: Cast) -> None:
    resident = cast.resident

    def send() -> reporting.Receipt:
        with acting(resident):
            return report_drain(cast, by=resident, source="form", source_key="the-same")

    receipts = together(*[send] * 8)
    assert all(isinstance(receipt, reporting.Receipt) for receipt in receipts), receipts
    assert len({receipt.order.pk for receipt in receipts}) == 1
    assert len({receipt.code for receipt in receipts}) == 1
    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 7
    assert WorkOrder.objects.count() == Matter.objects.count() == 1
    assert Deadline.objects.count() == 2
    assert holds(receipts[0].order.pk).ok


def test_eight_reports_without_a_key_are_eight_orders_with_eight_numbers(cast: Cast) -> None:
    lon, lat = IN_GRID_1
    receipts = together(
        *[lambda: reporting.report(Draft(DRAIN, lon=lon, lat=lat), by=Person.visitor(), at=WEDNESDAY)] * 8
    )
    assert len({receipt.order.number for receipt in receipts}) == 8
    assert len({receipt.code for receipt in receipts}) == 8


def test_two_people_editing_one_order_get_one_success_and_one_conflict(cast: Cast) -> None:
    order = bring(cast, "assigned")
    seen = order.matter.thread.length
    worker, head = cast.road_worker, cast.road_head
    results = together(
        lambda: handling.accept(order.pk, by=worker, at=LATER, seen=seen),
        lambda: handling.accept(order.pk, by=head, at=LATER, seen=seen),
    )
    lost = [result for result in results if isinstance(result, Conflict)]
    won = [result for result in results if isinstance(result, WorkOrder)]
    assert (len(won), len(lost)) == (1, 1), results
    assert (lost[0].status, lost[0].code) == (409, "someone_was_quicker")
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.state, fresh.handler_id) == ("in_hand", won[0].handler_id)
    assert holds(order.pk).ok


def test_four_notes_at_once_all_stand_in_one_chain(cast: Cast) -> None:
    order = bring(cast, "assigned")
    clerk = cast.clerk
    results = together(*[lambda: handling.note(order.pk, text="一条备注", by=clerk, at=LATER)] * 4)
    assert all(isinstance(result, WorkOrder) for result in results), results
    assert holds(order.pk).ok
    assert holds(order.pk).length == order.matter.thread.length + 4


def test_an_answer_rated_twice_at_once_is_rated_once(cast: Cast) -> None:
    order = bring(cast, "released")
    resident = cast.resident
    results = together(
        *[lambda: answering.confirm(order.pk, solved=True, satisfied=5, by=resident, at=LATER)] * 3
    )
    assert [isinstance(result, Conflict) for result in results].count(True) == 2, results
    assert order.ratings.count() == 1


def test_crosswise_merges_end_and_one_of_them_holds(cast: Cast) -> None:
    clerk, second = cast.clerk, cast.other_clerk
    for _round in range(3):
        one, other = bring(cast, "assigned"), report_drain(cast, by=cast.neighbour).order
        results = together(
            lambda one=one, other=other: merging.merge(one.pk, into_id=other.pk, by=clerk, at=LATER),
            lambda one=one, other=other: merging.merge(other.pk, into_id=one.pk, by=second, at=LATER),
        )
        assert sorted(type(result).__name__ for result in results) == ["Invalid", "WorkOrder"], results
        assert isinstance(next(r for r in results if not isinstance(r, WorkOrder)), Invalid)
        assert Link.objects.filter(origin_id__in=[one.pk, other.pk]).count() == 1


def test_merging_and_unmerging_crosswise_never_deadlock(cast: Cast) -> None:
    main, order = bring(cast, "assigned"), report_drain(cast, by=cast.neighbour).order
    third = report_drain(cast, by=cast.macao_resident).order
    merging.merge(order.pk, into_id=main.pk, by=cast.clerk, at=LATER)
    clerk, second, resident = cast.clerk, cast.other_clerk, cast.resident
    results = together(
        lambda: merging.unmerge(order.pk, by=clerk, at=LATER),
        lambda: merging.merge(main.pk, into_id=third.pk, by=second, at=LATER),
        lambda: merging.merge(order.pk, into_id=main.pk, by=second, at=LATER),
        lambda: answering.follow(main.pk, by=resident, at=LATER),
    )
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, (Conflict, Invalid))], (
        results
    )
    for row in (main, order, third):
        assert holds(row.pk).ok


def test_news_heard_by_two_workers_at_once_is_done_once(cast: Cast) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    from gongzhi.journal.jobs import hear_news
    from gongzhi.notices.queries import mailbox

    order = bring(cast, "answered")
    act(cast, "pass_check", order.pk, at=LATER)
    jobs = ProcrastinateJob.objects.filter(task_name="journal.hear_news")
    [job] = [one for one in jobs if one.args["reader"].endswith("tell_reporter")]
    with stopped(LATER):
        results = together(*[lambda: hear_news(**job.args)] * 4)
    assert sorted(results) == [False, False, False, True]
    assert len(mailbox()) == 1
