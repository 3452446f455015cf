"""`./gongzhi check` and `./gongzhi test`: style, types, floors, the house's tests, and all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gongzhi.kit.console import complain, pick, say
from gongzhi.kit.names import ROOT

BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")
_BIN = Path(sys.executable).parent


def _environment() -> dict[str, str]:
    """For tools that read the settings but never ask the database."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "DJANGO_", "GONGZHI_POOL"))}
    mine.update(
        DATABASE_URL="postgresql://gongzhi_app@/gongzhi",
        GONGZHI_MODE="development",
        SECRET_KEY="only-for-checks-only-for-checks-only-for-checks",
    )
    return mine


def _step(english: str, chinese: str, command: list[str], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode == 0:
        say(f"{english}: fine ({seconds:.1f} s)", f"{chinese}：通过（{seconds:.1f} 秒）")
        return True
    complain(f"{english}: not fine ({seconds:.1f} s)", f"{chinese}：未通过（{seconds:.1f} 秒）")
    print((done.stdout + done.stderr).rstrip(), flush=True)
    return False


def _pytest(arguments: list[str]) -> int:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "DJANGO_"))}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment).returncode


def _read() -> bool:
    """Everything that reads the code instead of running it, side by side; the types take longest."""
    environment = _environment()
    steps = (
        ("Types", "类型检查", [sys.executable, "-m", "mypy"]),
        ("Style", "代码风格", [str(_BIN / "ruff"), "check", "."]),
        ("Layout", "代码排版", [str(_BIN / "ruff"), "format", "--check", "--output-format", "concise", "."]),
        ("Floors", "分层依赖", [str(_BIN / "lint-imports")]),
    )
    with ThreadPoolExecutor(len(steps)) as beside:
        told = [
            beside.submit(_step, english, chinese, command, environment)
            for english, chinese, command in steps
        ]
    return all(one.result() for one in told)


def _side_by_side() -> list[str]:
    """One run per core, each with a database of its own. A file's tests stay together, they share what they set up; files
    begin in the order of `DEAR` in conftest.py."""
    return ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile", "--no-loadscope-reorder"]


def check(arguments: list[str]) -> int:
    """What reads the code, then the tests of the house."""
    fine = _read()
    say("The tests of the house", "结构测试")
    return 1 if _pytest(["-q", *_side_by_side(), "tests/house"]) or not fine else 0


def test(arguments: list[str]) -> int:
    """What reads the code and, when that is fine, every test; with arguments only pytest with these arguments."""
    if not _browser_ready() and os.environ.get("CI", "").lower() == "true":
        complain(
            f"CI=true and the browser is missing: install {' '.join(BROWSER_PACKAGES)}",
            f"CI=true 但缺少浏览器，请安装 {' '.join(BROWSER_PACKAGES)}",
        )
        return 1
    if arguments:
        return _pytest(arguments)
    if not _read():
        return 1
    say("All tests", "全部测试")
    return _pytest(["-q", *_side_by_side(), "--durations=15", "--durations-min=1"])


def _missing() -> list[str]:
    chromium = any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    listing = shutil.which("fc-list")
    fonts = bool(
        listing and subprocess.run([listing, ":lang=zh-cn"], capture_output=True, check=False).stdout
    )
    return [name for name, there in zip(BROWSER_PACKAGES, (chromium, fonts), strict=True) if not there]


def _browser_ready() -> bool:
    """Whether a browser and a Chinese font are there; installs them when it may (root, Debian)."""
    missing = _missing()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {' '.join(missing)}", f"安装 {' '.join(missing)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, "fontconfig"],
        ):
            subprocess.run(command, env=quiet, capture_output=True, check=False)
        missing = _missing()
    if missing:
        bar = "!" * 78
        print(
            f"{bar}\n"
            + pick(
                f"BROWSER TESTS ARE SKIPPED: install {' '.join(missing)} (apt install {' '.join(missing)})",
                f"浏览器测试将跳过：请安装 {' '.join(missing)}（apt install {' '.join(missing)}）",
            )
            + f"\n{bar}",
            file=sys.stderr,
            flush=True,
        )
    return not missing
