"""All requests of New York: inflow by hour and day, channels, and the map by place, equal the files themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongzhi.kit.clock import stopped
from gongzhi.observation.queries import board, rooms
from gongzhi.observation.tests.test_board import as_, listed, numbers_of
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures
from gongzhi.workorders.models import WorkOrder
from tests.real.boxes import BOXES, City, box_of, city
from tests.real.files import TOWN, bring, in_town, rows_of
from tests.stage import undone

__all__ = ["city"]
pytestmark = [pytest.mark.real, pytest.mark.django_db]

NEW_YORK_MAP = {
    "name": "nyc311", "label": "New York 311", "source": "nyc311", "as": "history", "zone": "America/New_York",
    "columns": {
        "key": "unique_key", "title": "complaint_type", "description": {"join": ["complaint_type", "descriptor"]},
        "lon": "longitude", "lat": "latitude", "opened_at": "created_date", "closed_at": "closed_date",
        "unit": "agency_name", "channel": "open_data_channel_type",
    },
    "channels": {"ONLINE": "web", "PHONE": "phone", "MOBILE": "api"},
}  # fmt: skip
DOORS = {"ONLINE": "web", "PHONE": "phone", "MOBILE": "api"}
SINCE, UNTIL = datetime(2019, 1, 1, tzinfo=TOWN), datetime(2020, 1, 2, tzinfo=TOWN)


@dataclass(frozen=True)
class Requests:
    city: City
    rows: list[dict[str, str]]
    opened: list[datetime]


@pytest.fixture(scope="module")
def requests(
    city: City, django_db_blocker: Any, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Requests]:
    """All rows that do not end before they begin."""
    rows = rows_of(real_data / "text" / "nyc311_2019_1000.csv.gz")
    rows = [r for r in rows if not r["closed_date"] or r["closed_date"] >= r["created_date"]]
    folder = tmp_path_factory.mktemp("real")
    told = folder / "map.json"
    told.write_text(json.dumps(NEW_YORK_MAP), encoding="utf-8")
    with django_db_blocker.unblock(), undone():
        bring(rows, folder / "nyc.csv", map=str(told))
        yield Requests(city, rows, [in_town(r["created_date"]) for r in rows])


def test_every_request_is_there(requests: Requests) -> None:
    assert WorkOrder.objects.count() == len(requests.rows) > 900


@pytest.mark.parametrize(
    ("dimension", "form"), [("hour", "%Y-%m-%dT%H"), ("day", "%Y-%m-%d"), ("month", "%Y-%m")]
)
def test_inflow_by_time_and_channel(requests: Requests, dimension: str, form: str) -> None:
    wanted = Counter(
        (f"{at:{form}}", DOORS.get(row["open_data_channel_type"], "file"))
        for row, at in zip(requests.rows, requests.opened, strict=True) if SINCE <= at < UNTIL
    )  # fmt: skip
    found = figures.tally(
        ("received",), division_id=requests.city.cast.street.pk, at=UNTIL, since=SINCE, until=UNTIL,
        by=(dimension, "channel"),
    )  # fmt: skip
    assert {key: counts["received"] for key, counts in found.items()} == dict(wanted)


def test_what_was_closed_by_day(requests: Requests) -> None:
    wanted = Counter(f"{in_town(r['closed_date']):%Y-%m-%d}" for r in requests.rows if r["closed_date"])
    found = figures.tally(
        ("closed",), division_id=requests.city.cast.street.pk, at=UNTIL + timedelta(days=3000), since=SINCE,
        until=UNTIL + timedelta(days=3000), by=("day",),
    )  # fmt: skip
    assert {key[0]: counts["closed"] for key, counts in found.items()} == dict(wanted)


def test_the_board_and_the_map_of_the_busiest_day(requests: Requests) -> None:
    cast, opened = requests.city.cast, requests.opened
    day, _n = Counter(at.date() for at in opened).most_common(1)[0]
    at = datetime.combine(day, datetime.min.time(), TOWN) + timedelta(hours=23, minutes=59)
    with stopped(at):
        shown = board.numbers(rooms.kind_of(""), ground().areas[cast.street.pk], by=cast.leader, at=at)
        today = [o for o in opened if o.date() == day and o < at]
        assert shown["received"]["n"] == len(today)
        assert {h["hour"]: h["n"] for h in shown["hours"] if h["n"]} == Counter(o.hour for o in today)
        assert shown["days"] == [
            sum(o.date() == day - timedelta(days=back) and o < at for o in opened)
            for back in range(13, -1, -1)
        ]
        client = as_(cast, "leader")
        assert listed(client, shown["received"]["url"]) == len(today)
        for number, url in numbers_of(shown):
            assert client.get(url).context["total"] == number, url
        # the map: a second way of finding the box of a point
        page = client.get("/board/maps/?span=365&level=grid").context
        first = datetime.combine(day, datetime.min.time(), TOWN) - timedelta(days=365)
        placed = Counter(
            box_of(float(r["longitude"]), float(r["latitude"]))
            for r, o in zip(requests.rows, opened, strict=True) if r["longitude"] and first <= o < at
        )  # fmt: skip
        values = {row.id: row for row in page["rows"]}
        for name, key in requests.city.grids.items():
            assert values[key].n == placed[name], name
            assert client.get(values[key].url).context["total"] == placed[name]
        assert page["unplaced"] == sum(first <= o < at for o in opened) - sum(placed[name] for name in BOXES)
