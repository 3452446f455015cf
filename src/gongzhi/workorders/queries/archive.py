"""What the archive holds: its years."""

from __future__ import annotations

from django.db.models import Min

from gongzhi.kit.revision import cached
from gongzhi.workorders.models import WorkOrder


def _read() -> tuple[int, ...]:
    """The years, from the index: one short look for each, however many orders they have."""
    found: list[int] = []
    while True:
        rows = WorkOrder.objects.filter(archived__gt=found[-1] if found else 0)
        year = rows.aggregate(year=Min("archived"))["year"]
        if year is None:
            return tuple(reversed(found))
        found.append(year)


def archived_years() -> tuple[int, ...]:
    """Years of which something is archived, the newest first. Kept in memory."""
    return cached("archive", _read)
