"""A reporter's first sentence may name people: who may not open the order reads its category and place instead."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How
from gongzhi.observation.periods import Period
from gongzhi.observation.queries.briefs import count
from gongzhi.observation.queries.rooms import kind_of
from gongzhi.territory import actions as territory
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Division
from gongzhi.workorders.actions import grouping
from gongzhi.workorders.dry_run import as_wanted, compare, current
from gongzhi.workorders.models import Batch, BatchItem, WorkOrder
from gongzhi.workorders.tests.test_callouts import whistled
from gongzhi.workorders.words.titles import public_title, title_for
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db
NAMED = "王美丽家楼下的下水道堵了，污水漫到路上"


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def test_whoever_may_open_an_order_reads_its_title_and_nobody_else(cast: Cast) -> None:
    order = bring(cast, "assigned", title=NAMED)
    told = {name: title_for(order, by=cast.person(name)) for name in cast.accounts}
    open_to = {"clerk", "other_clerk", "checker", "leader", "auditor", "road_worker", "road_head", "resident"}
    assert {name for name, title in told.items() if title == NAMED} == open_to | {
        "grid_worker",
        "grid_leader",
    }
    assert {title for title in told.values() if title != NAMED} == {public_title(order)}
    assert "海棠社区" in public_title(order)
    WorkOrder.objects.filter(pk=order.pk).update(private=True)
    order.refresh_from_db()
    assert title_for(order, by=cast.neighbour) == title_for(order, by=Actor()) == "不公开的事"
    assert "海棠社区" not in public_title(order)


def test_hot_issues_and_briefs_speak_in_categories(cast: Cast) -> None:
    for name in ("resident", "neighbour", "macao_resident"):
        report_drain(cast, by=cast.person(name), title=NAMED)
    grouping.group(cast.street.pk, by=Actor.for_service("tests"), at=WEDNESDAY + timedelta(minutes=1))
    leader = as_(cast, "leader")
    page = leader.get("/board/")
    (hot,) = page.context["hot"]
    assert "王美丽" not in page.content.decode() and hot["area"].endswith("第一网格"), hot
    assert "王美丽" not in leader.get(hot["url"]).context["title"]
    kind, area = kind_of(""), ground().areas[cast.street.pk]
    figures = count(
        kind, area, Period("day", WEDNESDAY.date(), WEDNESDAY.date() + timedelta(days=1)), at=WEDNESDAY
    )
    assert figures["hot"] and "王美丽" not in str(figures)


def test_who_is_called_to_a_place_reads_what_it_is_about_not_who(cast: Cast) -> None:
    order = bring(cast, "in_hand", title=NAMED)
    callout = whistled(cast, orders=[order.pk])
    for path in ("", "print/"):
        page = as_(cast, "gardener").get(f"/desk/callouts/{callout.pk}/{path}")
        text = page.content.decode()
        assert page.status_code == 200 and order.number in text and public_title(order) in text
        assert "王美丽" not in text
    assert NAMED in as_(cast, "clerk").get(f"/desk/callouts/{callout.pk}/").content.decode()
    offered = as_(cast, "clerk").get(f"/desk/callouts/new/?order={order.pk}").content.decode()
    assert public_title(order) in offered and "王美丽" not in offered


def test_orders_of_elsewhere_beside_ones_own_are_named_by_category(cast: Cast) -> None:
    mine, other = bring(cast, "in_hand"), bring(cast, "triage", title=NAMED)
    by = Actor.for_service("tests")
    matters.link(other.matter, mine.matter, How.CAUSED_BY, by=by, at=WEDNESDAY)
    unit = as_(cast, "road_worker").get(f"/desk/{mine.pk}/").content.decode()
    assert other.number in unit and "王美丽" not in unit
    district = Division.objects.get(pk=cast.street.parent_id)
    street = territory.add_division(
        "449001002", "别处街道", "street", parent=district, starts_on=START, by=by, at=WEDNESDAY
    )
    fresh = report_drain(cast).order
    near = report_drain(cast, by=cast.neighbour, title=NAMED, private=True).order
    assert "王美丽" in as_(cast, "clerk").get(f"/desk/{fresh.pk}/").content.decode()
    WorkOrder.objects.filter(pk__in=[near.pk, other.pk]).update(street_id=street.pk)  # beyond the border
    page = as_(cast, "clerk").get(f"/desk/{fresh.pk}/").content.decode()
    assert "王美丽" not in page and near.number not in page


def test_a_batch_names_no_order_that_has_left_ones_hands(cast: Cast) -> None:
    order = bring(cast, "assigned", title=NAMED)
    account = cast.accounts["road_worker"]
    batch = Batch.objects.create(
        key=uuid.uuid4(), by=account, verb="accept", said={}, at=WEDNESDAY, done_at=WEDNESDAY
    )
    BatchItem.objects.create(batch=batch, order=order, place=0, state=BatchItem.State.DONE)
    page = f"/desk/batch/{batch.key}/"
    assert NAMED in as_(cast, "road_worker").get(page).content.decode()
    act(cast, "redispatch", order.pk)
    text = as_(cast, "road_worker").get(page).content.decode()
    assert order.number in text and "王美丽" not in text


def test_trying_a_table_out_names_no_orders_by_their_reporters_words(cast: Cast) -> None:
    order = bring(cast, "assigned", title=NAMED)
    wanted = [as_wanted(row) for row in current() if row.code != (order.rule.code if order.rule else "")]
    outcome = compare(wanted, at=WEDNESDAY)
    moved = [row for row in (*outcome.moved, *outcome.uncovered) if row.order_id == order.pk]
    assert moved and "王美丽" not in str(outcome)
