"""Files of real input: reading them with the standard library, and bringing them in by the ordinary importer."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.people.roles import Role
from tests.cast import WEDNESDAY, Cast, settle
from tests.stage import undone

BY = Actor.for_service("tests")
TOWN, THERE = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def rows_of(source: Path) -> list[dict[str, str]]:
    """Every row of a compressed file; the test is skipped, loudly, where the file is not there."""
    if not source.exists():
        pytest.skip(f"REAL INPUT IS ABSENT: {source}")
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bring(rows: list[dict[str, str]], path: Path, **options: Any) -> None:
    """Write rows as a file and import it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    call_command("import_workorders", str(path), stdout=io.StringIO(), stderr=io.StringIO(), **options)


def moment(text: str, zone: ZoneInfo = THERE) -> datetime:
    """A moment as the files write it."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def in_town(text: str) -> datetime:
    """The same on the clocks of our town."""
    return moment(text).astimezone(TOWN)


@contextmanager
def settled(blocker: Any) -> Iterator[Cast]:
    """The neighbourhood for a whole module, taken back at its end, with a leader who could have looked at the board in
    the years of the files."""
    with blocker.unblock(), undone():
        cast = settle()
        people.give_post(
            cast.accounts["leader"], Role.LEADER, division_id=cast.street.pk, organisation=None,
            starts_on=date(2010, 1, 1), by=BY, at=WEDNESDAY,
        )  # fmt: skip
        yield cast


def agencies(names: set[str]) -> dict[str, int]:
    """An organisation for each name: name → key."""
    return {
        name: people.found_organisation(code=f"agency{n}", name=name, kind="bureau", by=BY, at=WEDNESDAY).pk
        for n, name in enumerate(sorted(names - {""}))
    }
