"""Proof that a record was not rewritten: each entry's digest covers the entry and the digest before it.

Here: one exact way to write a record down, digests, and the check of a whole chain. Not here: keeping the
chain, publishing its head, drawing salts (``secrets.token_bytes(16)`` where the entry is written).

Words of people are not in the chain. The record holds only a commitment, a digest of the words under a secret
salt of their own (NIST FIPS 198-1, HMAC). Whoever keeps words and salt can prove that these were the words;
once both are erased nobody can guess them back, and the chain still holds. Erase the salt together with the
words: short words alone are quickly guessed.

What a chain cannot show by itself: that its last entries were cut off, or that all of it was written anew.
For that the head must be known to others: publish it, and give it to ``verify``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple
from uuid import UUID

SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32

# Digests of different things start differently, so that none can stand in for another.
_GENESIS = b"civics.chain/1 genesis\0"
_LINK = b"civics.chain/1 link\0"
_WORDS = b"civics.chain/1 words\0"


class Entry(NamedTuple):
    """One link as it is kept: the record, its digest and, if it is kept too, the digest before it."""

    record: Mapping[str, Any]
    digest: bytes
    previous: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain holds.

    length     entries that hold, counted from the beginning
    broken_at  index of the first entry that does not (``length`` if the end is missing), None if all hold
    why        what is wrong, in Simplified Chinese; empty if all hold
    head       digest of the last entry that holds
    """

    ok: bool
    length: int
    broken_at: int | None
    why: str
    head: bytes

    def __bool__(self) -> bool:
        return self.ok


def canonical(record: Any) -> bytes:
    """The one way to write a record down: JSON in UTF-8, keys sorted, no spaces.

    Moments become ISO 8601 in UTC with microseconds and Z, days ISO 8601, bytes lower-case hexadecimal,
    Decimal and UUID their text, enum members their value, whole floats integers. So a record that was kept as
    JSON and read back is written the same. (Therefore a moment equals its text: what a field holds is fixed
    by whoever makes the record, not by this function.)

    Raises ValueError for naive moments, nan and infinity, text that is not Unicode; TypeError for other types
    and for keys that are not text.
    """
    text = json.dumps(
        _plain(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def commit_words(text: str, salt: bytes) -> bytes:
    """The commitment to words: HMAC-SHA-256 under their salt (≥ 16 random bytes, used once), 32 bytes."""
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt has at least {SALT_BYTES} bytes")
    return hmac.new(salt, _WORDS + text.encode("utf-8"), hashlib.sha256).digest()


def words_match(text: str, salt: bytes, commitment: bytes) -> bool:
    """Whether these are the words that were committed to; compared in constant time."""
    return hmac.compare_digest(commit_words(text, salt), bytes(commitment))


def genesis(key: bytes) -> bytes:
    """The digest before the first entry of the chain called ``key``; chains of other names share no link."""
    return hashlib.sha256(_GENESIS + key).digest()


def link(previous: bytes, record: Mapping[str, Any]) -> bytes:
    """The digest of a record that follows ``previous`` (SHA-256, 32 bytes). Errors as ``canonical``."""
    previous = bytes(previous)
    if len(previous) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes")
    return hashlib.sha256(_LINK + previous + canonical(record)).digest()


def verify(
    genesis: bytes,
    records: Iterable[
        Entry | tuple[Mapping[str, Any], bytes] | tuple[Mapping[str, Any], bytes, bytes | None]
    ],
    *,
    head: bytes | None = None,
) -> Verdict:
    """Recompute a chain from its beginning; reads one entry at a time and stops at the first that fails.

    records  entries in order: (record, digest) or (record, digest, previous)
    head     the digest of the last entry as others know it; without it a missing end cannot be noticed
    """
    running, count = bytes(genesis), 0
    for count, entry in enumerate(records, 1):
        record, digest, previous = Entry(*entry)
        at = count - 1
        if previous is not None and bytes(previous) != running:
            return Verdict(False, at, at, f"第 {count} 条与前一条接不上：有记录被删除、插入或调换。", running)
        try:
            found = link(running, record)
        except (TypeError, ValueError):
            return Verdict(False, at, at, f"第 {count} 条的内容无法按规定格式写出。", running)
        if found != bytes(digest):
            why = "内容被改动。" if previous is not None else "内容被改动，或它之前有记录被删除、插入或调换。"
            return Verdict(False, at, at, f"第 {count} 条的摘要不符：{why}", running)
        running = found
    if head is not None and running != bytes(head):
        return Verdict(False, count, count, "末尾与公布的摘要不符：有记录缺失，或整条记录被重写。", running)
    return Verdict(True, count, None, "", running)


def _plain(value: Any) -> Any:
    # Enum first: members of IntEnum and StrEnum are also int and str.
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("nan and infinity cannot be recorded")
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime):
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            raise TypeError("keys of a record are text")
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    raise TypeError(f"a record cannot hold {type(value).__name__}")
