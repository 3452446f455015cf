"""The worker killed in the middle of its work, and PostgreSQL killed under load: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.journal import actions as journal
from gongzhi.journal import news
from gongzhi.journal.actions import Said
from gongzhi.journal.models import Entry, Heard
from gongzhi.journal.queries import holds
from gongzhi.kit import jobs as housekeeping
from gongzhi.kit.acting import Actor
from gongzhi.kit.cluster import Cluster
from gongzhi.matters.jobs import look_at_promises
from tests.cast import WEDNESDAY
from tests.faults.slow_worker import EFFECT, READER, VERB

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """The environment of a program of ours that runs beside the tests."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **more}


def until(true: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait for something to become true; what it then is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} seconds still not: {true.__doc__ or true}")


# ---- the worker


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts real workers; whatever still runs at the end is stopped."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.faults.slow_worker", str(tmp_path)]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment()))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.terminate()
            try:
                one.wait(timeout=20)
            except subprocess.TimeoutExpired:
                one.kill()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    worker: Callable[[], subprocess.Popen[bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner_connection: psycopg.Connection[Any],
) -> None:
    monkeypatch.setitem(news._readers, VERB, {READER: lambda entry: None})
    thread, [entry] = journal.open_thread("toy", [Said(VERB)], by=Actor.nobody(), at=WEDNESDAY)
    first = worker()
    until(lambda: list(tmp_path.glob("begun-1-*")))
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=10)

    def let_go() -> bool:
        """the database has noticed that its client died"""
        return owner_connection.execute("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'journal_thread' AND l.mode = 'RowShareLock'").fetchone() == (0,)  # fmt: skip

    until(let_go)
    assert Entry.objects.filter(thread=thread, verb=EFFECT).count() == 0, "half of the work was never done"
    assert Heard.objects.count() == 0
    [job] = ProcrastinateJob.objects.filter(task_name="journal.hear_news")
    assert job.status == "doing", "and yet nobody does it"

    # the dead worker was also in its minute's round, whose next one already waits under the same lock
    owner_connection.execute(
        "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'todo' AND queueing_lock IS NOT NULL"
    )  # whatever the first worker had put there when the minute turned
    look_at_promises.defer(timestamp=0)
    owner_connection.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s "
        "WHERE task_name = 'matters.look_at_promises' AND status = 'todo'",
        [job.worker_id],
    )
    look_at_promises.defer(timestamp=60)
    # half a minute later
    owner_connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    housekeeping.rescue.defer(timestamp=0)
    second = worker()

    def all_done() -> bool:
        """the queue is empty"""
        waiting = ProcrastinateJob.objects.filter(status__in=("todo", "doing"))
        return not waiting.filter(
            task_name__in=("journal.hear_news", "matters.look_at_promises", "kit.rescue")
        ).exists()

    until(all_done)
    assert Entry.objects.filter(thread=thread, verb=EFFECT).count() == 1
    assert list(Heard.objects.values_list("reader", "entry_id")) == [(READER, entry.pk)]
    assert len(list(tmp_path.glob("begun-*"))) == 2
    assert not ProcrastinateJob.objects.filter(status="failed").exists()
    assert holds(thread.pk).ok
    second.terminate()
    assert second.wait(timeout=20) == 0


# ---- the database


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A durable cluster of this test's own, so that the one of all other tests survives."""
    if os.geteuid() == 0:  # the server runs as another user, who has to get in
        for place in (tmp_path, *tmp_path.parents[:3]):
            place.chmod(place.stat().st_mode | 0o055)
    own = Cluster(tmp_path / "home")
    own.start()
    yield own
    own.leave()


class Load:
    """The program that reports, and what it has said so far."""

    def __init__(self, cluster: Cluster, clients: int = 4) -> None:
        self.acknowledged: dict[str, str] = {}
        self.lost: set[str] = set()
        self.said: queue.Queue[list[str]] = queue.Queue()
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.reporting_load", str(clients)],
            cwd=ROOT,
            env=environment(**cluster.environment()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.program.stdout is not None
        for line in self.program.stdout:
            words = line.split()
            if words[0] == "ack":
                assert words[1] not in self.acknowledged
                self.acknowledged[words[1]] = words[2]
            elif words[0] == "lost":
                self.lost.add(words[1])
            else:
                self.said.put(words)
        self.said.put(["ended"])

    def end(self) -> int:
        """Stop reporting; how many orders are not whole."""
        assert self.program.stdin is not None
        self.program.stdin.write("stop\n")
        self.program.stdin.flush()
        word, *number = self.said.get(timeout=30)
        assert word == "broken"
        self.program.wait(timeout=20)
        self.listener.join(timeout=10)
        return int(number[0])


def test_postgresql_killed_under_load_loses_no_acknowledged_order(cluster: Cluster) -> None:
    load = Load(cluster)
    try:
        assert load.said.get(timeout=90) == ["ready"]
        for _crash in range(2):
            before = len(load.acknowledged)
            until(lambda before=before: len(load.acknowledged) > before + 25)
            pid = cluster.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.3)
            cluster.start()
        before = len(load.acknowledged)
        until(lambda: len(load.acknowledged) > before + 25)
        assert load.end() == 0, "orders that are not whole"
    finally:
        load.program.kill()
    nothing_is_missing(cluster, load)


def test_postgresql_restarted_while_fifty_clients_post_loses_no_acknowledged_order(cluster: Cluster) -> None:
    load = Load(cluster, clients=50)
    try:
        assert load.said.get(timeout=90) == ["ready"]
        before = len(load.acknowledged)
        until(lambda: len(load.acknowledged) > before + 100, 90)
        pid = cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGINT)  # a fast restart, as an administrator does it
        until(lambda: not cluster.answers())
        until(lambda: cluster.pid() is None)
        cluster.start()
        before = len(load.acknowledged)
        until(lambda: len(load.acknowledged) > before + 100, 90)
        assert load.end() == 0, "orders that are not whole"
    finally:
        load.program.kill()
    nothing_is_missing(cluster, load)


def nothing_is_missing(cluster: Cluster, load: Load) -> None:
    """What was acknowledged stands, once; what stands besides is what nobody got an answer for."""
    with psycopg.connect(**cluster.parameters(dbname="gongzhi")) as administrator:
        rows = administrator.execute("SELECT source_key, number FROM workorders_workorder").fetchall()
    kept = dict(rows)
    assert len(kept) == len(rows), "no key made two orders"
    missing = {key: number for key, number in load.acknowledged.items() if kept.get(key) != number}
    assert missing == {}
    assert load.lost, "the crashes were felt"
    assert set(kept) - set(load.acknowledged) <= load.lost, (
        "what stands was acknowledged, or its answer was lost"
    )
