"""What a room may be asked to count, in words that windows and rooms share: a figure, a selection, a row behind it.

A *figure* is a named count of matters (received, overdue …). A *selection* is one number as a value: which figure,
where, when, and narrowed to what. Whoever shows the number and whoever lists what is behind it hand over the same
selection, so the two cannot differ. Rooms offer the slots ``figures``, ``tally``, ``listed`` and ``hot`` in
``Kind.cards``; nothing here counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: What every room counts by, where it knows it. Time dimensions follow the moment that the figure is about.
DIMENSIONS = (
    "channel", "appeal", "topic", "category", "unit", "street", "community", "grid", "state", "hour", "day", "month",
)  # fmt: skip
#: The value of a dimension that nobody has filled in: no unit, no grid, no category.
NONE = "none"

Value = int | str | None
Key = tuple[Value, ...]
#: (value, …) → figure → count. The key is empty when nothing is counted by.
Tally = Mapping[Key, Mapping[str, int]]


@dataclass(frozen=True)
class Figure:
    """A named count. ``over`` is ``now`` (how things stand) or ``span`` (what happened between two moments);
    ``good`` says whether more is better (1), worse (-1) or neither (0); ``explained`` is the definition in one sentence."""

    code: str
    label: str
    over: str
    explained: str
    good: int = 0


@dataclass(frozen=True)
class Selection:
    """One number: a figure in a division, as of ``at``; for figures over a span from ``since`` to before ``until``.
    ``narrow`` holds (dimension, value) pairs; NONE stands for "not filled in"."""

    figure: str
    division_id: int
    at: datetime
    since: datetime | None = None
    until: datetime | None = None
    narrow: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Behind:
    """One matter behind a number, as a list shows it."""

    id: int
    number: str
    title: str
    url: str
    state: str
    tone: str
    place: str = ""
    unit: str = ""
    topic: str = ""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    due_state: str = "fine"
    due_share: float = 0.0
    due_left: str = ""


@dataclass(frozen=True)
class HotIssue:
    """Several matters about the same thing. ``daily`` counts reports of the last days, oldest first; ``lately`` and
    ``before`` are the last seven days and the seven before."""

    key: int
    title: str
    matters: tuple[int, ...]
    reporters: int
    open: int
    heat: float
    lately: int
    before: int
    area: str = ""
    topic: str = ""
    daily: tuple[int, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
