"""How a queue stands: its counts, and each unit's open, overdue and rated orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from gongzhi.people.queries import organisations
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries.lists import searched
from gongzhi.workorders.queries.scopes import Scope
from gongzhi.workorders.workflow import CLOSED, TRIAGE

#: Ratings of reports from this time back are counted: a unit is seen as it is now, and old years are not read.
RATED_SINCE = timedelta(days=90)


@dataclass(frozen=True)
class Counts:
    """How a queue stands."""

    open: int
    late: int
    triage: int
    unplaced: int
    asked: int = 0
    supervised: int = 0


def counts(scope: Scope, *, now: datetime) -> Counts:
    """Open, late, waiting for a clerk, without a place, waiting for a decision, supervised. One statement over the open part of the queue."""
    rows = WorkOrder.objects.filter(open=True)
    rows = rows.filter(scope.where) if scope.ordered else searched(rows, scope, only_open=True)
    row = rows.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(next_due_at__lt=now)),
        triage=Count("pk", filter=Q(state=TRIAGE)),
        unplaced=Count("pk", filter=Q(community_id=None)),
        asked=Count("pk", filter=~Q(asked="")),
        supervised=Count("pk", filter=~Q(supervised="")),
    )
    return Counts(**row)


def units_standing(scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    """Open and overdue orders per unit of a queue, and those reported lately that were rated; most open first."""
    open_rows = (
        WorkOrder.objects.filter(scope.where, open=True)
        .exclude(unit=None)
        .values("unit_id")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=now)))
    )
    rated = (
        WorkOrder.objects.filter(scope.where, state=CLOSED, opened_at__gte=now - RATED_SINCE)
        .exclude(satisfied=None)
        .values("unit_id")
        .annotate(rated=Count("pk"), solved=Count("pk", filter=Q(solved=True)))
    )
    table: dict[int, dict[str, Any]] = {}
    for row in [*open_rows, *rated]:
        entry = table.setdefault(row["unit_id"], {"open": 0, "late": 0, "rated": 0, "solved": 0})
        entry.update(row)
    bodies = organisations()
    out = [entry | {"name": bodies[key].label if key in bodies else ""} for key, entry in table.items()]
    return sorted(out, key=lambda row: (-row["open"], row["name"]))
