"""The numbers of a report plan for a period: rows by a dimension, figures, the period before, and a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from gongzhi.kit import clock
from gongzhi.kit.errors import NotFound
from gongzhi.matters.figures import Figure, Key, Selection, Tally, Value
from gongzhi.matters.kinds import Kind
from gongzhi.observation import sentences
from gongzhi.observation.filling import Line, Report
from gongzhi.observation.models import ReportPlan
from gongzhi.observation.periods import Period, before, span, year_ago
from gongzhi.observation.policies import WINDOW, areas_of
from gongzhi.observation.queries import rooms
from gongzhi.observation.queries.addresses import address_of, narrow
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: What the rows of a report may be.
ROWS = {
    "street": noop("街道"), "community": noop("社区"), "grid": noop("网格"), "unit": noop("单位"),
    "topic": noop("分类"), "channel": noop("来源"), "appeal": noop("诉求类型"), "month": noop("月份"),
}  # fmt: skip
#: Shares that may stand among the figures.
SHARES = {
    "on_time/owed": noop("按期结案率"), "solved/rated": noop("办结件解决率"), "satisfied/rated": noop("办结件满意率"),
    "closed/received": noop("办结与收到之比"),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A report with the way to the list behind each number: ``urls[row][figure]``, the last row being the total."""

    report: Report
    columns: tuple[tuple[str, str], ...]
    urls: tuple[dict[str, str], ...]
    notes: tuple[str, ...]
    since: datetime
    until: datetime


def columns(plan: ReportPlan, known: dict[str, Figure]) -> list[tuple[str, str]]:
    """(name as in a form, heading) of each figure and share of a plan."""
    out = []
    for code in plan.figures:
        if code in SHARES:
            out.append(("/".join(known[part].label for part in code.split("/")), _(SHARES[code])))
        elif code in known:
            out.append((known[code].label, known[code].label))
    return out


def numbers(plan: ReportPlan, period: Period, *, at: datetime) -> Told:
    """Count a plan for a period. A dozen statements."""
    kind = rooms.kind_of(plan.kind)
    area, known = ground().areas[plan.division_id], rooms.figures(kind)
    zone = timezone.get_default_timezone()
    since, until = span(period, zone)
    until = min(until, at)
    if plan.rows == "month":
        since = since.replace(month=1, day=1)
    began = kind.cards["began"](area.id) if "began" in kind.cards else None
    spans = {"now": (since, until)}
    for name, other in (("before", before(period)), ("year_ago", year_ago(period))):
        start, end = span(other, zone)
        if plan.rows != "month" and began is not None and start >= began:
            spans[name] = (start, end if until == span(period, zone)[1] else start + (until - since))
    wanted = {f.over: [c for c in known if known[c].over == f.over] for f in known.values()}
    narrowed = {key: str(value) for key, value in plan.narrow.items()}
    tally = rooms.ask(kind, "tally")

    def counted(
        start: datetime, end: datetime, by: tuple[str, ...], *, standing: bool
    ) -> dict[Key, dict[str, int]]:
        found: dict[Key, dict[str, int]] = {}
        standing = standing and plan.rows != "month" and "now" in wanted
        asked: list[Tally] = [
            tally(
                wanted["span"],
                division_id=area.id,
                at=min(at, end),
                since=start,
                until=end,
                by=by,
                narrow=narrowed,
            )
        ]
        if standing:
            asked.append(tally(wanted["now"], division_id=area.id, at=at, by=by, narrow=narrowed))
        for part in asked:
            for key, counts in part.items():
                found.setdefault(key, {}).update(counts)
        return found

    by_row = {name: counted(*when, (plan.rows,), standing=name == "now") for name, when in spans.items()}
    whole = {name: counted(*when, (), standing=name == "now").get((), {}) for name, when in spans.items()}
    # what was counted and found nowhere is zero; what was not counted (how things stood a year ago) is nothing
    nothing = {name: dict.fromkeys(counts, 0) for name, counts in whole.items()}
    said = rooms.ask(kind, "said")
    values = _values(plan, area, by_row["now"], kind)
    lines = [
        Line(
            said(plan.rows, value),
            nothing["now"] | by_row["now"].get((value,), {}),
            nothing["before"] | by_row["before"].get((value,), {}) if "before" in by_row else None,
            nothing["year_ago"] | by_row["year_ago"].get((value,), {}) if "year_ago" in by_row else None,
        )
        for value in values
    ]
    total = Line(_("合计"), whole["now"], whole.get("before"), whole.get("year_ago"))
    report = Report(
        area.name,
        _when(period, plan, since, until, zone),
        f"{clock.local(at):%Y-%m-%d %H:%M}",
        lines,
        total,
        {f.label: code for code, f in known.items()} | {code: code for code in known},
    )
    heads = columns(plan, known)
    urls = tuple(
        {
            code: address_of(kind.code, _selection(code, known, area, at, since, until, narrowed, row))
            for code in known
        }
        for row in [*({plan.rows: value} for value in values), {}]
    )
    notes = [f"{known[c].label}：{known[c].explained}" for c in plan.figures if c in known]
    notes += [_("比率是两个数相除；没有分母的空着。")] if any(c in SHARES for c in plan.figures) else []
    return Told(report, tuple(heads), urls, tuple(notes), since, until)


