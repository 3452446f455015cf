"""The numbers of a brief: counted by the room for a period, the one before, and the same a year ago.

A comparison is None, never zero, where nothing was recorded yet: the sentences then say so.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import NotFound
from gongzhi.matters.figures import Key, Tally
from gongzhi.matters.kinds import Kind
from gongzhi.observation import sentences
from gongzhi.observation.models import Brief
from gongzhi.observation.periods import Period, before, span, year_ago
from gongzhi.observation.policies import WINDOW, areas_of
from gongzhi.observation.queries import rooms
from gongzhi.people.actor import Person
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import organisation_of_area
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

TOTALS = (
    "received",
    "urgent",
    "closed",
    "owed",
    "on_time",
    "late_done",
    "owing",
    "rated",
    "solved",
    "satisfied",
    "reworked",
)
STANDS = ("open", "late", "soon")
#: Rows of a table on paper, and hot issues told.
MOST_ROWS, MOST_HOT = 10, 5


def count(kind: Kind, area: Area, period: Period, *, at: datetime) -> dict[str, Any]:
    """Everything a brief says in numbers, ready to be kept as JSON."""
    tally, said = rooms.ask(kind, "tally"), rooms.ask(kind, "said")
    zone = timezone.get_default_timezone()
    since, until = span(period, zone)
    until = min(until, at) if until > at else until
    began = kind.cards["began"](area.id) if "began" in kind.cards else None
    spans = {"now": (since, until)}
    for name, other in (("before", before(period)), ("year_ago", year_ago(period))):
        start, end = span(other, zone)
        if began is not None and start >= began.astimezone(zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        ):
            spans[name] = (start, end if until == span(period, zone)[1] else start + (until - since))

    def over(name: str, codes: tuple[str, ...], by: tuple[str, ...] = ()) -> Tally | None:
        if name not in spans:
            return None
        start, end = spans[name]
        found: Tally = tally(codes, division_id=area.id, at=min(at, end), since=start, until=end, by=by)
        return found

    totals = {name: _totals(over(name, TOTALS)) for name in ("now", "before", "year_ago")}
    stands = tally(STANDS, division_id=area.id, at=at).get((), {})
    below = {Level.DISTRICT: "street", Level.STREET: "community"}.get(Level(area.level), "grid")
    units = over("now", ("owed", "on_time"), ("unit",)) or {}
    return {
        "kind": kind.code,
        "area": area.name,
        "every": period.every,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
        "whole": until == span(period, zone)[1],
        "counted_at": at.isoformat(),
        "totals": totals,
        "stands": {code: stands.get(code, 0) for code in STANDS},
        "topics": _table(over("now", ("received",), ("topic",)), over("before", ("received",), ("topic",)),
                         over("year_ago", ("received",), ("topic",)), lambda value: said("topic", value)),
        "channels": _table(over("now", ("received",), ("channel",)), None, None, lambda value: said("channel", value)),
        "areas": _table(over("now", ("received",), (below,)), over("before", ("received",), (below,)), None,
                        lambda value: said(below, value)),
        "units": sorted(
            ([said("unit", key[0]), c["owed"], c["on_time"]] for key, c in units.items() if key[0] and c["owed"]),
            key=lambda row: (-row[1], row[0]),
        ),
        "series": _series(period, over("now", ("received",), ("hour" if period.every == "day" else "day",)),
                          over("before", ("received",), ("hour" if period.every == "day" else "day",))),
        "hot": _hot(kind, area, until),
    }  # fmt: skip


def _totals(found: Tally | None) -> dict[str, int] | None:
    return None if found is None else {code: found.get((), {}).get(code, 0) for code in TOTALS}


def _table(now: Tally | None, before_: Tally | None, ago: Tally | None, said: Any) -> list[list[Any]]:
    """[label, now, before or None, a year ago or None], the most first."""
    keys: set[Key] = {*(now or {}), *(before_ or {})}
    rows = []
    for key in keys:
        counts = [
            None if found is None else found.get(key, {}).get("received", 0) for found in (now, before_, ago)
        ]
        if counts[0] or counts[1]:
            rows.append([said(key[0]), *counts])
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _series(period: Period, now: Tally | None, before_: Tally | None) -> list[list[Any]]:
    """[label, now, before or None] for each hour of a day or each day of a week or month."""

    def labels(of: Period) -> list[str]:
        if of.every == "day":
            return [f"{of.starts_on.isoformat()}T{hour:02d}" for hour in range(24)]
        return [(of.starts_on + timedelta(days=n)).isoformat() for n in range(of.days)]

    mine, theirs = labels(period), labels(before(period))
    out = []
    for place, key in enumerate(mine):
        other = theirs[place] if place < len(theirs) else None
        was = None if before_ is None or other is None else before_.get((other,), {}).get("received", 0)
        out.append([key, (now or {}).get((key,), {}).get("received", 0), was])
    return out


def _hot(kind: Kind, area: Area, at: datetime) -> list[dict[str, Any]]:
    if "hot" not in kind.cards:
        return []
    found, _grouped_at = kind.cards["hot"](area.id, at=at, most=MOST_HOT, now=True)
    return [
        {"title": issue.title, "n": len(issue.matters), "reporters": issue.reporters, "open": issue.open,
         "area": issue.area, "lately": issue.lately, "before": issue.before}
        for issue in found
    ]  # fmt: skip


def briefs_of(by: Person, *, division_id: int | None = None) -> list[Brief]:
    """Briefs of one's areas, the newest first; their files stay in the database."""
    mine = [area.id for area in areas_of(by)]
    rows = Brief.objects.filter(division_id__in=mine if division_id is None else [division_id])
    return list(rows.defer("word", "pdf", "figures", "sections").select_related("division")[:120])


