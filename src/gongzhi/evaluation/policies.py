"""Who may read, publish, appeal and decide. One table, closed by default; each rule names the thing it looks at.

``publish``, ``preview``: a division. ``appeal``: a result. ``decide``: an appeal. ``read``, ``change_formula``: nothing in
particular. Whoever heads the unit that appeals does not decide the appeal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role

#: In a residents' committee nobody is called head of unit: there the grid leaders speak for it.
HEAD_ROLES = (Role.UNIT_HEAD, Role.GRID_LEADER)


def _post(name: str, label: str, *roles: str) -> Rule:
    """Whoever holds one of these roles anywhere; any post at all when none is named."""

    def may(actor: Actor, thing: object = None) -> bool:
        return isinstance(actor, Person) and (bool(actor.holding(*roles)) if roles else actor.is_staff)

    return Rule(name, label, may, lambda actor: Q() if may(actor) else NO_ROWS)


def _over(name: str, label: str, path_of: Callable[[Any], str], field: str, *roles: str) -> Rule:
    """Holders of these roles for an area that the thing lies in."""

    def holds(actor: Actor, thing: Any) -> bool:
        return isinstance(actor, Person) and any(path_of(thing).startswith(p) for p in actor.areas(*roles))

    def where(actor: Actor) -> Q:
        paths = actor.areas(*roles) if isinstance(actor, Person) else ()
        found = NO_ROWS
        for path in paths:
            found = (
                found | Q(**{f"{field}__startswith": path})
                if found != NO_ROWS
                else Q(**{f"{field}__startswith": path})
            )
        return found

    return Rule(name, label, holds, where)


def _heads(thing_unit: Callable[[Any], int], field: str, name: str, label: str) -> Rule:
    def holds(actor: Actor, thing: Any) -> bool:
        return isinstance(actor, Person) and thing_unit(thing) in actor.organisations(*HEAD_ROLES)

    def where(actor: Actor) -> Q:
        units = actor.organisations(*HEAD_ROLES) if isinstance(actor, Person) else frozenset()
        return Q(**{f"{field}__in": sorted(units)}) if units else NO_ROWS

    return Rule(name, label, holds, where)


STAFF = _post("staff", _("所有工作人员"))
LEADERS = _post("leaders", _("领导"), Role.LEADER)
LEADS = _over("leads", _("本地的领导"), lambda area: area.path, "path", Role.LEADER)
OVERSEES = _over(
    "oversees", _("本地的领导、受理员和审计员"), lambda area: area.path, "path",
    Role.LEADER, Role.CLERK, Role.AUDITOR,
)  # fmt: skip
HEADS = _heads(lambda result: result.unit_id, "unit_id", "heads", _("被评价单位的负责人，社区为网格长"))
DECIDES = _over(
    "decides", _("本地的领导"), lambda appeal: appeal.result.publication.area.path,
    "result__publication__area__path", Role.LEADER,
)  # fmt: skip
CONCERNED = _heads(
    lambda appeal: appeal.result.unit_id, "result__unit_id", "concerned", _("申诉单位的负责人")
)

RULES = RuleTable(
    {
        "read": STAFF,
        "preview": OVERSEES,
        "publish": LEADS,
        "appeal": HEADS,
        "decide": DECIDES & ~CONCERNED,
        "change_formula": LEADERS,
    }
)
