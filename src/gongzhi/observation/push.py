"""Telling open boards that something has happened: a few streams, each a thread that mostly sleeps.

Lives here: how many boards a process serves by push, and the pulses themselves. A stream carries no number and no
word, only "look again": the board fetches its panes in its viewer's name. Whoever gets no place polls instead, so a
full house costs seconds of delay and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection

from gongzhi.journal.models import Entry
from gongzhi.kit import patience

#: Seconds between two looks at the record, between two signs of life, and until the browser asks for a new stream.
LOOK, BEAT, LIFE = 2.0, 15.0, 600.0

_places = threading.BoundedSemaphore(max(1, settings.BOARD_STREAMS)) if settings.BOARD_STREAMS else None
_seen_lock = threading.Lock()
_seen: tuple[float, int] = (0.0, 0)


def take_place() -> bool:
    """Is there a free place in this process? Whoever takes one gives it back (``pulses`` does)."""
    return _places is not None and _places.acquire(blocking=False)


def give_back() -> None:
    """Free a place."""
    assert _places is not None
    _places.release()


def newest() -> int:
    """The newest open entry of the record, asked at most once per look by this process. 0 when nobody answers."""
    global _seen
    with _seen_lock:
        when, found = _seen
        if time.monotonic() - when < LOOK * 0.9:
            return found
        try:
            found = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        except DatabaseError:
            found = 0
        finally:
            connection.close()  # back to the pool: the thread sleeps without it
        _seen = (time.monotonic(), found)
        return found


class Pulses:
    """The stream: ``moved`` when the record has grown, a comment as a sign of life. It gives its place back once, at
    its end or when the answer is closed, even before the first byte.
    """

    def __init__(
        self,
        *,
        ask: Callable[[], int] = newest,
        sleep: Callable[[float], None] = time.sleep,
        leaving: Callable[[], bool] = patience.leaving,
        life: float = LIFE,
    ) -> None:
        self._ask, self._sleep, self._leaving, self._life = ask, sleep, leaving, life
        self._holds = True
        self._beats = self._run()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._beats)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back."""
        if self._holds:
            self._holds = False
            give_back()

    def _run(self) -> Iterator[bytes]:
        before, silent, lived = self._ask(), 0.0, 0.0
        yield b"retry: 5000\nevent: open\ndata: 1\n\n"
        while lived < self._life and not self._leaving():
            self._sleep(LOOK)
            lived, silent = lived + LOOK, silent + LOOK
            found = self._ask()
            if found != before:
                before, silent = found, 0.0
                yield b"event: moved\ndata: %d\n\n" % found
            elif silent >= BEAT:
                silent = 0.0
                yield b": still here\n\n"
