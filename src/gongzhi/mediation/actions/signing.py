"""Signing on a screen: a drawn name or none, and a code that was sent to the signer's own telephone for this very text.

The code is made for one version's digest: it signs nothing else. On paper, and for whoever cannot: ``agreeing.sign`` with a scan.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.kit.images import Picture
from gongzhi.mediation.actions import agreeing
from gongzhi.mediation.actions.codes import bound, known_phones, own_phone, signer
from gongzhi.mediation.actions.steps import need
from gongzhi.mediation.models import Agreement, Case, Signature, Way
from gongzhi.mediation.queries import get_case
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.notices import actions as notices
from gongzhi.papers import strokes as pens
from gongzhi.papers.digests import short
from gongzhi.people import actions as people

__all__ = ["known_phones", "send_code", "sign_here", "signer", "version_to_sign"]


def version_to_sign(case: Case, agreement_id: int) -> Agreement:
    """The newest written version, if it is this one."""
    last = Agreement.objects.filter(case=case, replaced_at=None).order_by("-version").first()
    if last is None or last.pk != agreement_id:
        raise Conflict(
            _("这不是最新的一稿。"), help=_("请回到案件，看一下新的文字。"), code="someone_was_quicker"
        )
    return last


@transaction.atomic(savepoint=False)
def send_code(case_id: int, *, agreement_id: int, phone: str, shown: str, by: Actor, at: datetime) -> str:
    """Send the signer a code for the text they are looking at. Returns the telephone as the code knows it."""
    case = get_case(case_id, by=by)
    signer(case, by)
    agreement = version_to_sign(case, agreement_id)
    digest = _same_text(agreement, shown)
    number = own_phone(case, phone, by)
    code = people.send_code("sign", bound(agreement, digest, number), by=by, at=at)
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
    _same_text(agreement, shown)
    there = Signature.objects.filter(agreement=agreement, seal=False, party=party)
    need(not there.exists(), _("已经签过了。"), code="already_done")
    # the mediator is signed in with the account of the post, and draws; a party's telephone says that it is the party
    pictures: list[Picture] = [pens.drawn(strokes, name="signature")] if strokes or party is None else []
    return agreeing.sign(
        case_id,
        agreement_id=agreement.pk,
        way=Way.SCREEN if pictures else Way.CODE,
        party=party.number if party else None,
        as_mediator=party is None,
        shown=shown,
        phone=phone,
        code=code,
        pictures=pictures,
        by=by,
        at=at,
    )
