"""How much people have to do: each room above tells us through two functions, and we add them up.

The people do not know the rooms; a room registers itself in its ``AppConfig.ready``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

CountOf = Callable[[Collection[int]], dict[int, int]]


@dataclass(frozen=True)
class Load:
    """What a room tells: open matters per account, and per area."""

    of_people: CountOf
    in_areas: CountOf


_loads: dict[str, Load] = {}


def register(room: str, *, of_people: CountOf, in_areas: CountOf) -> None:
    """Let a room tell its load; the same room again replaces the former functions."""
    _loads[room] = Load(of_people, in_areas)


def of_people(accounts: Collection[int]) -> dict[int, int]:
    """Account → open matters in their hands, over all rooms."""
    total: Counter[int] = Counter()
    for load in _loads.values():
        total.update(load.of_people(accounts) if accounts else {})
    return dict(total)


def in_areas(divisions: Collection[int]) -> dict[int, int]:
    """Area → open matters in it, over all rooms."""
    total: Counter[int] = Counter()
    for load in _loads.values():
        total.update(load.in_areas(divisions) if divisions else {})
    return dict(total)
