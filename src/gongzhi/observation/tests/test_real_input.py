"""Real files: inflow, channels and maps of New York, promises of Baltimore by agency, hot issues of 4,326 messages.

Every figure is computed a second time here, from the file, by nothing but the standard library.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.observation.actions import briefs
from gongzhi.observation.queries import board, rooms
from gongzhi.observation.tests.test_board import as_, listed
from gongzhi.people import actions as people
from gongzhi.people.roles import Role
from gongzhi.territory import actions as territory
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures
from gongzhi.workorders.models import WorkOrder
from tests.cast import START, WEDNESDAY, Cast, box, settle

pytestmark = [pytest.mark.real, pytest.mark.django_db]
BY = Actor.for_service("tests")
TOWN = ZoneInfo("Asia/Shanghai")
BALTIMORE, NEW_YORK = ZoneInfo("America/New_York"), ZoneInfo("America/New_York")


def rows_of(source: Path, keep: Callable[[int, dict[str, str]], bool]) -> list[dict[str, str]]:
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        return [row for number, row in enumerate(csv.DictReader(file)) if keep(number, row)]


def bring(rows: list[dict[str, str]], path: Path, **options: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    call_command("import_workorders", str(path), stdout=io.StringIO(), stderr=io.StringIO(), **options)


def agencies(names: set[str]) -> None:
    for number, name in enumerate(sorted(names)):
        people.found_organisation(code=f"agency{number}", name=name, kind="department", by=BY, at=WEDNESDAY)


def moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_baltimore_on_the_board_and_in_a_brief(real_data: Path, tmp_path: Path) -> None:
    rows = rows_of(real_data / "text" / "baltimore311_dev.csv.gz", lambda number, row: number % 12 == 0)
    cast = settle()
    long_in_office(cast)
    agencies({row["Agency"] for row in rows if row["Agency"]})
    bring(rows, tmp_path / "baltimore.csv")
    assert WorkOrder.objects.count() == len(rows)
    year = (datetime(2018, 1, 1, tzinfo=TOWN), datetime(2019, 1, 1, tzinfo=TOWN))
    due = [r for r in rows if r["DueDate"] and year[0] <= moment(r["DueDate"], BALTIMORE) < year[1]]
    owed = Counter(r["Agency"] for r in due)
    kept = Counter(r["Agency"] for r in due if r["CloseDate"] and r["CloseDate"] <= r["DueDate"])
    assert len(owed) > 3 and sum(owed.values()) > 50
    found = figures.tally(
        ("owed", "on_time", "late_done", "owing"), division_id=cast.street.pk, at=year[1], since=year[0], until=year[1],
        by=("unit",),
    )  # fmt: skip
    told = {figures.said("unit", key[0]): counts for key, counts in found.items() if key[0]}
    assert {name: c["owed"] for name, c in told.items()} == dict(owed)
    assert {name: c["on_time"] for name, c in told.items()} == {name: kept[name] for name in owed}
    # the brief of a month says the same as the file
    months = Counter(moment(r["DueDate"], BALTIMORE).astimezone(TOWN).strftime("%Y-%m") for r in due)
    month = months.most_common(1)[0][0]
    first = date.fromisoformat(f"{month}-01")
    brief = briefs.make(cast.street.pk, "month", first, by=cast.clerk, at=WEDNESDAY)
    in_month = [r for r in due if moment(r["DueDate"], BALTIMORE).astimezone(TOWN).strftime("%Y-%m") == month]
    now = brief.figures["totals"]["now"]
    assert now["owed"] == len(in_month)
    assert now["on_time"] == sum(bool(r["CloseDate"]) and r["CloseDate"] <= r["DueDate"] for r in in_month)
    opened = [moment(r["CreatedDate"], BALTIMORE).astimezone(TOWN) for r in rows]
    assert now["received"] == sum(at.strftime("%Y-%m") == month for at in opened)
    assert {unit: (o, k) for unit, o, k in brief.figures["units"]} == {
        name: (
            n,
            sum(
                r["Agency"] == name and bool(r["CloseDate"]) and r["CloseDate"] <= r["DueDate"]
                for r in in_month
            ),
        )
        for name, n in Counter(r["Agency"] for r in in_month).items()
    }
    # and so does the board of that time, with every number leading to as many requests
    at = year[1] - timedelta(days=60)
    with stopped(at):
        told_board = board.numbers(rooms.kind_of(""), ground().areas[cast.street.pk], by=cast.leader, at=at)
        since = at - timedelta(days=30)
        window = [r for r in rows if r["DueDate"] and since <= moment(r["DueDate"], BALTIMORE) < at]
        assert told_board["units"]["owed"]["n"] == len(window)
        assert told_board["units"]["on_time"]["n"] == sum(
            bool(r["CloseDate"]) and r["CloseDate"] <= r["DueDate"] for r in window
        )
        client = as_(cast, "leader")
        for unit in told_board["units"]["all"][:3]:
            assert listed(client, unit["owed_url"]) == unit["owed"]


NEW_YORK_MAP = {
    "name": "nyc311", "label": "New York 311", "source": "nyc311", "as": "history", "zone": "America/New_York",
    "columns": {
        "key": "unique_key", "title": "complaint_type", "description": {"join": ["complaint_type", "descriptor"]},
        "lon": "longitude", "lat": "latitude", "opened_at": "created_date", "closed_at": "closed_date",
        "unit": "agency_name", "channel": "open_data_channel_type",
    },
    "channels": {"ONLINE": "web", "PHONE": "phone", "MOBILE": "api"},
}  # fmt: skip
#: Boxes over the five boroughs, by hand: west, south, east, north.
BOXES = {
    "曼哈顿以北": (-74.05, 40.79, -73.75, 40.95), "西边": (-74.30, 40.45, -73.97, 40.79), "东边": (-73.97, 40.45, -73.65, 40.79),
}  # fmt: skip


def boxed() -> tuple[Cast, dict[str, int]]:
    """The neighbourhood's people in charge of three boxes over New York."""
    cast = settle()
    long_in_office(cast)
    made = {}
    for number, (name, edges) in enumerate(BOXES.items(), 1):
        community = territory.add_division(
            f"44900100109{number}",
            name,
            "community",
            parent=cast.street,
            starts_on=START,
            by=BY,
            at=WEDNESDAY,
        )
        grid = territory.add_division(
            f"44900100109{number}01", "第一网格", "grid", parent=community, shape=box(*edges), starts_on=START, by=BY, at=WEDNESDAY
        )  # fmt: skip
        made[name] = grid.pk
    return cast, made


