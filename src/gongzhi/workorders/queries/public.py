"""What anybody may know: recent orders coarsened to the grid, and the numbers of the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import CLOSED


@dataclass(frozen=True)
class PublicMark:
    """What anybody may know of an order: its category, state and grid. The position is the grid's middle."""

    number: str
    category: str
    state: str
    grid_id: int
    grid: str
    lon: float
    lat: float
    opened_at: datetime
    order_id: int
    category_id: int | None = None
    closed_at: datetime | None = None


def public_marks(*, since: datetime, grid_id: int | None = None, most: int = 500) -> list[PublicMark]:
    """Recent orders for the public map, newest first, coarsened to the grid; private ones are left out."""
    rows = WorkOrder.objects.filter(opened_at__gte=since, private=False, history=False).exclude(grid=None)
    rows = rows.exclude(state__in=("declined", "withdrawn"))
    if grid_id:
        rows = rows.filter(grid_id=grid_id)
    land, topics = ground(), tree()
    out = []
    for pk, number, category_id, state, grid, opened_at, closed_at in rows.order_by(
        "-opened_at", "-pk"
    ).values_list("pk", "number", "category_id", "state", "grid_id", "opened_at", "closed_at")[:most]:
        area = land.areas.get(grid)
        if area is None or area.lon is None or area.lat is None:
            continue
        topic = topics.topics.get(category_id)
        out.append(
            PublicMark(
                number,
                topic.name if topic else _("待分类"),
                state,
                area.id,
                land.name_of(area.id, above=1),
                area.lon,
                area.lat,
                opened_at,
                pk,
                category_id,
                closed_at,
            )
        )
    return out


def public_counts(*, since: datetime) -> dict[str, int]:
    """For the home page: received and closed since a moment."""
    return WorkOrder.objects.filter(opened_at__gte=since, history=False).aggregate(
        received=Count("pk"), closed=Count("pk", filter=Q(state=CLOSED))
    )
