"""Articles from and to a workbook: writing one, and a dry run that says row by row what would happen.

What is changed goes through ``actions``; rights are asked per row, so that nobody changes another area's answers by a file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Refusal, Unprocessable
from gongzhi.knowledge.actions import Wording, checked, wording_of
from gongzhi.knowledge.models import Article, Jurisdiction, Status
from gongzhi.knowledge.policies import RULES, require_area
from gongzhi.territory.ground import ground

#: Larger files, and workbooks that unpack to more, are refused; so are more rows than these.
MOST_BYTES, MOST_UNPACKED, MOST_ROWS = 5_000_000, 60_000_000, 5_000

#: Field → (head of the column, width in characters).
COLUMNS: dict[str, tuple[Any, int]] = {
    "code": (gettext_lazy("编号"), 12),
    "question": (gettext_lazy("问题"), 36),
    "ways": (gettext_lazy("别的问法"), 36),
    "answer": (gettext_lazy("答案"), 70),
    "category_code": (gettext_lazy("分类代码"), 10),
    "division": (gettext_lazy("区域代码"), 16),
    "jurisdiction": (gettext_lazy("地区"), 8),
    "source": (gettext_lazy("出处"), 26),
    "source_url": (gettext_lazy("出处网址"), 36),
    "reviewed_on": (gettext_lazy("核对日期"), 12),
    "stale_after_days": (gettext_lazy("几天核对一次"), 12),
    "valid_until": (gettext_lazy("有效到"), 12),
    "status": (gettext_lazy("状态"), 10),
}


@cache
def _heads() -> dict[str, str]:
    """Heads as they may stand in a file, in any language it may have been handed out in → field."""
    known: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, (head, _width) in COLUMNS.items():
                known.setdefault(str(head), name)
    return known


_STATES = {"草稿": Status.DRAFT, "已发布": Status.PUBLISHED, "已停用": Status.RETIRED}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class RowPlan:
    """What would happen to one row: ``new``, ``changed``, ``same`` or ``fault`` with sentences."""

    line: int
    cells: dict[str, str]
    what: str = "fault"
    faults: list[str] = field(default_factory=list)
    article: Article | None = None
    wording: Wording | None = None
    publish: bool = False
    reviewed_on: date | None = None
    changed: list[str] = field(default_factory=list)


@dataclass
class FilePlan:
    """What a file would do. Only rows without fault are taken in."""

    rows: list[RowPlan]

    def of(self, what: str) -> list[RowPlan]:
        """The rows of one kind."""
        return [row for row in self.rows if row.what == what]


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection), without signs XML cannot hold."""
    if not isinstance(value, str):
        return value
    clean = _NOT_IN_XML.sub("", value)
    return "'" + clean if clean.lstrip(" \u3000")[:1] in _FORMULA else clean


