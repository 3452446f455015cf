"""Guests: observers and interpreters, there only while every party agrees."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Grant
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.mediation.actions.steps import EVERYBODY, locked, need, speaking_for, take, tell, wrong
from gongzhi.mediation.models import Case, Consent, Guest, GuestPart, Member, Party
from gongzhi.people import actions as people
from gongzhi.people.addresses import normal_phone

_ALL = ["all", "observer", "interpreter"]


def _guest(case: Case, guest_id: int) -> Guest:
    found = Guest.objects.filter(pk=guest_id, case=case).first()
    if found is None:
        raise NotFound
    if found.ended_at is not None:
        raise Conflict(_("这位客人已经不在了。"), code="already_done")
    return found


@transaction.atomic(savepoint=False)
def invite_guest(
    case_id: int,
    *,
    name: str,
    part: str,
    account_id: int | None = None,
    phone: str = "",
    languages: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Guest:
    """Ask every party whether somebody may listen or interpret. Nobody comes in before they all agree.

    With a ``phone``, whoever signs in with it is the guest; the number itself is not kept.
    """
    case = locked(case_id, "invite_guest", by=by, seen=seen)
    if part not in GuestPart.values:
        raise wrong("part", _("请选旁听人或翻译。"))
    if not name.strip():
        raise wrong("name", _("请写明姓名。"))
    if phone.strip():
        account_id = people.account_at(normal_phone(phone), by=by, at=at).pk
    if account_id is not None and (
        Party.objects.filter(case=case, account_id=account_id).exists()
        or Member.objects.filter(case=case, account_id=account_id, until=None).exists()
    ):
        raise Conflict(_("这个人是当事人或团队成员，不能同时旁听。"), code="two_sides")
    guest = Guest.objects.create(
        case=case,
        part=part,
        name=name.strip()[:80],
        account_id=account_id,
        languages=languages[:60],
        sides=_ALL,
        at=at,
    )
    take(case, "invite_guest", detail={"part": part, "guest": guest.pk}, by=by, at=at)
    tell(case, "mediation.asked", by=by, at=at)
    return guest


@transaction.atomic(savepoint=False)
def consent_to_guest(
    case_id: int, *, guest_id: int, party: int | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Consent:
    """A party agrees to a guest; recorded with the moment, and may be taken back at any time."""
    case = locked(case_id, "consent_to_guest", by=by, seen=seen)
    guest = _guest(case, guest_id)
    who = speaking_for(case, party, by=by)
    there = Consent.objects.filter(guest=guest, party=who, withdrawn_at=None).exists()
    need(not there, _("这一方已经同意了。"), code="already_done")
    given = Consent.objects.create(
        case=case, guest=guest, party=who, given_at=at, sides=list(EVERYBODY), at=at
    )
    take(
        case, "consent_to_guest", detail={"party": who.number, "part": guest.part, "guest": guest.pk}, by=by, at=at
    )  # fmt: skip
    tell(case, parties=(), team=True, by=by, at=at)
    return given


@transaction.atomic(savepoint=False)
def admit_guest(case_id: int, *, guest_id: int, seen: int | None = None, by: Actor, at: datetime) -> Guest:
    """Every party has agreed: the guest sees what is said with guests there."""
    case = locked(case_id, "admit_guest", by=by, seen=seen)
    guest = _guest(case, guest_id)
    need(guest.admitted_at is None, _("这位客人已经进来了。"), code="already_done")
    agreed = Consent.objects.filter(guest=guest, withdrawn_at=None).values("party")
    missing = Party.objects.filter(case=case).exclude(pk__in=agreed)
    names = "、".join(party.name for party in missing)
    need(not names, _("还没有同意：{names}").format(names=names), _("旁听和翻译要每一方都同意。"))
    guest.admitted_at = at
    guest.save(update_fields=["admitted_at"])
    if guest.account_id is not None:
        journal.grant(case.pk, [Grant(guest.account_id, guest.part)], by=by, at=at)
    take(case, "admit_guest", detail={"part": guest.part, "guest": guest.pk}, by=by, at=at)
    tell(case, by=by, at=at)
    return guest


@transaction.atomic(savepoint=False)
def withdraw_consent(
    case_id: int, *, guest_id: int, party: int | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Guest:
    """A party takes its consent back: the guest goes at once, and sees nothing of the case any more."""
    case = locked(case_id, "withdraw_consent", by=by, seen=seen)
    guest = _guest(case, guest_id)
    who = speaking_for(case, party, by=by)
    taken_back = Consent.objects.filter(guest=guest, party=who, withdrawn_at=None).update(withdrawn_at=at)
    need(bool(taken_back), _("这一方没有同意过。"), code="already_done")
    if guest.admitted_at is not None:
        guest.ended_at = at
        guest.save(update_fields=["ended_at"])
        if guest.account_id is not None:
            journal.end_access(case.pk, guest.account_id, guest.part, by=by, at=at)
    take(
        case, "withdraw_consent", detail={"party": who.number, "part": guest.part, "guest": guest.pk}, by=by, at=at
    )  # fmt: skip
    tell(case, team=True, by=by, at=at)
    return guest
