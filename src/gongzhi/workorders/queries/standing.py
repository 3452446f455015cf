"""How a queue stands: its counts, and each unit's open, overdue and rated orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.figures.counting import tally
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries.lists import searched
from gongzhi.workorders.queries.scopes import Scope
from gongzhi.workorders.workflow import CLOSED, TRIAGE

#: What was closed and rated from this time back is counted: a unit is seen as it is now, and old years are not read.
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
    """Open and overdue orders per unit of a queue, and those closed lately that were rated; most open first."""
    open_rows = (
        WorkOrder.objects.filter(scope.where, open=True)
        .exclude(unit=None)
        .values("unit_id")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=now)))
    )
    table: dict[int, dict[str, Any]] = {}
    for row in [*open_rows, *_rated(scope, now)]:
        entry = table.setdefault(row["unit_id"], {"open": 0, "late": 0, "rated": 0, "solved": 0})
        entry.update(row)
    bodies = organisations()
    out = [entry | {"name": bodies[key].label if key in bodies else ""} for key, entry in table.items()]
    return sorted(out, key=lambda row: (-row["open"], row["name"]))


def _rated(scope: Scope, now: datetime) -> Iterable[dict[str, Any]]:
    """Unit by unit what was closed lately and rated: the board's figures of these names. One statement."""
    since, division_id = now - RATED_SINCE, scope.division_id
    narrow: dict[str, str] = {}
    if scope.unit_id is not None:
        body = organisations().get(scope.unit_id)
        division_id, narrow = _district_of(body.division_id if body else None), {"unit": str(scope.unit_id)}
    if division_id is None:  # what a unit shares with others: few
        rows = WorkOrder.objects.filter(scope.where, state=CLOSED, closed_at__gte=since, solved__isnull=False)
        rows = rows.exclude(unit=None)
        solved = Count("pk", filter=Q(solved=True))
        return [*rows.order_by().values("unit_id").annotate(rated=Count("pk"), solved=solved)]  # type: ignore[list-item]
    found = tally(
        ("rated", "solved"),
        division_id=division_id,
        at=now,
        since=since,
        until=now,
        by=("unit",),
        narrow=narrow,
    )
    return [
        {"unit_id": key[0], **counts}
        for key, counts in found.items()
        if key[0] is not None and counts["rated"]
    ]


def _district_of(division_id: int | None) -> int | None:
    """The district above a place: where its units work."""
    land = ground()
    area = land.areas.get(division_id or 0)
    while area is not None and area.level != Level.DISTRICT:
        area = land.areas.get(area.parent_id or 0)
    return area.id if area else None
