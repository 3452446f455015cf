"""Who exchanges requests with us: partners and their keys. Read here, changed in ``actions/exchanging_partners.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gongzhi.kit.revision import cached
from gongzhi.kit.secrets import unseal
from gongzhi.people.addresses import keyed
from gongzhi.workorders.codes import Codes, code_lists
from gongzhi.workorders.models import CodeList, Peer, PeerKey

#: Purpose under which their key is sealed.
SEALED_FOR = "open311-key"
#: Letters of a key before its secret part: what it is can be seen, and secret scanners find it.
PREFIX = "gzo_"


def installation() -> str:
    """The name of this installation among others, made from its key: the same on all its machines."""
    return keyed("open311", "installation").hex()[:16]


def key_digest(secret: str) -> bytes:
    """What is kept of a key."""
    return keyed("open311-api-key", secret)


@dataclass(frozen=True)
class PeerRow:
    """A partner as it is kept in memory. No secret in it."""

    id: int
    code: str
    name: str
    address: str
    jurisdiction: str
    form: str
    codes_id: int | None
    takes: str
    gives: str
    media_hosts: tuple[str, ...]
    since: datetime

    @property
    def source(self) -> str:
        """What ``WorkOrder.source`` says of what they have sent."""
        return f"open311:{self.code}"


def _read() -> dict[int, PeerRow]:
    rows = Peer.objects.filter(revoked_at=None)
    return {
        row.pk: PeerRow(
            row.pk, row.code, row.name, row.address, row.jurisdiction, row.form, row.codes_id, row.takes, row.gives,
            tuple(row.media_hosts), row.since,
        )
        for row in rows
    }  # fmt: skip


def peers() -> dict[int, PeerRow]:
    """Every partner that is not switched off, kept in memory."""
    return cached("open311_peers", _read)


def codes_of(peer: PeerRow) -> Codes | None:
    """What their service codes mean here."""
    if peer.codes_id is None:
        return None
    return next((one for one in code_lists().values() if one.id == peer.codes_id), None)


def secret_of(peer_id: int) -> str:
    """The key we show to them; empty where there is none, or where it was sealed under another installation key."""
    sealed = bytes(Peer.objects.values_list("sealed_key", flat=True).get(pk=peer_id))
    try:
        return unseal(SEALED_FOR, sealed) if sealed else ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class Shown:
    """A key that was shown and is good: whose it is, and what for."""

    id: int
    peer: PeerRow
    scopes: frozenset[str]
    used_on: object


def key_shown(secret: str, *, at: datetime) -> Shown | None:
    """The good key behind a secret, or None. One statement."""
    if not 20 <= len(secret) <= 120:
        return None
    row = (
        PeerKey.objects.filter(digest=key_digest(secret), revoked_at=None, expires_at__gt=at)
        .values_list("pk", "peer_id", "scopes", "used_on")
        .first()
    )
    peer = peers().get(row[1]) if row else None
    return Shown(row[0], peer, frozenset(row[2]), row[3]) if row and peer else None


def lists() -> list[tuple[int, str]]:
    """Code lists that can be chosen for a partner."""
    return list(CodeList.objects.values_list("pk", "name"))
