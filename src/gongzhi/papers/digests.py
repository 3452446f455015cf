"""The digest of what a paper says, its short form for people, and the series a version belongs to. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

#: Hexadecimal digits that stand on the page: 64 bits, in groups of four.
SHORT = 16
_CODE = re.compile(r"[0-9A-F]{16,64}")


def digest_of(code: str, language: str, series: bytes, values: Mapping[str, Any]) -> bytes:
    """SHA-256 of the paper's code, language and values as JSON with sorted keys (RFC 8259, UTF-8, no spaces).

    ``series`` is a number that only this installation can compute: without it nobody can try out likely contents.
    """
    whole = {"paper": code, "language": language, "series": series.hex(), "values": values}
    plain = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).digest()


def short(digest: bytes) -> str:
    """What is printed: ``3F2A 9C01 77B4 D0E8``."""
    text = bytes(digest).hex()[:SHORT].upper()
    return " ".join(text[n : n + 4] for n in range(0, SHORT, 4))


def read(text: str) -> str:
    """What somebody typed or copied as lowercase hexadecimal digits; "" when that is no digest."""
    plain = re.sub(r"[\s\-·:]", "", text.upper())
    return plain.lower() if _CODE.fullmatch(plain) else ""
