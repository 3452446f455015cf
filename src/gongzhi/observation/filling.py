"""Numbers into a superior's XLSX form: what a placeholder means, and how a row is repeated. No database, no rights.

A form is an ordinary sheet with placeholders: ``{{地方}}``, ``{{期间}}``, ``{{统计时间}}``, ``{{合计.收到}}``; a line that
holds ``{{行.名称}}`` is repeated for every row. A figure may be of the period before (``{{行.上期.收到}}``) or of a year
ago (``{{合计.去年同期.收到}}``), and a share of two (``{{行.按期结案/应结（不含挂账）}}``). What nobody recorded stays empty.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _
from lxml import etree
from openpyxl.utils import range_boundaries

from gongzhi.kit.errors import Invalid
from gongzhi.papers.word import reaches_outside

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 3_000_000, 40_000_000, 3000, 200
_MARK = re.compile(r"\{\{\s*([^{}]{1,80}?)\s*\}\}")
_BEFORE, _YEAR_AGO = "上期", "去年同期"
#: What XML cannot hold.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Counts = Mapping[str, int] | None


@dataclass(frozen=True)
class Line:
    """One row of a report: its name, and its counts now, of the period before, and a year ago (None: not recorded)."""

    label: str
    now: Counts
    before: Counts = None
    year_ago: Counts = None


@dataclass(frozen=True)
class Report:
    """Everything a form may name. ``names`` maps what people call a figure to its code."""

    place: str
    when: str
    counted: str
    lines: Sequence[Line]
    total: Line
    names: Mapping[str, str]


def check(content: bytes) -> None:
    """Refuse what is no workbook, is too large, unpacks to more than a form would, or carries macros."""
    if len(content) > MOST_BYTES:
        raise Invalid(_("表格太大了，最多 3 MB。"), code="form_too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names, size = set(packed.namelist()), sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile as fault:
        raise Invalid(_("这不是 Excel 文件（.xlsx）。"), code="not_excel") from fault
    if "xl/workbook.xml" not in names:
        raise Invalid(_("这不是 Excel 文件（.xlsx）。"), code="not_excel")
    if size > MOST_UNPACKED or any(name.endswith("vbaProject.bin") for name in names):
        raise Invalid(_("这个文件不像一份报表：太大，或者带有宏。"), code="strange_form")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if reaches_outside(packed):
            raise Invalid(
                _("这个文件会从别处取东西。"),
                help=_("请去掉外部链接和嵌入的对象；普通的超链接可以留。"),
                code="strange_form",
            )
    if _spans(content):
        raise Invalid(_("这个文件不像一份报表：合并的单元格或链接占了太大一片。"), code="strange_form")


def _spans(content: bytes) -> bool:
    """Do merged cells or links cover more than a form holds? openpyxl makes every such cell, also the thousands of
    millions of a whole sheet that a file of 5 kB names; so this is looked at before openpyxl reads it.
    """
    cells = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                with cast("zipfile.ZipExtFile", packed.open(name)) as part:
                    if part.peek(4).lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] != b"<":
                        continue  # a picture
                    # libxml2 opens no entity here and reads nothing from elsewhere
                    for _event, node in etree.iterparse(
                        part, resolve_entities=False, no_network=True, recover=True
                    ):
                        if isinstance(node.tag, str) and node.tag.rsplit("}")[-1] in (
                            "mergeCell",
                            "hyperlink",
                        ):
                            left, top, right, bottom = range_boundaries(node.get("ref") or "A1")
                            if None in (left, top, right, bottom):
                                return True
                            cells += (right - left + 1) * (bottom - top + 1)
                        node.clear()
    except Exception as fault:  # a broken part makes the readers raise whatever they stumble over
        raise Invalid(_("这个表格打不开。"), code="not_excel") from fault
    return cells > MOST_ROWS * MOST_COLUMNS


def value_of(counts: Counts, name: str, names: Mapping[str, str]) -> float | int | None:
    """A figure, or a share of two, from the counts of a line. Invalid for a name that nobody knows."""
    parts = [names.get(part.strip()) for part in name.split("/")]
    if None in parts or len(parts) > 2:
        raise Invalid(
            _("表里的“{name}”不认识。").format(name=name[:40]),
            help=_("可以写：{names}。").format(
                names="、".join(sorted(set(names) - set(names.values()))[:40])
            ),
            code="unknown_placeholder",
        )
    if counts is None:
        return None
    part = counts.get(str(parts[0]))
    if len(parts) == 1 or part is None:
        return part
    whole = counts.get(str(parts[1]))
    return part / whole if whole else None


def meaning(mark: str, report: Report, line: Line | None) -> str | int | float | None:
    """What a placeholder stands for. ``line`` is the row being filled, if any."""
    plain = {"地方": report.place, "期间": report.when, "统计时间": report.counted}
    if mark in plain:
        return plain[mark]
    scope, _dot, rest = mark.partition(".")
    chosen = line if scope == "行" else report.total if scope == "合计" else None
    if chosen is None or not rest:
        raise Invalid(_("表里的“{name}”不认识。").format(name=mark[:40]), code="unknown_placeholder")
    if rest in ("名称", "序号"):
        if rest == "序号":
            return next((n for n, one in enumerate(report.lines, 1) if one is line), None)
        return chosen.label
    for word, counts in ((_BEFORE, chosen.before), (_YEAR_AGO, chosen.year_ago)):
        if rest.startswith(f"{word}."):
            return value_of(counts, rest[len(word) + 1 :], report.names)
    return value_of(chosen.now, rest, report.names)


def _filled(text: str, report: Report, line: Line | None) -> str | int | float | None:
    whole = _MARK.fullmatch(text.strip())
    if whole:
        return meaning(whole[1], report, line)

    def put(found: re.Match[str]) -> str:
        value = meaning(found[1], report, line)
        return "—" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)

    return _MARK.sub(put, text)


def fill(form: bytes, report: Report) -> bytes:
    """The form with everything filled in, as a workbook. Invalid with the first fault found."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(form))
    except Exception as fault:
        raise Invalid(_("这个表格打不开。"), code="not_excel") from fault
    found = 0
    for sheet in book.worksheets:
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            raise Invalid(_("工作表“{name}”太大了。").format(name=sheet.title), code="form_too_large")
        found += _fill_sheet(sheet, report)
    if not found:
        raise Invalid(
            _("表里没有占位符。"),
            help=_("在要填的格子里写，例如 {mark}。").format(mark="{{合计.收到}}"),
            code="no_placeholder",
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_sheet(sheet: Any, report: Report) -> int:
    """How many cells were filled. Repeated rows are made from the bottom up, so that positions above stay."""
    repeated = []
    for row in sheet.iter_rows():
        texts = [cell.value for cell in row if isinstance(cell.value, str)]
        if any(mark.startswith("行.") for text in texts for mark in _MARK.findall(text)):
            repeated.append(row[0].row)
    for number in reversed(repeated):
        _make_room(sheet, number, max(1, len(report.lines)))
    shift, lines = 0, {}
    for number in repeated:
        for place in range(max(1, len(report.lines))):
            lines[number + shift + place] = report.lines[place] if report.lines else None
        shift += max(1, len(report.lines)) - 1
    count = 0
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and _MARK.search(cell.value):
                count += 1
                line = lines.get(cell.row)
                if cell.row in lines and line is None and "行." in cell.value:
                    cell.value = None
                    continue
                write(cell, _filled(cell.value, report, line))
    return count


def write(cell: Any, value: str | int | float | None) -> None:
    """Put a value into a cell: numbers as numbers, shares as percent, texts never as formulas."""
    if isinstance(value, str):
        cell.value = _NOT_IN_XML.sub("", value)
        cell.data_type = "s"
        return
    cell.value = value
    if isinstance(value, float) and cell.number_format == "General":
        cell.number_format = "0.0%"


def _make_room(sheet: Any, row: int, lines: int) -> None:
    """Copies of a row below it, with their look; everything further down moves, merged cells and heights too."""
    if lines <= 1:
        return
    more = lines - 1
    below = [one for one in list(sheet.merged_cells.ranges) if one.min_row > row]
    for one in below:
        sheet.unmerge_cells(str(one))
    heights = {n: d.height for n, d in sheet.row_dimensions.items() if n > row and d.height}
    sheet.insert_rows(row + 1, more)
    for one in below:
        one.shift(row_shift=more)
        sheet.merge_cells(str(one))
    for n in heights:
        sheet.row_dimensions[n].height = None
    for n, height in heights.items():
        sheet.row_dimensions[n + more].height = height
    for place in range(1, lines):
        sheet.row_dimensions[row + place].height = sheet.row_dimensions[row].height
        for source in sheet[row]:
            target = sheet.cell(row + place, source.column)
            target.value = source.value
            if source.has_style:
                target._style = copy(source._style)


def plain(report: Report, columns: Sequence[tuple[str, str]], notes: Sequence[str], title: str) -> bytes:
    """A workbook of our own where nobody has given a form. ``columns`` are (name, heading)."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("报表")
    bold, pale = Font(bold=True), PatternFill("solid", start_color="E0EDEE")
    write(sheet.cell(1, 1), title)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    write(sheet.cell(2, 1), f"{report.place}　{report.when}　{_('统计于')} {report.counted}")
    for place, (_name, heading) in enumerate([("", _("名称")), *columns], 1):
        cell = sheet.cell(4, place)
        write(cell, heading)
        cell.font, cell.fill, cell.alignment = bold, pale, Alignment(horizontal="center", wrap_text=True)
    for number, line in enumerate([*report.lines, report.total], 5):
        write(sheet.cell(number, 1), line.label)
        for place, (name, _heading) in enumerate(columns, 2):
            write(sheet.cell(number, place), meaning(f"行.{name}", report, line))
        if line is report.total:
            for cell in sheet[number]:
                cell.font = bold
    sheet.column_dimensions["A"].width = 28
    for place in range(2, len(columns) + 2):
        sheet.column_dimensions[sheet.cell(4, place).column_letter].width = 13
    sheet.freeze_panes = "B5"
    told = book.create_sheet(_("口径"))
    for number, note in enumerate(notes, 1):
        write(told.cell(number, 1), note)
    told.column_dimensions["A"].width = 90
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
