"""Report plans: numbers with their lists, a superior's form filled in and nothing else changed, and who may."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.observation import filling
from gongzhi.observation.actions import reports as actions
from gongzhi.observation.filling import Line, Report
from gongzhi.observation.models import ReportPlan
from gongzhi.observation.queries.reports import ROWS
from gongzhi.observation.tests.test_board import as_, listed
from tests.cast import WEDNESDAY, Cast

FIGURES = ["received", "owed", "on_time", "on_time/owed", "open"]
NAMES = {"收到": "received", "received": "received", "按期结案": "on_time", "应结（不含挂账）": "owed"}
REPORT = Report(
    "望澜街道", "2026 年 11 月", "2026-12-01 08:00",
    [Line("海棠社区", {"received": 7, "owed": 4, "on_time": 3}, {"received": 5}, None), Line("=1+1", {"received": 1, "owed": 0})],
    Line("合计", {"received": 8, "owed": 4, "on_time": 3}, {"received": 5}, None),
    NAMES,
)  # fmt: skip


def book(rows: list[list[Any]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    return saved(made)


def saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active.iter_rows()]


# ---- forms


def test_a_form_is_filled_and_its_look_stays() -> None:
    made = Workbook()
    sheet = made.active
    sheet.append(["{{地方}}{{期间}}诉求情况表", None, None, None])
    sheet.append(["序号", "社区", "收到", "按期结案率"])
    sheet.append(["{{行.序号}}", "{{行.名称}}", "{{行.收到}}", "{{行.按期结案/应结（不含挂账）}}"])
    sheet.append(["合计", None, "{{合计.收到}}", "比上期 {{合计.上期.收到}} 件，去年 {{合计.去年同期.收到}}"])
    sheet.append(["填表人：", None, None, None])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A5:D5")
    sheet["B3"].font = Font(bold=True, name="仿宋")
    sheet.row_dimensions[3].height = 30
    sheet.row_dimensions[5].height = 44
    done = load_workbook(io.BytesIO(filling.fill(saved(made), REPORT))).active
    assert done["A1"].value == "望澜街道2026 年 11 月诉求情况表"
    assert [done["A3"].value, done["B3"].value, done["C3"].value, done["D3"].value] == [
        1,
        "海棠社区",
        7,
        0.75,
    ]
    assert done["D3"].number_format == "0.0%"
    assert [done["A4"].value, done["C4"].value, done["D4"].value] == [2, 1, None]
    assert done["B4"].font.bold and done["B4"].font.name == "仿宋" and done.row_dimensions[4].height == 30
    assert done["C5"].value == 8 and done["D5"].value == "比上期 5 件，去年 —"
    assert done["A6"].value == "填表人：" and done.row_dimensions[6].height == 44
    assert {str(r) for r in done.merged_cells.ranges} == {"A1:D1", "A6:D6"}


def test_a_name_is_never_a_formula() -> None:
    done = load_workbook(io.BytesIO(filling.fill(book([["{{行.名称}}"]]), REPORT))).active
    assert done["A2"].value == "=1+1" and done["A2"].data_type == "s"


def test_without_rows_the_line_is_empty() -> None:
    empty = Report("街道", "月", "今", [], REPORT.total, NAMES)
    assert cells(filling.fill(book([["{{行.名称}}", "{{行.收到}}", "{{合计.收到}}"]]), empty)) == [
        [None, None, 8]
    ]


@pytest.mark.parametrize(
    "mark",
    [
        "{{行.不知道}}",
        "{{什么}}",
        "{{合计}}",
        "{{行.收到/不知道}}",
        "{{行.收到/应结（不含挂账）/收到}}",
        "没有占位符",
        "{{行.上期}}",
    ],
)
def test_a_form_that_cannot_be_filled_is_told_why(mark: str) -> None:
    with pytest.raises(Invalid):
        filling.fill(book([[mark]]), REPORT)


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF", b"0" * 3_000_001])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        filling.check(content)


@pytest.mark.parametrize(
    "piece",
    [
        '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        '<mergeCells><mergeCell ref="A:A"/></mergeCells>',
        '<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>',
    ],
)
def test_a_small_file_that_names_a_whole_sheet_is_refused_before_it_is_read(piece: str) -> None:
    small = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book([["{{地方}}"]]))) as plain,
        zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            part = plain.read(name)
            packed.writestr(name, part.replace(b"</sheetData>", b"</sheetData>" + piece.encode()))
    assert len(small.getvalue()) < 10_000
    with pytest.raises(Invalid):
        filling.check(small.getvalue())


def test_merged_cells_of_an_ordinary_form_are_taken() -> None:
    form = Workbook()
    form.active["A1"] = "{{地方}}"
    form.active.merge_cells("A1:H2")
    out = io.BytesIO()
    form.save(out)
    filling.check(out.getvalue())


# ---- plans


def plan(cast: Cast, at: Any, rows: str = "community", every: str = "day", **more: Any) -> ReportPlan:
    return actions.keep_plan(
        cast.street.pk, name="社区情况", rows=rows, figures=FIGURES, every=every, by=cast.clerk, at=at, **more
    )


@pytest.mark.django_db
@pytest.mark.parametrize("rows", sorted(ROWS))
def test_every_number_of_a_report_is_the_length_of_its_list(cast: Cast, noon: Any, rows: str) -> None:
    noon.set(WEDNESDAY + timedelta(days=20))
    one = plan(cast, noon.now(), rows, "month")
    client = as_(cast, "auditor")
    page = client.get(f"/reports/{one.pk}/?day=2026-11-18")
    told, table = page.context["told"], page.context["table"]
    assert table[-1]["total"] and len(table) > 1
    seen = 0
    for row in table:
        for cell in row["cells"]:
            if cell["url"]:
                assert listed(client, cell["url"]) == cell["value"], (row["label"], cell)
                seen += bool(cell["value"])
    assert seen > 2
    if rows != "month":
        for place in range(3):
            assert (
                sum(row["cells"][place]["value"] for row in table[:-1]) == table[-1]["cells"][place]["value"]
            )
    assert told.report.total.now["received"] == (7 if rows == "month" else 6)


@pytest.mark.django_db
def test_a_plan_can_be_narrowed_to_a_category(cast: Cast, noon: Any) -> None:
    client = as_(cast, "clerk")
    topic = client.get("/reports/").context["form"].fields["topic"].choices[1][0]
    one = plan(cast, noon.now(), narrow={"topic": str(topic)})
    page = client.get(f"/reports/{one.pk}/?day=2026-11-18")
    for row in page.context["table"]:
        for cell in row["cells"]:
            if cell["url"]:
                assert listed(client, cell["url"]) == cell["value"]
    with pytest.raises(Invalid):
        plan(cast, noon.now(), rows="topic", narrow={"topic": str(topic)})


@pytest.mark.django_db
def test_the_doors_of_reports(cast: Cast, noon: Any) -> None:
    clerk = as_(cast, "clerk")
    given = {
        "name": "月报表",
        "area": cast.street.pk,
        "rows": "community",
        "every": "day",
        "figures": FIGURES,
    }
    assert clerk.post("/reports/", given | {"figures": []}).status_code == 400
    made = clerk.post("/reports/", given)
    here = made["Location"]
    own = clerk.get(f"{here}file.xlsx?day=2026-11-18")
    rows = cells(own.content)
    assert (
        rows[3] == ["名称", "收到", "应结（不含挂账）", "按期结案", "按期结案率", "在办"] and rows[-1][1] == 5
    )
    form = io.BytesIO(book([["{{行.名称}}", "{{行.收到}}"], ["合计", "{{合计.收到}}"]]))
    form.name = "上级表.xlsx"
    assert clerk.post(f"{here}form/", {"file": form}).status_code == 302
    filled = cells(clerk.get(f"{here}file.xlsx?day=2026-11-18").content)
    assert [row[0] for row in filled] == ["海棠社区", "听涛社区", "位置不明", "合计"] and filled[-1][1] == 5
    bad = io.BytesIO(book([["{{行.不知道}}"]]))
    bad.name = "坏表.xlsx"
    assert clerk.post(f"{here}form/", {"file": bad}).status_code == 400
    assert clerk.post(f"{here}plain/").status_code == 302
    for name, code in (("auditor", 403), ("community_clerk", 404), ("resident", 403), ("road_worker", 403)):
        assert as_(cast, name).post(f"{here}end/").status_code == code, name
    assert as_(cast, "auditor").get(f"{here}file.xlsx").status_code == 200
    assert as_(cast, "community_clerk").get(f"{here}file.xlsx").status_code == 404
    assert clerk.post(f"{here}end/").status_code == 302
    assert clerk.get(here).status_code == 404
    assert clerk.get("/reports/?day=x").status_code == 200


@pytest.mark.django_db
def test_plans_are_kept_only_by_those_who_may(cast: Cast, noon: Any) -> None:
    for name in ("auditor", "community_clerk", "road_head", "resident"):
        with pytest.raises(Forbidden):
            actions.keep_plan(
                cast.street.pk, name="x", rows="unit", figures=["received"], every="day", by=cast.person(name), at=noon.now()
            )  # fmt: skip
    for wrong in ({"rows": "planet"}, {"figures": ["x"]}, {"figures": []}, {"every": "year"}, {"name": " "}):
        told = {"name": "x", "rows": "unit", "figures": ["received"], "every": "day"} | wrong
        with pytest.raises(Invalid):
            actions.keep_plan(cast.street.pk, by=cast.clerk, at=noon.now(), **told)
