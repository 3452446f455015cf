"""Who else can say whether something is as it left here: floors above register a function, ``verify`` asks them all.

A function is given what was typed, and the bytes when that was a file; it answers (in order, sentence) or None.
"""

from __future__ import annotations

from collections.abc import Callable

Recogniser = Callable[[str, bytes | None], tuple[bool, str] | None]

_RECOGNISERS: list[Recogniser] = []


def register(recogniser: Recogniser) -> None:
    """Ask this function, too. Registering twice is harmless."""
    if recogniser not in _RECOGNISERS:
        _RECOGNISERS.append(recogniser)


def recognise(given: str, content: bytes | None) -> list[tuple[bool, str]]:
    """What everybody says of it; empty when nobody knows this kind of thing."""
    return [told for one in _RECOGNISERS if (told := one(given, content)) is not None]