def long_in_office(cast: Cast) -> None:
    """A leader who could have looked at the board in the years of the files."""
    people.give_post(
        cast.accounts["leader"], Role.LEADER, division_id=cast.street.pk, organisation=None, starts_on=date(2010, 1, 1),
        by=BY, at=WEDNESDAY,
    )  # fmt: skip


def box_of(lon: float, lat: float) -> str:
    return next((n for n, (w, s, e, t) in BOXES.items() if w < lon < e and s < lat < t), "")


def test_new_york_by_hour_channel_and_place(real_data: Path, tmp_path: Path) -> None:
    rows = rows_of(real_data / "text" / "nyc311_2019_1000.csv.gz", lambda number, row: number % 3 == 0)
    rows = [r for r in rows if not r["closed_date"] or r["closed_date"] >= r["created_date"]]
    cast, grids = boxed()
    told = tmp_path / "map.json"
    told.write_text(json.dumps(NEW_YORK_MAP), encoding="utf-8")
    bring(rows, tmp_path / "nyc.csv", map=str(told))
    assert WorkOrder.objects.count() == len(rows)
    opened = [moment(r["created_date"], NEW_YORK).astimezone(TOWN) for r in rows]
    since, until = datetime(2019, 1, 1, tzinfo=TOWN), datetime(2020, 1, 2, tzinfo=TOWN)
    door = {"ONLINE": "web", "PHONE": "phone", "MOBILE": "api"}
    wanted = Counter(
        (f"{at:%Y-%m-%dT%H}", door.get(r["open_data_channel_type"], "file"))
        for r, at in zip(rows, opened, strict=True) if since <= at < until
    )  # fmt: skip
    found = figures.tally(
        ("received",), division_id=cast.street.pk, at=until, since=since, until=until, by=("hour", "channel")
    )
    assert {key: counts["received"] for key, counts in found.items()} == dict(wanted)
    # the busiest day, as the board would have shown it
    day, _n = Counter(at.date() for at in opened).most_common(1)[0]
    at = datetime.combine(day, datetime.min.time(), TOWN) + timedelta(hours=23, minutes=59)
    with stopped(at):
        shown = board.numbers(rooms.kind_of(""), ground().areas[cast.street.pk], by=cast.leader, at=at)
        today = [o for o in opened if o.date() == day and o < at]
        assert shown["received"]["n"] == len(today)
        assert {h["hour"]: h["n"] for h in shown["hours"] if h["n"]} == Counter(o.hour for o in today)
        client = as_(cast, "leader")
        assert listed(client, shown["received"]["url"]) == len(today)
        # the map: a second way of finding the box of a point
        page = client.get("/board/maps/?span=365&level=grid").context
        first = datetime.combine(day, datetime.min.time(), TOWN) - timedelta(days=365)
        placed = Counter(
            box_of(float(r["longitude"]), float(r["latitude"]))
            for r, o in zip(rows, opened, strict=True) if r["longitude"] and first <= o < at
        )  # fmt: skip
        values = {row.id: row.n for row in page["rows"]}
        for name, key in grids.items():
            assert values[key] == placed[name], name
        assert page["unplaced"] == sum(first <= o < at for o in opened) - sum(placed[name] for name in BOXES)


