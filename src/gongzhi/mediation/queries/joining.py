"""Who may be asked into a team: the committee first, then the community, the police, and the departments around it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.mediation.models import Case
from gongzhi.people.models import OrganisationKind, Post
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground

#: Who looks after a staircase or walks a grid has no part in a quarrel of its neighbours.
_NOT_THEIRS = frozenset({Role.BUILDING_HEAD, Role.GRID_MEMBER})
#: Of a department only those who answer for it are proposed: a list of all its people helps nobody.
_SPEAKING = (Role.UNIT_HEAD,)
_DEPARTMENTS = frozenset(
    {OrganisationKind.OFFICE, OrganisationKind.ENFORCEMENT, OrganisationKind.SERVICE_CENTRE, OrganisationKind.BRANCH,
     OrganisationKind.BUREAU, OrganisationKind.HEALTH, OrganisationKind.FIRE}
)  # fmt: skip


def _near(division_id: int | None, ours: int | None) -> bool:
    """Is one area the other, or around it, or in it?"""
    if division_id is None or ours is None:
        return division_id == ours
    land = ground()
    one, other = land.areas.get(division_id), land.areas.get(ours)
    return one is not None and other is not None and (one.within(other.path) or other.within(one.path))


def may_join(case: Case, there: Collection[int]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (account, name and post), whoever is in the team already left out."""
    committee = organisations()[case.committee_id]
    groups: dict[str, list[tuple[str, str]]] = {
        _("本调委会"): [], _("社区"): [], _("公安"): [], _("部门"): [], _("其他调委会"): [],
    }  # fmt: skip
    of_kind = {
        OrganisationKind.COMMUNITY: _("社区"), OrganisationKind.POLICE: _("公安"),
        OrganisationKind.MEDIATION: _("其他调委会"), **dict.fromkeys(_DEPARTMENTS, _("部门")),
    }  # fmt: skip
    bodies = {
        body.id: _("本调委会") if body.id == committee.id else of_kind[OrganisationKind(body.kind)]
        for body in organisations().values()
        if body.id == committee.id
        or (body.kind in of_kind and _near(body.division_id, committee.division_id))
    }
    told = set(there)
    today = clock.today()
    rows = (
        Post.objects.filter(organisation_id__in=bodies, starts_on__lte=today, account__is_active=True)
        .filter(Q(ends_on=None) | Q(ends_on__gt=today))
        .select_related("account", "division")
    )
    for post in rows.order_by("organisation_id", "role", "id"):
        group = bodies[post.organisation_id or 0]
        if (
            post.account_id in told
            or post.role in _NOT_THEIRS
            or (group == _("部门") and post.role not in _SPEAKING)
        ):
            continue
        told.add(post.account_id)
        where = "" if group == _("本调委会") else f" · {organisations()[post.organisation_id or 0].label}"
        groups[group].append((str(post.account_id), f"{post.account} · {post.said}{where}"))
    return [(label, people) for label, people in groups.items() if people]
