"""Hot issues: grouped by a job, never by a page; counted as the orders stand now; the same for every level."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.workorders import hot as grouping_sums
from gongzhi.workorders.actions import grouping
from gongzhi.workorders.figures import hot
from gongzhi.workorders.models import IssueGroups, WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood  # noqa: F401

pytestmark = pytest.mark.django_db
BY = Actor.for_service("tests")
LATER = WEDNESDAY + timedelta(hours=1)


@pytest.fixture
def drains(cast: Cast) -> Iterator[Cast]:  # noqa: F811
    """Five people say the same drain is blocked; one more says so after they were grouped."""
    with stopped(LATER):
        for _n in range(5):
            bring(cast, "assigned")
        yield cast


def test_no_page_groups(drains: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hot(drains.street.pk, at=LATER) == ([], None)
    assert grouping.group(drains.street.pk, by=BY, at=LATER)
    monkeypatch.setattr(grouping_sums, "group", lambda *_a, **_k: pytest.fail("grouped within a request"))
    found, when = hot(drains.street.pk, at=LATER)
    assert when == LATER and [len(one.matters) for one in found] == [5]


def test_a_brief_of_long_ago_groups_for_itself(drains: Cast) -> None:
    long_after = LATER + timedelta(days=60)
    for order in WorkOrder.objects.all():
        act(drains, "note", order.pk)
    grouping.group(drains.street.pk, by=BY, at=long_after)
    assert hot(drains.street.pk, at=LATER, now=True)[0][0].matters == tuple(
        WorkOrder.objects.order_by("opened_at", "pk").values_list("pk", flat=True)
    )
    assert hot(drains.street.pk, at=long_after)[0] == []


def test_what_is_counted_of_a_group_is_as_of_now(drains: Cast) -> None:
    grouping.group(drains.street.pk, by=BY, at=LATER)
    first, second, *_rest = WorkOrder.objects.order_by("pk")
    act(drains, "withdraw", first.pk, at=LATER)
    one = hot(drains.street.pk, at=LATER)[0][0]
    assert (len(one.matters), one.open) == (4, 4) and first.pk not in one.matters
    WorkOrder.objects.filter(pk=second.pk).update(title="不该念出来的话")
    WorkOrder.objects.update(private=True)
    assert "不该" not in hot(drains.street.pk, at=LATER)[0][0].title


def test_only_what_has_changed_is_grouped_again_and_the_dear_less_often(drains: Cast) -> None:
    street = drains.street.pk
    assert grouping.group(street, by=BY, at=LATER)
    assert not grouping.group(street, by=BY, at=LATER + timedelta(minutes=5))
    assert IssueGroups.objects.get(pk=street).at == LATER + timedelta(minutes=5)
    bring(drains, "assigned")
    IssueGroups.objects.filter(pk=street).update(took_ms=10_000)
    assert not grouping.group(street, by=BY, at=LATER + timedelta(minutes=10))
    assert grouping.group(street, by=BY, at=LATER + timedelta(minutes=25))
    assert len(hot(street, at=LATER + timedelta(minutes=25))[0][0].matters) == 6


def test_district_street_and_community_see_their_own_part(drains: Cast) -> None:
    grouping.group_all(by=BY, at=LATER)
    district = drains.street.parent_id
    assert district is not None
    for area, count in ((district, 5), (drains.street.pk, 5), (drains.haitang.pk, 5), (drains.tingtao.pk, 0)):
        found, when = hot(area, at=LATER)
        assert sum(len(one.matters) for one in found) == count, area
        assert when == LATER


def test_a_look_costs_four_statements(drains: Cast, statements: list[str]) -> None:
    grouping.group_all(by=BY, at=LATER)
    hot(drains.street.pk, at=LATER)
    statements.clear()
    hot(drains.street.pk, at=LATER)
    assert len([text for text in statements if "kit_revision" not in text]) == 4
