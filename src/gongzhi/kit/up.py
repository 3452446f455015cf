"""`./gongzhi up`: the database, the web server and the worker on one machine, started, watched and stopped together."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg
from psycopg import sql

from gongzhi.kit.cluster import DATABASE, Cluster
from gongzhi.kit.console import complain, pick, say
from gongzhi.kit.names import ROOT, Home, migrations_digest
from gongzhi.kit.serving import web_command, web_environment, worker_command

READY_SECONDS = 90
#: What the database remembers about its town: begun and not finished, finished, or wanted empty.
UNFINISHED, FINISHED, EMPTY = "unfinished", "town", "empty"
LOG_LIMIT = 20_000_000


def wanted_bind(arguments: list[str]) -> str:
    """HOST:PORT from `--port N`, `--bind HOST:PORT`, GONGZHI_BIND, else 127.0.0.1:8000."""
    bind = os.environ.get("GONGZHI_BIND") or "127.0.0.1:8000"
    rest = [word for word in arguments if word != "--empty"]
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name not in ("--port", "--bind"):
            raise SystemExit(pick(f"✗ up does not know “{word}”.", f"✗ 无法识别“{word}”。"))
        if not equals:
            value = rest.pop(0) if rest else ""
        if name == "--port":
            bind = f"{bind.rpartition(':')[0] or '127.0.0.1'}:{value}"
        else:
            bind = value if ":" in value else f"{value}:8000"
    if not bind.rpartition(":")[2].isdigit():
        raise SystemExit(pick("✗ A port is a number: --port 8001", "✗ 端口应为数字：--port 8001"))
    return bind


def _die_with_parent() -> None:
    """In the child: end when the supervisor is killed outright (Linux; elsewhere nothing)."""
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@dataclass
class Child:
    """One program we keep running."""

    name: str
    label: tuple[str, str]
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    next_try: float = 0.0

    def start(self) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches only the supervisor."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def stop(self, seconds: float) -> None:
        """Ask it to finish what it is doing; after `seconds` insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_words(self) -> str:
        """The end of its log, for the person at the terminal."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-6:]
            return "\n".join(f"    {line[:200]}" for line in lines)
        return ""


@dataclass
class Supervisor:
    """Starts the children in order, watches them, and stops them in the reverse order."""

    cluster: Cluster
    bind: str
    home: Home
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    exit_code: int = 0

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C, SIGTERM, SIGHUP: finish in order. A second one changes nothing: finishing is already short."""
        self.stopping = True

    def environment(self) -> dict[str, str]:
        """What web and worker see: the application's role only."""
        mine = {**os.environ, **self.cluster.environment(), "GONGZHI_HOME": str(self.home.path)}
        mine.pop("DATABASE_OWNER_URL", None)
        return mine

    def add(self, name: str, label: tuple[str, str], command: list[str], extra: dict[str, str]) -> None:
        """Register a child and start it."""
        log = self.home.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        child = Child(name, label, command, {**self.environment(), **extra}, log)
        child.start()
        self.children.append(child)

    def watch(self) -> None:
        """Until told to stop: restart what dies, and give up on what dies at once three times."""
        while not self.stopping:
            time.sleep(0.4)
            if self.stopping:
                return
            if self.cluster.pid() is None:
                say("The database has stopped; starting it again", "数据库已停止，正在重新启动")
                self.cluster.start()
                say("The database is back", "数据库已恢复")
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        assert child.process is not None
        code = child.process.poll()
        if code is None or self.stopping:
            return
        now = time.monotonic()
        if not child.next_try:
            child.quick_deaths = child.quick_deaths + 1 if now - child.started < 15 else 1
            say(
                f"{child.label[0]} has ended (code {code}); starting it again",
                f"{child.label[1]}已退出（代码 {code}），正在重新启动",
            )
            if child.quick_deaths >= 5:
                complain(
                    f"{child.label[0]} ends again and again. Its last words ({child.log}):",
                    f"{child.label[1]}反复退出，最后的日志（{child.log}）：",
                )
                print(child.last_words(), file=sys.stderr)
                self.exit_code, self.stopping = 1, True
                return
            child.next_try = now + 0.5 * child.quick_deaths
        if now >= child.next_try:
            child.next_try = 0.0
            child.start()

    def wait_until_ready(self) -> bool:
        """Whether the web server answers; False when told to stop or after READY_SECONDS."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self.stopping:
            try:
                with urllib.request.urlopen(f"{address(self.bind)}/", timeout=5):
                    return True
            except urllib.error.HTTPError:
                return True  # it answers, whatever it says
            except OSError:
                time.sleep(0.15)
            web = self.children[0].process
            if web is not None and web.poll() is not None:
                complain("The web server does not start:", "网页服务无法启动：")
                print(self.children[0].last_words(), file=sys.stderr)
                self.exit_code, self.stopping = 1, True
        return False

    def stop(self) -> None:
        """Web first (no new requests), then the worker, then the database."""
        say("Stopping", "正在停止")
        for child in self.children:
            child.stop(25)
        self.cluster.leave()


def address(bind: str) -> str:
    """The address a browser on this machine uses."""
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"


@contextlib.contextmanager
def only_one(home: Home, bind: str) -> Iterator[IO[str] | None]:
    """Hold the lock of this installation; None when another `up` holds it."""
    home.path.mkdir(parents=True, exist_ok=True)
    with (home.path / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            other = lock.read().strip()
            complain(
                f"Gongzhi is already running here: {other}. Open it, or stop it with Ctrl-C where it was started.",
                f"系统已在运行：{other}。请直接打开，或在启动它的终端按 Ctrl-C 停止。",
            )
            yield None
            return
        lock.seek(0)
        lock.truncate()
        lock.write(address(bind))
        lock.flush()
        yield lock


def port_is_free(bind: str) -> bool:
    """Whether we could listen there."""
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError:
            return False
    return True


class Stopped(Exception):
    """The person wants to stop while we still prepare."""


def _manage(
    environment: dict[str, str], stopping: Callable[[], bool], *arguments: str, quiet: bool = False
) -> str:
    """Run a Django command; end it at once when told to stop. Its output if `quiet`, else it goes to the terminal."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    ) as child:
        said = ""
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                said = child.communicate(timeout=0.2)[0] or ""
                break
            if stopping():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
                raise Stopped
    if stopping():
        raise Stopped
    if child.returncode:
        raise SystemExit(
            pick(
                f"✗ “{' '.join(arguments)}” failed; nothing was started.",
                f"✗ “{' '.join(arguments)}”执行失败，系统未启动。",
            )
        )
    return said


