"""Hot issues that would read alike are told apart by a place of the tables, or by their first day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from gongzhi.workorders.hot import Issue, hot_issues, told_apart
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, settle
from tests.stage import bring

Counting = Callable[[int], AbstractContextManager[object]]
MOMENT = datetime(2026, 3, 4, 2, tzinfo=UTC)


def issue(keys: tuple[int, ...], *, title: str = "电梯故障", days: int = 0) -> Issue:
    return Issue(
        orders=keys, title=title, number="W1", reporters=3, open=1, days=1, first_at=MOMENT - timedelta(days=days),
        last_at=MOMENT, area="海棠社区", category_id=None, heat=1.0,
    )  # fmt: skip


@pytest.mark.django_db
def test_issues_that_read_alike_get_a_place_or_a_day() -> None:
    settle()
    lon, lat = IN_GRID_1
    orders = {1: WorkOrder(pk=1, lon=lon, lat=lat), 2: WorkOrder(pk=2, lon=lon + 0.004, lat=lat)}
    orders |= {3: WorkOrder(pk=3), 4: WorkOrder(pk=4), 5: WorkOrder(pk=5, lon=lon, lat=lat, private=True)}
    near, far, nowhere = issue((1,)), issue((2,), days=9), issue((3,), days=2)
    alone = issue((4,), title="路灯不亮")
    found = told_apart([near, far, nowhere, alone, issue((5,), title="路灯不亮", days=1)], orders)
    assert [one.area for one in found] == [
        "海棠社区 · 海棠苑一带", "海棠社区 · 2月23日起", "海棠社区 · 3月2日起",
        "海棠社区 · 3月4日起", "海棠社区 · 3月3日起",
    ]  # fmt: skip
    assert told_apart([near], orders) == [near]


@pytest.mark.django_db
def test_a_grouping_reads_each_order_once(django_assert_num_queries: Counting) -> None:
    cast = settle()
    for person in (cast.resident, cast.neighbour, cast.macao_resident):
        bring(cast, "triage", at=WEDNESDAY, by=person)
    now = WEDNESDAY + timedelta(hours=1)
    hot_issues(now=now)
    with django_assert_num_queries(6):
        assert [one.count for one in hot_issues(now=now)] == [3]
