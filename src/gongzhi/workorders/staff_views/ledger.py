"""The four ledgers on one page: what was asked and decided, each unit's share against its cap; on paper and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import AREA_ROLES
from gongzhi.workorders.actions.capping import seen_caps, set_cap
from gongzhi.workorders.cards.rows import unit_label
from gongzhi.workorders.forms.steps import unit_choices
from gongzhi.workorders.models import Asking, Cap, Request
from gongzhi.workorders.policies import STAFF
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.queries.ledger import Lean, entries, leaning, pending_counts
from gongzhi.workorders.staff_views.exporting import harmless

#: Rows on the page and in a file; whoever needs more asks for one month at a time.
MOST, MOST_IN_FILE = 200, 20_000
MONTHS = 13
TONES = {
    "pending": "soon",
    "granted": "done",
    "refused": "refused",
    "withdrawn": "plain",
    "overtaken": "plain",
}


@dataclass(frozen=True)
class Wanted:
    """Which ledger an address asks for."""

    kind: str
    unit_id: int | None
    month: date | None
    state: str

    def query(self, **change: Any) -> str:
        """``?…`` with some of it changed; an empty value drops one."""
        said: dict[str, Any] = {
            "kind": self.kind,
            "unit": self.unit_id or "",
            "month": f"{self.month:%Y-%m}" if self.month else "",
            "state": self.state,
        }
        said |= change
        return f"?{urlencode({k: v for k, v in said.items() if v})}"


def _wanted(request: HttpRequest) -> Wanted:
    get = request.GET
    kind, unit, month, state = (get.get(name, "").strip() for name in ("kind", "unit", "month", "state"))
    if unit and not (unit.isascii() and unit.isdecimal() and len(unit) < 12):
        raise Invalid(_("没有这个单位。"), code="unknown_unit")
    try:
        day = datetime.strptime(month, "%Y-%m").date() if month else None
    except ValueError as error:
        raise Invalid(_("月份要写成 2026-11 的样子。"), code="bad_month") from error
    if day is not None and not 2000 <= day.year <= 2200:
        raise Invalid(_("月份要写成 2026-11 的样子。"), code="bad_month")
    return Wanted(
        kind if kind in Asking.values else Asking.RETURN,
        int(unit) if unit else None,
        day,
        state if state in Request.State.values else "",
    )


class CapForm(forms.Form):
    """A cap: of which unit, how many percent, counted over how many days."""

    unit = forms.TypedChoiceField(
        label=gettext_lazy("单位"), coerce=int, empty_value=None, required=False,
        choices=lazy(lambda: [("", _("所有单位")), *unit_choices()[1:]], list)(),
    )  # fmt: skip
    percent = forms.IntegerField(
        label=gettext_lazy("最多占百分之几"), min_value=0, max_value=100, required=False,
        help_text=gettext_lazy("留空就是取消上限。"),
    )  # fmt: skip
    window_days = forms.IntegerField(
        label=gettext_lazy("统计最近多少天"), min_value=1, max_value=366, initial=30
    )


def lean_words(row: Lean) -> str:
    """A unit's share against its cap, as a sentence."""
    said = _("最近 {days} 天经手 {had} 件，其中 {asked} 件，占 {share:.0%}").format(
        days=row.window_days, had=row.had, asked=row.asked, share=row.share
    )
    if row.limit is None:
        return _("{said}；没有设上限。").format(said=said)
    if row.over:
        return _("{said}，超过上限 {cap}%。请单位说明原因。").format(said=said, cap=row.limit.percent)
    if row.few:
        return _("{said}；件数太少，不和上限 {cap}% 比较。").format(said=said, cap=row.limit.percent)
    return _("{said}，在上限 {cap}% 以内。").format(said=said, cap=row.limit.percent)


def _row(row: Request, *, by: Person, readable: bool) -> dict[str, Any]:
    return {
        "row": row,
        "unit": unit_label(row.unit_id) or _("工单中心"),
        "state": Request.State(row.state).label,
        "tone": TONES[row.state],
        "asker": row.asked_by.name if row.asked_by else "",
        "decider": row.decided_by.name if row.decided_by else "",
        "url": reverse("workorders:desk_order", args=[row.order_id]) if readable else "",
    }


def _context(request: HttpRequest, wanted: Wanted, *, by: Person, most: int) -> dict[str, Any]:
    now = clock.now()
    found = list(
        entries(wanted.kind, by=by, unit_id=wanted.unit_id, month=wanted.month, state=wanted.state)[
            : most + 1
        ]
    )
    leans = leaning(wanted.kind, by=by, now=now)
    return {
        "wanted": wanted,
        "kind": Asking(wanted.kind).label,
        "dated": wanted.kind in (Asking.EXTENSION, Asking.SUSPENSION),
        "rows": [_row(row, by=by, readable=STAFF.holds(by, row.order)) for row in found[:most]],
        "more": len(found) > most,
        "most": most,
        "leans": [{"lean": row, "words": lean_words(row)} for row in leans],
        "leaners": sum(row.over for row in leans),
        "by": by,
        "now": now,
        "note": _note(wanted),
        "title": _("{kind}台账").format(kind=Asking(wanted.kind).label),
    }


