"""One act in the life of an invented report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Step:
    """One act. ``by`` is clerk, handler, checker, leader, grid, reporter, outside or system; ``detail`` holds what the
    verb needs besides text.

    dispatch: ``auto`` (bool) · merge: ``target`` (number of a story) · confirm and rate: ``solved``, ``satisfied``
    (bools; satisfied None = not told) · redispatch: nothing, the loader chooses another unit that fits.
    """

    verb: str
    at: datetime
    by: str
    text: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
