"""What can be asked of paper forms: the batches of an area, and how many of each are where."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from gongzhi.kit.errors import NotFound
from gongzhi.workorders.models.sheets import SheetBatch


@dataclass(frozen=True)
class Counted:
    """A batch and where its forms are. ``kept`` are not given out, ``out`` are with people."""

    row: SheetBatch
    back: int

    @property
    def last(self) -> int:
        """The number of its last form."""
        return self.row.first + self.row.count - 1

    @property
    def kept(self) -> int:
        """Not given out yet."""
        return self.row.count - self.row.given

    @property
    def out(self) -> int:
        """Given out, not back, not known to be lost."""
        return self.row.given - self.row.missing - self.back


def batches(path: str, *, most: int = 100) -> list[Counted]:
    """The batches of an area, newest first. One statement."""
    rows = SheetBatch.objects.filter(division__path__startswith=path).annotate(back=Count("sheets"))
    return [Counted(row, row.back) for row in rows.select_related("division", "street", "by")[:most]]


def batch(batch_id: int, path: str) -> SheetBatch:
    """A batch of an area. NotFound for others."""
    row = (
        SheetBatch.objects.select_related("division", "street")
        .filter(pk=batch_id, division__path__startswith=path)
        .first()
    )
    if row is None:
        raise NotFound
    return row
