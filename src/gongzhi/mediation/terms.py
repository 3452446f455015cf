"""How long things take: the table of durations, and the day on which a term ends.

Days and months are calendar ones: the day it begins is not counted (民法典 art. 201), and a last day of rest gives way to
the next working day (art. 203). Nothing here writes.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from gongzhi.kit import clock
from gongzhi.kit.revision import cached
from gongzhi.matters.kinds import Term
from gongzhi.mediation.models import Duration, NewDuration, Span
from gongzhi.territory.ground import calendar_for

#: promise → (amount, span, marks, where it is from). The migration writes these; the town may change them.
USUAL: Final = {
    "accept": (3, Span.WORK_DAYS, (50, 80, 100), _("服务承诺，可改")),
    "consent": (7, Span.DAYS, (80, 100), _("服务承诺，可改")),
    "conclude": (1, Span.MONTHS, (50, 80, 100, 150), _("人民调解工作若干规定（司法部令第75号）第三十三条：一般在一个月内调结")),
    "confirm": (30, Span.DAYS, (50, 80, 100), _("人民调解法第三十三条：协议生效之日起三十日内共同申请")),
    "perform": (15, Span.DAYS, (80, 100), _("协议没有写明期限时，可改")),
    "visit": (15, Span.DAYS, (80, 100, 150), _("人民调解法第三十一条（监督、督促履行）；天数为服务承诺，可改")),
    "file": (10, Span.WORK_DAYS, (80, 100), _("服务承诺，可改")),
    "keep": (10, Span.YEARS, (), _("保管期限由本地档案规定，可改")),
}  # fmt: skip


Length = Duration | NewDuration


@dataclass(frozen=True)
class _Read:
    first: dict[str, Duration]
    later: dict[str, list[NewDuration]]


def _read() -> _Read:
    later: dict[str, list[NewDuration]] = {}
    for row in NewDuration.objects.order_by("promise", "-starts_on"):
        later.setdefault(row.promise, []).append(row)
    return _Read({row.promise: row for row in Duration.objects.all()}, later)


def _kept() -> _Read:
    return cached("mediation_duration", _read)


def duration(promise: str, on: date | None = None) -> Length:
    """How long a promise is for what begins on a day (today): the newest change that had come by then. In memory."""
    kept, day = _kept(), on or clock.today()
    return next((row for row in kept.later.get(promise, ()) if row.starts_on <= day), kept.first[promise])


def promises() -> list[str]:
    """Every promise that has a length, in the order of a case."""
    return [code for code in USUAL if code in _kept().first]


def history(promise: str) -> list[NewDuration]:
    """Its changes, those to come included, the latest first."""
    return list(_kept().later.get(promise, ()))


def said(row: Length) -> str:
    """``1 个月``, ``7 日``"""
    return f"{row.amount} {Span(row.span).label}"


def later(start: date, amount: int, span: str) -> date:
    """The calendar day so many days, months or years after another; the last of the month where there is no such day."""
    if span == Span.DAYS:
        return start + timedelta(days=amount)
    months = amount * 12 if span == Span.YEARS else amount
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def last_day(promise: str, start: date, *, jurisdiction: str = "CN") -> date:
    """The last day of a term that begins on a day; a day of rest gives way to the next working day."""
    row = duration(promise, start)
    end = later(start, row.amount, row.span)
    town = calendar_for(jurisdiction)
    while row.span != Span.YEARS and not town.works_on(end):
        end += timedelta(days=1)
    return end


def end_of(day: date) -> datetime:
    """The last moment of a local day."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone())


def term_for(promise: str) -> Term | None:
    """The term of a promise. For calendar spans the moment is given with the step (``until_of``)."""
    row = duration(promise)
    if row.span == Span.WORK_DAYS:
        return Term(row.amount, "work_days", tuple(row.marks))
    return Term(row.amount, "hours", tuple(row.marks))


def until_of(promises: tuple[str, ...], at: datetime) -> dict[str, datetime]:
    """promise → its moment, for those counted in calendar days, months or years."""
    start = clock.local(at).date()
    return {
        promise: end_of(last_day(promise, start))
        for promise in promises
        if duration(promise, start).span != Span.WORK_DAYS
    }


#: What is older is history: nobody is rung up for it.
FRESH = timedelta(days=2)
