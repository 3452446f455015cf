"""Whose queues there are: a street, a community, a grid, a building, a unit, and what a unit shares with others."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.policies import in_area


@dataclass(frozen=True)
class Scope:
    """A queue that a person may open: everything in an area, or everything a unit has. One index serves it.

    ``facet`` says the same as ``where`` to the search index; empty for a street or district, which has nearly all.
    ``ordered`` tells whether an index has the queue in its order. ``division_id`` or ``unit_id`` say whose it is; neither of
    what is shared.
    """

    key: str
    label: str
    where: Q
    facet: str = ""
    ordered: bool = True
    division_id: int | None = None
    unit_id: int | None = None


def _area_scope(key: str, label: str, division_id: int) -> Scope:
    area = ground().areas.get(division_id)
    letter = (
        {Level.COMMUNITY: "m", Level.GRID: "g", Level.BUILDING: "b"}.get(Level(area.level)) if area else None
    )
    facet = f"{letter}{division_id}" if letter else ""
    return Scope(key, label, in_area(division_id), facet, ordered=letter != "b", division_id=division_id)


def scopes(by: Person) -> list[Scope]:
    """The queues of a person's posts, without repeats, in the order of the posts."""
    found: dict[str, Scope] = {}
    for post in by.posts:
        if post.role in GRID_ROLES and post.division_id:
            key = f"area-{post.division_id}"
            name = ground().name_of(post.division_id, above=1)
            found.setdefault(key, _area_scope(key, name, post.division_id))
        # Administrators keep accounts and borders; they read no orders (policies.SUPERVISOR leaves them out too).
        if post.role in AREA_ROLES and post.role != Role.ADMIN and post.division_id:
            key = f"area-{post.division_id}"
            found.setdefault(key, _area_scope(key, ground().name_of(post.division_id), post.division_id))
        if post.role in UNIT_ROLES and post.organisation_id:
            key = f"unit-{post.organisation_id}"
            body = organisations().get(post.organisation_id)
            label = body.label if body else post.organisation_name
            found.setdefault(
                key,
                Scope(
                    key,
                    label,
                    Q(unit_id=post.organisation_id),
                    f"u{post.organisation_id}",
                    unit_id=post.organisation_id,
                ),
            )
            key = f"joint-{post.organisation_id}"
            label = _("{unit}（协办）").format(unit=label)
            joint = str(post.organisation_id)
            found.setdefault(key, Scope(key, label, Q(facets__contains=[joint]), joint, ordered=False))
    return list(found.values())
