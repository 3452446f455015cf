"""Who may work at the desk itself: enter a report for somebody, read the rule tables, change them.

One order's rights stand in ``orders.py``; these are about the room as a whole, so the "thing" is None.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, UNIT_ROLES, Role


def _holding(name: str, label: str, *roles: str) -> Rule:
    """Whoever holds one of these roles anywhere; any post at all when none is named."""

    def may(actor: Actor, thing: object = None) -> bool:
        if not isinstance(actor, Person):
            return False
        return bool(actor.holding(*roles)) if roles else actor.is_staff

    return Rule(name, label, may, lambda actor: Q() if may(actor) else NO_ROWS)


ANY_POST = _holding("any_post", _("所有工作人员"))
INTAKE = _holding("intake", _("受理员、网格长、网格员和楼栋长"), Role.CLERK, Role.BUILDING_HEAD, *GRID_ROLES)
POCKET = _holding(
    "pocket",
    _("网格长、网格员、楼栋长、单位人员和受理员"),
    Role.CLERK,
    Role.BUILDING_HEAD,
    *UNIT_ROLES,
)
TABLES = _holding("tables", _("受理员和系统管理员"), Role.CLERK, Role.ADMIN)
CAPS = _holding("caps", _("领导和系统管理员"), Role.LEADER, Role.ADMIN)

DESK = RuleTable(
    {
        "open_desk": ANY_POST,
        "take_in": INTAKE,
        "open_pocket": POCKET,
        "read_tables": ANY_POST,
        "change_tables": TABLES,
        "change_caps": CAPS,
    }
)


def require(actor: Actor, verb: str) -> Person:
    """The actor as a person who may do this at the desk; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and DESK.may(actor, verb, None):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED.get(verb, ""), help=_("如果这是您的工作，请联系系统管理员给您安排岗位。"))


_DENIED = {
    "open_desk": _("工作台只对工作人员开放。"),
    "take_in": _("只有受理员和网格工作人员可以代为登记。"),
    "open_pocket": _("随身办只对到现场的工作人员开放。"),
    "change_tables": _("只有受理员和系统管理员可以修改规则。"),
    "change_caps": _("只有领导和系统管理员可以修改比例上限。"),
}
