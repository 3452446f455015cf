"""What `./gongzhi test` does about a browser: install it, or say loudly that it is missing, or fail with CI=true."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gongzhi.kit import quality

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been run; nothing is installed and no test starts."""
    commands: list[list[str]] = []

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        commands.append(list(command))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(quality.subprocess, "run", run)
    monkeypatch.setattr(quality, "_pytest", lambda arguments: commands.append(["pytest", *arguments]) or 0)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("LANG", "C")
    return commands


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality.os, "geteuid", lambda: 1000)


def test_without_a_browser_one_loud_line_names_the_package(
    asked: Any, ordinary: None, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(quality, "_missing", lambda: ["chromium"])
    assert quality.test(["some_test.py"]) == 0
    said = capsys.readouterr().err
    assert said.count("apt install chromium") == 1
    assert "!!!!" in said
    assert asked == [["pytest", "some_test.py"]], "the other tests run"


def test_with_ci_a_missing_browser_is_a_failure(
    asked: Any, ordinary: None, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(quality, "_missing", lambda: ["chromium", "fonts-noto-cjk"])
    monkeypatch.setenv("CI", "true")
    assert quality.test([]) == 1
    assert "chromium fonts-noto-cjk" in capsys.readouterr().err
    assert asked == [], "and no test has run"


def test_who_may_install_packages_gets_the_browser(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    still_missing = iter([["chromium"], []])
    monkeypatch.setattr(quality, "_missing", lambda: next(still_missing))
    monkeypatch.setattr(quality.os, "geteuid", lambda: 0)
    monkeypatch.setattr(quality.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true")
    assert quality.test(["x"]) == 0
    assert [command[:2] for command in asked] == [
        ["apt-get", "update"],
        ["apt-get", "install"],
        ["pytest", "x"],
    ]
    assert "chromium" in asked[1]


def test_all_tests_begin_with_the_checks(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "_missing", list)
    assert quality.test([]) == 0
    programs = [" ".join(Path(word).name for word in command) for command in asked]
    for step in ("ruff check", "ruff format", "lint-imports", "-m mypy"):
        assert any(step in program for program in programs[:-1]), (step, programs)
    assert programs[-1].startswith("pytest -q -n ") and "--durations=15" in programs[-1]
    assert "house" not in programs[-1] and "--ignore" not in programs[-1], (
        "the tests of the house are among them"
    )


def test_no_test_runs_on_code_that_does_not_read_well(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "_missing", list)
    monkeypatch.setattr(quality, "_step", lambda english, *more: english != "Types")
    assert quality.test([]) == 1
    assert asked == []
    assert quality.check([]) == 1
    assert asked[-1][-1] == "tests/house", "but the small tests of the house are quick enough to be run"


def test_a_change_is_checked_by_the_same_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[-1] == "exec ./gongzhi test"
