"""A unit in a month: each line with its numbers and its sum, the matters behind each number, and its appeal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.forms import AppealForm
from gongzhi.evaluation.line_words import formula_of, tell
from gongzhi.evaluation.models import AppealState
from gongzhi.evaluation.policies import RULES
from gongzhi.evaluation.scoring import PEERS
from gongzhi.evaluation.views.asking import Asked, asked, month_words
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.people.actor import Person

#: Rows of a list on one page.
PAGE = 50


def told_unit(ask: Asked, unit_id: int, *, by: Person) -> dict[str, Any]:
    """Everything that the page of a unit says, also on paper. NotFound when nothing was counted of it."""
    assert ask.area is not None
    publication, found = queries.shown(ask.area, ask.month, by=by, now=clock.now(), version=ask.version)
    one = next((standing for standing in found if standing.unit_id == unit_id), None)
    if one is None:
        raise NotFound
    formula = publication.formula if publication else queries.formula_for(ask.month)
    read, names = queries.read_formula(formula), manifests.figure_names()
    lines = []
    for line in one.lines:
        said = tell(line, names, peers=one.peers, figures=one.figures, shrunk=read.shrunk)
        pieces = [
            {"code": code, "label": label, "count": count, "url": ask.figure_url(unit_id, code)}
            for code, label, count in said.pieces
        ]
        lines.append({"said": said, "pieces": pieces, "how": formula_of(line, names)})
    counts = [
        {"figure": figure, "count": one.figures.get(code, 0), "url": ask.figure_url(unit_id, code)}
        for code, figure in names.items()
    ]
    full = sum(line["full_here"] for line in one.lines)
    points = sum(line["points"] for line in one.lines)
    return {
        "ask": ask,
        "month": month_words(ask.month),
        "area": ask.area,
        "one": one,
        "peers": _(PEERS[one.peers]),
        "publication": publication,
        "formula": formula,
        "shrunk": read.shrunk,
        "lines": lines,
        "counts": counts,
        "points": points,
        "full": full,
        "score_words": "" if one.score is None else f"{one.score:.1f}",
        "paper_url": reverse("evaluation:paper_unit", args=[f"{ask.month:%Y-%m}", unit_id]) + ask.query(),
        "by": by,
    }


@require_http_methods(["GET", "POST"])
def unit(request: HttpRequest, month: str, unit_id: int) -> HttpResponse:
    """One unit, line by line. POST: its head appeals."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by, month)
    if ask.area is None:
        raise NotFound
    context = told_unit(ask, unit_id, by=by)
    appeals = queries.appeals(ask.area.id, ask.month, unit_id)
    numbers = queries.numbers_of({matter for appeal in appeals for matter in appeal.matters})
    context["appeals"] = [
        {
            "row": row,
            "numbers": [numbers.get(matter, "") for matter in row.matters],
            "granted": [numbers.get(matter, "") for matter in row.granted],
            "may_decide": row.state == AppealState.PENDING and RULES.may(by, "decide", row),
        }
        for row in appeals
    ]
    publication, status = context["publication"], 200
    result = queries.result_of(publication, unit_id) if publication else None
    newest = queries.current(ask.area.id, ask.month)
    may = (
        result is not None
        and publication == newest
        and RULES.may(by, "appeal", result)
        and not any(row.state == AppealState.PENDING for row in appeals)
    )
    form = AppealForm(request.POST or None) if may else None
    if request.method == "POST":
        if form is None:
            # the action says which of the reasons it is
            actions.appeal(ask.area.id, ask.month, unit_id, words="", numbers=[], by=by, at=clock.now())
        elif form.is_valid():
            try:
                actions.appeal(
                    ask.area.id, ask.month, unit_id, words=form.cleaned_data["words"],
                    numbers=form.cleaned_data["numbers"].replace("，", " ").replace("、", " ").split(), by=by,
                    at=clock.now(),
                )  # fmt: skip
            except Invalid as refusal:
                field = next(iter(refusal.fields or {}), None)
                form.add_error(field if field in form.fields else None, str(refusal.sentence))
            else:
                toast(request, _("申诉已提交"))
                return HttpResponseRedirect(ask.unit_url(unit_id))
        status = 400
    context["form"] = form
    return render(request, "evaluation/unit.html", context, status=status)


@require_GET
def behind(request: HttpRequest, month: str, unit_id: int, figure: str) -> HttpResponse:
    """The matters behind a number, those that this person may open; the others are only counted."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask, now = asked(request, by, month), clock.now()
    names = manifests.figure_names()
    if ask.area is None or figure not in names:
        raise NotFound
    publication, found = queries.shown(ask.area, ask.month, by=by, now=now, version=ask.version)
    one = next((standing for standing in found if standing.unit_id == unit_id), None)
    if one is None:
        raise NotFound
    matters = manifests.matters_behind(
        figure, ask.month, unit_id=unit_id, area_id=ask.area.id, now=now,
        without=queries.taken_out(ask.area.id, ask.month, publication),
    )  # fmt: skip
    skip = request.GET.get("skip", "0")
    start = int(skip) if skip.isdecimal() and len(skip) < 7 else 0
    ids = {matter for matter, _moment in matters}
    rows, seen = manifests.rows_behind(ids, by=by, now=now, skip=start, size=PAGE)
    here = ask.figure_url(unit_id, figure)
    more = f"{here}{'&' if '?' in here else '?'}skip="
    context = {
        "ask": ask,
        "month": month_words(ask.month),
        "one": one,
        "figure": names[figure],
        "unit_url": ask.unit_url(unit_id),
        "published": one.figures.get(figure, 0),
        "publication": publication,
        "count": len(matters),
        "matters": len(ids),
        "seen": seen,
        "hidden": len(ids) - seen,
        "rows": rows,
        "first": start + 1,
        "last": start + len(rows),
        "newer": f"{more}{max(start - PAGE, 0)}" if start else "",
        "older": f"{more}{start + PAGE}" if start + PAGE < seen else "",
    }
    return render(request, "evaluation/behind.html", context)
