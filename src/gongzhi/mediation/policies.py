"""Who may do what in a case. One table, closed by default; the sides of ``journal.Access`` decide, nothing else.

Each rule answers both "may this person?" and "which ones?"; the database's own lock says the same (``0002_locks``).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop as _

from gongzhi.journal.models import PARTY, TEAM, Access
from gongzhi.journal.queries import access_of
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role

#: Who looks into a sealed case with a reason. The database asks for the same posts.
LOOKING_IN = (Role.LEADER, Role.AUDITOR)
#: Who receives cases and opens them for a committee.
RECEIVING = (Role.CASE_CLERK, Role.MEDIATOR)
#: Who refers a case from somewhere else.
REFERRING = (Role.CLERK, Role.GRID_LEADER, Role.GRID_MEMBER, Role.HANDLER, Role.UNIT_HEAD, *RECEIVING)


def held(actor: Actor, case: Any) -> list[Access]:
    """Every access of the actor to a case; read once for each row in memory."""
    kept: dict[int | None, list[Access]] = case.__dict__.setdefault("_held", {})
    if actor.account_id not in kept:
        kept[actor.account_id] = access_of(case.pk, actor.account_id) if actor.account_id else []
    return kept[actor.account_id]


def current_sides(actor: Actor, case: Any) -> frozenset[str]:
    """From which sides the actor sees new things now."""
    now = clock.now()
    return frozenset(row.side for row in held(actor, case) if row.ends_at is None or now < row.ends_at)


def _ever(actor: Actor, *conditions: Q) -> Q:
    if actor.account_id is None:
        return NO_ROWS
    rows = Access.objects.filter(*conditions, thread=OuterRef("pk"), person_id=actor.account_id)
    return Q(Exists(rows))


def _now() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


def _on_side(name: str, label: str, holds: Any, condition: Q) -> Rule:
    return Rule(
        name,
        label,
        lambda actor, case: any(map(holds, current_sides(actor, case))),
        lambda actor: _ever(actor, condition, _now()),
    )


#: The case as it stands. Who has left keeps what was written before, and nothing of this: ``queries.get_left``.
SEES = Rule(
    "sees",
    _("团队、当事人和被邀请的人，各看自己那一面"),
    lambda actor, case: bool(current_sides(actor, case)),
    lambda actor: _ever(actor, _now()),
)
TEAM_NOW = _on_side("team", _("本案团队"), lambda side: side == TEAM, Q(side=TEAM))
PARTY_NOW = _on_side("party", _("当事人"), lambda side: side.startswith(PARTY), Q(side__startswith=PARTY))
PARTY_OR_TEAM = Rule(
    "party_or_team",
    _("当事人，或团队代为登记"),
    lambda actor, case: PARTY_NOW.holds(actor, case) or TEAM_NOW.holds(actor, case),
    lambda actor: PARTY_NOW.where(actor) | TEAM_NOW.where(actor),
)


def _may_look_in(actor: Actor, case: Any = None) -> bool:
    return isinstance(actor, Person) and bool(actor.holding(*LOOKING_IN))


LOOKS_IN = Rule(
    "looks_in",
    _("领导和审计员，写明理由，半小时"),
    _may_look_in,
    lambda actor: Q() if _may_look_in(actor) else NO_ROWS,
)
#: After the docket's time the platform forgets by itself; the team may at the request of whom the words concern.
FORGETS = Rule(
    "forgets",
    _("本案团队；保管期满由平台"),
    lambda actor, case: actor.service == "erasure" or TEAM_NOW.holds(actor, case),
    lambda actor: Q() if actor.service == "erasure" else TEAM_NOW.where(actor),
)

_BY_NAME = {
    "team": TEAM_NOW, "party": PARTY_NOW, "party_or_team": PARTY_OR_TEAM, "looks_in": LOOKS_IN, "forgets": FORGETS,
}  # fmt: skip


def _rules() -> RuleTable:
    from gongzhi.mediation.workflow import STEPS

    return RuleTable({"see": SEES, **{step.verb: _BY_NAME[step.who] for step in STEPS}})


RULES = _rules()


def receives_for(actor: Actor) -> frozenset[int]:
    """Committees for which this person receives cases."""
    return actor.organisations(*RECEIVING) if isinstance(actor, Person) else frozenset()


def may_refer(actor: Actor) -> bool:
    """May this person hand a dispute to a committee?"""
    return isinstance(actor, Person) and bool(actor.holding(*REFERRING))
