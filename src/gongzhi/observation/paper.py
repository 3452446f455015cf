"""A brief on paper: the PDF by typst, the Word file by docxtpl from a form that the street may replace.

Lives here: what a form may name, how both files are made, and which letters there are. Nothing is counted and no
sentence is written here; nothing is read from or written to the database.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Unavailable
from gongzhi.kit.typesetting import faces
from gongzhi.observation import sentences
from gongzhi.papers import word as papers

HERE = Path(__file__).parent / "typst"
#: Which chart stands under which section.
CHARTS = {"whole": "series", "topics": "topics", "areas": "areas", "pace": "units"}
MOST_BARS = 8


def require_faces() -> tuple[str, ...]:
    """The letters; Unavailable with what would help when there are none: boxes instead of words help nobody."""
    found = faces()
    if not found:
        raise Unavailable(
            _("这台服务器上没有中文字体，印不出简报。"),
            help=_(
                "请管理员安装字体（Debian：apt install fonts-noto-cjk），或把字体文件放进 GONGZHI_FONTS 指定的文件夹，再重启。"
            ),
            code="no_chinese_font",
        )
    return found


# ---- what is told


def told(brief: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the printed page shows, as words and numbers. ``brief`` has figures, sections, title, digest …"""
    f = brief["figures"]
    language = get_language() or "zh-hans"
    every = f["every"]
    step = {"day": 3, "week": 1, "month": 5}[every]
    names = {
        "day": (_("当天"), _("前一天")),
        "week": (_("本周"), _("上一周")),
        "month": (_("本月"), _("上个月")),
    }[every]
    return {
        "title": brief["title"],
        "area": f["area"],
        "draft": brief["draft"],
        "issue": _("{year} 年第 {number} 期").format(year=brief["issue"][0], number=brief["issue"][1])
        + (_("（更正 {n}）").format(n=brief["edition"] - 1) if brief["edition"] > 1 else ""),
        "when": brief["when"],
        "office": brief["office"],
        "fonts": list(faces()),
        "lang": language.split("-")[0],
        "region": "tw" if language == "zh-hant" else "cn" if language.startswith("zh") else "",
        "words": {"draft": _("草稿"), "now": names[0], "before": names[1]},
        "keys": keys(f),
        "sections": [
            {
                "heading": s["heading"],
                "paragraphs": [line for line in s["text"].split("\n") if line.strip()],
                "chart": CHARTS.get(s["code"], ""),
            }
            for s in brief["sections"]
            if s["text"].strip()
        ],
        "series": [[label_of(row[0], every), *row[1:]] for row in f["series"]],
        "series_title": _("每小时收到（件）") if every == "day" else _("每天收到（件）"),
        "skip": step,
        "topics": f["topics"][:MOST_BARS],
        "topics_title": _("按分类（件；灰色的小数是{before}）").format(before=names[1]),
        "areas": f["areas"][:MOST_BARS],
        "areas_title": _("按地方（件；灰色的小数是{before}）").format(before=names[1]),
        "units": [row for row in f["units"] if row[1] >= 5][:MOST_BARS],
        "units_title": _("各单位按期结案（应结最多的几个，不含挂账）"),
        "foot": brief["foot"],
        "notes": brief["notes"],
    }


def label_of(key: str, every: str) -> str:
    """The label of an hour or day under its bar."""
    if every == "day":
        return str(int(key[-2:]))
    day = date.fromisoformat(key)
    return f"{day.month}/{day.day}" if every == "week" else str(day.day)