def _note(wanted: Wanted) -> str:
    """The filters in words, for the head of the paper."""
    parts = [unit_label(wanted.unit_id)] if wanted.unit_id else []
    parts += [f"{wanted.month:%Y-%m}"] if wanted.month else []
    parts += [str(Request.State(wanted.state).label)] if wanted.state else []
    return " · ".join(parts) or _("全部单位，全部月份")


def _months(today: date) -> list[tuple[str, str]]:
    found, first = [], today.replace(day=1)
    for _n in range(MONTHS):
        found.append((f"{first:%Y-%m}", _("{year}年{month}月").format(year=first.year, month=first.month)))
        first = date(first.year - (first.month == 1), 12 if first.month == 1 else first.month - 1, 1)
    return found


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """One of the four ledgers, by tab; filtered by unit, month and state."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    return _shown(request, _wanted(request), by=by, form=None)


def _shown(
    request: HttpRequest, wanted: Wanted, *, by: Person, form: CapForm | None, status: int = 200
) -> HttpResponse:
    waiting = pending_counts(by)
    here = reverse("workorders:desk_ledger")
    bodies = organisations()
    caps: list[dict[str, Any]] = [
        {"unit": bodies[c.unit_id].label if c.unit_id in bodies else _("所有单位"), "cap": c}
        for c in Cap.objects.filter(kind=wanted.kind).order_by("unit_id")
    ]
    common = next((row["cap"] for row in caps if row["cap"].unit_id is None), None)
    initial = (
        {"percent": common.percent, "window_days": common.window_days} if common else {"window_days": 30}
    )
    context = _context(request, wanted, by=by, most=MOST) | {
        "tabs": [
            {
                "label": label,
                "url": here + wanted.query(kind=kind),
                "count": waiting[kind] or None,
                "current": kind == wanted.kind,
            }
            for kind, label in Asking.choices
        ],
        "months": _months(clock.today()),
        "month": f"{wanted.month:%Y-%m}" if wanted.month else "",
        "units": sorted(((b.id, b.label) for b in bodies.values()), key=lambda row: row[1])
        if by.holding(*AREA_ROLES)
        else [],
        "states": Request.State.choices,
        "caps": sorted(caps, key=lambda row: (row["cap"].unit_id is not None, row["unit"])),
        "may_cap": DESK.may(by, "change_caps", None),
        "seen_caps": seen_caps(wanted.kind),
        "form": form or CapForm(initial=initial),
        "csv_url": reverse("workorders:desk_ledger_file") + wanted.query(),
        "print_url": reverse("workorders:desk_ledger_print") + wanted.query(),
    }
    return _kept(render(request, "workorders/staff/ledger.html", context, status=status))


@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The same on paper."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    context = _context(request, _wanted(request), by=by, most=MOST)
    return _kept(render(request, "workorders/staff/paper_ledger.html", context))


@require_GET
def file(request: HttpRequest) -> HttpResponse:
    """The same as CSV. Words of colleagues are there, nothing of residents."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    wanted = _wanted(request)
    out = io.StringIO()
    out.write("\ufeff")  # Excel reads UTF-8 only when told
    writer = csv.writer(out)
    writer.writerow(
        [_("工单编号"), _("种类"), _("单位"), _("提出的人"), _("提出时间"), _("原因"), _("申请到"), _("结果"),
         _("决定的人"), _("决定时间"), _("意见")]
    )  # fmt: skip
    found = entries(wanted.kind, by=by, unit_id=wanted.unit_id, month=wanted.month, state=wanted.state)
    for request_ in found[:MOST_IN_FILE]:
        row = _row(request_, by=by, readable=False)
        values = [
            request_.order.number, Asking(request_.kind).label, row["unit"], row["asker"], _at(request_.asked_at),
            request_.reason, _at(request_.until), row["state"], row["decider"], _at(request_.decided_at), request_.words,
        ]  # fmt: skip
        writer.writerow([harmless(str(value)) for value in values])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ledger-{wanted.kind}.csv"'
    return _kept(response)


def _at(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def cap(request: HttpRequest) -> HttpResponse:
    """Set or take away a cap."""
    by = require(request.actor, "change_caps")  # type: ignore[attr-defined]
    kind = request.POST.get("kind", "")
    wanted = Wanted(kind if kind in Asking.values else Asking.RETURN, None, None, "")
    form = CapForm(request.POST)
    if not form.is_valid():
        return _shown(request, wanted, by=by, form=form, status=400)
    said = form.cleaned_data
    found = set_cap(
        wanted.kind, percent=said["percent"], window_days=said["window_days"], unit_id=said["unit"], by=by, at=clock.now(),
        seen=request.POST.get("seen_as"),
    )  # fmt: skip
    unit = unit_label(said["unit"]) or _("所有单位")
    done = _("{unit}的上限改为 {percent}%") if found else _("取消了{unit}的上限")
    toast(request, done.format(unit=unit, percent=said["percent"]))
    return HttpResponseRedirect(reverse("workorders:desk_ledger") + wanted.query())
