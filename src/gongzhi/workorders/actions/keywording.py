"""Changing the keywords that speak for categories: one word, or the whole table from a file. Each change is in the book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.workorders.actions.ruling import in_own_area
from gongzhi.workorders.keywords import FEWEST, LEAST, LONGEST, MOST, Pair, differences, tidy
from gongzhi.workorders.models import Keyword
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.tables import tree

#: The book in which changes are kept.
BOOK = "keywords"


def _allowed(by: Actor) -> None:
    """A word holds for the whole house: who writes one answers for all of it."""
    require(by, "change_tables")
    in_own_area(by, None)


def _checked(category_id: int, word: str, weight: float) -> str:
    topic = tree().live.get(category_id)
    if topic is None:
        raise Invalid(_("没有这个分类。"), code="unknown_category", fields={"category": [_("请选择分类。")]})
    plain = tidy(word)
    if not FEWEST <= len(plain) <= LONGEST:
        sentence = _("关键词要有 {least} 到 {most} 个字。").format(least=FEWEST, most=LONGEST)
        raise Invalid(sentence, code="keyword", fields={"word": [sentence]})
    if not LEAST <= weight <= MOST:
        sentence = _("分量在 {least} 到 {most} 之间。").format(least=LEAST, most=MOST)
        raise Invalid(sentence, code="weight", fields={"weight": [sentence]})
    return plain


def values_of(row: Keyword | None) -> dict[str, Any] | None:
    """What a keyword says, for the book."""
    return None if row is None else {"weight": row.weight}


def _change(category_id: int, word: str, before: Any, after: Any) -> books.Change:
    return books.Change(f"{tree().topics[category_id].code}:{word}", before, after, word)


@transaction.atomic
def set_keyword(
    category_id: int,
    word: str,
    weight: float,
    *,
    by: Actor,
    at: datetime,
    keyword_id: int | None = None,
    seen: str | None = None,
) -> Keyword:
    """Let a word speak for a category. ``keyword_id`` is the row that is corrected, None for a new one; ``seen`` is the
    fingerprint of what it said. Conflict for a word that the category has already."""
    _allowed(by)
    plain = _checked(category_id, word, weight)
    book = books.open_book(BOOK, at=at)
    changes = []
    former = Keyword.objects.filter(pk=keyword_id).first() if keyword_id is not None else None
    if keyword_id is not None:
        if former is None:
            raise books.too_late(_("这个关键词"))
        books.expect(values_of(former), seen, what=_("这个关键词"))
    row = Keyword.objects.filter(category_id=category_id, word=plain).first()
    if row is not None and (former is None or row.pk != former.pk):
        raise Conflict(
            _("这个分类已经有关键词“{word}”。").format(word=plain),
            help=_("请打开那一个来改。"),
            code="someone_was_quicker",
        )
    if former is not None and row is None:
        changes.append(_change(former.category_id, former.word, values_of(former), None))
        former.category_id, former.word, former.weight = category_id, plain, weight
        former.save()
        changes.append(_change(category_id, plain, None, values_of(former)))
        row = former
    else:
        before = values_of(row)
        row, _made = Keyword.objects.update_or_create(
            category_id=category_id, word=plain, defaults={"weight": weight}
        )
        changes.append(_change(category_id, plain, before, values_of(row)))
    bump("keywords")
    books.note(book, *changes, by=by, at=at)
    return row


@transaction.atomic
def drop_keyword(keyword_id: int, *, by: Actor, at: datetime, seen: str | None = None) -> None:
    """Let a word speak for its category no more."""
    _allowed(by)
    book = books.open_book(BOOK, at=at)
    row = Keyword.objects.filter(pk=keyword_id).first()
    if row is None:
        raise books.too_late(_("这个关键词"))
    before = values_of(row)
    books.expect(before, seen, what=_("这个关键词"))
    row.delete()
    bump("keywords")
    books.note(book, _change(row.category_id, row.word, before, None), by=by, at=at)


@transaction.atomic
def undo_keyword(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a keyword back as it was; take away what was not there before."""
    _allowed(by)
    code, word = key.split(":", 1)
    topic = tree().by_code.get(code)
    if topic is None:
        raise NotFound(_("没有这个分类。"))
    books.open_book(BOOK, at=at)
    row = Keyword.objects.filter(category_id=topic.id, word=word).first()
    books.expect(values_of(row), seen, what=_("这个关键词"))
    if wanted is not None:
        set_keyword(topic.id, word, wanted["weight"], keyword_id=row.pk if row else None, by=by, at=at)
    elif row is not None:
        drop_keyword(row.pk, by=by, at=at)


@transaction.atomic
def put_keywords(
    wanted: Mapping[Pair, float],
    *,
    drop_others: bool = False,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> tuple[int, int, int]:
    """The table is as a file says: (new, changed, dropped). Words that the file leaves out stay, unless
    ``drop_others``. ``seen`` is how many changes the book had when the file was tried."""
    _allowed(by)
    book = books.open_book(BOOK, at=at)
    if seen is not None and book.length != seen:
        raise books.too_late(_("关键词表"))
    new, changed, missing = differences(wanted)
    rows = {(row.category_id, row.word): row for row in Keyword.objects.all()}
    changes = [_change(*pair, None, {"weight": wanted[pair]}) for pair in new]
    changes += [_change(*pair, values_of(rows[pair]), {"weight": wanted[pair]}) for pair in changed]
    Keyword.objects.bulk_create(
        [Keyword(category_id=c, word=w, weight=wanted[c, w]) for c, w in new], batch_size=1000
    )
    for pair in changed:
        rows[pair].weight = wanted[pair]
    Keyword.objects.bulk_update([rows[pair] for pair in changed], ["weight"], batch_size=1000)
    if drop_others:
        changes += [_change(*pair, values_of(rows[pair]), None) for pair in missing]
        Keyword.objects.filter(pk__in=[rows[pair].pk for pair in missing]).delete()
    bump("keywords")
    books.note(book, *changes, by=by, at=at)
    return len(new), len(changed), len(missing) if drop_others else 0
