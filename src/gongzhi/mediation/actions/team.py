"""The team: who comes in, who leaves, who mediates, and what the parties say to that (art. 19, recusal)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Grant
from gongzhi.journal.models import TEAM
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.mediation.actions.steps import (
    EVERYBODY,
    THE_TEAM,
    for_party,
    locked,
    need,
    speaking_for,
    take,
    tell,
    wrong,
)
from gongzhi.mediation.models import Case, Member, MemberPart, Opinion, Party
from gongzhi.people.models import Account


def _person(account_id: int) -> Account:
    found = Account.objects.filter(pk=account_id, is_active=True).first()
    if found is None:
        raise wrong("person", _("没有这个人。"))
    return found


def _come_in(case: Case, account_id: int, part: str, *, by: Actor, at: datetime) -> Member:
    if Party.objects.filter(case=case, account_id=account_id).exists():
        raise Conflict(_("当事人不能进调解团队。"), code="two_sides")
    if part not in MemberPart.values:
        raise wrong("part", _("请选在团队里做什么。"))
    member = Member.objects.filter(case=case, account_id=account_id, until=None).first()
    if member is None:
        journal.grant(case.pk, [Grant(account_id, TEAM)], by=by, at=at)
        member = Member(case=case, account_id=account_id, part=part, since=at, sides=list(EVERYBODY), at=at)
        member.save(force_insert=True)
    elif member.part != part:
        member.part = part
        member.save(update_fields=["part"])
    return member


@transaction.atomic(savepoint=False)
def join_team(
    case_id: int, *, account_id: int, part: str, seen: int | None = None, by: Actor, at: datetime
) -> Member:
    """Somebody comes into the team and sees what its members see, what was written before included."""
    case = locked(case_id, "join_team", by=by, seen=seen)
    _person(account_id)
    present = Member.objects.filter(case=case, account_id=account_id, until=None).exists()
    need(not present, _("这个人已经在团队里。"), code="already_done")
    member = _come_in(case, account_id, part, by=by, at=at)
    take(case, "join_team", detail={"part": part, "account": account_id}, by=by, at=at)
    tell(case, parties=(), team=True, by=by, at=at)
    return member


@transaction.atomic(savepoint=False)
def leave_team(
    case_id: int,
    *,
    account_id: int | None = None,
    recused: bool = False,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Somebody leaves the team, by themselves or by another's hand: they keep what was written before and see nothing later.

    Whoever steps aside for a conflict of interest (``recused``) keeps nothing.
    """
    case = locked(case_id, "leave_team", by=by, seen=seen)
    who = account_id or by.account_id or 0
    member = Member.objects.filter(case=case, account_id=who, until=None).first()
    if member is None:
        raise Conflict(_("这个人不在团队里。"), code="already_done")
    others = Member.objects.filter(case=case, until=None).exclude(pk=member.pk).exists()
    need(
        others or not case.open, _("团队里只剩这一个人。"), _("请先让接手的人加入团队。"), code="last_of_team"
    )
    take(
        case, "leave_team", detail={"part": member.part, "account": who, "recused": recused}, by=by, at=at,
        fields={"mediator": None, "parties_agreed_at": None} if case.mediator_id == who else None,
    )  # fmt: skip
    Member.objects.filter(pk=member.pk).update(until=at, recused=recused)
    journal.end_access(case.pk, who, TEAM, by=by, at=at, wholly=recused)
    return case


@transaction.atomic(savepoint=False)
def propose_mediator(
    case_id: int, *, account_id: int, seen: int | None = None, by: Actor, at: datetime
) -> Case:
    """Name the mediator: one whom the parties chose, or whom the committee proposes and they accept (art. 19)."""
    case = locked(case_id, "propose_mediator", by=by, seen=seen)
    _person(account_id)
    _come_in(case, account_id, MemberPart.MEDIATOR, by=by, at=at)
    take(
        case, "propose_mediator", detail={"account": account_id}, by=by, at=at,
        fields={"mediator_id": account_id, "parties_agreed_at": None},
    )  # fmt: skip
    _agreed(case, at)
    tell(case, "mediation.asked", team=False, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def say_of_mediator(
    case_id: int,
    *,
    agrees: bool,
    party: int | None = None,
    text: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """A party accepts the mediator, or does not. What it says to that is for the team alone."""
    case = locked(case_id, "say_of_mediator", by=by, seen=seen)
    who = speaking_for(case, party, by=by)
    if case.mediator_id is None:
        raise Conflict(_("还没有选定调解员。"), code="not_yet")
    Opinion.objects.update_or_create(
        party=who, account_id=case.mediator_id,
        defaults={"case": case, "agrees": agrees, "sides": list(for_party(who.number)), "at": at},
    )  # fmt: skip
    agreed = _agreed(case, at, told=(who.number, agrees))
    take(
        case, "say_of_mediator", text=text, detail={"party": who.number, "agrees": agrees},
        sides=for_party(who.number), fields={"parties_agreed_at": agreed}, by=by, at=at,
    )  # fmt: skip
    tell(case, parties=(), team=True, by=by, at=at)
    return case


def _agreed(case: Case, at: datetime, told: tuple[int, bool] | None = None) -> datetime | None:
    """The moment at which every party had accepted the mediator. Each party's opinion is read on its own side: the count
    of those who agree is kept on the party rows that all may see, so that a party's own step can complete it."""
    accepted = set(case.accepted_by)
    if told is not None:
        accepted = accepted | {told[0]} if told[1] else accepted - {told[0]}
    else:
        accepted = set()
    case.accepted_by = sorted(accepted)
    case.save(update_fields=["accepted_by"])
    everybody = set(Party.objects.filter(case=case).values_list("number", flat=True))
    return (case.parties_agreed_at or at) if everybody <= accepted else None


@transaction.atomic(savepoint=False)
def ask_recusal(
    case_id: int, *, account_id: int, text: str, seen: int | None = None, by: Actor, at: datetime
) -> Case:
    """A party asks that somebody of the team step aside, and says why."""
    case = locked(case_id, "ask_recusal", by=by, seen=seen)
    who = speaking_for(case, None, by=by)
    if not text.strip():
        raise wrong("text", _("请写明理由。"))
    take(
        case, "ask_recusal", text=text, detail={"party": who.number, "account": account_id},
        sides=for_party(who.number), by=by, at=at,
    )  # fmt: skip
    tell(case, parties=(), team=True, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def raise_level(case_id: int, *, level: str, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """The dispute is settled at another level than where it began."""
    from gongzhi.mediation.models import Level

    case = locked(case_id, "raise_level", by=by, seen=seen)
    if level not in Level.values:
        raise wrong("level", _("请选一个层级。"))
    take(case, "raise_level", detail={"level": level}, sides=THE_TEAM, tally={"level": level}, by=by, at=at)
    return case
