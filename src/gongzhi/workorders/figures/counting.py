"""The figures and how they are counted: definitions (what is due and kept: see ``promises``), bases and dimensions. Not here: the rows behind a count (``listing``) and hot issues (``issues``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate, TruncHour, TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from gongzhi.kit.errors import Invalid
from gongzhi.matters.figures import NONE, Figure, Key, Tally
from gongzhi.matters.figures import Value as Told
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders import promises
from gongzhi.workorders.figures import days
from gongzhi.workorders.models import Appeal, Channel, Rating, WorkOrder
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import (
    CLOSED,
    DECLINED,
    MERGED,
    SUSPENDED,
    TRIAGE,
    WORKFLOW,
)

#: Satisfied means four or five of five.
SATISFIED = 4
_BY_VISIT = Rating.objects.filter(order=OuterRef("pk"), by_visit=True, round=OuterRef("reopened") + 1)


@dataclass(frozen=True)
class Counted:
    """How a figure is counted: which moment puts an order into a span, and the further condition."""

    said: Figure
    base: str
    where: Callable[[datetime], Q]


def _figure(
    code: str, label: str, base: str, where: Callable[[datetime], Q], explained: str, good: int = 0
) -> Counted:
    over = "now" if base == "now" else "span"
    return Counted(Figure(code, label, over, explained, good), base, where)


def _due(at: datetime) -> Q:
    return promises.DUE & Q(promised_at__lt=at)


def _owed(at: datetime) -> Q:
    return _due(at) & promises.OF_DUE_OWED


_COUNTED = {
    counted.said.code: counted
    for counted in (
        _figure("received", noop("收到"), "opened", lambda at: Q(), noop("这段时间收到的全部反映，含后来并单和撤回的。")),
        _figure("urgent", noop("紧急"), "opened", lambda at: Q(urgent=True), noop("这段时间收到的反映里，按紧急办理的。")),
        _figure("reworked", noop("重办过"), "opened", lambda at: Q(reopened__gt=0),
                noop("这段时间收到的反映里，答复后又退回重办的。"), -1),
        _figure("declined", noop("不予受理"), "opened", lambda at: Q(state=DECLINED),
                noop("这段时间收到的反映里，说明理由后没有受理的。")),
        _figure("merged", noop("并入别件"), "opened", lambda at: Q(state=MERGED),
                noop("这段时间收到的反映里，与别人反映同一件事、一起办理的。")),
        _figure("due", noop("应结"), "due", _due,
                noop("答复期限在这段时间里、已经到期的。等居民补充、移交公安或应急暂停而停着钟的不算；并单、撤回、不予受理和作废的不算。")),
        _figure("owed", noop("应结（不含挂账）"), "due", _owed,
                noop("应结里减去期限到以前就批准挂账、现在仍挂着的。它是按期结案率的分母。")),
        _figure("on_time", noop("按期结案"), "due", lambda at: _owed(at) & promises.OF_DUE_ON_TIME,
                noop("应结的里面，在期限以前答复的。经同意延期的，看延后的期限。"), 1),
        _figure("late_done", noop("超期结案"), "due", lambda at: _owed(at) & promises.of_due_late(at),
                noop("应结的里面，过了期限才答复的。"), -1),
        _figure("owing", noop("到期未结"), "due", lambda at: _owed(at) & promises.of_due_owing(at),
                noop("应结的里面，到统计时还没有答复的，不含挂账。"), -1),
        _figure("closed", noop("办结"), "closed", lambda at: Q(state=CLOSED), noop("这段时间里办结的。"), 1),
        _figure("rated_by_visit", noop("办结并回访评价"), "closed",
                lambda at: Q(Exists(_BY_VISIT), state=CLOSED, solved__isnull=False),
                noop("有评价的里面，居民在回访电话里说、由工作人员代记的。")),
        _figure("rated", noop("办结并有评价"), "closed", lambda at: Q(state=CLOSED, solved__isnull=False),
                noop("这段时间里办结、居民作了评价的。")),
        _figure("solved", noop("办结并说解决了"), "closed", lambda at: Q(state=CLOSED, solved=True),
                noop("这段时间里办结、居民评价“解决了”的。"), 1),
        _figure("satisfied", noop("办结并满意"), "closed", lambda at: Q(state=CLOSED, satisfied__gte=SATISFIED),
                noop("这段时间里办结、居民评价“满意”或“很满意”的。"), 1),
        _figure("open", noop("在办"), "now", lambda at: Q(), noop("现在还没有办结的。")),
        _figure("late", noop("已超时"), "now", lambda at: Q(next_due_at__lt=at), noop("最近的一个承诺已经过期的。"), -1),
        _figure("soon_2", noop("2 小时内到期"), "now",
                lambda at: Q(next_due_at__gte=at, next_due_at__lt=at + timedelta(hours=2)),
                noop("最近的一个承诺在两小时以内到期的。"), -1),
        _figure("soon", noop("24 小时内到期"), "now",
                lambda at: Q(next_due_at__gte=at, next_due_at__lt=at + timedelta(hours=24)),
                noop("最近的一个承诺在二十四小时以内到期的。"), -1),
        _figure("triage", noop("待受理"), "now", lambda at: Q(state=TRIAGE), noop("还没有派给单位的。")),
        _figure("suspended", noop("已挂账"), "now", lambda at: Q(state=SUSPENDED), noop("经同意暂缓办理、到复查日期再办的。")),
        _figure("supervised", noop("督办中"), "now", lambda at: ~Q(supervised=""), noop("领导正在督办的。"), -1),
        _figure("asking", noop("等待批准"), "now", lambda at: ~Q(asked=""), noop("单位申请了退单、延期、挂账或作废，还没有答复的。")),
        _figure("unplaced", noop("位置不明"), "now", lambda at: Q(community=None), noop("还不知道在哪个社区的。")),
    )
}  # fmt: skip

#: Figures that ask for more than a count of days tells.
_BY_ORDER = frozenset({"rated_by_visit"})
#: base → the moment that puts an order into a span.
_MOMENTS = {"opened": "opened_at", "due": "promised_at", "closed": "closed_at", "now": "opened_at"}
_FIELDS = {
    "channel": "channel", "appeal": "appeal", "category": "category_id", "topic": "category_id", "unit": "unit_id",
    "street": "street_id", "community": "community_id", "grid": "grid_id", "state": "state",
}  # fmt: skip


def figures() -> list[Figure]:
    """Everything that can be counted here, with its definition, in the reader's language."""
    return [
        Figure(f.said.code, _(f.said.label), f.said.over, _(f.said.explained), f.said.good)
        for f in _COUNTED.values()
    ]


