"""Signing on a screen: a drawn name or none, and a code that was sent to the signer's own telephone for this very text.

The code is made for one version's digest: it signs nothing else. On paper, and for whoever cannot: ``agreeing.sign`` with a scan.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.images import Picture
from gongzhi.mediation.actions import agreeing
from gongzhi.mediation.actions.steps import need, on_team, own_party
from gongzhi.mediation.models import Agreement, Case, Particulars, Party, Signature, Way
from gongzhi.mediation.queries import get_case
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.notices import actions as notices
from gongzhi.papers import strokes as pens
from gongzhi.papers.digests import short
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


def version_to_sign(case: Case, agreement_id: int) -> Agreement:
    """The newest written version, if it is this one."""
    last = Agreement.objects.filter(case=case).order_by("-version").first()
    if last is None or last.pk != agreement_id:
        raise Conflict(
            _("这不是最新的一稿。"), help=_("请回到案件，看一下新的文字。"), code="someone_was_quicker"
        )
    return last


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


def _own_phone(case: Case, phone: str, by: Actor) -> str:
    """The telephone in normal form. Invalid when it is nobody's, or not known to be the signer's."""
    number = normal_phone(phone)
    known = {normal_phone(one) for one in known_phones(case, by)}
    account = Account.objects.filter(pk=by.account_id or 0).values_list("address_digest", flat=True).first()
    if number not in known and (account is None or bytes(account) != address_digest(number)):
        raise Invalid(
            _("这不是您登记的电话。"), help=_("请填登录用的手机号，或请调委会更正。"), code="not_your_phone"
        )
    return number


def _bound(agreement: Agreement, digest: bytes, number: str) -> str:
    """What a code is made for: one telephone, one version, one text."""
    return f"sign:{agreement.pk}:{digest.hex()}:{number}"


@transaction.atomic(savepoint=False)
def send_code(case_id: int, *, agreement_id: int, phone: str, shown: str, by: Actor, at: datetime) -> str:
    """Send the signer a code for the text they are looking at. Returns the telephone as the code knows it."""
    case = get_case(case_id, by=by)
    signer(case, by)
    agreement = version_to_sign(case, agreement_id)
    digest = _same_text(agreement, shown)
    number = _own_phone(case, phone, by)
    code = people.send_code("sign", _bound(agreement, digest, number), by=by, at=at)
    notices.send(
        "mediation.sign", address=number,
        fills={"number": case.matter.number, "digest": short(digest), "code": code}, by=by, at=at,
    )  # fmt: skip
    return number


def _same_text(agreement: Agreement, shown: str) -> bytes:
    digest = digest_of(agreement)
    if shown != digest.hex():
        raise Conflict(
            _("协议的文字刚刚改过。"),
            help=_("您还没有签名。请看一下新的文字，再决定签不签。"),
            code="someone_was_quicker",
        )
    return digest


@transaction.atomic(savepoint=False)
def sign_here(
    case_id: int,
    *,
    agreement_id: int,
    phone: str,
    code: str,
    shown: str,
    strokes: str = "",
    by: Actor,
    at: datetime,
) -> Signature | None:
    """A party signs with a code, and a drawn name if it drew one; the mediator with a drawn name. None for a wrong code: that try is counted, so the
    caller lets this transaction commit."""  # fmt: skip
    case = get_case(case_id, by=by)
    party = signer(case, by)
    agreement = version_to_sign(case, agreement_id)
    digest = _same_text(agreement, shown)
    there = Signature.objects.filter(agreement=agreement, seal=False, party=party)
    need(not there.exists(), _("已经签过了。"), code="already_done")
    # the mediator is signed in with the account of the post, and draws; a party's telephone says that it is the party
    pictures: list[Picture] = [pens.drawn(strokes, name="signature")] if strokes or party is None else []
    if party is not None:
        number = _own_phone(case, phone, by)
        if not people.use_code(_bound(agreement, digest, number), code, by=by, at=at):
            return None
    return agreeing.sign(
        case_id,
        agreement_id=agreement.pk,
        way=Way.SCREEN if pictures else Way.CODE,
        party=party.number if party else None,
        as_mediator=party is None,
        shown=shown,
        pictures=pictures,
        by=by,
        at=at,
    )
