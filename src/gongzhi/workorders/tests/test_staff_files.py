"""Lists handed out: the same rights and filters as on the screen, no formulas, no contact data, nobody's identity left."""

from __future__ import annotations

import csv
import io
import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from gongzhi.kit.acting import NOBODY, identity
from gongzhi.workorders.staff_views import exporting
from gongzhi.workorders.staff_views.exporting import harmless
from gongzhi.workorders.tests.staff_scene import DRAIN, LAMP_NOWHERE, in_state, reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def table(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_csv_holds_the_filtered_list_of_its_reader(cast: Cast) -> None:
    drain, lamp = reported(cast), reported(cast, LAMP_NOWHERE)
    rows = table(as_(cast, "clerk").get("/desk/export.csv"))
    assert rows[0][0] == "编号"
    assert {row[0] for row in rows[1:]} == {drain.number, lamp.number}
    assert [row[0] for row in table(as_(cast, "clerk").get("/desk/export.csv?unplaced=1"))[1:]] == [
        lamp.number
    ]
    assert [row[0] for row in table(as_(cast, "road_worker").get("/desk/export.csv"))[1:]] == [drain.number]
    assert table(as_(cast, "far_grid_worker").get("/desk/export.csv"))[1:] == []
    assert "19900000101" not in str(rows)
    assert "王先生" not in str(rows)


def test_a_file_is_read_in_short_transactions_and_leaves_no_identity(cast: Cast, monkeypatch: Any) -> None:
    numbers = {reported(cast, f"{DRAIN}第{n}处。").number for n in range(7)}
    monkeypatch.setattr(exporting, "BATCH", 2)
    answer = as_(cast, "clerk").get("/desk/export.csv?status=all&sort=new")
    parts = iter(answer.streaming_content)
    next(parts)
    assert identity() == NOBODY
    rows = table(as_(cast, "clerk").get("/desk/export.csv?status=all&sort=new"))
    assert {row[0] for row in rows[1:]} == numbers
    assert len(rows) == 8


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "＝", " ="])
def test_no_cell_is_a_formula(sign: str, cast: Cast) -> None:
    assert harmless(f"{sign}HYPERLINK(1)").startswith("'")
    assert harmless("正常的话") == "正常的话"
    assert harmless(-3) == -3


def test_a_formula_in_a_report_reaches_the_file_as_words(cast: Cast) -> None:
    reported(cast, '=HYPERLINK("http://evil.example","点我") 海棠苑门口的下水道堵了')
    rows = table(as_(cast, "clerk").get("/desk/export.csv"))
    assert rows[1][1].startswith("'=HYPERLINK")
    answer = as_(cast, "clerk").get("/desk/export.xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    values = list(sheet.iter_rows(values_only=True))
    assert values[1][1].startswith("'=HYPERLINK")
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_bad_filter_is_refused_before_the_file_begins(cast: Cast) -> None:
    assert as_(cast, "clerk").get("/desk/export.csv?status=nonsense").status_code == 400
    assert as_(cast, "clerk").get("/desk/export.pdf").status_code == 404


def test_paper_says_who_printed_and_holds_no_contact(cast: Cast) -> None:
    order = in_state(cast, "answered")
    sheet = as_(cast, "clerk").get("/desk/print/").content.decode()
    assert order.number in sheet
    assert "clerk 打印" in sheet
    one = as_(cast, "checker").get(f"/desk/{order.pk}/print/").content.decode()
    assert "已疏通并冲洗路面" in one
    assert "19900000101" not in one
    # A sheet is read on another day than it was printed: no 今天 and no 明天 for what is promised.
    assert re.search(r"<dt>核查</dt><dd>20\d\d-\d\d-\d\d \d\d:\d\d</dd>", one)
    assert re.search(r"<td>20\d\d-\d\d-\d\d \d\d:\d\d", sheet)
    assert as_(cast, "gardener").get(f"/desk/{order.pk}/print/").status_code == 404
