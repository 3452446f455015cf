"""All service requests of Baltimore with due dates: board, brief and evaluation by agency equal the file itself, and
every figure is the length of the list behind it. The second count is done here, by nothing but the standard library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from civics.standing import by_likelihood, rate
from gongzhi.evaluation import manifests, queries
from gongzhi.kit import clock
from gongzhi.kit.clock import stopped
from gongzhi.matters.figures import Selection, Value
from gongzhi.observation.actions import briefs
from gongzhi.observation.queries import board, rooms
from gongzhi.observation.queries.addresses import narrow
from gongzhi.observation.tests.test_board import as_, listed, numbers_of
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures
from gongzhi.workorders.figures.units import unit_figures
from gongzhi.workorders.models import WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.real.files import TOWN, agencies, bring, in_town, moment, rows_of, settled

pytestmark = [pytest.mark.real, pytest.mark.django_db]
Row = dict[str, str]


@dataclass(frozen=True)
class Scene:
    cast: Cast
    rows: list[Row]
    units: dict[str, int]

    @property
    def due(self) -> list[Row]:
        return [row for row in self.rows if row["DueDate"]]


@pytest.fixture(scope="module")
def scene(
    django_db_setup: None, django_db_blocker: Any, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """The whole file, imported once."""
    rows = rows_of(real_data / "text" / "baltimore311_dev.csv.gz")
    with settled(django_db_blocker) as cast:
        units = agencies({row["Agency"] for row in rows})
        bring(rows, tmp_path_factory.mktemp("real") / "baltimore.csv")
        yield Scene(cast, rows, units)


def on_time(row: Row) -> bool:
    return bool(row["CloseDate"]) and moment(row["CloseDate"]) <= moment(row["DueDate"])


def of_file(rows: list[Row], since: datetime, until: datetime) -> dict[str, Counter[str]]:
    """agency → due, on time, late and owing by the end of a span, straight from the file."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        if row["DueDate"] and since <= moment(row["DueDate"]) < until:
            one = counts.setdefault(row["Agency"], Counter())
            done = moment(row["CloseDate"]) if row["CloseDate"] else None
            one["due"] += 1
            one["on_time" if on_time(row) else "late_done" if done and done < until else "owing"] += 1
    return counts


def spans() -> list[tuple[datetime, datetime]]:
    whole = [(datetime(2010, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))]
    months = [date(2014, 5, 1), date(2016, 11, 1), date(2018, 8, 1)]
    return whole + [manifests.span(month, clock.now()) for month in months]


def test_every_row_is_there(scene: Scene) -> None:
    assert WorkOrder.objects.count() == len(scene.rows) > 7000
    assert WorkOrder.objects.filter(promised_at__isnull=False).count() == len(scene.due)


def test_what_the_board_counts_by_agency_is_the_file(scene: Scene) -> None:
    for since, until in spans():
        theirs = of_file(scene.rows, since, until)
        found = figures.tally(
            ("due", "owed", "on_time", "late_done", "owing"), division_id=scene.cast.street.pk, at=until, since=since,
            until=until, by=("unit",),
        )  # fmt: skip
        assert {key[0] for key in found} == {scene.units.get(name) for name in theirs}
        for name, counts in theirs.items():
            told = dict(found[(scene.units.get(name),)])
            assert told.pop("due") == told["owed"] == counts["due"], name
            assert told == {code: counts[code] for code in told} | {"owed": counts["due"]}, name


def test_what_the_evaluation_counts_by_agency_is_the_file(scene: Scene) -> None:
    for since, until in spans():
        theirs = of_file(scene.rows, since, until)
        ours = unit_figures(since, until, area_id=scene.cast.street.pk)
        assert {u: (n["due"], n["closed"], n["on_time"], n["suspended"]) for u, n in ours.items()} == {
            scene.units.get(name): (n["due"], n["on_time"] + n["late_done"], n["on_time"], 0) for name, n in theirs.items()
        }, (since, until)  # fmt: skip


def test_a_month_on_the_page_is_the_file_drawn_toward_the_other_agencies(scene: Scene) -> None:
    month = date(2016, 11, 1)
    theirs = {n: c for n, c in of_file(scene.rows, *manifests.span(month, clock.now())).items() if n}
    found = {one.unit_id: one for one in queries.computed(scene.cast.street.pk, month, now=clock.now())}
    assert set(found) == {scene.units[name] for name in theirs}
    prior = by_likelihood([(counts["on_time"], counts["due"]) for counts in theirs.values()])
    assert prior is not None
    for name, counts in theirs.items():
        line = next(line for line in found[scene.units[name]].lines if line["code"] == "on_time")
        assert (line["good"], line["cases"]) == (counts["on_time"], counts["due"])
        shrunk = rate(counts["on_time"], counts["due"], prior).shrunk
        assert line["rate"]["shrunk"] == pytest.approx(shrunk, rel=1e-6)


