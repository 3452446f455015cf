"""SMS through any gateway that takes signed JSON and the same message once.

We post ``{"id", "to", "text", "purpose", "language"}``. ``X-Key`` names us, ``X-Timestamp`` is the moment in seconds
since 1970, ``X-Signature`` the hex HMAC-SHA256, with the shared secret, of moment, full stop and body. The gateway
answers 2xx when it took the message, 409 when it had it already, 408, 425, 429 or 5xx for "later" (with
``Retry-After``), any other 4xx for "never". ``{"state": "refused", "reason": "address"}`` in a 2xx means "never" too.
Later it may tell us how it went, signed alike, at ``/notices/receipts/sms/``.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from django.conf import settings

from gongzhi.kit import clock
from gongzhi.kit.secrets import same
from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter, Outcome
from gongzhi.notices.channels.wire import Answer, post

#: Seconds by which the gateway's clock may differ from ours.
DRIFT = 300


def signature(secret: str, moment: str, body: bytes) -> str:
    """The hex HMAC-SHA256 of moment, full stop and body."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_theirs(moment: str, body: bytes, told: str) -> bool:
    """Was this signed with the gateway's secret, lately?"""
    if not settings.SMS_SECRET or not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
        return False
    if abs(int(moment) - clock.now().timestamp()) > DRIFT:
        return False
    return same(signature(settings.SMS_SECRET, moment, body), told)


def outcome_of(answer: Answer) -> Outcome:
    """What a gateway's answer means."""
    if answer.status == 0:
        return Outcome(LATER, "down")
    if answer.status in (408, 425, 429) or answer.status >= 500 or 300 <= answer.status < 400:
        return Outcome(LATER, "busy" if answer.status == 429 else "down", answer.wait)
    if answer.status == 409:
        return Outcome(SENT)
    if answer.status in (401, 403):
        # our own key is wrong: the message is not to blame, and somebody will mend it
        return Outcome(LATER, "no_channel", answer.wait)
    if 200 <= answer.status < 300 and answer.told.get("state") != "refused":
        return Outcome(SENT)
    return Outcome(REFUSED, "address" if answer.told.get("reason") == "address" else "refused")


class Sms:
    """The gateway that the settings name."""

    once = True

    def ready(self) -> bool:
        return bool(settings.SMS_ADDRESS and settings.SMS_SECRET)

    def send(self, letter: Letter) -> Outcome:
        told = {
            "id": letter.key, "to": letter.address, "text": letter.body, "purpose": letter.purpose,
            "language": letter.language,
        }  # fmt: skip
        body = json.dumps(told, ensure_ascii=False).encode()
        moment = str(int(clock.now().timestamp()))
        return outcome_of(
            post(
                settings.SMS_ADDRESS,
                body,
                {
                    "Content-Type": "application/json; charset=utf-8",
                    "X-Key": settings.SMS_KEY,
                    "X-Timestamp": moment,
                    "X-Signature": signature(settings.SMS_SECRET, moment, body),
                    "Idempotency-Key": letter.key,
                },
            )
        )
