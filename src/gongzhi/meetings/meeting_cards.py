"""What rooms above say of a meeting that they called: whose it is and where its record stands.

A room registers one function in its ``AppConfig.ready``; meetings call it without knowing the room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gongzhi.kit.acting import Actor


@dataclass(frozen=True)
class Record:
    """Where the record of a meeting is kept: what it is called, its address, and what the thread's other verbs say."""

    label: str
    url: str


Records = Callable[[list[int], Actor], dict[int, Record]]
Head = Callable[[str, dict[str, Any]], tuple[str, str, str] | None]

_records: dict[str, Records] = {}
_heads: dict[str, Head] = {}


def register(room: str, *, records: Records, head: Head) -> None:
    """``records(meeting ids, actor)`` gives those of this room's; ``head(verb, detail)`` phrases its entries."""
    _records[room] = records
    _heads[room] = head


def records_of(meeting_ids: list[int], *, by: Actor) -> dict[int, Record]:
    """Meeting id → where its record is kept, for meetings that some room called."""
    found: dict[int, Record] = {}
    for function in _records.values():
        found |= function(meeting_ids, by)
    return found


def head_elsewhere(verb: str, detail: dict[str, Any]) -> tuple[str, str, str] | None:
    """How an entry of another room reads, or None when no room knows it."""
    return next((head for function in _heads.values() if (head := function(verb, detail))), None)
