"""What can be asked of the people: who is who, who holds what, where posts are vacant, how to reach a reporter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet

from gongzhi.kit.revision import cached
from gongzhi.people.models import Contact, Organisation, OrganisationKind, Post, Staffing, Token
from gongzhi.people.roles import Role
from gongzhi.territory.models import Division


@dataclass(frozen=True)
class Body:
    """An organisation as the rest of the platform knows it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    division_id: int | None
    public_phone: str
    serves: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The short name, or the name."""
        return self.short_name or self.name


def _read_organisations() -> dict[int, Body]:
    return {
        row[0]: Body(*row[:-1], serves=tuple(row[-1]))
        for row in Organisation.objects.filter(ends_on=None).values_list(
            "id", "code", "name", "short_name", "kind", "parent_id", "division_id", "public_phone", "serves"
        )
    }


def organisations() -> dict[int, Body]:
    """Every organisation that exists today, by id, kept in memory."""
    return cached("organisations", _read_organisations)


def organisation_of_area(division_id: int, kind: str = OrganisationKind.COMMUNITY) -> Body | None:
    """The organisation of a kind that belongs to an area or serves it: its residents' committee, its steward."""
    return next(
        (o for o in organisations().values() if o.kind == kind and division_id in (o.division_id, *o.serves)),
        None,
    )


def order_centre_of(street_id: int | None) -> Body | None:
    """The order centre of a street, or the first there is."""
    centres = [o for o in organisations().values() if o.kind == OrganisationKind.ORDER_CENTRE]
    return next((o for o in centres if o.division_id == street_id), centres[0] if centres else None)


def holders(on: date, *, division_id: int | None = None, organisation_id: int | None = None) -> list[Post]:
    """Posts held on a day for an area or an organisation, with their people."""
    posts = Post.objects.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))
    if division_id is not None:
        posts = posts.filter(division_id=division_id)
    if organisation_id is not None:
        posts = posts.filter(organisation_id=organisation_id)
    return list(posts.select_related("account", "division").order_by("role", "id"))


@dataclass(frozen=True)
class Vacancy:
    """An area that should have more posts of a role than are held."""

    division_id: int
    division_name: str
    role: str
    wanted: int
    held: int

    @property
    def missing(self) -> int:
        """How many posts are vacant."""
        return self.wanted - self.held


def vacancies(on: date, path: str = "/") -> list[Vacancy]:
    """Areas below ``path`` whose staffing rule is not met on a day (一长三员: one leader, three members)."""
    out = []
    for rule in Staffing.objects.order_by("level", "role"):
        held = Count(
            "posts",
            filter=Q(posts__role=rule.role, posts__starts_on__lte=on)
            & (Q(posts__ends_on=None) | Q(posts__ends_on__gt=on)),
        )
        areas = (
            Division.objects.filter(level=rule.level, ends_on=None, path__startswith=path)
            .annotate(held=held)
            .filter(held__lt=rule.posts)
            .order_by("code")
        )
        out += [Vacancy(area.pk, area.name, rule.role, rule.posts, area.held) for area in areas]
    return out


def contact_of(thread_id: int) -> Contact | None:
    """The contact data of whoever is owed an answer in a thread, if the acting identity may see them.

    The database decides (row-level security): outside a transaction, or for others, there is none.
    """
    return Contact.objects.filter(thread_id=thread_id).first()


def contact_of_account(account_id: int) -> Contact | None:
    """An account's own contact data, if the acting identity may see them."""
    return Contact.objects.filter(account_id=account_id, thread=None).first()


def token_by_digest(digest: bytes, *, at: datetime) -> Token | None:
    """The API token that is valid now, with its account."""
    valid = Token.objects.filter(digest=digest, revoked_at=None, expires_at__gt=at, account__is_active=True)
    return valid.select_related("account").first()


def tokens(*, at: datetime, words: str = "") -> QuerySet[Token]:
    """Every key that is good now, with its account, the last used first; those of some account if asked so."""
    rows = Token.objects.filter(revoked_at=None, expires_at__gt=at).select_related("account")
    if words:
        rows = rows.filter(
            Q(name__icontains=words) | Q(account__name__icontains=words) | Q(account__login=words)
        )
    return rows.order_by(F("last_used_at").desc(nulls_last=True), "pk")


def colleagues(organisation_id: int, on: date) -> list[tuple[int, str, str]]:
    """(account, name, role) of those who handle matters in an organisation today."""
    return list(
        Post.objects.filter(
            organisation_id=organisation_id,
            role__in=[Role.HANDLER, Role.UNIT_HEAD, Role.GRID_MEMBER, Role.GRID_LEADER],
            starts_on__lte=on,
        )
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .order_by("role", "account__name")
        .values_list("account_id", F("account__name"), "role")
    )


def accounts_holding(
    roles: Sequence[str], on: date, *, organisations: Sequence[int] | None = None, above: str | None = None
) -> list[int]:
    """Accounts that hold one of these roles on a day, in one of these organisations, or for the nearest area at or
    above a path (``/1/4/17/``) for which somebody does. One statement."""
    posts = Post.objects.filter(role__in=list(roles), starts_on__lte=on, account__is_active=True)
    posts = posts.filter(Q(ends_on=None) | Q(ends_on__gt=on))
    if organisations is not None:
        posts = posts.filter(organisation_id__in=list(organisations))
        return list(dict.fromkeys(posts.order_by("pk").values_list("account_id", flat=True)))
    rows = list(posts.exclude(division=None).order_by("pk").values_list("account_id", "division__path"))
    fits = [(account, path) for account, path in rows if (above or "").startswith(path)]
    nearest = max((len(path) for _account, path in fits), default=0)
    return list(dict.fromkeys(account for account, path in fits if len(path) == nearest))
