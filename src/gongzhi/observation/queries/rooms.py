"""The rooms, asked through their manifests. Everything that the window counts comes through here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gongzhi.kit.errors import NotFound
from gongzhi.matters import kinds
from gongzhi.matters.figures import Figure

#: What a room must offer to be observed.
NEEDED = ("figures", "tally", "said", "listed")


def observed() -> list[kinds.Kind]:
    """The kinds that can be counted, in the order in which they were made known."""
    return [kind for kind in kinds.known() if all(slot in kind.cards for slot in NEEDED)]


def first() -> kinds.Kind | None:
    """The kind that the board shows unless told otherwise."""
    return next(iter(observed()), None)


def kind_of(code: str) -> kinds.Kind:
    """An observed kind. NotFound for any other code; without a code the first."""
    for kind in observed():
        if not code or kind.code == code:
            return kind
    raise NotFound


def ask(kind: kinds.Kind, slot: str) -> Callable[..., Any]:
    """The function of a slot; NotFound when the room does not offer it."""
    if slot not in kind.cards:
        raise NotFound
    return kind.cards[slot]


def figures(kind: kinds.Kind) -> dict[str, Figure]:
    """Everything that can be counted of a kind, by code."""
    return {figure.code: figure for figure in ask(kind, "figures")()}
