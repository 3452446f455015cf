"""Deciding an appeal: what the unit says, which matters, and what the leader decides."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.forms import DecisionForm
from gongzhi.evaluation.models import AppealState
from gongzhi.evaluation.views.asking import asked, month_words
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """One appeal. POST decides it."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    row = queries.get_appeal(appeal_id)
    publication = row.result.publication
    if row.state == AppealState.PENDING:
        queries.require(by, "decide", row)
    ask = asked(request, by, f"{publication.month:%Y-%m}")
    numbers = queries.numbers_of(row.matters)
    form = DecisionForm(
        request.POST or None,
        matters=[(matter, numbers.get(matter, str(matter))) for matter in row.matters],
        initial={"granted": row.matters},
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                row = actions.decide(
                    appeal_id, granted=[int(matter) for matter in form.cleaned_data["granted"]],
                    decision=form.cleaned_data["decision"], by=by, at=clock.now(),
                )  # fmt: skip
            except Invalid as refusal:
                form.add_error("decision", str(refusal.sentence))
            else:
                said = _("已采纳，并公布了新的一版") if row.led_to_id else _("已决定，不采纳")
                toast(request, said)
                return HttpResponseRedirect(ask.unit_url(row.result.unit_id))
        status = 400
    rows, _seen = manifests.rows_behind(row.matters, by=by, now=clock.now())
    context = {
        "row": row,
        "rows": rows,
        "numbers": list(numbers.values()),
        "granted": [numbers.get(matter, "") for matter in row.granted],
        "form": form if row.state == AppealState.PENDING else None,
        "month": month_words(publication.month),
        "unit_url": ask.unit_url(row.result.unit_id),
    }
    return render(request, "evaluation/appeal.html", context, status=status)
