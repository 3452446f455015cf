"""The floors: imports go down only, sums stay pure, nothing points at a machine, and files stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(p for p in (ROOT / "src").rglob("*.py") if "node_modules" not in p.parts)
OWN_CODE = [p for p in SOURCES if "tests" not in p.parts and "migrations" not in p.parts]
ROOMS = sorted(a.name.rpartition(".")[2] for a in apps.get_app_configs() if a.name.startswith("gongzhi."))


def tracked() -> list[Path]:
    """Every file the repository carries."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_import_contracts_hold() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(tool), "--no-cache"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_stands_on_a_floor() -> None:
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")
    for room in ROOMS:
        assert re.search(rf"gongzhi\.{room}\b", contracts), f"{room} is on no floor"


def test_sums_import_without_django() -> None:
    program = (
        "import pkgutil, importlib, sys, civics\n"
        "for m in pkgutil.walk_packages(civics.__path__, 'civics.'):\n"
        "    if '.tests' not in m.name: importlib.import_module(m.name)\n"
        "bad = sorted(n for n in ('django', 'gongzhi', 'psycopg', 'socket_client') if n in sys.modules)\n"
        "assert not bad, bad"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_sums_read_no_clock() -> None:
    clock = re.compile(r"\b(datetime\.now|date\.today|time\.time|utcnow|timezone\.now)\(")
    faults = [
        str(p.relative_to(ROOT))
        for p in OWN_CODE
        if "civics" in p.parts and clock.search(p.read_text("utf-8"))
    ]
    assert faults == []


def test_the_time_is_read_in_one_place() -> None:
    """Rooms ask `gongzhi.kit.clock`, so that a test can stop the clock for all of them."""
    clock = re.compile(r"\b(datetime\.now|date\.today|utcnow|timezone\.now|timezone\.localdate)\(")
    faults = [
        str(p.relative_to(ROOT))
        for p in OWN_CODE
        if "gongzhi" in p.parts
        and p.name not in ("clock.py", "logs.py", "backup.py")
        and clock.search(p.read_text("utf-8"))
    ]
    assert faults == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_what_lives_here(room: str) -> None:
    silent = []
    for path in (ROOT / "src" / "gongzhi" / room).rglob("*.py"):
        if "migrations" in path.parts or "tests" in path.parts or not path.read_text("utf-8").strip():
            continue
        if not ast.get_docstring(ast.parse(path.read_text("utf-8"))):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "managers", "process", "data", "misc", "common"}
    assert [str(p.relative_to(ROOT)) for p in SOURCES if p.stem in empty] == []


def test_files_stay_readable() -> None:
    long = {
        str(p.relative_to(ROOT)): lines
        for p in OWN_CODE
        if (lines := len(p.read_text("utf-8").splitlines())) > 500
    }
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    words = re.compile(
        r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK|coming so" + r"on|not implemented y" + r"et)\b"
    )
    faults = [
        f"{p.relative_to(ROOT)}:{number}"
        for p in tracked()
        if p.suffix in (".py", ".html", ".css", ".md", ".toml", ".sh", ".js", ".mjs", "")
        and "vendor" not in p.parts
        and "node_modules" not in p.parts
        and p.stat().st_size < 400_000
        for number, line in enumerate(p.read_text("utf-8", errors="replace").splitlines(), 1)
        if words.search(line)
    ]
    assert faults == []


def test_locks_carry_hashes_and_no_addresses() -> None:
    for name in ("run.txt", "test.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        assert not re.search(r"(https?|file)://|--(extra-)?index-url|--find-links", text)
        for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_two_locks_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text("utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE))

    run, tests = versions("run.txt"), versions("test.txt")
    assert run and {name: tests.get(name) for name in run} == run


def test_migrations_are_complete(capsys: pytest.CaptureFixture[str], db: None) -> None:
    from django.core.management import call_command

    own = [room for room in ROOMS if apps.get_app_config(room).models_module is not None]
    try:
        call_command("makemigrations", *own, check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail(capsys.readouterr().out)
