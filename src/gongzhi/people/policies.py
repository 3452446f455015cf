"""Who may read and change the register of posts. Not about one row: the "thing" is None."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role


def _holding(name: str, label: str, *roles: str) -> Rule:
    def may(actor: Actor, thing: object = None) -> bool:
        return isinstance(actor, Person) and bool(actor.holding(*roles))

    return Rule(name, label, may, lambda actor: Q() if may(actor) else NO_ROWS)


SEES = _holding(
    "sees_posts", _("管理员、审计员、领导、受理员、单位负责人和网格长"),
    Role.ADMIN, Role.AUDITOR, Role.LEADER, Role.CLERK, Role.UNIT_HEAD, Role.GRID_LEADER,
)  # fmt: skip
ADMIN = _holding("admin", _("系统管理员"), Role.ADMIN)

STAFF = _holding("any_post", _("所有工作人员"), *Role.values)

KEYS = _holding("sees_keys", _("管理员和审计员"), Role.ADMIN, Role.AUDITOR)

PEOPLE = RuleTable(
    {
        "see_posts": SEES,
        "change_posts": ADMIN,
        "see_lines": STAFF,
        "change_lines": ADMIN,
        "see_keys": KEYS,
        "change_keys": ADMIN,
    }
)


def require(actor: Actor | None, verb: str) -> Person:
    """The actor as a person who may do this; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and PEOPLE.may(actor, verb, None):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED[verb], help=_("需要调整，请联系系统管理员。"))


_DENIED = {
    "see_posts": _("岗位名册只对管理人员开放。"),
    "change_posts": _("岗位由系统管理员安排。"),
    "see_lines": _("这个页面只对工作人员开放。"),
    "change_lines": _("责任条线由系统管理员维护。"),
    "see_keys": _("程序钥匙的清单只对系统管理员和审计员开放。"),
    "change_keys": _("别人的钥匙由系统管理员停用。"),
}
