"""Spreadsheets in and out for the tables that people keep: XLSX or CSV, carried from a dry run to its act."""

from __future__ import annotations

import base64
import csv
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid, NotFound, TooLarge
from gongzhi.workorders.importing.files import opened
from gongzhi.workorders.staff_views.exporting import harmless

#: A table larger than this is a mistake.
MOST_BYTES = 3_000_000
#: What a table may unpack to, in bytes, and its rows: a web process reads it, beside the requests of others.
MOST_UNPACKED, MOST_ROWS = 50_000_000, 50_000

Numbered = list[tuple[int, Mapping[str, str]]]


def packed(raw: bytes) -> str:
    """A file as text that a hidden field can carry to the next page."""
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def handed_in(request: HttpRequest) -> tuple[bytes, str]:
    """The file of a form, or the one that the page before carried along: (bytes, name). Raises Invalid or TooLarge."""
    file = request.FILES.get("file")
    if file is not None:
        if file.size is not None and file.size > MOST_BYTES:
            raise TooLarge(_("文件太大了，表格最多 {mb} MB。").format(mb=MOST_BYTES // 1_000_000))
        return file.read(), (file.name or "")[:80]
    text = request.POST.get("content", "")
    if not text:
        raise Invalid(_("请先选择表格文件。"), code="no_file")
    try:
        opener = zlib.decompressobj()
        raw = opener.decompress(base64.b64decode(text, validate=True), MOST_BYTES + 1)
    except ValueError as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error
    except zlib.error as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error
    if len(raw) > MOST_BYTES:
        raise TooLarge(_("文件太大了，表格最多 {mb} MB。").format(mb=MOST_BYTES // 1_000_000))
    return raw, request.POST.get("name", "")[:80]


def numbered_rows(raw: bytes, name: str, wanted: Iterable[Sequence[str]]) -> tuple[Numbered, list[str]]:
    """(rows with their numbers in the file, faults) of a spreadsheet. ``wanted`` are headings of which one each must be
    there. Raises BadFile for what cannot be read at all, Invalid with the missing headings.
    """
    if raw[:2] == b"\x1f\x8b":
        raise Invalid(_("请先解压，再选择 CSV 或 XLSX 文件。"), code="packed_file")
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("table" + (Path(name).suffix.lower() if Path(name).suffix.isascii() else ""))
        path.write_bytes(raw)
        with opened(path, most_unpacked=MOST_UNPACKED) as sheet:
            missing = [names[0] for names in wanted if not set(names) & set(sheet.header)]
            if missing:
                raise Invalid(
                    _("表格缺少这些列：{names}").format(names=_("、").join(missing)),
                    help=_("请先下载现行的表格，在上面修改。"),
                    code="columns",
                )
            rows: Numbered = []
            faults: list[str] = []
            for row in sheet.rows:
                if len(rows) + len(faults) >= MOST_ROWS:
                    raise TooLarge(_("表格太长了，最多 {n} 行。").format(n=MOST_ROWS))
                if row.fault:
                    faults.append(_("第 {n} 行：{fault}").format(n=row.line, fault=row.fault))
                else:
                    rows.append((row.line, {head: _taken_back(text) for head, text in row.cells.items()}))
    return rows, faults


def _taken_back(text: str) -> str:
    """What a download of ours has made harmless, as it was."""
    return text[1:] if text[:1] == "'" and harmless(text[1:]) != text[1:] else text


def sheet(form: str, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A table as ``csv`` or ``xlsx``; NotFound for another form."""
    safe = ([harmless(value) for value in row] for row in rows)
    if form == "csv":
        out = io.StringIO()
        out.write("\ufeff")
        writer = csv.writer(out)
        writer.writerow(heads)
        writer.writerows(safe)
        response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        page = book.create_sheet(name[:30])
        page.append(list(heads))
        for row in safe:
            page.append(row)
        kept = io.BytesIO()
        book.save(kept)
        response = HttpResponse(
            kept.getvalue(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    else:
        raise NotFound
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response
