"""What the installed rooms show at the front desk, asked through their manifests. The desk imports no room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from gongzhi.kit import clock
from gongzhi.matters import kinds
from gongzhi.people.actor import Person

#: The boards in the order in which people know them.
BOARDS = ("city", "daily", "affairs", "campus", "volunteers", "common-good")
#: Counting is not repeated for every visitor.
NUMBERS_KEPT_SECONDS = 60


def _each(slot: str) -> list[tuple[str, Any]]:
    """The functions that rooms offer for a slot."""
    return [(kind.code, kind.cards[slot]) for kind in kinds.known() if slot in kind.cards]


def boards(person: Person) -> list[dict[str, Any]]:
    """Doors of the boards that have something behind them."""
    found: dict[str, dict[str, Any]] = {}
    for _kind, ask in _each("boards"):
        for board in ask(person):
            found.setdefault(board["code"], board)
    order = {code: place for place, code in enumerate(BOARDS)}
    return sorted(found.values(), key=lambda board: order.get(board["code"], 99))


def mine(person: Person) -> list[dict[str, Any]]:
    """Everything a person takes part in, newest first."""
    rows = [row for _kind, ask in _each("mine") for row in ask(person)]
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def marks(
    since: datetime, *, grid_id: int | None = None, board: str = "", most: int = 500
) -> list[dict[str, Any]]:
    """What is public of recent matters, newest first."""
    rows = [
        row
        for _kind, ask in _each("public_marks")
        for row in ask(since, grid_id=grid_id, board=board, most=most)
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:most]


def topics() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be followed, by board: (code, name, [(code, name) …])."""
    return [row for _kind, ask in _each("public_topics") for row in ask()]


def dates(since: datetime) -> list[dict[str, Any]]:
    """Days that are open to residents, from a moment on, the next first."""
    rows = [row for _kind, ask in _each("public_dates") for row in ask(since)]
    return sorted(rows, key=lambda row: (row["begins"], row["key"]))


def numbers(since: datetime) -> dict[str, int]:
    """Received since a moment, and of those closed, over all rooms. Kept for a minute."""
    key = f"counter.numbers.{since:%Y%m%d%H}"
    kept: dict[str, int] | None = cache.get(key)
    if kept is None:
        kept = {"received": 0, "closed": 0}
        for _kind, ask in _each("numbers"):
            for name, count in ask(since).items():
                kept[name] = kept.get(name, 0) + count
        cache.set(key, kept, NUMBERS_KEPT_SECONDS)
    return kept


def midnight(days_ago: int = 0) -> datetime:
    """The beginning of a local day."""
    here = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return here - timedelta(days=days_ago)


def export(person: Person) -> dict[str, Any]:
    """What each room keeps of a person."""
    return {kind: ask(person) for kind, ask in _each("export")}


def holdings(person: Person) -> dict[str, int]:
    """How many matters erasing would concern, over all rooms."""
    total = {"all": 0, "open": 0}
    for _kind, ask in _each("holdings"):
        for name, count in ask(person).items():
            total[name] += count
    return total


def erase(person: Person, at: datetime) -> int:
    """Let each room forget a person; how many matters it concerned."""
    return sum(ask(person, at) for _kind, ask in _each("erase"))
