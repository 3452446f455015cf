"""Workbooks: the register of mediators out and in, and the statutory statement of cases as the superior's form has it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from civics.settlement import Line
from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, Refusal
from gongzhi.mediation.books import MEDIATOR_FIELDS, mediator_values
from gongzhi.mediation.models import Committee, Jurisdiction, Mediator, Source, Subject, Tongue
from gongzhi.mediation.queries.figures import Told
from gongzhi.people.models import Account
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground

MOST_BYTES, MOST_UNPACKED, MOST_ROWS = 3_000_000, 40_000_000, 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: Column → (head, width). Codes stand in the cells of lists, with ``;`` between.
COLUMNS: dict[str, tuple[Any, int]] = {
    "login": ("login", 16), "name": (gettext_lazy("姓名"), 12), "committee": (gettext_lazy("调委会编号"), 20),
    "filing": (gettext_lazy("备案号"), 16), "filed_on": (gettext_lazy("备案日期"), 12),
    "valid_from": (gettext_lazy("有效期从"), 12), "valid_to": (gettext_lazy("有效期到"), 12),
    "origin": (gettext_lazy("来自"), 12), "jurisdictions": (gettext_lazy("熟悉的法律"), 20),
    "languages": (gettext_lazy("语言"), 20), "subjects": (gettext_lazy("擅长"), 24),
    "divisions": (gettext_lazy("社区编码"), 24), "studio": (gettext_lazy("调解工作室"), 16), "days": (gettext_lazy("星期几"), 10),
    "most": (gettext_lazy("最多同时几件"), 10), "away_until": (gettext_lazy("请假到"), 12), "shown": (gettext_lazy("对居民公开"), 10),
}  # fmt: skip
_CHOICES = {"origin": Jurisdiction, "jurisdictions": Jurisdiction, "languages": Tongue, "subjects": Subject}
_DAYS = ("filed_on", "valid_from", "valid_to", "away_until")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return "'" + value if isinstance(value, str) and value.lstrip(" \u3000")[:1] in _FORMULA else value


def _packed(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- the register


def register(rows: Iterable[Mediator], *, logins: bool) -> bytes:
    """Mediators in the columns that can be handed in again; with what they sign in by only for who may hand in."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    sheet.append([str(head) for head, _width in COLUMNS.values()])
    for number, (_head, width) in enumerate(COLUMNS.values(), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        for line in (1, 2):
            sheet.cell(line, number).font = Font(bold=line == 2, color="FF888888" if line == 1 else None)
    areas = ground().areas
    for row in rows:
        told = mediator_values(row)
        cells: dict[str, Any] = {
            **{name: told.get(name) for name in COLUMNS if name in told},
            "login": (row.account.login or "") if logins else "",
            "name": row.account.name, "committee": row.committee.organisation.code,
            "divisions": ";".join(areas[key].code for key in told["divisions"] if key in areas),
            "shown": 1 if row.shown else 0,
        }  # fmt: skip
        for name in ("jurisdictions", "languages", "subjects", "days"):
            cells[name] = ";".join(str(one) for one in told[name])
        sheet.append([harmless(cells.get(name)) for name in COLUMNS])
    sheet.freeze_panes = "C3"
    return _packed(book)


@dataclass
class RegisterRun:
    """What a workbook would do: people to file, filings to mend, rows as they stand, and faults by row."""

    new: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[tuple[int, Mapping[str, Any]]]:
        """What ``take_in_mediators`` takes."""
        return [(account, said) for account, _name, said in [*self.new, *self.changed]]


def read_register(raw: bytes) -> RegisterRun:
    """Try a workbook. Raises Invalid for what is none; every fault of a row is a sentence."""
    run, land = RegisterRun(), ground()
    logins = {
        login: (key, name)
        for login, key, name in Account.objects.filter(login__isnull=False, is_active=True).values_list(
            "login", "pk", "name"
        )
    }
    able = set(Account.objects.filter(posts__role=Role.MEDIATOR).values_list("pk", flat=True))
    bodies = dict(Committee.objects.values_list("organisation__code", "pk"))
    known = {row.pk: row for row in Mediator.objects.all()}
    seen: set[str] = set()
    for line, cells in _rows(raw):
        try:
            login = cells.get("login", "")
            if login not in logins:
                raise ValueError(_("没有账号“{login}”").format(login=login))
            if login in seen:
                raise ValueError(_("“{login}”重复").format(login=login))
            seen.add(login)
            account, name = logins[login]
            if account not in able:
                raise ValueError(_("“{login}”没有调解员岗位").format(login=login))
            said = _said(cells, bodies, land)
        except ValueError as fault:
            run.faults.append((line, str(fault)))
            continue
        row = known.get(account)
        if row is None:
            run.new.append((account, name, said))
            continue
        before = {key: getattr(row, key) for key in said}
        if all(_plain(before[key]) == _plain(said[key]) for key in said):
            run.same += 1
        else:
            run.changed.append((account, name, said))
    return run


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _said(cells: Mapping[str, str], bodies: Mapping[str, int], land: Any) -> dict[str, Any]:
    """A filing as ``actions.register`` takes it. ValueError with a sentence."""
    said: dict[str, Any] = {}
    code = cells.get("committee", "")
    if code not in bodies:
        raise ValueError(_("没有调委会“{code}”").format(code=code))
    said["committee_id"] = bodies[code]
    for name in _DAYS:
        text = cells.get(name, "")
        try:
            said[name] = date.fromisoformat(text[:10]) if text else None
        except ValueError:
            raise ValueError(_("“{text}”不是日期，请写成 2026-01-31").format(text=text)) from None
    if said["valid_from"] is None:
        raise ValueError(_("没有写有效期从哪天起"))
    if said["valid_to"] and said["valid_to"] < said["valid_from"]:
        raise ValueError(_("有效期的末日不能早于首日"))
    for name, choices in _CHOICES.items():
        words = [one.strip() for one in cells.get(name, "").replace("；", ";").split(";") if one.strip()]
        labels = {str(label): value for value, label in choices.choices}
        codes = [labels.get(word, word) for word in words]
        strange = [one for one in codes if one not in choices.values]
        if strange:
            raise ValueError(_("不认识“{words}”").format(words="、".join(strange)))
        said[name] = sorted(codes) if name != "origin" else (codes or [Jurisdiction.MAINLAND])[0]
    divisions = [one for one in cells.get("divisions", "").replace("；", ";").split(";") if one]
    strange = [one for one in divisions if one not in land.by_code]
    if strange:
        raise ValueError(_("没有区域“{code}”").format(code="、".join(strange)))
    said["divisions"] = sorted(land.by_code[one].id for one in divisions)
    days = [one for one in cells.get("days", "").replace("；", ";").split(";") if one]
    if any(one not in "1234567" or len(one) != 1 for one in days):
        raise ValueError(_("星期几请写 1 到 7，用分号隔开"))
    said["days"] = sorted(int(one) for one in days)
    most = cells.get("most") or "5"
    if not (most.isascii() and most.isdecimal() and len(most) < 3):
        raise ValueError(_("最多同时几件请写一个数"))
    said["most"], said["shown"] = int(most), cells.get("shown", "1") != "0"
    said["filing"], said["studio"] = cells.get("filing", "")[:40], cells.get("studio", "")[:60]
    assert set(said) <= set(MEDIATOR_FIELDS)
    return said


def _rows(raw: bytes) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            if sum(part.file_size for part in pack.infolist()) > MOST_UNPACKED:
                raise Invalid(_("这个 Excel 文件展开以后太大。"), code="bad_file")
        sheet = load_workbook(io.BytesIO(raw), read_only=True, data_only=True).worksheets[0]
        lines = sheet.iter_rows(values_only=True, max_col=30, max_row=MOST_ROWS + 3)
        head = [_cell(cell) for cell in next(lines, ())]
        if not {"login", "committee", "valid_from"} <= set(head):
            raise Invalid(_("第一行要有列名。"), help=_("请先导出一份，照它的样子填。"), code="bad_file")
        out = []
        for number, line in enumerate(lines, 2):
            cells = {name: _cell(cell) for name, cell in zip(head, line, strict=False) if name in COLUMNS}
            if number == 2 and cells.get("name") == str(COLUMNS["name"][0]):
                continue
            if number > MOST_ROWS + 2:
                raise Invalid(_("行数太多了，最多 {n} 行。").format(n=MOST_ROWS), code="too_many_rows")
            if any(cells.values()):
                out.append((number, cells))
    except Refusal:
        raise
    except Exception as fault:  # openpyxl raises whatever a broken part makes it stumble over
        raise Invalid(_("打不开这个文件，它不是 .xlsx 工作簿。"), code="bad_file") from fault
    return out


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


# ---- the statement


def statement_columns() -> list[tuple[str, str]]:
    """(group, head) of the columns of 人民调解案件情况统计表."""
    source = _("案件来源")
    settled, kept = _("调解成功"), _("防止激化")
    return [
        ("", _("受理")), (source, str(Source.APPLIED.label)), (source, str(Source.OFFERED.label)),
        (source, str(Source.ENTRUSTED.label)), (settled, _("件")), (settled, _("成功率")), (settled, _("书面协议")),
        (settled, _("口头协议")), (settled, _("涉及金额（元）")), (settled, _("平均天数")), (settled, _("已履行")),
        (settled, _("履行率")), ("", _("未成功")), ("", _("正在调解")), (kept, _("民转刑（件）")), (kept, _("人")),
        (kept, _("群体性上访（件）")), (kept, _("人")), ("", _("涉港澳")),
    ]  # fmt: skip


def statement_cells(line: Line) -> list[Any]:
    """One line of the form."""
    days = line.mean_days
    return [
        line.received, *(line.sources.get(one, 0) for one in (Source.APPLIED, Source.OFFERED, Source.ENTRUSTED)),
        line.settled, _percent(line.rate.percent), line.written, line.oral, _amount(line.amount),
        None if days is None else round(days, 1), line.performed, _percent(line.performance.percent), line.failed,
        line.open, line.prevented.get("crime", 0), line.prevented_people.get("crime", 0), line.prevented.get("crowd", 0),
        line.prevented_people.get("crowd", 0), line.cross_boundary,
    ]  # fmt: skip


def _amount(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _percent(value: float | None) -> Any:
    return None if value is None else f"{value:.1f}%"


def statutory(told: Told, *, body: str) -> bytes:
    """人民调解案件情况统计表 of a span, with what every column means on a second sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("统计表")
    columns = statement_columns()
    width = len(columns) + 1
    thin = Side(style="thin", color="FF9AA5A6")
    frame = Border(left=thin, right=thin, top=thin, bottom=thin)
    middle, pale = (
        Alignment(horizontal="center", vertical="center", wrap_text=True),
        PatternFill("solid", start_color="E0EDEE"),
    )
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet["A1"].value, sheet["A1"].font, sheet["A1"].alignment = (
        _("人民调解案件情况统计表"),
        Font(bold=True, size=16),
        middle,
    )
    sheet.cell(2, 1, harmless(_("填报单位：{body}").format(body=body)))
    sheet.cell(2, 8, _("统计期：{span}").format(span=told.span.label))
    sheet.cell(2, 14, _("制表日期：{day}").format(day=clock.today().isoformat()))
    sheet.merge_cells(start_row=3, start_column=1, end_row=4, end_column=1)
    sheet.cell(3, 1, _("纠纷类型"))
    start = 2
    for number, (group, head) in enumerate(columns, 2):
        sheet.cell(4, number, head)
        if not group:
            sheet.cell(3, number, head)
            sheet.merge_cells(start_row=3, start_column=number, end_row=4, end_column=number)
        elif group != columns[number - 3][0] or number == 2:
            start = number
            sheet.cell(3, number, group)
        if group and (number - 1 == len(columns) or columns[number - 1][0] != group):
            sheet.merge_cells(start_row=3, start_column=start, end_row=3, end_column=number)
    lines: Sequence[tuple[str, Line]] = [
        (_("合计"), told.by_subject.total),
        *((str(Subject(key).label), line) for key, line in told.by_subject.lines.items()),
    ]
    for place, (label, line) in enumerate(lines, 5):
        for number, value in enumerate([label, *statement_cells(line)], 1):
            sheet.cell(place, number, value)
    for row in sheet.iter_rows(min_row=3, max_row=4 + len(lines), max_col=width):
        for cell in row:
            cell.border, cell.alignment = frame, middle
            if cell.row < 5:
                cell.fill, cell.font = pale, Font(bold=True)
            elif cell.row == 5:
                cell.font = Font(bold=True)
    sheet.column_dimensions["A"].width = 18
    for number in range(2, width + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 10
    sheet.column_dimensions["J"].width = 15
    sheet.freeze_panes = "B5"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    notes = book.create_sheet(_("口径"))
    for number, note in enumerate(meanings(), 1):
        notes.cell(number, 1, note)
    notes.column_dimensions["A"].width = 90
    return _packed(book)


def meanings() -> list[str]:
    """What the columns mean, in sentences; the page and the workbook say the same."""
    return [
        _("受理：统计期内受理的案件。各来源相加、各类型相加，都等于合计。"),
        _("调解成功：受理的案件里，到统计期末达成书面或口头协议的。受理 = 调解成功 + 未成功 + 正在调解。"),
        _("成功率：调解成功 ÷ 受理。还在调解的不算成功。"),
        _("平均天数：从受理到达成协议的自然日，当天达成算 0 天。"),
        _("已履行：到统计期末协议全部履行的；履行率 = 已履行 ÷ 调解成功。"),
        _("防止激化：团队在案件上登记的件数和人数，只算调解成功的。"),
        _("数字来自案件本身，不另外填报；统计时看不到姓名和内容。"),
    ]
