"""What is counted of each unit in a month, and the list behind each number: one condition serves both.

Lives here: the definitions (what is due and kept: see ``promises``; local 三率 for what residents say), each computed again
for any past month from rows that keep their dates: orders, promises with their moments, requests and ratings. Does not live here: shares, points and order among units, which are the window's.

A number belongs to the unit that had the order at that moment: when it answered or when the promise ran out, whichever
came first. Whoever is given an order later answers for what comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from gongzhi.matters.figures import Behind, Figure
from gongzhi.matters.models import Deadline
from gongzhi.people.actor import Person
from gongzhi.workorders import promises
from gongzhi.workorders.figures import rows_of
from gongzhi.workorders.models import Rating, WorkOrder
from gongzhi.workorders.models.operations import Request
from gongzhi.workorders.policies import RULES, in_area
from gongzhi.workorders.workflow import SUSPENDED, VOIDED

#: Satisfied means four or five of five.
SATISFIED = 4
#: From the third time on, rework weighs more (CJ/T 292).
OFTEN = 2
#: What a unit may ask for that is counted here. Suspension shows in what is due.
ASKED = ("return", "extend")

Pair = tuple[int, int]
Where = Callable[[datetime, datetime], Q]


@dataclass(frozen=True)
class Counted:
    """A figure: from which rows it is taken, under which condition."""

    said: Figure
    source: str
    where: Where


def _always(since: datetime, until: datetime) -> Q:
    return Q()


def _in(area_id: int | None, prefix: str) -> Q:
    """Orders of an area, asked through a relation."""
    if area_id is None:
        return Q()
    return Q(**{f"{prefix}{name}": value for name, value in _flat(in_area(area_id))})


def _flat(condition: Q) -> list[tuple[str, Any]]:
    return [child for child in condition.children if isinstance(child, tuple)]


def _answers(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    """Orders whose promise to answer is due in the span, those of history among them; see ``promises``."""
    rows = WorkOrder.objects.filter(
        promises.DUE, _in(area_id, ""), promised_at__gte=since, promised_at__lt=until
    )
    return rows.annotate(order_id=F("pk"), moment=Least("promised_at", "kept_at"), held_by=F("owed_by_id"))


def _accepts(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    """Promises to accept whose moment lies in the span, without the categories that nobody should be chased for
    (enforcement, mediation). A clock that stands still before its moment is not due."""
    standing = Q(paused_at=None) | Q(paused_at__gt=F("due_at")) | Q(matter__state=SUSPENDED)
    rows = Deadline.objects.filter(
        standing, _in(area_id, "matter__workorder__"), promise="accept", cancelled_at=None,
        due_at__gte=since, due_at__lt=until,
    ).exclude(matter__state__in=promises.NOT_OWED)  # fmt: skip
    rows = rows.exclude(matter__workorder__category__counts_satisfaction=False)
    rows = rows.annotate(order_id=F("matter_id"), moment=Least("due_at", "met_at"))
    return rows.annotate(held_by=promises.held_at("matter_id", "moment"))


def _reworks(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    """Each time an answer did not stand. The promise to do it again starts then, and is due later: so its index serves."""
    rows = Deadline.objects.filter(
        _in(area_id, "matter__workorder__"), promise="rework", due_at__gte=since, starts_at__gte=since,
        starts_at__lt=until,
    ).exclude(matter__state=VOIDED)  # fmt: skip
    earlier = Deadline.objects.filter(
        matter_id=OuterRef("matter_id"), promise="rework", starts_at__lt=OuterRef("starts_at")
    )
    times = earlier.order_by().values("matter_id").annotate(n=Count("pk")).values("n")
    return rows.annotate(
        order_id=F("matter_id"),
        moment=F("starts_at"),
        earlier=Coalesce(Subquery(times, output_field=IntegerField()), 0),
        held_by=promises.held_at("matter_id", "starts_at"),
    )


def _ratings(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    rows = Rating.objects.filter(_in(area_id, "order__"), at__gte=since, at__lt=until)
    return rows.annotate(moment=F("at"), held_by=F("unit_id"))


def _asked(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    rows = Request.objects.filter(
        _in(area_id, "order__"), kind__in=ASKED, asked_at__gte=since, asked_at__lt=until
    )
    return rows.annotate(moment=F("asked_at"), held_by=F("unit_id"))


def _granted(since: datetime, until: datetime, area_id: int | None) -> QuerySet[Any]:
    rows = Request.objects.filter(
        _in(area_id, "order__"), kind__in=ASKED, state="granted", decided_at__gte=since, decided_at__lt=until
    )
    return rows.annotate(moment=F("decided_at"), held_by=F("unit_id"))


SOURCES: Mapping[str, Callable[[datetime, datetime, int | None], QuerySet[Any]]] = {
    "answers": _answers, "accepts": _accepts, "reworks": _reworks, "ratings": _ratings,
    "asked": _asked, "granted": _granted,
}  # fmt: skip


def _suspended(since: datetime, until: datetime) -> Q:
    return promises.OF_DUE_SUSPENDED


def _closed(since: datetime, until: datetime) -> Q:
    return promises.of_due_answered(until)


def _on_time(since: datetime, until: datetime) -> Q:
    return promises.OF_DUE_ON_TIME


def _responded(since: datetime, until: datetime) -> Q:
    return Q(met_at__lte=F("due_at"))


def _urgent(condition: Where) -> Where:
    return lambda since, until: Q(urgent=True) & promises.OF_DUE_OWED & condition(since, until)


def _kind(code: str) -> Where:
    return lambda since, until: Q(kind=code)


def _one(code: str, label: str, source: str, where: Where, explained: str, good: int = 0) -> Counted:
    return Counted(Figure(code, label, "span", explained, good), source, where)


#: Every figure with its definition. Orders of history count by the dates of their file.
COUNTED: tuple[Counted, ...] = (
    _one("due", noop("应结"), "answers", _always, noop("答复期限在这段时间里、已经到期的。等居民补充、移交公安或应急暂停而停着钟的不算；并单、撤回、不予受理和作废的不算。")),
    _one("suspended", noop("挂账"), "answers", _suspended, noop("应结的里面，期限到以前就批准挂账、现在仍挂着的。算比率时从应结里减去。")),
    _one("closed", noop("结案"), "answers", _closed, noop("应结的里面，月底以前已经答复的。后来核查不过的另计返工。"), 1),
    _one("on_time", noop("按期结案"), "answers", _on_time, noop("应结的里面，在期限以前答复的。经同意延期的，看延后的期限。"), 1),
    _one("urgent_due", noop("紧急应结"), "answers", _urgent(_always), noop("应结的里面按紧急办理的，不含挂账。")),
    _one("urgent_closed", noop("紧急结案"), "answers", _urgent(_closed), noop("紧急应结的里面，月底以前已经答复的。"), 1),
    _one("urgent_on_time", noop("紧急按期结案"), "answers", _urgent(_on_time), noop("紧急应结的里面，在期限以前答复的。"), 1),
    _one("reworked", noop("返工"), "reworks", lambda since, until: Q(earlier__lt=OFTEN), noop("本月答复没有通过核查、居民不认可或重新打开的，同一件的第一、二次。"), -1),
    _one("reworked_often", noop("多次返工"), "reworks", lambda since, until: Q(earlier__gte=OFTEN), noop("同上，同一件的第三次和以后各次。"), -1),
    _one("asked_return", noop("申请退单"), "asked", _kind("return"), noop("单位本月提出退单申请的。")),
    _one("returned", noop("退单"), "granted", _kind("return"), noop("工单中心本月同意退单的。"), -1),
    _one("asked_extension", noop("申请延期"), "asked", _kind("extend"), noop("单位本月提出延期申请的。")),
    _one("extended", noop("延期"), "granted", _kind("extend"), noop("本月同意延期的。"), -1),
    _one("to_respond", noop("应响应"), "accepts", _always, noop("签收期限在本月的。执法、调解类不算。")),
    _one("responded", noop("按时响应"), "accepts", _responded, noop("应响应的里面，在期限以前签收的。"), 1),
    _one("rated", noop("有评价"), "ratings", lambda since, until: Q(counts=True), noop("居民本月作了评价的，一次答复算一次。执法、调解类不算。")),
    _one("solved", noop("居民说解决了"), "ratings", lambda since, until: Q(counts=True, solved=True), noop("有评价的里面，居民说已经解决的。"), 1),
    _one("satisfied", noop("居民满意"), "ratings", lambda since, until: Q(counts=True, satisfied__gte=SATISFIED), noop("有评价的里面，评四分或五分的。"), 1),
    _one("rated_by_visit", noop("回访评价"), "ratings", lambda since, until: Q(counts=True, by_visit=True), noop("有评价的里面，居民在回访电话里说、由工作人员代记的。")),
    _one("not_rated_on", noop("不计的评价"), "ratings", lambda since, until: Q(counts=False), noop("执法、调解类的评价，只看不算。")),
)  # fmt: skip
BY_CODE = {one.said.code: one for one in COUNTED}


def names() -> list[Figure]:
    """Every figure with its definition, in the reader's language."""
    return [
        Figure(one.said.code, _(one.said.label), one.said.over, _(one.said.explained), one.said.good)
        for one in COUNTED
    ]


