"""The one way a case takes a step: fetch under the lock, ask, move, write, keep copies in step. Used by its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.journal.models import ALL, PARTY, TEAM
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.kit.images import Picture
from gongzhi.matters import actions as matters
from gongzhi.matters.actions import Taken
from gongzhi.mediation import terms
from gongzhi.mediation.kind import CODE, PHRASES
from gongzhi.mediation.models import Case, Member, Party, Tally
from gongzhi.mediation.policies import RULES, current_sides
from gongzhi.mediation.queries.agreements import in_force
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.notices import actions as notices

#: For the team and every party; also for guests, where it was said with them in the room.
EVERYBODY, THE_TEAM = (ALL,), (TEAM,)
WITH_GUESTS = (ALL, "observer", "interpreter")


def party_side(number: int) -> str:
    """The side of a party."""
    return f"{PARTY}{number}"


def for_party(number: int) -> tuple[str, str]:
    """The team and one party."""
    return (TEAM, party_side(number))


def locked(case_id: int, verb: str, *, by: Actor, seen: int | None = None) -> Case:
    """The case with its matter and thread, locked, for somebody who may take this step. NotFound when they may not see it,
    Conflict when stale or not possible now, Forbidden when the step is not theirs: asked before anything is written."""
    case = (
        Case.objects.select_for_update(of=("self", "matter", "matter__thread"))
        .select_related("matter__thread")
        .filter(pk=case_id)
        .first()
    )
    if case is None or not RULES.may(by, "see", case):
        raise NotFound
    matters.same_version(case.matter, seen)
    state = WORKFLOW.states[case.state]
    step = next((one for one in WORKFLOW.possible(case.state) if one.verb == verb), None)
    if step is None:
        raise Conflict(
            _("现在是“{state}”，不能这样做。").format(state=_(state.label)),
            help=_("请刷新页面，看看现在可以做什么。"),
            code="step_not_allowed",
        )
    if not RULES.may(by, verb, case):
        raise Forbidden(_("您没有权限“{step}”。").format(step=_(step.label)), code="step_not_yours")
    return case


def own_party(case: Case, by: Actor) -> Party | None:
    """The party whose side the actor is on now."""
    numbers = [int(side.removeprefix(PARTY)) for side in current_sides(by, case) if side.startswith(PARTY)]
    return Party.objects.filter(case=case, number__in=numbers).order_by("number").first() if numbers else None


def on_team(case: Case, by: Actor) -> bool:
    """Is the actor on the team now?"""
    return TEAM in current_sides(by, case)


def party_of(case: Case, number: int) -> Party:
    """A party of the case by its number. NotFound when there is none."""
    found = Party.objects.filter(case=case, number=number).first()
    if found is None:
        raise NotFound
    return found


def speaking_for(case: Case, number: int | None, *, by: Actor) -> Party:
    """The party in whose name the actor acts: a party its own, the team any (it notes what was said to it)."""
    own = own_party(case, by)
    if own is not None and (number is None or number == own.number):
        return own
    if number is None or not on_team(case, by):
        raise NotFound
    return party_of(case, number)


def say(
    verb: str,
    *,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    sides: Sequence[str] = EVERYBODY,
) -> Said:
    """An entry of this room."""
    return Said(
        f"{CODE}.{verb}", text=text, detail=detail or {}, audience=PHRASES[verb].audience, sides=tuple(sides)
    )


@transaction.atomic(savepoint=False)
def take(
    case: Case,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    sides: Sequence[str] = EVERYBODY,
    fields: Mapping[str, Any] | None = None,
    tally: Mapping[str, Any] | None = None,
    until: Mapping[str, datetime] | None = None,
    pictures: Sequence[Picture] = (),
) -> Taken:
    """Take a step with a locked case. ``fields`` change its row, ``tally`` what is counted of it."""
    step = next((one for one in WORKFLOW.possible(case.state) if one.verb == verb), None)
    starting = tuple(
        p for p, effect in (step.clock if step else {}).items() if effect in ("start", "restart")
    )
    taken = matters.advance(
        case.matter,
        verb,
        case,
        said=[say(verb, text=text, detail=detail, sides=sides)],
        by=by,
        at=at,
        term_of=terms.term_for,
        until={**terms.until_of(starting, at), **(until or {})},
    )
    after = {
        **(fields or {}),
        "state": taken.matter.state,
        "open": WORKFLOW.states[taken.matter.state].open,
        "next_due_at": taken.matter.next_due_at if WORKFLOW.states[taken.matter.state].open else None,
    }
    moved = [name for name, value in after.items() if getattr(case, name) != value]
    for name in moved:
        setattr(case, name, after[name])
    if moved:  # whoever looks in writes an entry, and changes no row
        case.save(update_fields=moved)
    counted = dict(tally or {})
    if taken.before != case.state:
        counted["state"] = case.state
    if counted and on_team(case, by):
        Tally.objects.filter(pk=case.pk).update(**counted)
    elif counted:
        _count(case.pk, counted)
    if pictures:
        journal.attach(taken.entries[0], pictures)
    return taken


def _count(case_id: int, counted: Mapping[str, Any]) -> None:
    """The same where a party took the step: the numbers are not theirs to see, and move all the same."""
    from gongzhi.kit.acting import acting

    with acting(Actor.for_service("figures")):
        Tally.objects.filter(pk=case_id).update(**counted)


def members(case: Case) -> list[Member]:
    """The team now."""
    return list(Member.objects.filter(case=case, until=None).select_related("account"))


def tell(
    case: Case, purpose: str = "mediation.news", *, parties: Iterable[Party] | None = None, team: bool = False,
    by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Send those concerned a number and where to look; whoever acts knows already."""
    told = Party.objects.filter(case=case) if parties is None else parties
    accounts = [party.account_id for party in told] + ([m.account_id for m in members(case)] if team else [])
    wanted = [account for account in accounts if account and account != by.account_id]
    if clock.now() - at < FRESH and wanted:
        notices.tell(
            purpose,
            wanted,
            fills={"number": case.matter.number},
            url=f"/cases/{case.pk}/",
            by=by,
            at=at,
        )


#: What is older is history: nobody is rung up for it.
FRESH = terms.FRESH


def none_stands(case: Case) -> None:
    """Refuse to end the talks while an agreement is in force: they were about changing it, and it stands."""
    need(
        in_force(case) is None,
        _("已经有一份生效的协议，谈不成变更也不影响它。"),
        _("不再变更的，请选“不改了，照原协议”。"),
        code="agreement_stands",
    )


def need(fine: bool, sentence: str, help: str = "", *, code: str = "not_yet") -> None:
    """Raise Conflict with a sentence that says what would help, unless all is well."""
    if not fine:
        raise Conflict(sentence, help=help, code=code)


def wrong(field: str, sentence: str) -> Invalid:
    """What was filled in here will not do."""
    return Invalid(sentence, fields={field: [sentence]})
