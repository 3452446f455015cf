"""What a case's page shows: for the team everything, for a party its own side, for a guest what is said with guests there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.journal.models import PARTY, TEAM
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.matters import clocks
from gongzhi.matters.models import How
from gongzhi.matters.queries import deadlines_of, links_of
from gongzhi.mediation import terms
from gongzhi.mediation.forms.steps import FORMS, StepForm
from gongzhi.mediation.kind import PHRASES, PROMISES
from gongzhi.mediation.models import (
    Case,
    Confirmation,
    Guest,
    Member,
    Opinion,
    Party,
    Sitting,
    Statement,
    Tally,
    Visit,
)
from gongzhi.mediation.papers.values import CURRENCY
from gongzhi.mediation.policies import RULES, current_sides
from gongzhi.mediation.queries import timeline
from gongzhi.mediation.queries.agreements import agreements_of, digest_of, in_force
from gongzhi.mediation.queries.cases import LeftPage
from gongzhi.mediation.words.acts import ICONS, Told, told
from gongzhi.mediation.workflow import ACCEPTED, MEDIATING, WORKFLOW
from gongzhi.meetings import video
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role

#: States as chips show them.
TONES = {
    "applied": "new", "offered": "waiting", "accepted": "working", "mediating": "working", "in_force": "soon",
    "performed": "done", "unsettled": "refused", "filed": "closed", "refused": "refused", "declined": "refused",
    "withdrawn": "closed",
}  # fmt: skip
#: The steps that a state is for, in order: they stand first. Everything else is folded away.
FIRST = {
    "applied": ("accept", "ask_consent", "refuse"),
    "offered": ("consent", "take_up", "decline"),
    "accepted": ("tell_rights", "propose_mediator", "say_of_mediator", "begin"),
    "mediating": ("say", "plan_sitting", "record_sitting", "draft", "keep_terms"),
    "in_force": ("finish", "ask_confirmation", "hear_court", "visit", "urge"),
    "performed": ("visit", "file", "ask_confirmation", "hear_court"),
    "unsettled": ("visit", "file"),
    "filed": ("forget",),
}
#: Steps that stand beside what they are about, or that have a page of their own.
BESIDE = frozenset(
    {"vote", "perform", "consent_to_guest", "admit_guest", "withdraw_consent", "cancel_sitting", "sign", "take_effect",
     "look_in", "count_as", "hand_over", "offer_topic", "write_story", "release_story", "withdraw_story"}
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A step that may be taken now, with its form."""

    verb: str
    label: str
    icon: str
    url: str
    form: StepForm | None
    open: bool = False
    danger: bool = False


_DANGER = frozenset({"refuse", "decline", "terminate", "withdraw", "forget"})


def offers(case: Case, by: Actor, *, bound: StepForm | None = None, verb: str = "") -> dict[str, Offer]:
    """verb → what may be done now; a form that was sent and had faults in place of a fresh one."""
    on_team = TEAM in current_sides(by, case)
    found = {}
    for step in WORKFLOW.possible(case.state):
        if not RULES.may(by, step.verb, case) or _of_no_use(step.verb, case, by, on_team=on_team):
            continue
        kind = FORMS.get(step.verb)
        form = None
        if kind is not None:
            form = (
                bound
                if bound is not None and verb == step.verb
                else kind(case=case, by=by, on_team=on_team, verb=step.verb)
            )
        if form is not None and not form.fields:
            form = None
        found[step.verb] = Offer(
            verb=step.verb,
            label=_(step.label),
            icon=ICONS.get(PHRASES[step.verb].icon, PHRASES[step.verb].icon),
            url=reverse("mediation:step", args=[case.pk, step.verb]),
            form=form,
            open=step.verb == verb,
            danger=step.verb in _DANGER,
        )
    return found


def _of_no_use(verb: str, case: Case, by: Actor, *, on_team: bool) -> bool:
    """Would the action refuse it whatever is filled in?"""
    if verb == "consent" and not on_team:
        numbers = [
            int(side.removeprefix(PARTY)) for side in current_sides(by, case) if side.startswith(PARTY)
        ]
        return not Party.objects.filter(case=case, number__in=numbers, consents_at=None).exists()
    if verb == "say_of_mediator":
        return case.mediator_id is None
    if verb == "ask_confirmation":
        there = Confirmation.objects.filter(case=case, agreement__replaced_at=None)
        return there.filter(result__in=(Confirmation.Result.NONE, Confirmation.Result.CONFIRMED)).exists()
    if verb == "keep_terms":
        return in_force(case) is None
    if verb in ("terminate", "decline", "withdraw"):
        return in_force(case) is not None
    if verb == "hear_court":
        return not Confirmation.objects.filter(case=case, result="").exists()
    return False


