"""The spine with a toy kind: it works whatever rooms are installed, and knows none of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.journal.models import Entry
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden
from gongzhi.kit.revision import one_look
from gongzhi.matters import actions, clocks, kinds, queries
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Deadline, How, Link, Matter, Party, Reminder
from gongzhi.matters.tests.toy import KEEPER, KIND, TERM, WEDNESDAY, begin, locked, take, toy

__all__ = ["toy"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]

SWEEP = Actor.for_service("sweep")


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


def test_a_matter_opens_whole_and_its_key_is_its_threads(statements: list[str]) -> None:
    with one_look():
        begin()
        statements.clear()
        matter = begin(reporter_key=b"k" * 32)
    assert len(statements) == 5
    assert matter.pk == matter.thread_id == matter.thread.pk
    assert matter.number == f"T261118-{matter.pk:06d}"
    assert (matter.state, matter.next_due_at) == ("wanted", WEDNESDAY + minutes(60))
    assert list(Entry.objects.filter(thread_id=matter.pk).values_list("verb", flat=True)) == ["toy.open"]
    assert Party.objects.get(matter=matter).part == "reporter"
    assert holds(matter.pk).ok


def test_steps_move_the_clocks_and_write_the_record() -> None:
    pk = begin().pk
    taken = take(pk, "lend", at=WEDNESDAY + minutes(10))
    assert (taken.before, taken.matter.state, [d.promise for d in taken.running]) == (
        "wanted",
        "lent",
        ["return"],
    )
    taken = take(pk, "take_back", at=WEDNESDAY + minutes(20))
    matter = Matter.objects.get(pk=pk)
    assert (matter.state, matter.closed_at, matter.next_due_at) == ("back", WEDNESDAY + minutes(20), None)
    taken = take(pk, "lend_again", at=WEDNESDAY + minutes(30))
    assert (taken.matter.closed_at, taken.matter.next_due_at) == (None, WEDNESDAY + minutes(90))
    assert Matter.objects.get(pk=pk).thread.length == 4
    assert holds(pk).ok


def test_a_forbidden_step_and_a_stranger_are_told_apart() -> None:
    pk = begin().pk
    with pytest.raises(Conflict):
        take(pk, "take_back")
    with pytest.raises(Forbidden):
        take(pk, "lend", by=Actor.nobody())
    with pytest.raises(Conflict):
        take(pk, "take_back", by=Actor.nobody())
    assert Matter.objects.get(pk=pk).state == "wanted"
    assert Entry.objects.filter(thread_id=pk).count() == 1


def test_a_version_seen_before_is_a_conflict() -> None:
    matter = begin()
    actions.same_version(matter, None)
    actions.same_version(matter, 1)
    take(matter.pk, "lend")
    with pytest.raises(Conflict) as refused:
        actions.same_version(locked(matter.pk), 1)
    assert (refused.value.status, refused.value.code) == (409, "someone_was_quicker")


def test_a_pause_gives_back_exactly_the_time_that_was_left() -> None:
    pk = begin().pk
    take(pk, "lend")
    take(pk, "wait", at=WEDNESDAY + minutes(10))
    take(pk, "wait", at=WEDNESDAY + minutes(15))  # pausing twice is pausing once
    assert Matter.objects.get(pk=pk).next_due_at is None
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(600)) == 0
    take(pk, "go_on", at=WEDNESDAY + minutes(1000))
    take(pk, "go_on", at=WEDNESDAY + minutes(1001))
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert row.due_at == WEDNESDAY + minutes(1050)
    assert row.next_look_at == WEDNESDAY + minutes(1020), "half of the hour, the pause not counted"


def test_starting_a_running_promise_again_buys_no_time() -> None:
    rows = [clocks.begin("return", TERM, matter_id=1, at=WEDNESDAY, jurisdiction="CN")]
    changed, new, still = clocks.apply(
        {"return": "start"},
        rows,
        lambda promise: TERM,
        matter_id=1,
        at=WEDNESDAY + minutes(50),
        jurisdiction="CN",
    )
    assert (changed, new, still) == ([], [], rows)


def test_an_extension_moves_the_moment_and_keeps_the_first_one() -> None:
    pk = begin().pk
    take(pk, "lend")
    remind(by=SWEEP, at=WEDNESDAY + minutes(50))
    assert Reminder.objects.filter(matter_id=pk).count() == 2
    until = WEDNESDAY + minutes(100)
    taken = take(pk, "wait", at=WEDNESDAY + minutes(55), clock={"return": "extend"}, until={"return": until})
    (row,) = taken.running
    assert (row.due_at, row.first_due_at, row.extensions) == (until, WEDNESDAY + minutes(60), 1)
    assert (row.mark, row.next_look_at) == (50, WEDNESDAY + minutes(80)), "half of the new time is over"
    assert taken.matter.next_due_at == until
    assert [told.mark for told in Reminder.objects.filter(matter_id=pk)] == [50]
    remind(by=SWEEP, at=WEDNESDAY + minutes(81))
    assert Reminder.objects.filter(matter_id=pk, mark=80).count() == 1
    again = WEDNESDAY + minutes(200)
    take(pk, "wait", at=WEDNESDAY + minutes(90), clock={"return": "extend"}, until={"return": again})
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert (row.due_at, row.first_due_at, row.extensions) == (again, WEDNESDAY + minutes(60), 2)


def test_an_extension_needs_a_later_moment_and_never_wakes_a_clock_that_stands() -> None:
    pk = begin().pk
    take(pk, "lend")
    with pytest.raises(ValueError, match="until when"):
        take(pk, "wait", clock={"return": "extend"})
    with pytest.raises(ValueError, match="later"):
        take(pk, "wait", clock={"return": "extend"}, until={"return": WEDNESDAY + minutes(60)})
    take(pk, "wait", at=WEDNESDAY + minutes(10))
    take(
        pk, "wait", at=WEDNESDAY + minutes(11), clock={"return": "extend"},
        until={"return": WEDNESDAY + minutes(90)},
    )  # fmt: skip
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert row.next_look_at is None and row.paused_at is not None
    take(pk, "go_on", at=WEDNESDAY + minutes(30))
    assert Deadline.objects.get(matter_id=pk, promise="return").due_at == WEDNESDAY + minutes(110)


def test_a_promise_may_start_with_a_moment_that_was_agreed_on_and_start_anew() -> None:
    pk = begin().pk
    agreed = WEDNESDAY + minutes(300)
    take(pk, "lend", until={"return": agreed})
    first = Deadline.objects.get(matter_id=pk, promise="return")
    assert (first.due_at, first.next_look_at) == (agreed, WEDNESDAY + minutes(150))
    take(pk, "wait", at=WEDNESDAY + minutes(5), clock={"return": "restart"})
    first.refresh_from_db()
    assert first.cancelled_at == WEDNESDAY + minutes(5) and first.next_look_at is None
    second = Deadline.objects.get(matter_id=pk, promise="return", cancelled_at=None)
    assert second.due_at == WEDNESDAY + minutes(65)
    take(pk, "wait", at=WEDNESDAY + minutes(6), clock={"lend": "restart"})
    assert Deadline.objects.filter(matter_id=pk, promise="lend", met_at=None).count() == 1, "like a start"


def test_reminders_climb_and_come_once() -> None:
    pk = begin().pk
    take(pk, "lend")
    for minute, told in ((29, 0), (30, 1), (47, 1), (48, 2), (60, 4), (89, 4), (90, 6), (200, 6)):
        remind(by=SWEEP, at=WEDNESDAY + minutes(minute))
        remind(by=SWEEP, at=WEDNESDAY + minutes(minute))
        assert Reminder.objects.filter(matter_id=pk).count() == told, minute
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert (row.mark, row.missed_at, row.next_look_at) == (150, WEDNESDAY + minutes(60), None)
    take(pk, "take_back", at=WEDNESDAY + minutes(201))
    assert not Reminder.objects.filter(matter_id=pk, settled_at=None).exists()


def test_a_sweep_that_comes_late_makes_up_for_all_it_missed() -> None:
    pk = begin().pk
    take(pk, "lend")
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(500)) == 1
    assert set(Reminder.objects.filter(matter_id=pk).values_list("mark", "role")) == {
        (50, "handler"), (80, "handler"), (100, "handler"), (100, "clerk"), (150, "handler"), (150, "clerk"),
    }  # fmt: skip
    said = Entry.objects.filter(thread_id=pk, verb="toy.missed")
    assert [entry.detail["mark"] for entry in said] == [150]
    assert holds(pk).ok


def test_a_batch_takes_the_longest_overdue_first() -> None:
    pks = [begin().pk for _each in range(5)]
    Deadline.objects.filter(matter_id=pks[3]).update(next_look_at=WEDNESDAY)
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(31), most=1) == 1
    assert set(Reminder.objects.values_list("matter_id", flat=True)) == {pks[3]}
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(31), most=2) == 2
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(31)) == 2
    assert remind(by=SWEEP, at=WEDNESDAY + minutes(31)) == 0


def test_matters_lead_to_one_another_and_a_link_taken_back_stays_as_history() -> None:
    one, other = begin(), begin()
    actions.link(one, other, How.FOLLOWS, by=KEEPER, at=WEDNESDAY)
    assert [(row.origin_id, row.target_id) for row in queries.links_of(other.pk)] == [(one.pk, other.pk)]
    assert actions.unlink(one, How.FOLLOWS, by=KEEPER, at=WEDNESDAY) == other
    assert actions.unlink(one, How.FOLLOWS, by=KEEPER, at=WEDNESDAY) is None
    assert queries.links_of(one.pk) == []
    assert Link.objects.count() == 1


def test_taking_part_twice_is_taking_part_once() -> None:
    matter = begin()
    key = b"f" * 32
    assert actions.add_party(matter, "follower", key_digest=key, by=Actor.nobody(), at=WEDNESDAY)
    assert not actions.add_party(matter, "follower", key_digest=key, by=Actor.nobody(), at=WEDNESDAY)
    assert queries.matter_by_key(key) == (matter.pk, "follower")
    assert queries.followers(matter.pk) == 1


def test_the_nearest_promise_is_the_one_that_runs() -> None:
    early = clocks.begin("lend", TERM, matter_id=1, at=WEDNESDAY, jurisdiction="CN")
    late = clocks.begin("return", TERM, matter_id=1, at=WEDNESDAY + minutes(5), jurisdiction="CN")
    assert clocks.nearest([late, early]) == early.due_at
    early.paused_at = WEDNESDAY
    assert clocks.nearest([late, early]) == late.due_at
    assert clocks.nearest([]) is None


@pytest.mark.parametrize(
    ("minute", "state"), [(0, "fine"), (47, "fine"), (48, "soon"), (60, "soon"), (61, "late")]
)
def test_how_a_promise_stands(minute: int, state: str) -> None:
    row = clocks.begin("lend", TERM, matter_id=1, at=WEDNESDAY, jurisdiction="CN")
    assert clocks.standing(row, WEDNESDAY + minutes(minute))["state"] == state
    row.paused_at = WEDNESDAY + minutes(1)
    assert clocks.standing(row, WEDNESDAY + minutes(minute + 500))["state"] == "paused"
    row.paused_at, row.met_at = None, WEDNESDAY + minutes(2)
    assert clocks.standing(row, WEDNESDAY + minutes(900))["state"] == "met"


def test_the_toy_is_known_while_it_is_installed() -> None:
    assert kinds.kind_of("toy") is KIND
    assert KIND in kinds.known()
