"""How long a web process waits for the other side: gunicorn's thread worker that ends requests which trickle in, and
answers that nobody reads.

A thread is taken for as long as a body is read, so a handful of senders of one byte a minute would take them all.
A proxy that buffers requests is still the better door; this one keeps a bare server from standing still. Not here:
limits of size (``middleware``) and of number (``throttle``).
"""

from __future__ import annotations

import errno
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

#: Seconds a connection may keep a thread waiting in all, and what each byte it has sent adds: 2 kB a second.
GRACE_SECONDS, BYTES_PER_SECOND = 10.0, 2000
#: So long may each piece of an answer (of a page: all of it) take to be read. What it tells has been done by then.
ANSWER_SECONDS = 60.0


class Patient(SocketUnreader):
    """Reads from a socket, and gives up on a sender that is slower than a very slow telephone."""

    waited = 0.0
    received = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece. Raises ConnectionResetError when patience is at its end."""
        left = GRACE_SECONDS + self.received / BYTES_PER_SECOND - self.waited
        before, began = self.sock.gettimeout(), time.monotonic()
        self.sock.settimeout(max(0.01, left if before is None else min(left, before)))
        try:
            piece: bytes = super().chunk(size_hint)
        except TimeoutError as fault:
            raise ConnectionResetError(errno.ECONNRESET, "the sender is too slow") from fault
        finally:
            self.waited += time.monotonic() - began
            self.sock.settimeout(before)
        self.received += len(piece)
        return piece


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's gthread, with patience for slow senders but not for ever."""

    def init_process(self) -> None:
        """Before the first request: every connection of this process is read with patience."""
        global _worker
        from gunicorn.http import parser

        parser.SocketUnreader = Patient
        _worker = self
        super().init_process()

    def handle_request(self, req: Any, conn: Any) -> Any:
        """One request: whoever does not read its answer loses the line, and not we a thread."""
        conn.sock.settimeout(ANSWER_SECONDS)
        return super().handle_request(req, conn)


_worker: PatientWorker | None = None


def leaving() -> bool:
    """Has this web process been told to end? Long answers ask, so that nobody waits for them."""
    return _worker is not None and not _worker.alive
