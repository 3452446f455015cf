"""The formula: its versions, a draft copied from one, tried on last month beside the one in force, then put in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.forms import FormulaForm, StartForm
from gongzhi.evaluation.line_words import formula_of, rule_of
from gongzhi.evaluation.models import Formula
from gongzhi.evaluation.policies import RULES
from gongzhi.evaluation.scoring import Standing
from gongzhi.evaluation.views.asking import asked, month_words
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound


def _standing_of(row: Formula, rows: list[Formula], today: date) -> str:
    if row.starts_on is None:
        return "draft"
    now = manifests.month_of(today)
    held = [one for one in rows if one.starts_on is not None and one.starts_on <= now]
    newest = max(held, key=lambda one: one.starts_on or date.min, default=None)
    if row.starts_on > now:
        return "coming"
    return "holds" if row == newest else "former"


def _lines(row: Formula) -> list[dict[str, Any]]:
    names = manifests.figure_names()
    return [
        {"label": _(item["label"]), "how": formula_of(item, names), "rule": rule_of(item), "kind": item["kind"],
         "full": item["full"] * item["weight"]}
        for item in row.told["items"]
    ]  # fmt: skip


@require_GET
def formulas(request: HttpRequest) -> HttpResponse:
    """All versions, newest first."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    rows, today = queries.formulas(), clock.today()
    context = {
        "rows": [{"row": row, "name": _(row.name), "state": _standing_of(row, rows, today)} for row in rows],
        "may": RULES.may(by, "change_formula", None),
    }
    return render(request, "evaluation/formulas.html", context)


@require_http_methods(["GET", "POST"])
def formula(request: HttpRequest, version: int) -> HttpResponse:
    """One version; a draft can be edited here by leaders."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    row = queries.get_formula(version)
    rows = queries.formulas()
    state = _standing_of(row, rows, clock.today())
    may = RULES.may(by, "change_formula", None)
    if request.method == "POST":
        queries.require(by, "change_formula")
    form, status = None, 200
    if state == "draft" and may:
        first = {"name": _(row.name), "note": _(row.note) if row.note else "", "shrunk": row.told["shrunk"]}
        form = FormulaForm(request.POST or None, told=row.told, initial=first)
    if request.method == "POST":
        if form is None:
            actions.change_formula(version, name=row.name, note="", told=row.told, by=by, at=clock.now())
        elif form.is_valid():
            try:
                actions.change_formula(
                    version, name=form.cleaned_data["name"], note=form.cleaned_data["note"], told=form.as_told(),
                    by=by, at=clock.now(),
                )  # fmt: skip
            except Invalid as refusal:
                form.add_error(None, f"{refusal.sentence} {refusal.help}")
            else:
                toast(request, _("已保存，请试算"))
                return HttpResponseRedirect(reverse("evaluation:try_formula", args=[version]))
        status = 400
    context = {
        "row": row,
        "name": _(row.name),
        "note": _(row.note) if row.note else "",
        "state": state,
        "lines": _lines(row),
        "editing": [{"label": _(item["label"]), "how": formula_of(item, manifests.figure_names()), "fields": fields}
                    for item, fields in form.lines()] if form else [],
        "form": form,
        "start": StartForm(months=_months_ahead()) if state == "draft" and may and row.tried_month else None,
        "tried": month_words(row.tried_month) if row.tried_month else "",
        "starts": month_words(row.starts_on) if row.starts_on and row.starts_on.year > 2000 else "",
        "may": may,
    }  # fmt: skip
    return render(request, "evaluation/formula.html", context, status=status)


def _months_ahead() -> list[tuple[str, str]]:
    month, found = manifests.month_of(clock.today()), []
    for _turn in range(6):
        found.append((month.isoformat(), month_words(month)))
        month = manifests.next_month(month)
    return found


@require_POST
def copy(request: HttpRequest, version: int) -> HttpResponse:
    """Begin a new version as a copy."""
    row = actions.copy_formula(version, by=request.actor, at=clock.now())  # type: ignore[attr-defined]
    toast(request, _("已复制成第 {version} 版").format(version=row.version))
    return HttpResponseRedirect(reverse("evaluation:formula", args=[row.version]))


@require_POST
def drop(request: HttpRequest, version: int) -> HttpResponse:
    """Throw a draft away."""
    actions.drop_formula(version, by=request.actor, at=clock.now())  # type: ignore[attr-defined]
    toast(request, _("草稿已删除"))
    return HttpResponseRedirect(reverse("evaluation:formulas"))


@require_POST
def enforce(request: HttpRequest, version: int) -> HttpResponse:
    """Let a tried draft hold from a month on."""
    by = queries.require(request.actor, "change_formula")  # type: ignore[attr-defined]
    form = StartForm(request.POST, months=_months_ahead())
    if not form.is_valid():
        raise Invalid(_("请选择生效的月份。"), code="starts_on")
    row = actions.enforce_formula(version, form.cleaned_data["starts_on"], by=by, at=clock.now())
    assert row.starts_on is not None
    toast(request, _("从{month}起生效").format(month=month_words(row.starts_on)))
    return HttpResponseRedirect(reverse("evaluation:formula", args=[version]))


@require_http_methods(["GET", "POST"])
def try_formula(request: HttpRequest, version: int) -> HttpResponse:
    """Last month by this version beside the one that holds for it. POST notes that it was tried and looked at."""
    by = queries.require(request.actor, "change_formula")  # type: ignore[attr-defined]
    row, ask = queries.get_formula(version), asked(request, by)
    if ask.area is None:
        raise NotFound
    if request.method == "POST":
        actions.note_trial(version, ask.month, by=by, at=clock.now())
        toast(request, _("已记下试算，可以定生效的月份了"))
        return HttpResponseRedirect(reverse("evaluation:formula", args=[version]))
    held = queries.formula_for(ask.month)
    figures = manifests.figures_of(
        ask.month, area_id=ask.area.id, now=clock.now(), without=queries.taken_out(ask.area.id, ask.month)
    )
    context = {
        "row": row,
        "name": _(row.name),
        "held": held,
        "ask": ask,
        "month": month_words(ask.month),
        "draft": row.starts_on is None,
        "rows": compared(queries.standings_by(held, figures), queries.standings_by(row, figures)),
    }
    return render(request, "evaluation/try.html", context)


def compared(before: list[Standing], after: list[Standing]) -> list[dict[str, Any]]:
    """Each unit's score and place by two formulas, those that move most first."""
    old = {one.unit_id: one for one in before}
    rows = []
    for one in after:
        was = old[one.unit_id]
        moved = (one.score or 0) - (was.score or 0)
        rows.append({"name": one.name, "peers": one.peers, "was": was, "now": one, "moved": moved})
    return sorted(rows, key=lambda row: (-abs(row["moved"]), row["name"]))
