"""Who keeps the register and who sees the figures. Not about a case: no row here says anything of one.

A committee's clerk keeps their own committee and its mediators; the clerk of a street's committee all in the street.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.mediation.models import Basis, Committee
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground


def _holding(name: str, label: str, *roles: str) -> Rule:
    def may(actor: Actor, thing: object = None) -> bool:
        return isinstance(actor, Person) and bool(actor.holding(*roles))

    return Rule(name, label, may, lambda actor: Q() if may(actor) else NO_ROWS)


SEES = _holding(
    "sees_register", _("调委会内勤、调解员、受理员、领导、审计员和管理员"),
    Role.CASE_CLERK, Role.MEDIATOR, Role.CLERK, Role.LEADER, Role.AUDITOR, Role.ADMIN,
)  # fmt: skip
KEEPS = _holding("keeps_register", _("调委会内勤和管理员"), Role.CASE_CLERK, Role.ADMIN)
COUNTS = _holding(
    "sees_figures",
    _("调委会内勤、领导、审计员和管理员"),
    Role.CASE_CLERK,
    Role.LEADER,
    Role.AUDITOR,
    Role.ADMIN,
)
#: How long things take is decided for the whole town: not by each committee's clerk.
TERMS = _holding("keeps_terms", _("领导和管理员"), Role.LEADER, Role.ADMIN)
MEDIATES = _holding("mediates", _("调解员本人"), Role.MEDIATOR)
ENTERS = _holding(
    "enters_self_help", _("调委会内勤、网格长和管理员"), Role.CASE_CLERK, Role.GRID_LEADER, Role.ADMIN
)

REGISTER = RuleTable(
    {
        "see_register": SEES,
        "keep_register": KEEPS,
        "keep_terms": TERMS,
        "see_figures": COUNTS,
        "keep_ledger": KEEPS,
        "declare": MEDIATES,
        "enter_self_help": ENTERS,
    }
)

_DENIED = {
    "see_register": _("调解员名册的管理页只对有关工作人员开放。"),
    "keep_register": _("名册由调委会内勤维护。"),
    "keep_terms": _("期限由领导和管理员定。"),
    "see_figures": _("统计只对调委会和领导开放。"),
    "keep_ledger": _("台账由调委会内勤维护。"),
    "declare": _("这里由调解员本人填写。"),
    "enter_self_help": _("居民自治的数由网格长或调委会内勤登记。"),
}


def require(actor: Actor | None, verb: str) -> Person:
    """The actor as a person who may do this; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and REGISTER.may(actor, verb, None):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_DENIED[verb])


def keeps(actor: Actor) -> frozenset[int] | None:
    """Committees that this actor keeps; None: all."""
    if actor.service is not None or (isinstance(actor, Person) and actor.holding(Role.ADMIN)):
        return None
    if not isinstance(actor, Person):
        return frozenset()
    own = actor.organisations(Role.CASE_CLERK)
    rows = list(Committee.objects.values_list("pk", "basis", "organisation__division_id"))
    land = ground()
    streets = {division for key, basis, division in rows if key in own and basis == Basis.STREET}
    return own | {
        key for key, _basis, division in rows if streets & {area.id for area in land.line(division)}
    }


def keep_or_refuse(actor: Actor, committee_id: int) -> None:
    """Forbidden unless the actor keeps this committee."""
    mine = keeps(actor)
    if mine is not None and committee_id not in mine:
        raise Forbidden(_("这个调委会由它自己的内勤维护。"))


def counts_for(actor: Actor) -> tuple[str, ...] | None:
    """Paths of the areas for which this actor enters what neighbours settled; None: all. Grid leaders answer for their
    community's list, the clerk of a committee for what it covers."""
    mine = keeps(actor)
    if mine is None:
        return None
    land = ground()
    paths = [
        land.areas[key].path
        for row in Committee.objects.filter(pk__in=mine)
        for key in row.divisions
        if key in land.areas
    ]
    if isinstance(actor, Person):
        for post in actor.holding(Role.GRID_LEADER):
            above = [area for area in land.line(post.division_id) if area.level == "community"]
            paths += [area.path for area in above]
    return tuple(paths)


def counted_for(actor: Person) -> frozenset[int]:
    """Areas whose figures this actor sees: those they lead or audit, and those that their committee covers."""
    land = ground()
    paths = list(actor.areas(Role.LEADER, Role.AUDITOR, Role.ADMIN))
    own = actor.organisations(Role.CASE_CLERK)
    if own:
        bodies = organisations()
        covered = Committee.objects.filter(pk__in=own).values_list("divisions", flat=True)
        keys = {key for row in covered for key in row} | {
            bodies[one].division_id for one in own if one in bodies
        }
        paths += [land.areas[key].path for key in keys if key in land.areas]
    if actor.holding(Role.ADMIN) and not paths:
        return frozenset(land.areas)
    return frozenset(area.id for area in land.areas.values() if any(area.within(path) for path in paths))
