"""Which emergencies are on now, kept in memory: their clocks, and the banner on every page of the area.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.kit.banners import Banner
from gongzhi.kit.revision import cached
from gongzhi.matters.kinds import Term
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.models.emergencies import Emergency
from gongzhi.workorders.tables import tree

#: Promises of ours that an emergency speeds up or stops; those that wait for others are left alone.
CLOCKED = ("dispatch", "accept", "verify", "answer", "rework", "check", "report_back")
#: Their units by the clock of the wall.
_BY_THE_CLOCK = frozenset({"minutes", "hours"})


@dataclass(frozen=True)
class Mode:
    """An emergency that is on. ``codes`` are categories (with all below them) on the emergency clock."""

    id: int
    name: str
    kind: str
    division_id: int
    path: str
    codes: tuple[str, ...]
    day_hours: int
    since: datetime

    def covers(self, areas: Iterable[int | None]) -> bool:
        """Does one of these areas (street, community, grid …) lie in it?"""
        known = ground().areas
        return any(area in known and known[area].within(self.path) for area in areas if area)

    def speeds(self, code: str) -> bool:
        """Is a category with this code on the emergency clock?"""
        return bool(code) and tree().within(code, self.codes)


def _read() -> tuple[Mode, ...]:
    rows = Emergency.objects.filter(ended_at=None).select_related("division").order_by("starts_at")
    return tuple(
        Mode(
            row.pk, row.name, row.kind, row.division_id, row.division.path, tuple(row.categories), row.day_hours,
            row.starts_at,
        )
        for row in rows
    )  # fmt: skip


def modes() -> tuple[Mode, ...]:
    """Every emergency that is on, oldest first."""
    return cached("emergencies_on", _read)


def sped_up(promise: str, term: Term, code: str, areas: Iterable[int | None]) -> Term:
    """The term of a new promise: on the emergency clock where one is on for this category and one of these areas.

    Working hours become as many hours of the clock, a working day ``day_hours`` of them. Nothing becomes longer than
    it would have been by the calendar, since a working hour is never shorter than an hour.
    """
    if promise not in CLOCKED or term.unit in _BY_THE_CLOCK:
        return term
    known = tuple(areas)
    mode = next((mode for mode in modes() if mode.speeds(code) and mode.covers(known)), None)
    if mode is None:
        return term
    return Term(term.amount * (mode.day_hours if term.unit == "work_days" else 1), "hours", term.marks)


def banners(actor: Any) -> list[Banner]:
    """What stands on top of every page: for staff of the emergencies in their areas, for everybody else of all.

    Whoever only heads a building is a neighbour first: theirs are all, as those of any resident.
    """
    rows = modes()
    posts = (
        [post for post in actor.posts if post.role != Role.BUILDING_HEAD] if isinstance(actor, Person) else []
    )
    if posts:
        paths = [post.division_path or _path_of(post.organisation_id) for post in posts]
        rows = tuple(
            mode
            for mode in rows
            if any(mode.path.startswith(p) or p.startswith(mode.path) for p in paths if p)
        )
    return [
        Banner(
            _("{area}：{name}应急").format(area=ground().name_of(mode.division_id), name=mode.name),
            _("看避难场所、值守和通知"),
            reverse("workorders:emergency", args=[mode.id]),
            mode.since,
        )
        for mode in rows
    ]


def _path_of(organisation_id: int | None) -> str:
    """The area of an organisation; the whole territory when it works for no area of its own."""
    from gongzhi.people.queries import organisations

    body = organisations().get(organisation_id or 0)
    area = ground().areas.get(body.division_id or 0) if body else None
    return area.path if area else "/"
