"""What is not told outside the house: counts below five. Pure.

A count below ``LEAST`` is hidden, zero included, so that "nobody" and "one" look the same. If only one count were
hidden, it could be worked out from the sum of the others: then the next smallest is hidden too.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

#: Counts below this are not published (design §7).
LEAST = 5
K = TypeVar("K", bound=Hashable)


def hide_small(counts: Mapping[K, int], least: int = LEAST) -> dict[K, int | None]:
    """The counts with None for those that are hidden."""
    told: dict[K, int | None] = {key: n if n >= least else None for key, n in counts.items()}
    hidden = [key for key, n in told.items() if n is None]
    shown = sorted((n, repr(key), key) for key, n in counts.items() if told[key] is not None)
    if len(hidden) == 1 and shown:
        told[shown[0][2]] = None
    return told
