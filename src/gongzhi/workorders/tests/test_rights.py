"""Who may do what, as a grid of people × steps × moments, written down here a second time by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Forbidden, NotFound
from gongzhi.kit.rules import disagreements
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.territory import actions as territory
from gongzhi.workorders import queries
from gongzhi.workorders.actions import answering, dispatching
from gongzhi.workorders.drafts import Outcome
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.policies import RULES, standing
from gongzhi.workorders.workflow import STATES, WORKFLOW
from tests.cast import IN_GRID_3, WEDNESDAY, Cast
from tests.stage import (
    act,
    bearer,
    bring,
    cast,
    everything,
    made_possible,
    neighbourhood,
    report_drain,
    undone,
)

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)
TESTS = Actor.for_service("tests")

CLERKS = {"clerk", "other_clerk"}
ROADS = {"road_worker", "road_head"}
REPORTER = {"resident", "bearer"}
STAFF = CLERKS | ROADS | {"checker", "leader", "auditor", "grid_worker", "grid_leader", "gardener"}

#: verb → who may, for a drain in grid 1 that the road unit leads and the gardens help with.
MAY: dict[str, set[str]] = {
    "dispatch": CLERKS, "redispatch": CLERKS, "decline": CLERKS, "merge": CLERKS, "unmerge": CLERKS,
    "accept": ROADS, "assign": ROADS, "ask_resident": ROADS, "answer": ROADS,
    "take_up": ROADS | {"service"},
    "supply": REPORTER | CLERKS, "reopen": REPORTER | CLERKS,
    "confirm": REPORTER, "dispute": REPORTER, "rate": REPORTER, "withdraw": REPORTER, "add": REPORTER,
    "pass_check": CLERKS | {"checker"}, "fail_check": CLERKS | {"checker"},
    "lapse": {"service"},
    "recategorise": CLERKS | ROADS,
    "relocate": STAFF - {"auditor"}, "note": STAFF - {"auditor"},
    "ask_return": ROADS, "ask_extension": ROADS, "ask_suspension": ROADS, "ask_void": CLERKS | ROADS,
    "grant_return": CLERKS, "refuse_return": CLERKS,
    **{f"{how}_{what}": CLERKS | {"leader"} for how in ("grant", "refuse") for what in ("extension", "suspension", "void")},
    "resume_work": CLERKS | ROADS, "restore": CLERKS, "withdraw_request": set(),
    "ask_verify": CLERKS, "verify": {"grid_worker", "grid_leader"}, "take_back": CLERKS,
    "forward": CLERKS | {"road_head", "open311"}, "respond": {"outside", "open311"}, "renew": CLERKS | {"road_head"}, "recall": CLERKS | ROADS,
    "urge": CLERKS | REPORTER | {"leader"}, "supervise": CLERKS | {"leader"}, "remark": {"leader"},
    "split": CLERKS | ROADS, "rejoin": CLERKS | ROADS, "fold": {"service"}, "sign_off": {"gardener"},
    "retrieve": CLERKS, "visit": CLERKS, "plan_visit": CLERKS, "drop_visit": CLERKS,
    "report_back": ROADS, "lift": CLERKS | {"leader"},
    "hand_to_police": CLERKS | ROADS | {"grid_worker", "grid_leader"},
    "recall_from_police": CLERKS | ROADS | {"grid_worker", "grid_leader"},
    "taken_by_police": CLERKS | {"police"}, "returned_by_police": CLERKS | {"police"},
    "hold": {"service"}, "unhold": CLERKS | ROADS | {"service"},
    "see": STAFF | REPORTER | {"follower", "follower_by_code"},
}  # fmt: skip


#: The same once the second clerk has asked for a void: who asked never decides, and only they take it back.
MAY_NOW = MAY | {
    "grant_void": {"clerk", "leader"}, "refuse_void": {"clerk", "leader"}, "withdraw_request": {"other_clerk"},
}  # fmt: skip


def everybody(cast: Cast, order: WorkOrder) -> dict[str, Actor]:
    """All the cast, and the ways to be nobody in particular."""
    people_: dict[str, Actor] = {name: cast.person(name) for name in cast.accounts}
    people_["follower"] = people_.pop("macao_resident")
    return people_ | {
        "visitor": Person.visitor(),
        "bearer": bearer(order.pk),
        "bearer_of_another": bearer(order.pk + 1000),
        "follower_by_code": Person.visitor().bearing(follows=[order.pk]),
        "service": Actor.for_service("news"),
        "outside": Actor.for_service("outside"),
        "police": Actor.for_service("police"),
        "open311": Actor.for_service("open311"),
        "nobody": Actor.nobody(),
    }


def joint_order(cast: Cast, state: str) -> WorkOrder:
    """The standard order with the gardens as joint unit and one follower."""
    order = bring(cast, state)
    WorkOrder.objects.filter(pk=order.pk).update(joint=[cast.gardens.pk], unit_id=cast.roads.pk)
    if state in ("triage", "declined"):  # nobody knows the place yet: let it be grid 1, as for the others
        WorkOrder.objects.filter(pk=order.pk).update(grid_id=cast.grid_1.pk, community_id=cast.haitang.pk)
    if order.open:
        answering.follow(order.pk, by=cast.macao_resident, at=WEDNESDAY)
    else:
        from gongzhi.matters.actions import add_party

        add_party(order.matter, "follower", by=cast.macao_resident, at=WEDNESDAY)
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_the_grid_of_people_and_steps(cast: Cast, state: str) -> None:
    order = joint_order(cast, state)
    for name, actor in everybody(cast, order).items():
        for verb in RULES:
            allowed = name in MAY[verb]
            assert RULES.may(actor, verb, order) is allowed, (state, name, verb)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_the_doors_behind_the_grid_hold(cast: Cast, state: str) -> None:
    """Everybody tries every possible step for real: who may not is refused, and no row has moved."""
    order = joint_order(cast, state)
    people_ = everybody(cast, order)
    for verb in [step.verb for step in WORKFLOW.possible(state)]:
        with undone():
            made_possible(cast, verb, order.pk, at=LATER)
            before = everything(order.pk)
            for name, actor in people_.items():
                if name in MAY_NOW[verb]:
                    continue
                seen = name in MAY["see"] or actor.service is not None
                # to merge one must see the other order as well
                refused = (Forbidden, NotFound) if verb == "merge" else Forbidden if seen else NotFound
                with undone(), pytest.raises(refused):
                    act(cast, verb, order.pk, by=actor, at=LATER)
                assert everything(order.pk) == before, (state, name, verb)


@pytest.mark.parametrize("state", [state.code for state in STATES])
def test_who_may_can(cast: Cast, state: str) -> None:
    order = joint_order(cast, state)
    people_ = everybody(cast, order)
    for step in WORKFLOW.possible(state):
        for name in MAY_NOW[step.verb]:
            if step.verb in ("pass_check", "fail_check", "assign") and name not in people_:
                continue
            with undone():
                made_possible(cast, step.verb, order.pk, at=LATER)
                act(cast, step.verb, order.pk, by=people_[name], at=LATER)


def test_the_table_is_written_down_whole() -> None:
    assert set(MAY) == set(RULES)


def test_whoever_answered_never_checks(cast: Cast) -> None:
    """Also when they are a clerk or checker with a second post in the unit."""
    people.give_post(
        cast.accounts["checker"],
        "handler",
        organisation=cast.roads,
        starts_on=date(2026, 1, 1),
        by=TESTS,
        at=WEDNESDAY,
    )
    order = bring(cast, "in_hand")
    act(cast, "answer", order.pk, by=cast.checker, at=LATER)
    for verb in ("pass_check", "fail_check"):
        with undone(), pytest.raises(Forbidden):
            act(cast, verb, order.pk, by=cast.checker, at=LATER)
    act(cast, "fail_check", order.pk, by=cast.clerk, at=LATER)
    act(cast, "answer", order.pk, by=cast.road_worker, at=LATER)
    act(cast, "pass_check", order.pk, by=cast.checker, at=LATER)


def test_a_post_counts_from_its_first_day_until_its_last(cast: Cast) -> None:
    order = bring(cast, "assigned")
    account = people.open_account(login="new_hand", name="新人", password=None, by=TESTS, at=WEDNESDAY)
    people.give_post(
        account, "handler", organisation=cast.roads, starts_on=date(2026, 11, 19), ends_on=date(2026, 12, 1),
        by=TESTS, at=WEDNESDAY,
    )  # fmt: skip
    from gongzhi.people.actor import person_for

    def may(moment: datetime) -> bool:
        with stopped(moment):
            return RULES.may(person_for(account), "accept", order)

    midnight = datetime.fromisoformat("2026-11-19T00:00+08:00")
    assert not may(midnight - timedelta(seconds=1))
    assert may(midnight)
    assert may(datetime.fromisoformat("2026-11-30T23:59+08:00"))
    assert not may(datetime.fromisoformat("2026-12-01T00:00+08:00"))


def test_another_street_sees_nothing(cast: Cast) -> None:
    add = {"starts_on": date(2026, 1, 1), "by": TESTS, "at": WEDNESDAY}
    district = cast.street.parent
    other = territory.add_division("449001002", "听潮街道", "street", parent=district, **add)
    account = people.open_account(login="foreign", name="外街道", password=None, by=TESTS, at=WEDNESDAY)
    for role in ("clerk", "checker", "leader", "auditor"):
        people.give_post(account, role, division_id=other.pk, **add)
    from gongzhi.people.actor import person_for

    foreign = person_for(account)
    for state in ("triage", "assigned", "answered"):
        order = bring(cast, state)
        assert [verb for verb in RULES if RULES.may(foreign, verb, order)] == []
        with pytest.raises(NotFound):
            queries.get_order(order.pk, by=foreign)
    for role in ("leader",):  # a post for the whole district sees all of its streets
        people.give_post(account, role, division_id=district.pk, **add)
    assert queries.get_order(order.pk, by=person_for(account)).pk == order.pk


def test_memory_and_database_agree_about_every_kind_of_order(cast: Cast) -> None:
    orders = [joint_order(cast, state.code) for state in STATES]
    lon, lat = IN_GRID_3
    orders.append(report_drain(cast, private=True).order)
    orders.append(report_drain(cast, lon=lon, lat=lat, by=Person.visitor()).order)
    orders.append(report_drain(cast, by=cast.clerk, channel=Channel.PHONE).order)
    long_ago = WEDNESDAY - timedelta(days=400)
    orders.append(
        report_drain(cast, opened_at=long_ago, outcome=Outcome(closed_at=long_ago + timedelta(days=3))).order
    )
    private_main = report_drain(cast, private=True, by=cast.neighbour).order
    dispatching_to_private = bring(cast, "assigned")
    act(cast, "merge", dispatching_to_private.pk, into_id=private_main.pk, at=LATER)
    orders += [private_main, dispatching_to_private]
    act(cast, "answer", bring(cast, "in_hand").pk, by=cast.road_head, at=LATER)
    rows = WorkOrder.objects.all()
    actors = [
        actor for order in (orders[1], orders[-1], orders[7]) for actor in everybody(cast, order).values()
    ]
    unique = {repr(actor): actor for actor in actors}
    assert rows.count() > 15
    assert disagreements(RULES, unique.values(), rows) == []


def test_a_private_report_cannot_be_followed_nor_seen_by_strangers(cast: Cast) -> None:
    order = report_drain(cast, private=True).order
    with pytest.raises(NotFound):
        answering.follow(order.pk, by=cast.neighbour, at=LATER)
    with pytest.raises(NotFound):
        queries.get_order(order.pk, by=cast.neighbour)
    assert queries.get_order(order.pk, by=cast.resident).private


def test_what_a_clerk_writes_down_for_somebody_is_not_the_clerks_own(cast: Cast) -> None:
    order = report_drain(cast, by=cast.clerk, channel=Channel.PHONE).order
    assert order.reporter_id is None
    assert queries.my_orders(cast.clerk) == []
    dispatching.dispatch(order.pk, unit_id=cast.gardens.pk, note="改派", by=cast.clerk, at=LATER)
    order.refresh_from_db()
    assert not RULES.may(cast.clerk, "withdraw", order)
    assert RULES.may(bearer(order.pk), "withdraw", order)


def test_each_side_reads_from_its_own_standing(cast: Cast) -> None:
    order = joint_order(cast, "in_hand")
    people_ = everybody(cast, order)
    for name, actor in people_.items():
        wanted = "staff" if name in STAFF else "party" if name in REPORTER else "public"
        assert standing(actor, order) == wanted, name


def test_history_is_a_closed_book(cast: Cast) -> None:
    long_ago = WEDNESDAY - timedelta(days=3)
    order = report_drain(
        cast, opened_at=long_ago, outcome=Outcome(closed_at=long_ago + timedelta(days=1)), by=cast.clerk
    ).order
    for verb in ("reopen", "supply"):
        assert not RULES.may(cast.clerk, verb, order)
    before = everything(order.pk)
    with pytest.raises(Forbidden):
        act(cast, "reopen", order.pk, by=cast.clerk, at=LATER)
    assert everything(order.pk) == before
    assert replace(cast.clerk, posts=()).is_staff is False
