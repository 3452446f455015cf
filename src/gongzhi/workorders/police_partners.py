"""The police stations that exchange hand-overs with us, how a message is signed, and how one is posted.

A signature is the hex HMAC-SHA256, with the partner's key, of five lines: method, path with its query, moment (seconds
since 1970), the message's own id, and the hex SHA-256 of the body as it is sent. So a message is good at one door only, and
once: ``actions.remembering`` keeps its id for as long as its moment is good. Headers: ``X-Partner``, ``X-Timestamp``,
``X-Message-Id``, ``X-Signature``. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from gongzhi.kit import reaching
from gongzhi.kit.errors import Invalid, SignInFirst
from gongzhi.kit.revision import cached
from gongzhi.kit.secrets import same
from gongzhi.people.addresses import keyed
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.models.police import Partner

#: Seconds by which the sender's clock may differ from ours; an older message is not taken.
DRIFT = 300
#: How long we wait for an answer of the other side, in seconds, and how much of it we read.
PATIENCE, MOST_ANSWER = 10, 20_000
#: The id of a message: chosen by the sender, another for each sending.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: Mobile numbers of the mainland, Hong Kong and Macao, and numbers of identity cards.
_PERSONAL = re.compile(
    r"(?<!\d)(?:1[3-9]\d(?:[ -]?\d{4}){2}|(?:\+?853|\+?852)[ -]?\d{4}[ -]?\d{4}|\d{17}[\dXx])(?!\d)"
)


@dataclass(frozen=True)
class PartnerRow:
    """A partner as it is kept in memory."""

    id: int
    code: str
    organisation_id: int
    edition: int
    path: str

    @property
    def name(self) -> str:
        """The name of the station."""
        body = organisations().get(self.organisation_id)
        return body.label if body else self.code


def _read() -> tuple[PartnerRow, ...]:
    rows = Partner.objects.filter(revoked_at=None).select_related("organisation__division")
    return tuple(
        PartnerRow(
            row.pk, row.code, row.organisation_id, row.edition,
            row.organisation.division.path if row.organisation.division else "/",
        )
        for row in rows
    )  # fmt: skip


def partners() -> tuple[PartnerRow, ...]:
    """Every partner whose key is good, kept in memory."""
    return cached("police_partners", _read)


def partner_for(street_id: int | None) -> PartnerRow | None:
    """The partner of a street: the one with the smallest area around it, else the first."""
    area = ground().areas.get(street_id or 0)
    fits = [row for row in partners() if area is not None and area.within(row.path)]
    if not fits:
        fits = list(partners())
    return max(fits, key=lambda row: len(row.path), default=None)


def key_of(code: str, edition: int) -> str:
    """The key of a partner. It is computed, never kept."""
    return keyed("police-key", code, str(edition)).hex()


def sign(key: str, method: str, path: str, moment: int, message_id: str, body: bytes) -> str:
    """The signature of a body that is sent to a path (with its query, if any) at a moment, under an id."""
    lines = (method.upper(), path, str(moment), message_id, hashlib.sha256(body).hexdigest())
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Signed:
    """A message whose signature is good: who sent it, under which id, and until when its moment would be good."""

    partner: PartnerRow
    message_id: str
    good_until: datetime


def signed_by(method: str, path: str, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Signed:
    """Who signed a message. SignInFirst (401) for anybody else, and for a message that is too old.

    Whether it has been taken before is asked by ``actions.remembering.take_once``.
    """
    row = next((one for one in partners() if one.code == headers.get("X-Partner", "")), None)
    told, signature = headers.get("X-Timestamp", ""), headers.get("X-Signature", "")
    moment = int(told) if told.isascii() and told.isdecimal() and len(told) < 12 else 0
    message_id = headers.get("X-Message-Id", "")
    well_formed = bool(_MESSAGE_ID.fullmatch(message_id)) and signature.isascii()
    # Unknown partners are compared too, so that their codes cannot be found out by the time it takes.
    key = key_of(row.code, row.edition) if row else ""
    wanted = sign(key, method, path, moment, message_id if well_formed else "", body)
    if row is None or not well_formed or not same(wanted, signature.lower()):
        raise SignInFirst(_("签名不对。"), help=_("请核对单位代码、密钥和签名的算法。"), code="bad_signature")
    if abs(at.timestamp() - moment) > DRIFT:
        raise SignInFirst(
            _("这条消息的时间不对。"), help=_("请校准时钟后重新签名再发。"), code="stale_message"
        )
    return Signed(row, message_id, datetime.fromtimestamp(moment, UTC) + timedelta(seconds=DRIFT))


def nobody_in(text: str, field: str) -> str:
    """The text; Invalid when a telephone or identity number stands in it: hand-overs carry none."""
    if _PERSONAL.search(text):
        sentence = _("请不要写电话号码和证件号码。")
        raise Invalid(sentence, code="personal", fields={field: [sentence]})
    return text


def without_numbers(text: str) -> str:
    """The text with its telephone and identity numbers left out: for walls and print, where nobody corrects it."""
    return _PERSONAL.sub("…", text)


class NotDelivered(Exception):
    """The other side did not take the message; the words say why, without anything of the message."""


def post(partner: PartnerRow, message: Mapping[str, Any], *, at: datetime) -> str:
    """Post a message to the address that is set up. The number under which it was taken, or an empty text.

    Raises NotDelivered for anything but a 2xx answer.
    """
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    moment, message_id = int(at.timestamp()), uuid.uuid4().hex
    address = urlsplit(settings.POLICE_ADDRESS)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {
        "Content-Type": "application/json",
        "X-Partner": partner.code,
        "X-Timestamp": str(moment),
        "X-Message-Id": message_id,
        "X-Signature": sign(key_of(partner.code, partner.edition), "POST", path, moment, message_id, body),
        "Idempotency-Key": str(message["key"]),
    }
    try:
        told = reaching.ask(
            settings.POLICE_ADDRESS, body=body, headers=headers, own=True, most=MOST_ANSWER, patience=PATIENCE
        ).body
    except reaching.NotReached as fault:
        raise NotDelivered(str(fault)) from fault
    try:
        said = json.loads(told)
        return str(said.get("receipt", ""))[:60] if isinstance(said, dict) else ""
    except ValueError:
        return ""
