"""What stands open on an order for colleagues: a pending request, a supervision, a body outside, and how they read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.people.actor import Person
from gongzhi.workorders.actions.forwarding import code_of, link_ends_at, outside_of
from gongzhi.workorders.actions.requesting import pending
from gongzhi.workorders.models import Asking, Counterpart, WorkOrder
from gongzhi.workorders.policies import CLERK_OR_UNIT


@dataclass(frozen=True)
class Requested:
    """A pending request in words. ``mine``: this person asked and so cannot decide."""

    title: str
    reason: str
    by: str
    at: datetime
    until: datetime | None
    until_label: str
    mine: bool


def requested(order: WorkOrder, *, by: Person) -> Requested | None:
    """The request that waits for a decision. One statement, none when nothing is asked."""
    row = pending(order)
    if row is None:
        return None
    kind = str(Asking(row.kind).label)
    who = row.unit.name if row.unit else _("受理员")
    return Requested(
        title=_("{who}申请{kind}").format(who=who, kind=kind),
        reason=row.reason,
        by=row.asked_by.name if row.asked_by else "",
        at=row.asked_at,
        until=row.until,
        until_label=_("希望延到") if row.kind == Asking.EXTENSION else _("复查日期"),
        mine=row.asked_by_id == by.account_id,
    )


def outside_told(order: WorkOrder, *, by: Person) -> dict[str, Any] | None:
    """The body outside that has the order, or had it last; with the link's path for those who may send it, and
    how it stands in their own system. Two statements: ask only where the order has or had a promise from outside."""
    row = outside_of(order)
    if row is None:
        return None
    waits = row.answered_at is None and row.recalled_at is None
    path = reverse("workorders:outside", args=[code_of(order.pk, row.asked_at)])
    twin = Counterpart.objects.select_related("peer").filter(outside=row).first()
    mine = CLERK_OR_UNIT.holds(by, order)
    ends_at = link_ends_at(row)
    ended = waits and clock.now() >= ends_at
    return {
        "row": row,
        "waits": waits,
        "ends_at": ends_at,
        "ended": ended,
        "path": path if waits and mine else "",
        "twin": twin,
    }