def counted(code: str) -> Counted:
    """A figure with its condition. Invalid for a code that nobody knows."""
    if code not in _COUNTED:
        raise Invalid(_("没有“{code}”这个指标。").format(code=code[:40]), code="unknown_figure")
    return _COUNTED[code]


def rows_counted(
    base: str, division_id: int, *, since: datetime | None, until: datetime | None, narrow: Mapping[str, str]
) -> QuerySet[WorkOrder]:
    """The orders that a base can count in a division and span, narrowed."""
    rows = WorkOrder.objects.filter(in_area(division_id))
    moment = _MOMENTS[base]
    if base == "now":
        rows = rows.filter(open=True)
    else:
        if since is None or until is None:
            raise Invalid(_("这个指标要说明从什么时候到什么时候。"), code="span_missing")
        rows = rows.filter(**{f"{moment}__gte": since, f"{moment}__lt": until})
    for dimension, value in narrow.items():
        rows = rows.filter(_narrowed(dimension, value, moment))
    return rows


def _column(dimension: str, moment: str) -> str:
    """The column of a dimension: what was promised counts for the unit that had the order then (``promises``)."""
    return "owed_by_id" if dimension == "unit" and moment == _MOMENTS["due"] else _FIELDS[dimension]


def _narrowed(dimension: str, value: str, moment: str) -> Q:
    """The condition of one (dimension, value)."""
    if value == NONE and dimension in ("category", "topic"):
        return Q(category_id=None) | ~Q(category_id__in=list(tree().topics))
    if value == NONE and dimension in _FIELDS:
        return Q(**{f"{_column(dimension, moment)}__isnull": True})
    if dimension in ("channel", "appeal", "state"):
        return Q(**{dimension: value})
    try:
        if dimension == "topic":
            return Q(category_id__in=_branch(int(value)))
        if dimension in _FIELDS:
            return Q(**{_column(dimension, moment): int(value)})
        if dimension in ("hour", "day", "month"):
            start, end = _stretch(dimension, value)
            return Q(**{f"{moment}__gte": start, f"{moment}__lt": end})
    except (ValueError, KeyError) as fault:
        raise Invalid(_("筛选条件“{name}”无效。").format(name=dimension), code="bad_filter") from fault
    raise Invalid(_("不能按“{name}”筛选。").format(name=dimension[:20]), code="bad_filter")


