"""The doors of what rooms offer: topics to take up, stories to read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import NotFound
from gongzhi.matters import queries
from gongzhi.matters.actions import offering
from gongzhi.matters.forms import Answer
from gongzhi.matters.kinds import kind_of, takers
from gongzhi.matters.models import Offer
from gongzhi.matters.policies import OFFERS, require

PAGE = 30
TONES = {
    "waiting": "waiting",
    "taken": "working",
    "declined": "closed",
    "withdrawn": "closed",
    "published": "done",
}
_ACTS = {"take": offering.take_up, "decline": offering.decline, "note": offering.note_outcome}


def _said(row: Offer) -> dict[str, Any]:
    return {
        "row": row,
        "tone": TONES[row.state],
        "about": _(row.about) if row.about else "",
        "title": row.title or _("已撤回"),
    }


@never_cache
@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """Topics that were proposed for my areas: ``?state=``, ``?page=``."""
    by = require(request.actor, "see")  # type: ignore[attr-defined]
    state = request.GET.get("state", "")
    rows = queries.topics_for(by)
    if state in Offer.State.values:
        rows = rows.filter(state=state)
    else:
        state = ""
        rows = rows.exclude(state=Offer.State.WITHDRAWN)
    page = whole(request.GET.get("page", ""), digits=5) or 0
    found = list(rows[page * PAGE : (page + 1) * PAGE + 1])
    here = reverse("matters:topics")
    shown = (Offer.State.WAITING, Offer.State.TAKEN, Offer.State.DECLINED)
    context = {
        "rows": [_said(row) for row in found[:PAGE]],
        "tabs": [
            {"label": _("全部"), "url": here, "current": not state},
            *({"label": one.label, "url": f"{here}?state={one}", "current": state == one} for one in shown),
        ],
        "newer": f"?state={state}&page={page - 1}" if page else "",
        "older": f"?state={state}&page={page + 1}" if len(found) > PAGE else "",
    }
    return render(request, "matters/topics.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def topic(request: HttpRequest, offer_id: int) -> HttpResponse:
    """One topic; who may takes it up, declines it, or says what came of it (``act``)."""
    by = require(request.actor, "see")  # type: ignore[attr-defined]
    row = queries.get_topic(offer_id, by=by)
    act = request.POST.get("act", "")
    form = Answer(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(by, "answer", row)
        if act not in _ACTS:
            raise NotFound
        if form.is_valid():
            _ACTS[act](row.pk, text=form.cleaned_data["text"], by=by, at=clock.now())
            toast(request, _("已记下"))
            return HttpResponseRedirect(request.path)
    context = {
        **_said(row),
        "form": form,
        "act": act,
        "may": OFFERS.may(by, "answer", row),
        "takers": takers("topic"),
        "became": kind_of(row.matter.kind).address_of(row.matter_id) if row.matter_id and row.matter else "",
    }
    return render(request, "matters/topic.html", context, status=422 if form.errors else 200)


@require_safe
def stories(request: HttpRequest) -> HttpResponse:
    """Stories of settled cases, for everybody: ``?page=``."""
    page = whole(request.GET.get("page", ""), digits=5) or 0
    found = list(queries.stories()[page * PAGE : (page + 1) * PAGE + 1])
    context = {
        "rows": [_said(row) for row in found[:PAGE]],
        "newer": f"?page={page - 1}" if page else "",
        "older": f"?page={page + 1}" if len(found) > PAGE else "",
    }
    return render(request, "matters/stories.html", context)


@require_safe
def story(request: HttpRequest, key: UUID) -> HttpResponse:
    """One story."""
    return render(request, "matters/story.html", _said(queries.get_story(key)))
