"""Giving something of a case to others: a topic for deliberation, a story for the case library, and taking them back.

Both are written anew; nothing is copied. What could tell whose case it was is looked for: a whole name, number, place or
clause stops it, a piece of one must be explained. A story is read against the case by a second person of the committee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from gongzhi.journal.models import TEAM
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, Invalid, NotFound
from gongzhi.matters.actions import offering as spine
from gongzhi.matters.models import Offer
from gongzhi.mediation.actions.steps import EVERYBODY, THE_TEAM, locked, need, take, wrong
from gongzhi.mediation.models import Case, Check, Ground, Offered, Outcome, Party, Subject
from gongzhi.mediation.policies import receives_for
from gongzhi.mediation.queries.telltales import hits, often, place_of

LEAST_STORY = 80


@dataclass(frozen=True)
class Release:
    """What the second reader says: what was looked for, on which ground, who agreed and when."""

    checks: Sequence[str]
    ground: str
    consents: Sequence[int] = ()
    consented_on: date | None = None
    ground_note: str = ""
    explained: str = ""


def _safe(case: Case, title: str, text: str, explained: str) -> None:
    """Invalid when a whole name, number, place or clause of the case stands there, or a piece that nobody explained."""
    found = hits(case, title, text)
    if any(hit.whole for hit in found):
        raise Invalid(
            _("文字里有本案的姓名、号码、地址、文件名或原话，不能公开。"), help=_("请改写后再试；提示里写着是哪几处。"), code="tells",
            fields={"text": [_("有能认出本案的字句。")]},
        )  # fmt: skip
    if found and len(explained.strip()) < 4:
        sentence = _("有几处可能让人认出本案，请改写，或写明为什么没关系。")
        raise Invalid(sentence, code="may_tell", fields={"explained": [sentence]})


def _about(case: Case) -> str:
    """The kind of dispute in the language of the platform; pages say it in the reader's."""
    with translation.override("zh-hans"):
        return str(Subject(case.subject).label)


def _worded(title: str, text: str, least: int) -> tuple[str, str]:
    if not title.strip():
        raise wrong("title", _("请写一个标题。"))
    if len(text.strip()) < least:
        raise wrong("text", _("写得太短了，请至少写 {n} 个字。").format(n=least))
    return title.strip()[:80], text.strip()[:20_000]


