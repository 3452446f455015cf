"""Whistles and joint operations: called to one place, answered within a limit, inspected, agreed, followed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gongzhi.journal.models import Entry
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unprocessable
from gongzhi.kit.rules import disagreements
from gongzhi.matters.models import Link
from gongzhi.meetings.actions import answering, recording
from gongzhi.meetings.actions.calling import cancel
from gongzhi.meetings.actions.recording import Came
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import calling_out
from gongzhi.workorders.actions.calling_out import Call, Listed
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.callouts import Callout, CalloutObject
from gongzhi.workorders.policies.callouts import CALLOUTS
from gongzhi.workorders.queries import callouts as queries
from tests.cast import IN_GRID_3, WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood, report_drain, undone

__all__ = ["cast", "neighbourhood"]

HOUR = timedelta(hours=1)
ON_SITE = WEDNESDAY + 4 * HOUR
AFTER = ON_SITE + 2 * HOUR
SHOPS = (
    Listed("餐饮店", "海棠小炒", "海棠路 3 号"),
    Listed("餐饮店", "听涛面馆", "海棠路 5 号"),
    Listed("建筑工地", "七号工地"),
)


def call(cast: Cast, **said: Any) -> Call:
    first = Call(
        kind="whistle",
        title="海棠苑门口积水",
        division_id=cast.haitang.pk,
        starts_at=ON_SITE,
        ends_at=ON_SITE + HOUR,
        bodies=(cast.roads.pk, cast.gardens.pk),
        place="海棠苑门口",
    )
    return replace(first, **said)


def whistled(cast: Cast, *, by: str = "clerk", **said: Any) -> Callout:
    return calling_out.call_out(call(cast, **said), by=cast.person(by), at=WEDNESDAY)


def operation(cast: Cast, *, by: str = "leader", **said: Any) -> Callout:
    return whistled(
        cast, by=by, **({"kind": "operation", "objects": SHOPS, "title": "餐饮和工地联合检查"} | said)
    )


def finish(cast: Cast, callout: Callout, by: str = "clerk") -> None:
    rows = callout.meeting.invitations.all()
    recording.tick(callout.pk, {row.pk: Came(True) for row in rows}, by=cast.person(by), at=AFTER)
    recording.note(callout.pk, "市政周五前疏通", by=cast.person(by), at=AFTER)


def verbs(thread_id: int) -> list[str]:
    return list(Entry.objects.filter(thread_id=thread_id).order_by("position").values_list("verb", flat=True))


def test_a_whistle_gives_two_hours_to_answer_and_is_written_into_its_orders(cast: Cast) -> None:
    order = bring(cast, "assigned")
    callout = whistled(cast, orders=(order.pk,))
    assert callout.answer_due_at == WEDNESDAY + 2 * HOUR
    assert {row.answer_by for row in callout.meeting.invitations.all()} == {callout.answer_due_at}
    assert verbs(order.pk)[-1] == "workorders.whistle"
    assert Entry.objects.filter(thread_id=order.pk, verb="workorders.whistle").get().audience == "parties"
    about, following = queries.orders_of(callout)
    assert [row.order_id for row in about] == [order.pk] and following == []


def test_of_an_operation_the_parties_read_nothing(cast: Cast) -> None:
    order = bring(cast, "assigned")
    operation(cast, by="clerk", orders=(order.pk,))
    assert Entry.objects.filter(thread_id=order.pk, verb="workorders.operation").get().audience == "staff"


def test_the_limit_is_a_row_that_clerks_change_for_what_comes_after(cast: Cast) -> None:
    before = whistled(cast)
    with pytest.raises(Forbidden):
        calling_out.set_limit("whistle", 1, "hours", by=cast.road_head, at=WEDNESDAY)
    calling_out.set_limit("whistle", 1, "hours", by=cast.clerk, at=WEDNESDAY)
    assert whistled(cast).answer_due_at == WEDNESDAY + HOUR
    assert Callout.objects.get(pk=before.pk).answer_due_at == WEDNESDAY + 2 * HOUR
    # in working hours: Wednesday 10:00 and eight of them end on Thursday at 10:00 (lunch from 12 to 14 is none)
    calling_out.set_limit("whistle", 8, "work_hours", by=cast.clerk, at=WEDNESDAY)
    later = WEDNESDAY + timedelta(days=3)
    at_ease = whistled(cast, starts_at=later, ends_at=later + HOUR)
    assert at_ease.answer_due_at == WEDNESDAY + timedelta(days=1, hours=1)
    # never later than it begins
    assert (
        whistled(cast, starts_at=WEDNESDAY + HOUR, ends_at=WEDNESDAY + 3 * HOUR).answer_due_at
        == WEDNESDAY + HOUR
    )
    for wrong in ((0, "hours"), (3, "minutes")):
        with pytest.raises(Invalid):
            calling_out.set_limit("whistle", *wrong, by=cast.clerk, at=WEDNESDAY)


def test_who_answered_who_kept_silent_and_who_came_is_one_record(cast: Cast) -> None:
    callout = whistled(cast)
    roads = callout.meeting.invitations.get(organisation=cast.roads)
    answering.answer(roads.pk, "coming", by=cast.road_worker, at=WEDNESDAY)
    sweep = Actor.for_service("sweep")
    answering.look_after(by=sweep, at=WEDNESDAY + 3 * HOUR)
    finish(cast, callout)
    calling_out.settle(callout.pk, by=cast.clerk, at=AFTER)
    assert verbs(callout.pk) == [
        "meetings.call", "meetings.coming", "meetings.silent", "meetings.tick", "meetings.note", "workorders.settle",
    ]  # fmt: skip
    assert holds(callout.pk).ok
    row = queries.list_callouts(by=cast.clerk)[0]
    assert (row.asked, row.coming, row.not_coming, row.came) == (2, 1, 0, 2)
    assert queries.list_callouts(by=cast.clerk, open_only=True) == []


def test_it_is_settled_when_attendance_and_minutes_are_there_and_only_once(cast: Cast) -> None:
    callout = whistled(cast)
    with pytest.raises(Conflict) as refusal:
        calling_out.settle(callout.pk, by=cast.clerk, at=AFTER)
    assert refusal.value.code == "no_note"
    recording.note(callout.pk, "议定", by=cast.clerk, at=AFTER)
    with pytest.raises(Conflict) as refusal:
        calling_out.settle(callout.pk, by=cast.clerk, at=AFTER)
    assert refusal.value.code == "not_ticked"
    finish(cast, callout)
    calling_out.settle(callout.pk, by=cast.clerk, at=AFTER)
    for act in (
        lambda: calling_out.settle(callout.pk, by=cast.other_clerk, at=AFTER),
        lambda: calling_out.list_objects(callout.pk, SHOPS, by=cast.clerk, at=AFTER),
    ):
        with pytest.raises(Conflict):
            act()


def test_what_follows_is_an_ordinary_order_that_knows_its_cause(cast: Cast) -> None:
    order = bring(cast, "assigned")
    callout = whistled(cast, orders=(order.pk,))
    draft = Draft("海棠苑门口路灯不亮，要换灯泡。", channel=Channel.FIELD, area_id=cast.grid_1.pk,
                  source="callout", source_key=f"{callout.pk}-abc")  # fmt: skip
    first = calling_out.follow_up(callout.pk, draft, by=cast.clerk, at=AFTER)
    again = calling_out.follow_up(callout.pk, draft, by=cast.clerk, at=AFTER)
    assert again.repeated and again.order.pk == first.order.pk
    assert [row.order_id for row in queries.orders_of(callout)[1]] == [first.order.pk]
    link = Link.objects.get(origin_id=first.order.pk)
    assert (link.target_id, link.how) == (order.pk, "caused_by")
    assert first.order.state in ("assigned", "triage") and not first.order.private
    with pytest.raises(Unprocessable):
        calling_out.follow_up(callout.pk, Draft("着火了，快来救火！"), by=cast.clerk, at=AFTER)
    assert WorkOrder.objects.filter(source="callout").count() == 1


def test_what_follows_at_the_same_place_lies_where_the_first_order_lies(cast: Cast) -> None:
    order = bring(cast, "assigned")
    callout = whistled(cast, orders=(order.pk,))
    there, elsewhere = (
        calling_out.follow_up(callout.pk, Draft("餐饮店向雨水井倒油，请查处。", place_text=place, area_id=cast.haitang.pk,
                              source="callout", source_key=f"{callout.pk}-{key}"), by=cast.clerk, at=AFTER).order
        for key, place in (("a", callout.meeting.place), ("b", "另一处"))
    )  # fmt: skip
    assert order.grid_id and (there.grid_id, there.lon, there.lat) == (order.grid_id, order.lon, order.lat)
    assert elsewhere.grid_id is None and elsewhere.community_id == cast.haitang.pk


def test_an_operation_counts_what_was_inspected_of_each_class(cast: Cast) -> None:
    callout = operation(cast)
    noodles = CalloutObject.objects.get(name="听涛面馆")
    with pytest.raises(Conflict):
        calling_out.inspect(noodles.pk, "fine", by=cast.road_worker, at=WEDNESDAY)
    with pytest.raises(Invalid):
        calling_out.inspect(noodles.pk, "fault", by=cast.road_worker, at=ON_SITE)
    calling_out.inspect(noodles.pk, "fault", "消防通道堵了", by=cast.road_worker, at=ON_SITE, seen=0)
    with pytest.raises(Conflict):
        calling_out.inspect(noodles.pk, "fine", by=cast.gardener, at=ON_SITE, seen=0)
    calling_out.inspect(
        CalloutObject.objects.get(name="七号工地").pk, "shut", by=cast.gardener, at=ON_SITE, seen=0
    )
    found = {one.group: one for one in queries.coverage(queries.objects_of(callout))}
    assert (found["餐饮店"].listed, found["餐饮店"].inspected, found["餐饮店"].fault) == (2, 1, 1)
    assert found["餐饮店"].share == 0.5
    assert (found["建筑工地"].inspected, found["建筑工地"].shut) == (0, 1)
    noodles.refresh_from_db()
    assert (noodles.inspected_for_id, noodles.said.text) == (cast.roads.pk, "消防通道堵了")
    receipt = calling_out.follow_up(
        callout.pk, Draft("听涛面馆消防通道堵了", area_id=cast.grid_1.pk), object_id=noodles.pk, by=cast.leader, at=AFTER
    )  # fmt: skip
    assert receipt.order.private  # single shops are nobody else's business
    with pytest.raises(Conflict):
        calling_out.follow_up(
            callout.pk, Draft("听涛面馆消防通道堵了"), object_id=noodles.pk, by=cast.leader, at=AFTER
        )  # fmt: skip
    assert all("面馆" not in str(entry.detail) for entry in Entry.objects.filter(thread_id=callout.pk))


def test_objects_may_be_added_and_none_is_listed_twice(cast: Cast) -> None:
    callout = operation(cast)
    more = (*SHOPS, Listed("出租屋", "海棠路 9 号"))
    assert calling_out.list_objects(callout.pk, more, by=cast.leader, at=WEDNESDAY) == 1
    with pytest.raises(Invalid):
        calling_out.list_objects(callout.pk, more, by=cast.leader, at=WEDNESDAY)
    with pytest.raises(Invalid):
        calling_out.list_objects(callout.pk, [Listed("", "x")], by=cast.leader, at=WEDNESDAY)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"kind": "party"}, "kind"), ({"bodies": ()}, "bodies"), ({"title": "x"}, "title"),
     ({"ends_at": ON_SITE}, "ends_at"), ({"orders": tuple(range(1, 30))}, "orders"),
     ({"objects": (Listed("餐", "很" * 81),)}, "objects")],
)  # fmt: skip
def test_a_slip_is_said_beside_its_field(cast: Cast, said: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        whistled(cast, **said)
    assert list(refusal.value.fields) == [field]
    assert Callout.objects.count() == 0


def test_nobody_whistles_about_an_order_they_may_not_see(cast: Cast) -> None:
    lon, lat = IN_GRID_3
    far = report_drain(cast, lon=lon, lat=lat, description="听涛小学门口的下水道堵了。").order
    assert far.grid_id == cast.grid_3.pk
    with pytest.raises(NotFound):
        whistled(cast, by="grid_leader", orders=(far.pk,))
    with pytest.raises(NotFound):
        whistled(cast, orders=(987654,))
    whistled(cast, orders=(far.pk,))


CALLERS = {"clerk", "other_clerk"}
CALLED = {"road_worker", "road_head", "gardener"}
MAY: dict[str, set[str]] = {
    "see": CALLERS | CALLED | {"leader", "auditor"},
    "list_objects": CALLERS,
    "inspect": CALLERS | CALLED,
    "follow_up": CALLERS,
    "settle": CALLERS,
}


def everybody(cast: Cast) -> dict[str, Actor]:
    return {name: cast.person(name) for name in cast.accounts} | {
        "visitor": Person.visitor(),
        "nobody": Actor.nobody(),
    }


def test_the_grid_of_people_and_verbs(cast: Cast) -> None:
    callout = whistled(cast)
    assert set(MAY) == set(CALLOUTS)
    for name, actor in everybody(cast).items():
        for verb in CALLOUTS:
            assert CALLOUTS.may(actor, verb, callout) is (name in MAY[verb]), (name, verb)


def test_both_answers_of_each_rule_agree(cast: Cast) -> None:
    whistled(cast)
    operation(cast)
    whistled(cast, by="grid_leader", bodies=(cast.roads.pk,))
    rows = Callout.objects.select_related("meeting")
    assert disagreements(CALLOUTS, everybody(cast).values(), rows) == []


def test_the_doors_behind_the_grid_hold(cast: Cast) -> None:
    callout = whistled(cast, objects=SHOPS)
    finish(cast, callout)
    one = CalloutObject.objects.first()
    assert one is not None
    acts = {
        "list_objects": lambda by: calling_out.list_objects(
            callout.pk, [Listed("店", "新店")], by=by, at=AFTER
        ),
        "inspect": lambda by: calling_out.inspect(one.pk, "fine", by=by, at=AFTER),
        "follow_up": lambda by: calling_out.follow_up(callout.pk, Draft("修路面的坑"), by=by, at=AFTER),
        "settle": lambda by: calling_out.settle(callout.pk, by=by, at=AFTER),
    }
    for name, actor in everybody(cast).items():
        for verb, act in acts.items():
            with undone():
                if name in MAY[verb]:
                    act(actor)
                    continue
                with pytest.raises(Forbidden if name in MAY["see"] else NotFound):
                    act(actor)


def test_who_may_call_whom_out(cast: Cast) -> None:
    """A community whistles through its grid leader; operations are for the street and heads of public units."""
    may = {
        "whistle": {"clerk", "other_clerk", "leader", "grid_leader"},
        "operation": {"clerk", "other_clerk", "leader"},
    }
    for kind, names in may.items():
        for name, actor in everybody(cast).items():
            with undone():
                if name in names:
                    calling_out.call_out(call(cast, kind=kind), by=actor, at=WEDNESDAY)
                    continue
                with pytest.raises(Exception) as refusal:
                    calling_out.call_out(call(cast, kind=kind), by=actor, at=WEDNESDAY)
                assert refusal.value.status in (401, 403), name  # type: ignore[attr-defined]


def test_a_cancelled_callout_takes_no_more_steps(cast: Cast) -> None:
    callout = whistled(cast)
    cancel(callout.pk, "雨停了", by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        calling_out.follow_up(callout.pk, Draft("修路面的坑"), by=cast.clerk, at=WEDNESDAY)
    assert (
        queries.state_of(queries.get_callout(callout.pk, by=cast.clerk), WEDNESDAY, silent=0)[0] == "已取消"
    )


def test_nobody_is_waited_for_when_all_have_answered(cast: Cast) -> None:
    callout = queries.get_callout(whistled(cast).pk, by=cast.clerk)
    assert queries.state_of(callout, WEDNESDAY, silent=1)[0] == "等待答复"
    assert queries.state_of(callout, WEDNESDAY, silent=0)[0] == "等待到场"
