"""From a draft to an agreement in force: versions, votes, signatures, the seal; and the agreement that is only said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gongzhi.journal.models import Attachment
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.kit.images import Picture
from gongzhi.mediation import terms
from gongzhi.mediation.actions import codes
from gongzhi.mediation.actions.steps import (
    EVERYBODY,
    locked,
    need,
    on_team,
    own_party,
    party_of,
    take,
    tell,
    wrong,
)
from gongzhi.mediation.models import (
    Agreement,
    Case,
    Clause,
    Confirmation,
    Form,
    Outcome,
    Party,
    Signature,
    Vote,
    Way,
)
from gongzhi.mediation.queries.agreements import digest_of, in_force


@dataclass(frozen=True)
class Term:
    """A clause as it is drafted. ``performer`` is a party's number."""

    text: str
    way: str = ""
    performer: int | None = None
    amount: Decimal | None = None
    currency: str = "CNY"
    due_on: date | None = None


@dataclass(frozen=True)
class Draft:
    """What a version says. ``language`` is that of the certified-true original."""

    clauses: tuple[Term, ...]
    facts: str = ""
    liability: str = ""
    remarks: str = ""
    language: str = "zh-hans"
    copies: int = 3


def _latest(case: Case) -> Agreement | None:
    return Agreement.objects.filter(case=case, replaced_at=None).order_by("-version").first()


def _write(case: Case, draft: Draft, form: str, at: datetime) -> Agreement:
    if not draft.clauses or not all(term.text.strip() for term in draft.clauses):
        raise wrong("clauses", _("请写至少一条约定。"))
    parties = {party.number: party for party in Party.objects.filter(case=case)}
    last = _latest(case)
    if last is None or last.frozen_at is not None:
        number = (Agreement.objects.filter(case=case).aggregate(last=Max("version"))["last"] or 0) + 1
        row = Agreement(case=case, version=number, sides=list(EVERYBODY), at=at)
    else:
        row = last
        row.clauses.all().delete()
    row.form, row.facts, row.liability, row.remarks = form, draft.facts, draft.liability, draft.remarks
    row.language, row.copies, row.at = draft.language, draft.copies, at
    row.save()
    Clause.objects.bulk_create(
        [
            Clause(
                case=case, agreement=row, position=place, text=term.text.strip(), way=term.way[:120],
                performer=parties.get(term.performer or 0), amount=term.amount, currency=term.currency,
                due_on=term.due_on, sides=list(EVERYBODY), at=at,
            )
            for place, term in enumerate(draft.clauses, 1)
        ]
    )  # fmt: skip
    return row


@transaction.atomic(savepoint=False)
def draft(case_id: int, words: Draft, *, seen: int | None = None, by: Actor, at: datetime) -> Agreement:
    """Write a draft, over the last one while nobody has signed it; after that a new version begins."""
    case = locked(case_id, "draft", by=by, seen=seen)
    row = _write(case, words, Form.WRITTEN, at)
    take(case, "draft", detail={"version": row.version, "agreement": row.pk}, by=by, at=at)
    tell(case, "mediation.asked", by=by, at=at)
    return row


@transaction.atomic(savepoint=False)
def vote(
    case_id: int, *, clause_id: int, agrees: bool, seen: int | None = None, by: Actor, at: datetime
) -> Vote:
    """A party says yes or no to one clause of the draft; it may change its mind until somebody signs."""
    case = locked(case_id, "vote", by=by, seen=seen)
    clause = Clause.objects.select_related("agreement").filter(pk=clause_id, case=case).first()
    own = own_party(case, by)
    if clause is None or own is None:
        raise NotFound
    need(clause.agreement.frozen_at is None, _("这一稿已经有人签名，不能再表态。"), code="already_signed")
    row, _made = Vote.objects.update_or_create(
        clause=clause, party=own,
        defaults={"case": case, "agrees": agrees, "sides": list(EVERYBODY), "at": at},
    )  # fmt: skip
    detail = {"party": own.number, "position": clause.position, "agrees": agrees}
    take(case, "vote", detail=detail, by=by, at=at)
    tell(case, parties=(), team=True, by=by, at=at)
    return row


def _version(case: Case, agreement_id: int) -> Agreement:
    found = Agreement.objects.filter(pk=agreement_id, case=case).first()
    if found is None:
        raise NotFound
    return found


def _day(on: date | None, way: str, at: datetime) -> date:
    """The day of a signature: today, or the day that stands on the paper, which is not to come."""
    today = clock.local(at).date()
    if on is None or way != Way.PAPER:
        return today
    if on > today:
        raise wrong("on", _("签名的日期不能在以后。"))
    return on


