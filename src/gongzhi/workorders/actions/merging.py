"""Reports about the same thing: merge one into another, and take it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How, Link
from gongzhi.workorders.actions.steps import locked, say, take
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import WAITING, WORKFLOW


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
    into = Link.objects.filter(origin_id=order_id, how=How.MERGED_INTO, ended_at=None).first()
    if into is not None and into.target_id < order_id:
        journal.lock(into.target_id)  # the smaller number first, as in merging
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
    main = matters.unlink(order.matter, How.MERGED_INTO, by=by, at=at)
    if main is not None:
        thread = journal.lock(main.pk)
        journal.write(thread, [say("release", detail={"number": order.number})], by=by, at=at)
    return order
