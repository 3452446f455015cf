"""Who may do what with a whistle or a joint operation. The meeting's own table decides who belongs to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.meetings import policies as meetings
from gongzhi.people.roles import Role
from gongzhi.workorders.models.callouts import CalloutKind

#: Under which posts one may whistle, or call a joint operation. Grid leaders whistle for their community.
CALLING: dict[str, tuple[str, ...]] = {
    CalloutKind.WHISTLE: (Role.LEADER, Role.CLERK, Role.GRID_LEADER),
    CalloutKind.OPERATION: (Role.LEADER, Role.CLERK, Role.UNIT_HEAD),
}


def _reached(condition: Q) -> Q:
    """The same condition about the callout's meeting."""
    if condition == NO_ROWS:
        return NO_ROWS
    found = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        if isinstance(child, Q):
            found.children.append(_reached(child))
        else:
            name, value = child  # type: ignore[misc]
            found.children.append((f"meeting__{name}", value))
    return found


def _of_meeting(rule: Rule, label: str) -> Rule:
    def holds(actor: Any, callout: Any) -> bool:
        return rule.holds(actor, callout.meeting)

    return Rule(rule.name, label, holds, lambda actor: _reached(rule.where(actor)))


CALLER = _of_meeting(meetings.CALLER, _("召集人和召集单位的负责人员"))
INVITED = _of_meeting(meetings.INVITED, _("被召集的部门"))
OVERSEER = _of_meeting(meetings.OVERSEER, _("本辖区的领导、受理员和审计员"))

CALLOUTS = RuleTable(
    {
        "see": CALLER | INVITED | OVERSEER,
        "list_objects": CALLER,
        "inspect": CALLER | INVITED,
        "follow_up": CALLER,
        "settle": CALLER,
    }
)
