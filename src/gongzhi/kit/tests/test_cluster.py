"""The embedded PostgreSQL: first start, crash, restart, two users of one cluster, and clear sentences."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gongzhi.kit import roles, up
from gongzhi.kit.cluster import SOCKET_LIMIT, Cluster
from gongzhi.kit.names import Home
from gongzhi.kit.programs import ClusterFault

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: Any) -> Path:
    """A home of its own, where the server's user can go (as root that is another user)."""
    folder = tmp_path_factory.mktemp("home")
    if os.geteuid() == 0:
        for place in (folder, *folder.parents[:2]):
            place.chmod(place.stat().st_mode | 0o055)
    return folder


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    """A running cluster, durable like a real one."""
    cluster = Cluster(home)
    cluster.start()
    yield cluster
    cluster.leave()


def rows(cluster: Cluster) -> int:
    with psycopg.connect(cluster.url(roles.APP)) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def test_it_starts_with_roles_that_keep_apart(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(roles.OWNER)) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        owner.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    with psycopg.connect(cluster.url(roles.APP), autocommit=True) as app:
        assert app.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        for forbidden in (
            "DROP TABLE kept",
            "TRUNCATE kept",
            "CREATE TABLE mine (id int)",
            "SET ROLE postgres",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)
        assert app.execute("SHOW listen_addresses").fetchone() == ("",)
        assert app.execute("SHOW data_checksums").fetchone() == ("on",)
        assert app.execute("SHOW fsync").fetchone() == ("on",)
        row = app.execute(
            "SELECT datcollate, datlocprovider FROM pg_database WHERE datname = 'gongzhi'"
        ).fetchone()
        assert row == ("C.UTF-8", "b")
    assert oct(cluster.run.stat().st_mode & 0o777) == "0o700"
    assert oct(cluster.data.stat().st_mode & 0o777) == "0o700"


def test_it_never_runs_as_root(cluster: Cluster) -> None:
    pid = cluster.pid()
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_it_stops_and_starts_again_with_everything(cluster: Cluster) -> None:
    cluster.leave()
    assert cluster.pid() is None
    began = time.monotonic()
    cluster.start()
    assert rows(cluster) == 1000
    assert time.monotonic() - began < 5


def test_killed_outright_it_comes_back_with_everything(cluster: Cluster) -> None:
    pid = cluster.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    cluster.start()  # at once, while remains of the former server may still hold its memory
    assert cluster.pid() not in (None, pid)
    assert rows(cluster) == 1000


def test_a_pid_file_of_another_program_does_not_block(cluster: Cluster) -> None:
    cluster.leave()
    stale = cluster.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{cluster.data}\n")
    if cluster.user is not None:
        os.chown(stale, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
    cluster.start()
    assert rows(cluster) == 1000


def test_the_last_one_out_stops_it(cluster: Cluster, home: Path) -> None:
    second = Cluster(home)
    second.start()
    assert second.others() and second.pid() == cluster.pid()
    cluster.leave()
    assert rows(second) == 1000
    second.leave()
    assert second.pid() is None
    cluster.start()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("長い" * 20) / ("x" * 60)
    cluster = Cluster(deep)
    assert len(str(cluster.run / ".s.PGSQL.5432").encode()) <= SOCKET_LIMIT


def test_data_of_another_version_is_refused_with_a_sentence(cluster: Cluster) -> None:
    cluster.leave()
    version = cluster.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("13\n")
    try:
        with pytest.raises(ClusterFault, match="Take a backup with the former version"):
            cluster.start()
    finally:
        version.write_text(kept)
    cluster.leave()
    cluster.start()


def test_a_second_up_is_refused_with_the_address(tmp_path: Path, capsys: Any) -> None:
    with up.only_one(Home(tmp_path), "127.0.0.1:8123") as first:
        assert first is not None
        with up.only_one(Home(tmp_path), "127.0.0.1:8124") as second:
            assert second is None
    assert "http://127.0.0.1:8123" in capsys.readouterr().err
    with (tmp_path / "up.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nothing is left behind


def test_a_port_in_use_is_noticed_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
        done = subprocess.run(
            [sys.executable, "-m", "gongzhi.kit.front", "up", "--port", str(port)],
            env={
                **clean,
                "GONGZHI_HOME": str(tmp_path),
                "LANG": "C",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "in use by another program" in done.stderr
    assert not (tmp_path / "pg").exists()


@pytest.mark.parametrize(
    ("words", "bind"),
    [
        ([], "127.0.0.1:8000"),
        (["--port", "81"], "127.0.0.1:81"),
        (["--port=82"], "127.0.0.1:82"),
        (["--bind", "0.0.0.0"], "0.0.0.0:8000"),
        (["--bind", "0.0.0.0:90"], "0.0.0.0:90"),
    ],
)
def test_the_address_can_be_chosen(words: list[str], bind: str, monkeypatch: Any) -> None:
    monkeypatch.delenv("GONGZHI_BIND", raising=False)
    assert up.wanted_bind(words) == bind


def test_up_leaves_an_external_database_alone(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    assert up.main([]) == 2
    assert "./gongzhi web" in capsys.readouterr().err


def test_an_unfinished_town_is_forgotten_and_begun_again(
    cluster: Cluster, home: Path, monkeypatch: Any, capsys: Any
) -> None:
    """Killed while the demo town was being built: the next start begins with an empty database."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(up, "_manage", lambda env, stopping, *words, quiet=False: asked.append(words) or "")
    with psycopg.connect(cluster.url(roles.OWNER)) as owner:
        owner.execute("CREATE TABLE half_a_town ()")
    up._write_note(cluster, f"old {up.UNFINISHED}")
    up.prepare(cluster, Home(home))
    assert [words[0] for words in asked] == ["migrate", "demo", "demo"]
    with psycopg.connect(cluster.url(roles.OWNER)) as owner:
        assert owner.execute("SELECT to_regclass('half_a_town')").fetchone() == (None,)
    asked.clear()
    up.prepare(cluster, Home(home))
    assert asked == []


def test_a_database_somebody_has_worked_in_is_never_thrown_away(
    cluster: Cluster, home: Path, monkeypatch: Any
) -> None:
    """Imported before the first `up`, and that `up` is interrupted: what was imported stays."""

    def interrupted(*args: Any, **options: Any) -> str:
        raise up.Stopped

    cluster.forget_everything()
    with psycopg.connect(cluster.url(roles.OWNER)) as owner:
        owner.execute("CREATE TABLE django_migrations ()")
    monkeypatch.setattr(up, "_manage", interrupted)
    for _ in range(2):
        with pytest.raises(up.Stopped):
            up.prepare(cluster, Home(home))
    with psycopg.connect(cluster.url(roles.OWNER)) as owner:
        assert owner.execute("SELECT to_regclass('django_migrations')::text").fetchone() == (
            "django_migrations",
        )
