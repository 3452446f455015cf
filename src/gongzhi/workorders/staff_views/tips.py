"""Tips at the desk: the clerks of the centre pass them on and bring outcomes back; leaders and the auditor see
counts only."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.meetings.views.calling import attempt
from gongzhi.workorders.actions import tips as actions
from gongzhi.workorders.forms.tips import CloseForm, PassOnForm
from gongzhi.workorders.models.tips import TipState
from gongzhi.workorders.policies.police import POLICE, require
from gongzhi.workorders.queries import tips as queries

TONES = {TipState.NEW: "new", TipState.PASSED: "working", TipState.ENDED: "done"}


@never_cache
@require_GET
def tips(request: HttpRequest) -> HttpResponse:
    """Counts for leaders and the auditor; for clerks the list as well."""
    by = require(request.actor, "count_tips")  # type: ignore[attr-defined]
    state, here = request.GET.get("state", ""), reverse("workorders:tips")
    may_read = POLICE.may(by, "see_tips", None)
    rows = queries.list_tips(by=by, state=state) if may_read else []
    tabs = [{"label": _("全部"), "url": here, "current": not state}]
    tabs += [
        {"label": str(label), "url": f"{here}?state={code}", "current": state == code}
        for code, label in TipState.choices
    ]
    context: dict[str, Any] = {
        "rows": [{"tip": row, "tone": TONES[TipState(row.state)]} for row in rows],
        "may_read": may_read,
        "tabs": tabs,
        "tips": queries.audited(by=by),
        "whole": True,
    }
    return render(request, "workorders/staff/tips.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def tip(request: HttpRequest, tip_id: uuid.UUID) -> HttpResponse:
    """One tip; POST takes its next step."""
    by = require(request.actor, "see_tips")  # type: ignore[attr-defined]
    row = queries.get_tip(tip_id, by=by)
    form: forms.Form | None = None
    data = request.POST or None
    told = request.POST.get("seen", "")
    seen = int(told) if told.isdecimal() and len(told) < 6 else None
    if row.state == TipState.NEW or request.POST.get("step") == "pass_on":
        form = PassOnForm(data)
        step = "pass_on"
    elif row.state == TipState.PASSED or request.POST.get("step") == "close":
        form, step = CloseForm(data), "close"
    if request.method == "POST" and form is not None:
        act: dict[str, Any] = {"by": by, "at": clock.now(), "seen": seen}
        if step == "pass_on":
            made = attempt(form, lambda said: actions.pass_on(tip_id, receipt=said["receipt"], **act))
        else:
            made = attempt(
                form,
                lambda said: actions.close(
                    tip_id, outcome=said["outcome"], words=said["words"], loss_avoided=said["loss_avoided"] or 0, **act
                ),
            )  # fmt: skip
        if made is not None:
            toast(request, _("已记下受理编号") if step == "pass_on" else _("已记下结果，提供线索的人看得到"))
            return HttpResponseRedirect(reverse("workorders:tip_desk", args=[tip_id]))
    context = {
        "tip": row,
        "tone": TONES[TipState(row.state)],
        "form": form,
        "step": step if form else "",
        "acts": {
            entry.verb.removeprefix("tips."): entry for entry in row.thread.entries.select_related("by")
        },
    }
    return render(request, "workorders/staff/tip.html", context, status=400 if form and form.errors else 200)