def keys(f: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The four or five numbers at the head of the page."""
    now, was = f["totals"]["now"], f["totals"]["before"]
    rate = now["on_time"] / now["owed"] * 100 if now["owed"] else None

    def than(name: str) -> str:
        than_ = _(sentences.BEFORE[f["every"]])
        return _("{than} {n} 件").format(than=than_, n=was[name]) if was else _("没有可比的记录")

    return [
        {"label": _("收到"), "value": str(now["received"]), "unit": _("件"), "note": than("received"), "bad": False},
        {"label": _("办结"), "value": str(now["closed"]), "unit": _("件"), "note": than("closed"), "bad": False},
        {"label": _("按期结案率"), "value": "—" if rate is None else f"{rate:.1f}", "unit": "%",
         "note": _("{on_time}／应结 {owed}").format(owed=now["owed"], on_time=now["on_time"]), "bad": False},
        {"label": _("在办"), "value": str(f["stands"]["open"]), "unit": _("件"), "note": _("统计时"), "bad": False},
        {"label": _("已超时"), "value": str(f["stands"]["late"]), "unit": _("件"), "note": _("统计时"),
         "bad": bool(f["stands"]["late"])},
    ]  # fmt: skip


# ---- PDF


def pdf(brief: Mapping[str, Any]) -> bytes:
    """The printed brief. Unavailable without Chinese letters."""
    require_faces()
    found = _compiled("brief.typ", told(brief), "pdf")
    assert isinstance(found, bytes)
    return found


def _compiled(name: str, inputs: Mapping[str, Any], form: Literal["pdf", "png"]) -> bytes | list[bytes]:
    import typst

    found: bytes | list[bytes] = typst.compile(
        str(HERE / name),
        root=str(HERE),
        font_paths=[settings.FONTS] if settings.FONTS else [],
        format=form,
        ppi=220.0 if form == "png" else None,
        sys_inputs={"told": json.dumps(inputs, ensure_ascii=False)},
    )
    return found


def pictures(said: Mapping[str, Any]) -> dict[str, bytes]:
    """The charts as PNG, by name; those without rows are left out."""
    wanted = [name for name in ("series", "topics", "areas", "units") if said[name]]
    if not wanted:
        return {}
    found = _compiled("pictures.typ", {**said, "pictures": wanted}, "png")
    pages = [found] if isinstance(found, bytes) else found
    return dict(zip(wanted, pages, strict=True))


# ---- Word

_PICTURES = {"series": "每天", "topics": "分类", "areas": "地区", "units": "各单位"}


def word(brief: Mapping[str, Any], form: bytes) -> bytes:
    """The brief in Word, by a form with placeholders. Invalid with the form's own fault when it cannot be filled."""
    require_faces()
    said = told(brief)
    drawn = pictures(said)
    return papers.fill(
        form,
        lambda pictured: fields(
            brief["figures"], said, {name: pictured(content, 155) for name, content in drawn.items()}
        ),
    )


def fields(f: Mapping[str, Any], said: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The values behind the names that a form may use; the page about forms lists them (``views.briefs``)."""

    def rows(table: Sequence[Sequence[Any]], *names: str) -> list[dict[str, Any]]:
        return [{n: "—" if v is None else v for n, v in zip(names, row, strict=False)} for row in table]

    return {
        "标题": said["title"], "期号": said["issue"], "时间": said["when"], "单位": said["office"], "地方": said["area"],
        "数字": [{"名称": k["label"], "数值": k["value"], "单位": k["unit"], "说明": k["note"]} for k in said["keys"]],
        "段落": [
            {"题目": s["heading"], "文字": s["paragraphs"], "图": drawn.get(s["chart"], "")} for s in said["sections"]
        ],
        "分类": rows(f["topics"], "名称", "件数", "上期", "去年"),
        "来源": rows(f["channels"], "名称", "件数"),
        "地区": rows(f["areas"], "名称", "件数", "上期"),
        "各单位": [
            {"名称": u, "应结": owed, "按期结案": kept, "按期结案率": f"{kept / owed * 100:.0f}%" if owed else "—"}
            for u, owed, kept in f["units"]
        ],
        "热点": [
            {"题目": h["title"], "人数": h["reporters"], "件数": h["n"], "地方": h["area"]} for h in f["hot"]
        ],
        "图": {_PICTURES[name]: picture for name, picture in drawn.items()},
        "脚注": said["notes"],
    }  # fmt: skip


@lru_cache(maxsize=1)
def first_form() -> bytes:
    """The form that comes with the platform: to start from, and to go back to."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    book = Document()
    page = book.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(24)
    page.top_margin = page.bottom_margin = Mm(20)
    sea = RGBColor(0x0C, 0x5F, 0x6A)
    for name, size, face in (("Normal", 12, "仿宋"), ("Title", 26, "黑体"), ("Heading 1", 15, "黑体")):
        style = book.styles[name]
        style.font.size, style.font.name = Pt(size), face
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
        if name != "Normal":
            style.font.color.rgb = sea
    book.styles["Normal"].paragraph_format.line_spacing = 1.5
    title = book.add_paragraph("{{ 标题 }}", style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head = book.add_paragraph("{{ 期号 }}　　{{ 时间 }}　　{{ 单位 }}")
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    table = book.add_table(rows=3, cols=4, style="Light Grid Accent 1")
    for cell, words in zip(table.rows[0].cells, ("指标", "数值", "单位", "说明"), strict=True):
        cell.text = words
    # the two marks around the line that is repeated stand in the same row
    table.rows[1].cells[0].text = "{%tr for 行 in 数字 %}"
    row = table.rows[2]
    for cell, words in zip(
        row.cells, ("{{ 行.名称 }}", "{{ 行.数值 }}", "{{ 行.单位 }}", "{{ 行.说明 }}"), strict=True
    ):
        cell.text = words
    table.add_row().cells[0].text = "{%tr endfor %}"
    book.add_paragraph("{%p for 段 in 段落 %}")
    book.add_paragraph("{{ 段.题目 }}", style="Heading 1")
    book.add_paragraph("{%p for 句 in 段.文字 %}")
    book.add_paragraph("{{ 句 }}").paragraph_format.first_line_indent = Pt(24)
    book.add_paragraph("{%p endfor %}")
    book.add_paragraph("{%p if 段.图 %}")
    book.add_paragraph("{{ 段.图 }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    book.add_paragraph("{%p endif %}")
    book.add_paragraph("{%p endfor %}")
    book.add_paragraph("{%p for 行 in 脚注 %}")
    book.add_paragraph("{{ 行 }}").runs[0].font.size = Pt(9)
    book.add_paragraph("{%p endfor %}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
