"""The questions of a category inside a form: reading what was sent, and showing it again. One field per question.

The fields are called ``q-<id>``; ``asked`` names the questions that the page has shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongzhi.workorders.models import AnswerKind
from gongzhi.workorders.questions import MOST_ANSWERS, Asked, questions, questions_for


def answers_sent(data: Any) -> tuple[dict[int, str], tuple[int, ...]]:
    """(answers by question, questions that were shown) of a form's data."""
    known = questions()
    lists = data.getlist("asked") if hasattr(data, "getlist") else []
    shown = tuple(
        dict.fromkeys(
            int(k) for k in lists[:MOST_ANSWERS] if k.isascii() and k.isdecimal() and int(k[:12]) in known
        )
    )
    answers = {key: data.get(f"q-{key}", "") for key in shown}
    return {key: text for key, text in answers.items() if text.strip()}, shown


def fields_for(
    category_id: int | None,
    *,
    sent: Mapping[int, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> list[dict[str, Any]]:
    """What a page shows of a category's questions, with what was answered and what is wrong with it."""
    return [
        _field(one, (sent or {}).get(one.id, ""), (errors or {}).get(one.name, []))
        for one in questions_for(category_id)
    ]


def _field(question: Asked, value: str, errors: list[str]) -> dict[str, Any]:
    from django.utils.translation import gettext as _

    options = [(choice, choice) for choice in question.choices]
    if question.kind == AnswerKind.YES_NO:
        options = [("yes", _("是")), ("no", _("否"))]
    return {
        "question": question,
        "options": [{"value": v, "label": label, "chosen": v == value} for v, label in options],
        "value": value,
        "errors": errors,
    }
