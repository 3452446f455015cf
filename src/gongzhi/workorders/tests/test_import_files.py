"""Files as they come: encodings, delimiters, XLSX, broken ones; every rejected row has one reason."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError
from openpyxl import Workbook

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid, TooLarge
from gongzhi.people.queries import contact_of
from gongzhi.workorders.actions import importing
from gongzhi.workorders.importing import maps
from gongzhi.workorders.importing.files import BadFile
from gongzhi.workorders.models import Import, WorkOrder
from gongzhi.workorders.staff_views import sheets
from gongzhi.workorders.staff_views.sheets import numbered_rows
from tests.cast import Cast, settle

pytestmark = pytest.mark.django_db

HEADER = ["编号", "标题", "内容", "地址", "经度", "纬度", "坐标系", "反映时间", "姓名", "电话"]
GOOD = ["A1", "路灯不亮", "海棠苑门口的路灯坏了三天，晚上很黑。", "", "", "", "", "2026-03-04 08:30", "", ""]


@pytest.fixture
def cast() -> Cast:
    return settle()


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., tuple[str, list[dict[str, str]]]]:
    """Import a file through the command; what it printed, and the rows of its error file."""

    def run(content: bytes | list[list[str]], name: str = "orders.csv", **options: Any) -> Any:
        path, errors, out = tmp_path / name, tmp_path / "errors.csv", io.StringIO()
        if isinstance(content, list):
            text = io.StringIO()
            csv.writer(text).writerows(content)
            content = text.getvalue().encode()
        path.write_bytes(content)
        call_command(
            "import_workorders", str(path), errors=errors, stdout=out, stderr=io.StringIO(), **options
        )
        rejected = []
        if errors.exists():
            rejected = list(csv.DictReader(errors.open(encoding="utf-8-sig", newline="")))
            errors.unlink()
        return out.getvalue(), rejected

    return run


def row(**changes: str) -> list[str]:
    """A good row with some cells changed."""
    return [changes.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]


def test_a_row_is_understood_dispatched_and_found_by_its_place(cast: Cast, bring: Any) -> None:
    out, rejected = bring([HEADER, GOOD])
    order = WorkOrder.objects.get()
    assert rejected == []
    assert "新增 1" in out
    assert (order.grid_id, order.channel, order.history) == (cast.grid_1.pk, "file", False)
    assert (order.source, order.source_key, order.state) == ("file:gongzhi", "A1", "assigned")
    assert order.next_due_at is not None
    run = Import.objects.get()
    assert (run.rows, run.taken, run.known, run.refused, bool(run.ended_at)) == (1, 1, 0, 0, True)


def test_a_fault_of_the_database_is_no_fault_of_a_row(
    cast: Cast, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is missing because nobody has migrated must not turn a whole file into rejected rows."""

    def unmigrated(*args: Any, **more: Any) -> Any:
        raise ProgrammingError("column does not exist")

    monkeypatch.setattr(importing, "report", unmigrated)
    with pytest.raises(ProgrammingError):
        bring([HEADER, GOOD])
    assert not WorkOrder.objects.exists()


def test_the_same_file_twice_adds_nothing(cast: Cast, bring: Any) -> None:
    rows = [HEADER, GOOD, row(编号=""), row(编号="")]
    first, _none = bring(rows)
    again, rejected = bring(rows)
    assert "新增 3" in first
    assert "新增 0，已有 3" in again
    assert (WorkOrder.objects.count(), rejected) == (3, [])


def test_a_key_that_belongs_to_another_report_is_told(cast: Cast, bring: Any) -> None:
    bring([HEADER, GOOD])
    _out, rejected = bring([HEADER, row(内容="完全不同的一件事情，请处理。")])
    assert [one["原因"] for one in rejected] == ["编号 A1 已经用于另一件反映。"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"反映时间": "0202-03-04"}, "反映时间的年份 0202 不可能。"),
        ({"反映时间": "2026-02-30"}, "反映时间“2026-02-30”这一天或这一刻不存在。"),
        ({"反映时间": "昨天"}, "反映时间“昨天”不是日期。"),
        ({"经度": "113.5", "纬度": "22.2", "坐标系": "XIAN80"}, "不认识坐标系“XIAN80”。"),
        ({"经度": "213.5", "纬度": "22.2"}, "这个位置不是有效的经纬度。"),
        ({"经度": "113.5"}, "位置要同时有经度和纬度。"),
        ({"经度": "east", "纬度": "22.2"}, "经度“east”不是数字。"),
        ({"内容": "", "标题": ""}, "没有内容。"),
        ({"内容": "很" * 20_000}, "内容太长了：最多 10000 个字，现在有 20000 个字。"),
        ({"标题": "长" * 121}, "标题太长了：最多 120 个字。"),
        ({"地址": "远" * 201}, "地址太长了：最多 200 个字。"),
        ({"电话": "12"}, "这个电话号码看起来不完整。"),
    ],
)
def test_a_bad_row_gets_one_reason_and_takes_nothing_with_it(
    cast: Cast, bring: Any, changes: dict[str, str], reason: str
) -> None:
    out, rejected = bring([HEADER, row(编号="before"), row(编号="bad", **changes), row(编号="after")])
    assert [(one["编号"], one["行号"], one["原因"]) for one in rejected] == [("bad", "3", reason)]
    assert sorted(WorkOrder.objects.values_list("source_key", flat=True)) == ["after", "before"]
    assert "未收 1" in out


