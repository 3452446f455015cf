"""What one report costs: counted in statements, which do not depend on the machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.people.actor import Person
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.drafts import Draft
from tests.cast import IN_GRID_1, WEDNESDAY, settle

pytestmark = pytest.mark.django_db

TEXT = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"


def _report(minute: int) -> reporting.Receipt:
    return reporting.report(
        Draft(TEXT, lon=IN_GRID_1[0], lat=IN_GRID_1[1], name="王先生", phone="19900000101"),
        by=Person.visitor(),
        at=WEDNESDAY + timedelta(minutes=minute),
    )


def test_a_report_costs_at_most_ten_statements(statements: list[str]) -> None:
    settle()
    _report(0)
    statements.clear()
    receipt = _report(5)
    for statement in statements:
        print(statement[:150])
    assert receipt.order.state == "assigned", (
        receipt.why,
        receipt.order.confidence,
        receipt.order.suggestions,
    )
    assert receipt.neighbours
    assert len(statements) <= 10
