"""How hand-overs and the published overlap look: one row each, and the block on an order's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.police import WAITING
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.police import HandOver, HandOverState, Way
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.queries import police as queries
from gongzhi.workorders.words.titles import title_for
from gongzhi.workorders.workflow import HANDED, WITH_POLICE

_TONES = {
    HandOverState.RECEIVED: "done", HandOverState.QUEUED: "waiting", HandOverState.SENT: "working",
    HandOverState.PAPER: "soon", HandOverState.TAKEN: "done", HandOverState.RETURNED: "refused",
    HandOverState.RECALLED: "closed",
}  # fmt: skip


def told(row: HandOver, *, by: Any = None) -> dict[str, Any]:
    """A hand-over as pages show it."""
    open_ = by is None or RULES.may(by, "see", row.order)
    return {
        "row": row,
        "state": str(HandOverState(row.state).label),
        "tone": _TONES[HandOverState(row.state)],
        "out": row.way == Way.OUT,
        "waits": row.state in WAITING,
        "partner": row.partner.organisation.name if row.partner else "",
        "url": reverse("workorders:desk_order", args=[row.order_id]) if open_ else "",
        "title": title_for(row.order, by=by) if by is not None else "",
        "sheet": reverse("workorders:handover_sheet", args=[row.order_id]) if row.way == Way.OUT else "",
    }


def overlap_rows(months: list[queries.Month], *, all_: bool = False) -> list[dict[str, Any]]:
    """Months as a table shows them; what may not be published only with ``all_``."""
    return [
        {
            "street": ground().name_of(one.street_id),
            "month": one.month,
            "calls": one.seen.calls if one.seen.shown or all_ else None,
            "count": one.seen.not_police if one.seen.shown or all_ else None,
            "share": one.seen.share if one.seen.shown or all_ else None,
            "shown": one.seen.shown,
        }
        for one in months
    ]


def of_order(order: WorkOrder) -> dict[str, Any] | None:
    """The hand-over by which an order came from the police, or is or ended with them. One statement for those, none
    for all others: what was given back stands in the timeline."""
    if order.channel != Channel.POLICE and order.state not in (WITH_POLICE, HANDED):
        return None
    row = queries.last_handover(order)
    return told(row) | {"kind": row.get_kind_display()} if row else None
