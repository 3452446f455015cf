"""Changing what else is asked about a category, and the wordings that staff start from. Ended rows stay readable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.workorders.models import AnswerKind, Category, Question, Responsibility, Wording
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.tables import tree

_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
MOST_CHOICES = 12
#: The books in which changes are kept.
QUESTIONS, WORDINGS = "questions", "wordings"
#: Steps that a wording can be offered in.
STEPS = ("answer", "ask_resident", "decline")


@dataclass(frozen=True)
class Wanted:
    """A question as somebody wants it."""

    code: str
    text: str
    kind: str
    choices: Sequence[str] = ()
    unit: str = ""
    least: float | None = None
    most: float | None = None
    required: bool = False
    personal: bool = False
    place: int = 100


def _no(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="bad_question", fields={field: [sentence]})


def _checked(wanted: Wanted) -> None:
    if not _CODE.fullmatch(wanted.code):
        raise _no("code", _("编号用小写字母开头，可以有数字和下划线，例如 lamp_count。"))
    if not 2 <= len(wanted.text.strip()) <= 120:
        raise _no("text", _("请写问题，最多 120 个字。"))
    if wanted.kind not in AnswerKind.values:
        raise _no("kind", _("没有这种答法。"))
    choices = [choice.strip() for choice in wanted.choices]
    if wanted.kind == AnswerKind.CHOICE and (
        not 2 <= len(choices) <= MOST_CHOICES
        or len(set(choices)) != len(choices)
        or not all(0 < len(choice) <= 40 and not set(choice) & set("|;；｜") for choice in choices)
    ):
        raise _no(
            "choices",
            _("请写 2 到 {most} 个不同的选项，每行一个，不用竖线和分号。").format(most=MOST_CHOICES),
        )
    if wanted.least is not None and wanted.most is not None and wanted.least > wanted.most:
        raise _no("most", _("最大值不能小于最小值。"))


@transaction.atomic
def change_question(
    category_id: int, wanted: Wanted, *, by: Actor, at: datetime, seen: int | None = None
) -> Question:
    """Ask something of a category from today on. ``seen`` is the row that the editor had before them; None for new."""
    require(by, "change_tables")
    _checked(wanted)
    if not Category.objects.filter(pk=category_id, ends_on=None).exists():
        raise NotFound(_("没有这个分类。"))
    today = clock.local(at).date()
    book = books.open_book(QUESTIONS, at=at)
    row = Question.objects.select_for_update().filter(code=wanted.code, ends_on=None).first()
    if (row.pk if row else None) != seen:
        raise Conflict(
            _("编号“{code}”的问题刚才有人改过，或者已经有了。").format(code=wanted.code),
            help=_("请重新打开分类，看看现在的问题。"),
            code="someone_was_quicker",
        )
    before = question_values(row)
    if row is not None:
        row.ends_on = today
        row.save(update_fields=["ends_on"])
    try:
        with transaction.atomic():
            made = Question.objects.create(
                category_id=category_id,
                code=wanted.code,
                text=wanted.text.strip(),
                kind=wanted.kind,
                choices=[c.strip() for c in wanted.choices] if wanted.kind == AnswerKind.CHOICE else [],
                unit=wanted.unit.strip()[:12] if wanted.kind == AnswerKind.NUMBER else "",
                least=wanted.least if wanted.kind == AnswerKind.NUMBER else None,
                most=wanted.most if wanted.kind == AnswerKind.NUMBER else None,
                required=wanted.required,
                personal=wanted.personal,
                place=wanted.place,
                starts_on=today,
            )
    except IntegrityError as error:
        raise Conflict(
            _("编号“{code}”已经有了。").format(code=wanted.code), help=_("请换一个编号。"), code="code_taken"
        ) from error
    bump("questions")
    books.note(book, books.Change(made.code, before, question_values(made), made.text), by=by, at=at)
    return made


def question_values(row: Question | None) -> dict[str, Any] | None:
    """What a question says, for the book."""
    if row is None:
        return None
    topic = tree().topics.get(row.category_id)
    return {"category": topic.code if topic else "", "text": row.text, "kind": row.kind, "choices": list(row.choices),
            "unit": row.unit, "least": row.least, "most": row.most, "required": row.required,
            "personal": row.personal, "place": row.place}  # fmt: skip


@transaction.atomic
def undo_question(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Ask as before, from today on; stop asking what was not asked before."""
    require(by, "change_tables")
    books.open_book(QUESTIONS, at=at)
    row = Question.objects.filter(code=key, ends_on=None).first()
    books.expect(question_values(row), seen, what=_("这个问题"))
    if wanted is None:
        if row is not None:
            end_question(row.pk, by=by, at=at)
        return
    said = dict(wanted)
    change_question(
        _category(said.pop("category")), Wanted(key, **said), by=by, at=at, seen=row.pk if row else None
    )