def shell_of(by: Actor) -> str:
    """Staff in their rail, neighbours as neighbours: a building head with a quarrel of their own is one of these."""
    works = isinstance(by, Person) and bool(by.roles - {Role.BUILDING_HEAD})
    return "kit/staff.html" if works else "kit/resident.html"


def _done_with(verb: str, case: Case, parties: list[Party]) -> bool:
    """Has a step that can be taken again served its purpose? Then another one stands first."""
    if verb == "tell_rights":
        return all(party.told_at for party in parties)
    if verb == "propose_mediator":
        return case.mediator_id is not None
    if verb == "say_of_mediator":
        return case.parties_agreed_at is not None
    return False


def _to_settle(
    case: Case, acts: list[Told], members: list[Member], opinions: list[Opinion]
) -> list[dict[str, str]]:
    """What the parties said of the team and nobody has answered yet: who shall step aside, who is not accepted."""
    there = {member.account_id: member for member in members if member.until is None}
    accepted = {opinion.party.name: opinion.at for opinion in opinions if opinion.agrees}
    found = []
    for act in acts:
        member = there.get(act.detail.get("account") or 0) if act.verb == "ask_recusal" else None
        if member is None or act.at < member.since:
            continue
        if member.account_id == case.mediator_id and act.party in accepted and act.at < accepted[act.party]:
            continue
        head = _("{who}申请{name}回避").format(who=act.party, name=member.account.name)
        found.append({"head": head, "text": act.text})
    for opinion in opinions:
        if not opinion.agrees:
            name = case.mediator.name if case.mediator else ""
            head = _("{who}不同意{name}做调解员").format(who=opinion.party.name, name=name)
            found.append({"head": head, "text": ""})
    return found


def promises_of(case: Case, now: datetime) -> list[dict[str, Any]]:
    """What is due until when, the nearest first."""
    rows = []
    for row in deadlines_of(case.pk).filter(met_at=None):
        standing = clocks.standing(row, now)
        promise = PROMISES[row.promise]
        rows.append(
            {"what": _(promise.label), "then": f"{_(promise.then)} · {_length(row.promise, row.starts_at)}", "until": row.due_at, "state": standing["state"],
             "share": standing["share"]}
        )  # fmt: skip
    return sorted(rows, key=lambda row: row["until"])


def _length(promise: str, starts_at: datetime) -> str:
    """How long it was when it began, and by which rule."""
    row = terms.duration(promise, clock.local(starts_at).date())
    return _("期限 {said}，依据：{source}").format(said=terms.said(row), source=_(row.source))


def row_of(case: Case, *, now: datetime) -> dict[str, Any]:
    """A case in a list of those who are in it."""
    state = WORKFLOW.states[case.state]
    return {
        "case": case,
        "title": case.subject_line or _("内容已删除"),
        "number": case.matter.number,
        "url": reverse("mediation:case", args=[case.pk]),
        "state": _(state.label),
        "tone": TONES[case.state],
        "due": case.next_due_at,
        "late": case.next_due_at is not None and case.next_due_at < now,
    }


def _agreements(case: Case, by: Actor) -> list[dict[str, Any]]:
    shown, asked = [], list(case.confirmations.all())
    confirmed = next((one for one in asked if one.result == Confirmation.Result.CONFIRMED), None)
    for row in agreements_of(case):
        own = [one for one in asked if one.agreement_id == row.pk]
        signatures = list(row.signatures.all())
        signed = {one.party_id for one in signatures if one.party_id}
        shown.append(
            {
                "row": row,
                "clauses": [
                    {
                        "row": clause,
                        "unit": _(CURRENCY.get(clause.currency, clause.currency)),
                        "votes": [(vote.party.name, vote.agrees) for vote in clause.votes.all()],
                    }
                    for clause in row.clauses.all()
                ],
                "signatures": signatures,
                "signed": signed,
                "mediator_signed": any(one.party_id is None and not one.seal for one in signatures),
                "sealed": any(one.seal for one in signatures),
                "digest": digest_of(row).hex(),
                "confirmations": own,
                # the court's word stands for what it confirmed, and for no later version
                "confirmed_before": row.effective_on
                and row.replaced_at is None
                and confirmed is not None
                and not any(one.result == Confirmation.Result.CONFIRMED for one in own),
            }
        )
    return shown


