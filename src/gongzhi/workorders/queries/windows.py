"""Searching the newest, or the oldest, without reading the matches of all years.

The search index knows of every order the day on which it came (``WorkOrder.facets``). It is asked for the rows of a few
days, then of more, until there are enough; only what is rare is looked for in all years. What a search costs thus grows
with what it shows and not with what lies in the database.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from gongzhi.workorders.models import WorkOrder

#: So many days, then so many more. The widest go by spans of thirty days, so that a year is not four hundred words.
WINDOWS = (3, 7, 14, 30, 60, 120, 390)
_SPAN = 30


def within_windows(
    rows: QuerySet[WorkOrder], start: datetime, field: str, most: int, *, first: int = WINDOWS[0]
) -> list[int]:
    """Up to ``most`` keys in the order of ``field`` (``opened_at`` or ``-opened_at``) from a moment on, or back from it.
    ``first`` is the window to begin with.

    Fewer than ``most`` means that the widest window does not have them: they are to be looked for in all.
    """
    days: int | None = first
    found: list[int] = []
    while days is not None and len(found) < most:
        span = _span(start, days, back=field.startswith("-"))
        found = fenced_ids(rows.filter(facets__overlap=span), field, most)
        days = _wider(days, len(found), most)
    return found


def fenced_ids(rows: QuerySet[WorkOrder], field: str, most: int) -> list[int]:
    """Keys of rows that are found first and sorted by a field afterwards: without the fence the planner would rather walk
    through a queue in its order and hope to meet them soon."""
    name, falls = field.lstrip("-"), field.startswith("-")
    sql, values = rows.order_by().values_list("pk", name).query.sql_with_params()
    way = "DESC" if falls else "ASC NULLS LAST"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH hit (key, at) AS MATERIALIZED ({sql}) SELECT key FROM hit "
            f"ORDER BY at {way}, key {'DESC' if falls else 'ASC'} LIMIT {int(most)}",
            values,
        )
        return [key for (key,) in cursor.fetchall()]


def _wider(days: int, found: int, most: int) -> int | None:
    """The window after one that had too few; None for all. The first that would have a third of what is wanted if all
    days were alike, but not many times wider: what has just come in is seldom closed, and older days have more of it."""
    wanted = min(days * most / max(found, 1) / 3, 6 * days)
    further = [window for window in WINDOWS if window > days]
    return next((window for window in further if window >= wanted), further[-1] if further else None)


def _span(start: datetime, days: int, *, back: bool) -> list[str]:
    """The facets of so many days from a moment on, or back from it; whole spans where there are many."""
    day = int(start.timestamp() // 86400)
    first, last = (day - days, day + 1) if back else (day, day + days)
    if days <= 2 * _SPAN:
        return [f"d{number}" for number in range(first, last + 1)]
    return [f"p{number}" for number in range(first // _SPAN, last // _SPAN + 1)]
