"""Who may do what with pairs, police partners, tips and emergencies. One order's rights stand in ``orders.py``.

Areas count: a clerk changes the pairs of the street whose clerk they are, a leader switches emergency mode for theirs.
The "thing" is the path of the area it is about, or None where only the post matters.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, Role


def posts(name: str, label: str, *roles: str, below: bool = True) -> Rule:
    """Holders of these roles (any when none is named). With a path, only for areas that theirs contains."""

    def holds(actor: Actor, path: str | None = None) -> bool:
        if not isinstance(actor, Person):
            return False
        posts = actor.holding(*roles) if roles else actor.posts
        return any(
            path is None or not below or (post.division_path and path.startswith(post.division_path))
            for post in posts
        )

    return Rule(name, label, holds, lambda actor: Q() if holds(actor) else NO_ROWS)


ANY = posts("any_post", _("所有工作人员"), below=False)
KEEPS_PAIRS = posts("keeps_pairs", _("本街道的受理员、领导和系统管理员"), Role.CLERK, Role.LEADER, Role.ADMIN)
ADMIN = posts("admin", _("系统管理员"), Role.ADMIN, below=False)
COUNTS = posts("counts", _("受理员、领导和审计员"), Role.CLERK, Role.LEADER, Role.AUDITOR, below=False)
CLERK = posts("clerk", _("工单中心的受理员"), Role.CLERK, below=False)
LEADER = posts("leader", _("本辖区的领导"), Role.LEADER)
RUNS = posts("runs", _("本辖区的领导和受理员"), Role.LEADER, Role.CLERK)
TENDS = posts("tends", _("本辖区的领导、受理员和网格人员"), Role.LEADER, Role.CLERK, *GRID_ROLES)

POLICE = RuleTable(
    {
        "see_pairs": ANY,
        "change_pairs": KEEPS_PAIRS,
        "change_partners": ADMIN,
        "count_calls": CLERK,
        "see_tips": CLERK,
        "count_tips": COUNTS,
        "see_emergency": ANY,
        "switch_on": LEADER,
        "ask_end": RUNS,
        "end": RUNS,
        "take_back_end": RUNS,
        "prepare": RUNS,
        "tend": TENDS,
        "notify": RUNS,
        "write_record": RUNS,
        "finish_record": LEADER,
    }
)

_DENIED = {
    "change_pairs": _("结对和值守由本街道的受理员、领导或系统管理员安排。"),
    "change_partners": _("只有系统管理员可以管理公安接口的密钥。"),
    "see_tips": _("线索只对工单中心的受理员开放。"),
    "switch_on": _("只有本辖区的领导可以启动应急状态。"),
    "finish_record": _("复盘由本辖区的领导定稿。"),
}


def require(actor: Actor | None, verb: str, path: str | None = None) -> Person:
    """The actor as a person who may do this (in the area with this path); SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and POLICE.may(actor, verb, path):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED.get(verb, ""), help=_("如果这是您的工作，请联系系统管理员给您安排岗位。"))
