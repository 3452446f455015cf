"""The command lines of the two long-running programs, web and worker, and what they find in their environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gongzhi.kit.names import ROOT


def _count(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    return max(1, int(value)) if value.isdecimal() else default


def processes() -> int:
    """Web processes (GONGZHI_WEB_PROCESSES, default 2)."""
    return _count("GONGZHI_WEB_PROCESSES", 2)


def threads() -> int:
    """Threads per web process (GONGZHI_WEB_THREADS, default 8)."""
    return _count("GONGZHI_WEB_THREADS", 8)


def web_environment() -> dict[str, str]:
    """What web processes need besides the database: a pool with room for throttles beside every thread."""
    return {"GONGZHI_POOL": os.environ.get("GONGZHI_POOL") or str(threads() + 4)}


def web_command(bind: str) -> list[str]:
    """gunicorn with threads."""
    memory = (
        ["--worker-tmp-dir", "/dev/shm"]
        if os.access("/dev/shm", os.W_OK) and Path("/dev/shm").is_dir()
        else []
    )
    return [
        *(sys.executable, "-m", "gunicorn", "gongzhi.wsgi:application"),
        *("--bind", bind, "--worker-class", "gongzhi.kit.patience.PatientWorker"),
        *("--workers", str(processes()), "--threads", str(threads())),
        *("--graceful-timeout", "15", "--timeout", "90", "--keep-alive", "15"),
        *("--log-level", "warning", "--no-control-socket", *memory),
    ]


def worker_command() -> list[str]:
    """procrastinate, four jobs at a time."""
    concurrency = str(_count("GONGZHI_WORKER_CONCURRENCY", 4))
    return [
        *(sys.executable, str(ROOT / "manage.py"), "procrastinate", "worker"),
        *("--concurrency", concurrency, "--shutdown-graceful-timeout", "15"),
    ]
