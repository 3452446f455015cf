"""Who acts, with the posts they hold today. Built once per request; every action takes one as ``by``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import SignInFirst
from gongzhi.people.addresses import keyed
from gongzhi.people.models import Account, Post
from gongzhi.people.queries import token_by_digest
from gongzhi.people.roles import RESIDENT, said_of
from gongzhi.territory.ground import ground


@dataclass(frozen=True)
class PostHeld:
    """One post of a person: the role, and the area or organisation it is for."""

    role: str
    division_id: int | None
    division_path: str
    organisation_id: int | None
    organisation_name: str = ""
    division_name: str = ""

    @property
    def said(self) -> str:
        """The role as people read it, by the level of its area."""
        area = ground().areas.get(self.division_id or 0)
        return said_of(self.role, area.level if area else "")


@dataclass(frozen=True)
class Person(Actor):
    """An actor with posts. ``bearer_of`` are matters whose query code this visitor has shown,
    ``reader_of`` those whose follower's code they have shown.
    """

    name: str = ""
    posts: tuple[PostHeld, ...] = ()
    bearer_of: frozenset[int] = field(default_factory=frozenset)
    reader_of: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def visitor(cls) -> Person:
        """Somebody without an account."""
        return cls(part=RESIDENT)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role this person holds somewhere."""
        return frozenset(post.role for post in self.posts)

    @property
    def is_staff(self) -> bool:
        """Does this person hold any post?"""
        return bool(self.posts)

    def holding(self, *roles: str) -> tuple[PostHeld, ...]:
        """The posts with one of these roles."""
        return tuple(post for post in self.posts if post.role in roles)

    def areas(self, *roles: str) -> tuple[str, ...]:
        """Paths of the areas for which this person holds one of these roles."""
        return tuple(post.division_path for post in self.holding(*roles) if post.division_id)

    def organisations(self, *roles: str) -> frozenset[int]:
        """Organisations in which this person holds one of these roles."""
        return frozenset(post.organisation_id for post in self.holding(*roles) if post.organisation_id)

    def bearing(self, *, reports: Iterable[int] = (), follows: Iterable[int] = ()) -> Person:
        """The same person, having shown the codes of some matters."""
        return replace(
            self, bearer_of=self.bearer_of | frozenset(reports), reader_of=self.reader_of | frozenset(follows)
        )


def posts_of(account_id: int) -> tuple[PostHeld, ...]:
    """The posts an account holds today. One statement."""
    today = clock.today()
    rows = (
        Post.objects.filter(account_id=account_id, starts_on__lte=today)
        .filter(Q(ends_on=None) | Q(ends_on__gt=today))
        .order_by("id")
        .values_list(
            "role",
            "division_id",
            F("division__path"),
            "organisation_id",
            F("organisation__name"),
            F("division__name"),
        )
    )
    return tuple(
        PostHeld(role, division, path or "", organisation, name or "", area or "")
        for role, division, path, organisation, name, area in rows
    )


def person_for(account: Account) -> Person:
    """The actor of a signed-in account, with the posts that were read with it."""
    rows: list[list[Any]] | None = getattr(account, "posts_today", None)
    posts = posts_of(account.pk) if rows is None else tuple(PostHeld(*row) for row in rows)
    part = posts[0].role if posts else RESIDENT
    return Person(account_id=account.pk, part=part, name=account.name, posts=posts)


def of_token(request: HttpRequest) -> Person:
    """The bearer of the request's token, or a visitor; the token's scopes and key stay on the request. SignInFirst if void."""
    from gongzhi.people.actions import used_token

    request.scopes, request.token_id = frozenset(), None  # type: ignore[attr-defined]
    told = request.headers.get("Authorization", "")
    if not told:
        return Person.visitor()
    scheme, _blank, secret = told.partition(" ")
    found = None
    if scheme.lower() == "bearer" and secret.strip():
        found = token_by_digest(keyed("token", secret.strip()), at=clock.now())
    if found is None:
        raise SignInFirst(
            _("令牌无效或已过期。"), help=_("请到“我的账号”发一把新的钥匙。"), code="token_invalid"
        )
    request.scopes, request.token_id = frozenset(found.scopes), found.pk  # type: ignore[attr-defined]
    used_token(found, at=clock.now())
    return person_for(found.account)


#: Key in the session under which shown codes are kept: {matter id: part}.
SHOWN_CODES = "shown_codes"


def of_request(request: HttpRequest) -> Person:
    """Who is asking: the signed-in account with its posts, or a visitor; with the codes shown in this session.

    Below /api/ only a token counts, never the session: a page of somebody else's cannot make a browser send one.
    """
    if request.path.startswith("/api/"):
        return of_token(request)
    account = request.user
    person = person_for(account) if isinstance(account, Account) and account.is_active else Person.visitor()
    shown = request.session.get(SHOWN_CODES) or {}
    if not shown:
        return person
    return person.bearing(
        reports=[int(key) for key, part in shown.items() if part == "reporter"],
        follows=[int(key) for key, part in shown.items() if part != "reporter"],
    )
