"""Who may look at the papers of an area, change its Word forms, and look over translations."""

from __future__ import annotations

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

KEEPERS = (Role.CLERK, Role.LEADER)
READERS = (*KEEPERS, Role.CASE_CLERK, Role.MEDIATOR)


def _keeps(actor: Actor, division_id: Any = None) -> bool:
    if not isinstance(actor, Person):
        return False
    paths = actor.areas(*KEEPERS)
    area = ground().areas.get(division_id) if division_id else None
    return bool(paths) if division_id is None else area is not None and any(map(area.within, paths))


def _where(actor: Actor) -> Q:
    found = NO_ROWS
    for path in actor.areas(*KEEPERS) if isinstance(actor, Person) else ():
        part = Q(division__path__startswith=path)
        found = part if found == NO_ROWS else found | part
    return found


def _knows(actor: Actor, thing: Any = None) -> bool:
    return isinstance(actor, Person) and bool(actor.holding(*READERS))


KEEPER = Rule("keeper", _("本地的受理员和领导"), _keeps, _where)
READER = Rule(
    "reader", _("受理员、领导、调解员和调委会内勤"), _knows, lambda actor: Q() if _knows(actor) else NO_ROWS
)

DOORS = RuleTable({"look": READER, "change_form": KEEPER, "review": READER})
_DENIED = {
    "look": _("文书模板只对受理员、领导、调解员和调委会内勤开放。"),
    "change_form": _("只有本地的受理员和领导可以更换模板。"),
    "review": _("只有受理员、领导、调解员和调委会内勤可以登记译文审校。"),
}


def require(actor: Actor | None, verb: str, thing: Any = None) -> Person:
    """The actor as a person who may do this; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and DOORS.may(actor, verb, thing):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED[verb], help=_("如果这是您的工作，请联系系统管理员给您安排岗位。"))


def areas_kept(by: Person) -> list[Area]:
    """Areas for which this person may replace forms."""
    wanted = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
    paths = by.areas(*KEEPERS)
    found = [a for a in ground().areas.values() if a.level in wanted and any(map(a.within, paths))]
    return sorted(found, key=lambda area: (wanted.index(Level(area.level)), area.code))
