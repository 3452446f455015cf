"""Calling the reporter after the answer (回访): put on the list, called, written down what they said.

Whoever handled the order does not call. What is said on the telephone counts as the resident's rating only where they
have not rated themselves, and is marked so.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.workorders.actions.answering import keep_rating
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import Visit, WorkOrder
from gongzhi.workorders.workflow import RELEASED


@transaction.atomic
def visit(
    order_id: int,
    *,
    reached: bool,
    solved: bool | None = None,
    satisfied: int | None = None,
    text: str = "",
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Write down a call. Reached: the order is rated in their stead and closes, unless they rated it themselves.

    Not reached: it stays as it is, on the list for the next attempt.
    """
    order = locked(order_id, by=by, seen=seen)
    if reached:
        _whole(solved, satisfied)
    number = order.reopened + 1
    rated = order.ratings.filter(round=number).exists()
    rates = reached and not rated
    detail: dict[str, object] = {"reached": reached}
    if reached:
        detail |= {"solved": solved, "satisfied": satisfied}
    else:
        detail["attempt"] = order.visits.filter(round=number).count() + 1
    stays = order.state == RELEASED and not reached
    take(
        order,
        "visit",
        by=by,
        at=at,
        text=text.strip()[:1000],
        detail=detail,
        fields={"to_visit": not reached} | ({"solved": solved, "satisfied": satisfied} if rates else {}),
        target=RELEASED if stays else None,
        clock={} if stays else None,
    )
    Visit.objects.create(
        order=order, round=number, by_id=by.account_id, at=at, reached=reached,
        solved=solved if reached else None, satisfied=satisfied if reached else None, text=text.strip()[:1000],
    )  # fmt: skip
    if rates and solved is not None and satisfied is not None:
        keep_rating(order, solved=solved, satisfied=satisfied, by_visit=True, at=at)
    return order


def _whole(solved: bool | None, satisfied: int | None) -> None:
    if solved is None:
        sentence = _("联系上了的，请选问题解决了没有。")
        raise Invalid(sentence, code="solved", fields={"solved": [sentence]})
    if satisfied not in range(1, 6):
        sentence = _("联系上了的，请选满意程度。")
        raise Invalid(sentence, code="satisfied", fields={"satisfied": [sentence]})


@transaction.atomic
def plan_visit(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Put an order on the list of those to be called."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "plan_visit", by=by, at=at, fields={"to_visit": True})
    return order


@transaction.atomic
def drop_visit(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Nobody needs to call any more."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "drop_visit", by=by, at=at, fields={"to_visit": False})
    return order
