"""What can be asked of papers: the form in use, whether a translation was looked over, and whose digest this is."""

from __future__ import annotations

import hashlib

from django.utils import translation
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.papers import digests, word
from gongzhi.papers.layouts import Layout, layouts, texts_of
from gongzhi.papers.models import Form, Issued, IssuedFile, Review
from gongzhi.territory.ground import ground

#: The language the papers are written in, and the same in other signs: nothing of these is translated.
ORIGINAL, SAME = "zh-hans", ("zh-hans", "zh-hant")


def layout_of(code: str) -> Layout:
    """A paper by its code. NotFound when no room has registered it."""
    found = layouts().get(code)
    if found is None:
        raise NotFound(_("没有这种文书。"))
    return found


def texts_digest(layout: Layout, language: str) -> bytes:
    """The digest of every fixed word of a paper in two languages: of what is compared when it is looked over."""
    words = []
    for one in (ORIGINAL, language):
        with translation.override(one):
            words.append("\n".join(texts_of(layout)))
    return hashlib.sha256("\x1e".join(words).encode()).digest()


def review_of(layout: Layout, language: str) -> Review | None:
    """The newest review of the words as they are now."""
    return (
        Review.objects.filter(paper=layout.code, language=language, texts=texts_digest(layout, language))
        .order_by("-at", "-pk")
        .first()
    )


def reviews_of(layout: Layout, language: str) -> list[tuple[Review, bool]]:
    """Every review of a paper in a language, newest first, and whether it is of the words as they are now."""
    texts = texts_digest(layout, language)
    rows = (
        Review.objects.filter(paper=layout.code, language=language)
        .select_related("by")
        .order_by("-at", "-pk")
    )
    return [(row, bytes(row.texts) == texts) for row in rows[:20]]


Reviewed = frozenset[tuple[str, str, bytes]]


def reviewed() -> Reviewed:
    """(paper, language, texts) of every review there is: one statement, for pages that show many papers."""
    rows = Review.objects.values_list("paper", "language", "texts").distinct()
    return frozenset((paper, language, bytes(texts)) for paper, language, texts in rows)


def languages_of(layout: Layout, known: tuple[str, ...], given: Reviewed | None = None) -> list[str]:
    """The languages in which a paper may be issued. ``given``: the reviews, if they have been asked for already."""
    given = reviewed() if given is None else given
    return [
        code for code in known if code in SAME or (layout.code, code, texts_digest(layout, code)) in given
    ]


def require_language(layout: Layout, language: str) -> None:
    """Invalid, with what would help, when nobody has looked over the translation."""
    if language not in SAME and review_of(layout, language) is None:
        raise Invalid(
            _("这份文书的译文还没有人审校，不能用。"),
            help=_("请懂这种语言的人在“文书模板”里逐句核对后登记。"),
            code="not_reviewed",
        )


def form_of(layout: Layout, language: str, division_id: int | None) -> bytes:
    """The Word form in use: the area's own newest, else that of the area above, else the platform's."""
    line = [area.id for area in reversed(ground().line(division_id))] if division_id else []
    rows = {
        row.division_id: bytes(row.content)
        for row in Form.objects.filter(paper=layout.code, language=language, division_id__in=line).order_by(
            "at", "pk"
        )
    }
    with translation.override(language):
        return next((rows[key] for key in line if key in rows), None) or word.first_form(layout)


def known(text: str) -> Issued | None:
    """The paper behind a digest as it is printed or in full."""
    plain = digests.read(text)
    if not plain:
        return None
    rows = Issued.objects.filter(short=plain[: digests.SHORT])
    return next((row for row in rows if bytes(row.digest).hex().startswith(plain)), None)


def known_file(content: bytes) -> IssuedFile | None:
    """The file, if it is byte for byte one that left here."""
    return IssuedFile.objects.filter(digest=hashlib.sha256(content).digest()).select_related("issued").first()


def newest(issued: Issued) -> int:
    """The newest version of the same paper about the same thing."""
    return max(Issued.objects.filter(series=issued.series).values_list("version", flat=True))


def recognise(given: str, content: bytes | None) -> tuple[bool, str] | None:
    """For ``gongzhi verify``: is this a paper of ours? (in order, sentence); None when that is no digest and no file."""
    if content is not None:
        file = known_file(content)
        if file is None:
            return False, _("这个文件不是这里发出的，或者发出后改过。可以再用页脚的摘要核对。")
        return True, _("没有改动。") + told(file.issued)
    if not digests.read(given):
        return None
    found = known(given)
    return (True, told(found)) if found else (False, _("没有发出过这个摘要的文书。"))


def told(issued: Issued) -> str:
    """What may be said of a digest to those who run the platform: which paper, version, day; no word of it."""
    layout = layouts().get(issued.paper)
    return _("{title}，第 {version} 版（最新是第 {newest} 版），{day:%Y-%m-%d} 作出，语言 {language}。").format(
        title=layout.title if layout else issued.paper, version=issued.version, newest=newest(issued),
        day=issued.made_on, language=issued.language,
    )  # fmt: skip
