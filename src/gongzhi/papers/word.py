"""Word: what may be a form at all, how one is filled, and the first form of a paper, made from its layout.

A form comes from outside. It is looked at before it is opened, read in a small language (``form_language``), and tried
with a sample before it is used. Nothing here reads or writes the database.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lxml import etree

from gongzhi.kit.errors import Invalid
from gongzhi.papers.first_form import made
from gongzhi.papers.form_language import FormLanguage
from gongzhi.papers.layouts import Layout, layouts, sample

#: A form is a few pages of Word; what unpacks to more is not one.
MOST_BYTES, MOST_UNPACKED = 5_000_000, 60_000_000
#: Objects of other programs.
_EMBEDDED = ("word/embeddings/", "xl/embeddings/", "xl/externalLinks/")
#: Fields that fetch when the paper is opened or printed.
_FETCHING = re.compile(r"\b(?:DDE|DDEAUTO|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT|DATABASE)\b", re.IGNORECASE)
_PLAIN = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
#: The oldest day that a zip archive can name: files with the same words are the same bytes.
_ALWAYS = (1980, 1, 1, 0, 0, 0)

Pictured = Callable[[bytes, int], Any]


def check(content: bytes) -> None:
    """Refuse what is no Word document, is too large, unpacks to more than a form would, carries macros, or fetches
    something from elsewhere."""
    if len(content) > MOST_BYTES:
        raise Invalid(_("模板太大了，最多 5 MB。"), code="form_too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names, size = set(packed.namelist()), sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile as fault:
        raise Invalid(_("这不是 Word 文件（.docx）。"), code="not_word") from fault
    if "word/document.xml" not in names:
        raise Invalid(_("这不是 Word 文件（.docx）。"), code="not_word")
    if size > MOST_UNPACKED or any(name.endswith("vbaProject.bin") for name in names):
        raise Invalid(_("这个文件不像一份文书模板：太大，或者带有宏。"), code="strange_form")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if reaches_outside(packed):
            raise Invalid(
                _("这个文件会从别处取东西。"),
                help=_("请去掉外部模板、链接的图片和嵌入的对象；普通的超链接可以留。"),
                code="strange_form",
            )


def reaches_outside(packed: zipfile.ZipFile) -> bool:
    """Would whoever opens this office file fetch something, or run it? A picture or a template on somebody's server learns
    who opened which paper, and when. A plain hyperlink waits until somebody presses it."""
    for name in packed.namelist():
        if name.startswith(_EMBEDDED) or "/activeX/" in name:
            return True
        if not name.endswith((".xml", ".rels")):
            continue
        part = packed.read(name)
        try:
            root = etree.fromstring(part, _PLAIN)
        except etree.XMLSyntaxError:
            if name.endswith(".rels"):
                return True  # what cannot be looked at is not let in
            continue
        if root.getroottree().docinfo.doctype:
            return True
        if name.endswith(".rels"):
            if any(
                one.get("TargetMode", "").lower() == "external"
                and not one.get("Type", "").endswith("/hyperlink")
                for one in root.iter("{*}Relationship")
            ):
                return True
            continue
        words = "".join(one.text or "" for one in root.iter("{*}instrText"))
        words += " ".join(
            one.get(f"{{{one.nsmap[one.prefix]}}}instr", "") for one in root.iter("{*}fldSimple")
        )
        if _FETCHING.search(words):
            return True
    return False


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever a form makes its readers raise becomes one refusal."""
    from jinja2 import TemplateError

    try:
        yield
    except (
        TemplateError, ArithmeticError, LookupError, ValueError, TypeError, AttributeError, SyntaxError, RecursionError,
        MemoryError, OSError,
    ) as fault:  # fmt: skip
        raise Invalid(
            _("Word 模板填不进去：{fault}").format(fault=str(fault)[:200]),
            help=_("请检查模板里的占位符，或先换回平台自带的模板。"),
            code="bad_form",
        ) from fault


def fill(form: bytes, values: Callable[[Pictured], Mapping[str, Any]]) -> bytes:
    """A form with its values, which are asked for with a function (picture, width in mm) → what stands for it.

    Invalid with the form's own fault when it cannot be filled. The same form and values make the same bytes.
    """
    from docx.shared import Mm
    from docxtpl import DocxTemplate, InlineImage

    with _faults():
        book = DocxTemplate(io.BytesIO(form))
        book.render(
            values(lambda content, width: InlineImage(book, io.BytesIO(content), width=Mm(width))),
            jinja_env=FormLanguage(),
            autoescape=True,
        )
        out = io.BytesIO()
        book.save(out)
    return _steady(out.getvalue())


def _steady(content: bytes) -> bytes:
    """The same archive without the moment at which it was packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as steady,
    ):
        for one in packed.infolist():
            steady.writestr(zipfile.ZipInfo(one.filename, _ALWAYS), packed.read(one), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def filled(form: bytes, values: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A paper in Word. ``pictures`` stand where a place to sign has one (by the name of its value)."""
    drawn = pictures or {}

    def asked(pictured: Pictured) -> dict[str, Any]:
        return {**values, "图": {name: pictured(content, 38) for name, content in drawn.items()}}

    return fill(form, asked)


def try_form(layout: Layout, content: bytes) -> None:
    """Invalid when a form cannot be filled with a sample, or says the digest on none of its headers and footers."""
    check(content)
    mark = "7B1E 0D42 93AF 55C8"
    told = filled(content, sample(layout) | {"摘要": mark})
    with zipfile.ZipFile(io.BytesIO(told)) as packed:
        edges = [n for n in packed.namelist() if n.startswith(("word/header", "word/footer"))]
        printed = any(mark in packed.read(name).decode("utf-8", "replace") for name in edges)
    if not printed:
        raise Invalid(
            _("页眉或页脚里没有摘要，印出来无法核对。"),
            help=_("请在页脚里写上 {mark}。").format(mark="{{ 摘要 }}"),
            code="no_digest",
        )


def first_form(layout: Layout) -> bytes:
    """The form that comes with the platform, in the language that is active: to start from, and to go back to."""
    return _first(layout.code, get_language() or "zh-hans") if layout.code in layouts() else made(layout)


@lru_cache(maxsize=64)
def _first(code: str, language: str) -> bytes:
    return made(layouts()[code])