def _category(code: str) -> int:
    topic = tree().by_code.get(code)
    if topic is None or not topic.live:
        raise Invalid(_("分类“{code}”已经停用，改不回去。").format(code=code), code="category_retired")
    return topic.id


@transaction.atomic
def end_question(question_id: int, *, by: Actor, at: datetime) -> list[str]:
    """Ask it no more. Gives the codes of rules that still wait for its answer: they fit nothing from now on."""
    require(by, "change_tables")
    book = books.open_book(QUESTIONS, at=at)
    row = Question.objects.select_for_update().filter(pk=question_id).first()
    if row is None:
        raise NotFound(_("没有这个问题。"))
    if row.ends_on is not None:
        raise Conflict(_("这个问题刚才有人改过，或者已经停用。"), code="someone_was_quicker")
    before = question_values(row)
    row.ends_on = clock.local(at).date()
    row.save(update_fields=["ends_on"])
    bump("questions")
    books.note(book, books.Change(row.code, before, None, row.text), by=by, at=at)
    return list(
        Responsibility.objects.filter(ends_on=None, answers__regex=rf"(^|[;；\s]){row.code}\s*[!<>=]")
        .order_by("code")
        .values_list("code", flat=True)
    )


@transaction.atomic
def change_wording(
    category_id: int | None,
    *,
    step: str,
    name: str,
    text: str,
    by: Actor,
    at: datetime,
    seen: int | None = None,
    former: int | None = None,
) -> Wording:
    """Offer a wording from now on; one of the same name takes the place of the former.

    ``seen`` is the row of this name that the editor had before them, 0 for none; ``former`` a row of another name that
    this one follows.
    """
    require(by, "change_tables")
    if step not in STEPS:
        raise _no("step", _("没有这一步。"))
    if not 1 <= len(name.strip()) <= 40:
        raise _no("name", _("请写一个短名称。"))
    if not 4 <= len(text.strip()) <= 3000:
        raise _no("text", _("请写 4 到 3000 个字。"))
    book = books.open_book(WORDINGS, at=at)
    row = _wording(category_id, step, name.strip())
    if seen is not None and (row.pk if row else 0) != seen:
        raise books.too_late(_("这个模板"))
    if former is not None:
        end_wording(former, by=by, at=at)
    before = wording_values(row)
    if row is not None:
        row.ends_on = clock.local(at).date()
        row.save(update_fields=["ends_on"])
    made = Wording.objects.create(category_id=category_id, step=step, name=name.strip(), text=text.strip())
    bump("wordings")
    books.note(book, books.Change(wording_key(made), before, wording_values(made), made.name), by=by, at=at)
    return made


def _wording(category_id: int | None, step: str, name: str) -> Wording | None:
    rows = Wording.objects.select_for_update().filter(step=step, name=name, ends_on=None)
    return rows.filter(Q(category=None) if category_id is None else Q(category_id=category_id)).first()


def wording_key(row: Wording) -> str:
    """By what a wording is found again: category, step and name."""
    topic = tree().topics.get(row.category_id or 0)
    return f"{topic.code if topic else ''}:{row.step}:{row.name}"


def wording_values(row: Wording | None) -> dict[str, Any] | None:
    """What a wording says, for the book."""
    return None if row is None else {"text": row.text}


@transaction.atomic
def undo_wording(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Offer a wording as it was before; offer what was not there no more."""
    require(by, "change_tables")
    code, step, name = key.split(":", 2)
    about = _category(code) if code else None
    books.open_book(WORDINGS, at=at)
    row = _wording(about, step, name)
    books.expect(wording_values(row), seen, what=_("这个模板"))
    if wanted is not None:
        change_wording(about, step=step, name=name, text=wanted["text"], by=by, at=at)
    elif row is not None:
        end_wording(row.pk, by=by, at=at)


@transaction.atomic
def end_wording(wording_id: int, *, by: Actor, at: datetime) -> None:
    """Offer it no more."""
    require(by, "change_tables")
    book = books.open_book(WORDINGS, at=at)
    row = Wording.objects.select_for_update().filter(pk=wording_id, ends_on=None).first()
    if row is None:
        raise Conflict(_("这个模板刚才有人改过，或者已经停用。"), code="someone_was_quicker")
    row.ends_on = clock.local(at).date()
    row.save(update_fields=["ends_on"])
    bump("wordings")
    books.note(book, books.Change(wording_key(row), wording_values(row), None, row.name), by=by, at=at)
