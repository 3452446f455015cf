"""The settings fail loudly: no secret, host or database has a default in production."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
GOOD = {
    "DATABASE_URL": "postgresql://gongzhi_app:x@db.example:5433/gongzhi?sslmode=require",
    "SECRET_KEY": "k" * 40,
    "ALLOWED_HOSTS": "city.example",
}


def read(expression: str, environment: dict[str, str]) -> tuple[int, str]:
    """Read the settings in a process of their own."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", f"from gongzhi import settings as s; print({expression})"],
        env={**clean, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return done.returncode, done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY or SECRET_KEY_FILE must be set"),
        ({"SECRET_KEY": "short"}, "at least 32 characters"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must be set"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "mysql is here"}, "not an address of a PostgreSQL"),
        ({"GONGZHI_MODE": "staging"}, "development or production"),
        ({"GONGZHI_DEBUG": "maybe"}, "True or False"),
        ({"GONGZHI_DEBUG": "True"}, "must not be True in production"),
        ({"GONGZHI_POOL": "many"}, "whole number"),
    ],
)
def test_production_refuses_to_guess(change: dict[str, str], says: str) -> None:
    code, said = read("1", {**GOOD, **change})
    assert code != 0 and says in said


def test_production_is_the_default_and_safe() -> None:
    code, said = read(
        "(s.MODE, s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, 'owner' in s.DATABASES)",
        GOOD,
    )
    assert (code, said) == (0, "('production', False, True, True, True, False)")


def test_the_address_of_the_database_is_read_whole() -> None:
    code, said = read(
        "[s.DATABASES['default'][k] for k in ('NAME','USER','PASSWORD','HOST','PORT','OPTIONS')]", GOOD
    )
    assert (code, said) == (
        0,
        "['gongzhi', 'gongzhi_app', 'x', 'db.example', '5433', {'sslmode': 'require'}]",
    )


def test_the_key_may_live_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 40 + "\n")
    code, said = read(
        "s.SECRET_KEY[:3]", {**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    )
    assert (code, said) == (0, "fff")


def test_an_embedded_installation_makes_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    mine = {"DATABASE_URL": GOOD["DATABASE_URL"], "GONGZHI_EMBEDDED": "1", "GONGZHI_HOME": str(tmp_path)}
    first, second = read("s.SECRET_KEY", mine), read("s.SECRET_KEY", mine)
    assert first == second and len(first[1]) > 40
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_every_variable_says_what_it_is_for() -> None:
    from gongzhi import settings

    assert all(len(purpose) > 15 for purpose in settings.ASKED.values())
