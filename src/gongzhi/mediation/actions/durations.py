"""Changing how long things take: from a day on, with the rule it is from. What began earlier keeps its term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.mediation import books as told
from gongzhi.mediation import terms
from gongzhi.mediation.models import NewDuration, Span
from gongzhi.mediation.register_policies import REGISTER

#: The longest of each span: beyond it somebody mistyped.
MOST = {Span.DAYS: 366, Span.WORK_DAYS: 120, Span.MONTHS: 12, Span.YEARS: 100}
#: What the law leaves no room in: promise → (most days, its source).
BY_LAW = {"confirm": 30}


@dataclass(frozen=True)
class Given:
    """What is asked for."""

    amount: int
    span: str
    starts_on: date
    source: str
    marks: tuple[int, ...] = ()


def faults(promise: str, given: Given, *, today: date) -> dict[str, list[str]]:
    """field → what is wrong. Pure; empty when it may be so."""
    found: dict[str, list[str]] = {}

    def wrong(field: str, sentence: str) -> None:
        found.setdefault(field, []).append(sentence)

    if given.span not in Span.values:
        wrong("span", _("请选单位。"))
        return found
    if not 1 <= given.amount <= MOST[Span(given.span)]:
        wrong("amount", _("请填 1 到 {most} 之间的数。").format(most=MOST[Span(given.span)]))
    if (promise == "keep") != (given.span == Span.YEARS):
        wrong("span", _("只有保管期限按年算。"))
    if promise in BY_LAW and (given.span != Span.DAYS or given.amount > BY_LAW[promise]):
        wrong("amount", _("人民调解法第三十三条定的是三十日，不能更长。"))
    if given.starts_on < today:
        wrong("starts_on", _("不能从过去的日子起改：已经开始的期限照旧。"))
    if len(given.source.strip()) < 4:
        wrong("source", _("请写明依据哪个文件或谁的决定。"))
    if list(given.marks) != sorted(set(given.marks)) or any(not 1 <= one <= 200 for one in given.marks):
        wrong("marks", _("提醒的百分数要从小到大，在 1 到 200 之间。"))
    return found


@transaction.atomic
def change_duration(
    promise: str, given: Given, *, by: Actor, at: datetime, seen: str | None = None
) -> NewDuration:
    """Let a promise have another length from a day on. ``seen`` is the fingerprint of what its editor had before them."""
    if by.service is None:
        REGISTER.require(by, "keep_terms", None)
    if promise not in terms.promises():
        raise NotFound
    book = books.open_book(told.TERMS, at=at)
    before = told.duration_values(terms.duration(promise, given.starts_on))
    books.expect(before, seen, what=_("这个期限"))
    found = faults(promise, given, today=clock.local(at).date())
    if found:
        raise Invalid(fields=found, code="duration")
    try:
        with transaction.atomic():
            row = NewDuration.objects.create(
                promise=promise, starts_on=given.starts_on, amount=given.amount, span=given.span, marks=list(given.marks),
                source=given.source.strip()[:120],
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            _("那一天已经有一次改动。"), help=_("请先取消它，或另选一天。"), code="already_done"
        ) from error
    after: Mapping[str, Any] = {**told.duration_values(row), "starts_on": row.starts_on}
    books.note(
        book,
        books.Change(f"{promise}:{row.starts_on}", before, after, told.promise_name(promise)),
        by=by,
        at=at,
    )
    bump("mediation_duration")
    return row


@transaction.atomic
def take_back_duration(duration_id: int, *, by: Actor, at: datetime) -> None:
    """Take a change back whose day has not come. Conflict afterwards: what has begun under it stays under it."""
    if by.service is None:
        REGISTER.require(by, "keep_terms", None)
    book = books.open_book(told.TERMS, at=at)
    row = NewDuration.objects.select_for_update().filter(pk=duration_id).first()
    if row is None:
        raise books.too_late(_("这个期限"))
    if row.starts_on <= clock.local(at).date():
        raise Conflict(
            _("这个改动已经生效。"),
            help=_("要改回去，请从今天或以后的一天起再改一次。"),
            code="step_not_allowed",
        )
    before = {**told.duration_values(row), "starts_on": row.starts_on}
    key, name = f"{row.promise}:{row.starts_on}", told.promise_name(row.promise)
    row.delete()
    books.note(book, books.Change(key, before, None, name), by=by, at=at)
    bump("mediation_duration")