def _note(cluster: Cluster) -> str:
    """What the database remembers about its own state (a comment on it): the digest of its migrations."""
    with psycopg.connect(**cluster.parameters()) as administrator:
        row = administrator.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
    return (row[0] if row else "") or ""


def _is_bare(cluster: Cluster) -> bool:
    """Whether nothing was ever made in the database: then an interrupted first start may be thrown away."""
    with psycopg.connect(**cluster.parameters(dbname=DATABASE)) as administrator:
        row = administrator.execute("SELECT to_regclass('public.django_migrations') IS NULL").fetchone()
    return bool(row and row[0])


def _write_note(cluster: Cluster, note: str) -> None:
    with psycopg.connect(**cluster.parameters(), autocommit=True) as administrator:
        administrator.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(DATABASE), sql.Literal(note))
        )


def prepare(
    cluster: Cluster, home: Home, *, empty: bool = False, stopping: Callable[[], bool] = lambda: False
) -> str:
    """Migrate when migrations have changed, load the demo town on the first start unless `empty` is wanted.

    Returns the demo accounts as text to print, empty without a demo town. Raises Stopped when `stopping()`.
    """
    environment = {**os.environ, **cluster.environment(), "GONGZHI_HOME": str(home.path)}
    wanted = migrations_digest()
    migrated, _, town = _note(cluster).partition(" ")
    if town == UNFINISHED:
        # nobody has worked here yet: the web server never starts before the town is finished
        say("The first start was interrupted; beginning again", "上次首次启动被中断，重新开始")
        cluster.forget_everything()
        migrated = town = ""
    fresh = not town and _is_bare(cluster)
    if fresh:
        _write_note(cluster, f"none {UNFINISHED}")
    if migrated != wanted:
        first = not migrated
        say(
            "Making the tables (once, some seconds)" if first else "Bringing the tables up to date",
            "建立数据表（仅首次，需几秒）" if first else "更新数据表",
        )
        _manage(environment, stopping, "migrate", "--verbosity", "0", "--skip-checks")
        if not fresh:
            _write_note(cluster, f"{wanted} {town}".strip())
    accounts = home.path / "demo-accounts.txt"
    if town != FINISHED and not empty:
        say("Building the demo town (once, some minutes)", "生成演示城区（仅首次，需几分钟）")
        _manage(environment, stopping, "demo", "--if-empty")
        _write_note(cluster, f"{wanted} {FINISHED}")
        accounts.unlink(missing_ok=True)
        town = FINISHED
    if empty and not town:
        _write_note(cluster, f"{wanted} {EMPTY}")
    if town != FINISHED:
        return ""
    if not accounts.exists():
        accounts.touch(mode=0o600)
        accounts.write_text(_manage(environment, stopping, "demo", "--accounts", quiet=True), "utf-8")
    return accounts.read_text("utf-8").rstrip()


