"""How many orders were finished in time: one statement over any selection.

Definitions (CJ/T 292, 按期结案率 and 结案率):

- *owed*: orders with a promised moment that are finished, or whose moment has passed (应结案数);
- *finished*: of these, answered, or closed where nobody answered (结案数);
- *on time*: finished at or before the promised moment (按期结案数).

``of_finished`` = on time / finished, ``of_owed`` = on time / owed. Merged, withdrawn and void orders owe nothing, and a
suspended one (缓办) owes nothing while it is. Orders of
history count by the dates of their file. Weights and scores are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import MERGED, SUSPENDED, VOIDED, WITHDRAWN


@dataclass(frozen=True)
class Punctuality:
    """Counts, and the two shares (None when nothing is counted)."""

    owed: int
    finished: int
    on_time: int

    @property
    def of_finished(self) -> float | None:
        """On time / finished."""
        return self.on_time / self.finished if self.finished else None

    @property
    def of_owed(self) -> float | None:
        """On time / owed."""
        return self.on_time / self.owed if self.owed else None


def punctuality(where: Q | None = None, *, now: datetime) -> Punctuality:
    """Count a selection of orders. One statement."""
    rows = WorkOrder.objects.filter(where or Q(), answer_due_at__isnull=False)
    rows = rows.exclude(state__in=(MERGED, WITHDRAWN, SUSPENDED, VOIDED)).annotate(
        done_at=Coalesce("answered_at", "closed_at")
    )
    found = rows.aggregate(
        owed=Count("pk", filter=Q(done_at__isnull=False) | Q(answer_due_at__lte=now)),
        finished=Count("pk", filter=Q(done_at__isnull=False)),
        on_time=Count("pk", filter=Q(done_at__lte=F("answer_due_at"))),
    )
    return Punctuality(**found)
