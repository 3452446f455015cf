"""What can be done with papers: issue one, replace a street's Word form, note that a translation was looked over."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.components.drawings import qr_picture
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.papers import digests, pages, queries, word
from gongzhi.papers.layouts import Layout
from gongzhi.papers.models import Form, Issued, IssuedFile, Review
from gongzhi.papers.policies import require
from gongzhi.people.actor import Person


@dataclass(frozen=True)
class Said:
    """What a room says on a paper. ``about`` names what it is about, so that its versions are counted: it is kept as a
    number that nobody can undo. ``original`` is the language of the text that counts."""

    layout: Layout
    values: Mapping[str, Any]
    about: str
    language: str = queries.ORIGINAL
    original: str = queries.ORIGINAL
    division_id: int | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    draft: bool = False


def series_of(said: Said) -> bytes:
    """The series of a paper's versions: a number that only this installation can compute."""
    plain = "\x1f".join(("paper", said.layout.code, said.language, said.about))
    return hmac.new(settings.SECRET_KEY.encode(), plain.encode(), hashlib.sha256).digest()


@transaction.atomic
def note(said: Said, *, by: Actor, at: datetime) -> Issued:
    """Keep the digest of what a paper says; the same words keep their first day and version."""
    series = series_of(said)
    digest = digests.digest_of(said.layout.code, said.language, series, said.values)
    found = Issued.objects.filter(digest=digest).first()
    if found is not None:
        return found
    with connection.cursor() as cursor:  # one version at a time
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(series[:8], "big", signed=True)])
    found = Issued.objects.filter(digest=digest).first()
    return found or Issued.objects.create(
        digest=digest, short=digest.hex()[: digests.SHORT], paper=said.layout.code, language=said.language,
        series=series, version=Issued.objects.filter(series=series).count() + 1, made_on=clock.local(at).date(),
    )  # fmt: skip


@transaction.atomic
def issue(said: Said, form: str, *, address: str = "", by: Actor, at: datetime) -> bytes:
    """The paper as ``pdf`` or ``docx``, with the digest of what it says on every page.

    ``address``: where a code on the page leads, with the digest at its end. Invalid for a translation that nobody has
    looked over, and for a form that cannot be filled.
    """
    queries.require_language(said.layout, said.language)
    issued = note(said, by=by, at=at)
    printed = digests.short(bytes(issued.digest))
    with translation.override(said.language):
        values = {
            **said.values,
            "标题": str(said.layout.title),
            "摘要": printed,
            "文本说明": original_note(said),
        }
        if form == "pdf":
            code = qr_picture(f"{address}{printed.replace(' ', '')}") if address else ""
            made = datetime.combine(issued.made_on, time(0), tzinfo=timezone.get_default_timezone())
            content = pages.pdf(
                said.layout, values, pictures=said.pictures, draft=said.draft, code=code, at=made
            )
        else:
            chosen = queries.form_of(said.layout, said.language, said.division_id)
            content = word.filled(chosen, values, said.pictures)
    IssuedFile.objects.get_or_create(
        digest=hashlib.sha256(content).digest(), defaults={"issued": issued, "format": form}
    )
    return content


def original_note(said: Said) -> str:
    """Which text counts, in the language that is active; of a translation, who looked it over."""
    names = dict(settings.LANGUAGES)
    note = _("本文书以{language}文本为正式文本。").format(language=names[said.original])
    if said.language == said.original:
        return note
    review = queries.review_of(said.layout, said.language)
    note += _("这一份是译文，帮助理解，不代替正式文本。")
    if review is not None:
        note += _("译文由{who}于 {day} 审校。").format(
            who=review.reviewer, day=clock.local(review.at).date().isoformat()
        )
    return note


@transaction.atomic
def change_form(
    code: str, language: str, division_id: int, *, name: str, content: bytes, by: Person, at: datetime
) -> Form:
    """Use another Word form from now on. Invalid with its fault when it cannot be filled with a sample."""
    require(by, "change_form", division_id)
    layout = queries.layout_of(code)
    with translation.override(language):
        word.try_form(layout, content)
    return Form.objects.create(
        paper=layout.code, language=language, division_id=division_id, name=name[:120], content=content,
        digest=hashlib.sha256(content).digest(), by_id=by.account_id, at=at,
    )  # fmt: skip


@transaction.atomic
def review(
    code: str, language: str, *, reviewer: str, note: str = "", seen: str = "", by: Person, at: datetime
) -> Review:
    """Somebody who knows the language has compared every word of a paper. ``seen`` is the digest (hex) of the words they had
    before them: when the words are others by now, Conflict, for nobody has compared those."""
    require(by, "review")
    layout = queries.layout_of(code)
    if not reviewer.strip():
        raise Invalid(_("请写明谁审校的。"), code="nobody")
    if language in queries.SAME:
        raise Invalid(_("这种文本不是译文，不用审校。"), code="not_a_translation")
    texts = queries.texts_digest(layout, language)
    if seen and seen != texts.hex():
        raise Conflict(
            _("文书的文字刚刚改过。"),
            help=_("还没有登记。请按新的文字再核对一遍。"),
            code="someone_was_quicker",
        )
    return Review.objects.create(
        paper=layout.code, language=language, texts=texts,
        reviewer=reviewer.strip()[:80], note=note.strip()[:200], by_id=by.account_id, at=at,
    )  # fmt: skip