def main(arguments: list[str]) -> int:
    """Run everything until Ctrl-C; the exit code."""
    if os.environ.get("DATABASE_URL"):
        complain(
            "DATABASE_URL is set, so the database is yours: use ./gongzhi migrate, ./gongzhi web and "
            "./gongzhi worker. Unset it to run everything on this machine.",
            "已设置 DATABASE_URL，数据库由您管理：请用 ./gongzhi migrate、./gongzhi web 和 ./gongzhi worker。"
            "要在本机运行全部内容，请取消该设置。",
        )
        return 2
    bind = wanted_bind(arguments)
    home = Home.of_environment()
    with only_one(home, bind) as lock:
        if lock is None:
            return 1
        if not port_is_free(bind):
            port = int(bind.rpartition(":")[2])
            complain(
                f"{bind} is in use by another program. Try ./gongzhi up --port {port + 1}",
                f"{bind} 已被其他程序占用。请试 ./gongzhi up --port {port + 1}",
            )
            return 1
        return _run(bind, home, empty="--empty" in arguments)


def _run(bind: str, home: Home, *, empty: bool) -> int:
    for folder in (home.logs, home.media, home.models, home.static):
        folder.mkdir(parents=True, exist_ok=True)
    os.environ["GONGZHI_EMBEDDED"] = "1"
    host = bind.rpartition(":")[0].strip("[]")
    if host not in ("127.0.0.1", "::1", "localhost") and not os.environ.get("ALLOWED_HOSTS"):
        os.environ["ALLOWED_HOSTS"] = "*" if host in ("", "0.0.0.0", "::") else f"{host},localhost,127.0.0.1"
    say("Starting the database", "启动数据库")
    cluster = Cluster(home.path, say=say)
    supervisor = Supervisor(cluster, bind, home)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.on_signal)
    try:
        cluster.start()
        accounts = prepare(cluster, home, empty=empty, stopping=lambda: supervisor.stopping)
        if not supervisor.stopping:
            say("Starting web server and worker", "启动网页服务和后台任务")
            supervisor.add("web", ("The web server", "网页服务"), web_command(bind), web_environment())
            supervisor.add("worker", ("The worker", "后台任务"), worker_command(), {})
            if supervisor.wait_until_ready():
                print(_welcome(bind, home, accounts), flush=True)
            supervisor.watch()
    except Stopped:
        pass
    finally:
        supervisor.stop()
    say(
        "Stopped. Everything is kept; ./gongzhi up continues.",
        "已停止，内容全部保留；再次运行 ./gongzhi up 即可继续。",
    )
    return supervisor.exit_code


def _welcome(bind: str, home: Home, accounts: str) -> str:
    lines = [
        "",
        f"  {pick('Gongzhi is ready', '共治已就绪')}   {address(bind)}",
        "",
        *(f"  {line}" for line in accounts.splitlines()),
        "",
        f"  {pick('Logs', '日志')} {home.logs}    {pick('Stop with Ctrl-C', '按 Ctrl-C 停止')}",
        "",
    ]
    return "\n".join(lines)
