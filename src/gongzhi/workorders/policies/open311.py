"""Who may enter partners of the exchange, and give them keys."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.workorders.policies.police import ADMIN, posts

SEES = posts(
    "sees_partners", _("系统管理员、受理员和审计员"), Role.ADMIN, Role.CLERK, Role.AUDITOR, below=False
)

PARTNERS = RuleTable({"see": SEES, "change": ADMIN})


def require(actor: Actor | None, verb: str) -> Person:
    """The actor as a person who may do this; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and PARTNERS.may(actor, verb, None):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(
        gettext("只有系统管理员可以管理对接方和密钥。") if verb == "change" else "",
        help=gettext("如果这是您的工作，请联系系统管理员给您安排岗位。"),
    )
