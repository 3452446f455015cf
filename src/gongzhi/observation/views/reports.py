"""Fill once, report many: the plans, one plan's numbers, and the workbook a superior asks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.observation import filling
from gongzhi.observation.actions import reports as actions
from gongzhi.observation.forms import Plan, Workbook
from gongzhi.observation.models import Every, ReportPlan
from gongzhi.observation.periods import before, newest_whole, period_of
from gongzhi.observation.policies import WINDOW, require
from gongzhi.observation.queries import reports as queries
from gongzhi.observation.queries import rooms
from gongzhi.observation.views.briefs import area_choices
from gongzhi.papers.files import handed
from gongzhi.people.actor import Person

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _form(by: Person, given: Any = None) -> Plan | None:
    kind, choices = rooms.first(), area_choices(by, "change_plan")
    if kind is None or not choices:
        return None
    return Plan(
        given, areas=choices, rows=[(key, _(label)) for key, label in queries.ROWS.items()],
        figures=[(f.code, f.label) for f in rooms.figures(kind).values()]
        + [(key, _(label)) for key, label in queries.SHARES.items()],
        topics=kind.cards["topics"]() if "topics" in kind.cards else [],
        initial={"every": "month", "rows": "community", "figures": ["received", "closed", "owed", "on_time", "on_time/owed"]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """The plans of one's areas; POST keeps another."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    form = _form(by, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(by, "change_plan")
        if form is not None and form.is_valid():
            told = form.cleaned_data
            plan = actions.keep_plan(
                told["area"], name=told["name"], rows=told["rows"], figures=told["figures"], every=told["every"],
                narrow={"topic": told["topic"]}, by=by, at=clock.now(),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("observation:report", args=[plan.pk]))
    context = {
        "plans": queries.plans_of(by),
        "rows": {key: _(label) for key, label in queries.ROWS.items()},
        "names": dict(Every.choices),
        "form": form,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "observation/reports.html", context, status=status)


def _asked(request: HttpRequest, plan: ReportPlan) -> Any:
    told = request.GET.get("day", "")
    today = clock.today()
    return period_of(plan.every, queries.day_asked(told, today)) if told else newest_whole(plan.every, today)


@require_GET
def report(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The numbers of a plan for a period, each with its list."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    return _show(request, queries.get_plan(plan_id, by=by), by)


def _show(request: HttpRequest, plan: ReportPlan, by: Person, refusal: Invalid | None = None) -> HttpResponse:
    period = _asked(request, plan)
    told = queries.numbers(plan, period, at=clock.now())
    known = rooms.figures(rooms.kind_of(plan.kind))
    by_label = {f.label: code for code, f in known.items()}
    table = []
    for line, urls in zip([*told.report.lines, told.report.total], told.urls, strict=True):
        cells = []
        for name, _heading in told.columns:
            value = filling.meaning(f"行.{name}", told.report, line)
            share = isinstance(value, float) or "/" in name
            cells.append(
                {
                    "value": value,
                    "share": share,
                    "url": "" if share or value is None else urls[by_label[name]],
                }
            )
        table.append({"label": line.label, "cells": cells, "total": line is told.report.total})
    later = period_of(plan.every, period.ends_on)
    context = {
        "plan": plan,
        "told": told,
        "table": table,
        "period": period,
        "earlier": before(period).starts_on.isoformat(),
        "later": later.starts_on.isoformat() if later.starts_on <= clock.today() else "",
        "name": dict(Every.choices)[plan.every],
        "changes": WINDOW.may(by, "change_plan", plan),
        "form": Workbook(),
        "refusal": refusal,
        "marks": _marks(plan, told),
    }
    return render(request, "observation/report.html", context, status=int(refusal.status) if refusal else 200)


def _marks(plan: ReportPlan, told: queries.Told) -> list[tuple[str, str]]:
    """Placeholders a form may hold, with what they stand for."""
    name = told.columns[0][0] if told.columns else ""
    return [
        ("{{地方}} {{期间}} {{统计时间}}", _("表头")),
        ("{{行.序号}} {{行.名称}}", _("一行一个；这一行会自动重复")),
        (" ".join(f"{{{{行.{column}}}}}" for column, _heading in told.columns), _("每行的数")),
        (f"{{{{行.上期.{name}}}}} {{{{行.去年同期.{name}}}}}", _("上期和去年同期；没有记录的空着")),
        (f"{{{{合计.{name}}}}}", _("合计")),
    ]


@require_GET
def workbook(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The workbook: the superior's form filled in, or our own."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    plan = queries.get_plan(plan_id, by=by)
    told = queries.numbers(plan, _asked(request, plan), at=clock.now())
    if plan.form:
        content = filling.fill(bytes(plan.form), told.report)
    else:
        content = filling.plain(told.report, told.columns, told.notes, plan.name)
    return handed(content, XLSX, f"{plan.name}-{told.since:%Y%m%d}.xlsx")


@require_POST
def act(request: HttpRequest, plan_id: int, verb: str) -> HttpResponse:
    """Give a plan a form, take it away, end the plan."""
    by, at = require(request.actor, "look"), clock.now()  # type: ignore[attr-defined]
    plan = queries.get_plan(plan_id, by=by)
    here = reverse("observation:report", args=[plan.pk])
    if verb == "form":
        asked = Workbook(request.POST, request.FILES)
        try:
            if not asked.is_valid():
                raise Invalid(_("请选一个 .xlsx 文件。"), code="no_file")
            given = asked.cleaned_data["file"]
            actions.give_form(
                plan.pk, name=given.name, content=given.read(filling.MOST_BYTES + 1), by=by, at=at
            )
        except Invalid as refusal:
            return _show(request, plan, by, refusal)
        toast(request, _("以后按这张表格填"))
    elif verb == "plain":
        actions.give_form(plan.pk, name="", content=b"", by=by, at=at)
        toast(request, _("已换回平台自己的表"))
    elif verb == "end":
        actions.end_plan(plan.pk, by=by, at=at)
        toast(request, _("这张报表不再报了"))
        here = reverse("observation:reports")
    else:
        raise NotFound
    return HttpResponseRedirect(here)
