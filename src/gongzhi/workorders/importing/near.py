"""Comparing the rows of an import with what is there: open orders, and the rows before them.

A page asks for the neighbours of one report in its grid; a file brings thousands that often have no place, so they are
compared by their words with everything at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from civics.nearness import WORTH_SHOWING, NearnessIndex
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.understanding import Neighbour
from gongzhi.workorders.workflow import ACTIVE, CLOSED

#: So many reports are kept for comparing, the newest: about 4 kB each.
MOST = 20_000


@dataclass(frozen=True)
class _Known:
    number: str
    title: str
    state: str
    grid_id: int | None
    opened_at: datetime


class Neighbourhood:
    """Reports to compare with, kept in memory while a file is read."""

    def __init__(self, *, as_history: bool, source: str) -> None:
        self._as_history = as_history
        self._index = NearnessIndex()
        self._known: dict[int, _Known] = {}
        self._order: deque[int] = deque()
        # inflow is compared with what is open; history with what came from the same place
        rows = WorkOrder.objects.order_by("-opened_at", "-pk")
        rows = (
            rows.filter(source=source, history=True)
            if as_history
            else rows.filter(state__in=ACTIVE, open=True)
        )
        fields = ("pk", "number", "title", "description", "state", "grid_id", "opened_at", "lon", "lat")
        for pk, number, title, text, state, grid_id, opened_at, lon, lat in reversed(
            list(rows.values_list(*fields)[:MOST])
        ):
            where = (lon, lat) if lon is not None else None
            self._keep(pk, _Known(number, title, state, grid_id, opened_at), f"{title}\n{text}", where)

    def _when(self, opened_at: datetime | None) -> datetime | None:
        # what arrives now was written over months, and its moment of arrival says nothing
        return opened_at if self._as_history else None

    def _keep(self, pk: int, known: _Known, text: str, where: tuple[float, float] | None) -> None:
        self._index.add(pk, text, when=self._when(known.opened_at), where=where)
        self._known[pk] = known
        self._order.append(pk)
        if len(self._order) > MOST:
            gone = self._order.popleft()
            self._index.remove(gone)
            del self._known[gone]

    def of(self, draft: Draft) -> list[Neighbour]:
        """Up to three reports that are probably about the same thing, best first."""
        where = (draft.lon, draft.lat) if draft.lon is not None and draft.lat is not None else None
        found = self._index.nearest(
            f"{draft.title}\n{draft.description}", 3, when=self._when(draft.opened_at), where=where
        )
        out = []
        for pk, score, why in found:
            known = self._known[pk]
            if score >= WORTH_SHOWING:
                out.append(
                    Neighbour(
                        pk,
                        known.number,
                        known.title,
                        known.state,
                        score,
                        why,
                        known.grid_id,
                        known.opened_at,
                    )
                )
        return out

    def add(self, order: WorkOrder) -> None:
        """Compare what follows with this one too."""
        if not self._as_history and order.state == CLOSED:
            return
        where = (order.lon, order.lat) if order.lon is not None and order.lat is not None else None
        known = _Known(order.number, order.title, order.state, order.grid_id, order.opened_at)
        self._keep(order.pk, known, f"{order.title}\n{order.description}", where)
