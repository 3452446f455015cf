"""Which column of a file is what: column maps, the presets that come with the platform, and finding one by a header.

A map is JSON::

    {"name": "…", "label": "…", "source": "…", "as": "inflow" | "history",
     "zone": "Asia/Shanghai", "crs": "WGS84", "recognised_by": ["column", …],
     "columns": {"description": "body", "title": {"any": ["题目", "标题"]}, "place_text": {"join": ["路", "号"]}},
     "facts": {"fact": "column"}, "channels": {"PHONE": "phone"}}

``source`` with the row's key makes a second copy impossible. ``facts`` are kept with the record, so they name only
columns without personal words. ``channels`` says which door each word of the column ``channel`` means, in files of history; a
word that is not there, like a file without such a column, counts as ``file``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid
from gongzhi.workorders.models import Channel

PRESETS = Path(__file__).parent.parent / "presets"
HISTORY, INFLOW = "history", "inflow"

#: What a column can be. ``author`` only tells two reporters apart and is kept as a keyed digest.
FIELDS = (
    "key", "title", "description", "place_text", "lon", "lat", "crs", "category", "appeal", "private",
    "author", "name", "phone", "email", "opened_at", "due_at", "closed_at", "unit", "answer", "channel",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """Where a value comes from: the first of ``columns`` that has one, or all of them joined by line breaks."""

    columns: tuple[str, ...]
    joined: bool = False

    def of(self, cells: Mapping[str, str]) -> str:
        """The value in a row, without outer blanks."""
        found = [text for column in self.columns if (text := cells.get(column, "").strip())]
        return "\n".join(found) if self.joined else (found[0] if found else "")


@dataclass(frozen=True)
class ColumnMap:
    """A column map, checked."""

    name: str
    label: str
    source: str
    as_history: bool
    columns: dict[str, Cell]
    facts: dict[str, str] = field(default_factory=dict)
    recognised_by: tuple[str, ...] = ()
    zone: str = ""
    crs: str = "WGS84"
    channels: dict[str, str] = field(default_factory=dict)

    @property
    def timezone(self) -> ZoneInfo:
        """The time zone of moments written without one."""
        return ZoneInfo(self.zone or settings.TIME_ZONE)

    def fits(self, header: Sequence[str]) -> bool:
        """Has the file every column by which this map is recognised?"""
        return bool(self.recognised_by) and set(self.recognised_by) <= set(header)

    def missing(self, header: Sequence[str]) -> list[str]:
        """Columns without which no row can be read."""
        cell = self.columns["description"]
        return [] if set(cell.columns) & set(header) else list(cell.columns)


def _bad(sentence: str) -> Invalid:
    return Invalid(sentence, code="bad_map", help=_("列对照表的写法见 docs/how-to/import.md。"))


def read_map(told: Any) -> ColumnMap:
    """A column map from what JSON gave. Raises Invalid with a sentence."""
    if not isinstance(told, dict) or not isinstance(told.get("columns"), dict):
        raise _bad(_("列对照表里要有 columns。"))
    columns = {}
    for name, where in told["columns"].items():
        if name not in FIELDS:
            raise _bad(_("没有“{name}”这个字段。").format(name=name))
        if isinstance(where, str):
            columns[name] = Cell((where,))
        elif isinstance(where, dict) and len(where) == 1 and set(where) <= {"any", "join"}:
            how, names = next(iter(where.items()))
            columns[name] = Cell(tuple(map(str, names)), how == "join")
        else:
            raise _bad(_("“{name}”要写成列名，或 any、join。").format(name=name))
    if "description" not in columns:
        raise _bad(_("列对照表里要有 description（内容）。"))
    if told.get("as", INFLOW) not in (INFLOW, HISTORY):
        raise _bad(_("as 只能是 inflow 或 history。"))
    if told.get("zone"):
        try:
            ZoneInfo(str(told["zone"]))
        except (KeyError, ValueError, OSError) as fault:
            raise _bad(_("没有“{name}”这个时区。").format(name=told["zone"])) from fault
    name = str(told.get("name") or "own")[:40]
    return ColumnMap(
        name=name,
        label=str(told.get("label") or name),
        source=f"file:{str(told.get('source') or name)[:50]}",
        as_history=told.get("as") == HISTORY,
        columns=columns,
        facts={str(fact): str(column) for fact, column in dict(told.get("facts") or {}).items()},
        recognised_by=tuple(map(str, told.get("recognised_by") or ())),
        zone=str(told.get("zone") or ""),
        crs=str(told.get("crs") or "WGS84"),
        channels=_channels(told.get("channels") or {}),
    )


def _channels(told: Any) -> dict[str, str]:
    if not isinstance(told, dict) or not set(told.values()) <= set(Channel.values):
        raise _bad(_("channels 里的来源只能是：{names}。").format(names="、".join(Channel.values)))
    return {str(word): str(code) for word, code in told.items()}


@cache
def presets() -> dict[str, ColumnMap]:
    """The maps that come with the platform, by name."""
    return {
        path.stem: read_map(json.loads(path.read_text("utf-8"))) for path in sorted(PRESETS.glob("*.json"))
    }


def preset(name: str) -> ColumnMap:
    """One of them. Raises Invalid and lists them."""
    known = presets()
    if name not in known:
        raise Invalid(
            _("没有“{name}”这个列对照表。").format(name=name),
            help=_("可以使用：{names}").format(names="、".join(known)),
            code="unknown_preset",
        )
    return known[name]


def recognise(header: Sequence[str]) -> ColumnMap:
    """The preset that fits a header; the one that knows most of its columns when several do. Raises Invalid."""
    fitting = [one for one in presets().values() if one.fits(header)]
    if not fitting:
        raise Invalid(
            _("认不出这个文件的列：{names}").format(names="、".join(header)[:200]),
            help=_("请用 --preset 选择列对照表，或用 --map 给出自己的。"),
            code="unknown_columns",
        )
    return max(fitting, key=lambda one: len(one.recognised_by))


def map_from(text: str) -> ColumnMap:
    """A map given on the command line: JSON itself, or the path of a file with it."""
    try:
        if not text.lstrip().startswith("{"):
            text = Path(text).read_text("utf-8-sig")
        return read_map(json.loads(text))
    except (OSError, ValueError) as fault:
        raise _bad(_("读不出列对照表：{fault}").format(fault=fault)) from fault