def _rows(
    source: str, since: datetime, until: datetime, area_id: int | None, without: Iterable[Pair]
) -> QuerySet[Any]:
    rows = SOURCES[source](since, until, area_id)
    key = "pk" if source == "answers" else "matter_id" if source in ("accepts", "reworks") else "order_id"
    by_unit: dict[int, list[int]] = {}
    for unit_id, order_id in without:
        by_unit.setdefault(unit_id, []).append(order_id)
    for unit_id, orders in sorted(by_unit.items()):
        rows = rows.exclude(Q(held_by=unit_id, **{f"{key}__in": sorted(orders)}))
    return rows


def unit_figures(
    since: datetime, until: datetime, *, area_id: int | None = None, without: Iterable[Pair] = ()
) -> dict[int | None, dict[str, int]]:
    """unit → figure → count for a span, in an area. None stands for what no unit had. Six statements.

    ``without`` are (unit, order) pairs that a decision on an appeal has taken out. For a month that still runs, give
    the present moment as ``until``.
    """
    without = list(without)
    found: dict[int | None, dict[str, int]] = {}
    for source in SOURCES:
        wanted = {one.said.code: one.where for one in COUNTED if one.source == source}
        counts = {
            f"n_{code}": Count("pk", filter=where(since, until) or None) for code, where in wanted.items()
        }
        rows = _rows(source, since, until, area_id, without)
        for row in rows.order_by().values("held_by").annotate(**counts):
            unit = found.setdefault(row["held_by"], dict.fromkeys(BY_CODE, 0))
            for code in wanted:
                unit[code] += row[f"n_{code}"]
    return found


def unit_orders(
    figure: str, since: datetime, until: datetime, *, unit_id: int | None, area_id: int | None = None,
    without: Iterable[Pair] = (),
) -> list[tuple[int, datetime]]:  # fmt: skip
    """The list behind a number: (order, moment) in the order of time; as long as the number. KeyError for no figure."""
    counted = BY_CODE[figure]
    rows = _rows(counted.source, since, until, area_id, list(without)).filter(counted.where(since, until))
    held = {"held_by": unit_id} if unit_id is not None else {"held_by__isnull": True}
    found = list(rows.filter(**held).values_list("order_id", "moment"))
    return sorted(found, key=lambda row: (row[1], row[0]))


def unit_rows(
    orders: Iterable[int], *, by: Person, now: datetime, skip: int = 0, size: int = 50
) -> tuple[list[Behind], int]:
    """Of these orders, those that a person may open, newest first: a page, and how many. Two statements."""
    rows = RULES.which(by, "see", WorkOrder.objects.filter(pk__in=list(orders)))
    return rows_of(rows.order_by("-opened_at", "-pk")[skip : skip + size], now=now), rows.count()
