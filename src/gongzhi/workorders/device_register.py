"""The devices that may speak, how what they send is signed, and what an event means. Nothing here writes.

A signature is the hex HMAC-SHA256, with the device's secret, of the method, the path, the moment (seconds since 1970, as
text) and the nonce, each followed by a line feed, and of the body as it is sent. Headers: ``X-Timestamp``, ``X-Nonce``,
``X-Signature``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, SignInFirst
from gongzhi.kit.revision import cached
from gongzhi.kit.secrets import same
from gongzhi.people.addresses import keyed
from gongzhi.workorders.models.devices import Device

#: Seconds by which the clock of a device may differ from ours.
DRIFT = 300
#: Signatures are good for DRIFT on either side: this long a nonce is remembered.
REMEMBERED = timedelta(seconds=3 * DRIFT)
#: How much one message may bring.
MOST_EVENTS = 500
EventType = Literal["alarm", "reading", "recovery", "heartbeat", "test"]


@dataclass(frozen=True)
class DeviceRow:
    """A device as it is kept in memory. Loaded again whenever its row of the register changes."""

    id: int
    code: str
    edition: int
    alarm_at: float | None
    serious_at: float | None
    falling: bool
    expected_minutes: int | None
    paused_until: datetime | None

    def paused(self, at: datetime) -> bool:
        """Is it being worked on?"""
        return self.paused_until is not None and at < self.paused_until

    def alarming(self, value: float | None) -> bool:
        """Is this value bad enough for an order?"""
        return reaches(value, self.alarm_at, falling=self.falling)

    def silent_from(self, at: datetime) -> datetime | None:
        """From when on silence counts, when its last word was at ``at``."""
        return at + timedelta(minutes=2 * self.expected_minutes) if self.expected_minutes else None


def reaches(value: float | None, mark: float | None, *, falling: bool) -> bool:
    """Whether a value is at a mark or beyond it, downwards when ``falling``."""
    if value is None or mark is None:
        return False
    return value <= mark if falling else value >= mark


def _read() -> dict[str, DeviceRow]:
    return {
        row.code: DeviceRow(
            row.pk, row.code, row.edition, row.alarm_at, row.serious_at, row.falling,
            row.expected_minutes, row.paused_until,
        )
        for row in Device.objects.filter(revoked_at=None)
    }  # fmt: skip


def devices() -> dict[str, DeviceRow]:
    """Every device whose secret is good, kept in memory."""
    return cached("devices", _read)


def secret_of(code: str, edition: int) -> str:
    """The secret of a device. It is computed, never kept."""
    return keyed("device-key", code, str(edition)).hex()


def sign(secret: str, method: str, path: str, moment: int, nonce: str, body: bytes) -> str:
    """The signature of a message."""
    head = f"{method}\n{path}\n{moment}\n{nonce}\n".encode()
    return hmac.new(secret.encode(), head + body, hashlib.sha256).hexdigest()


def signed_by(
    code: str, method: str, path: str, headers: Mapping[str, str], body: bytes, *, at: datetime
) -> tuple[DeviceRow, str]:
    """The device that signed a message, and the nonce. SignInFirst (401) for anybody else.

    A clock that is wrong is refused only after the signature was right, with the time that we have.
    """
    row = devices().get(code)
    told, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    signature = headers.get("X-Signature", "")
    moment = int(told) if told.isascii() and told.isdecimal() and len(told) < 12 else 0
    # An unknown device is compared too, so that codes cannot be found out by the time it takes.
    secret = secret_of(row.code, row.edition) if row else secret_of("", 0)
    try:
        wanted = sign(secret, method, path, moment, nonce, body)
    except UnicodeEncodeError:
        wanted = ""
    if row is None or not wanted or not signature.isascii() or not same(wanted, signature.lower()):
        raise SignInFirst(_("签名不对。"), help=_("请核对设备编号、密钥和签名的算法。"), code="bad_signature")
    if not 8 <= len(nonce) <= 80 or not nonce.isprintable():
        raise Invalid(_("X-Nonce 要有 8 到 80 个字符，每条消息都不一样。"), code="bad_nonce")
    off = moment - at.timestamp()
    if abs(off) > DRIFT:
        raise SignInFirst(
            _("设备的时钟{how}了 {off}，这条消息没有收下。").format(
                how=_("快") if off > 0 else _("慢"), off=_spoken(abs(off))
            ),
            help=_("服务器现在是 {now}（{seconds} 秒）。请校准时钟，重新签名再发；事件编号不用换。").format(
                now=clock.local(at).isoformat(timespec="seconds"), seconds=int(at.timestamp())
            ),
            code="clock_wrong",
            fields={"server_time": [str(int(at.timestamp()))]},
        )
    return row, nonce


def _spoken(seconds: float) -> str:
    if seconds < 5400:
        return _("{n} 分钟").format(n=round(seconds / 60))
    if seconds < 36 * 3600:
        return _("{n} 小时").format(n=round(seconds / 3600))
    return _("{n} 天").format(n=round(seconds / 86400))