def _branch(topic_id: int) -> list[int]:
    """A category and everything under it, in the way in which counts are put together."""
    return [key for key in tree().topics if any(one.id == topic_id for one in tree().line(key))]


def _stretch(dimension: str, value: str) -> tuple[datetime, datetime]:
    """From when to when an hour (2026-11-22T09), a day (2026-11-22) or a month (2026-11) lasts, local time."""
    form, whole = {"hour": ("%Y-%m-%dT%H", 0), "day": ("%Y-%m-%d", 1), "month": ("%Y-%m", 31)}[dimension]
    start = datetime.strptime(value, form).replace(tzinfo=timezone.get_default_timezone())
    if dimension == "hour":
        return start, start + timedelta(hours=1)
    return start, (start + timedelta(days=whole)).replace(
        day=1
    ) if dimension == "month" else start + timedelta(days=1)


def tally(
    codes: Sequence[str], *, division_id: int, at: datetime, since: datetime | None = None,
    until: datetime | None = None, by: Sequence[str] = (), narrow: Mapping[str, str] | None = None,
) -> Tally:  # fmt: skip
    """Counts of some figures in a division, by up to two dimensions. One statement per kind of moment.

    Whole days of a street or a district are added from what is kept of each day (``days``), the rest from the orders; both
    in one statement, so that nothing that happens meanwhile is counted twice or not at all.
    Hours are counted as ``2026-11-22T09``, days as ``2026-11-22``, months as ``2026-11``, in local time.
    """
    narrow = narrow or {}
    found: dict[Key, Counter[str]] = {} if by else {(): Counter()}
    by_base: dict[tuple[str, bool], list[str]] = {}
    for code in codes:
        by_base.setdefault((counted(code).base, code in _BY_ORDER), []).append(code)
    for (base, by_order), wanted in by_base.items():
        parts = [
            _summed(rows, _columns(by, moment), {f"n_{code}": _times(rows, code, at) for code in wanted})
            for rows, moment in _parts(base, division_id, at, since, until, by, narrow, by_order)
        ]
        for row in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
            key = tuple(_value(dimension, row[f"by_{dimension}"]) for dimension in by)
            found.setdefault(key, Counter()).update({code: row[f"n_{code}"] or 0 for code in wanted})
    return {key: {code: counts[code] for code in codes} for key, counts in found.items()}