def brief_of(division_id: int, every: str, day: date, *, by: Person) -> Brief:
    """The newest edition of the brief whose period holds a day."""
    rows = Brief.objects.filter(division_id=division_id, every=every, starts_on__lte=day, ends_on__gt=day)
    return get_brief(rows.order_by("-edition").values_list("pk", flat=True).first() or 0, by=by)


def get_brief(brief_id: int, *, by: Person) -> Brief:
    """A brief of one's own area, with its area. NotFound otherwise: that there is one is not told."""
    brief = (
        Brief.objects.filter(pk=brief_id)
        .select_related("division", "published_by")
        .defer("word", "pdf")
        .first()
    )
    if brief is None or not WINDOW.may(by, "look", brief):
        raise NotFound(_("没有这份简报，或者不归您负责。"))
    return brief


def file_of(brief: Brief, name: str) -> bytes | None:
    """The kept file of a published brief: ``word`` or ``pdf``."""
    kept = Brief.objects.filter(pk=brief.pk).values_list(name, flat=True).first()
    return None if kept is None else bytes(kept)


def office_of(division_id: int) -> str:
    """Who speaks in a brief: the order centre of the area, or the area itself."""
    body = organisation_of_area(division_id, OrganisationKind.ORDER_CENTRE)
    return body.name if body else ground().name_of(division_id)


def paper_of(brief: Brief) -> dict[str, Any]:
    """A brief as paper takes it: words, numbers, and the lines at its foot."""
    counted = clock.local(brief.counted_at)
    notes = [
        _("数字由工单逐件统计，统计时间 {at:%Y-%m-%d %H:%M}；每个数字都能在平台上打开后面的名单。").format(
            at=counted
        ),
        _(
            "按期结案率 = 按期结案 ÷ 应结（不含挂账），与单位评价同一口径。应结：答复期限在这段时间里、已经到期的；停着钟的，以及并单、撤回、不予受理、作废的不算。环比为上一期，同比为去年同期；没有记录的不比。"
        ),
        _("供内部工作使用。"),
    ]
    if brief.digest:
        notes.append(_("摘要（SHA-256）：{digest}").format(digest=brief.digest))
    return {
        "title": brief.title,
        "figures": brief.figures,
        "sections": brief.sections,
        "draft": not brief.digest,
        "issue": Period(brief.every, brief.starts_on, brief.ends_on).issue,
        "edition": brief.edition,
        "when": sentences.when(brief.figures),
        "office": office_of(brief.division_id),
        "foot": f"{brief.title} · {sentences.when(brief.figures)}"
        + (f" · {brief.digest[:12]}" if brief.digest else ""),
        "notes": notes,
    }


def sample(area: Area, *, at: datetime) -> dict[str, Any]:
    """A brief that never was, to try a form with: every table has rows."""
    totals = dict.fromkeys(TOTALS, 12)
    figures = {
        "kind": "", "area": area.name, "every": "week", "starts_on": "2026-06-01", "ends_on": "2026-06-08", "whole": True,
        "counted_at": at.isoformat(), "totals": {"now": totals, "before": totals, "year_ago": None},
        "stands": dict.fromkeys(STANDS, 3), "topics": [["甲", 7, 5, None], ["乙", 5, 7, None]], "channels": [["丙", 12, None, None]],
        "areas": [["丁", 8, 6, None], ["戊", 4, 6, None]], "units": [["己", 12, 11]],
        "series": [[f"2026-06-{day:02d}", day, None] for day in range(1, 8)],
        "hot": [{"title": "庚", "n": 6, "reporters": 5, "open": 2, "area": "丁", "lately": 4, "before": 2}],
    }  # fmt: skip
    return {
        "title": sentences.title_of(area.name, "week"), "figures": figures, "sections": sentences.sections(figures),
        "draft": True, "issue": (2026, 23), "edition": 1, "when": sentences.when(figures), "office": area.name,
        "foot": "", "notes": ["—"],
    }  # fmt: skip
