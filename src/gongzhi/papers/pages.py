"""The printed page: a paper's blocks with their values, as typst sets them. Nothing here reads or writes the database."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.kit.typesetting import book_faces, faces, set_pages
from gongzhi.papers.layouts import Field, Fixed, Grid, Layout, Rows, Signs, Words

FORM = Path(__file__).parent / "typst" / "paper.typ"


def pdf(
    layout: Layout,
    values: Mapping[str, Any],
    *,
    pictures: Mapping[str, bytes] | None = None,
    draft: bool = False,
    code: str = "",
    at: datetime | None = None,
) -> bytes:
    """The PDF in the language that is active; ``code`` is a drawing (SVG) for the foot. Unavailable without letters."""
    return set_pages(FORM, told(layout, values, pictures=pictures or {}, draft=draft, code=code), at=at)


def told(
    layout: Layout, values: Mapping[str, Any], *, pictures: Mapping[str, bytes], draft: bool, code: str
) -> dict[str, Any]:
    """All that stands on the page, as words in order."""
    language = get_language() or "zh-hans"
    traditional = language == "zh-hant"
    before, between, after = _("第 {page} 页 共 {pages} 页").replace("{page}", "\0").replace(
        "{pages}", "\0"
    ).split("\0")  # fmt: skip
    return {
        "title": str(layout.title),
        "unit": values.get("单位", ""),
        "number": values.get("编号", ""),
        "date": values.get("落款日期", ""),
        "note": values.get("文本说明", ""),
        "digest": values.get("摘要", ""),
        "digest_label": _("摘要"),
        "draft": _("草稿") if draft else "",
        "code": code,
        "counter": [before, between, after],
        "lang": language.split("-")[0],
        "region": "hk" if traditional else "cn" if language.startswith("zh") else "",
        "text_faces": list(book_faces("text", traditional=traditional) or faces()),
        "title_faces": list(book_faces("title", traditional=traditional) or faces()),
        "latin": not language.startswith("zh"),
        "blocks": [part for block in layout.blocks for part in _parts(block, values, pictures)],
    }


def _one(field: Field, row: Mapping[str, Any], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    value = row.get(field.name, "")
    return {
        "label": str(field.label),
        "wide": field.wide or field.picks,
        "picks": [[one["名称"], bool(one["选中"])] for one in value] if field.picks else None,
        "value": "" if field.picks else str(value),
        "picture": _framed(pictures[field.name]) if field.name in pictures else "",
    }


def _framed(picture: bytes) -> str:
    """A JPEG inside an SVG: JSON carries words, not bytes."""
    plain = base64.b64encode(picture).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="380" height="140">'
        f'<image width="380" height="140" xlink:href="data:image/jpeg;base64,{plain}"/></svg>'
    )


def _parts(
    block: Any, values: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> Sequence[Mapping[str, Any]]:
    heading = str(getattr(block, "heading", ""))
    if isinstance(block, Words):
        return [{"kind": "words", "heading": heading, "lines": block.lines,
                 "text": [line for line in str(values.get(block.name, "")).split("\n") if line.strip()]}]  # fmt: skip
    if isinstance(block, Fixed):
        return [{"kind": "fixed", "heading": heading, "text": str(block.text), "points": [str(p) for p in block.points]}]  # fmt: skip
    if isinstance(block, Rows):
        rows = [
            [str(row.get(field.name, "")) for field in block.columns] for row in values.get(block.each) or []
        ]
        rows = rows or [[""] * len(block.columns) for _n in range(block.blank)]
        return [{"kind": "rows", "heading": heading, "columns": [str(f.label) for f in block.columns], "rows": rows}]  # fmt: skip
    kind = "signs" if isinstance(block, Signs) else "grid"
    lists: Sequence[Mapping[str, Any]] = (values.get(block.each) or [{}]) if block.each else [values]
    found = []
    for number, row in enumerate(lists):
        drawn = pictures if not block.each else {
            name.partition("#")[0]: content for name, content in pictures.items() if name.endswith(f"#{number}")
        }  # fmt: skip
        title = heading if not (block.each and heading) or len(lists) == 1 else f"{heading} {number + 1}"
        if isinstance(block, Grid) and row.get("题目"):
            title = str(row["题目"])
        found.append(
            {"kind": kind, "heading": title, "fields": [_one(field, row, drawn) for field in block.fields]}
        )
    return found
