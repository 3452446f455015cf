"""What is refused leaves nothing half-written, and gets a sentence, a code and the right status."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain as every
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from civics.territory import distance_m
from gongzhi.journal.tests.test_record import picture
from gongzhi.kit.errors import Refusal
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.drafts import Draft, checked
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import DRAIN, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

NAN, INFINITE = float("nan"), float("inf")

#: what is wrong → (what is said, status, code)
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "20,000 characters": ({"description": "堵" * 20_000}, 400, "too_long"),
    "one character too many": ({"description": "堵" * 5_001}, 400, "too_long"),
    "nothing": ({"description": ""}, 400, "too_short"),
    "only blanks and controls": ({"description": " \x00\x07\n\t "}, 400, "too_short"),
    "a title as long as a page": ({"title": "题" * 121}, 400, "title_too_long"),
    "an address as long as a page": ({"place_text": "路" * 201}, 400, "place_too_long"),
    "the year 0202": (
        {"opened_at": datetime.fromisoformat("0202-03-04T05:06:07+00:00")},
        422,
        "impossible_date",
    ),
    "the day after tomorrow": ({"opened_at": WEDNESDAY + timedelta(days=2)}, 422, "impossible_date"),
    "an unknown coordinate system": (
        {"lon": 113.5, "lat": 22.2, "crs": "北京54"},
        422,
        "unknown_coordinate_system",
    ),
    "half a position": ({"lat": None}, 400, "half_a_position"),
    "the other half": ({"lon": None}, 400, "half_a_position"),
    "not a number": ({"lon": NAN}, 422, "impossible_position"),
    "infinitely far": ({"lat": INFINITE}, 422, "impossible_position"),
    "beyond the pole": ({"lat": 91.0}, 422, "impossible_position"),
    "swapped degrees": ({"lon": 22.2, "lat": 113.5}, 422, "impossible_position"),
    "no such appeal": ({"appeal": "wish"}, 400, "unknown_appeal"),
    "no such category": ({"category_id": 10**9}, 400, "unknown_category"),
    "a telephone of five digits": ({"phone": "12345"}, 400, "phone"),
    "a telephone with a NUL": ({"phone": "1990000\x000101"}, 400, "phone"),
    "half an address": ({"email": "wang@"}, 400, "email"),
    "an address with a NUL": ({"email": "wa\x00ng@example.com"}, 400, "email"),
    "a key longer than a line": ({"source_key": "k" * 121}, 400, "bad_source_key"),
    "a key with a NUL": ({"source_key": "k\x00"}, 400, "bad_source_key"),
}


def rows() -> dict[str, int]:
    """How many rows every table of ours has."""
    models = every.from_iterable(
        c.get_models() for c in apps.get_app_configs() if c.name.startswith("gongzhi.")
    )
    with connection.cursor() as cursor:
        out = {}
        for table in sorted({model._meta.db_table for model in models} | {"procrastinate_jobs"}):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            out[table] = cursor.fetchone()[0]
    return out


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_a_sentence_and_leaves_nothing(cast: Cast, what: str) -> None:
    said, status, code = REFUSED[what]
    before = rows()
    with pytest.raises(Refusal) as refused:
        report_drain(cast, **said)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert len(str(refused.value.sentence)) > 5
    assert str(refused.value.sentence).endswith(("。", "？", "！"))
    assert refused.value.fields, "the form knows which field to show it at"
    assert rows() == before
    assert report_drain(cast).order.open, "and the next one goes through in the same transaction"


ACCEPTED = {
    "characters beyond the first plane": "𠮷田路的𪚥𠀀井盖坏了，危险。",
    "a character newer than this Python": "住户\U00031350女士反映楼道灯坏了。",
    "emoji": "海棠苑门口的下水道堵了😡🚧请快来👨\u200d👩\u200d👧！",
    "full width": "ＡＢＣ１２３号楼的下水道堵了。",
    "markup": "<script>alert('1')</script> & \"引号\" 的下水道堵了",
    "template signs": "{{ request }} {% csrf_token %} %s %(x)s {unit} 下水道堵了",
    "a very long word": "堵" * 5000,
    "many lines": "下水道堵了。\r\n第二行\r\n\r\n第四行",
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_unusual_words_are_kept_as_they_are(cast: Cast, what: str) -> None:
    text = ACCEPTED[what]
    order = report_drain(cast, description=text).order
    kept = WorkOrder.objects.get(pk=order.pk)
    assert kept.description == text.replace("\r\n", "\n")
    assert kept.title and "\n" not in kept.title


def test_controls_are_taken_out_and_tabs_become_blanks() -> None:
    draft = checked(Draft("下水\x00道\x07堵\ud800了\t很\u202e急", name="王\x00五"), at=WEDNESDAY)
    assert (draft.description, draft.name) == ("下水道堵了 很急", "王五")


def test_wherever_a_report_breaks_no_part_of_it_stays(cast: Cast) -> None:
    """Let the first statement that writes fail, then the second, and so on, until one report gets through."""
    before = rows()
    failing = 0
    while True:
        failing += 1
        written = iter(range(1, 1000))

        def breaks(
            execute: Any, sql: str, params: Any, many: bool, context: Any, written: Any = written
        ) -> Any:
            if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "COPY")) and next(written) == failing:  # noqa: B023
                raise ZeroDivisionError(sql)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(breaks), transaction.atomic():
                report_drain(cast, source="form", source_key="breaks", pictures=(picture(),))
        except ZeroDivisionError:
            assert rows() == before, failing
            continue
        break
    assert failing > 7, (
        "thread, entries, matter, party, deadlines, order, contact, files: each of them failed once"
    )
    assert rows()["workorders_workorder"] == before["workorders_workorder"] + 1


def test_every_known_system_of_coordinates_is_taken(cast: Cast) -> None:
    lon, lat = IN_GRID_1
    for crs, metres in (("WGS84", 0), ("wgs-84", 0), ("CGCS2000", 0), ("GCJ02", 600), ("gcj-02", 600)):
        draft = Draft(DRAIN, lon=lon, lat=lat, crs=crs)
        order = reporting.report(draft, by=Person.visitor(), at=WEDNESDAY).order
        moved = distance_m((lon, lat), (order.lon, order.lat))
        assert moved == pytest.approx(metres, abs=150 if metres else 0.01), (crs, moved)
