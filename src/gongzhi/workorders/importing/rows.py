"""From a row of a file to a draft, or to one sentence that says why not. Nothing here asks the database to write."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid, Refusal
from gongzhi.people.addresses import keyed
from gongzhi.workorders.drafts import EARLIEST_YEAR, Draft, Outcome, checked
from gongzhi.workorders.importing.files import Row
from gongzhi.workorders.importing.maps import ColumnMap
from gongzhi.workorders.models import Appeal, Channel
from gongzhi.workorders.tables import tree

_MOMENT = re.compile(
    r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]+(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})(?:\.\d+)?秒?)?分?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_YES = {"是", "有", "yes", "y", "true", "1", "对", "√"}
_NO = {"", "否", "无", "no", "n", "false", "0", "×"}


@dataclass(frozen=True)
class Drafted:
    """A row that can be taken in: its draft in normal form, and who wrote it as far as the file tells them apart."""

    line: int
    draft: Draft


@dataclass(frozen=True)
class Rejected:
    """A row that cannot, and the one reason."""

    line: int
    reason: str


def _moment(
    text: str, what: str, columns: ColumnMap, at: datetime, *, future: bool = False
) -> datetime | None:
    if not text:
        return None
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Invalid(_("{what}“{text}”不是日期。").format(what=what, text=text[:30]))
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if not EARLIEST_YEAR <= year <= at.year + (20 if future else 1):
        raise Invalid(_("{what}的年份 {year} 不可能。").format(what=what, year=found.group(1)))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=columns.timezone)
        if found.group(7):
            moment = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{found.group(7)}")
    except ValueError as fault:
        raise Invalid(_("{what}“{text}”这一天或这一刻不存在。").format(what=what, text=text[:30])) from fault
    if not future and moment > at + timedelta(days=1):
        raise Invalid(_("{what}“{text}”还没有到。").format(what=what, text=text[:30]))
    return moment


def _number(text: str, what: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid(_("{what}“{text}”不是数字。").format(what=what, text=text[:30]))
    return number


def _category(text: str) -> int | None:
    if not text:
        return None
    name = re.split(r"[/›>＞\\]", text)[-1].strip()
    topic = tree().by_label.get(name)
    if topic is None:
        raise Invalid(_("没有“{name}”这个分类。").format(name=name[:40]))
    return topic.id


def _appeal(text: str) -> str:
    if not text or text in Appeal.values:
        return text
    found = next((appeal.value for appeal in Appeal if str(appeal.label) == text), None)
    if found is None:
        raise Invalid(_("没有“{name}”这种诉求类型。").format(name=text[:20]))
    return found


def _yes(text: str, what: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise Invalid(_("{what}请填“是”或“否”，不是“{text}”。").format(what=what, text=text[:20]))


def key_of(row: Row, columns: ColumnMap, seen: Callable[[str], int]) -> str:
    """The row's own key; without one a digest of what it says. ``seen`` numbers rows that say the same."""
    cell = columns.columns.get("key")
    if cell is not None and (text := cell.of(row.cells)):
        return text[:100]
    said = "\x1f".join(f"{name}\x1e{one.of(row.cells)}" for name, one in sorted(columns.columns.items()))
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:40]
    return f"sha256:{digest}:{seen(digest)}"


def draft_of(row: Row, columns: ColumnMap, *, key: str, as_history: bool, at: datetime) -> Drafted | Rejected:
    """The draft of a row in normal form, or why there is none."""
    if row.fault:
        return Rejected(row.line, row.fault)
    try:
        return Drafted(row.line, checked(_draft(row, columns, key, as_history, at), at=at))
    except Refusal as refusal:
        return Rejected(row.line, str(refusal.sentence))


def _draft(row: Row, columns: ColumnMap, key: str, as_history: bool, at: datetime) -> Draft:
    def told(name: str) -> str:
        cell = columns.columns.get(name)
        return cell.of(row.cells) if cell else ""

    description, title = told("description"), told("title")
    if not description and not title:
        raise Invalid(_("没有内容。"))
    if len(description) < 4:
        description = "\n".join(part for part in (title, description) if part)
    opened = _moment(told("opened_at"), _("反映时间"), columns, at)
    due = _moment(told("due_at"), _("期限"), columns, at, future=True)
    closed = _moment(told("closed_at"), _("办结时间"), columns, at)
    if as_history and opened is None:
        raise Invalid(_("历史记录要有反映时间。"))
    if opened and closed and closed < opened:
        raise Invalid(_("办结时间早于反映时间。"))
    lon, lat = _number(told("lon"), _("经度")), _number(told("lat"), _("纬度"))
    origin: dict[str, Any] = {"source": columns.source, "line": row.line}
    if opened and not as_history:
        origin["created_at"] = opened.isoformat()
    if author := told("author"):
        origin["author"] = keyed("author", columns.source, author).hex()[:16]
    facts = {fact: row.cells.get(column, "").strip()[:80] for fact, column in columns.facts.items()}
    outcome = None
    if as_history:
        facts = {fact: text for fact, text in facts.items() if text}
        outcome = Outcome(closed, due, told("unit")[:80], told("answer")[:5000], facts)
    return Draft(
        description=description,
        title=title,
        channel=columns.channels.get(told("channel"), Channel.FILE) if as_history else Channel.FILE,
        appeal=_appeal(told("appeal")),
        category_id=_category(told("category")),
        lon=lon,
        lat=lat,
        crs=told("crs") or columns.crs,
        place_text=told("place_text"),
        name=told("name"),
        phone=told("phone"),
        email=told("email"),
        private=_yes(told("private"), _("不公开")),
        # these people have written already: whoever reads the order decides, nobody can be asked to phone
        emergency_acknowledged=True,
        source=columns.source,
        source_key=key,
        opened_at=opened if as_history else None,
        outcome=outcome,
        origin=origin,
    )
