"""Real input: service requests of Baltimore with due dates. Figures by agency equal those read off the file itself."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from civics.standing import by_likelihood, rate
from gongzhi.evaluation import manifests, queries
from gongzhi.kit import clock
from gongzhi.people import actions as people
from gongzhi.workorders.figures.units import unit_figures
from gongzhi.workorders.models import WorkOrder
from tests.cast import _BY, WEDNESDAY, settle

pytestmark = [pytest.mark.django_db, pytest.mark.real]

THERE, HERE = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")


def moment(text: str) -> datetime | None:
    """A moment as the file writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=THERE) if text else None


def of_file(rows: list[dict[str, str]], since: datetime, until: datetime) -> dict[str, tuple[int, int, int]]:
    """agency → (due, closed by the end, on time), straight from the file."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        due, done = moment(row["DueDate"]), moment(row["CloseDate"])
        if due is None or not since <= due < until:
            continue
        agency = counts.setdefault(row["Agency"], Counter())
        agency["due"] += 1
        agency["closed"] += done is not None and done < until
        agency["on_time"] += done is not None and done <= due
    return {name: (one["due"], one["closed"], one["on_time"]) for name, one in counts.items()}


def test_on_time_figures_by_agency_are_those_of_the_file(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "text" / "baltimore311_dev.csv.gz"
    if not source.exists():
        pytest.skip(f"REAL INPUT IS ABSENT: {source}")
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or [])
        rows = [row for number, row in enumerate(reader) if number % 5 == 0]
    path = tmp_path / "requests.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, header)
        table.writeheader()
        table.writerows(rows)
    street = settle().street
    units = {}
    for number, name in enumerate(sorted({row["Agency"] for row in rows} - {""})):
        body = people.found_organisation(
            code=f"agency{number}", name=name, kind="bureau", parent=None, division=None, by=_BY, at=WEDNESDAY
        )
        units[name] = body.pk
    call_command("import_workorders", str(path), stdout=io.StringIO(), stderr=io.StringIO())
    assert WorkOrder.objects.filter(source="file:baltimore311").count() == len(rows)

    spans = [(datetime(2013, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))]
    spans += [
        manifests.span(month, clock.now())
        for month in (date(2014, 5, 1), date(2016, 11, 1), date(2018, 8, 1))
    ]
    for since, until in spans:
        theirs = of_file(rows, since, until)
        ours = {
            unit: (counts["due"], counts["closed"], counts["on_time"])
            for unit, counts in unit_figures(since, until, area_id=street.pk).items()
        }
        assert ours == {units.get(name): counts for name, counts in theirs.items()}, (since, until)
    # an ordinary month on the page: the same, shrunk toward the other agencies
    month = date(2016, 11, 1)
    theirs = of_file(rows, *manifests.span(month, clock.now()))
    found = {one.unit_id: one for one in queries.computed(street.pk, month, now=clock.now())}
    assert set(found) == {units[name] for name in theirs if name}
    prior = by_likelihood([(on_time, due) for name, (due, _closed, on_time) in theirs.items() if name])
    assert prior is not None
    for name, (due, _closed, on_time) in theirs.items():
        line = next(line for line in found[units[name]].lines if line["code"] == "on_time")
        assert (line["good"], line["cases"]) == (on_time, due)
        assert line["rate"]["shrunk"] == pytest.approx(rate(on_time, due, prior).shrunk, rel=1e-6)