def busiest(scene: Scene) -> str:
    return Counter(f"{in_town(row['DueDate']):%Y-%m}" for row in scene.due).most_common(1)[0][0]


def test_a_brief_is_the_file_and_each_number_in_it_the_length_of_its_list(scene: Scene) -> None:
    month = busiest(scene)
    first = date.fromisoformat(f"{month}-01")
    brief = briefs.make(scene.cast.street.pk, "month", first, by=scene.cast.clerk, at=WEDNESDAY)
    since, until = manifests.span(first, WEDNESDAY)
    theirs = of_file(scene.rows, since, until)
    now = brief.figures["totals"]["now"]
    assert now["owed"] == sum(n["due"] for n in theirs.values()) > 50
    for code in ("on_time", "late_done", "owing"):
        assert now[code] == sum(n[code] for n in theirs.values()), code
    for name, field in (("received", "CreatedDate"), ("closed", "CloseDate")):
        assert now[name] == sum(f"{in_town(r[field]):%Y-%m}" == month for r in scene.rows if r[field]), name
    assert {unit: (owed, kept) for unit, owed, kept in brief.figures["units"]} == {
        name: (n["due"], n["on_time"]) for name, n in theirs.items() if name
    }

    def behind(figure: str, **values: Value) -> int:
        chosen = Selection(figure, scene.cast.street.pk, until, since, until, narrow(**values))
        return figures.listed(chosen, by=scene.cast.leader)[1]

    walked = 0
    for code, count in now.items():
        assert behind(code) == count, code
        walked += 1
    for key, count, _was in brief.figures["series"]:
        assert behind("received", day=key) == count, key
        walked += 1
    for name, owed, kept in brief.figures["units"]:
        assert (behind("owed", unit=scene.units[name]), behind("on_time", unit=scene.units[name])) == (
            owed,
            kept,
        )
        walked += 2
    # topics and channels are named, not keyed: their lists are those of all values that are called so
    for dimension, table in (("topic", "topics"), ("channel", "channels"), ("community", "areas")):
        found = figures.tally(("received",), division_id=scene.cast.street.pk, at=until, since=since, until=until,
                              by=(dimension,))  # fmt: skip
        lengths: Counter[str] = Counter()
        for (value,), counts in found.items():
            assert behind("received", **{dimension: value}) == counts["received"]
            lengths[figures.said(dimension, value)] += counts["received"]
        assert {row[0]: row[1] for row in brief.figures[table] if row[1]} == dict(lengths)
        walked += len(found)
    assert walked > 50


def test_each_figure_of_the_board_is_the_length_of_its_list(scene: Scene) -> None:
    first = date.fromisoformat(f"{busiest(scene)}-01")
    at = datetime(first.year, first.month, 28, 23, 30, tzinfo=TOWN)
    with stopped(at):
        told = board.numbers(
            rooms.kind_of(""), ground().areas[scene.cast.street.pk], by=scene.cast.leader, at=at
        )
        theirs = of_file(scene.rows, at - timedelta(days=board.UNIT_DAYS), at)
        assert told["units"]["owed"]["n"] == sum(n["due"] for n in theirs.values()) > 50
        assert told["units"]["on_time"]["n"] == sum(n["on_time"] for n in theirs.values())
        assert (
            told["received"]["n"]
            == sum(
                in_town(r["CreatedDate"]).date() == at.date()
                for r in scene.rows
                if in_town(r["CreatedDate"]) < at
            )
            > 0
        )
        client, numbers = as_(scene.cast, "leader"), numbers_of(told)
        assert len(numbers) > 50
        for number, url in numbers:
            page = client.get(url)
            assert (page.status_code, page.context["total"]) == (200, number), url
        # page by page for some: the rows are really there
        for unit in told["units"]["all"][:3]:
            assert listed(client, unit["owed_url"]) == unit["owed"]


def test_each_figure_of_the_evaluation_is_the_length_of_its_list(scene: Scene) -> None:
    month = date.fromisoformat(f"{busiest(scene)}-01")
    street = scene.cast.street.pk
    client = as_(scene.cast, "leader")
    walked = 0
    for one in queries.computed(street, month, now=clock.now()):
        for code, count in one.figures.items():
            rows = manifests.matters_behind(code, month, unit_id=one.unit_id, area_id=street, now=clock.now())
            assert len(rows) == count, (one.name, code)
            walked += 1
        page = client.get(f"/evaluation/{month:%Y-%m}/{one.unit_id}/due/")
        assert (page.status_code, page.context["count"]) == (200, one.figures["due"])
    assert walked > 50
