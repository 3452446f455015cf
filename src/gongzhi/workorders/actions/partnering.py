"""Partners by Open311: who they are, where their server is, which keys we gave them, and what their codes mean here."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock, reaching
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.reaching import NotReached
from gongzhi.kit.revision import bump
from gongzhi.kit.secrets import seal
from gongzhi.workorders.models import CodeList, Correspondence, OutsideCode, Peer, PeerKey, Scope
from gongzhi.workorders.models.open311 import Form, Gives, Takes
from gongzhi.workorders.open311 import client
from gongzhi.workorders.open311.partners import PREFIX, SEALED_FOR, key_digest, peers, secret_of
from gongzhi.workorders.policies.open311 import require
from gongzhi.workorders.tables import tree

#: The longest a key may be good for.
LONGEST_KEY = timedelta(days=731)
_CHANGEABLE = ("name", "address", "jurisdiction", "form", "takes", "gives", "media_hosts")


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=field, fields={field: [sentence]})


def _address(text: str) -> str:
    address = text.strip().rstrip("/")
    if not address:
        return ""
    fault = reaching.fault_of(address)
    if fault == "not_https":
        raise _invalid("address", _("地址要以 https:// 开头。"))
    parts = urlsplit(address)
    if fault or parts.query or parts.fragment:
        raise _invalid("address", _("这个地址不能用，请检查。"))
    return address


def _hosts(hosts: list[str]) -> list[str]:
    found = list(dict.fromkeys(one.strip().lower() for one in hosts if one.strip()))
    for one in found:
        try:
            good = urlsplit(f"https://{one}").hostname == one and "." in one and len(one) <= 120
        except ValueError:
            good = False
        if not good:
            raise _invalid("media_hosts", _("“{host}”不是主机名。").format(host=one[:60]))
    return found[:20]


def _fields(said: dict[str, Any]) -> dict[str, Any]:
    values = {name: said[name] for name in _CHANGEABLE if name in said}
    if "name" in values:
        values["name"] = str(values["name"]).strip()[:60]
        if len(values["name"]) < 2:
            raise _invalid("name", _("请写对接方的名称。"))
    if "address" in values:
        values["address"] = _address(values["address"])
    if "media_hosts" in values:
        values["media_hosts"] = _hosts(list(values["media_hosts"]))
    for name, choices in (("form", Form), ("takes", Takes), ("gives", Gives)):
        if name in values and values[name] not in choices.values:
            raise _invalid(name, _("请选择。"))
    return values


@transaction.atomic
def add_peer(code: str, *, by: Actor, at: datetime, since: datetime | None = None, **said: Any) -> Peer:
    """Enter a partner. ``since``: from when on their requests are asked for, and ours forwarded (now by itself)."""
    require(by, "change")
    values = _fields(said)
    try:
        with transaction.atomic():
            row = Peer.objects.create(code=code, since=since or at, **values)
    except IntegrityError as fault:
        raise Conflict(
            _("已经有这个代码。"), code="known_code", fields={"code": [_("已经有这个代码。")]}
        ) from fault
    bump("open311_peers")
    return row


def _locked(peer_id: int, seen: int | None = None) -> Peer:
    row = Peer.objects.select_for_update().filter(pk=peer_id).first()
    if row is None:
        raise NotFound(_("没有这家对接方。"))
    if seen is not None and row.edits != seen:
        raise Conflict(_("就在刚才，有人先改了这家对接方。"), code="someone_was_quicker")
    return row


@transaction.atomic
def change_peer(
    peer_id: int, *, secret: str | None = None, by: Actor, at: datetime, seen: int | None = None, **said: Any
) -> Peer:
    """Change how we exchange. ``secret`` is the key we show there: None leaves it, an empty one takes it away.

    The address decides whom we show the key to, so another host needs the key again.
    """
    require(by, "change")
    row = _locked(peer_id, seen)
    values = _fields(said)
    if "address" in values and secret is None and bytes(row.sealed_key):
        old, new = urlsplit(row.address), urlsplit(values["address"])
        if (old.scheme, old.netloc) != (new.scheme, new.netloc) and values["address"]:
            raise _invalid("secret", _("换了主机，请重新填写对方给的密钥。"))
    for name, value in values.items():
        setattr(row, name, value)
    if secret is not None:
        row.sealed_key = seal(SEALED_FOR, secret.strip()) if secret.strip() else b""
    row.edits, row.failures, row.next_try_at, row.fault = row.edits + 1, 0, None, ""
    row.save()
    bump("open311_peers")
    return row


@transaction.atomic
def switch(peer_id: int, *, on: bool, by: Actor, at: datetime) -> Peer:
    """Stop the exchange with a partner, keys and all, or let it go on."""
    require(by, "change")
    row = _locked(peer_id)
    if (row.revoked_at is None) == on:
        raise Conflict(_("已经是这样了。"), code="already")
    row.revoked_at = None if on else at
    row.edits += 1
    row.save(update_fields=["revoked_at", "edits"])
    bump("open311_peers")
    return row


@transaction.atomic
def issue_key(
    peer_id: int, name: str, scopes: list[str], *, expires_at: datetime, by: Actor, at: datetime
) -> tuple[PeerKey, str]:
    """A key for a partner: (the row, the key itself, which is shown once)."""
    require(by, "change")
    row = _locked(peer_id)
    if not scopes or set(scopes) - set(Scope.values):
        raise _invalid("scopes", _("请选择这把密钥能做什么。"))
    if not at < expires_at <= at + LONGEST_KEY:
        raise _invalid("expires_on", _("有效期要在今天以后、两年以内。"))
    if not name.strip():
        raise _invalid("title", _("请写明这把密钥给谁用。"))
    secret = PREFIX + secrets.token_urlsafe(30)
    key = PeerKey.objects.create(
        peer=row, name=name.strip()[:60], digest=key_digest(secret), hint=secret[: len(PREFIX) + 4],
        scopes=[one for one in Scope.values if one in scopes], made_by_id=by.account_id, made_at=at, expires_at=expires_at,
    )  # fmt: skip
    return key, secret


@transaction.atomic
def revoke_key(key_id: int, *, by: Actor, at: datetime) -> PeerKey:
    """The key opens nothing any more."""
    require(by, "change")
    row = PeerKey.objects.select_for_update().filter(pk=key_id).first()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        raise Conflict(_("已经停用。"), code="revoked_already")
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    return row


def fetch_services(peer_id: int, *, by: Actor, at: datetime) -> tuple[int, int]:
    """Ask a partner for its services and keep them as its code list. (services, of them matched with ours by name)

    What was matched before stays. Invalid when they are not reached.
    """
    require(by, "change")
    peer = peers().get(peer_id)
    if peer is None or not peer.address:
        raise NotFound(_("没有这家对接方，或者它没有接收的地址。"))
    try:
        found = client.services(peer, secret_of(peer_id))
    except NotReached as fault:
        raise Invalid(
            _("没有连上对方：{fault}").format(fault=fault),
            help=_("请检查地址和密钥，或稍后再试。"),
            code="not_reached",
        ) from fault
    return _keep_services(peer_id, found, at=at)


def _list_of(row: Peer) -> CodeList:
    if row.codes is None:
        code, number = f"o311-{row.code}"[:18].rstrip("-"), 1
        while CodeList.objects.filter(code=code if number == 1 else f"{code}{number}").exists():
            number += 1
        code = code if number == 1 else f"{code}{number}"
        row.codes = CodeList.objects.create(code=code, name=row.name, source=row.address[:200])
        row.save(update_fields=["codes"])
        bump("open311_peers")
    return row.codes


@transaction.atomic
def _keep_services(peer_id: int, found: dict[str, str], *, at: datetime) -> tuple[int, int]:
    row, today = _locked(peer_id), clock.local(at).date()
    codes, topics, matched = _list_of(row), tree(), 0
    known = {one.code: one for one in codes.codes.all()}
    for one in known.values():
        one.name, one.ends_on = (
            found.get(one.code, one.name),
            None if one.code in found else one.ends_on or today,
        )
    OutsideCode.objects.bulk_update(known.values(), ["name", "ends_on"], batch_size=500)
    fresh = [
        OutsideCode(list=codes, code=code, name=name) for code, name in found.items() if code not in known
    ]
    OutsideCode.objects.bulk_create(fresh, batch_size=1000)
    taken = set(Correspondence.objects.filter(outside__list=codes).values_list("category_id", flat=True))
    for one in codes.codes.filter(ends_on=None, ours=None):
        topic = topics.by_label.get(one.name)
        if topic is not None and topic.live and topic.id not in taken:
            Correspondence.objects.create(category_id=topic.id, outside=one, rank=1)
            taken.add(topic.id)
            matched += 1
    CodeList.objects.filter(pk=codes.pk).update(edits=codes.edits + 1)
    bump("codes")
    return len(found), matched


@transaction.atomic
def match(peer_id: int, their_code: str, category_id: int | None, *, by: Actor, at: datetime) -> None:
    """Say what one of their codes means here; None takes it away. Both ways: what comes in, and what goes out.

    A category has one code to go out under: the one that was matched first stays the first choice.
    """
    require(by, "change")
    row = _locked(peer_id)
    outside = OutsideCode.objects.filter(list=_list_of(row), code=their_code, ends_on=None).first()
    if outside is None:
        raise _invalid("their_code", _("对方没有这个代码。"))
    Correspondence.objects.filter(outside=outside).delete()
    if category_id is not None:
        if category_id not in tree().live:
            raise _invalid("category", _("没有这个分类。"))
        before = Correspondence.objects.filter(category_id=category_id, outside__list=row.codes).count()
        Correspondence.objects.create(category_id=category_id, outside=outside, rank=before + 1)
    CodeList.objects.filter(pk=outside.list_id).update(edits=outside.list.edits + 1)
    bump("codes")


@transaction.atomic
def ask_again(peer_id: int, *, since: datetime, by: Actor, at: datetime) -> Peer:
    """Ask a partner again for everything from a moment on, with the next round; what is known stays as it is."""
    require(by, "change")
    row = _locked(peer_id)
    if since > at:
        raise _invalid("since", _("请选择今天以前的日期。"))
    row.pulled_until, row.left_out, row.next_try_at, row.failures = since, {}, None, 0
    row.save(update_fields=["pulled_until", "left_out", "next_try_at", "failures"])
    return row
