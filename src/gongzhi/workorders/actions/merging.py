"""Reports about the same thing: merge one into another, and take it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How, Link
from gongzhi.workorders.actions.steps import locked, say, take
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import CLOSED, RELEASED, WAITING, WORKFLOW


@transaction.atomic
def merge(order_id: int, *, into_id: int, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Handle an order as part of another. Its promises stand still; taking it back lets them run again."""
    if order_id == into_id:
        raise Invalid(_("不能并入自己。"), code="merge_with_itself")
    # Always in the same order, so that two clerks merging crosswise wait instead of deadlocking.
    rows = {
        key: locked(key, by=by, seen=seen if key == order_id else None) for key in sorted((order_id, into_id))
    }
    order, main = rows[order_id], rows[into_id]
    if not main.open:
        raise Invalid(
            _("要并入的工单已经结束。"), help=_("请选择一件还在办理的工单。"), code="merge_into_closed"
        )
    take(
        order,
        "merge",
        by=by,
        at=at,
        detail={"number": main.number, "into": main.pk, "from_state": order.state},
    )
    matters.link(order.matter, main.matter, How.MERGED_INTO, by=by, at=at)
    journal.write(main.matter.thread, [say("absorb", detail={"number": order.number})], by=by, at=at)
    return order


@transaction.atomic
def unmerge(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Take a merge back: the order stands where it stood before, and its promises run again."""
    lock_main(order_id)
    order = locked(order_id, by=by, seen=seen)
    last = order.matter.thread.entries.filter(verb="workorders.merge").order_by("-position").first()
    before = last.detail.get("from_state") if last else None
    take(
        order,
        "unmerge",
        by=by,
        at=at,
        target=before if before in WORKFLOW.states else None,
        # While the resident is waited for, only that wait runs: the promise to answer had stopped before the merge.
        clock={"supply": "resume"} if before == WAITING else None,
    )
    stand_alone(order, by=by, at=at)
    return order


def lock_main(order_id: int) -> None:
    """Lock the thread of the order that this one is merged into: the smaller key first, as in merging."""
    held = Link.objects.filter(origin_id=order_id, how=How.MERGED_INTO, ended_at=None)
    main_id = held.values_list("target_id", flat=True).first()
    if main_id is not None and main_id < order_id:
        journal.lock(main_id)


def stand_alone(order: WorkOrder, *, by: Actor, at: datetime) -> None:
    """End the link of a merged order, and say so to the other."""
    main = matters.unlink(order.matter, How.MERGED_INTO, by=by, at=at)
    if main is not None:
        thread = journal.lock(main.pk)
        journal.write(thread, [say("release", detail={"number": order.number})], by=by, at=at)


def main_of(order: WorkOrder) -> WorkOrder | None:
    """The order that this one was merged into, or None. One statement."""
    held = Link.objects.filter(origin_id=order.pk, how=How.MERGED_INTO, ended_at=None)
    return WorkOrder.objects.filter(pk__in=held.values("target_id")).first()


def has_answer(main: WorkOrder) -> bool:
    """Was an answer given that those merged into this order can speak of?"""
    return main.state in (RELEASED, CLOSED)


def must_have_answer(main: WorkOrder) -> None:
    """Raise Conflict as long as there is nothing to speak of."""
    if not has_answer(main):
        raise Conflict(
            _("一起办的那件还没有答复。"), help=_("有了答复，就可以在这里评价。"), code="not_answered_yet"
        )
