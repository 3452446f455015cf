"""Emergency mode: clocks, promises that stand still and go on, the board, notices with receipts, the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.models import Organisation
from gongzhi.people.roles import Role
from gongzhi.workorders import jobs
from gongzhi.workorders.actions import emergency, holding, looking_back
from gongzhi.workorders.models import Emergency, Hold, Receipt, Shelter, WorkOrder
from gongzhi.workorders.policies.police import POLICE
from gongzhi.workorders.tables import tree
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import act, an_emergency, bring, cast, neighbourhood, report_drain, running

__all__ = ["cast", "neighbourhood"]

HOUR = timedelta(hours=1)
SWEEP = Actor.for_service("sweep")


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def drain_code() -> str:
    return "010108"


def ended(cast: Cast, row: Emergency, at: datetime) -> Emergency:
    emergency.ask_end(row.pk, reason="台风已经过去", by=cast.clerk, at=at)
    return emergency.end(row.pk, by=cast.leader, at=at)


def test_new_promises_count_hours_of_the_clock_in_the_area_and_the_category_only(cast: Cast) -> None:
    night = WEDNESDAY + timedelta(hours=10)  # 20:00, outside working hours
    plain = running(report_drain(cast, at=night).order.pk)["answer"]
    assert plain.unit == "work_hours"
    amount = plain.amount
    row = an_emergency(cast, categories=[drain_code()], division_id=cast.haitang.pk)
    quick = running(report_drain(cast, at=night, by=cast.neighbour).order.pk)["answer"]
    assert (quick.unit, quick.amount, quick.due_at) == ("hours", amount, night + amount * HOUR)
    far = report_drain(cast, at=night, lon=113.525, lat=22.205, by=cast.neighbour).order  # another community
    assert running(far.pk)["answer"].unit == "work_hours"
    ended(cast, row, WEDNESDAY + HOUR)
    assert running(report_drain(cast, at=night).order.pk)["answer"].unit == "work_hours"


def test_a_working_day_is_as_many_hours_as_was_said(cast: Cast) -> None:
    an_emergency(cast, categories=["01"], day_hours=12)
    help_ = next(t for t in tree().topics.values() if t.code == "010302")  # trees: five working days
    order = report_drain(cast, description="榕树枝断了，压在路上。", category_id=help_.id).order
    answer = running(order.pk)["answer"]
    assert (answer.unit, answer.due_at - answer.starts_at) == ("hours", answer.amount * HOUR)
    assert answer.amount % 12 == 0


def test_what_is_not_urgent_stands_still_and_goes_on_with_the_time_that_was_left(cast: Cast) -> None:
    order, lamp = bring(cast, "in_hand"), bring(cast, "triage")
    due = running(order.pk)["answer"].due_at
    row = an_emergency(cast, at=WEDNESDAY + HOUR)
    (job,) = ProcrastinateJob.objects.filter(task_name="workorders.hold_orders")
    assert job.args == {"emergency_id": row.pk}
    assert holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + HOUR) == 2
    assert holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + HOUR) == 0  # safe to run twice
    order.refresh_from_db()
    assert order.held and order.next_due_at is None
    assert all(d.paused_at == WEDNESDAY + HOUR for d in running(order.pk).values())
    page = Client()
    page.force_login(cast.accounts["clerk"])
    assert "应急暂停" in page.get(f"/desk/{order.pk}/").content.decode()
    ended(cast, row, WEDNESDAY + 3 * HOUR)
    with clock.stopped(WEDNESDAY + 3 * HOUR):
        assert jobs.release_orders(row.pk) == 2
        assert jobs.release_left_over(0) == 0
    order.refresh_from_db()
    assert not order.held and not WorkOrder.objects.get(pk=lamp.pk).held
    assert running(order.pk)["answer"].paused_at is None
    assert running(order.pk)["answer"].due_at > due
    assert holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + 4 * HOUR) == 0  # it is over
    verbs = list(order.matter.thread.entries.order_by("position").values_list("verb", flat=True))
    assert verbs[-2:] == ["workorders.hold", "workorders.unhold"]


def test_a_clerk_may_let_one_go_on_and_a_question_to_the_resident_outlasts_the_emergency(cast: Cast) -> None:
    order, other = bring(cast, "in_hand"), bring(cast, "assigned")
    row = an_emergency(cast, at=WEDNESDAY + HOUR)
    holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + HOUR)
    act(cast, "unhold", other.pk, at=WEDNESDAY + HOUR)
    assert holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + 2 * HOUR) == 0  # not held a second time
    act(cast, "ask_resident", order.pk, at=WEDNESDAY + 2 * HOUR)
    ended(cast, row, WEDNESDAY + 3 * HOUR)
    assert holding.release_all(row.pk, by=SWEEP, at=WEDNESDAY + 3 * HOUR) == 1
    assert running(order.pk)["answer"].paused_at is not None  # the resident has not replied yet
    act(cast, "supply", order.pk, at=WEDNESDAY + 4 * HOUR)
    assert running(order.pk)["answer"].paused_at is None
    shut = bring(cast, "assigned")
    again = an_emergency(cast, at=WEDNESDAY + 5 * HOUR, name="台风“海棠”")
    holding.hold_all(again.pk, by=SWEEP, at=WEDNESDAY + 5 * HOUR)
    act(cast, "withdraw", shut.pk, at=WEDNESDAY + 6 * HOUR)
    ended(cast, again, WEDNESDAY + 7 * HOUR)
    holding.release_all(again.pk, by=SWEEP, at=WEDNESDAY + 7 * HOUR)
    assert not WorkOrder.objects.get(pk=shut.pk).held and not Hold.objects.filter(ended_at=None).exists()


def test_orders_on_the_emergency_clock_are_spared(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    row = an_emergency(cast, categories=["01"], at=WEDNESDAY + HOUR)
    assert holding.hold_all(row.pk, by=SWEEP, at=WEDNESDAY + HOUR) == 0
    assert not Hold.objects.filter(order=order).exists()


#: verb → who may, for an emergency of the street.
MAY: dict[str, set[str]] = {
    "see_emergency": {"clerk", "leader", "auditor", "checker", "grid_worker", "road_worker"},
    "switch_on": {"leader"}, "ask_end": {"clerk", "leader"}, "end": {"clerk", "leader"},
    "take_back_end": {"clerk", "leader"}, "prepare": {"clerk", "leader"}, "notify": {"clerk", "leader"},
    "write_record": {"clerk", "leader"}, "finish_record": {"leader"}, "tend": {"clerk", "leader"},
    "see_pairs": {"clerk", "leader", "auditor", "checker", "grid_worker", "road_worker"},
    "change_pairs": {"clerk", "leader"}, "change_partners": set(), "count_calls": {"clerk"},
    "see_tips": {"clerk"}, "count_tips": {"clerk", "leader", "auditor"},
}  # fmt: skip


def test_the_grid_of_people_and_acts(cast: Cast) -> None:
    assert set(MAY) == set(POLICE)
    people: dict[str, Actor] = {
        name: cast.person(name)
        for name in ("clerk", "leader", "auditor", "checker", "grid_worker", "road_worker", "resident")
    }
    people |= {"visitor": Person.visitor(), "service": SWEEP}
    for verb, allowed in MAY.items():
        for name, actor in people.items():
            assert POLICE.may(actor, verb, cast.street.path) is (name in allowed), (verb, name)
    assert POLICE.may(cast.grid_worker, "tend", cast.grid_1.path)
    assert not POLICE.may(cast.clerk, "prepare", cast.street.parent.path)  # the district is not the street's


def test_two_people_end_it_and_an_area_has_one_at_a_time(cast: Cast) -> None:
    row = an_emergency(cast)
    with pytest.raises(Conflict):
        an_emergency(cast, name="第二次")
    with pytest.raises(Forbidden):
        emergency.switch_on(
            name="我", kind="flood", division_id=cast.street.pk, reason="试试看", by=cast.clerk, at=WEDNESDAY
        )
    with pytest.raises(Conflict):
        emergency.end(row.pk, by=cast.leader, at=WEDNESDAY)
    emergency.ask_end(row.pk, reason="过去了", by=cast.leader, at=WEDNESDAY)
    with pytest.raises(Forbidden) as alone:
        emergency.end(row.pk, by=cast.leader, at=WEDNESDAY)
    assert alone.value.code == "two_people"
    emergency.take_back_end(row.pk, by=cast.clerk, at=WEDNESDAY)
    emergency.ask_end(row.pk, reason="真的过去了", by=cast.leader, at=WEDNESDAY)
    done = emergency.end(row.pk, by=cast.clerk, at=WEDNESDAY)
    assert done.ended_at == WEDNESDAY
    for late in (emergency.ask_end, emergency.open_shelter):
        with pytest.raises(Conflict):
            said: dict[str, Any] = (
                {"reason": "再来"}
                if late is emergency.ask_end
                else {"name": "小学", "place": "", "capacity": 5}
            )
            late(row.pk, by=cast.clerk, at=WEDNESDAY, **said)  # type: ignore[operator]
    assert an_emergency(cast, name="第三次").pk != row.pk


def test_the_board_counts_people_and_names_nobody(cast: Cast) -> None:
    row = an_emergency(cast)
    shelter = emergency.open_shelter(
        row.pk, name="听涛小学", place="听涛路 1 号", capacity=80, by=cast.clerk, at=WEDNESDAY
    )
    emergency.count_people(shelter.pk, 65, by=cast.clerk, at=WEDNESDAY, seen=0)
    with pytest.raises(Conflict):
        emergency.count_people(shelter.pk, 66, by=cast.other_clerk, at=WEDNESDAY, seen=0)
    with pytest.raises(Forbidden):
        emergency.count_people(shelter.pk, 1, by=cast.road_worker, at=WEDNESDAY)
    with pytest.raises(Invalid):
        emergency.count_people(shelter.pk, 3, is_open=False, by=cast.clerk, at=WEDNESDAY)
    shelter.refresh_from_db()
    assert (shelter.people, shelter.most, shelter.edits) == (65, 65, 1)
    assert {f.name for f in Shelter._meta.get_fields()} == {
        "id", "emergency", "name", "place", "keeper", "capacity", "people", "most", "open", "counted_at", "edits",
    }  # fmt: skip
    supply = emergency.add_supply(
        row.pk, name="沙袋", unit="袋", place="", there=60, wanted=100, by=cast.clerk, at=WEDNESDAY
    )
    emergency.count_supply(supply.pk, 90, by=cast.clerk, at=WEDNESDAY, seen=0)
    account = cast.accounts["road_worker"].pk
    begins = WEDNESDAY - HOUR
    shift = emergency.put_on_duty(
        row.pk,
        account_id=account,
        task="抢险",
        begins_at=begins,
        ends_at=begins + 12 * HOUR,
        by=cast.clerk,
        at=WEDNESDAY,
    )
    with pytest.raises(Invalid):
        emergency.put_on_duty(
            row.pk,
            account_id=account,
            task="抢险",
            begins_at=begins,
            ends_at=begins + HOUR,
            by=cast.clerk,
            at=WEDNESDAY,
        )
    with pytest.raises(Invalid):
        emergency.put_on_duty(
            row.pk,
            account_id=cast.accounts["resident"].pk,
            task="抢险",
            begins_at=begins,
            ends_at=WEDNESDAY,
            by=cast.clerk,
            at=WEDNESDAY,
        )
    visitor = Client().get(f"/emergency/{row.pk}/").content.decode()
    assert "听涛小学" in visitor and "还能进 15 人" in visitor
    assert "road_worker" not in visitor and "沙袋" not in visitor and "抢险" not in visitor
    clerk = Client()
    clerk.force_login(cast.accounts["clerk"])
    staff = clerk.get(f"/emergency/{row.pk}/").content.decode()
    assert "road_worker" in staff and "缺 10 袋" in staff
    emergency.take_off_duty(shift.pk, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(NotFound):
        emergency.take_off_duty(shift.pk, by=cast.other_clerk, at=WEDNESDAY)


def test_a_notice_says_who_has_not_read_it(cast: Cast) -> None:
    row = an_emergency(cast)
    bulletin = emergency.notify(
        row.pk, title="转移低洼处", text="请今晚八点前转移。", bodies=[cast.roads.pk], roles=["grid_leader", "grid_member"],
        by=cast.clerk, at=WEDNESDAY,
    )  # fmt: skip
    told = set(Receipt.objects.filter(bulletin=bulletin).values_list("account__login", flat=True))
    assert told == {"road_worker", "road_head", "grid_worker", "grid_leader", "far_grid_worker"}
    worker = Client()
    worker.force_login(cast.accounts["road_worker"])
    assert "转移低洼处" in worker.get(f"/emergency/{row.pk}/").content.decode()
    assert worker.post(f"/emergency/{row.pk}/read/", {"part": bulletin.pk}).status_code == 302
    assert "我读过了" not in worker.get(f"/emergency/{row.pk}/").content.decode()
    assert worker.get(f"/emergency/{row.pk}/notices/{bulletin.pk}/").status_code == 404
    with pytest.raises(NotFound):
        emergency.read(bulletin.pk, by=cast.gardener, at=WEDNESDAY)
    clerk = Client()
    clerk.force_login(cast.accounts["clerk"])
    page = clerk.get(f"/emergency/{row.pk}/notices/{bulletin.pk}/").content.decode()
    unread, _middle, read = page.partition("已读")
    assert (
        "road_head" in unread
        and "road_worker" in read
        and "road_worker" not in unread.partition("还没有读")[2]
    )


def test_the_record_is_made_from_what_happened_and_every_figure_is_its_list(cast: Cast) -> None:
    old = bring(cast, "in_hand")
    row = an_emergency(cast, categories=[drain_code()[:4]], at=WEDNESDAY + HOUR, division_id=cast.haitang.pk)
    assert old.category_id is not None
    shelters = [
        emergency.open_shelter(row.pk, name=name, place="", capacity=50, by=cast.leader, at=WEDNESDAY + HOUR)
        for name in ("听涛小学", "文化站")
    ]
    for shelter, many in ((0, 30), (1, 20), (0, 10), (1, 45), (1, 0), (0, 0)):
        emergency.count_people(shelters[shelter].pk, many, by=cast.leader, at=WEDNESDAY + 2 * HOUR)
    report_drain(cast, at=WEDNESDAY + 2 * HOUR)
    report_drain(
        cast, at=WEDNESDAY + 2 * HOUR, lon=113.525, lat=22.205, by=cast.neighbour
    )  # another community
    emergency.ask_end(row.pk, reason="水退了", by=cast.leader, at=WEDNESDAY + 5 * HOUR)
    assert POLICE.may(cast.clerk, "end", cast.haitang.path)
    emergency.end(row.pk, by=cast.clerk, at=WEDNESDAY + 5 * HOUR)
    with pytest.raises(Conflict):
        looking_back.write_record(row.pk, "先写几个字看看行不行", by=cast.clerk, at=WEDNESDAY)
    made = looking_back.draft_record(row.pk, by=cast.clerk, at=WEDNESDAY + 6 * HOUR)
    figures = {one["code"]: one for one in made.figures}
    assert {code: one["value"] for code, one in figures.items()} == {
        "came": 1, "about": 1, "answered": 0, "late": 0, "held": 0, "still_held": 0, "hours": 4, "shelters": 2,
        "places": 100, "most": 55, "shifts": 0, "told": 0, "read": 0,
    }  # fmt: skip
    assert all(one["value"] == len(one["orders"]) for one in made.figures if "orders" in one)
    assert "台风“海燕”" in made.record and "同时安置最多 55 人" in made.record
    looking_back.write_record(
        row.pk, made.record + "\n排水口要提前清。", by=cast.clerk, at=WEDNESDAY + 6 * HOUR
    )
    with pytest.raises(Invalid):
        looking_back.write_record(
            row.pk, "请联系 13800138000，谢谢大家。", by=cast.clerk, at=WEDNESDAY + 6 * HOUR
        )
    with pytest.raises(Forbidden):
        looking_back.finish_record(row.pk, by=cast.clerk, at=WEDNESDAY + 7 * HOUR)
    looking_back.finish_record(row.pk, by=cast.leader, at=WEDNESDAY + 7 * HOUR)
    for late in (looking_back.draft_record, looking_back.finish_record):
        with pytest.raises(Conflict):
            late(row.pk, by=cast.leader, at=WEDNESDAY + 8 * HOUR)
    clerk = Client()
    clerk.force_login(cast.accounts["clerk"])
    paper = clerk.get(f"/emergency/{row.pk}/record/print/").content.decode()
    assert "排水口要提前清" in paper and "听涛小学" in paper
    assert clerk.get(f"/emergency/{row.pk}/lists/came/").status_code == 200
    assert clerk.get(f"/emergency/{row.pk}/lists/most/").status_code == 404


def test_the_banner_stands_on_every_page_of_the_area(cast: Cast) -> None:
    assert "alarms" not in Client().get("/report/").content.decode()
    row = an_emergency(cast, division_id=cast.haitang.pk)
    for path in ("/report/", "/police/", "/tip/", f"/emergency/{row.pk}/", "/emergency/"):
        assert "台风“海燕”应急" in Client().get(path).content.decode(), path
    for name, seen in {
        "clerk": True,
        "grid_worker": True,
        "far_grid_worker": False,
        "road_worker": True,
    }.items():
        page = Client()
        page.force_login(cast.accounts[name])
        assert ("台风“海燕”应急" in page.get("/desk/").content.decode()) is seen, name
    # who heads a building of another community is a neighbour all the same
    people.give_post(
        cast.accounts["neighbour"], Role.BUILDING_HEAD, organisation=Organisation.objects.get(code="tingtao_committee"), starts_on=START,
        by=SWEEP, at=WEDNESDAY,
    )  # fmt: skip
    page = Client()
    page.force_login(cast.accounts["neighbour"])
    assert "台风“海燕”应急" in page.get("/").content.decode()


def test_every_page_answers_everybody_somehow(cast: Cast) -> None:
    row = an_emergency(cast)
    pages = {
        "/emergency/new/": {"": 302, "resident": 403, "clerk": 403, "leader": 200},
        f"/emergency/{row.pk}/record/": {"": 302, "resident": 403, "clerk": 200, "road_worker": 200},
        f"/emergency/{row.pk}/": {"": 200, "resident": 200, "clerk": 200, "auditor": 200},
        "/house/pairs/": {"": 302, "resident": 403, "clerk": 200, "road_worker": 200},
        "/house/pairs/?view=month": {"clerk": 200},
        f"/house/pairs/{cast.haitang.pk}/": {"clerk": 200, "grid_worker": 200, "resident": 403},
        "/desk/tips/": {"": 302, "resident": 403, "clerk": 200, "auditor": 200, "leader": 200},
        "/emergency/987654/": {"": 404},
    }
    for path, wanted in pages.items():
        for name, status in wanted.items():
            page = Client()
            if name:
                page.force_login(cast.accounts[name])
            assert page.get(path).status_code == status, (path, name)
    leader = Client()
    leader.force_login(cast.accounts["leader"])
    bad = leader.post(f"/emergency/{row.pk}/shelter/", {"name": "", "capacity": "0"})
    assert bad.status_code == 400
    good = leader.post(
        f"/emergency/{row.pk}/shelter/", {"name": "小学", "place": "", "capacity": "40", "keeper": ""}
    )
    assert good.status_code == 302
    shelter = Shelter.objects.get()
    assert (
        leader.post(
            f"/emergency/{row.pk}/people/", {"part": shelter.pk, "people": "7", "seen": "0"}
        ).status_code
        == 302
    )
    assert (
        leader.post(
            f"/emergency/{row.pk}/people/", {"part": shelter.pk, "people": "8", "seen": "0"}
        ).status_code
        == 409
    )
    assert leader.post(f"/emergency/{row.pk}/nonsense/").status_code == 404
    answer = leader.post(
        "/emergency/new/",
        {
            "name": "暴雨",
            "kind": "flood",
            "division": cast.tingtao.pk,
            "reason": "内涝",
            "day_hours": "8",
            "categories": ["01"],
        },
    )
    assert answer.status_code == 302 and Emergency.objects.count() == 2
