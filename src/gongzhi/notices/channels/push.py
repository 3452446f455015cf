"""Browser push: the message encrypted for one browser (RFC 8291), carried by its maker's push service (RFC 8030),
which knows us by a key of ours (VAPID, RFC 8292). Nothing but the browser can read it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from gongzhi.kit import clock
from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter, Outcome
from gongzhi.notices.channels.wire import allowed, post

#: Push services of the browsers that people use.
HOSTS = ("fcm.googleapis.com", ".push.services.mozilla.com", ".notify.windows.com", "web.push.apple.com")
#: Seconds a push service keeps a message for a browser that is not there.
KEPT = 24 * 3600
_CURVE = ec.SECP256R1()
#: Order of the curve P-256 (SP 800-186).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def coded(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of :func:`coded`. Raises ValueError."""
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


@lru_cache(maxsize=2)
def _own_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The installation's key, made from its secret: nothing more has to be kept."""
    number = int.from_bytes(hashlib.sha512(b"gongzhi push\0" + secret.encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, _CURVE)


def own_key() -> ec.EllipticCurvePrivateKey:
    """The key by which push services know us."""
    return _own_key(settings.SECRET_KEY)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_key() -> str:
    """What a browser is told when it subscribes."""
    return coded(point(own_key().public_key()))


def _hkdf(salt: bytes, secret: bytes, about: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) for at most 32 bytes."""
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, about + b"\x01", hashlib.sha256).digest()[:length]


def sealed(
    words: bytes,
    theirs: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The words encrypted for one browser: header and one record (RFC 8188, RFC 8291).

    ``theirs`` is its public key (65 bytes), ``auth`` its secret (16 bytes). ``sender`` and ``salt`` are made anew for
    every message; tests give those of the standard. Raises ValueError for a key that is none.
    """
    sender = sender or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    reader = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs)
    ours = point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), reader)
    secret = _hkdf(auth, shared, b"WebPush: info\0" + theirs + ours, 32)
    key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!IB", 4096, len(ours)) + ours
    return head + AESGCM(key).encrypt(nonce, words + b"\x02", None)


def told_who(address: str) -> str:
    """The ``Authorization`` header for a push service: a signed statement that it is us, good for twelve hours."""
    parts = urlsplit(address)
    contact = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip(" >")
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(clock.now().timestamp()) + 12 * 3600,
        "sub": f"mailto:{contact}",
    }
    pieces = [
        coded(json.dumps(part, separators=(",", ":")).encode())
        for part in ({"typ": "JWT", "alg": "ES256"}, claims)
    ]
    signed = own_key().sign(".".join(pieces).encode(), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(signed)
    return f"vapid t={'.'.join([*pieces, coded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))])}, k={public_key()}"


class Push:
    """A browser. ``Topic`` lets a push service replace a message that waits by the same message; it promises no more."""

    once = False

    def ready(self) -> bool:
        return True

    def send(self, letter: Letter) -> Outcome:
        if not allowed(letter.address, HOSTS):
            return Outcome(REFUSED, "address")
        told = {
            "title": letter.subject,
            "body": letter.body[:600],
            "url": letter.url or "/notices/",
            "tag": letter.key,
        }
        try:
            body = sealed(
                json.dumps(told, ensure_ascii=False).encode(),
                decoded(letter.keys.get("p256dh", "")),
                decoded(letter.keys.get("auth", "")),
            )
        except ValueError:
            return Outcome(REFUSED, "address")
        answer = post(
            letter.address,
            body,
            {
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(KEPT),
                "Urgency": "high" if letter.urgent else "normal",
                "Topic": letter.key.replace("-", "")[:32],
                "Authorization": told_who(letter.address),
            },
        )
        if 200 <= answer.status < 300:
            return Outcome(SENT)
        if answer.status in (404, 410):
            return Outcome(REFUSED, "gone")
        if answer.status in (400, 403, 413):
            return Outcome(REFUSED, "refused")
        return Outcome(LATER, "busy" if answer.status == 429 else "down", answer.wait)