def test_a_row_with_too_many_or_too_few_cells_is_told(cast: Cast, bring: Any) -> None:
    _out, rejected = bring([HEADER, [*GOOD, "more"], GOOD[:4]])
    assert [one["原因"] for one in rejected] == [
        "这一行有 11 列，标题有 10 列。",
        "这一行有 4 列，标题有 10 列。",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found(cast: Cast, bring: Any, encoding: str, delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADER, GOOD])
    bring(text.getvalue().encode(encoding))
    assert WorkOrder.objects.get().title == "路灯不亮"


def test_a_wrong_byte_spoils_its_own_row_only(cast: Cast, bring: Any) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, GOOD, row(编号="later")])
    # far behind the sample by which the encoding is found
    filler = "\n".join(",".join(row(编号=f"f{n}", 内容="填" * 3000)) for n in range(130)) + "\n"
    bad = ",".join(row(编号="broken")).encode().replace("海棠".encode(), b"\xe6\xb5")
    _out, rejected = bring(text.getvalue().encode() + filler.encode() + bad + b"\n", batch=500)
    assert [one["编号"] for one in rejected] == ["broken"]
    assert WorkOrder.objects.count() == 132


def test_xlsx_is_read_with_real_dates_and_numbers(cast: Cast, bring: Any) -> None:
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    book.active.append(HEADER)
    book.active.append(
        [
            17,
            "路灯不亮",
            "海棠苑门口的路灯坏了。",
            None,
            113.505,
            22.205,
            "CGCS2000",
            datetime(2026, 3, 4, 8, 30),
        ]
    )
    book.save(file)
    bring(file.getvalue(), "orders.xlsx", kind="history")
    order = WorkOrder.objects.get()
    assert (order.source_key, order.grid_id) == ("17", cast.grid_1.pk)
    assert order.opened_at == datetime(2026, 3, 4, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "文件是空的"),
        (b"PK\x03\x04 this is no archive", "broken.xlsx", "这个 Excel 文件已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old.xls", "旧版 Excel"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "picture.csv", "不是文本文件"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xff garbage", "broken.csv.gz", "已损坏"),
        (b"a,b\n1,2\n", "other.csv", "认不出这个文件的列"),
        ("内容,内容\n一,二\n".encode(), "twice.csv", "标题相同"),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_sentence(
    cast: Cast, bring: Any, content: bytes, name: str, sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        bring(content, name)
    assert not WorkOrder.objects.exists()


def test_a_file_that_breaks_off_keeps_what_came_before(cast: Cast, bring: Any) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *(row(编号=f"n{n}", 标题=f"路灯{n}") for n in range(3000))])
    packed = gzip.compress(text.getvalue().encode())
    with pytest.raises(CommandError, match="已损坏"):
        bring(packed[: len(packed) // 2], "cut.csv.gz", dry_run=True)


def test_a_dry_run_writes_nothing_and_finds_the_same_faults(cast: Cast, bring: Any) -> None:
    rows = [
        HEADER,
        GOOD,
        GOOD,
        row(编号="A1", 内容="另外一件完全不同的事。"),
        row(编号="x", 反映时间="0202-01-01"),
    ]
    out, rejected = bring(rows, dry_run=True)
    assert ("新增 1，已有 1，未收 2" in out, len(rejected)) == (True, 2)
    assert (WorkOrder.objects.count(), Import.objects.count()) == (0, 0)
    assert "新增 1，已有 1，未收 2" in bring(rows)[0]


def test_history_keeps_its_own_dates_and_promises_nothing(cast: Cast, bring: Any) -> None:
    header = [*HEADER, "办结时间", "期限", "办理单位", "答复"]
    rows = [
        header,
        [*GOOD, "2026-03-05 10:00", "2026-03-10", "市政所", "已经换了灯泡。"],
        [*row(编号="B"), "", "", "", ""],
    ]
    bring(rows, kind="history")
    order = WorkOrder.objects.get(source_key="A1")
    assert (order.history, order.state, order.open, order.next_due_at) == (True, "closed", False, None)
    assert order.opened_at == datetime(2026, 3, 4, 0, 30, tzinfo=UTC)
    assert order.closed_at == datetime(2026, 3, 5, 2, tzinfo=UTC)
    assert (order.unit_id is not None, order.category_id is not None, order.matter.deadlines.count()) == (
        True,
        True,
        0,
    )
    assert order.matter.thread.entries.filter(text="已经换了灯泡。").exists()
    assert WorkOrder.objects.get(source_key="B").closed_at is None


def test_rows_of_one_file_are_compared_with_each_other(cast: Cast, bring: Any) -> None:
    rows = [HEADER, row(编号="1", 内容="搅拌站夜里噪音太大，灰尘也多，睡不着觉。", 标题="搅拌站噪音扰民")]
    rows.append(row(编号="2", 内容="搅拌站夜里噪音太大，整晚睡不着，灰尘也大。", 标题="搅拌站噪音"))
    bring(rows)
    second = WorkOrder.objects.get(source_key="2")
    near = second.matter.thread.entries.get(position=1).detail["near"]
    assert near[0][0] == WorkOrder.objects.get(source_key="1").number


def test_an_own_map_names_the_columns(cast: Cast, bring: Any) -> None:
    own = '{"name": "hotline", "zone": "Asia/Macau", "columns": {"description": {"join": ["what", "where"]}}}'
    bring([["what", "where"], ["路灯不亮了，请来修", "海棠苑"]], own=own)
    order = WorkOrder.objects.get()
    assert (order.description, order.source, order.grid_id) == (
        "路灯不亮了，请来修\n海棠苑", "file:hotline", cast.grid_1.pk,
    )  # fmt: skip
    for bad in ('{"columns": {}}', "{", '{"columns": {"description": "a", "colour": "b"}}', "no such file"):
        with pytest.raises(CommandError):
            bring([["what"], ["x"]], own=bad)


def test_every_preset_is_whole_and_its_own_header_finds_it() -> None:
    for name, one in maps.presets().items():
        header = sorted(
            {column for cell in one.columns.values() for column in cell.columns} | set(one.recognised_by)
        )
        assert maps.recognise(header).name == name


def test_an_import_leaves_contacts_that_it_cannot_read(cast: Cast, bring: Any) -> None:
    bring([HEADER, row(姓名="王先生", 电话="19900000101")])
    order = WorkOrder.objects.get()
    with acting(Actor.for_service("import")):
        assert contact_of(order.pk) is None
    with acting(cast.clerk):
        contact = contact_of(order.pk)
    assert contact is not None
    assert contact.phone == "+8619900000101"


def test_the_template_is_what_the_importer_reads(cast: Cast, bring: Any, tmp_path: Path) -> None:
    call_command("import_workorders", template=tmp_path / "template.csv", stdout=io.StringIO())
    header = (tmp_path / "template.csv").read_text("utf-8-sig").strip().split(",")
    bring([header, ["" if name != "内容" else "路灯坏了，请来修。" for name in header]])
    assert WorkOrder.objects.count() == 1


def _sheet_of(rows: str) -> bytes:
    """A workbook whose only sheet has these rows, as XML."""
    out, made = io.BytesIO(), io.BytesIO()
    Workbook().save(made)
    with zipfile.ZipFile(made) as plain, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in plain.namelist():
            part = plain.read(name)
            if name.startswith("xl/worksheets/"):
                part = part.replace(b"<sheetData></sheetData>", b"<sheetData/>")
                part = part.replace(b"<sheetData />", b"<sheetData/>")
                part = part.replace(b"<sheetData/>", f"<sheetData>{rows}</sheetData>".encode())
            packed.writestr(name, part)
    return out.getvalue()


_CELL = '<c r="{}" t="inlineStr"><is><t>编号</t></is></c>'


@pytest.mark.parametrize(
    "rows",
    [
        f'<row r="1">{_CELL.format("A1")}</row><row r="999999999999">{_CELL.format("A999999999999")}</row>',
        f'<row r="1">{_CELL.format("A1")}</row><row r="2">{_CELL.format("ZZZ2")}</row>',
        f'<row r="999999999999">{_CELL.format("A999999999999")}</row>',
    ],
)
def test_a_few_bytes_that_name_a_row_far_away_keep_nobody_busy(rows: str) -> None:
    with pytest.raises((BadFile, Invalid)):
        numbered_rows(_sheet_of(rows), "t.xlsx", [["编号"]])


def test_a_table_handed_in_at_the_desk_stays_small_when_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Invalid):
        numbered_rows(gzip.compress(b"a,b\n" * 10), "t.csv", [["a"]])
    monkeypatch.setattr(sheets, "MOST_ROWS", 5)
    with pytest.raises(TooLarge):
        numbered_rows(b"a,b\n" + b"1,2\n" * 6, "t.csv", [["a"]])
    assert len(numbered_rows(b"a,b\n" + b"1,2\n" * 5, "t.csv", [["a"]])[0]) == 5
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1000)
    with pytest.raises(BadFile):
        numbered_rows(_sheet_of(""), "t.xlsx", [["a"]])
