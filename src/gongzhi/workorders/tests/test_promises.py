"""Promises: when they start, stand still, are kept or missed, and who hears of it on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Deadline, Reminder
from gongzhi.matters.queries import reminders_for
from gongzhi.people import actions as people
from gongzhi.territory import actions as territory
from gongzhi.workorders import readers
from gongzhi.workorders.actions.ruling import change_line
from gongzhi.workorders.dry_run import as_wanted, limit_in, limit_words
from gongzhi.workorders.models import PromiseRule, WorkOrder
from gongzhi.workorders.terms import term_for
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

SWEEP, TESTS = Actor.for_service("sweep"), Actor.for_service("tests")


def local(text: str) -> datetime:
    """A moment on the town's clock."""
    return datetime.fromisoformat(f"{text}+08:00")


def sweep(at: datetime) -> int:
    """The minute's look at promises."""
    with stopped(at):
        return remind(by=SWEEP, at=at)


def told(order: WorkOrder, promise: str = "") -> Counter[tuple[int, str]]:
    """(mark, role) of all reminders of an order."""
    rows = Reminder.objects.filter(matter_id=order.pk)
    if promise:
        rows = rows.filter(deadline__promise=promise)
    return Counter(rows.values_list("mark", "role"))


def verbs(order: WorkOrder) -> list[str]:
    """The verbs in an order's record."""
    return list(Entry.objects.filter(thread_id=order.pk).order_by("position").values_list("verb", flat=True))


# ---- when they are due


def test_a_drain_is_accepted_in_four_and_answered_in_eight_working_hours(cast: Cast) -> None:
    order = bring(cast, "assigned")  # Wednesday 10:00; office hours 9–12 and 14–18
    due = {promise: deadline.due_at for promise, deadline in running(order.pk).items()}
    assert due == {"accept": local("2026-11-18T16:00"), "answer": local("2026-11-19T11:00")}
    assert order.next_due_at == due["accept"]
    assert order.answer_due_at == due["answer"]


def test_a_line_of_responsibilities_brings_its_own_limit(cast: Cast) -> None:
    before = bring(cast, "assigned")
    assert before.rule is not None
    line = replace(as_wanted(before.rule), limit=3, limit_unit="work_days")
    with stopped(WEDNESDAY):
        change_line(line, starts_on=WEDNESDAY.date(), by=cast.clerk, at=WEDNESDAY)
    order = bring(cast, "assigned")
    answer = running(order.pk)["answer"]
    assert (answer.amount, answer.unit, answer.due_at) == (3, "work_days", local("2026-11-23T18:00"))
    assert running(order.pk)["accept"].due_at == running(before.pk)["accept"].due_at
    # what was promised before stays, and what is no defect is answered as the table says
    assert running(before.pk)["answer"].unit == "work_hours"
    asked = {"category_id": order.category_id, "rule_id": order.rule_id}
    consult = term_for("answer", appeal="consult", urgent=False, **asked)
    assert consult == term_for("answer", appeal="consult", urgent=False, category_id=order.category_id)
    urgent = term_for("answer", appeal="help", urgent=True, **asked)
    assert urgent is not None and urgent.amount != 3
    assert limit_in(limit_words(3, "work_days")) == (3, "work_days")
    assert [limit_in(text) for text in ("", "3", "0 hours", "3 weeks", "many hours")] == [(None, "")] * 5


def test_a_made_up_working_day_counts_and_a_holiday_does_not(cast: Cast) -> None:
    territory.set_day(
        "CN", local("2026-11-19T12:00").date(), works=False, name="台风停工", by=TESTS, at=WEDNESDAY
    )
    territory.set_day(
        "CN", local("2026-11-21T12:00").date(), works=True, name="调休上班", by=TESTS, at=WEDNESDAY
    )
    order = bring(cast, "assigned", at=local("2026-11-18T17:00"))
    due = running(order.pk)
    assert due["accept"].due_at == local(
        "2026-11-20T12:00"
    )  # one hour today, none on Thursday, three on Friday
    later = report_drain(cast, at=local("2026-11-20T17:00"), by=cast.neighbour).order
    assert running(later.pk)["accept"].due_at == local("2026-11-21T12:00")  # Saturday is worked


