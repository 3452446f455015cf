"""Keep numbers for a moment: one count serves every screen, and none is older than a minute.

A kept number is counted again when it is older than a few seconds (longer where counting is dear, never longer than
``OLDEST``). Two processes never count the same at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from gongzhi.kit.acting import Actor
from gongzhi.observation.models import Kept

#: Counted again after this long; a count that took a second is kept twenty times as long.
FRESH = timedelta(seconds=5)
FACTOR = 20
#: Nothing is ever shown that is older.
OLDEST = timedelta(seconds=55)
_LOCK = 0x6B657074  # "kept": the space of our advisory locks


class Encoder(DjangoJSONEncoder):
    """Moments with their microseconds: what a number was counted as of is part of the number."""

    def default(self, o: Any) -> Any:
        """ISO 8601 for moments; Django's way for the rest."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def good_for(took_ms: int) -> timedelta:
    """How long a count is kept that took so long."""
    return min(OLDEST, max(FRESH, timedelta(milliseconds=took_ms * FACTOR)))


@transaction.atomic
def keep(key: str, count: Callable[[], Any], *, by: Actor, at: datetime) -> tuple[Any, datetime]:
    """(content, as of when) under ``key``, counted now unless a recent count is kept. One statement if it is, else five
    besides those of the count.
    """
    kept = Kept.objects.filter(key=key).first()
    if kept is not None and _holds(kept, at):
        return kept.content, kept.at
    if not _mine(key, wait=kept is None or at - kept.at > OLDEST):
        assert kept is not None
        return kept.content, kept.at
    kept = Kept.objects.filter(key=key).first()
    if kept is not None and _holds(kept, at):
        return kept.content, kept.at
    began = time.perf_counter()
    fresh = count()
    took = round((time.perf_counter() - began) * 1000)
    kept, _made = Kept.objects.update_or_create(
        key=key, defaults={"at": at, "took_ms": took, "content": _plain(fresh)}
    )
    return kept.content, at


def _plain(content: Any) -> Any:
    """The content as it will be read again."""
    import json

    return json.loads(json.dumps(content, cls=Encoder))


def _holds(kept: Kept, at: datetime) -> bool:
    age = at - kept.at
    if age < timedelta(seconds=-5):
        return False  # the clock was set back (tests, repairs): count again
    return age <= good_for(kept.took_ms)


def _mine(key: str, *, wait: bool) -> bool:
    """Take the lock of a key until the transaction ends; without waiting, say whether we got it."""
    number = crc32(key.encode()) - 2**31
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, number])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, number])
        return bool(cursor.fetchone()[0])