@transaction.atomic(savepoint=False)
def sign(
    case_id: int,
    *,
    agreement_id: int,
    way: str,
    party: int | None = None,
    as_mediator: bool = False,
    shown: str = "",
    phone: str = "",
    code: str = "",
    on: date | None = None,
    pictures: Sequence[Picture] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Signature | None:
    """Sign one version: a party for itself, the mediator for themselves; the team enters what was signed on paper.

    ``shown`` is the digest (hex) of what the signer was looking at: whoever saw another text has not signed this one.
    A party that signs other than on paper gives the ``code`` that was sent to its ``phone`` for this very text; the mediator
    draws. None for a wrong code: that try is counted, so the caller lets this transaction commit. The first signature
    freezes the version.
    """
    case = locked(case_id, "sign", by=by, seen=seen)
    row = _version(case, agreement_id)
    last = _latest(case)
    need(last is not None and last.pk == row.pk and row.form == Form.WRITTEN, _("这不是最新的一稿。"))
    who = _signer(case, by, party=party, as_mediator=as_mediator, way=way, scanned=bool(pictures))
    digest = digest_of(row)
    if shown and shown != digest.hex():
        raise Conflict(
            _("协议的文字刚刚改过。"),
            help=_("您还没有签名。请看一下新的文字，再决定签不签。"),
            code="someone_was_quicker",
        )
    there = Signature.objects.filter(agreement=row, seal=False)
    there = there.filter(party=who) if who else there.filter(party=None)
    need(not there.exists(), _("已经签过了。"), code="already_done")
    if way != Way.PAPER and who is None:
        need(bool(pictures), _("请在框里写上您的名字。"), code="no_drawing")
    elif way != Way.PAPER:
        need(
            bool(code.strip()),
            _("在屏幕上签名要填验证码。"),
            _("请先把验证码发到您自己的手机上。"),
            code="code_needed",
        )
        if not codes.spend(case, row, digest, phone, code, by=by, at=at):
            return None
    if row.frozen_at is None:
        row.frozen_at, row.digest = at, digest
        row.save(update_fields=["frozen_at", "digest"])
    detail: dict[str, Any] = {"party": who.number if who else 0, "way": way, "version": row.version}
    taken = take(case, "sign", detail=detail, pictures=pictures, by=by, at=at)
    scan = Attachment.objects.filter(entry=taken.entries[0]).first() if pictures else None
    signed = Signature.objects.create(
        case=case, agreement=row, party=who, account_id=None if who else case.mediator_id, way=way,
        signed_on=_day(on, way, at), digest=digest, attachment=scan, sides=list(EVERYBODY), at=at,
    )  # fmt: skip
    tell(case, team=True, by=by, at=at)
    return signed


def _signer(
    case: Case, by: Actor, *, party: int | None, as_mediator: bool, way: str, scanned: bool
) -> Party | None:
    """The party that signs, or None for the mediator. Refuses whoever signs for somebody else other than on paper."""
    if way not in (Way.PAPER, Way.SCREEN, Way.CODE):
        raise wrong("way", _("请选签名的方式。"))
    own = own_party(case, by)
    if own is not None and not as_mediator:
        need(party in (None, own.number), _("只能签自己的名。"))
        need(way != Way.PAPER, _("纸上签的名由调委会登记。"), _("请把签好名的那一页交给调委会。"))
        return own
    if as_mediator:
        mine = on_team(case, by) and case.mediator_id == by.account_id
        need(mine or (on_team(case, by) and way == Way.PAPER), _("调解员的名由调解员自己签。"))
        return None
    need(
        way == Way.PAPER,
        _("屏幕签名和验证码由当事人自己来。"),
        _("当事人不方便时，可以在纸上签，再扫描存档。"),
    )
    need(scanned, _("请附上签好名的那一页的扫描件或照片。"))
    if party is None:
        raise wrong("party", _("请选是哪一方签的名。"))
    return party_of(case, party)


@transaction.atomic(savepoint=False)
def take_effect(
    case_id: int,
    *,
    agreement_id: int,
    on: date | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Agreement:
    """Put the committee's seal on what all parties and the mediator have signed: in force from that day (art. 29)."""
    case = locked(case_id, "take_effect", by=by, seen=seen)
    row = _version(case, agreement_id)
    signatures = list(Signature.objects.filter(agreement=row, seal=False))
    signed = {one.party_id for one in signatures if one.party_id}
    missing = [party.name for party in Party.objects.filter(case=case) if party.pk not in signed]
    need(not missing, _("还没有签名：{names}").format(names="、".join(missing)))
    need(any(one.party_id is None for one in signatures), _("调解员还没有签名。"))
    digest = digest_of(row)
    same = all(bytes(one.digest) == digest for one in signatures)
    need(same, _("签名之后文字变了，这一版不能生效。"), _("请起草新的一版，重新签名。"))
    sealed_on = _day(on, Way.PAPER, at)
    Signature.objects.create(
        case=case, agreement=row, seal=True, way=Way.SEAL, signed_on=sealed_on, digest=digest, account_id=by.account_id,
        sides=list(EVERYBODY), at=at,
    )  # fmt: skip
    effective_on = max(sealed_on, *(one.signed_on for one in signatures))
    detail = {"version": row.version, "agreement": row.pk, "digest": digest.hex()}
    _in_force(case, row, "take_effect", Outcome.WRITTEN, effective_on, detail, by=by, at=at)
    return row


@transaction.atomic(savepoint=False)
def agree_orally(
    case_id: int, words: Draft, *, on: date | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Agreement:
    """The parties agree by word of mouth and the mediator writes it into the register (art. 28, 30)."""
    case = locked(case_id, "agree_orally", by=by, seen=seen)
    row = _write(case, words, Form.ORAL, at)
    row.frozen_at, row.digest = at, digest_of(row)
    row.save(update_fields=["frozen_at", "digest"])
    detail = {"version": row.version, "agreement": row.pk}
    _in_force(case, row, "agree_orally", Outcome.ORAL, _day(on, Way.PAPER, at), detail, by=by, at=at)
    return row


def _in_force(
    case: Case,
    row: Agreement,
    verb: str,
    outcome: str,
    effective_on: date,
    detail: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> None:
    older = Agreement.objects.filter(case=case, replaced_at=None).exclude(pk=row.pk)
    first = older.filter(effective_on__isnull=False).count() == 0
    older.update(replaced_at=at)
    row.effective_at, row.effective_on = at, effective_on
    row.save(update_fields=["effective_at", "effective_on"])
    clauses = list(Clause.objects.filter(agreement=row))
    last = max((clause.due_on for clause in clauses if clause.due_on), default=None)
    until = {"confirm": terms.end_of(terms.last_day("confirm", effective_on))}
    if last is not None:
        until["perform"] = terms.end_of(max(last, effective_on))
    # the statement counts yuan; sums in other money stand in the agreement alone
    yuan = [clause.amount for clause in clauses if clause.amount is not None and clause.currency == "CNY"]
    amount = sum(yuan, Decimal(0))
    # settled when it first was: a change later does not move it to another year
    tally = {"outcome": outcome, "amount": amount or None, **({"settled_on": effective_on} if first else {})}
    take(case, verb, detail=detail, until=until, tally=tally, by=by, at=at)
    tell(case, team=True, by=by, at=at)


@transaction.atomic(savepoint=False)
def reopen_terms(
    case_id: int,
    *,
    text: str,
    agreed_by: Sequence[int] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """The parties want to change what is in force: a new version is talked about; until it takes effect the old one stands.

    One that a court has confirmed is its ruling too, which either side may have enforced: it is talked about again only when
    all of them want that (``agreed_by``, their numbers), and the ruling stands until they have agreed on something new and
    asked for that to be confirmed (人民调解法 art. 33; 民事诉讼法 2023, art. 205 and 206; 民法典 art. 543). While a court is
    looking at it, it is not changed under the court's hands.
    """
    case = locked(case_id, "reopen_terms", by=by, seen=seen)
    if not text.strip():
        raise wrong("text", _("请写明为什么要变更。"))
    answers = set(
        Confirmation.objects.filter(case=case, agreement=in_force(case)).values_list("result", flat=True)
    )
    need(
        Confirmation.Result.NONE not in answers,
        _("法院正在审查这份协议，现在不能变更。"),
        _("请等法院决定；或者各方先向法院撤回申请，在“登记法院决定”里登记，再变更。"),
        code="with_the_court",
    )
    confirmed = Confirmation.Result.CONFIRMED in answers
    everybody = set(Party.objects.filter(case=case).values_list("number", flat=True))
    need(
        not confirmed or everybody <= set(agreed_by),
        _("法院已经裁定这份协议有效，一方不能要求重谈。"),
        _("各方都同意变更的，请逐一问过，再勾选登记。有人不履行的，另一方可以向法院申请强制执行。"),
        code="confirmed_by_court",
    )
    detail = {"confirmed": confirmed, "agreed_by": sorted(everybody & set(agreed_by))}
    take(case, "reopen_terms", text=text, detail=detail, by=by, at=at)
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def keep_terms(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Nothing is changed after all: what is in force goes on. A draft goes; a version that somebody signed never takes effect."""
    case = locked(case_id, "keep_terms", by=by, seen=seen)
    need(in_force(case) is not None, _("还没有生效的协议。"))
    drafts = Agreement.objects.filter(case=case, effective_on=None)
    drafts.filter(frozen_at=None).delete()
    drafts.filter(replaced_at=None).update(replaced_at=at)
    take(case, "keep_terms", by=by, at=at)
    tell(case, by=by, at=at)
    return case
