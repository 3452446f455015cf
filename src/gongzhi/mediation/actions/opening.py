"""Taking a dispute in: a party applies, the committee offers, or somebody hands it over (人民调解法 art. 17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal.actions import Grant
from gongzhi.journal.models import TEAM
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden, SignInFirst
from gongzhi.matters import actions as matters
from gongzhi.matters.actions import Opening
from gongzhi.matters.kinds import kind_of
from gongzhi.matters.models import How, Matter
from gongzhi.mediation import terms
from gongzhi.mediation.actions.steps import EVERYBODY, for_party, party_side, say, wrong
from gongzhi.mediation.kind import CODE, LABEL
from gongzhi.mediation.models import (
    Basis,
    Case,
    Committee,
    Level,
    Member,
    MemberPart,
    Particulars,
    Party,
    Source,
    Statement,
    Subject,
    Tally,
)
from gongzhi.mediation.policies import RECEIVING, may_refer, receives_for
from gongzhi.mediation.workflow import APPLIED, OFFERED
from gongzhi.meetings.video import new_room
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import accounts_holding, organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground

REFERRER = "referrer"


@dataclass(frozen=True)
class Who:
    """A party as it is named when a case is opened. ``particulars`` are fields of :class:`Particulars`."""

    name: str
    account_id: int | None = None
    is_body: bool = False
    language: str = ""
    particulars: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Dispute:
    """What a case is about, as whoever opens it says. The first of ``parties`` is the one who wants it settled."""

    committee_id: int
    subject: str
    subject_line: str
    parties: tuple[Who, ...]
    facts: str = ""
    requests: str = ""
    place: str = ""
    division_id: int | None = None
    language: str = "zh-hans"
    cross_boundary: bool = False
    level: str = Level.COMMUNITY


def _clerks(committee_id: int, at: datetime) -> list[int]:
    """Who receives for a committee: its clerks, and where there is none, its mediators."""
    on = clock.local(at).date()
    for role in (Role.CASE_CLERK, Role.MEDIATOR):
        found = accounts_holding([role], on, organisations=[committee_id])
        if found:
            return list(found)
    raise Conflict(
        _("这个调委会现在没有人接收案件。"),
        help=_("请选另一个调委会，或打电话问社区。"),
        code="nobody_receives",
    )


def _signed_in(by: Actor) -> int:
    if by.account_id is None:
        raise SignInFirst
    return by.account_id


@transaction.atomic(savepoint=False)
def apply(dispute: Dispute, *, by: Actor, at: datetime) -> Case:
    """A party applies. It is the first of the parties, and sees its own side from now on."""
    me = _signed_in(by)
    if not dispute.facts.strip():
        raise wrong("facts", _("请写一下发生了什么。"))
    first = replace(dispute.parties[0], account_id=me)
    dispute = replace(dispute, parties=(first, *dispute.parties[1:]))
    return _open(dispute, "apply", Source.APPLIED, team=_clerks(dispute.committee_id, at), by=by, at=at)


@transaction.atomic(savepoint=False)
def take_down(dispute: Dispute, *, by: Actor, at: datetime) -> Case:
    """The committee writes down what a party who came to the door applies for."""
    _receives(dispute.committee_id, by)
    return _open(
        dispute, "apply", Source.APPLIED, team=_with(by, _clerks(dispute.committee_id, at)), by=by, at=at
    )


@transaction.atomic(savepoint=False)
def offer(dispute: Dispute, *, by: Actor, at: datetime) -> Case:
    """The committee offers to mediate of its own accord; every party is asked."""
    _receives(dispute.committee_id, by)
    team = _with(by, _clerks(dispute.committee_id, at))
    return _open(dispute, "offer", Source.OFFERED, team=team, by=by, at=at)


@transaction.atomic(savepoint=False)
def refer(
    dispute: Dispute, body: str, *, referred_by: str, origin: Matter | None = None, by: Actor, at: datetime
) -> Case:
    """Another body hands a dispute over: ``referred_by`` is workorder, police, court, petition or government.

    ``origin`` is the open matter it grew out of: nothing is written there, and the link is for the team, the referrer
    and those of the parties whose matter it was (they are parties with an account).
    """
    if not may_refer(by):
        _signed_in(by)
        raise Forbidden
    team = _clerks(dispute.committee_id, at)
    case = _open(
        dispute, "refer", Source.ENTRUSTED, team=team, referred_by=referred_by, body=body, by=by, at=at
    )
    if origin is not None:
        known = [party_side(n) for n, who in enumerate(dispute.parties, 1) if who.account_id]
        sides = [TEAM, *known, *([] if by.account_id in team else [REFERRER])]
        matters.link(case.matter, origin, How.CAUSED_BY, by=by, at=at, sides=sides)
    return case


#: Why the police were called → what it is counted as.
CALLS = {
    "neighbours": Subject.NEIGHBOURS, "family": Subject.FAMILY, "property": Subject.PROPERTY, "wages": Subject.LABOUR,
    "consumer": Subject.CONSUMER, "traffic": Subject.TRAFFIC, "other": Subject.OTHER,
}  # fmt: skip


def committee_at(area_id: int, at: datetime) -> int:
    """The committee nearest to an area that has somebody to receive. Conflict when there is none."""
    bodies = [one for one in organisations().values() if one.kind == OrganisationKind.MEDIATION]
    for area in reversed(ground().line(area_id)):
        here = sorted(one.id for one in bodies if one.division_id == area.id)
        general = set(here) - set(
            Committee.objects.filter(pk__in=here, basis__in=(Basis.TRADE, Basis.ESTATE)).values_list(
                "pk", flat=True
            )
        )
        for one in here:
            if one in general and accounts_holding(RECEIVING, clock.local(at).date(), organisations=[one]):
                return one
    raise Conflict(
        _("那里没有调委会可以接收。"), help=_("请选上一级的区域，或打电话问街道。"), code="nobody_receives"
    )


@transaction.atomic(savepoint=False)
def take_call(
    *, kind: str, area_id: int, words: str, place: str, phone: str, body: str, by: Actor, at: datetime
) -> Case:
    """A call to the police that is a dispute, handed over by their own program: sealed from its first row.

    No party has a name yet: the committee calls back and asks. It is written under the seal of the committee that receives it
    (the database lets nobody else write there), and by the police's service, as its first entry says.
    """
    committee_id = committee_at(area_id, at)
    team = _clerks(committee_id, at)
    dispute = Dispute(
        committee_id=committee_id, subject=CALLS[kind], subject_line=_("公安移交：{kind}").format(kind=Subject(CALLS[kind]).label),
        parties=(Who(_("来电人"), particulars={"phone": phone[:30]} if phone else {}), Who(_("另一方"))), facts=words, place=place,
        division_id=area_id,
    )  # fmt: skip
    with acting(Actor(account_id=team[0])):
        return _open(
            dispute, "refer", Source.ENTRUSTED, team=team, referred_by="police", body=body, by=by, at=at
        )


def _receives(committee_id: int, by: Actor) -> None:
    _signed_in(by)
    if committee_id not in receives_for(by):
        raise Forbidden(_("您不在这个调委会。"), help=_("请选自己所在的调委会，或走“移送”。"))


def _with(by: Actor, accounts: list[int]) -> list[int]:
    return list(dict.fromkeys([*([by.account_id] if by.account_id else []), *accounts]))


def _checked(dispute: Dispute) -> None:
    if not dispute.subject_line.strip():
        raise wrong("subject_line", _("请用几个字说明是什么事。"))
    if len(dispute.parties) < 2 or not all(who.name.strip() for who in dispute.parties):
        raise wrong("parties", _("调解至少有两方，请写明各方的称呼。"))
    body = organisations().get(dispute.committee_id)
    if body is None:
        raise wrong("committee", _("没有这个调委会。"))


def _open(
    dispute: Dispute,
    verb: str,
    source: str,
    *,
    team: Sequence[int],
    referred_by: str = "",
    body: str = "",
    by: Actor,
    at: datetime,
) -> Case:
    _checked(dispute)
    access = [Grant(account, TEAM) for account in team]
    access += [
        Grant(who.account_id, party_side(number))
        for number, who in enumerate(dispute.parties, 1)
        if who.account_id
    ]
    sides: tuple[str, ...] = EVERYBODY
    if by.account_id and by.account_id not in [one.person_id for one in access]:
        access.append(Grant(by.account_id, REFERRER))
        sides = (*EVERYBODY, REFERRER)
    promise = "accept" if verb == "apply" else "consent"
    state = APPLIED if verb == "apply" else OFFERED
    until = terms.until_of((promise,), at)
    term = terms.term_for(promise)
    body_of = organisations()[dispute.committee_id]
    division = dispute.division_id or body_of.division_id
    matter, _entries, _deadlines = matters.open_matter(
        kind_of(CODE),
        Opening(
            title=LABEL,
            state=state,
            said=(say(verb, detail={"body": body} if body else {}, sides=sides),),
            audience="parties",
            division_id=body_of.division_id,
            answerable_id=dispute.committee_id,
            terms={promise: term} if term else {},
            until=until,
            access=tuple(access),
        ),
        by=by,
        at=at,
    )
    case = Case(
        matter=matter,
        subject_line=dispute.subject_line.strip()[:80],
        subject=dispute.subject,
        source=source,
        referred_by=referred_by,
        committee_id=dispute.committee_id,
        place=dispute.place.strip()[:120],
        language=dispute.language,
        cross_boundary=dispute.cross_boundary,
        opened_by_id=by.account_id,
        state=state,
        opened_at=at,
        next_due_at=matter.next_due_at,
        room=new_room(),
    )
    case.save(force_insert=True)
    _count(case, dispute, division, source, referred_by, state, at)
    _people(case, dispute, team, sides, at)
    from gongzhi.mediation.actions.steps import FRESH, notices

    if clock.now() - at < FRESH:
        told = [one.person_id for one in access if one.person_id != by.account_id]
        notices.tell(
            "mediation.news", told, fills={"number": matter.number}, url=f"/cases/{case.pk}/", by=by, at=at
        )
    return case


def _count(
    case: Case,
    dispute: Dispute,
    division: int | None,
    source: str,
    referred_by: str,
    state: str,
    at: datetime,
) -> None:
    with acting(Actor.for_service("figures")):
        Tally(
            case_id=case.pk,
            committee_id=dispute.committee_id,
            division_id=division,
            subject=dispute.subject,
            source=source,
            referred_by=referred_by,
            level=dispute.level,
            state=state,
            opened_on=clock.local(at).date(),
            cross_boundary=dispute.cross_boundary,
        ).save(force_insert=True)


def _people(case: Case, dispute: Dispute, team: Sequence[int], sides: Sequence[str], at: datetime) -> None:
    parties = Party.objects.bulk_create(
        [
            Party(
                case=case,
                number=number,
                name=who.name.strip()[:80],
                account_id=who.account_id,
                is_body=who.is_body,
                language=who.language,
                applied=number == 1 and case.source == Source.APPLIED,
                consents_at=at if number == 1 and case.source == Source.APPLIED else None,
                sides=[*sides, "observer", "interpreter"],
                at=at,
            )
            for number, who in enumerate(dispute.parties, 1)
        ]
    )
    for party, who in zip(parties, dispute.parties, strict=True):
        known = [*for_party(party.number), *([REFERRER] if REFERRER in sides else [])]
        Particulars(party=party, case=case, sides=known, at=at, **who.particulars).save(force_insert=True)
    if dispute.facts or dispute.requests:
        known = [*for_party(1), *([REFERRER] if REFERRER in sides else [])]
        Statement(
            case=case, party=parties[0], facts=dispute.facts, requests=dispute.requests, sides=known, at=at
        ).save(force_insert=True)
    Member.objects.bulk_create(
        [
            Member(
                case=case,
                account_id=account,
                part=MemberPart.CLERK,
                since=at,
                sides=list(sides),
                at=at,
            )
            for account in team
        ]
    )
