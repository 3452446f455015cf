"""Who takes an order: the table of responsibilities, line by line, and what a clerk decides otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gongzhi.journal.models import Entry
from gongzhi.kit.errors import Invalid
from gongzhi.kit.revision import bump
from gongzhi.people.models import Organisation
from gongzhi.territory.ground import Spot, ground
from gongzhi.workorders.actions import dispatching
from gongzhi.workorders.models import Responsibility, WorkOrder
from gongzhi.workorders.tables import responsibilities, route, tree
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=10)
SATURDAY = datetime.fromisoformat("2026-11-21T10:00+08:00")


def spot(cast: Cast) -> Spot:
    """A spot in grid 1."""
    return ground().spot_of(cast.grid_1.pk, *IN_GRID_1)


def tingtao() -> Organisation:
    """The residents' committee of the other community."""
    return Organisation.objects.get(code="tingtao_committee")


def drain() -> int:
    """The category of blocked drains."""
    return tree().by_code["010108"].id


def rule(code: str, unit: Organisation, **fields: object) -> Responsibility:
    """A line before all others."""
    row = Responsibility.objects.create(code=code, lead="unit", unit=unit, **({"priority": 1} | fields))
    bump("responsibilities")
    return row


def test_every_category_has_a_unit_everywhere_at_any_time(cast: Cast) -> None:
    """No rule fits → the clerk; but with the table that comes with the platform that need not happen."""
    here = spot(cast)
    for at in (WEDNESDAY, SATURDAY):
        nobody = [t.code for t in tree().topics.values() if route(t.id, here, at) is None]
        assert nobody == []


def test_the_deeper_category_wins_then_the_smaller_area_then_the_older_line(cast: Cast) -> None:
    here, at = spot(cast), WEDNESDAY
    street, grid = cast.street.pk, cast.grid_1.pk
    topic, branch = tree().by_code["010108"], tree().by_code["0101"]
    units = [cast.gardens, cast.haitang_committee, tingtao(), cast.centre]
    rule("Z1", units[0], category_id=branch.id)
    assert route(topic.id, here, at).unit.id == units[0].pk
    rule("Z2", units[1], category_id=topic.id, division_id=street)
    assert route(topic.id, here, at).unit.id == units[1].pk
    rule("Z3", units[2], category_id=topic.id, division_id=grid)
    assert route(topic.id, here, at).unit.id == units[2].pk
    rule("Z4", units[3], category_id=topic.id, division_id=grid)
    assert route(topic.id, here, at).unit.id == units[2].pk
    rule("Z5", units[3], category_id=branch.id, priority=0)
    assert route(topic.id, here, at).rule_code == "Z5", "the smallest priority before everything"


def test_a_line_may_hold_in_office_hours_only(cast: Cast) -> None:
    rule("Z1", cast.gardens, category_id=drain(), hours="work")
    rule("Z2", cast.centre, category_id=drain(), hours="off")
    assert route(drain(), spot(cast), WEDNESDAY).rule_code == "Z1"
    for at in (SATURDAY, WEDNESDAY + timedelta(hours=2, minutes=30), WEDNESDAY - timedelta(hours=3)):
        assert route(drain(), spot(cast), at).rule_code == "Z2", at


def test_a_line_counts_from_its_day_until_its_day(cast: Cast) -> None:
    rule(
        "Z1",
        cast.gardens,
        category_id=drain(),
        starts_on=WEDNESDAY.date(),
        ends_on=WEDNESDAY.date() + timedelta(days=2),
    )
    chosen = [
        route(drain(), spot(cast), WEDNESDAY + timedelta(days=day)).rule_code == "Z1" for day in (-1, 0, 1, 2)
    ]
    assert chosen == [False, True, True, False]


def test_the_residents_committee_is_found_by_place(cast: Cast) -> None:
    Responsibility.objects.create(code="Z1", lead="community", category_id=drain(), priority=1)
    bump("responsibilities")
    assert route(drain(), spot(cast), WEDNESDAY).unit.id == cast.haitang_committee.pk
    there = ground().spot_of(cast.grid_3.pk)
    assert route(drain(), there, WEDNESDAY).unit.id == tingtao().pk


def test_where_no_line_fits_the_order_goes_to_the_clerk_never_into_a_void(cast: Cast) -> None:
    Responsibility.objects.all().delete()
    bump("responsibilities")
    receipt = report_drain(cast)
    assert (receipt.order.state, receipt.why, receipt.order.street_id) == (
        "triage",
        ("unit",),
        cast.street.pk,
    )
    assert receipt.order.next_due_at is not None


def test_the_entry_names_the_line_or_says_that_a_clerk_decided(cast: Cast) -> None:
    order = report_drain(cast).order
    chosen = Entry.objects.get(thread_id=order.pk, verb="workorders.dispatch").detail
    row = Responsibility.objects.get(pk=order.rule_id)
    assert (chosen["rule"], chosen["unit_id"]) == (row.code, cast.roads.pk)
    act(cast, "redispatch", order.pk, at=LATER)
    entry = Entry.objects.get(thread_id=order.pk, verb="workorders.redispatch")
    assert entry.detail["rule"] == "受理员判断"
    assert entry.text == "应由园林处理"
    moved = WorkOrder.objects.get(pk=order.pk)
    assert (moved.unit_id, moved.rule_id, moved.handler_id, moved.matter.answerable_id) == (
        cast.gardens.pk, None, None, cast.gardens.pk,
    )  # fmt: skip


def test_back_to_the_unit_of_the_table_names_its_line_again(cast: Cast) -> None:
    order = report_drain(cast).order
    act(cast, "redispatch", order.pk, at=LATER)
    act(cast, "redispatch", order.pk, unit_id=cast.roads.pk, at=LATER)
    assert WorkOrder.objects.get(pk=order.pk).rule_id == order.rule_id


def test_an_order_without_a_category_is_not_dispatched(cast: Cast) -> None:
    order = bring(cast, "triage")
    WorkOrder.objects.filter(pk=order.pk).update(category_id=None)
    with pytest.raises(Invalid) as refused:
        dispatching.dispatch(order.pk, unit_id=cast.roads.pk, by=cast.clerk, at=LATER)
    assert refused.value.code == "category_first"


def test_triage_is_settled_step_by_step(cast: Cast) -> None:
    order = bring(cast, "triage")
    act(cast, "relocate", order.pk, at=LATER)
    act(cast, "recategorise", order.pk, category_id=drain(), at=LATER)
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.grid_id, fresh.confidence) == (cast.grid_1.pk, 1.0)
    proposed = dispatching.proposed(fresh, at=LATER)
    assert proposed is not None and proposed.unit.id == cast.roads.pk
    act(cast, "dispatch", order.pk, unit_id=proposed.unit.id, at=LATER)
    fresh.refresh_from_db()
    assert (fresh.state, fresh.unit_id, fresh.rule_id) == ("assigned", cast.roads.pk, proposed.rule_id)


def test_the_lead_is_never_its_own_helper(cast: Cast) -> None:
    order = report_drain(cast).order
    act(cast, "redispatch", order.pk, joint=(cast.gardens.pk, cast.roads.pk), at=LATER)
    assert WorkOrder.objects.get(pk=order.pk).joint == [cast.roads.pk]


def test_the_table_is_tried_in_one_fixed_order(cast: Cast) -> None:
    lines = responsibilities()
    keys = [(r.priority, -len(r.category_code), -r.division_path.count("/"), r.id) for r in lines]
    assert keys == sorted(keys)
    assert len(keys) > 100
