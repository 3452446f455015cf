"""Passing something of a case to another place: what may be entered in the register, and that everybody concerned sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal.models import TEAM
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.mediation.actions.steps import locked, party_side, take
from gongzhi.mediation.models import Party
from gongzhi.mediation.models.handing import Basis, Category, Handover, Side

#: Between which places there is a standard contract of the bay: the one with Hong Kong (2023) does not cover Macao, nor the
#: one with Macao (2024) Hong Kong; between Hong Kong and Macao there is none.
CONTRACTS = (frozenset({Side.MAINLAND, Side.HONG_KONG}), frozenset({Side.MAINLAND, Side.MACAO}))
#: Working days after a contract takes effect within which it is filed; counted as calendar days here, generously.
FILED_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Passing:
    """What is entered."""

    origin: str
    target: str
    recipient: str
    categories: Sequence[str]
    passed: str
    purpose: str
    parties: Sequence[int]
    basis: str
    passed_on: date
    recipient_contact: str = ""
    basis_note: str = ""
    consented_on: date | None = None
    contract_id: str = ""
    contract_on: date | None = None
    filed_on: date | None = None
    filed_with: str = ""
    assessed_on: date | None = None


def faults(told: Passing, *, today: date) -> dict[str, list[str]]:
    """field → what is wrong. Pure; empty when it may be entered."""
    found: dict[str, list[str]] = {}

    def wrong(field: str, sentence: str) -> None:
        found.setdefault(field, []).append(sentence)

    if told.origin not in Side.values or told.target not in Side.values or told.origin == told.target:
        wrong("target", _("请选两个不同的地方。"))
    if not told.categories or set(told.categories) - set(Category.values):
        wrong("categories", _("请选移交了哪几类信息。"))
    if not told.parties:
        wrong("parties", _("请选是谁的信息。"))
    for name, value, sentence in (
        ("recipient", told.recipient, _("请写明交给了谁。")),
        ("passed", told.passed, _("请逐项写明移交了什么。")),
        ("purpose", told.purpose, _("请写明用来做什么。")),
    ):
        if not value.strip():
            wrong(name, sentence)
    if told.basis not in Basis.values:
        wrong("basis", _("请选法律依据。"))
    if told.basis == Basis.CONSENT and (told.consented_on is None or told.consented_on > told.passed_on):
        wrong("consented_on", _("请填本人单独同意的日期，不能晚于移交。"))
    if told.basis == Basis.LAW and not told.basis_note.strip():
        wrong("basis_note", _("请写明哪部法律、哪一条。"))
    if told.basis == Basis.CONTRACT:
        if frozenset({told.origin, told.target}) not in CONTRACTS:
            wrong("basis", _("标准合同只有内地和香港、内地和澳门两种，互不通用；港澳之间没有。"))
        if not told.contract_id.strip() or told.contract_on is None:
            wrong("contract_id", _("请填合同编号和生效日期。"))
        if told.assessed_on is None:
            wrong("assessed_on", _("按标准合同移交前，要先做个人信息保护影响评估。"))
    if told.passed_on > today:
        wrong("passed_on", _("日期不能在以后。"))
    return found


def warnings(row: Handover | Passing, *, today: date) -> list[str]:
    """What is to be looked at, without stopping anything."""
    found = []
    if row.basis == Basis.CONTRACT and row.filed_on is None and row.contract_on is not None:
        late = today - row.contract_on > FILED_WITHIN
        found.append(
            _("标准合同还没有备案，已过十个工作日。") if late else _("标准合同生效后十个工作日内要备案。")
        )
    if row.basis == Basis.CONSENT and {Category.HEALTH, Category.MONEY, Category.IDENTITY} & set(
        row.categories
    ):
        found.append(_("含敏感个人信息：同意要单独取得，并说明必要性和影响。"))
    return found


@transaction.atomic(savepoint=False)
def hand_over(case_id: int, told: Passing, *, seen: int | None = None, by: Actor, at: datetime) -> Handover:
    """Enter what was passed on. The parties whose data it is see the entry; other parties do not."""
    case = locked(case_id, "hand_over", by=by, seen=seen)
    found = faults(told, today=clock.local(at).date())
    numbers = sorted(set(told.parties))
    known = set(Party.objects.filter(case=case).values_list("number", flat=True))
    if set(numbers) - known:
        found.setdefault("parties", []).append(_("请选是谁的信息。"))
    if found:
        raise Invalid(
            _("还不能登记移交。"), help=" ".join(one for many in found.values() for one in many), fields=found,
            code="handover",
        )  # fmt: skip
    sides = (TEAM, *(party_side(number) for number in numbers))
    detail = {"origin": told.origin, "target": told.target, "basis": told.basis}
    take(case, "hand_over", detail=detail, sides=sides, fields={"cross_boundary": True}, tally={"cross_boundary": True}, by=by, at=at)  # fmt: skip
    return Handover.objects.create(
        case=case, origin=told.origin, target=told.target, recipient=told.recipient.strip()[:120],
        recipient_contact=told.recipient_contact.strip()[:120], categories=list(told.categories),
        passed=told.passed.strip(), purpose=told.purpose.strip()[:200], parties=numbers, basis=told.basis,
        basis_note=told.basis_note.strip()[:200], consented_on=told.consented_on,
        contract_id=told.contract_id.strip()[:80], contract_on=told.contract_on, filed_on=told.filed_on,
        filed_with=told.filed_with.strip()[:80], assessed_on=told.assessed_on, passed_on=told.passed_on,
        by_id=by.account_id or 0, sides=list(sides), at=at,
    )  # fmt: skip