def test_new_york_public_stuff_on_a_map(real_data: Path, tmp_path: Path) -> None:
    rows = rows_of(real_data / "text" / "nyc_publicstuff_8739.csv.gz", lambda number, row: number % 30 == 0)
    rows = list({r["ID"]: r for r in rows if len(r["Description"]) + len(r["Title"]) > 8}.values())
    for row in rows:
        row["opened"] = datetime.fromtimestamp(int(row["Date Created"]), UTC).isoformat()
    cast, grids = boxed()
    told = tmp_path / "map.json"
    columns = {"key": "ID", "title": "Title", "description": {"join": ["Title", "Description"]}, "lon": "Longitude",
               "lat": "Latitude", "opened_at": "opened"}  # fmt: skip
    told.write_text(json.dumps({"name": "stuff", "as": "history", "columns": columns}), encoding="utf-8")
    bring(rows, tmp_path / "stuff.csv", map=str(told))
    taken = {r.source_key: r for r in WorkOrder.objects.all()}
    kept = [r for r in rows if r["ID"] in taken]
    assert len(kept) > 0.95 * len(rows)
    wanted = Counter(box_of(float(r["Longitude"]), float(r["Latitude"])) for r in kept)
    since, until = datetime(2010, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    found = figures.tally(
        ("received",), division_id=cast.street.pk, at=until, since=since, until=until, by=("grid",)
    )
    assert {key[0]: c["received"] for key, c in found.items() if key[0]} == {
        grids[name]: wanted[name] for name in grids if wanted[name]
    }


def test_hot_issues_of_the_messages_on_the_board(real_data: Path, tmp_path: Path) -> None:
    truth = json.loads((real_data / "text" / "tipdm8c_hot_issue_truth_dev.json").read_text("utf-8"))
    wanted = {str(key) for keys in truth.values() for key in keys}
    rows = rows_of(
        real_data / "text" / "tipdm8c_messages_4326.csv.gz",
        lambda number, row: number % 30 == 0 or row["msg_id"] in wanted,
    )
    cast = settle()
    bring(rows, tmp_path / "messages.csv")
    with stopped():
        kind, area = rooms.kind_of(""), ground().areas[cast.street.pk]
        at = datetime.now(UTC) + timedelta(minutes=1)
        with stopped(at):
            hot, _when = board.hot(kind, area, by=cast.leader, at=at)
            client = as_(cast, "leader")
            best = 0
            assert len(hot) > 1 and [h["heat"] for h in hot] == sorted((h["heat"] for h in hot), reverse=True)
            for issue in hot[: board.HOT]:
                assert listed(client, issue["url"]) == issue["n"]
                keys = set(
                    WorkOrder.objects.filter(pk__in=issue["matters"]).values_list("source_key", flat=True)
                )
                best = max(best, *(len(keys & {str(k) for k in one}) for one in truth.values()))
            assert best >= 4
