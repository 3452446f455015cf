"""Logging: one line of JSON per event, safe to keep.

No request bodies, no query strings, no names, no addresses of people. Paths that are keys in themselves
(`/q/<code>/`, `/outside/<code>/`) are masked.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

#: Paths whose tail opens something to whoever knows it; the group before the tail is kept.
CAPABILITY = re.compile(
    r"^(/(?:[a-z]{2}(?:-[a-z]+)?/)?(?:q|outside|files|join|invitation)/)[^/]+", re.IGNORECASE
)

#: Facts a log line may carry besides its sentence.
FACTS = ("request_id", "method", "path", "status", "ms", "code", "account", "statements", "job", "service")


def masked(path: str) -> str:
    """The path without query string, and without the tail of a capability path."""
    return CAPABILITY.sub(r"\1…", path.partition("?")[0])[:300]


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        for name in FACTS:
            value = record.__dict__.get(name)
            if value is not None:
                line[name] = value
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = self._trace(record)
        return json.dumps(line, ensure_ascii=False, default=str)

    def _trace(self, record: logging.LogRecord) -> str:
        """Where it broke, without the exception's own words: they may quote what a person has written."""
        import traceback

        assert record.exc_info is not None
        kind, _, where = record.exc_info
        frames = traceback.extract_tb(where)[-12:]
        places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(frames))
        return f"{kind.__name__ if kind else ''} at {places}"
