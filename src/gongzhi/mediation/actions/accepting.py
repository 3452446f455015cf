"""Deciding on a case: take it or not, what the parties say to it, and telling them their rights and duties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.mediation.actions.steps import (
    EVERYBODY,
    locked,
    need,
    none_stands,
    own_party,
    party_of,
    speaking_for,
    take,
    tell,
    wrong,
)
from gongzhi.mediation.models import Case, Outcome, Party, Subject
from gongzhi.mediation.workflow import REFUSALS

#: How somebody was told: on paper, aloud, on their page.
TOLD = {"paper": "书面", "aloud": "口头", "page": "网页"}


def _day(at: datetime) -> Any:
    return clock.local(at).date()


@transaction.atomic(savepoint=False)
def accept(case_id: int, *, subject: str = "", seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Take the case. ``subject`` corrects the type it is counted under. The month begins."""
    case = locked(case_id, "accept", by=by, seen=seen)
    if subject and subject not in Subject.values:
        raise wrong("subject", _("请选一个纠纷类型。"))
    subject = subject or case.subject
    take(
        case, "accept", by=by, at=at,
        fields={"subject": subject}, tally={"subject": subject, "accepted_on": _day(at)},
    )  # fmt: skip
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def refuse(case_id: int, *, ground: str, text: str, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Do not take the case, and say why and where else to go."""
    case = locked(case_id, "refuse", by=by, seen=seen)
    if ground not in REFUSALS:
        raise wrong("ground", _("请选不予受理的理由。"))
    if not text.strip():
        raise wrong("text", _("请写明理由，并告诉当事人还可以找哪里。"))
    take(
        case, "refuse", text=text, detail={"ground": ground}, by=by, at=at,
        tally={"outcome": Outcome.REFUSED, "ended_on": _day(at)},
    )  # fmt: skip
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def ask_consent(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Ask every party first, before the case is taken."""
    case = locked(case_id, "ask_consent", by=by, seen=seen)
    take(case, "ask_consent", by=by, at=at)
    tell(case, "mediation.asked", by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def consent(
    case_id: int, *, party: int | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Case:
    """A party agrees to mediation; the team may note what a party told it."""
    case = locked(case_id, "consent", by=by, seen=seen)
    who = speaking_for(case, party, by=by)
    need(who.consents_at is None, _("这一方已经同意了。"), code="already_done")
    Party.objects.filter(pk=who.pk).update(consents_at=at)
    take(case, "consent", detail={"party": who.number}, by=by, at=at)
    tell(case, parties=(), team=True, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def take_up(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """All parties have agreed to what was offered or handed over: the case is taken, the month begins."""
    case = locked(case_id, "take_up", by=by, seen=seen)
    missing = Party.objects.filter(case=case, consents_at=None).count()
    need(not missing, _("还有 {count} 方没有同意调解。").format(count=missing), _("请先征得各方同意。"))
    take(case, "take_up", by=by, at=at, tally={"accepted_on": _day(at)})
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def decline(
    case_id: int,
    *,
    party: int | None = None,
    text: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """A party does not want mediation: nobody is made to (人民调解法 art. 17)."""
    case = locked(case_id, "decline", by=by, seen=seen)
    none_stands(case)
    who = speaking_for(case, party, by=by)
    take(
        case, "decline", text=text, detail={"party": who.number}, by=by, at=at,
        sides=("team", f"party:{who.number}") if text else EVERYBODY,
        tally={"outcome": Outcome.UNSETTLED, "ended_on": _day(at)},
    )  # fmt: skip
    tell(case, team=True, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def withdraw(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Whoever applied takes it back."""
    case = locked(case_id, "withdraw", by=by, seen=seen)
    none_stands(case)
    own = own_party(case, by)
    need(own is None or own.applied, _("申请是另一方提出的。"), _("您可以选“不同意调解”。"))
    take(
        case, "withdraw", detail={"party": own.number if own else 0}, by=by, at=at,
        tally={"outcome": Outcome.WITHDRAWN, "ended_on": _day(at)},
    )  # fmt: skip
    tell(case, team=True, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def tell_rights(
    case_id: int, *, party: int, how: str, seen: int | None = None, by: Actor, at: datetime
) -> Case:
    """Keep that a party was told its rights and duties before mediation begins (art. 23, 24)."""
    case = locked(case_id, "tell_rights", by=by, seen=seen)
    if how not in TOLD:
        raise wrong("how", _("请选告知的方式。"))
    who = party_of(case, party)
    Party.objects.filter(pk=who.pk).update(told_at=at, told_how=how)
    take(case, "tell_rights", detail={"party": who.number, "how": how}, by=by, at=at)
    return case
