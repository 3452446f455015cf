"""Secrets: where the installation's key comes from, and how codes and tokens are made and stored.

No key has a default in production. Codes are stored as keyed digests, never in clear.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets as random
from pathlib import Path

#: Characters of codes people read aloud or type: no 0/O, 1/I/L, U/V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def installation_key(path: Path) -> str:
    """The key kept in `path`, made on first use (embedded installations only). Readable by its owner alone."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    key = random.token_urlsafe(48)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(key + "\n", "ascii")
    try:
        os.link(draft, path)  # fails when another process was quicker, and then theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("ascii").strip()


def code(length: int) -> str:
    """A random code of `length` readable characters (29 letters and digits: 4.86 bits each)."""
    return "".join(random.choice(ALPHABET) for _ in range(length))


def digits(length: int) -> str:
    """A random code of decimal digits, for one-time codes."""
    return "".join(random.choice("0123456789") for _ in range(length))


def digest(purpose: str, value: str) -> bytes:
    """Keyed SHA-256 of `value` (32 bytes); different purposes give unrelated digests."""
    from django.conf import settings

    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).digest()


def same(one: bytes | str, other: bytes | str) -> bool:
    """Compare two secrets in constant time."""
    a = one.encode() if isinstance(one, str) else bytes(one)
    b = other.encode() if isinstance(other, str) else bytes(other)
    return hmac.compare_digest(a, b)


def seal(purpose: str, value: str) -> bytes:
    """A secret of somebody else's that we must be able to say again, readable by this installation alone: AES-256-GCM
    under a fresh nonce, with a key made for the purpose from the installation's."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = random.token_bytes(12)
    return nonce + AESGCM(digest("seal", purpose)).encrypt(nonce, value.encode(), purpose.encode())


def unseal(purpose: str, sealed: bytes) -> str:
    """What :func:`seal` hid. ValueError for anything else: another key, another purpose, one changed bit."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    kept = bytes(sealed)
    try:
        return AESGCM(digest("seal", purpose)).decrypt(kept[:12], kept[12:], purpose.encode()).decode()
    except (InvalidTag, ValueError) as fault:
        raise ValueError("this was not sealed here") from fault
