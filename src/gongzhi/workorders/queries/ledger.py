"""The four ledgers (退单 延期 挂账 作废): what was asked and decided, and how much each unit leans on it.

The share of a unit is: requests granted or pending within the window / orders it had within the window. Had: orders
of the window that are theirs now, and those of its requests that are no longer. Above its cap a unit is shown, never
stopped. Only counts of units: no single worker is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import AREA_ROLES, UNIT_ROLES
from gongzhi.workorders.models import Asking, Cap, Request, WorkOrder
from gongzhi.workorders.policies import STAFF, in_area

#: Requests that count: a refused one, or one that nobody needed any more, is no leaning.
_COUNTS = (Request.State.PENDING, Request.State.GRANTED)
#: Of fewer requests than this nobody says that a unit leans on them: one of four is no habit.
FEWEST = 3
#: Window of the shares where no cap says another.
WINDOW_DAYS = 30


def _own(by: Person) -> Q:
    """Requests a person may read: of orders they see, and those their unit made."""
    found = Q(order_id__in=WorkOrder.objects.filter(STAFF.where(by)).values("pk"))
    units = by.organisations(*UNIT_ROLES)
    return found | Q(unit_id__in=sorted(units)) if units else found


def entries(
    kind: str, *, by: Person, unit_id: int | None = None, month: date | None = None, state: str = ""
) -> QuerySet[Request]:
    """A ledger, newest first, as far as this person may read it; of one unit, of one month, if asked."""
    rows = Request.objects.filter(_own(by), kind=kind)
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    if month is not None:
        begin, end = month_of(month)
        rows = rows.filter(asked_at__gte=begin, asked_at__lt=end)
    if state:
        rows = rows.filter(state=state)
    return rows.select_related("order", "unit", "asked_by", "decided_by").order_by("-asked_at", "-pk")


def month_of(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day's month, and of the next."""
    zone = timezone.get_default_timezone()
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


@dataclass(frozen=True)
class Limit:
    """A cap in force: percent of the orders a unit had in so many days. ``own``: set for this unit alone."""

    percent: int
    window_days: int
    own: bool


def limits(kind: str) -> dict[int | None, Limit]:
    """The caps of a kind by unit; None is the one for all others. One statement."""
    return {
        row.unit_id: Limit(row.percent, row.window_days, row.unit_id is not None)
        for row in Cap.objects.filter(kind=kind)
    }


@dataclass(frozen=True)
class Lean:
    """How much a unit leans on a kind of request."""

    unit_id: int
    unit: str
    asked: int
    had: int
    limit: Limit | None
    window_days: int

    @property
    def share(self) -> float:
        """Asked / had; 1 where everything it had was asked about."""
        return min(1.0, self.asked / self.had) if self.had else 0.0

    @property
    def over(self) -> bool:
        """More than its cap allows, and often enough to mean something?"""
        return (
            self.limit is not None
            and self.asked >= FEWEST
            and self.asked * 100 > self.limit.percent * self.had
        )

    @property
    def few(self) -> bool:
        """Above the cap, but by so few requests that it means nothing?"""
        return (
            self.limit is not None
            and self.asked < FEWEST
            and self.asked * 100 > self.limit.percent * self.had
        )


def leaning(kind: str, *, by: Person, now: datetime) -> list[Lean]:
    """Every unit that asked within its window, those above their cap first. Two statements per length of window."""
    caps = limits(kind)
    common = caps.get(None)
    usual = common.window_days if common else WINDOW_DAYS
    windows: dict[int, list[int]] = {}
    for unit_id, limit in caps.items():
        if unit_id is not None:
            windows.setdefault(limit.window_days, []).append(unit_id)
    own = [unit_id for unit_id in caps if unit_id is not None]
    found = [
        row
        for days, units in windows.items()
        for row in _counted(kind, Q(unit_id__in=units), days, caps, by=by, now=now)
    ]
    found += _counted(kind, ~Q(unit_id__in=own) if own else Q(), usual, caps, by=by, now=now)
    return sorted(found, key=lambda row: (not row.over, -row.share, row.unit))


def _view(by: Person) -> tuple[Q, Q]:
    """What a person sees counted: (a condition on orders, the same on requests)."""
    areas = [post.division_id for post in by.holding(*AREA_ROLES) if post.division_id]
    units = sorted(by.organisations(*UNIT_ROLES))
    orders, requests = Q(unit_id__in=units), Q(unit_id__in=units)
    for division_id in areas:
        where = in_area(division_id)
        orders |= where
        requests |= Q(order_id__in=WorkOrder.objects.filter(where).values("pk"))
    return orders, requests


def _counted(
    kind: str, which: Q, days: int, caps: dict[int | None, Limit], *, by: Person, now: datetime
) -> list[Lean]:
    since = now - timedelta(days=days)
    orders, requests = _view(by)
    asked = (
        Request.objects.filter(which, requests, kind=kind, state__in=_COUNTS, asked_at__gte=since)
        .exclude(unit=None)
        .values("unit_id")
        .annotate(
            n=Count("pk"),
            gone=Count(
                "order_id",
                distinct=True,
                filter=Q(order__opened_at__lt=since) | ~Q(order__unit_id=F("unit_id")) | Q(order__unit=None),
            ),
        )
    )
    counted = {row["unit_id"]: row for row in asked}
    if not counted:
        return []
    had = dict(
        WorkOrder.objects.filter(orders, unit_id__in=list(counted), opened_at__gte=since)
        .values("unit_id")
        .annotate(n=Count("pk"))
        .values_list("unit_id", "n")
    )
    bodies = organisations()
    return [
        Lean(
            unit_id,
            bodies[unit_id].label if unit_id in bodies else "",
            row["n"],
            had.get(unit_id, 0) + row["gone"],
            caps.get(unit_id) or caps.get(None),
            days,
        )
        for unit_id, row in counted.items()
    ]


def pending_counts(by: Person) -> dict[str, int]:
    """How many requests of each kind wait for a decision. One statement."""
    rows = (
        Request.objects.filter(_own(by), state=Request.State.PENDING).values("kind").annotate(n=Count("pk"))
    )
    counted = dict(rows.values_list("kind", "n"))
    return {kind: counted.get(kind, 0) for kind in Asking.values}
