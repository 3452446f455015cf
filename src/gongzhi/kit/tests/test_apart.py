"""Web and worker run apart on a database of one's own: the owner makes the tables, nobody else needs the owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from gongzhi.kit import roles
from gongzhi.kit.cluster import Cluster
from gongzhi.kit.tests.test_up import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Cluster]:
    """A PostgreSQL that is already there, as a town has one."""
    if os.geteuid() == 0:
        for place in (tmp_path, *tmp_path.parents[:3]):
            if place != Path("/tmp"):
                place.chmod(place.stat().st_mode | 0o055)
    cluster = Cluster(tmp_path / "server", durable=False)
    cluster.start()
    yield cluster
    cluster.leave()


class Machine:
    """One of the town's machines: a home of its own, and the settings that all of them share."""

    def __init__(self, folder: Path, database: Cluster) -> None:
        folder.mkdir()
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "GONGZHI_", "DJANGO_"))
        }
        self.environment = {
            **clean,
            "DATABASE_URL": database.url(roles.APP),
            "SECRET_KEY": "k" * 50,
            "ALLOWED_HOSTS": "127.0.0.1",
            "GONGZHI_HTTPS": "False",
            "GONGZHI_HOME": str(folder),
            "GONGZHI_WEB_PROCESSES": "1",
            "LANG": "C",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self.log = folder / "log"

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "gongzhi.kit.front", *words],
                env={**self.environment, **more},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def run(self, *words: str, **more: str) -> tuple[int, str]:
        before = self.log.stat().st_size if self.log.exists() else 0
        return self.start(*words, **more).wait(120), self.log.read_bytes()[before:].decode()


def asked(address: str, **said: str) -> tuple[int, str]:
    """Status and body of an answer; with words, they are posted as JSON."""
    request = urllib.request.Request(
        address,
        json.dumps(said).encode() if said else None,
        {"Content-Type": "application/json", "Idempotency-Key": "from-the-test"} if said else {},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as fault:
        return fault.code, fault.read().decode()


def test_web_and_worker_run_apart(database: Cluster, tmp_path: Path) -> None:
    first, second = Machine(tmp_path / "one", database), Machine(tmp_path / "two", database)
    code, said = first.run("migrate")
    assert code != 0 and "DATABASE_OWNER_URL" in said
    for program in ("web", "worker"):  # on tables that are not there they would answer everybody with a fault
        code, said = first.run(program)
        assert code == 1 and "./gongzhi migrate" in said, said
    assert first.run("migrate", DATABASE_OWNER_URL=database.url(roles.OWNER))[0] == 0
    begin = ["--code", "440402001", "--name", "望海街道", "--district-code", "440402", "--district", "某某区"]
    assert first.run("manage", "begin_town", *begin, "--administrator", "admin")[0] == 0
    code, said = first.run("demo")
    assert code != 0 and "no demo" in said

    ports = [free_port(), free_port()]
    running = [
        first.start("web", "--port", str(ports[0]), DATABASE_OWNER_URL=database.url(roles.OWNER)),
        second.start("web", "--port", str(ports[1])),
        second.start("worker"),
    ]
    try:
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        until = time.monotonic() + 150
        for address in addresses:
            while time.monotonic() < until:
                with suppress(OSError):
                    if asked(f"{address}/")[0] == 200:
                        break
                time.sleep(0.2)
        assert [asked(f"{address}/mailbox/")[0] for address in addresses] == [404, 404]
        # the same key at two machines makes one order
        drain = "海棠苑门口的下水道堵了，污水流到路上"
        answers = [asked(f"{address}/api/workorders", description=drain) for address in addresses]
        assert [status for status, _body in answers] == [201, 200], answers
        assert len({json.loads(body)["number"] for _status, body in answers}) == 1
        with psycopg.connect(database.url(roles.APP), autocommit=True) as app:
            while time.monotonic() < until:
                if app.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (1,):
                    break
                time.sleep(0.2)
            else:
                pytest.fail(second.log.read_text())
            owned = "SELECT count(*) FROM pg_class WHERE relowner = 'gongzhi_app'::regrole"
            assert app.execute(owned).fetchone() == (0,)
            assert app.execute("SELECT array_agg(login) FROM people_account").fetchone() == (["admin"],)
        for number in children_of(running[0].pid):
            assert b"DATABASE_OWNER_URL" not in Path(f"/proc/{number}/environ").read_bytes()
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        codes = [one.wait(40) for one in running]
    assert codes == [0, 0, 0], (first.log.read_text(), second.log.read_text())


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
