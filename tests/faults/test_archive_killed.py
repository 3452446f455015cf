"""Archiving killed with half a batch done, and two runs side by side: nothing lost, doubled or half archived."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gongzhi.journal.books import changes_of
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.actions import archiving, folding
from gongzhi.workorders.models import WorkOrder
from tests.cast import Cast, settle
from tests.faults.test_killed import ROOT, environment, until
from tests.stage import report_drain

pytestmark = pytest.mark.django_db(transaction=True)

BY = Actor.for_service("archive")
#: Processes that wait for the book, after they have archived the orders of their batch and before they say so.
HALF_DONE = (
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
    " WHERE l.locktype = 'advisory' AND NOT l.granted"
)


def closed(cast: Cast, number: int) -> list[int]:
    """So many orders of the year before last."""
    at = clock.now().replace(month=6, day=15) - timedelta(days=800)
    keys = [report_drain(cast, at=at + timedelta(minutes=n)).order.pk for n in range(number)]
    WorkOrder.objects.filter(pk__in=keys).update(
        state="closed", open=False, next_due_at=None, closed_at=at + timedelta(days=3)
    )
    return keys


def run(batch: int) -> subprocess.Popen[str]:
    year = str(clock.local(clock.now()).year)
    command = [sys.executable, str(ROOT / "manage.py"), "archive", "--before", year, "--batch", str(batch)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)


@contextmanager
def book_held(owner: psycopg.Connection[Any]) -> Iterator[Callable[[], int]]:
    """Nobody can open the book of archives meanwhile; how many wait for it."""
    owner.execute("SELECT pg_advisory_lock(hashtextextended('book archive', 7))")
    try:
        yield lambda: owner.execute(HALF_DONE).fetchone()[0]  # type: ignore[index]
    finally:
        owner.execute("SELECT pg_advisory_unlock(hashtextextended('book archive', 7))")


def noted() -> dict[str, int]:
    """Year → how many orders the book says were archived; each line goes on from the one before."""
    found: dict[str, int] = {}
    for row in reversed(changes_of(archiving.BOOK, most=500)):
        before = (row.change.before or {"orders": 0})["orders"]
        assert before == found.get(row.change.key, 0), row
        found[row.change.key] = (row.change.after or {})["orders"]
    return found


def test_killed_with_half_a_batch_done_and_run_again_by_two(
    owner_connection: psycopg.Connection[Any],
) -> None:
    cast = settle()
    keys = closed(cast, 23)
    with acting(BY):
        stays = report_drain(cast, at=clock.now()).order.pk
    before = list(WorkOrder.objects.order_by("pk").values("pk", "state", "closed_at", "words", "kept_at"))
    owner_connection.autocommit = True
    with book_held(owner_connection) as waiting:
        first = run(batch=7)
        until(lambda: waiting() == 1)
        # seven orders are changed, and not yet noted in the book
        assert len(skipped()) == 7
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        assert WorkOrder.objects.filter(archived__isnull=False).count() == 0
    until(lambda: not skipped())
    assert WorkOrder.objects.filter(archived__isnull=False).count() == 0 and noted() == {}

    with book_held(owner_connection) as waiting:
        both = [run(batch=4), run(batch=4)]
        until(lambda: waiting() == 2)
        assert len(skipped()) == 8
    told = [int(one.communicate(timeout=60)[0].strip().rpartition("已归档 ")[2].split()[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum(told) == len(keys) and min(told) >= 4, told
    years = dict.fromkeys(keys, clock.local(clock.now() - timedelta(days=800)).year)
    assert {row.pk: row.archived for row in WorkOrder.objects.all()} == {**years, stays: None}
    assert sum(noted().values()) == len(keys)
    assert before == list(
        WorkOrder.objects.order_by("pk").values("pk", "state", "closed_at", "words", "kept_at")
    )
    assert folding.differences() == []


def skipped() -> list[int]:
    """Orders that somebody holds."""
    from django.db import transaction

    with transaction.atomic():
        free = WorkOrder.objects.select_for_update(skip_locked=True, of=("self",)).values_list(
            "pk", flat=True
        )
        return sorted(set(WorkOrder.objects.values_list("pk", flat=True)) - set(free))
