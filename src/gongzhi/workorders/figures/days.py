"""Which whole days of a span are added up from kept counts, and from which book of them. Not here: what a figure is.

The conditions of the figures are asked of ``DayCount`` as they are asked of the orders: its columns have the same names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from gongzhi.kit import clock
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models import DayCount

#: What each book of a street tells apart, the shortest first. Every book tells the days and what figures ask for.
BOOKS: tuple[tuple[str, frozenset[str]], ...] = (
    ("place", frozenset({"community", "grid"})),
    ("unit", frozenset({"unit"})),
    ("channel", frozenset({"channel", "appeal"})),
    ("topic", frozenset({"category"})),
    ("detail", frozenset({"community", "grid", "category", "channel"})),
)
#: What days and streets tell already, and what is another word for a column.
_TOLD = frozenset({"street", "day", "month"})
_SAME = {"topic": "category"}
#: Areas whose days are kept. A community or a grid has few orders, which an index gives as fast.
_LEVELS = (Level.STREET, Level.DISTRICT)


def book_for(dimensions: Iterable[str]) -> str | None:
    """The shortest book that tells all of these apart; None where only the orders can."""
    wanted = {_SAME.get(one, one) for one in dimensions} - _TOLD
    return next((book for book, told in BOOKS if wanted <= told), None)


def _midnight(at: datetime) -> datetime:
    return clock.local(at).replace(hour=0, minute=0, second=0, microsecond=0)


def whole(since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
    """The whole local days between two moments, if there are two of them: one alone is as soon counted."""
    start, end = _midnight(since), _midnight(until)
    if start < since:
        start = _midnight(start + timedelta(hours=36))
    return (start, end) if end - start > timedelta(hours=36) else None


def kept(
    base: str, division_id: int, *, since: datetime, until: datetime, dimensions: Iterable[str]
) -> tuple[str, datetime, datetime] | None:
    """(book, first midnight, last midnight) of the days that kept counts can tell; None where orders must be read."""
    area = ground().areas.get(division_id)
    if area is None or area.level not in _LEVELS or base == "now":
        return None
    book, days = book_for(dimensions), whole(since, until)
    return None if book is None or days is None else (book, *days)


def rows(base: str, book: str, start: datetime, end: datetime) -> QuerySet[DayCount]:
    """The counts of a book with the news of it, for the days of a span, with the columns that conditions ask for."""
    found = DayCount.objects.filter(base=base, book__in=("", book), day__gte=start, day__lt=end)
    return found.annotate(promised_at=F("day")) if base == "due" else found
