"""The first command as a person runs it: one start, faults in between, a clean stop, and a quick second start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gongzhi.kit import roles
from gongzhi.kit.cluster import Cluster

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """`./gongzhi up --empty` in a home and on a port of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.out = home / "terminal.txt"
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "GONGZHI_", "DJANGO_"))
        }
        clean.pop("SECRET_KEY", None)
        clean.pop("ALLOWED_HOSTS", None)
        with self.out.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gongzhi.kit.front", "up", "--empty", "--port", str(self.port)],
                env={
                    **clean,
                    "GONGZHI_HOME": str(home),
                    "LANG": "C",
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def says(self) -> str:
        return self.out.read_text()

    def wait_for(self, condition: Callable[[], object], seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(OSError):
                if condition():
                    return
            assert self.process.poll() is None, self.says()
            time.sleep(0.1)
        pytest.fail(self.says())

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
        except urllib.error.HTTPError as fault:
            return fault.code < 500
        return True

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def descendants(self) -> list[int]:
        """Processes that carry this home in their environment."""
        mine = f"GONGZHI_HOME={self.home}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mine in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
        return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() == 0:
        for place in (tmp_path, *tmp_path.parents[:3]):
            if place != Path("/tmp"):
                place.chmod(place.stat().st_mode | 0o055)
    yield tmp_path


def test_a_whole_life(home: Path) -> None:
    running = Running(home)
    try:
        running.wait_for(lambda: "Gongzhi is ready" in running.says())
        assert running.answers()
        cluster = Cluster(home)
        _acknowledged_rows_survive_a_crash(running, cluster)
        _a_killed_worker_is_replaced(running)
        owner_seen = [
            pid for pid in running.descendants()
            if pid != running.process.pid and b"DATABASE_OWNER_URL" in Path(f"/proc/{pid}/environ").read_bytes()
        ]  # fmt: skip
        assert owner_seen == [], "web and worker must not know the owner's address"
        assert running.stop() == 0
        assert cluster.pid() is None
        assert running.descendants() == []

        again = Running(home)
        began = time.monotonic()
        again.wait_for(lambda: again.says().count("Gongzhi is ready") == 2)
        assert time.monotonic() - began < 30
        assert "Making the tables" not in again.says().rpartition("Stopped.")[2]
        with psycopg.connect(cluster.url(roles.APP)) as app:
            assert app.execute("SELECT count(*) FROM kit_revision WHERE name LIKE 'kept %'").fetchone()[0] > 0
        assert again.stop(signal.SIGTERM) == 0
        assert cluster.pid() is None
    finally:
        if running.process.poll() is None:
            running.stop()


def _acknowledged_rows_survive_a_crash(running: Running, cluster: Cluster) -> None:
    """Write as fast as we can from four threads, kill the server in the middle, and look for every row we were
    told was kept.
    """
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(number: int) -> None:
        turn = 0
        while not enough.is_set():
            try:
                with psycopg.connect(cluster.url(roles.APP), connect_timeout=2) as app:
                    while not enough.is_set():
                        turn += 1
                        name = f"kept {number} {turn}"
                        app.execute("INSERT INTO kit_revision (name, stamp) VALUES (%s, 1)", [name])
                        app.commit()
                        acknowledged.append(name)
            except psycopg.OperationalError:
                time.sleep(0.1)

    threads = [threading.Thread(target=write, args=(n,), daemon=True) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        running.wait_for(lambda: len(acknowledged) > 200)
        pid = cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        before = len(acknowledged)
        running.wait_for(lambda: "The database is back" in running.says())
        running.wait_for(lambda: len(acknowledged) > before + 50)
    finally:
        enough.set()
        for thread in threads:
            thread.join(30)
    with psycopg.connect(cluster.url(roles.APP)) as app:
        kept = {row[0] for row in app.execute("SELECT name FROM kit_revision").fetchall()}
    assert set(acknowledged) <= kept
    running.wait_for(running.answers)


def _a_killed_worker_is_replaced(running: Running) -> None:
    def worker() -> int | None:
        for pid in running.descendants():
            with suppress(OSError):
                if b"procrastinate" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    running.wait_for(worker)
    first = worker()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    running.wait_for(lambda: worker() not in (None, first))
    assert "The worker has ended" in running.says()


def test_an_unfinished_first_start_harms_nothing(home: Path) -> None:
    """Killed outright while it prepares; the next start takes over."""
    first = Running(home)
    first.wait_for(lambda: "Making the tables" in first.says())
    first.process.kill()
    first.process.wait()
    second: Any = Running(home)
    try:
        second.wait_for(lambda: "Gongzhi is ready" in second.says())
        assert second.answers()
    finally:
        assert second.stop() == 0
