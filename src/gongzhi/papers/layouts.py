"""What a paper consists of, as data: the printed page and the first Word form are both made from it.

    Layout("mediation.application", _("人民调解申请书"), (
        Grid((Field(_("姓名"), "姓名"), Field(_("电话"), "电话")), heading=_("当事人"), each="当事人"),
        Words(_("纠纷事实"), "事实", lines=6),
        Signs((Field(_("申请人（签名）"), "申请人签名"),)),
    ))

Names are what a Word form may write between its braces. Every value is a text, or a list of rows of texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
#: What every paper may name besides its own values.
HEAD = ("标题", "单位", "编号", "摘要", "文本说明", "落款日期")


@dataclass(frozen=True)
class Field:
    """A label and the name of its value. ``wide``: over the whole line. ``picks``: the value is a list of things to tick
    (rows of 名称 and 选中), not a text."""

    label: Text
    name: str
    wide: bool = False
    picks: bool = False


@dataclass(frozen=True)
class Grid:
    """Labels and values in a ruled table; ``each`` names the list for whose rows it is repeated."""

    fields: tuple[Field, ...]
    heading: Text = ""
    each: str = ""


@dataclass(frozen=True)
class Words:
    """A heading and what somebody said, with room for so many lines to write on when nobody has."""

    heading: Text
    name: str
    lines: int = 4


@dataclass(frozen=True)
class Fixed:
    """Words that stand on every such paper. ``points`` are numbered."""

    text: Text = ""
    points: tuple[Text, ...] = ()
    heading: Text = ""


@dataclass(frozen=True)
class Rows:
    """A table with one row for each of a list."""

    each: str
    columns: tuple[Field, ...]
    heading: Text = ""
    #: Empty rows to write on when there are none.
    blank: int = 3


@dataclass(frozen=True)
class Signs:
    """Where people sign: what stands there already, and room for the rest. Values may have a picture of the same name."""

    fields: tuple[Field, ...] = ()
    each: str = ""


Block = Grid | Words | Fixed | Rows | Signs


@dataclass(frozen=True)
class Layout:
    """One paper. ``legal``: its fixed words say what the law says, so a translation must have been looked over."""

    code: str
    title: Text
    blocks: tuple[Block, ...]
    legal: bool = True


#: Every paper of every room, by its code.
_LAYOUTS: dict[str, Layout] = {}


def register(*layouts: Layout) -> None:
    """Make papers known. ValueError when a code is taken by another."""
    for layout in layouts:
        if _LAYOUTS.get(layout.code, layout) != layout:
            raise ValueError(f"paper {layout.code} is registered already")
        _LAYOUTS[layout.code] = layout


def layouts() -> Mapping[str, Layout]:
    """Every paper there is."""
    return dict(_LAYOUTS)


def fields_of(layout: Layout) -> Iterator[tuple[str, Field]]:
    """(name of the list or "", field) for every value that the paper names."""
    for block in layout.blocks:
        if isinstance(block, Words):
            yield "", Field(block.heading, block.name, wide=True)
        elif isinstance(block, (Grid, Signs)):
            for field in block.fields:
                yield block.each, field
        elif isinstance(block, Rows):
            for field in block.columns:
                yield block.each, field


def sample(layout: Layout) -> dict[str, Any]:
    """Values to try a form with: every name with its label, every list with two rows."""
    found: dict[str, Any] = dict.fromkeys(HEAD, "样本")
    found["标题"] = str(layout.title)
    picks = [{"名称": "甲", "选中": "是"}, {"名称": "乙", "选中": ""}]
    for each, field in fields_of(layout):
        value: Any = picks if field.picks else f"{field.label}"
        if not each:
            found[field.name] = value
            continue
        rows = found.setdefault(each, [{"序号": "1"}, {"序号": "2"}])
        for row in rows:
            row[field.name] = value
    return found


def texts_of(layout: Layout) -> list[str]:
    """Every fixed word of a paper in the language that is active, in order: what a translator looks over."""
    found: list[Any] = [layout.title]
    for block in layout.blocks:
        found.append(getattr(block, "heading", ""))
        if isinstance(block, Fixed):
            found += [block.text, *block.points]
        fields: Sequence[Field] = getattr(block, "fields", ()) or getattr(block, "columns", ())
        found += [field.label for field in fields]
    return [str(text) for text in found if str(text)]
