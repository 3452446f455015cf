"""Parties: name one more, mend what is known of one, let one in with an account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Grant
from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.mediation.actions.steps import (
    FRESH,
    for_party,
    locked,
    need,
    on_team,
    party_of,
    party_side,
    speaking_for,
    take,
    wrong,
)
from gongzhi.mediation.models import Agreement, Case, Guest, Member, Particulars, Party
from gongzhi.mediation.models.parties import Document
from gongzhi.notices import actions as notices
from gongzhi.people import actions as people
from gongzhi.people.addresses import normal_phone

FIELDS = (
    "sex", "ethnicity", "born_year", "occupation", "phone", "address", "document", "document_number", "agent_name",
    "agent_basis",
)  # fmt: skip


@transaction.atomic(savepoint=False)
def name_party(
    case_id: int,
    *,
    name: str,
    account_id: int | None = None,
    is_body: bool = False,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Party:
    """One more party to the dispute."""
    case = locked(case_id, "name_party", by=by, seen=seen)
    if not name.strip():
        raise wrong("name", _("请写明这一方的称呼。"))
    number = (Party.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0) + 1
    sides = ["all", "observer", "interpreter"]
    party = Party.objects.create(
        case=case,
        number=number,
        name=name.strip()[:80],
        account_id=account_id,
        is_body=is_body,
        sides=sides,
        at=at,
    )
    Particulars(party=party, case=case, sides=list(for_party(number)), at=at).save(force_insert=True)
    if account_id is not None:
        let_in(case, party, account_id, by=by, at=at)
    take(case, "name_party", detail={"party": number}, by=by, at=at)
    return party


def let_in(case: Case, party: Party, account_id: int, *, by: Actor, at: datetime) -> None:
    """A party signs in from now on and sees its own side. Conflict when the account is on another side."""
    other = Party.objects.filter(case=case, account_id=account_id).exclude(pk=party.pk)
    if other.exists():
        raise Conflict(_("这个账号已经是另一方当事人。"), help=_("一个账号只能在一方。"), code="two_sides")
    journal.grant(case.pk, [Grant(account_id, party_side(party.number))], by=by, at=at)
    Party.objects.filter(pk=party.pk).update(account_id=account_id)


@transaction.atomic(savepoint=False)
def invite_party(
    case_id: int, *, party: int, phone: str = "", seen: int | None = None, by: Actor, at: datetime
) -> Case:
    """A party may take part online: whoever signs in with this telephone sees its side from now on.

    A number that was put down wrongly is put right the same way, until whoever came in by it has done something.
    """
    case = locked(case_id, "invite_party", by=by, seen=seen)
    who = party_of(case, party)
    known = Particulars.objects.filter(party=who).values_list("phone", flat=True).first() or ""
    if not (phone or known).strip():
        raise wrong("phone", _("请填这一方的手机号。"))
    number = normal_phone(phone or known)
    account = people.account_at(number, by=by, at=at)
    need(account.is_active, _("这个账号已停用。"), _("请换一个号码。"), code="account_closed")
    need(account.pk != who.account_id, _("这一方已经可以上网参加。"), code="already_done")
    inside = Member.objects.filter(case=case, account=account, until=None).exists()
    listens = Guest.objects.filter(case=case, account=account, ended_at=None).exists()
    if inside or listens:
        raise Conflict(_("这个号码是团队成员或旁听人的。"), code="two_sides")
    if who.account_id is not None:
        acted = Entry.objects.filter(thread_id=case.pk, by_id=who.account_id).exists()
        need(
            not acted,
            _("这一方已经在网上参加了。"),
            _("请对方用原来的手机号登录。"),
            code="already_in",
        )
        journal.end_access(case.pk, who.account_id, party_side(who.number), by=by, at=at, wholly=True)
    let_in(case, who, account.pk, by=by, at=at)
    Particulars.objects.filter(party=who).update(phone=number, at=at)
    take(case, "invite_party", detail={"party": who.number}, sides=for_party(who.number), by=by, at=at)
    if clock.now() - at < FRESH:
        notices.send(
            "mediation.invited", address=number, account_id=account.pk, fills={"number": case.matter.number},
            url=f"/cases/{case.pk}/", by=by, at=at,
        )  # fmt: skip
    return case


@transaction.atomic(savepoint=False)
def mend_party(
    case_id: int,
    *,
    party: int | None = None,
    name: str = "",
    language: str = "",
    account_id: int | None = None,
    fields: dict[str, object] | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Mend what is known of a party: its own particulars by itself, anything by the team."""
    case = locked(case_id, "mend_party", by=by, seen=seen)
    who = speaking_for(case, party, by=by)
    given = dict(fields or {})
    if set(given) - set(FIELDS):
        raise wrong("fields", _("没有这一项。"))
    if given.get("document") and given["document"] not in Document.values:
        raise wrong("document", _("请选证件种类。"))
    if given:
        # the moment goes with the words: whoever left before reads none of them
        Particulars.objects.filter(party=who).update(**given, at=at)
    if language:
        Party.objects.filter(pk=who.pk).update(language=language)
    if on_team(case, by):
        if name.strip() and name.strip() != who.name:
            # the names stand in the text that is signed, and in its digest
            signed = Agreement.objects.filter(case=case).exclude(frozen_at=None).exists()
            need(
                not signed,
                _("协议已经有人签名，称呼不能再改。"),
                _("请在新的一版里写明。"),
                code="signed_stays",
            )
            Party.objects.filter(pk=who.pk).update(name=name.strip()[:80])
        if account_id is not None and who.account_id is None:
            let_in(case, who, account_id, by=by, at=at)
    take(
        case, "mend_party", detail={"party": who.number, "fields": sorted(given)}, sides=for_party(who.number),
        by=by, at=at,
    )  # fmt: skip
    return case