@transaction.atomic(savepoint=False)
def offer_topic(
    case_id: int,
    *,
    title: str,
    text: str,
    explained: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Offered:
    """Propose a topic: subject, community and how often, and what the team writes anew. No party, no case."""
    case = locked(case_id, "offer_topic", by=by, seen=seen)
    title, text = _worded(title, text, 10)
    _safe(case, title, text, explained)
    area = place_of(case)
    offer = spine.offer(
        spine.Given(
            Offer.Kind.TOPIC, title, text, about=_about(case),
            often=often(case, today=clock.local(at).date()), division_id=area.id if area else None, body_id=case.committee_id,
        ),
        by=by, at=at,
    )  # fmt: skip
    take(case, "offer_topic", sides=THE_TEAM, by=by, at=at)
    return Offered.objects.create(
        case=case, kind=Offer.Kind.TOPIC, title=title, text=text, explained=explained.strip(), written_by_id=by.account_id or 0,
        written_at=at, released_by_id=by.account_id, released_at=at, offer=offer, sides=[TEAM], at=at,
    )  # fmt: skip


@transaction.atomic(savepoint=False)
def write_story(
    case_id: int,
    *,
    title: str,
    text: str,
    offered_id: int | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Offered:
    """Write the story of a settled case, or write over a draft of it. Only the team reads it until it is released."""
    case = locked(case_id, "write_story", by=by, seen=seen)
    _settled(case)
    title, text = _worded(title, text, LEAST_STORY)
    row = Offered(case=case, kind=Offer.Kind.STORY, sides=[TEAM], at=at)
    if offered_id is not None:
        row = _draft(case, offered_id)
    row.title, row.text, row.written_by_id, row.written_at = title, text, by.account_id or 0, at
    row.save()
    take(case, "write_story", sides=THE_TEAM, by=by, at=at)
    return row


def _settled(case: Case) -> None:
    need(case.tally.outcome in (Outcome.WRITTEN, Outcome.ORAL), _("只有调解成功的案件可以写成案例。"))
    need(case.erased_at is None, _("本案的内容已经删除，没有可以对照的。"), code="forgotten")


def _draft(case: Case, offered_id: int) -> Offered:
    row = Offered.objects.select_for_update().filter(pk=offered_id, case=case, kind=Offer.Kind.STORY).first()
    if row is None:
        raise NotFound
    need(
        row.released_at is None and row.withdrawn_at is None,
        _("这个案例已经公开或撤回，不能再改。"),
        code="already_done",
    )
    return row


@transaction.atomic(savepoint=False)
def release_story(
    case_id: int, said: Release, *, offered_id: int, seen: int | None = None, by: Actor, at: datetime
) -> Offered:
    """A second person of the committee has read the story against the case: from now on everybody may read it."""
    case = locked(case_id, "release_story", by=by, seen=seen)
    _settled(case)
    row = _draft(case, offered_id)
    if case.committee_id not in receives_for(by):
        raise Forbidden(_("要由本调委会的内勤或调解员来核。"), code="step_not_yours")
    need(
        row.written_by_id != by.account_id,
        _("写的人不能自己核。"),
        _("请团队里另一位来对照原案读一遍。"),
        code="own_words",
    )
    if set(said.checks) != set(Check.values):
        raise wrong("checks", _("请逐项核对，全部打勾后才能公开。"))
    _grounded(case, said, at)
    _safe(case, row.title, row.text, said.explained)
    street = place_of(case)
    offer = spine.offer(
        spine.Given(
            Offer.Kind.STORY, row.title, row.text, about=_about(case),
            division_id=(street.parent_id or street.id) if street else None,
        ),
        by=by, at=at,
    )  # fmt: skip
    row.checks, row.ground, row.consents = list(said.checks), said.ground, sorted(set(said.consents))
    row.consented_on, row.ground_note, row.explained = (
        said.consented_on,
        said.ground_note.strip()[:200],
        said.explained.strip(),
    )
    row.released_by_id, row.released_at, row.offer = by.account_id, at, offer
    # from now on the parties see that it is there, and may have it taken back
    row.sides = list(EVERYBODY)
    row.save()
    take(case, "release_story", by=by, at=at)
    return row


def _grounded(case: Case, said: Release, at: datetime) -> None:
    if said.ground not in Ground.values:
        raise wrong("ground", _("请选依据。"))
    if said.ground == Ground.RULE and len(said.ground_note.strip()) < 4:
        raise wrong("ground_note", _("没有取得同意的，请写明为什么，例如联系不上。"))
    if said.ground == Ground.CONSENT:
        everybody = set(Party.objects.filter(case=case).values_list("number", flat=True))
        if set(said.consents) != everybody:
            raise wrong("consents", _("要每一方都同意。"))
        if said.consented_on is None or said.consented_on > clock.local(at).date():
            raise wrong("consented_on", _("请填同意的日期，不能在以后。"))


@transaction.atomic(savepoint=False)
def withdraw_story(
    case_id: int, *, offered_id: int, seen: int | None = None, by: Actor, at: datetime
) -> Offered:
    """Take a topic or a story back: a party does not want it any more, or the team. Its words go from where others read."""
    case = locked(case_id, "withdraw_story", by=by, seen=seen)
    row = Offered.objects.select_for_update().filter(pk=offered_id, case=case).first()
    if row is None:
        raise NotFound
    need(row.withdrawn_at is None, _("已经撤回了。"), code="already_done")
    if row.offer_id is not None:
        spine.withdraw(row.offer_id, by=by, at=at)
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    take(case, "withdraw_story", sides=tuple(row.sides or THE_TEAM), by=by, at=at)
    return row
