"""Who may change the ground: borders and calendars. Everybody who works here may read them.

The territory lies below the people, so an actor is only asked for the codes of the roles they hold.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable


def _roles(actor: Any) -> frozenset[str]:
    return frozenset(getattr(actor, "roles", ()))


STAFF = Rule(
    "any_post",
    _("所有工作人员"),
    lambda actor, thing: bool(_roles(actor)),
    lambda actor: Q() if _roles(actor) else NO_ROWS,
)
ADMIN = Rule(
    "admin",
    _("系统管理员"),
    lambda actor, thing: "admin" in _roles(actor),
    lambda actor: Q() if "admin" in _roles(actor) else NO_ROWS,
)

KEEPERS = frozenset({"clerk", "admin"})
PLACES = Rule(
    "keeps_places",
    _("受理员和系统管理员"),
    lambda actor, thing: bool(_roles(actor) & KEEPERS),
    lambda actor: Q() if _roles(actor) & KEEPERS else NO_ROWS,
)

GROUND = RuleTable(
    {
        "see_calendar": STAFF,
        "change_calendar": ADMIN,
        "see_ground": STAFF,
        "change_ground": ADMIN,
        "change_places": PLACES,
    }
)


def require(actor: Any, verb: str) -> Any:
    """The actor, if they may; SignInFirst or Forbidden otherwise."""
    if GROUND.may(actor, verb, None):
        return actor
    if getattr(actor, "account_id", None) is None:
        raise SignInFirst
    if verb == "change_places":
        raise Forbidden(_("地点由受理员和系统管理员维护。"), help=_("发现错漏，请告诉受理员。"))
    if verb.startswith("change"):
        raise Forbidden(_("辖区和日历由系统管理员维护。"), help=_("需要更正，请联系系统管理员。"))
    raise Forbidden(_("这个页面只对工作人员开放。"))
