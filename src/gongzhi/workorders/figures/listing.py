"""The orders behind a number, for whoever oversees the area: by the same condition that counted them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Forbidden
from gongzhi.matters.figures import Behind, Selection
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.figures.counting import counted, rows_counted
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.words.titles import topic_name

#: Who may look at an area as a whole, number by number and row by row.
OVERSEERS = (Role.CLERK, Role.LEADER, Role.AUDITOR)
#: Points of a heat map at most.
MOST_POINTS = 20_000


def require_overseer(by: Person, division_id: int) -> None:
    """Raise Forbidden unless this person oversees the division or one above it."""
    area = ground().areas.get(division_id)
    if area is None or not any(area.within(path) for path in by.areas(*OVERSEERS)):
        raise Forbidden(_("您不负责这个地方，看不到这里的数字和名单。"), code="not_your_area")


def behind(selection: Selection) -> QuerySet[WorkOrder]:
    """The orders that a number counts."""
    figure = counted(selection.figure)
    rows = rows_counted(
        figure.base, selection.division_id, since=selection.since, until=selection.until,
        narrow=dict(selection.narrow),
    )  # fmt: skip
    return rows.filter(figure.where(selection.at))


def listed(selection: Selection, *, by: Person, skip: int = 0, size: int = 50) -> tuple[list[Behind], int]:
    """A page of the orders behind a number, and how many there are. Two statements. Forbidden outside one's area."""
    require_overseer(by, selection.division_id)
    rows = behind(selection)
    order = ("next_due_at", "pk") if counted(selection.figure).base == "now" else ("-opened_at", "-pk")
    total = rows.count()
    return rows_of(rows.order_by(*order)[skip : skip + size], now=selection.at), total


def listed_issue(
    ids: Iterable[int], *, division_id: int, by: Person, at: datetime, skip: int = 0, size: int = 50
) -> tuple[list[Behind], int]:
    """The same for the orders of a hot issue."""
    require_overseer(by, division_id)
    rows = WorkOrder.objects.filter(in_area(division_id), pk__in=list(ids))
    return rows_of(rows.order_by("-opened_at", "-pk")[skip : skip + size], now=at), rows.count()


def rows_of(rows: QuerySet[WorkOrder], *, now: datetime, aloud: bool = False) -> list[Behind]:
    """Orders as rows of a list. One statement.

    ``aloud``: for a wall that everybody in the room reads: named by category and place, of private ones not even the place.
    """
    from gongzhi.workorders.cards.rows import row_of

    out = []
    for order in rows.defer("description", "words", "suggestions", "facets"):
        row = row_of(order, now=now)
        hides = aloud and order.private
        title = topic_name(order.category_id) if aloud else row.title
        out.append(
            Behind(
                row.id, row.number, title, reverse("workorders:desk_order", args=[row.id]), row.state, row.tone,
                "" if hides else row.place, row.unit, row.category, row.opened_at, row.due_at, row.due_state, row.due_share, row.due_left,
            )
        )  # fmt: skip
    return out


def points(selection: Selection, *, by: Person, most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Where the orders behind a number are (WGS-84), newest first. Forbidden outside one's area. One statement."""
    require_overseer(by, selection.division_id)
    rows = behind(selection).filter(lon__isnull=False, lat__isnull=False).order_by("-opened_at")
    return [(lon or 0.0, lat or 0.0) for lon, lat in rows.values_list("lon", "lat")[:most]]


def pressing(division_id: int, *, at: datetime, most: int = 6) -> list[Behind]:
    """Open orders whose promise breaks next: those not yet broken, the nearest first. For a wall. One statement."""
    rows = WorkOrder.objects.filter(in_area(division_id), open=True, next_due_at__gte=at)
    return rows_of(rows.order_by("next_due_at", "pk")[:most], now=at, aloud=True)


def began(division_id: int) -> datetime | None:
    """When the oldest order of a division came in: before that there is nothing to compare with. One statement."""
    rows = WorkOrder.objects.filter(in_area(division_id)).order_by("opened_at", "pk")
    return rows.values_list("opened_at", flat=True).first()
