"""What a colleague reads on an order because of its category: answers to its questions, and its conditions.

The conditions are shown when somebody decides: of filing before a dispatch, of closing before an answer and its check.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.people.actor import Person
from gongzhi.people.lines import lines
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import CONTACT
from gongzhi.workorders.questions import missing, told_answers
from gongzhi.workorders.tables import tree

#: Steps whose form offers wordings.
WORDED = frozenset({"answer", "ask_resident", "decline"})
#: Steps before which the condition of filing, or of closing, is read.
_FILES = frozenset({"dispatch", "decline", "ask_verify", "verify"})
_CLOSES = frozenset({"answer", "pass_check", "fail_check"})


def asked_and_owed(order: WorkOrder, *, by: Person, offered: Collection[str]) -> dict[str, Any]:
    """``answers``, ``unanswered`` (required questions that the door could not ask), ``owed`` (the conditions that matter now) and ``standings`` (who answers for the place in each
    responsibility line) for the page of an order. Tables in memory: no statement.
    """
    owed = []
    for title, name, steps in ((_("立案条件"), "filing", _FILES), (_("结案条件"), "closing", _CLOSES)):
        own = tree().own(order.category_id, name) if not steps.isdisjoint(offered) else None
        if own is not None:
            topic, text = own
            above = topic.said if topic.id != order.category_id else ""
            owed.append({"title": title, "text": text, "above": above})
    personal = CONTACT.holds(by, order)
    return {
        "answers": told_answers(order.answers, personal=personal),
        "unanswered": missing(order.category_id, order.answers, on=clock.local(order.opened_at).date())
        if order.open and not order.history
        else [],
        "owed": owed,
        "standings": lines().at(order.grid_id, order.lon, order.lat) if order.grid_id else [],
    }
