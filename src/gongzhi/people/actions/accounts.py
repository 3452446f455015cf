"""Accounts: opening them, signing in by code, contact data, consents, tokens, and forgetting all of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.db.prepared import insert
from gongzhi.kit.errors import Conflict, TooMany
from gongzhi.kit.revision import bump
from gongzhi.people import books as told
from gongzhi.people.addresses import address_digest, keyed
from gongzhi.people.models import (
    Account,
    Consent,
    Contact,
    OneTimeCode,
    Post,
    Token,
)

CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5


@transaction.atomic
def open_account(
    *, login: str | None, name: str, password: str | None, by: Actor, at: datetime, address: str | None = None
) -> Account:
    """A new account, for staff with a login or for a resident with an address."""
    account = Account.objects.create(
        login=login,
        name=name,
        password=make_password(password),
        address_digest=address_digest(address) if address else None,
        since=at,
    )
    if login:
        opened = books.Change(f"account:{account.pk}", None, told.account_values(account), _("登录账号"))
        books.note_in(told.POSTS, opened, by=by, at=at)
    return account


@dataclass(frozen=True)
class NewAccount:
    """An account to be opened among many."""

    name: str
    login: str | None = None
    address: str | None = None


@transaction.atomic
def open_accounts(
    rows: Sequence[NewAccount], *, password_hash: str = "", by: Actor, at: datetime
) -> list[Account]:
    """Many accounts at once, with one password for those that have a login (a town for show, a training room).

    The password comes hashed: hashing is slow on purpose, and once is enough for all of them.
    """
    shared, none = password_hash or make_password(None), make_password(None)
    made = Account.objects.bulk_create(
        [
            Account(
                login=row.login,
                name=row.name,
                password=shared if row.login else none,
                address_digest=address_digest(row.address) if row.address else None,
                since=at,
            )
            for row in rows
        ],
        batch_size=1000,
    )
    opened = [
        books.Change(f"account:{one.pk}", None, told.account_values(one), _("登录账号"))
        for one in made
        if one.login
    ]
    if opened:
        books.note_in(told.POSTS, *opened, by=by, at=at)
    return made


@transaction.atomic(savepoint=False)
def keep_contact(
    *,
    name: str,
    phone: str,
    email: str = "",
    address: str = "",
    language: str = "",
    purpose: str,
    held_by: Sequence[int],
    thread_id: int | None = None,
    account_id: int | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Keep contact data for one purpose, readable only by ``held_by`` and by the account itself."""
    insert(
        Contact(
            thread_id=thread_id,
            account_id=account_id,
            held_by=sorted(set(held_by)),
            name=name,
            phone=phone,
            email=email,
            address=address,
            language=language,
            purpose=purpose,
            since=at,
        )
    )


@transaction.atomic
def move_contact(thread_id: int, *, held_by: Sequence[int], by: Actor, at: datetime) -> int:
    """Hand the contact data of a thread to those who now need them; whoever held them before no longer does.

    Raises nothing when there are none. The caller has asked its own rules; only who sees them can give them away,
    and giving them away ends that sight, so the last line is written in the name of the service ``hand_over``.
    """
    if not Contact.objects.filter(thread_id=thread_id).exists():
        return 0
    with acting(Actor.for_service("hand_over")):
        return Contact.objects.filter(thread_id=thread_id).update(held_by=sorted(set(held_by)))


@transaction.atomic
def send_code(kind: str, address: str, *, by: Actor, at: datetime) -> str:
    """A fresh six-digit code for an address in normal form. The caller sends it; only its digest stays.

    Raises TooMany when one was sent less than a minute ago, or five within the hour.
    """
    digest = address_digest(address)
    # one sender at a time for an address: else those who ask at the same instant all see that none was sent
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
    recent = list(
        OneTimeCode.objects.filter(address_digest=digest, sent_at__gt=at - timedelta(hours=1))
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)[:5]
    )
    if recent and at - recent[0] < timedelta(minutes=1):
        raise TooMany(_("验证码刚刚发过，请等一分钟再试。"), code="code_just_sent")
    if len(recent) >= 5:
        raise TooMany(
            _("一小时内发送的验证码太多了。"), help=_("请稍后再试，或不登录直接反映问题。"), code="codes"
        )
    code = f"{secrets.randbelow(1_000_000):06d}"
    OneTimeCode.objects.create(
        address_digest=digest,
        code_digest=keyed("code", address, code),
        sent_at=at,
        expires_at=at + CODE_LASTS,
    )
    return code


@transaction.atomic
def use_code(address: str, code: str, *, by: Actor, at: datetime) -> bool:
    """Whether this is the newest code sent there; a right one is spent, with every other on its way.

    A wrong try is counted in this transaction, so the caller must let it commit.
    """
    row = (
        OneTimeCode.objects.select_for_update()
        .filter(address_digest=address_digest(address), used_at=None, expires_at__gt=at)
        .order_by("-sent_at")
        .first()
    )
    if row is None or row.tries >= CODE_TRIES:
        return False
    if not secrets.compare_digest(bytes(row.code_digest), keyed("code", address, code.strip())):
        OneTimeCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        return False
    OneTimeCode.objects.filter(address_digest=address_digest(address), used_at=None).update(used_at=at)
    return True