def _workbook(rows: Iterable[Iterable[Any]], extra: tuple[tuple[str, int], ...] = ()) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    heads = [*((str(head), width) for head, width in COLUMNS.values()), *extra]
    sheet.append([head for head, _width in heads])
    for number, (_head, width) in enumerate(heads, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.cell(1, number).font = Font(bold=True)
    for row in rows:
        sheet.append([_harmless(cell) for cell in row])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def written(articles: Iterable[Article]) -> bytes:
    """A workbook of articles, in the columns that can be taken in again."""
    areas = ground().areas
    return _workbook(
        [a.code, a.question, "\n".join(a.ways), a.answer, a.category_code,
         areas[a.division_id].code if a.division_id in areas else "", a.jurisdiction, a.source, a.source_url,
         a.reviewed_on.isoformat(), a.stale_after_days, a.valid_until.isoformat() if a.valid_until else "",
         {v: k for k, v in _STATES.items()}[Status(a.status)]]
        for a in articles
    )  # fmt: skip


def faulty(plan: FilePlan) -> bytes:
    """A workbook of the rows that cannot be taken in, each with its faults in a last column; mend it and hand it in."""
    return _workbook(
        ([*(row.cells.get(name, "") for name in COLUMNS), "；".join(row.faults)] for row in plan.of("fault")),
        extra=((_("要改的问题"), 50),),
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).replace("_x000D_", "").replace("\r\n", "\n").strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _bad(sentence: str, help: str = "") -> Unprocessable:
    return Unprocessable(sentence, help=help, code="bad_file")


def _rows(raw: bytes) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            if sum(part.file_size for part in pack.infolist()) > MOST_UNPACKED:
                raise _bad(_("这个 Excel 文件展开以后太大。"), _("请分成几个文件。"))
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = sheet.iter_rows(values_only=True, max_col=40, max_row=MOST_ROWS + 2)
        head = [_heads().get(_cell(cell), _cell(cell)) for cell in next(lines, ())]
        if not {"question", "answer"} <= set(head):
            raise _bad(
                _("第一行要有“{question}”和“{answer}”两列。").format(question="问题", answer="答案"),
                _("可以先导出一份，照它的样子填。"),
            )
        for number, line in enumerate(lines, 2):
            cells = {name: _cell(cell) for name, cell in zip(head, line, strict=False) if name in COLUMNS}
            if any(cells.values()):
                if number > MOST_ROWS + 1:
                    raise _bad(_("一次最多 {n} 行。").format(n=MOST_ROWS), _("请分成几个文件。"))
                yield number, cells
    except Refusal:
        raise
    except Exception as fault:
        # openpyxl raises whatever a broken part of the file makes it stumble over
        raise _bad(
            _("打不开这个文件，它不是 .xlsx 工作簿。"), _("请在 Excel 里另存为 .xlsx，再试一次。")
        ) from fault


def _day(text: str) -> date | None:
    return date.fromisoformat(text.replace("/", "-").replace(".", "-")) if text else None


def _read(row: RowPlan, today: date) -> Wording:
    """The row's wording; every fault goes into ``row.faults``."""
    cells, land = row.cells, ground()
    days: dict[str, date | None] = {}
    for name in ("reviewed_on", "valid_until"):
        try:
            days[name] = _day(cells.get(name, ""))
        except ValueError:
            row.faults.append(_("{column}要写成 2026-05-01 的样子。").format(column=str(COLUMNS[name][0])))
    row.reviewed_on = days.get("reviewed_on")
    if row.reviewed_on is not None and row.reviewed_on > today:
        row.faults.append(_("核对日期不能晚于今天。"))
    often = cells.get("stale_after_days") or "180"
    if not often.isdecimal() or len(often) > 4:
        row.faults.append(_("几天核对一次要写一个整数。"))
        often = "180"
    area = land.by_code.get(cells.get("division", ""))
    if cells.get("division") and area is None:
        row.faults.append(_("没有代码是“{code}”的区域。").format(code=cells["division"]))
    now = row.article.status if row.article is not None else Status.DRAFT
    state = cells.get("status", "")
    status = _STATES.get(state) or (now if not state else next((s for s in Status if s.value == state), None))
    if status not in (Status.DRAFT, Status.PUBLISHED) or (status, now) == (Status.DRAFT, Status.PUBLISHED):
        row.faults.append(
            _("状态只能写“{draft}”或“{published}”。停用请在页面上做，要写原因。").format(
                draft="草稿", published="已发布"
            )
        )
    row.publish = status == Status.PUBLISHED
    return Wording(
        question=cells.get("question", ""), answer=cells.get("answer", ""),
        ways=tuple(cells.get("ways", "").splitlines()), category_code=cells.get("category_code", ""),
        division_id=area.id if area else None, jurisdiction=(cells.get("jurisdiction") or Jurisdiction.CN).upper(),
        source=cells.get("source", ""), source_url=cells.get("source_url", ""), valid_until=days.get("valid_until"),
        stale_after_days=int(often),
    )  # fmt: skip


def dry_run(raw: bytes, *, by: Actor, on: date) -> FilePlan:
    """What a workbook would do, row by row; changes nothing. Unprocessable when the file as a whole cannot be read."""
    rows = [RowPlan(line, cells) for line, cells in _rows(raw)]
    codes = {row.cells.get("code", "") for row in rows} - {""}
    questions = {" ".join(row.cells.get("question", "").split()) for row in rows}
    known = {
        a.code: a for a in Article.objects.filter(code__in=codes).select_related("thread").defer("words")
    }
    same_words = dict(
        Article.objects.exclude(status=Status.RETIRED)
        .filter(question__in=questions)
        .values_list("question", "code")
    )
    seen: dict[str, int] = {}
    for row in rows:
        _judge(row, known, same_words, seen, by, on)
    return FilePlan(rows)


def _judge(
    row: RowPlan,
    known: dict[str, Article],
    same_words: dict[str, str],
    seen: dict[str, int],
    by: Actor,
    on: date,
) -> None:
    code = row.cells.get("code", "")
    row.article = article = known.get(code)
    wording = _read(row, on)
    if len(code) > 20:
        row.faults.append(_("编号最多 20 个字符。"))
    try:
        wording = checked(wording)
    except Refusal as refusal:
        row.faults += [sentence for told in refusal.fields.values() for sentence in told] or [str(refusal)]
    if row.publish and not wording.source:
        row.faults.append(_("发布之前要写明出处。"))
    for key in {code, wording.question} - {""}:
        if key in seen:
            row.faults.append(_("和第 {n} 行重复。").format(n=seen[key]))
        seen.setdefault(key, row.line)
    other = same_words.get(wording.question)
    if other is not None and other != code:
        row.faults.append(_("已经有同样的问题，编号 {code}。").format(code=other))
    try:
        require_area(by, wording.division_id)
        if article is not None and getattr(by, "service", None) is None:
            RULES.require(by, "change", article)
    except Refusal as refusal:
        row.faults.append(str(refusal))
    if article is not None and article.status == Status.RETIRED:
        row.faults.append(_("这条已经停用，请先在页面上重新发布。"))
    if row.faults:
        return
    row.wording = wording
    if article is None:
        row.what = "new"
        return
    before = wording_of(article)
    row.changed = [name for name in vars(before) if getattr(before, name) != getattr(wording, name)]
    if row.publish and article.status == Status.DRAFT:
        row.changed.append("status")
    row.what = "changed" if row.changed else "same"
