"""The roles a post can have, in the words of the field. What each may do stands in the rooms' policies."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles of posts. Every account is a resident; that needs no post."""

    GRID_LEADER = "grid_leader", _("网格长")
    GRID_MEMBER = "grid_member", _("网格员")
    BUILDING_HEAD = "building_head", _("楼栋长")
    CLERK = "clerk", _("受理员")
    HANDLER = "handler", _("经办人")
    CHECKER = "checker", _("核查员")
    UNIT_HEAD = "unit_head", _("单位负责人")
    LEADER = "leader", _("街道领导")
    MEDIATOR = "mediator", _("调解员")
    CASE_CLERK = "case_clerk", _("调委会内勤")
    AUDITOR = "auditor", _("审计员")
    ADMIN = "admin", _("系统管理员")


#: The part of everybody who holds no post.
RESIDENT = "resident"
#: The part of the platform itself.
SYSTEM = "system"
#: What whoever leads an area is called, by its level.
_LEADERS = {"district": _("区领导"), "street": Role.LEADER.label, "community": _("社区领导")}
#: Parts as people read them where nobody knows for which area: a leader may be of the street or of the district.
PARTS = {
    RESIDENT: _("居民"),
    SYSTEM: _("系统"),
    **{role.value: role.label for role in Role},
    Role.LEADER.value: _("领导"),
}
#: Roles that work for an area as a whole rather than for one organisation in it.
AREA_ROLES = frozenset({Role.CLERK, Role.CHECKER, Role.LEADER, Role.AUDITOR, Role.ADMIN})
#: Roles that work in a grid.
GRID_ROLES = frozenset({Role.GRID_LEADER, Role.GRID_MEMBER})
#: Roles that handle what their organisation is given.
UNIT_ROLES = frozenset({Role.HANDLER, Role.UNIT_HEAD}) | GRID_ROLES


def said_of(role: str, level: str = "") -> str:
    """A role as people read it, for an area of a level: who leads a district is no leader of a street."""
    if role == Role.LEADER and level in _LEADERS:
        return str(_LEADERS[level])
    return str(PARTS.get(role, role))