@transaction.atomic(savepoint=False)
def account_at(address: str, *, by: Actor, at: datetime) -> Account:
    """The account behind an address in normal form, made when nobody has signed in with it yet."""
    account, _made = Account.objects.get_or_create(
        address_digest=address_digest(address), defaults={"since": at, "password": make_password(None)}
    )
    return account


@transaction.atomic
def sign_in_by_code(address: str, code: str, *, by: Actor, at: datetime) -> Account | None:
    """The account behind an address, if the code is right; made on the first time. None for a wrong code."""
    if not use_code(address, code, by=by, at=at):
        return None
    account = account_at(address, by=by, at=at)
    return account if account.is_active else None


@transaction.atomic(savepoint=False)
def agree(
    purpose: str,
    version: str,
    language: str,
    *,
    by: Actor,
    at: datetime,
    thread_id: int | None = None,
) -> Consent:
    """Record a consent in the language in which it was read."""
    consent = Consent(
        account_id=by.account_id,
        thread_id=thread_id,
        purpose=purpose,
        version=version,
        language=language,
        given_at=at,
    )
    insert(consent)
    return consent


@transaction.atomic
def issue_token(
    account: Account, name: str, scopes: Sequence[str], *, expires_at: datetime, by: Actor, at: datetime
) -> str:
    """A new API token. It is shown once; only its digest is kept."""
    secret = "gz_" + secrets.token_urlsafe(32)
    Token.objects.create(
        digest=keyed("token", secret),
        account=account,
        name=name,
        scopes=list(scopes),
        since=at,
        expires_at=expires_at,
    )
    bump("programs")  # from now on there may be somebody to tell
    return secret


@transaction.atomic
def forget_contact(thread_id: int, *, by: Actor, at: datetime) -> int:
    """Delete the contact data of a thread. Needs an identity that may see them."""
    deleted, _rows = Contact.objects.filter(thread_id=thread_id).delete()
    return deleted


@transaction.atomic
def set_preferences(account: Account, *, language: str, large_type: bool, by: Actor, at: datetime) -> None:
    """Language and size of type."""
    account.language = language
    account.large_type = large_type
    account.save(update_fields=["language", "large_type"])


@transaction.atomic
def rename(account: Account, *, name: str, by: Actor, at: datetime) -> None:
    """How a person wants to be called."""
    account.name = name.strip()[:60]
    account.save(update_fields=["name"])


@transaction.atomic
def revoke_token(token_id: int, *, by: Actor, at: datetime) -> bool:
    """End one of the actor's own tokens. False when there is none with this id."""
    return bool(
        Token.objects.filter(pk=token_id, account_id=by.account_id or 0, revoked_at=None).update(
            revoked_at=at
        )
    )


#: How exactly it is known when a key was last used: not every request writes.
USED_EVERY = timedelta(minutes=5)


def used_token(token: Token, *, at: datetime) -> None:
    """Keep that a token was used now, to some minutes. One statement at most."""
    if token.last_used_at is None or at - token.last_used_at >= USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=at)


@transaction.atomic
def take_token(token_id: int, *, by: Actor, at: datetime) -> bool:
    """End somebody else's token, as an administrator. False when there is none with this id that is still good."""
    from gongzhi.people.policies import require

    require(by, "change_keys")
    return bool(Token.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at))


@transaction.atomic
def withdraw_consents(*, by: Actor, at: datetime) -> int:
    """The actor takes every consent back (PIPL art. 15). How many there were."""
    return Consent.objects.filter(account_id=by.account_id or 0, withdrawn_at=None).update(withdrawn_at=at)


@transaction.atomic
def close_account(account: Account, *, by: Actor, at: datetime) -> None:
    """Forget a resident's account: name, address, contact data, tokens. The empty row stays for the record.

    Whoever holds a post cannot be forgotten this way: their acts are the town's.
    """
    if Post.objects.filter(account=account).exists():
        raise Conflict(
            _("工作人员的账号由管理员停用，不能自己删除。"), help=_("请联系系统管理员。"), code="holds_posts"
        )
    if account.login:
        before = told.account_values(account)
        closed = books.Change(f"account:{account.pk}", before, {**before, "active": False}, _("登录账号"))
        books.note_in(told.POSTS, closed, by=by, at=at)
    Contact.objects.filter(account=account).delete()
    Token.objects.filter(account=account, revoked_at=None).update(revoked_at=at)
    withdraw_consents(by=by, at=at)
    account.name, account.login, account.address_digest, account.is_active = "", None, None, False
    account.password = make_password(None)
    account.save(update_fields=["name", "login", "address_digest", "is_active", "password"])