def _selection(
    code: str, known: dict[str, Figure], area: Area, at: datetime, since: datetime, until: datetime,
    narrowed: dict[str, str], row: dict[str, Value],
) -> Selection:  # fmt: skip
    pairs = tuple(narrowed.items()) + narrow(**row)
    if known[code].over == "now":
        return Selection(code, area.id, at, narrow=pairs)
    return Selection(code, area.id, min(at, until), since, until, pairs)


def _when(period: Period, plan: ReportPlan, since: datetime, until: datetime, zone: Any) -> str:
    if plan.rows == "month":
        return _("{year} 年 1 月至 {month} 月").format(
            year=period.starts_on.year, month=period.starts_on.month
        )
    return sentences.when(
        {
            "every": period.every,
            "starts_on": period.starts_on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
        }
    )


def _values(plan: ReportPlan, area: Area, found: dict[Key, dict[str, int]], kind: Kind) -> list[Value]:
    """The rows in their order: every area below, every month so far, else those that have something."""
    seen = {key[0] for key, counts in found.items() if any(counts.values())}
    rest: list[Value] = [None] if None in seen else []
    levels = {"street": Level.STREET, "community": Level.COMMUNITY, "grid": Level.GRID}
    if plan.rows in levels:
        inside = [a for a in ground().areas.values() if a.level == levels[plan.rows] and a.within(area.path)]
        known = [a.id for a in sorted(inside, key=lambda a: a.code)]
        others = sorted((v for v in seen - {None} if v not in known), key=str)
        return [*known, *others, *rest]
    said = rooms.ask(kind, "said")
    if plan.rows == "month":
        return sorted(seen - {None}, key=str)
    return sorted(seen - {None}, key=lambda v: (-found[(v,)].get("received", 0), said(plan.rows, v))) + rest


def plans_of(by: Person) -> list[ReportPlan]:
    """The plans of one's areas that are still asked for; their forms stay in the database."""
    mine = [area.id for area in areas_of(by)]
    rows = ReportPlan.objects.filter(division_id__in=mine, ends_at=None).defer("form")
    return list(rows.select_related("division"))


def get_plan(plan_id: int, *, by: Person) -> ReportPlan:
    """A plan of one's own area. NotFound otherwise."""
    plan = ReportPlan.objects.filter(pk=plan_id, ends_at=None).select_related("division").first()
    if plan is None or not WINDOW.may(by, "look", plan):
        raise NotFound(_("没有这张报表，或者不归您负责。"))
    return plan


def day_asked(told: str, today: date) -> date:
    """A day from an address, else today's."""
    try:
        return date.fromisoformat(told)
    except ValueError:
        return today
