"""Throttles: how often something may be done from one account or address.

One UPSERT on an unlogged table, by the generic cell rate algorithm: `limit` at once, then one per
`per_seconds / limit`. Counts are committed apart from the caller's transaction: a refusal, which rolls that back,
must not give the attempt back. Keys are stored as keyed digests only.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gongzhi.kit import clock, secrets
from gongzhi.kit.db.prepared import fetch
from gongzhi.kit.errors import TooMany

_UPSERT = """
INSERT INTO kit_throttle AS t (key, free_at) VALUES ($1, $2::timestamptz + $3::float8 * interval '1 second')
ON CONFLICT (key) DO UPDATE SET free_at = greatest(t.free_at, $2::timestamptz) + $3::float8 * interval '1 second'
WHERE greatest(t.free_at, $2::timestamptz) + $3::float8 * interval '1 second'
      <= $2::timestamptz + $4::float8 * interval '1 second'
RETURNING free_at
"""
_FREE_AT = "SELECT free_at FROM kit_throttle WHERE key = $1"

_mine = threading.local()

#: How many times a throttle has been asked in this process; tests look here to know whether to sweep.
asked = 0


def _run(sql: str, values: list[Any]) -> Any:
    """Execute one statement in a transaction of its own, whatever the caller has open; the first row or None."""
    if not connection.in_atomic_block:
        return next(iter(fetch(sql, values)), None)
    pool = connection.pool  # type: ignore[attr-defined]
    if pool is not None:
        pool.open()
        with pool.connection() as aside:
            return psycopg.RawCursor(aside).execute(sql, values).fetchone()
    for last in (False, True):
        aside = getattr(_mine, "connection", None)
        if aside is None or aside.closed or _mine.name != connection.settings_dict["NAME"]:
            params = connection.get_connection_params()  # type: ignore[attr-defined]
            params.pop("cursor_factory", None)
            aside = _mine.connection = psycopg.connect(**params, autocommit=True)
            _mine.name = connection.settings_dict["NAME"]
        try:
            return psycopg.RawCursor(aside).execute(sql, values).fetchone()
        except psycopg.OperationalError:
            with suppress(psycopg.Error):
                aside.close()
            if last:
                raise
    return None


@dataclass(frozen=True)
class Allowance:
    """What is left after a use: of `limit`, `left` more at once; the whole again after `reset_seconds`."""

    limit: int
    left: int
    reset_seconds: int


def throttle(
    kind: str, key: object, limit: int, per_seconds: int, *, at: datetime | None = None
) -> Allowance:
    """Count one use of `kind` by `key`; raise TooMany when it is more than `limit` per `per_seconds`.

    `key` is anything with a stable `str`: an account id, an address, a telephone number.
    """
    global asked
    asked += 1
    moment = at or clock.now()
    span = timedelta(seconds=per_seconds)
    key_digest = secrets.digest("throttle", f"{kind}\0{key}")
    values = [key_digest, moment, per_seconds / limit, float(per_seconds)]
    counted = _run(_UPSERT, values)
    if counted is not None:
        used = max(timedelta(0), counted[0] - moment)
        return Allowance(limit, int((span - used) / (span / limit)), ceil(used.total_seconds()))
    row = _run(_FREE_AT, [key_digest])
    wait = max(1, round(((row[0] if row else moment) + span / limit - moment - span).total_seconds()))
    raise TooMany(
        _("操作太频繁，请在 %(wait)s 后再试。") % {"wait": _spoken(wait)},
        wait_seconds=wait,
    )


def spent(kind: str, key: object, limit: int, per_seconds: int, *, at: datetime | None = None) -> bool:
    """Whether the next use would be refused. Counts nothing: for what is counted only when it fails."""
    moment, span = at or clock.now(), timedelta(seconds=per_seconds)
    digest = secrets.digest("throttle", f"{kind}\0{key}")
    row = _run(_FREE_AT, [digest])
    return row is not None and max(row[0], moment) + span / limit > moment + span


def _spoken(seconds: int) -> str:
    if seconds < 90:
        return _("%(n)d 秒") % {"n": seconds}
    if seconds < 5400:
        return _("%(n)d 分钟") % {"n": round(seconds / 60)}
    return _("%(n)d 小时") % {"n": round(seconds / 3600)}


def sweep(*, at: datetime | None = None) -> None:
    """Forget every key whose time has passed (a periodic job calls this)."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kit_throttle WHERE free_at < %s", [at or clock.now()])


def client_address(request: HttpRequest) -> str:
    """The address the request came from, counted back through our own proxies (GONGZHI_TRUSTED_PROXIES)."""
    nearest = request.META.get("REMOTE_ADDR", "") or "local"
    trusted = settings.TRUSTED_PROXIES
    if not trusted:
        return _household(nearest)
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return _household(told[-trusted] if len(told) >= trusted else nearest)


def _household(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 address its /64, of which one subscriber has 2**64 addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


@dataclass(frozen=True)
class Declared:
    """A throttle written on a view: asked before the view's transaction begins."""

    kind: str
    limit: int
    per_seconds: int
    by: str
    methods: frozenset[str]
    account_limit: int | None = None


View = TypeVar("View", bound=Callable[..., Any])


def throttled(
    kind: str, limit: int, per_seconds: int, *, by: str = "address", methods: tuple[str, ...] = ("POST",)
) -> Callable[[View], View]:
    """Decorator: throttle a view by `address`, by `account` (by address when nobody is signed in), or only those who
    are `signed_in`, beside a throttle by address that already counts everybody."""
    if by not in ("address", "account", "signed_in"):
        raise ValueError("by is address, account or signed_in")

    def declare(view: View) -> View:
        declared = Declared(kind, limit, per_seconds, by, frozenset(methods))
        view.throttles = (*getattr(view, "throttles", ()), declared)  # type: ignore[attr-defined]
        return view

    return declare


def ask_declared(request: HttpRequest, view: Any) -> None:
    """Ask every throttle written on `view`; raise TooMany at the first that refuses.

    What is left of the tightest stays on the request, for the headers of the answer.
    """
    for declared in getattr(view, "throttles", ()):
        if request.method not in declared.methods:
            continue
        account = getattr(getattr(request, "actor", None), "account_id", None)
        if declared.by == "signed_in" and not account:
            continue
        by_account = declared.by != "address" and account
        key = f"account {account}" if by_account else client_address(request)
        limit = declared.account_limit if by_account and declared.account_limit else declared.limit
        before = getattr(request, "allowance", None)
        try:
            now = throttle(declared.kind, key, limit, declared.per_seconds)
        except TooMany as refusal:
            request.allowance = Allowance(limit, 0, refusal.wait_seconds or 1)  # type: ignore[attr-defined]
            raise
        if before is None or now.left < before.left:
            request.allowance = now  # type: ignore[attr-defined]
