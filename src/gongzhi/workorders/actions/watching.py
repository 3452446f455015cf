"""Seeing that something gets done: urge, supervise, remark, report back, lift (催办 督办 批示 反馈 解除)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.components.words import moment_words
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.images import Picture
from gongzhi.matters.kinds import Term
from gongzhi.people.roles import RESIDENT
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.steps import locked, take, terms_of, unit_name
from gongzhi.workorders.models import Supervision, WorkOrder
from gongzhi.workorders.policies import SUPERVISES

#: How long the reporter waits before urging again.
BETWEEN = timedelta(hours=24)


def next_urge(order: WorkOrder, *, at: datetime) -> datetime | None:
    """When the reporter may urge again; None when they may now. One statement, none when nobody has urged."""
    if not order.urged:
        return None
    # A reporter may hold a post as well: then the record calls them by it.
    theirs = Q(part=RESIDENT) | (Q(by_id=order.reporter_id) if order.reporter_id else Q())
    rows = order.matter.thread.entries.filter(theirs, verb="workorders.urge", at__gt=at - BETWEEN)
    last = rows.order_by("-position").values_list("at", flat=True).first()
    return last + BETWEEN if last else None


@transaction.atomic
def urge(order_id: int, *, text: str = "", by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Ask that it be done soon. Staff as often as they see fit, the reporter once in 24 hours."""
    order = locked(order_id, by=by, seen=seen)
    again = None if SUPERVISES.holds(by, order) else next_urge(order, at=at)
    if again is not None:
        raise Conflict(
            _("您已经催过了，单位看得到。"),
            help=_("{moment} 以后可以再催一次。").format(moment=moment_words(again, at)),
            code="urged_lately",
        )
    take(order, "urge", by=by, at=at, text=text.strip()[:500], fields={"urged": min(order.urged + 1, 32_000)})
    return order


@transaction.atomic
def supervise(
    order_id: int, *, level: str, text: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Put an order under supervision, or change its level: the unit reports back within the level's time."""
    order = locked(order_id, by=by, seen=seen)
    if level not in Supervision.values:
        raise Invalid(_("请选择督办级别。"), code="level", fields={"level": [_("请选择督办级别。")]})
    if order.supervised == level:
        raise Conflict(
            _("这件已经是{level}。").format(level=Supervision(level).label),
            help=_("可以换一个级别，或者先解除。"),
            code="supervised_already",
        )
    plain = terms_of(order)

    def term(promise: str) -> Term | None:
        return (
            (plain(f"report_back_{level}") or plain(promise)) if promise == "report_back" else plain(promise)
        )

    take(
        order,
        "supervise",
        by=by,
        at=at,
        text=words_of_step(text, _("请写明要求。")),
        detail={"level": level},
        fields={"supervised": level},
        term_of=term,
    )
    return order


@transaction.atomic
def remark(order_id: int, *, text: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """A leader's remark to colleagues."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "remark", by=by, at=at, text=words_of_step(text, _("请写下批示。")))
    return order


@transaction.atomic
def report_back(
    order_id: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """The unit says how far it is. The supervision stands until it is lifted."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "report_back",
        by=by,
        at=at,
        text=words_of_step(text, _("请写明办到哪一步了。")),
        detail={"unit": unit_name(order)},
        pictures=pictures,
    )
    return order


@transaction.atomic
def lift(order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """End the supervision."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "lift", by=by, at=at, text=note.strip(), fields={"supervised": ""})
    return order
