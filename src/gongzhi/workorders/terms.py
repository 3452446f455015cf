"""How long each promise is: the promise table in memory, and the limits that categories bring themselves.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from civics.worktime import Unit
from gongzhi.kit.revision import cached
from gongzhi.matters.kinds import Term
from gongzhi.workorders.emergencies.modes import sped_up
from gongzhi.workorders.models import PromiseRule
from gongzhi.workorders.tables import Topic, limit_of_line, tree


@dataclass(frozen=True)
class TermRule:
    """A promise rule, ready to be matched."""

    promise: str
    appeal: str
    category_code: str
    urgent: bool | None
    term: Term


def _read_terms() -> list[TermRule]:
    topics = tree().topics
    rows = PromiseRule.objects.order_by("priority", "code")
    return [
        TermRule(
            row.promise,
            row.appeal,
            topics[row.category_id].code if row.category_id in topics else "",
            row.urgent,
            Term(row.amount, cast("Unit", row.unit), tuple(row.marks)),
        )
        for row in rows
    ]


#: Appeals about something that has to be put right: the limit of a category is for these. A question about rubbish
#: is answered as a question.
_DEFECTS = frozenset({"help", "complaint", "report_wrong"})
_USUAL_MARKS = (50, 80, 100, 150)


def term_for(
    promise: str,
    *,
    appeal: str,
    category_id: int | None,
    urgent: bool,
    areas: Iterable[int | None] = (),
    rule_id: int | None = None,
) -> Term | None:
    """How long a promise is, by the first rule that fits; None when no rule speaks of it.

    ``rule_id`` is the line of the table of responsibilities that chose the unit: it may bring a limit of its own.
    While an emergency is on in one of ``areas``, categories it names are promised by the clock of the wall.
    """
    term = _by_the_tables(promise, appeal=appeal, category_id=category_id, urgent=urgent, rule_id=rule_id)
    if term is None:
        return None
    topic = tree().topics.get(category_id or 0)
    return sped_up(promise, term, topic.code if topic else "", areas)


def _by_the_tables(
    promise: str, *, appeal: str, category_id: int | None, urgent: bool, rule_id: int | None
) -> Term | None:
    """The same when no emergency is on.

    The limit of the line of responsibilities goes before that of the category, and this before a rule that speaks of
    the same category or a wider one; but never before the clock of urgent matters.
    """
    topics = tree()
    topic = topics.topics.get(category_id or 0)
    code = topic.code if topic else ""
    defect = promise == "answer" and appeal in _DEFECTS
    own = topics.own(category_id, "limit") if defect else None
    line = limit_of_line(rule_id) if defect else None
    for rule in cached("promises", _read_terms):
        if rule.promise != promise or (rule.appeal and rule.appeal != appeal):
            continue
        if rule.urgent is not None and rule.urgent != urgent:
            continue
        if topics.within(code, rule.category_code):
            if line and not rule.urgent:
                return Term(line[0], cast("Unit", line[1]), rule.term.marks)
            if own and not rule.urgent and topics.depth(rule.category_code) <= topics.depth(own[0].code):
                return _own_term(own[0], rule.term.marks)
            return rule.term
    if line:
        return Term(line[0], cast("Unit", line[1]), _USUAL_MARKS)
    return _own_term(own[0], _USUAL_MARKS) if own else None


def _own_term(topic: Topic, marks: tuple[int, ...]) -> Term:
    return Term(topic.limit or 1, cast("Unit", topic.limit_unit or "work_days"), marks)
