"""In whose name the code is running: `acting(who)` and `current()`.

The database backend (`gongzhi.kit.db`) reads the identity from here before every statement and tells PostgreSQL
with `SET LOCAL`, so row-level security sees the same identity as Python does. This module knows nothing of
databases and nothing of people: anything with `account_id` and `service` can act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

_SERVICE = re.compile(r"[a-z][a-z0-9_.]{0,59}")


@runtime_checkable
class Who(Protocol):
    """What an identity must tell: an account, or the name of a service, or neither (nobody)."""

    @property
    def account_id(self) -> int | None: ...

    @property
    def service(self) -> str | None: ...


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: an account, a service of our own, or nobody. Floors above add names and posts.

    `part` is the word under which the record shows the act (a role, or "service").
    """

    account_id: int | None = None
    service: str | None = None
    part: str = ""

    @classmethod
    def nobody(cls) -> Self:
        """A visitor without an account."""
        return cls()

    @classmethod
    def for_service(cls, name: str) -> Self:
        """A service of our own: a reader, a sweep, an import. The name is what policies of the database see."""
        if not _SERVICE.fullmatch(name):
            raise ValueError(f"a service name is lower-case letters, digits, dots and underscores: {name!r}")
        return cls(service=name, part="service")


@dataclass(frozen=True, slots=True)
class Identity:
    """What PostgreSQL is told: `account` is digits or empty, `service` a plain name or empty."""

    account: str = ""
    service: str = ""


NOBODY = Identity()
_identity: ContextVar[Identity] = ContextVar("gongzhi_identity", default=NOBODY)
_who: ContextVar[Who | None] = ContextVar("gongzhi_who", default=None)


def identity_of(who: Who | None) -> Identity:
    """Translate an actor into an identity; raise ValueError for a service name that is not plain."""
    if who is None:
        return NOBODY
    account = "" if who.account_id is None else str(int(who.account_id))
    service = who.service or ""
    if service and not _SERVICE.fullmatch(service):
        raise ValueError(f"a service name is lower-case letters, digits, dots and underscores: {service!r}")
    return Identity(account, service)


def identity() -> Identity:
    """The identity in force in this context (thread, task)."""
    return _identity.get()


def current() -> Any:
    """The actor given to the innermost `acting(...)`, or None for nobody."""
    return _who.get()


@contextmanager
def acting(who: Who | None) -> Iterator[None]:
    """Run a block in the name of `who`; the identity before it is restored whatever happens inside.

    May be entered before, inside and across transactions. A new thread starts as nobody.
    """
    told = _identity.set(identity_of(who))
    kept = _who.set(who)
    try:
        yield
    finally:
        _who.reset(kept)
        _identity.reset(told)
