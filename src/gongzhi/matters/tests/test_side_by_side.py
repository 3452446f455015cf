"""The sweep beside itself and beside people: reminded once, nothing lost, no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from gongzhi.journal.actions import Said
from gongzhi.journal.models import Entry
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.matters import actions, jobs
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Deadline, Matter, Reminder
from gongzhi.matters.tests.toy import KEEPER, TERM, WEDNESDAY, begin, locked, take, toy

__all__ = ["toy"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("toy")]

SWEEP = Actor.for_service("sweep")
OVER = WEDNESDAY + timedelta(hours=3)


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads that start at the same instant; their results, or what they raised."""
    gate = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=20)
            results[place] = task()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def reminded() -> tuple[int, int]:
    """(reminders, entries about them)"""
    return Reminder.objects.count(), Entry.objects.filter(verb__in=("toy.reminded", "toy.missed")).count()


def test_two_sweeps_side_by_side_remind_once() -> None:
    for _each in range(12):
        take(begin().pk, "lend")

    def sweep() -> int:
        looked = 0
        while count := remind(by=SWEEP, at=OVER, most=3):
            looked += count
        return looked

    looked = together(sweep, sweep)
    while more := remind(by=SWEEP, at=OVER):  # what one passed over because the other held it
        looked.append(more)
    assert sum(looked) == 12
    assert reminded() == (12 * 6, 12)
    assert all(holds(matter.pk).ok for matter in Matter.objects.all())


def test_a_sweep_killed_between_two_batches_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for _each in range(6):
        take(begin().pk, "lend")
    monkeypatch.setattr(actions, "BATCH", 2)
    real, calls = actions.remind, iter(range(100))

    def dies(**how: Any) -> int:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return real(most=2, **how)

    monkeypatch.setattr(actions, "remind", dies)
    with stopped(OVER):
        with pytest.raises(KeyboardInterrupt):
            jobs.look_at_promises(0)
        assert reminded() == (4 * 6, 4)
        assert jobs.look_at_promises(0) == 2
    assert reminded() == (6 * 6, 6)


def test_a_sweep_that_breaks_in_the_middle_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pks = [begin().pk for _each in range(3)]
    real, calls = actions.journal.write, iter(range(100))

    def breaks(*what: Any, **how: Any) -> Any:
        if next(calls) == 1:
            raise ZeroDivisionError
        return real(*what, **how)

    monkeypatch.setattr(actions.journal, "write", breaks)
    with pytest.raises(ZeroDivisionError):
        remind(by=SWEEP, at=OVER)
    assert reminded() == (0, 0)
    monkeypatch.setattr(actions.journal, "write", real)
    assert remind(by=SWEEP, at=OVER) == 3
    assert all(holds(pk).ok for pk in pks)


def test_a_step_and_the_sweep_at_the_same_instant_never_deadlock() -> None:
    """The step holds its matter before it moves the clock; the sweep passes it over and comes back."""
    pk = take(begin().pk, "lend").matter.pk
    holding, swept = threading.Event(), threading.Event()

    def step() -> str:
        with transaction.atomic():
            matter = locked(pk)
            holding.set()
            assert swept.wait(timeout=20)
            taken = actions.advance(
                matter,
                "take_back",
                None,
                said=[Said("toy.take_back")],
                by=KEEPER,
                at=OVER,
                term_of=lambda p: TERM,
            )
        return taken.matter.state

    def sweep() -> int:
        assert holding.wait(timeout=20)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            return remind(by=SWEEP, at=OVER)
        finally:
            swept.set()

    assert together(step, sweep) == ["back", 0]
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert row.met_at == OVER and row.missed_at == row.due_at
    assert remind(by=SWEEP, at=OVER) == 0, "what was met in the meantime is not reminded of"
    assert reminded() == (0, 0)


def test_a_sweep_in_the_middle_makes_the_step_wait_and_then_go_on() -> None:
    pk = take(begin().pk, "lend").matter.pk
    holding, go_on = threading.Event(), threading.Event()

    def sweep() -> int:
        with transaction.atomic():
            looked = remind(by=SWEEP, at=OVER)
            holding.set()
            go_on.wait(timeout=0.4)
        return looked

    def step() -> str:
        assert holding.wait(timeout=20)
        return take(pk, "take_back", at=OVER).matter.state

    assert together(sweep, step) == [1, "back"]
    assert Reminder.objects.filter(matter_id=pk, settled_at=None).count() == 0
    row = Deadline.objects.get(matter_id=pk, promise="return")
    assert (row.mark, row.met_at) == (150, OVER), "neither overwrote the other"
    assert holds(pk).ok


def test_many_steps_and_sweeps_at_once_end_in_one_true_record() -> None:
    pks = [take(begin().pk, "lend").matter.pk for _each in range(6)]

    def steps() -> int:
        for pk in pks:
            take(pk, "take_back", at=OVER)
            take(pk, "lend_again", at=OVER)
        return 0

    def sweeps() -> int:
        for minute in range(12):
            remind(by=SWEEP, at=OVER + timedelta(minutes=15 * minute), most=2)
        return 0

    assert together(steps, sweeps, sweeps) == [0, 0, 0]
    assert all(holds(pk).ok for pk in pks)
    keys = list(Reminder.objects.values_list("deadline_id", "mark", "role"))
    assert len(keys) == len(set(keys))