def _parts(
    base: str, division_id: int, at: datetime, since: datetime | None, until: datetime | None, by: Sequence[str],
    narrow: Mapping[str, str], by_order: bool,
) -> list[tuple[QuerySet[Any], str]]:  # fmt: skip
    """What a base is counted from, each with its moment: counts of days, and orders for what days do not tell."""

    def orders(start: datetime | None, end: datetime | None) -> tuple[QuerySet[Any], str]:
        return rows_counted(base, division_id, since=start, until=end, narrow=narrow), _MOMENTS[base]

    kept = None
    if since is not None and until is not None and not by_order:
        # what is promised for after the moment of counting is not due: the rest of that day is asked of the orders
        last = min(until, at) if base == "due" else until
        kept = days.kept(base, division_id, since=since, until=last, dimensions=(*by, *narrow))
    if kept is None or since is None or until is None:
        return [orders(since, until)]
    book, start, end = kept
    rows = days.rows(base, book, start, end).filter(in_area(division_id))
    for dimension, value in narrow.items():
        rows = rows.filter(_narrowed(dimension, value, "day"))
    around = [orders(*span) for span in ((since, start), (end, until)) if span[0] < span[1]]
    return [(rows, "day"), *around]


def _times(rows: QuerySet[Any], code: str, at: datetime) -> Any:
    """How often a figure is there among the rows of a group."""
    condition = counted(code).where(at) or None
    return Count("pk", filter=condition) if rows.model is WorkOrder else Sum("n", filter=condition)


def _summed(rows: QuerySet[Any], columns: Mapping[str, Any], counts: Mapping[str, Any]) -> QuerySet[Any]:
    """One row for each group, with its counts."""
    if not columns:
        columns = {"whole": Value(1)}
    return rows.order_by().annotate(**columns).values(*columns).annotate(**counts)


def _columns(by: Sequence[str], moment: str) -> dict[str, Any]:
    """An expression for each dimension."""
    truncated = {"hour": TruncHour, "day": TruncDate, "month": TruncMonth}
    found: dict[str, Any] = {}
    for dimension in by:
        if dimension in _FIELDS:
            found[f"by_{dimension}"] = F(_column(dimension, moment))
        elif dimension in truncated:
            found[f"by_{dimension}"] = truncated[dimension](moment)
        else:
            raise Invalid(_("不能按“{name}”统计。").format(name=dimension[:20]), code="bad_dimension")
    return found


def _value(dimension: str, value: Any) -> Told:
    if value is None:
        return None
    if dimension == "topic":
        line = tree().line(value)
        return line[0].id if line else None
    if dimension == "hour":
        return f"{value:%Y-%m-%dT%H}"
    if dimension == "day":
        return f"{value:%Y-%m-%d}"
    if dimension == "month":
        return f"{value:%Y-%m}"
    return value if isinstance(value, int) else str(value)


def said(dimension: str, value: Told) -> str:
    """A value of a dimension in words."""
    if value is None or value == NONE:
        missing = {"unit": _("还没有单位"), "category": _("待分类"), "topic": _("待分类")}
        return missing.get(dimension, _("位置不明"))
    if dimension in ("channel", "appeal"):
        choices: type[Channel] | type[Appeal] = Channel if dimension == "channel" else Appeal
        return str(choices(str(value)).label) if value in choices.values else str(value)
    if dimension == "state":
        state = WORKFLOW.states.get(str(value))
        return _(state.label) if state else str(value)
    if dimension in ("category", "topic"):
        return tree().said_of(int(value)) or "?"
    if dimension == "unit":
        body = organisations().get(int(value))
        return body.label if body else "?"
    if dimension in ("street", "community", "grid"):
        return ground().name_of(int(value), above=1 if dimension == "grid" else 0)
    if dimension == "hour":
        return _("{hour} 时").format(hour=str(value)[-2:].lstrip("T"))
    return str(value)


def topics() -> list[tuple[int, str]]:
    """Categories that a map can be narrowed to: two levels, indented."""
    found = []
    for root in tree().roots:
        found.append((root.id, root.said))
        found += [(child.id, f"　{child.said}") for child in tree().children(root.id)]
    return found
