"""What else is asked about a category: the questions in memory, reading answers, and saying them in words.

An answer is kept with the order under the id of its question (``WorkOrder.answers``); rules know questions by their
code. Nothing here writes.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid
from gongzhi.kit.revision import cached
from gongzhi.workorders.models import AnswerKind, Question
from gongzhi.workorders.tables import tree

LONGEST_ANSWER = 300
#: Questions of one report at most: nobody answers more.
MOST_ANSWERS = 30
_YES = frozenset({"yes", "true", "1", "on", "是"})
_NO = frozenset({"no", "false", "0", "否"})

Answer = str | float | bool


@dataclass(frozen=True)
class Asked:
    """A question as forms, rules and pages know it."""

    id: int
    category_id: int
    code: str
    text: str
    kind: str
    choices: tuple[str, ...]
    unit: str
    least: float | None
    most: float | None
    required: bool
    personal: bool
    place: int
    starts_on: date
    ends_on: date | None

    @property
    def name(self) -> str:
        """The name of its field in a form."""
        return f"q-{self.id}"

    def asked_on(self, day: date) -> bool:
        """Is it asked on this day?"""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def _read() -> dict[int, Asked]:
    return {
        row.pk: Asked(
            row.pk, row.category_id, row.code, row.text, row.kind, tuple(row.choices), row.unit, row.least, row.most,
            row.required, row.personal, row.place, row.starts_on, row.ends_on,
        )
        for row in Question.objects.order_by("place", "pk")
    }  # fmt: skip


def questions() -> dict[int, Asked]:
    """Every question, by id, ended ones too: old answers stay readable."""
    return cached("questions", _read)


def questions_for(category_id: int | None) -> list[Asked]:
    """What is asked about a category today: questions of those above it first."""
    line = [topic.id for topic in tree().line(category_id)]
    if not line:
        return []
    today = clock.today()
    found = [one for one in questions().values() if one.category_id in line and one.asked_on(today)]
    return sorted(found, key=lambda one: (line.index(one.category_id), one.place, one.id))


def _plain(text: str) -> str:
    return "".join(c for c in text if c == "\n" or not unicodedata.category(c).startswith("C")).strip()


def read_answer(question: Asked, told: Any) -> Answer | None:
    """The answer as it is kept, None for an empty one. Raises ValueError with a sentence."""
    if isinstance(told, str):
        told = _plain(told)
        if not told:
            return None
    if told is None:
        return None
    if question.kind == AnswerKind.YES_NO:
        if isinstance(told, bool):
            return told
        word = str(told).lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise ValueError(_("“{question}”请答是或否。").format(question=question.text))
    if question.kind == AnswerKind.NUMBER:
        return _number(question, told)
    if not isinstance(told, str):
        raise ValueError(_("“{question}”请用文字回答。").format(question=question.text))
    if question.kind == AnswerKind.CHOICE:
        if told not in question.choices:
            raise ValueError(
                _("“{question}”请在这些里选：{choices}。").format(
                    question=question.text, choices=_("、").join(question.choices)
                )
            )
        return told
    if len(told) > LONGEST_ANSWER:
        raise ValueError(
            _("“{question}”最多写 {most} 个字。").format(question=question.text, most=LONGEST_ANSWER)
        )
    return told


def _number(question: Asked, told: Any) -> float:
    try:
        value = float(unicodedata.normalize("NFKC", told) if isinstance(told, str) else told)
    except (TypeError, ValueError) as error:
        raise ValueError(_("“{question}”请填数字。").format(question=question.text)) from error
    if isinstance(told, bool) or not math.isfinite(value):
        raise ValueError(_("“{question}”请填数字。").format(question=question.text))
    least, most = question.least, question.most
    if (least is not None and value < least) or (most is not None and value > most):
        span = (f"{least:g}" if least is not None else "…", f"{most:g}" if most is not None else "…")
        raise ValueError(
            _("“{question}”应在 {least} 到 {most} 之间。").format(
                question=question.text, least=span[0], most=span[1]
            )
        )
    return int(value) if value.is_integer() else value


def read_answers(told: Mapping[int, Any], *, needed: Iterable[int] = ()) -> dict[str, Answer]:
    """Answers as an order keeps them: question id (as text) → value. Raises Invalid with a sentence per slip.

    ``needed`` are the questions that were shown: of these, the required ones must have an answer.
    """
    known, kept = questions(), {}
    faults: list[str] = []
    fields: dict[str, list[str]] = {}
    if len(told) > MOST_ANSWERS:
        raise Invalid(
            _("问题答得太多了。"), code="too_many_answers", fields={"answers": [_("问题答得太多了。")]}
        )
    for key, value in told.items():
        question = known.get(key)
        if question is None:
            faults.append(_("没有这个问题。"))
            continue
        try:
            answer = read_answer(question, value)
        except ValueError as error:
            faults.append(str(error))
            fields[question.name] = [str(error)]
            continue
        if answer is not None:
            kept[str(key)] = answer
    for key in needed:
        question = known.get(key)
        if (
            question is not None
            and question.required
            and str(key) not in kept
            and question.name not in fields
        ):
            sentence = please(question)
            faults.append(sentence)
            fields[question.name] = [sentence]
    if faults:
        raise Invalid(faults[0], code="answers", fields={"answers": faults, **fields})
    return kept


def please(question: Asked, *, choices: bool = False) -> str:
    """The sentence that asks for a missing answer, the same at every door; with the choices where no form shows them."""
    if choices and question.choices:
        return _("请回答“{question}”，选一项：{choices}。").format(
            question=question.text, choices="、".join(question.choices)
        )
    return _("请回答“{question}”。").format(question=question.text)


def missing(category_id: int | None, answers: Mapping[str, Any], *, on: date) -> list[Asked]:
    """Required questions of a category and those above it, as they were asked on a day, that nobody has answered.

    An answer to an earlier wording of a question counts: it is the same question by its code.
    """
    line = [topic.id for topic in tree().line(category_id)]
    if not line:
        return []
    told = by_code(answers)
    found = [
        one
        for one in questions().values()
        if one.required and one.category_id in line and one.asked_on(on) and one.code not in told
    ]
    return sorted(found, key=lambda one: (line.index(one.category_id), one.place, one.id))


def by_code(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers under the codes of their questions, as rules ask for them."""
    known = questions() if answers else {}
    return {known[int(key)].code: value for key, value in answers.items() if int(key) in known}


def said(question: Asked, answer: Any) -> str:
    """An answer in words."""
    if isinstance(answer, bool):
        return _("是") if answer else _("否")
    if isinstance(answer, (int, float)):
        return f"{answer:g} {question.unit}".strip()
    return str(answer)


def told_answers(answers: Mapping[str, Any], *, personal: bool = True) -> list[dict[str, Any]]:
    """Answers for a page, in the order in which they are asked. Without ``personal``, those words are left out."""
    known = questions() if answers else {}
    rows = [(known[int(key)], value) for key, value in answers.items() if int(key) in known]
    rows.sort(key=lambda row: (row[0].place, row[0].id))
    return [
        {
            "code": question.code,
            "question": question.text,
            "answer": said(question, value) if personal or not question.personal else "",
            "value": value if personal or not question.personal else None,
            "personal": question.personal,
            "hidden": question.personal and not personal,
        }
        for question, value in rows
    ]


def without_persons(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of answers when their reporter is forgotten: counts and choices, nobody's words."""
    known = questions() if answers else {}
    return {
        key: value
        for key, value in answers.items()
        if int(key) in known and not known[int(key)].personal and known[int(key)].kind != AnswerKind.TEXT
    }