def test_a_calendar_changed_later_leaves_given_promises_alone(cast: Cast) -> None:
    order = bring(cast, "assigned")
    before = order.answer_due_at
    territory.set_day("CN", local("2026-11-19T12:00").date(), works=False, by=TESTS, at=WEDNESDAY)
    act(cast, "accept", order.pk, at=WEDNESDAY + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.answer_due_at == before


def test_an_urgent_matter_runs_by_the_clock_on_the_wall_at_night_too(cast: Cast) -> None:
    from gongzhi.workorders.tables import tree

    urgent = next(t for t in tree().topics.values() if t.urgent and t.code.startswith("01"))
    night = local("2026-11-21T23:00")
    order = report_drain(cast, category_id=urgent.id, at=night, emergency_acknowledged=True).order
    assert order.urgent
    due = running(order.pk)
    first = due.get("accept") or due["dispatch"]
    assert first.due_at - night in (timedelta(minutes=30), timedelta(minutes=15))
    assert due["answer"].due_at == night + timedelta(hours=4)


# ---- reminders


def test_each_reminder_comes_exactly_once_and_climbs_the_line(cast: Cast) -> None:
    order = bring(cast, "assigned")
    moments = {  # four working hours from 10:00, with the lunch break from 12 to 14
        50: local("2026-11-18T12:00"), 80: local("2026-11-18T15:12"),
        100: local("2026-11-18T16:00"), 150: local("2026-11-18T18:00"),
    }  # fmt: skip
    roles = {
        50: {"handler"}, 80: {"handler", "unit_head"}, 100: {"unit_head", "clerk"},
        150: {"unit_head", "clerk", "leader"},
    }  # fmt: skip
    expected: Counter[tuple[int, str]] = Counter()
    for mark, moment in moments.items():
        sweep(moment - timedelta(seconds=1))
        assert told(order, "accept") == expected, mark
        for again in (0, 1, 30):
            sweep(moment + timedelta(seconds=again))
        expected.update((mark, role) for role in roles[mark])
        assert told(order, "accept") == expected, mark
    said = [
        e.detail["mark"]
        for e in Entry.objects.filter(thread_id=order.pk)
        if e.detail.get("promise") == "accept"
    ]
    assert said == [50, 80, 100, 150]
    deadline = Deadline.objects.get(matter_id=order.pk, promise="accept")
    assert (deadline.missed_at, deadline.next_look_at) == (moments[100], None)


def test_the_people_of_the_line_find_their_reminders(cast: Cast) -> None:
    order = bring(cast, "assigned")
    sweep(local("2026-11-18T18:30"))

    def marks(name: str) -> set[int]:
        found = reminders_for(cast.person(name)).filter(matter_id=order.pk, deadline__promise="accept")
        return set(found.values_list("mark", flat=True))

    assert marks("road_worker") == {50, 80}
    assert marks("road_head") == {80, 100, 150}
    assert marks("clerk") == {100, 150}
    assert marks("leader") == {150}
    for stranger in ("gardener", "auditor", "grid_worker", "resident"):
        assert marks(stranger) == set(), stranger


def test_in_a_committee_the_grids_people_are_reminded(cast: Cast) -> None:
    order = bring(cast, "assigned")
    act(cast, "redispatch", order.pk, unit_id=cast.haitang_committee.pk, at=WEDNESDAY)
    sweep(local("2026-11-18T18:30"))
    assert reminders_for(cast.grid_worker).filter(matter_id=order.pk, role="handler").exists()
    assert set(reminders_for(cast.grid_leader).values_list("role", flat=True)) == {"handler", "unit_head"}
    assert not reminders_for(cast.far_grid_worker).exists()
    assert not reminders_for(cast.road_head).exists()


def test_an_order_nobody_dispatched_climbs_to_the_leader(cast: Cast) -> None:
    order = bring(cast, "triage")  # two working hours for the centre: until 12:00
    sweep(local("2026-11-18T12:00"))
    assert told(order, "dispatch") == Counter({(50, "clerk"): 1, (80, "clerk"): 1, (100, "clerk"): 1})
    sweep(local("2026-11-18T15:00"))
    assert told(order, "dispatch")[150, "leader"] == 1
    assert reminders_for(cast.leader).filter(matter_id=order.pk).exists()
    assert "workorders.missed" in verbs(order)


def test_an_order_nobody_accepted_still_climbs_for_its_answer(cast: Cast) -> None:
    order = bring(cast, "assigned")
    sweep(local("2026-11-23T12:00"))
    assert told(order, "answer")[150, "leader"] == 1
    assert {promise for promise, d in running(order.pk).items() if d.missed_at} == {"accept", "answer"}


EDITS = ("recategorise", "relocate", "note", "add", "redispatch", "assign")


@pytest.mark.parametrize("edit", EDITS)
def test_no_edit_moves_a_promise_or_starts_the_line_again(cast: Cast, edit: str) -> None:
    order = bring(cast, "assigned")
    sweep(local("2026-11-18T16:30"))
    before = {
        p: (d.starts_at, d.due_at, d.mark, d.next_look_at, d.missed_at) for p, d in running(order.pk).items()
    }
    told_before = told(order)
    at = local("2026-11-18T16:31")
    for again in range(3):
        act(cast, edit, order.pk, at=at + timedelta(minutes=again))
    after = {
        p: (d.starts_at, d.due_at, d.mark, d.next_look_at, d.missed_at) for p, d in running(order.pk).items()
    }
    assert after == before
    sweep(local("2026-11-18T17:00"))
    assert told(order) == told_before
    sweep(local("2026-11-18T18:00"))
    assert told(order, "accept")[150, "leader"] == 1


def test_sending_it_back_and_forth_does_not_move_the_answer(cast: Cast) -> None:
    order = bring(cast, "assigned")
    before = order.answer_due_at
    at = WEDNESDAY
    for _round in range(3):
        at += timedelta(minutes=10)
        act(cast, "ask_return", order.pk, at=at)
        act(cast, "grant_return", order.pk, at=at)
        act(cast, "dispatch", order.pk, at=at + timedelta(minutes=1))
        act(cast, "accept", order.pk, at=at + timedelta(minutes=2))
    assert running(order.pk)["answer"].due_at == before


def test_a_change_of_the_table_leaves_running_promises_alone(cast: Cast) -> None:
    from gongzhi.kit.revision import bump

    order = bring(cast, "assigned")
    before = running(order.pk)["answer"].due_at
    PromiseRule.objects.filter(promise="answer").update(amount=1, unit="minutes")
    bump("promises")
    act(cast, "accept", order.pk, at=WEDNESDAY + timedelta(minutes=1))
    assert running(order.pk)["answer"].due_at == before
    later = report_drain(cast, by=cast.neighbour, at=WEDNESDAY + timedelta(minutes=2)).order
    assert running(later.pk)["answer"].due_at == WEDNESDAY + timedelta(minutes=3)


def test_whoever_acts_is_no_longer_reminded(cast: Cast) -> None:
    order = bring(cast, "assigned")
    sweep(local("2026-11-18T16:30"))
    assert reminders_for(cast.road_worker).filter(deadline__promise="accept").exists()
    act(cast, "accept", order.pk, at=local("2026-11-18T16:40"))
    assert not reminders_for(cast.road_worker).filter(deadline__promise="accept").exists()
    accept = Deadline.objects.get(matter_id=order.pk, promise="accept")
    assert (accept.met_at, accept.missed_at) == (local("2026-11-18T16:40"), local("2026-11-18T16:00"))


def test_what_went_to_another_unit_reminds_the_former_no_longer(cast: Cast) -> None:
    order = bring(cast, "assigned")
    sweep(local("2026-11-18T15:30"))
    assert reminders_for(cast.road_worker).exists()
    act(cast, "redispatch", order.pk, at=local("2026-11-18T15:40"))
    assert not reminders_for(cast.road_worker).exists()
    sweep(local("2026-11-19T09:30"))
    assert reminders_for(cast.gardener).filter(matter_id=order.pk, deadline__promise="answer").exists()


def test_a_late_step_is_late_even_when_the_sweep_slept(cast: Cast) -> None:
    order = bring(cast, "assigned")
    act(cast, "accept", order.pk, at=local("2026-11-18T16:00"))
    on_time = Deadline.objects.get(matter_id=order.pk, promise="accept")
    assert (on_time.met_at, on_time.missed_at) == (local("2026-11-18T16:00"), None)  # the last moment counts
    act(cast, "answer", order.pk, at=local("2026-11-19T11:01"))
    late = Deadline.objects.get(matter_id=order.pk, promise="answer")
    assert late.missed_at == local("2026-11-19T11:00")


# ---- pauses


def test_waiting_for_the_resident_stops_the_promise_and_gives_back_exactly_that_time(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "ask_resident", order.pk, at=local("2026-11-18T11:00"))  # seven working hours are left
    order.refresh_from_db()
    assert running(order.pk)["answer"].paused_at == local("2026-11-18T11:00")
    assert order.next_due_at == running(order.pk)["supply"].due_at
    sweep(local("2026-11-20T09:30"))
    assert told(order, "answer") == Counter()
    act(cast, "supply", order.pk, at=local("2026-11-20T10:00"))
    answer = running(order.pk)["answer"]
    assert answer.due_at == local("2026-11-23T10:00")  # Friday 10–12 and 14–18, one hour on Monday
    assert answer.paused_at is None
    assert len(answer.pauses) == 1
    sweep(local("2026-11-20T18:00"))  # seven of eight hours are used
    assert told(order, "answer") == Counter({(50, "handler"): 1, (80, "handler"): 1, (80, "unit_head"): 1})


def test_a_question_without_an_answer_does_not_hold_the_promise_for_ever(cast: Cast) -> None:
    order = bring(cast, "waiting")
    over = running(order.pk)["supply"].due_at
    sweep(over)
    entry = Entry.objects.get(thread_id=order.pk, verb="workorders.ran_out")
    with stopped(over):
        from gongzhi.kit.acting import acting

        with acting(Actor.for_service("news")):
            readers.after_waiting(entry)
            readers.after_waiting(entry)  # safe to run twice
    order.refresh_from_db()
    assert order.state == "in_hand"
    assert running(order.pk)["answer"].paused_at is None
    assert verbs(order).count("workorders.take_up") == 1
    assert Deadline.objects.get(matter_id=order.pk, promise="supply").missed_at is None  # nobody's fault


# ---- the end


def _hear(order: WorkOrder, at: datetime) -> None:
    from gongzhi.kit.acting import acting

    with stopped(at), acting(Actor.for_service("news")):
        for entry in Entry.objects.filter(thread_id=order.pk, verb="workorders.ran_out"):
            readers.after_waiting(entry)


def test_what_nobody_rates_closes_by_itself_after_seven_working_days(cast: Cast) -> None:
    order = bring(cast, "released")
    over = running(order.pk)["rate"].due_at
    assert (over - order.opened_at).days == 9  # a weekend in between
    sweep(over - timedelta(seconds=1))
    _hear(order, over)
    order.refresh_from_db()
    assert order.state == "released"
    sweep(over)
    _hear(order, over)
    _hear(order, over)
    order.refresh_from_db()
    assert (order.state, order.open, order.closed_at) == ("closed", False, over)
    assert verbs(order).count("workorders.lapse") == 1
    assert not Deadline.objects.filter(matter_id=order.pk, missed_at__isnull=False).exists()


def test_reopening_is_possible_until_the_window_shuts(cast: Cast) -> None:
    from gongzhi.kit.errors import Conflict

    order = bring(cast, "closed", at=local("2026-11-02T10:00"))
    assert order.closed_at is not None
    closed = order.closed_at  # fifteen working days later
    last = closed + timedelta(days=21)
    with undone():
        act(cast, "reopen", order.pk, at=last)
        assert WorkOrder.objects.get(pk=order.pk).state == "assigned"
        assert set(running(order.pk)) == {"accept", "rework"}
    from civics import worktime
    from gongzhi.territory.ground import calendar_for

    edge = worktime.due(closed, 15, "work_days", calendar_for())
    with undone():
        act(cast, "reopen", order.pk, at=edge)
    with pytest.raises(Conflict) as refused:
        act(cast, "reopen", order.pk, at=edge + timedelta(seconds=1))
    assert refused.value.code == "reopen_window"


def test_each_answer_is_rated_once(cast: Cast) -> None:
    from gongzhi.kit.errors import Conflict

    order = bring(cast, "closed")
    at = WEDNESDAY + timedelta(hours=1)
    act(cast, "rate", order.pk, at=at)
    with undone(), pytest.raises(Conflict):
        act(cast, "rate", order.pk, at=at)
    act(cast, "reopen", order.pk, at=at)
    order.refresh_from_db()
    assert (order.solved, order.satisfied) == (None, None)  # the next answer is not rated yet
    for verb in ("accept", "answer", "pass_check", "confirm"):
        at += timedelta(minutes=1)
        act(cast, verb, order.pk, at=at)
    assert list(order.ratings.order_by("round").values_list("round", "solved", "satisfied")) == [
        (1, False, 2),
        (2, True, 5),
    ]


def test_an_imported_past_promises_nothing(cast: Cast) -> None:
    order = report_drain(cast, opened_at=WEDNESDAY - timedelta(days=90)).order
    assert not Deadline.objects.filter(matter_id=order.pk).exists()
    assert sweep(WEDNESDAY + timedelta(days=30)) == 0


def test_a_vacant_post_changes_nothing_for_the_others(cast: Cast) -> None:
    head = cast.accounts["road_head"].posts.get()
    people.end_post(head, on=START + timedelta(days=1), by=TESTS, at=WEDNESDAY)
    order = bring(cast, "assigned")
    sweep(local("2026-11-18T18:30"))
    assert not reminders_for(cast.road_head).exists()
    assert reminders_for(cast.leader).filter(matter_id=order.pk, mark=150).exists()
