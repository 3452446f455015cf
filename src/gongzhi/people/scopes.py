"""What a key for a program may be for. Rooms register theirs in ``AppConfig.ready``; a door asks with :func:`allows`.

``read`` and ``write`` are wide: they cover every scope below them, those of rooms that come later too. A scope never gives
more than its account may do: it only takes away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

READ, WRITE = "read", "write"


@dataclass(frozen=True)
class Scope:
    """One thing a key may be for. ``wide`` is the scope that covers it: ``read`` or ``write``."""

    code: str
    label: Any
    wide: str


_known: dict[str, Scope] = {}


def register(*scopes: Scope) -> None:
    """Add scopes; the same code replaces the former one, so that reloading is harmless."""
    for scope in scopes:
        if scope.wide not in (READ, WRITE):
            raise ValueError(f"{scope.code}: wide is {READ} or {WRITE}, not {scope.wide!r}")
        _known[scope.code] = scope


def known() -> tuple[Scope, ...]:
    """Every scope that can be given, as registered."""
    return tuple(_known.values())


def allows(given: Iterable[str], wanted: str) -> bool:
    """Does a key with these scopes open what asks for ``wanted``? An empty ``wanted`` asks for none."""
    held = frozenset(given)
    if not wanted or wanted in held:
        return True
    scope = _known.get(wanted)
    return scope is not None and scope.wide in held


def labels(given: Iterable[str]) -> list[Any]:
    """What a key is for, in words; a wide scope says all that it covers."""
    return [scope.label for scope in known() if allows(given, scope.code)]
