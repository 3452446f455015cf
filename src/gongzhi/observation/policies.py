"""Who may look at which area as a whole, write briefs about it, publish them, and keep report plans.

The "thing" is a division id (or None: anywhere). The rooms check once more before they hand out a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: Areas that have a board of their own.
LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)


def _paths(actor: Actor, roles: Iterable[str]) -> tuple[str, ...]:
    return actor.areas(*roles) if isinstance(actor, Person) else ()


def _division_of(thing: Any) -> int | None:
    """A thing is a division's id, a row that has one, or None."""
    return thing if thing is None or isinstance(thing, int) else int(thing.division_id)


def _for_area(name: str, label: Any, *roles: str) -> Rule:
    """Holders of these roles, for their area and everything in it."""

    def holds(actor: Actor, thing: Any) -> bool:
        paths, wanted = _paths(actor, roles), _division_of(thing)
        if wanted is None:
            return bool(paths)
        area = ground().areas.get(wanted)
        return area is not None and any(area.within(path) for path in paths)

    def where(actor: Actor) -> Q:
        found = NO_ROWS
        for path in _paths(actor, roles):
            part = Q(division__path__startswith=path)
            found = part if found == NO_ROWS else found | part
        return found

    return Rule(name, label, holds, where)


OVERSEER = _for_area("overseer", _("本地的受理员、领导和审计员"), Role.CLERK, Role.LEADER, Role.AUDITOR)
WRITER = _for_area("writer", _("本地的受理员和领导"), Role.CLERK, Role.LEADER)
LEADER = _for_area("leader", _("本地的领导"), Role.LEADER)

WINDOW = RuleTable(
    {
        "look": OVERSEER,
        "write_brief": WRITER,
        "publish_brief": LEADER,
        "change_form": WRITER,
        "change_plan": WRITER,
        "count_heads": WRITER,
    }
)

_DENIED = {
    "look": _("大屏和简报只对本地的受理员、领导和审计员开放。"),
    "write_brief": _("只有本地的受理员和领导可以写简报。"),
    "publish_brief": _("只有本地的领导可以发布简报。"),
    "change_form": _("只有本地的受理员和领导可以更换模板。"),
    "change_plan": _("只有本地的受理员和领导可以修改报表。"),
    "count_heads": _("只有本地的受理员和领导可以填人口数。"),
}


def require(actor: Actor | None, verb: str, thing: Any = None) -> Person:
    """The actor as a person who may do this there; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and WINDOW.may(actor, verb, thing):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED.get(verb, ""), help=_("如果这是您的工作，请联系系统管理员给您安排岗位。"))


def areas_of(by: Person) -> list[Area]:
    """The areas whose board this person may open: those of the posts, and the levels below down to communities."""
    paths = _paths(by, (Role.CLERK, Role.LEADER, Role.AUDITOR))
    found = [
        a for a in ground().areas.values() if a.level in LEVELS and any(a.within(path) for path in paths)
    ]
    return sorted(found, key=lambda area: (LEVELS.index(Level(area.level)), area.code))
