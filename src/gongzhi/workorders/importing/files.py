"""Opening a file of rows: CSV, CSV.GZ and XLSX, one row at a time, whatever its encoding and delimiter.

Lives here: bytes → rows of text by column name. Does not live here: what a column means (``maps``).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext as _

from gongzhi.kit.errors import Unprocessable

#: How much of a file is read to learn its encoding and delimiter, in bytes.
SAMPLE = 1 << 20
#: A cell longer than this is a quotation mark that was never closed.
LONGEST_CELL = 100_000
#: An XLSX that unpacks to more than this is refused before it is read, in bytes.
MOST_UNPACKED = 2 << 30
#: So many rows without a word in a row, or columns, are no table, in an XLSX.
MOST_EMPTY, MOST_COLUMNS = 100_000, 2_000
DELIMITERS = (",", "\t", ";", "|")


class BadFile(Unprocessable):
    """The file as a whole cannot be read."""

    code = "bad_file"


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file. ``line`` counts rows from 1, the header being 1; ``fault`` says why not."""

    line: int
    cells: dict[str, str]
    fault: str = ""


@dataclass
class Sheet:
    """An opened file: its header, and its rows read as they are asked for."""

    name: str
    header: list[str]
    rows: Iterator[Row]
    encoding: str = ""
    delimiter: str = ""
    faults: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path, *, most_unpacked: int = MOST_UNPACKED) -> Iterator[Sheet]:
    """Open a file by what is in it, not by its name. Raises BadFile with a sentence.

    ``most_unpacked`` is the most an XLSX may unpack to, in bytes: openpyxl keeps all its texts in memory.
    """
    try:
        raw = path.open("rb")
    except OSError as fault:
        raise BadFile(
            _("打不开文件 {name}。").format(name=path.name), help=str(fault.strerror or "")
        ) from fault
    with raw:
        head = raw.read(4)
        raw.seek(0)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(raw, "rb") as unpacked:
                yield _csv(path.name, unpacked)  # type: ignore[arg-type]
        elif head == b"PK\x03\x04":
            with _workbook(raw, most_unpacked) as rows:
                yield _sheet(path.name, rows)
        elif head == b"\xd0\xcf\x11\xe0":
            raise BadFile(
                _("这是旧版 Excel 文件（.xls）。"), help=_("请在 Excel 中另存为 .xlsx 或 CSV，再导入。")
            )
        else:
            yield _csv(path.name, raw)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(sample: bytes) -> str:
    """utf-8-sig, utf-16, utf-8 or gb18030: the first that the sample is. Raises BadFile."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        raise BadFile(_("这不是文本文件。"), help=_("可以导入 CSV、CSV.GZ 和 XLSX。"))
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)().decode(sample, final=len(sample) < SAMPLE)
        except UnicodeDecodeError:
            continue
        return name
    raise BadFile(_("认不出文件的文字编码。"), help=_("请另存为 UTF-8 编码的 CSV，再导入。"))


def _delimiter(first: str) -> str:
    """The sign that divides the header, found outside quotation marks."""
    bare = "".join(piece for number, piece in enumerate(first.split('"')) if number % 2 == 0)
    return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))


def _csv(name: str, raw: BinaryIO) -> Sheet:
    buffered: Any = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(Any, raw), SAMPLE)
    try:
        sample = buffered.read(SAMPLE)
        encoding = _encoding(sample)
        buffered.seek(0)
    except (OSError, EOFError, zlib.error) as fault:
        raise BadFile(_("文件已损坏，无法解压。")) from fault
    # a wrong byte further down spoils its own row only
    text = io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline="")
    csv.field_size_limit(64 << 20)
    text_sample = sample.decode(encoding, errors="replace")
    delimiter = _delimiter(text_sample.partition("\n")[0])
    sheet = _sheet(name, _lines(csv.reader(text, delimiter=delimiter, strict=False)))
    sheet.encoding, sheet.delimiter = encoding, delimiter
    return sheet


def _lines(reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except (OSError, EOFError, csv.Error, zlib.error) as fault:
            raise BadFile(_("文件从这里起已损坏，后面的内容读不出来。")) from fault


@contextmanager
def _workbook(raw: BinaryIO, most_unpacked: int) -> Iterator[Iterator[list[str]]]:
    """Rows of the first sheet that has any. openpyxl in its read-only mode keeps one row in memory."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(raw) as packed:
            if sum(member.file_size for member in packed.infolist()) > most_unpacked:
                raise BadFile(_("这个文件解压后太大了。"), help=_("请分成几个文件导入。"))
        raw.seek(0)
        book = load_workbook(raw, read_only=True, data_only=True)
    except BadFile:
        raise
    except Exception as fault:  # openpyxl raises whatever the broken part of the archive makes it raise
        raise BadFile(
            _("这个 Excel 文件已损坏，无法打开。"), help=_("请重新另存为 .xlsx 或 CSV，再导入。")
        ) from fault
    try:
        yield _excel_rows(book)
    finally:
        book.close()


def _excel_rows(book: Any) -> Iterator[list[str]]:
    try:
        for sheet in book.worksheets:
            if hasattr(sheet, "reset_dimensions"):
                sheet.reset_dimensions()  # some programs write a wrong size, and rows would be missing
            found, empty = False, 0
            for cells in sheet.iter_rows(values_only=True):
                # A few bytes can name row 10¹² or column ZZZ, and openpyxl fills in everything before it.
                empty = 0 if any(cell is not None for cell in cells) else empty + 1
                if empty > MOST_EMPTY or len(cells) > MOST_COLUMNS:
                    raise BadFile(
                        _("这个 Excel 文件里空的行或列太多。"),
                        help=_("请只留下要导入的表格，另存一次再导入。"),
                    )
                texts = [_text(cell) for cell in cells]
                while texts and not texts[-1]:
                    texts.pop()
                found = found or bool(texts)
                if found:
                    yield texts
            if found:
                return
    except BadFile:
        raise
    except Exception as fault:
        raise BadFile(_("文件从这里起已损坏，后面的内容读不出来。")) from fault


def _text(cell: Any) -> str:
    """A cell as it would be written in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _sheet(name: str, lines: Iterable[list[str]]) -> Sheet:
    stream = iter(lines)
    header = [cell.strip() for cell in next(stream, [])]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise BadFile(_("文件是空的。"))
    doubled = sorted({title for title in header if title and header.count(title) > 1})
    if doubled:
        raise BadFile(_("有几列的标题相同：{names}。").format(names="、".join(doubled)))
    excel = not name.lower().endswith((".csv", ".gz", ".txt", ".tsv"))
    return Sheet(name, header, _rows(header, stream, short_rows=excel))


def _rows(header: list[str], lines: Iterator[list[str]], *, short_rows: bool) -> Iterator[Row]:
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        named = dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))
        yield Row(number, named, _fault(header, cells, short_rows))


def _fault(header: list[str], cells: list[str], short_rows: bool) -> str:
    if len(cells) > len(header) or (len(cells) < len(header) and not short_rows):
        return _("这一行有 {count} 列，标题有 {wanted} 列。").format(count=len(cells), wanted=len(header))
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return _("有一格太长了：可能是引号没有成对。")
    if any("\ud800" <= sign <= "\udfff" for cell in cells for sign in cell):
        return _("有些文字读不出来：这一行的编码和文件不一致。")
    return ""
