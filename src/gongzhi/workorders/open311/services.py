"""Our categories as services, and their questions as attributes. Nothing here writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.workorders.models import AnswerKind, Edition, Keyword
from gongzhi.workorders.models.taxonomies import EditionState
from gongzhi.workorders.questions import Asked, questions_for
from gongzhi.workorders.tables import Topic, tree

#: What the attribute is called that only tells something.
NOTICE = "NOTICE"
#: Keywords of a service at most.
MOST_KEYWORDS = 12
#: Our kinds of answers in the words of the standard; the other two of its six have no question of ours.
DATATYPE = {
    AnswerKind.CHOICE: "singlevaluelist",
    AnswerKind.YES_NO: "singlevaluelist",
    AnswerKind.NUMBER: "number",
    AnswerKind.TEXT: "text",
}


def offered() -> list[Topic]:
    """The categories that can be reported: those that can be chosen and have none below them."""
    topics = tree()
    return sorted((t for t in topics.live.values() if not topics.children(t.id)), key=lambda t: t.code)


def _keywords() -> dict[int, str]:
    words: dict[int, list[str]] = {}
    for category, word in Keyword.objects.order_by("category", "-weight", "word").values_list(
        "category", "word"
    ):
        kept = words.setdefault(category, [])
        if len(kept) < MOST_KEYWORDS:
            kept.append(word)
    return {category: ", ".join(found) for category, found in words.items()}


def _notice(topic: Topic) -> str:
    """What is told before somebody reports: the condition of taking it up."""
    found = tree().own(topic.id, "filing")
    return str(found[1]) if found else ""


def told_service(topic: Topic, keywords: str) -> dict[str, Any]:
    """One service of the list."""
    line = tree().line(topic.id)
    return {
        "service_code": topic.code,
        "service_name": topic.said,
        "description": topic.asks or " › ".join(one.said for one in line),
        "metadata": bool(questions_for(topic.id) or _notice(topic)),
        "type": "realtime",
        "keywords": keywords,
        "group": line[0].said if line else "",
    }


def services() -> list[dict[str, Any]]:
    """The service list. One statement."""
    words = _keywords()
    return [told_service(topic, words.get(topic.id, "")) for topic in offered()]


def _attribute(question: Asked, order: int) -> dict[str, Any]:
    hint = ""
    if question.kind == AnswerKind.NUMBER:
        span = [f"{end:g}" if end is not None else "…" for end in (question.least, question.most)]
        hint = f"{span[0]}–{span[1]} {question.unit}".strip() if span != ["…", "…"] else question.unit
    told: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": DATATYPE[AnswerKind(question.kind)],
        "required": question.required,
        "datatype_description": hint or None,
        "order": order,
        "description": question.text,
    }
    if question.kind == AnswerKind.CHOICE:
        told["values"] = [{"key": one, "name": one} for one in question.choices]
    elif question.kind == AnswerKind.YES_NO:
        told["values"] = [{"key": "yes", "name": _("是")}, {"key": "no", "name": _("否")}]
    return told


def definition(topic: Topic) -> dict[str, Any]:
    """What a service asks, in the order in which it is asked."""
    attributes: list[dict[str, Any]] = []
    if notice := _notice(topic):
        attributes.append(
            {
                "variable": False, "code": NOTICE, "datatype": "text", "required": False,
                "datatype_description": None, "order": 1, "description": notice,
            }
        )  # fmt: skip
    for question in questions_for(topic.id):
        attributes.append(_attribute(question, len(attributes) + 1))
    return {"service_code": topic.code, "attributes": attributes}


def changed() -> datetime:
    """When the services changed last: the ``changeset`` of the discovery."""
    published = Edition.objects.filter(state=EditionState.PUBLISHED).order_by("-published_at")
    return published.values_list("published_at", flat=True).first() or datetime(2026, 1, 1, tzinfo=UTC)
