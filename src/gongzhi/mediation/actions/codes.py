"""Codes for signing: whose telephone, for which text, and whether the code is right.

A code is made for one version's digest and one telephone of one signer: it signs nothing else, and it is spent once.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.mediation.actions.steps import on_team, own_party
from gongzhi.mediation.models import Agreement, Case, Particulars, Party
from gongzhi.people import actions as people
from gongzhi.people.addresses import address_digest, normal_phone
from gongzhi.people.models import Account
from gongzhi.people.queries import contact_of_account


def signer(case: Case, by: Actor) -> Party | None:
    """The party that the actor signs for, or None for the mediator of the case. NotFound for everybody else."""
    own = own_party(case, by)
    if own is not None:
        return own
    if on_team(case, by) and case.mediator_id == by.account_id:
        return None
    raise NotFound


def known_phones(case: Case, by: Actor) -> list[str]:
    """Telephones known to be the signer's: of the account, and as the case has them."""
    party = signer(case, by)
    found = []
    contact = contact_of_account(by.account_id or 0)
    if contact is not None and contact.phone:
        found.append(contact.phone)
    if party is not None:
        row = Particulars.objects.filter(party=party).first()
        if row is not None and row.phone:
            found.append(row.phone)
    return list(dict.fromkeys(found))


def own_phone(case: Case, phone: str, by: Actor) -> str:
    """The telephone in normal form. Invalid when it is nobody's, or not known to be the signer's."""
    number = normal_phone(phone)
    known = {normal_phone(one) for one in known_phones(case, by)}
    account = Account.objects.filter(pk=by.account_id or 0).values_list("address_digest", flat=True).first()
    if number not in known and (account is None or bytes(account) != address_digest(number)):
        raise Invalid(
            _("这不是您登记的电话。"), help=_("请填登录用的手机号，或请调委会更正。"), code="not_your_phone"
        )
    return number


def bound(agreement: Agreement, digest: bytes, number: str) -> str:
    """What a code is made for: one telephone, one version, one text."""
    return f"sign:{agreement.pk}:{digest.hex()}:{number}"


def spend(
    case: Case, agreement: Agreement, digest: bytes, phone: str, code: str, *, by: Actor, at: datetime
) -> bool:
    """Whether the actor's own telephone was sent this code for this text; a right one is spent. A wrong try is counted, so
    the caller lets its transaction commit. Invalid when the telephone is not theirs."""
    number = own_phone(case, phone, by)
    return people.use_code(bound(agreement, digest, number), code, by=by, at=at)
