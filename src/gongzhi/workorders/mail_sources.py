"""Where messages lie before they are taken in: standard input, files, a Maildir, a mailbox at a mail server (IMAP4rev1).

A message is marked as seen only after it was taken in; what fails is left where it is and tried again.
"""

from __future__ import annotations

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from civics.letters import MOST_BYTES

#: How long we wait for a mail server, in seconds; how many messages are fetched at a time.
PATIENCE, MOST = 20, 200

Take = Callable[[bytes], object]


def files(paths: Iterable[Path]) -> Iterator[bytes]:
    """The messages of files; no more of each than can be read."""
    for path in paths:
        with path.open("rb") as file:
            yield file.read(MOST_BYTES + 1)


def read_maildir(path: Path, take: Take) -> int:
    """Take in what is new in a Maildir; what was taken moves to ``cur`` with the mark S. How many."""
    box = mailbox.Maildir(str(path), create=False)
    done = 0
    for key in sorted(box.keys()):
        message: Any = box.get_message(key)
        if "S" in message.get_flags():
            continue
        take(box.get_bytes(key))
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message
        done += 1
    return done


def open_mailbox() -> imaplib.IMAP4:
    """The mailbox that is set up, over TLS with a checked certificate."""
    host, _colon, port = settings.IMAP_HOST.partition(":")
    box = imaplib.IMAP4_SSL(
        host, int(port or 993), ssl_context=ssl.create_default_context(), timeout=PATIENCE
    )
    box.login(settings.IMAP_USER, settings.IMAP_PASSWORD)
    return box


def fetch_unseen(box: Any, take: Take) -> int:
    """Take in what lies unseen in the folder. How many. A message too large to read is taken in by its head alone."""
    state, _told = box.select(settings.IMAP_FOLDER)
    if state != "OK":
        raise OSError("the folder cannot be read")
    _state, found = box.uid("search", None, "UNSEEN")
    done = 0
    for uid in (found[0] or b"").split()[:MOST]:
        _state, told = box.uid("fetch", uid, f"(BODY.PEEK[]<0.{MOST_BYTES + 1}>)")
        raw = next((part[1] for part in told if isinstance(part, tuple)), None)
        if raw is None:
            continue
        take(raw)
        box.uid("store", uid, "+FLAGS", r"(\Seen)")
        done += 1
    return done
