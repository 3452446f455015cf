"""What stands in the address of a list: whole numbers, and places in the list. Read here, whatever room the list is of.

Not here: what a wrong one is answered with; each door says that in its own words.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime


def whole(text: str, *, digits: int = 11) -> int | None:
    """A whole number of at most so many ASCII digits, or None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def cursor_of(moment: datetime | None, key: int) -> str:
    """The place in a list after the row with this moment (None: it has none) and key, opaque to whoever carries it."""
    told = [moment.isoformat() if moment else None, key]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime | None, int]:
    """The moment and key of a cursor. ValueError for any other text."""
    try:
        moment, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = None if moment is None else datetime.fromisoformat(moment)
    except (ValueError, TypeError, binascii.Error, RecursionError) as fault:
        raise ValueError("not a cursor") from fault
    if (found is not None and found.tzinfo is None) or type(key) is not int or not 0 <= key < 2**62:
        raise ValueError("not a cursor")
    return found, key
