"""Small tables kept in memory (rules, polygons, categories) and refreshed when the database says they changed.

`cached("responsibilities", load)` gives the table; an action that changes it calls `bump("responsibilities")`
after its last write, in the same transaction. One statement reads all stamps, once per request (`one_look`).

A stamp is a random number, never a count: a transaction that is rolled back takes its stamp with it, and nobody
can meet the same stamp with other contents.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection

from gongzhi.kit.db.prepared import fetch

T = TypeVar("T")

_kept: dict[str, tuple[int, Any]] = {}
_loading = threading.RLock()
_look: ContextVar[dict[str, int] | None] = ContextVar("gongzhi_revisions", default=None)


def _stamps() -> dict[str, int]:
    return dict(fetch("SELECT name, stamp FROM kit_revision", ()))  # type: ignore[arg-type]


def stamps() -> dict[str, int]:
    """All stamps; read once per `one_look`, otherwise now."""
    seen = _look.get()
    if seen is None:
        return _stamps()
    if not seen:
        seen.update(_stamps())
        seen.setdefault("", 0)  # marks the look as taken even when the table is empty
    return seen


@contextmanager
def one_look() -> Iterator[None]:
    """Read the stamps at most once while the block runs: a request, a job, a batch of an import.

    Inside another look nothing is read again.
    """
    if _look.get() is not None:
        yield
        return
    token = _look.set({})
    try:
        yield
    finally:
        _look.reset(token)


def cached(name: str, load: Callable[[], T], *, holds: Callable[[T], bool] = lambda kept: True) -> T:
    """The small table `name` as `load()` gave it, loaded again when its stamp has changed. Do not alter it.

    A table that also depends on the day says with `holds` whether the copy is still right.
    """
    stamp = stamps().get(name, 0)
    kept = _kept.get(name)
    if kept is not None and kept[0] == stamp and holds(kept[1]):
        return kept[1]  # type: ignore[no-any-return]
    with _loading:
        kept = _kept.get(name)
        if kept is not None and kept[0] == stamp and holds(kept[1]):
            return kept[1]  # type: ignore[no-any-return]
        fresh = load()
        _kept[name] = (stamp, fresh)
        return fresh


def bump(name: str) -> None:
    """Say that the small table `name` has changed. Call it after the last write, in the same transaction."""
    stamp = secrets.randbits(62) | 1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_revision (name, stamp) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET stamp = excluded.stamp",
            [name, stamp],
        )
    seen = _look.get()
    if seen:
        seen[name] = stamp


def forget() -> None:
    """Drop every copy of this process (tests; after a restore)."""
    _kept.clear()