def _origins(case: Case, by: Actor) -> list[dict[str, Any]]:
    """The open matters it grew out of, for the sides that may know."""
    from gongzhi.matters.kinds import known

    addresses = {kind.code: kind.address_of for kind in known()}
    return [
        {
            "number": link.target.number,
            "title": link.target.title,
            "url": addresses[link.target.kind](link.target_id) if link.target.kind in addresses else "",
        }
        for link in links_of(case.pk)
        if link.how == How.CAUSED_BY and link.origin_id == case.pk
    ]


def page_of(case: Case, by: Actor, *, bound: StepForm | None = None, verb: str = "") -> dict[str, Any]:
    """Everything the page needs."""
    now = clock.now()
    sides = current_sides(by, case)
    on_team = TEAM in sides
    parties = list(Party.objects.filter(case=case).select_related("particulars", "account"))
    names = {party.number: party.name for party in parties}
    mine = next((party for party in parties if f"{PARTY}{party.number}" in sides), None)
    may = offers(case, by, bound=bound, verb=verb)
    first = [
        may[one]
        for one in FIRST.get(case.state, ())
        if one in may and one not in BESIDE and not _done_with(one, case, parties)
    ]
    rest = [one for code, one in may.items() if one not in first and code not in BESIDE]
    opinions = list(
        Opinion.objects.filter(case=case, account_id=case.mediator_id or 0).select_related("party")
    )
    agreements = _agreements(case, by)
    # a version that was given up is none that anybody signs or keeps
    latest = next((one for one in agreements if one["row"].replaced_at is None), None)
    for one in ("sign", "take_effect"):
        form = may[one].form if latest and one in may else None
        if form is not None and latest and not form.is_bound:
            form.initial.update({"agreement_id": latest["row"].pk, "shown": latest["digest"]})
    # what was planned and not held is of no use any more once there is an agreement, or an end
    to_come = case.state in (ACCEPTED, MEDIATING)
    sittings = list(
        Sitting.objects.filter(case=case, cancelled_at=None).select_related("party", "interpreter")
    )
    state = WORKFLOW.states[case.state]
    asked = list(Guest.objects.filter(case=case).prefetch_related("consents"))
    given = {
        guest.pk: {one.party_id for one in guest.consents.all() if one.withdrawn_at is None}
        for guest in asked
    }
    members = list(Member.objects.filter(case=case).select_related("account"))
    acts = [told(entry, names, on_team=on_team) for entry in timeline(case, by=by)]
    return {
        **row_of(case, now=now),
        "shell": shell_of(by),
        "staff": getattr(by, "is_staff", False),
        "on_team": on_team,
        "mine": mine,
        "extraordinary": "extraordinary" in sides,
        "seen": case.matter.thread.length,
        "open": state.open,
        "parties": parties,
        "names": names,
        "members": members,
        "to_settle": _to_settle(case, acts, members, opinions) if on_team and state.open else [],
        "guests": [{"row": guest, "given": given[guest.pk]} for guest in asked],
        "asked_of_me": [
            guest.name
            for guest in asked
            if mine and guest.ended_at is None and mine.pk not in given[guest.pk]
        ],
        "statements": list(Statement.objects.filter(case=case).select_related("party")),
        "opinions": opinions,
        "own_opinion": next((one for one in opinions if mine and one.party_id == mine.pk), None),
        "sittings": [
            {"row": row, "video": video.link(row.room) if row.held_at is None else ""}
            for row in sittings
            if to_come
        ],
        "agreements": agreements,
        "latest": latest,
        "signs_here": on_team and case.mediator_id == by.account_id,
        "draft_open": bool(latest and latest["row"].effective_on is None),
        "visits": list(Visit.objects.filter(case=case).select_related("words")) if on_team else [],
        "tally": Tally.objects.filter(pk=case.pk).first() if on_team else None,
        "promises": promises_of(case, now) if on_team or mine else [],
        "origins": _origins(case, by),
        "acts": acts,
        "first": first,
        "rest": rest,
        "may": may,
    }


def left_page_of(kept: LeftPage, by: Actor) -> dict[str, Any]:
    """What somebody keeps of a case that they have left."""
    names = {party.number: party.name for party in kept.parties}
    return {
        "shell": shell_of(by),
        "left": kept.left,
        "parties": kept.parties,
        "statements": kept.statements,
        "agreements": kept.agreements,
        "acts": [told(entry, names, on_team=getattr(by, "is_staff", False)) for entry in kept.entries],
    }
