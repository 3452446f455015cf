"""The closed loop, step by step, as its people would take it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.kit.acting import acting
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import answering, handling, reporting
from gongzhi.workorders.drafts import Draft
from tests.cast import IN_GRID_1, WEDNESDAY, settle

pytestmark = pytest.mark.django_db


def test_a_blocked_drain_goes_round_the_whole_loop() -> None:
    cast = settle()
    resident = cast.resident
    with acting(resident):
        receipt = reporting.report(
            Draft(
                "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。",
                lon=IN_GRID_1[0],
                lat=IN_GRID_1[1],
                name="王先生",
                phone="19900000101",
            ),
            by=resident,
            at=WEDNESDAY,
        )
    order = receipt.order
    assert (order.state, order.grid_id) == ("assigned", cast.grid_1.pk), receipt.why
    assert order.unit_id == cast.roads.pk
    assert order.next_due_at is not None
    worker, checker = cast.road_worker, cast.checker
    at = WEDNESDAY + timedelta(minutes=20)
    handling.accept(order.pk, by=worker, at=at)
    at += timedelta(minutes=40)
    handling.answer(order.pk, text="已疏通管道并冲洗路面，现场恢复正常。", why="协办已确认", by=worker, at=at)
    handling.pass_check(order.pk, by=checker, at=at + timedelta(minutes=5))
    done = answering.confirm(
        order.pk, solved=True, satisfied=5, words="很快", by=resident, at=at + timedelta(hours=1)
    )
    done.refresh_from_db()
    assert (done.state, done.open, done.satisfied, done.next_due_at) == ("closed", False, 5, None)


def test_a_report_with_a_code_needs_no_account() -> None:
    cast = settle()
    receipt = reporting.report(Draft("路灯不亮了，晚上很黑，请来修。"), by=Person.visitor(), at=WEDNESDAY)
    assert receipt.order.state == "triage"
    assert "place" in receipt.why
    assert len(receipt.code) == 12
    assert cast.street.pk == receipt.order.street_id
