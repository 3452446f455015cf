"""Having somebody look before a report is taken up: the grid goes there and says what it found (核实)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.kit.images import Picture
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import WorkOrder


@transaction.atomic
def ask_verify(
    order_id: int, *, question: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Ask the grid to look. The time to dispatch stands still meanwhile; the promise to the resident does not."""
    order = locked(order_id, by=by, seen=seen)
    if order.grid_id is None:
        sentence = _("还不知道在哪个网格，请先改位置。")
        raise Invalid(sentence, code="grid_first", fields={"question": [sentence]})
    take(order, "ask_verify", by=by, at=at, text=words_of_step(question, _("请写明要看什么。"), "question"))
    return order


@transaction.atomic
def verify(
    order_id: int,
    *,
    found: bool,
    text: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Say whether it is so, and what it looks like. The clerk decides what follows."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "verify",
        by=by,
        at=at,
        text=words_of_step(text, _("请写明现场的情况。")),
        detail={"found": found},
        pictures=pictures,
    )
    return order


@transaction.atomic
def take_back(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The clerk no longer waits for the grid."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "take_back", by=by, at=at)
    return order
