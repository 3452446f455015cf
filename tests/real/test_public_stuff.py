"""Requests of a New York borough's app: where and when they came from equals the file itself. Every fourth row, because the
other files are read whole; all of them with ``GONGZHI_ALL_ROWS=1``."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gongzhi.workorders import figures
from gongzhi.workorders.models import WorkOrder
from tests.real.boxes import City, box_of, city
from tests.real.files import TOWN, bring, rows_of
from tests.stage import undone

__all__ = ["city"]
pytestmark = [pytest.mark.real, pytest.mark.django_db]


def test_all_public_stuff_on_the_map(city: City, real_data: Path, tmp_path: Path) -> None:
    rows = rows_of(real_data / "text" / "nyc_publicstuff_8739.csv.gz")[
        :: 1 if os.environ.get("GONGZHI_ALL_ROWS") else 4
    ]
    for row in rows:
        row["opened"] = datetime.fromtimestamp(int(row["Date Created"]), UTC).isoformat()
    told = tmp_path / "map.json"
    columns = {"key": "ID", "title": "Title", "description": {"join": ["Title", "Description"]}, "lon": "Longitude",
               "lat": "Latitude", "opened_at": "opened"}  # fmt: skip
    told.write_text(json.dumps({"name": "stuff", "as": "history", "columns": columns}), encoding="utf-8")
    with undone():
        bring(rows, tmp_path / "stuff.csv", map=str(told))
        taken = set(WorkOrder.objects.values_list("source_key", flat=True))
        kept = {r["ID"]: r for r in rows if r["ID"] in taken}
        # what was not taken says nothing, or says it under a key that another row has
        assert len(kept) > 0.95 * len({r["ID"] for r in rows})
        since, until = datetime(2010, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
        for dimension, wanted in (
            (
                "grid",
                Counter(
                    city.grids.get(box_of(float(r["Longitude"]), float(r["Latitude"]))) for r in kept.values()
                ),
            ),
            (
                "day",
                Counter(
                    f"{datetime.fromisoformat(r['opened']).astimezone(TOWN):%Y-%m-%d}" for r in kept.values()
                ),
            ),
        ):
            found = figures.tally(
                ("received",),
                division_id=city.cast.street.pk,
                at=until,
                since=since,
                until=until,
                by=(dimension,),
            )
            assert {key[0]: counts["received"] for key, counts in found.items()} == dict(wanted)
