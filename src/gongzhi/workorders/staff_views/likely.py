"""Likely answers of the knowledge base beside a consultation, fetched after its page is shown.

The page itself pays no statement for them. Which answers are likely is said by ``gongzhi.knowledge.queries``.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gongzhi.kit import clock
from gongzhi.knowledge import queries as knowledge
from gongzhi.knowledge.policies import DOORS
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.staff_steps import possible
from gongzhi.workorders.staff_views.bench import staff_order
from gongzhi.workorders.tables import tree

#: The keys that put the first, second and third answer into the form; 1 and 2 are the suggested categories.
KEYS = ("7", "8", "9")
#: The field of the answer's form on the order's page.
FIELD = "answer_text"


@require_GET
def likely(request: HttpRequest, order_id: int) -> HttpResponse:
    """Three likely answers to an order's words (a fragment); with a key each when this person may answer now."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    order = staff_order(order_id, by=by)
    topics = tree().topics
    guesses = {topics[key].code: share for key, share in order.suggestions if key in topics}
    if order.category_id in topics:
        guesses[topics[order.category_id].code] = 1.0 if order.confidence == 1.0 else 0.8
    found = knowledge.suggest(
        order.description,
        at=clock.now(),
        division_id=order.grid_id or order.community_id,
        topics=guesses,
    )
    answers_now = any(step.verb == "answer" for step, _rule in possible(order, by=by))
    context = {
        "likely": [{**{name: getattr(hit, name) for name in ("answer", "score", "reason", "mark", "where")},
                    "letter": key} for hit, key in zip(found, KEYS, strict=False)],
        "fills": FIELD if answers_now else "",
        "order": order,
        "category_code": topics[order.category_id].code if order.category_id in topics else "",
        "may_write": DOORS.may(by, "write", None),
    }  # fmt: skip
    return render(request, "workorders/staff/likely.html", context)
