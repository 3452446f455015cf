"""Parties: name one more, mend what is known of one, let one in with an account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Grant
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.mediation.actions.steps import for_party, locked, on_team, party_side, speaking_for, take, wrong
from gongzhi.mediation.models import Case, Particulars, Party
from gongzhi.mediation.models.parties import Document

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
    Particulars.objects.filter(party=who).update(**given)
    if language:
        Party.objects.filter(pk=who.pk).update(language=language)
    if on_team(case, by):
        if name.strip():
            Party.objects.filter(pk=who.pk).update(name=name.strip()[:80])
        if account_id is not None and who.account_id is None:
            let_in(case, who, account_id, by=by, at=at)
    take(
        case, "mend_party", detail={"party": who.number, "fields": sorted(given)}, sides=for_party(who.number),
        by=by, at=at,
    )  # fmt: skip
    return case
