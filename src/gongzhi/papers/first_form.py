"""The first Word form of a paper: its blocks with placeholders, in the manner of official papers. Made by python-docx."""

from __future__ import annotations

import io
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.papers.layouts import Field, Fixed, Grid, Layout, Rows, Signs, Words

#: A4 and margins in millimetres; letters as in official papers, which Word replaces where they are missing.
_PAGE, _SIDE, _TOP = (210, 297), 26, 25
_TEXT, _TITLE, _HEADING = "仿宋", "方正小标宋简体", "黑体"


def made(layout: Layout) -> bytes:
    """The form as a Word file."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    book = Document()
    page = book.sections[0]
    page.page_width, page.page_height = Mm(_PAGE[0]), Mm(_PAGE[1])
    page.left_margin = page.right_margin = Mm(_SIDE)
    page.top_margin = page.bottom_margin = Mm(_TOP)
    for name, size, face in (("Normal", 12, _TEXT), ("Title", 22, _TITLE), ("Heading 1", 13, _HEADING)):
        style = book.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), RGBColor(0, 0, 0)
        _face(style, face)
        style.paragraph_format.space_after = Pt(4)
    _plain_rule(book.styles["Title"])
    unit = book.add_paragraph("{{ 单位 }}")
    title = book.add_paragraph("{{ 标题 }}", style="Title")
    number = book.add_paragraph("{{ 编号 }}")
    unit.alignment = title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for block in layout.blocks:
        if getattr(block, "heading", "") and not isinstance(block, Words):
            book.add_paragraph(str(block.heading), style="Heading 1")  # type: ignore[union-attr]
        _WRITERS[type(block)](book, block)
    book.add_paragraph("{{ 落款日期 }}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    book.add_paragraph("{{ 文本说明 }}").runs[0].font.size = Pt(9)
    _foot(page.footer.paragraphs[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _face(style: Any, face: str) -> None:
    from docx.oxml.ns import qn

    style.font.name = face
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)
    for theme in ("asciiTheme", "eastAsiaTheme", "hAnsiTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _plain_rule(style: Any) -> None:
    """Titles of official papers stand on no coloured line."""
    from docx.oxml.ns import qn

    for rule in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
        rule.getparent().remove(rule)


def _value(field: Field, row: str = "") -> str:
    name = f"{row}.{field.name}" if row else field.name
    if field.picks:
        return (
            "{% for 项 in " + name + " %}{% if 项.选中 %}☑{% else %}☐{% endif %}{{ 项.名称 }}　{% endfor %}"
        )
    return "{{ " + name + " }}"


def _grid(book: Any, block: Grid) -> None:
    row = "行" if block.each else ""
    if block.each:
        book.add_paragraph("{%p for 行 in " + block.each + " %}")
    table = book.add_table(rows=0, cols=4, style="Table Grid")
    waiting: list[Any] = []
    for field in block.fields:
        if not field.wide and waiting:
            cells = waiting
            waiting = []
            cells[2].text, cells[3].text = str(field.label), _value(field, row)
            continue
        if waiting:
            _widen(waiting)
        cells = list(table.add_row().cells)
        cells[0].text, cells[1].text = str(field.label), _value(field, row)
        if field.wide:
            _widen(cells)
            waiting = []
        else:
            waiting = cells
    if waiting:
        _widen(waiting)
    _widths(table, (26, 53, 26, 53))
    if block.each:
        book.add_paragraph("{%p endfor %}")


def _widen(cells: list[Any]) -> None:
    """One value over the rest of its line."""
    text = cells[1].text
    cells[1].merge(cells[3]).text = text


def _widths(table: Any, widths: tuple[int, ...]) -> None:
    from docx.shared import Mm

    for line in table.rows:
        for cell, width in zip(line.cells, widths, strict=False):
            cell.width = Mm(width)


def _words(book: Any, block: Words) -> None:
    from docx.shared import Pt

    book.add_paragraph(str(block.heading), style="Heading 1")
    book.add_paragraph("{{ " + block.name + " }}").paragraph_format.first_line_indent = Pt(24)


def _fixed(book: Any, block: Fixed) -> None:
    from docx.shared import Pt

    if str(block.text):
        book.add_paragraph(str(block.text)).paragraph_format.first_line_indent = Pt(24)
    for number, point in enumerate(block.points, 1):
        book.add_paragraph(f"{number}. {point}")


def _rows(book: Any, block: Rows) -> None:
    table = book.add_table(rows=4, cols=len(block.columns), style="Table Grid")
    head, begins, line, ends = table.rows
    for cell, field in zip(head.cells, block.columns, strict=True):
        cell.text = str(field.label)
    # the two marks around the line that is repeated stand in rows of their own
    begins.cells[0].text = "{%tr for 行 in " + block.each + " %}"
    for cell, field in zip(line.cells, block.columns, strict=True):
        cell.text = _value(field, "行")
    ends.cells[0].text = "{%tr endfor %}"


def _signs(book: Any, block: Signs) -> None:
    if block.each:
        book.add_paragraph("{%p for 行 in " + block.each + " %}")
    for field in block.fields:
        name = f"行.{field.name}" if block.each else field.name
        picture = "" if block.each else "{{ 图." + field.name + " }}"
        book.add_paragraph(f"{field.label}：" + "{{ " + name + " }}" + picture)
    if block.each:
        book.add_paragraph("{%p endfor %}")


def _foot(line: Any) -> None:
    """Digest on the left; 第 x 页 共 y 页 by Word's own counters."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    line.add_run(_("摘要") + " {{ 摘要 }}　　")
    before, between, after = _("第 {page} 页 共 {pages} 页").replace("{page}", "\0").replace(
        "{pages}", "\0"
    ).split("\0")  # fmt: skip
    for text, counter in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        line.add_run(text)
        if counter:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), counter)
            line._p.append(field)
    for run in line.runs:
        run.font.size = Pt(9)


_WRITERS: dict[type, Any] = {Grid: _grid, Words: _words, Fixed: _fixed, Rows: _rows, Signs: _signs}
