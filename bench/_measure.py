"""What the measurements share: a cluster and a web server of their own, a client, and processor time by process.

Nothing here touches the installation's own database: the bench keeps its cluster below ``var/bench``. All requests
go to 127.0.0.1, bounded in number and time.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("GONGZHI_BENCH_HOME") or ROOT / "var" / "bench")
TICK = os.sysconf("SC_CLK_TCK")
#: No request takes longer, no run lasts longer (seconds).
REQUEST_LIMIT, RUN_LIMIT = 30, 600


@contextlib.contextmanager
def bench_database() -> Iterator[int]:
    """Start the bench's own cluster, migrated, and point Django at it. Gives the server's process id."""
    sys.path.insert(0, str(ROOT / "src"))
    from gongzhi.kit.cluster import joined

    HOME.mkdir(parents=True, exist_ok=True)
    with joined(HOME) as cluster:
        os.environ.update(cluster.environment())
        os.environ.update(
            GONGZHI_HOME=str(HOME),
            GONGZHI_MODE="development",
            DJANGO_SETTINGS_MODULE="gongzhi.settings",
            GONGZHI_LOG_LEVEL="ERROR",
            ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        )
        manage("migrate", "--verbosity", "0", "--skip-checks")
        import django

        django.setup()
        yield cluster.pid() or 0


def manage(*arguments: str) -> None:
    """Run a management command against the bench's database."""
    subprocess.run([sys.executable, str(ROOT / "manage.py"), *arguments], check=True, cwd=ROOT)


def _family(pid: int) -> list[int]:
    """A process and everything below it."""
    found, at = [pid], 0
    while at < len(found):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{found[at]}/task").iterdir():
                with contextlib.suppress(OSError):
                    found += [int(child) for child in (task / "children").read_text().split()]
        at += 1
    return found


def processor_seconds(pid: int) -> float:
    """User and system time of a process, its living children and those it has reaped."""
    total = 0
    for one in _family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            # utime, stime; and cutime, cstime for children that have ended
            total += sum(int(field) for field in fields[11:15])
    return total / TICK


def backend() -> int:
    """The process of the database that serves this session."""
    from django.db import connection

    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def ran(pid: int) -> float:
    """Milliseconds that a process of one thread has run."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def touched(watcher: Any) -> int:
    """Pages of the database read so far, from memory or disk, as another connection sees it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # what was forced is written when the session is idle again
    time.sleep(0.02)
    return int(
        watcher.execute(
            "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()[0]
    )


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A web server under measurement."""

    port: int
    pid: int


@contextlib.contextmanager
def web_server(*, processes: int = 1, threads: int = 8) -> Iterator[Server]:
    """gunicorn as in production, without the worker."""
    from gongzhi.kit.serving import web_command, web_environment

    port = free_port()
    environment = {
        **os.environ,
        "GONGZHI_WEB_PROCESSES": str(processes),
        "GONGZHI_WEB_THREADS": str(threads),
        **web_environment(),
        # the client writes its address itself: throttles then count many visitors, as they would in a city
        "GONGZHI_TRUSTED_PROXIES": "1",
    }
    log = (HOME / "web.log").open("w")
    child = subprocess.Popen(
        web_command(f"127.0.0.1:{port}"), env=environment, cwd=ROOT / "src", stdout=log, stderr=log
    )
    try:
        for _try in range(150):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/q/")
                connection.getresponse().read()
                break
            time.sleep(0.2)
        else:
            raise SystemExit(f"the web server did not answer; see {HOME / 'web.log'}")
        yield Server(port, child.pid)
    finally:
        child.terminate()
        child.wait(20)
        log.close()


@contextlib.contextmanager
def worker() -> Iterator[int]:
    """The background worker as in production, once it has settled. Gives its process id."""
    from gongzhi.kit.serving import worker_command

    log = (HOME / "worker.log").open("w")
    child = subprocess.Popen(worker_command(), cwd=ROOT / "src", stdout=log, stderr=log)
    try:
        before = -1.0
        while (now := processor_seconds(child.pid)) - before > 0.05:
            before = now
            time.sleep(1.5)
        if child.poll() is not None:
            raise SystemExit(f"the worker ended; see {HOME / 'worker.log'}")
        yield child.pid
    finally:
        child.terminate()
        child.wait(30)
        log.close()


def memory(**pids: int) -> str:
    """One line: the memory of each process and those below it (proportional set size: shared pages count once)."""

    def megabytes(pid: int) -> float:
        total = 0
        for one in _family(pid):
            with contextlib.suppress(OSError):
                for row in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                    if row.startswith("Pss:"):
                        total += int(row.split()[1])
        return total / 1024

    return (
        "Memory (PSS): " + ", ".join(f"{name} {megabytes(pid):.0f} MiB" for name, pid in pids.items()) + "."
    )


@dataclass
class Run:
    """What a run gave."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    web_ms: float = 0.0
    database_ms: float = 0.0

    def row(self) -> list[str]:
        """Requests/s, p50, p95, p99, processor ms of web and database per request."""
        waits = sorted(self.waits) or [0.0]

        def at(share: float) -> str:
            return f"{waits[min(len(waits) - 1, int(share * len(waits)))] * 1000:.1f}"

        count = len(self.waits)
        return [
            f"{count / self.seconds:.0f}" if self.seconds else "–",
            f"{median(waits) * 1000:.1f}",
            at(0.95),
            at(0.99),
            f"{self.web_ms / max(count, 1):.1f}",
            f"{self.database_ms / max(count, 1):.1f}",
        ]


Request = Callable[[http.client.HTTPConnection, int], int]


def load(
    server: Server,
    database_pid: int,
    request: Request,
    *,
    clients: int,
    requests: int,
    after: Callable[[], None] = lambda: None,
) -> Run:
    """``clients`` threads make ``requests`` requests in all, each over one kept-alive connection.

    ``request(connection, number)`` makes one and gives the status; anything from 400 on counts as refused.
    ``after`` waits for what the requests have deferred: processor time counts until then, the clock does not.
    """
    run, lock, numbers = Run(), threading.Lock(), iter(range(requests))
    stop_at = time.monotonic() + RUN_LIMIT

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=REQUEST_LIMIT)
        while time.monotonic() < stop_at:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            began = time.perf_counter()
            status = request(connection, number)
            took = time.perf_counter() - began
            with lock:
                run.waits.append(took)
                run.refused += status >= 400
        connection.close()

    web, database = processor_seconds(server.pid), processor_seconds(database_pid)
    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - began
    after()
    run.web_ms = (processor_seconds(server.pid) - web) * 1000
    run.database_ms = (processor_seconds(database_pid) - database) * 1000
    return run


def machine() -> str:
    """One line about where the figures were taken."""
    name = next(
        (
            row.split(":", 1)[1].strip()
            for row in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in row
        ),
        platform.machine(),
    )
    load_average = os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load_average:.1f} at the end"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    wide = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return (
            "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(cells, wide, strict=True)) + " |"
        )

    print(line(head))
    print("|" + "|".join("-" * (width + 2) for width in wide) + "|")
    for row in rows:
        print(line(row))
