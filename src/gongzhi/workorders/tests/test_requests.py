"""Return, extension, suspension, void: asked, decided, overtaken, counted; and what the resident reads of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Deadline, Reminder
from gongzhi.workorders.actions import requesting
from gongzhi.workorders.actions.capping import set_cap
from gongzhi.workorders.figures import tally
from gongzhi.workorders.models import Asking, Request, WorkOrder
from gongzhi.workorders.queries import counts, scopes
from gongzhi.workorders.queries.ledger import entries, leaning, pending_counts
from tests.cast import WEDNESDAY, Cast
from tests.stage import NEWS, act, bring, cast, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)
FAR = date(2027, 2, 3)


def the_request(order: WorkOrder) -> Request:
    return Request.objects.filter(order=order).latest("pk")


def test_a_granted_extension_moves_the_promise_and_keeps_the_first_one(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    before = running(order.pk)["answer"]
    requesting.ask_extension(order.pk, until=FAR, reason="配件没有到", by=cast.road_worker, at=LATER)
    assert running(order.pk)["answer"].due_at == before.due_at  # nothing moves before somebody has decided
    order = requesting.grant_extension(order.pk, words="请每周报一次进度", by=cast.clerk, at=LATER)
    after = running(order.pk)["answer"]
    assert (after.first_due_at, after.extensions, after.starts_at) == (before.due_at, 1, before.starts_at)
    assert after.due_at.date() == FAR
    assert order.answer_due_at == after.due_at == WorkOrder.objects.get(pk=order.pk).answer_due_at
    row = the_request(order)
    assert (row.state, row.decided_by_id, row.words) == (
        "granted",
        cast.accounts["clerk"].pk,
        "请每周报一次进度",
    )
    assert row.unit_id == cast.roads.pk


def test_an_extension_is_asked_for_before_the_promise_runs_out_and_only_to_later(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    due_at = running(order.pk)["answer"].due_at
    with pytest.raises(Conflict) as refused:
        act(cast, "ask_extension", order.pk, at=due_at + timedelta(seconds=1), until=FAR)
    assert refused.value.code == "too_late_to_extend"
    with pytest.raises(Invalid):
        act(cast, "ask_extension", order.pk, at=LATER, until=due_at.date() - timedelta(days=1))
    with undone():
        act(cast, "ask_extension", order.pk, at=due_at - timedelta(seconds=1), until=FAR)


def test_what_was_asked_in_time_is_in_time_however_long_the_decision_took(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    due_at = running(order.pk)["answer"].due_at
    act(cast, "ask_extension", order.pk, at=due_at - timedelta(hours=1), until=FAR)
    remind(by=NEWS, at=due_at + timedelta(hours=1), most=1000)
    late = running(order.pk)["answer"]
    assert (late.missed_at, late.mark) == (due_at, 100)
    told = Reminder.objects.filter(deadline=late)
    assert told.filter(mark=100).exists()
    act(cast, "grant_extension", order.pk, at=due_at + timedelta(hours=2))
    moved = running(order.pk)["answer"]
    assert moved.missed_at is None and moved.mark < 80
    assert moved.next_look_at is not None and moved.next_look_at > due_at
    assert not told.filter(mark__gte=80).exists()  # they will be reminded of the new moment
    remind(by=NEWS, at=moved.due_at + timedelta(minutes=1), most=1000)
    assert running(order.pk)["answer"].missed_at == moved.due_at


def test_the_resident_reads_of_an_extension_in_plain_words(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "ask_extension", order.pk, at=LATER, until=FAR, reason="要等配件从外地发来")
    client = Client()
    client.force_login(cast.accounts["resident"])
    with stopped(LATER):
        page = client.get(f"/matter/{order.pk}/").content.decode()
        assert "要等配件" not in page  # what is asked is for colleagues
        act(cast, "grant_extension", order.pk, at=LATER)
        page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "办理时间延长到2027年2月3日，原因如下" in page
    assert "要等配件从外地发来" in page


def test_a_suspended_order_is_late_for_nobody(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    due_at = running(order.pk)["answer"].due_at
    act(cast, "ask_suspension", order.pk, at=LATER, until=FAR, reason="要等改造工程")
    order = act(cast, "grant_suspension", order.pk, at=LATER)
    assert (order.state, set(running(order.pk))) == ("suspended", {"answer", "review"})
    assert running(order.pk)["answer"].paused_at == LATER
    after = due_at + timedelta(days=3)
    unit = next(s for s in scopes(cast.road_worker) if s.key.startswith("unit-"))
    assert (counts(unit, now=after).open, counts(unit, now=after).late) == (1, 0)
    span = {"since": WEDNESDAY, "until": after}
    found = tally(("due", "owed"), division_id=cast.street.pk, at=after, **span)
    assert found[()] == {"due": 1, "owed": 0}
    remind(by=NEWS, at=after, most=1000)
    assert running(order.pk)["answer"].missed_at is None
    left = due_at - LATER
    order = act(cast, "resume_work", order.pk, at=after)
    assert running(order.pk)["answer"].due_at > after and left
    assert Deadline.objects.get(matter_id=order.pk, promise="review").met_at == after


def test_a_void_takes_two_people_and_can_be_taken_back(cast: Cast) -> None:
    order = bring(cast, "assigned")
    due_at = running(order.pk)["answer"].due_at
    act(cast, "ask_void", order.pk, by=cast.clerk, at=LATER)
    with undone(), pytest.raises(Forbidden):
        act(cast, "grant_void", order.pk, by=cast.clerk, at=LATER)
    act(cast, "grant_void", order.pk, by=cast.other_clerk, at=LATER)
    order = WorkOrder.objects.get(pk=order.pk)
    assert (order.state, order.open, order.next_due_at) == ("voided", False, None)
    act(cast, "restore", order.pk, at=LATER)
    assert set(running(order.pk)) == {"answer", "dispatch"}
    assert running(order.pk)["answer"].due_at == due_at  # not a minute bought by going through the void


def test_a_request_is_overtaken_when_the_order_moves_on(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "ask_extension", order.pk, at=LATER)
    act(cast, "answer", order.pk, at=LATER)
    order = WorkOrder.objects.get(pk=order.pk)
    assert (order.asked, the_request(order).state) == ("", "overtaken")
    other = report_drain(cast, by=cast.neighbour).order
    act(cast, "ask_return", other.pk, at=LATER)
    act(cast, "redispatch", other.pk, at=LATER)
    assert the_request(other).state == "overtaken"
    verbs = list(other.matter.thread.entries.order_by("position").values_list("verb", flat=True))
    assert verbs[-2:] == ["workorders.redispatch", "workorders.overtake"]


def test_one_request_at_a_time_and_a_decided_one_is_decided(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "ask_extension", order.pk, at=LATER)
    for verb in ("ask_return", "ask_suspension", "ask_void"):
        with undone(), pytest.raises(Conflict) as refused:
            act(cast, verb, order.pk, at=LATER)
        assert refused.value.code == "not_standing_open"
    act(cast, "refuse_extension", order.pk, at=LATER)
    for verb in ("grant_extension", "refuse_extension", "withdraw_request"):
        with undone(), pytest.raises(Conflict):
            act(cast, verb, order.pk, at=LATER, by=cast.clerk)
    act(cast, "ask_return", order.pk, at=LATER)
    act(cast, "withdraw_request", order.pk, by=cast.road_head, at=LATER)  # a colleague of who asked
    assert the_request(order).state == "withdrawn"


def test_the_share_of_a_unit_is_what_it_asked_of_what_it_had(cast: Cast) -> None:
    orders = [bring(cast, "in_hand")] + [report_drain(cast, by=cast.neighbour).order for _n in range(6)]
    act(cast, "ask_extension", orders[0].pk, at=LATER)
    act(cast, "ask_return", orders[1].pk, at=LATER)
    act(cast, "refuse_return", orders[1].pk, at=LATER)
    for order in orders[2:5]:
        act(cast, "ask_return", order.pk, at=LATER)
    act(cast, "grant_return", orders[2].pk, at=LATER)
    act(cast, "dispatch", orders[2].pk, unit_id=cast.gardens.pk, at=LATER)
    set_cap("return", percent=42, by=cast.leader, at=LATER)
    set_cap("extend", percent=5, by=cast.leader, at=LATER)
    (returned,) = leaning("return", by=cast.clerk, now=LATER)
    # six are still theirs, and the one that went to the gardens was
    assert (returned.unit_id, returned.asked, returned.had) == (cast.roads.pk, 3, 7)
    assert (round(returned.share, 3), returned.over) == (0.429, True)
    (extended,) = leaning("extend", by=cast.clerk, now=LATER)
    assert (extended.asked, extended.had) == (1, 6)
    assert (extended.over, extended.few) == (False, True)  # one request is no habit
    set_cap("return", percent=43, unit_id=cast.roads.pk, by=cast.leader, at=LATER)
    (returned,) = leaning("return", by=cast.clerk, now=LATER)
    assert returned.limit is not None and returned.limit.own and not returned.over
    assert leaning("return", by=cast.clerk, now=LATER + timedelta(days=31)) == []
    assert leaning("return", by=cast.gardener, now=LATER) == []  # nobody counts other units' requests


def test_who_reads_which_ledger(cast: Cast) -> None:
    order = bring(cast, "assigned")
    act(cast, "ask_return", order.pk, at=LATER)
    for name, count in {"clerk": 1, "leader": 1, "auditor": 1, "road_worker": 1, "gardener": 0}.items():
        assert entries("return", by=cast.person(name)).count() == count, name
        assert pending_counts(cast.person(name))["return"] == count, name
    act(cast, "grant_return", order.pk, at=LATER)
    act(cast, "dispatch", order.pk, unit_id=cast.gardens.pk, at=LATER)
    assert entries("return", by=cast.road_worker).count() == 1  # their own request, though the order has gone
    assert entries("return", by=cast.clerk, month=date(2026, 10, 3)).count() == 0
    assert entries("return", by=cast.clerk, month=date(2026, 11, 3), unit_id=cast.roads.pk).count() == 1


def test_only_leaders_and_administrators_set_caps(cast: Cast) -> None:
    for name in ("clerk", "road_head", "auditor", "resident"):
        with pytest.raises(Forbidden):
            set_cap("return", percent=5, by=cast.person(name), at=LATER)
    for wrong in ({"percent": 101}, {"percent": 5, "window_days": 0}, {"percent": 5, "unit_id": 0}):
        with pytest.raises(Invalid):
            set_cap("return", **{"by": cast.leader, "at": LATER, **wrong})  # type: ignore[arg-type]
    assert set_cap("return", percent=5, by=cast.leader, at=LATER) is not None
    assert set_cap("return", percent=None, by=cast.leader, at=LATER) is None
    assert set(Asking.values) == {"return", "extend", "suspend", "void"}
