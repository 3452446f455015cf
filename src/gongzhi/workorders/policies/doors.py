"""Who may do what at the other doors: devices, e-mail, pasted chats, paper forms. One order's rights stand in ``orders.py``.

Areas count: the "thing" is the path of the area that a device or a batch of forms is for, or None where only the post
matters. Whoever's unit owns a device may pause it as well; that is asked of the device itself.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.workorders.policies.police import ANY, posts

#: The services that take in what comes by these doors.
DEVICES_SERVICE, MAIL_SERVICE = "devices", "mail"

KEEPS = posts("keeps_doors", _("本街道的受理员和系统管理员"), Role.CLERK, Role.ADMIN)
CLERKS = posts("takes_letters", _("本街道工单中心的受理员"), Role.CLERK)

DOORS = RuleTable(
    {
        "see_devices": ANY,
        "change_devices": KEEPS,
        "see_letters": CLERKS,
        "print_sheets": KEEPS,
    }
)

_DENIED = {
    "see_devices": _("设备台账只对工作人员开放。"),
    "print_sheets": _("纸质表由本街道的受理员或系统管理员印。"),
    "see_letters": _("来信只对工单中心的受理员开放。"),
    "change_devices": _("设备由本街道的受理员或系统管理员管理。"),
}


def require(actor: Actor | None, verb: str, path: str | None = None) -> Person:
    """The actor as a person who may do this (in the area with this path); SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and DOORS.may(actor, verb, path):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED.get(verb, ""), help=_("如果这是您的工作，请联系系统管理员给您安排岗位。"))
