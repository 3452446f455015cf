"""Taking a step: form → one action → back to the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound, SignInFirst
from gongzhi.mediation import queries
from gongzhi.mediation.actions import (
    accepting,
    agreeing,
    ending,
    following,
    forgetting,
    guests,
    parties,
    sitting,
    speaking,
    team,
)
from gongzhi.mediation.actions.steps import on_team
from gongzhi.mediation.forms.steps import FORMS
from gongzhi.mediation.models import Agreement
from gongzhi.mediation.views.showing import page_of
from gongzhi.mediation.workflow import WORKFLOW

_ROOMS = (accepting, parties, team, sitting, guests, speaking, agreeing, following, ending)


def _function(verb: str) -> Callable[..., Any]:
    return next(getattr(room, verb) for room in _ROOMS if hasattr(room, verb))


#: Steps of the page on which something of a case is given to others (``views.offering``).
OFFERING = ("offer_topic", "write_story", "release_story", "withdraw_story")
#: verb → action. A step without one has a door of its own.
ACTIONS: dict[str, Callable[..., Any]] = {
    verb: _function(verb)
    for verb in WORKFLOW.verbs
    if verb not in ("look_in", "forget", "count_as", "hand_over", *OFFERING)
}


@require_POST
def step(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """Take one step of one case."""
    by = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = queries.get_case(case_id, by=by)
    if verb not in ACTIONS and verb != "forget":
        raise NotFound
    if verb == "sign" and not on_team(case, by):  # with a code, on a page of its own
        agreement = Agreement.objects.filter(case=case, replaced_at=None).order_by("-version").first()
        if agreement is None:
            raise NotFound
        return HttpResponseRedirect(reverse("mediation:signing", args=[case_id, agreement.version]))
    text = request.POST.get("seen", "")
    seen = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    kind = FORMS.get(verb)
    given: dict[str, Any] = {}
    if kind is not None:
        form = kind(request.POST, request.FILES, case=case, by=by, on_team=on_team(case, by), verb=verb)
        if not form.is_valid():
            context = page_of(case, by, bound=form, verb=verb)
            return render(request, "mediation/case.html", context, status=422)
        given = form.values()
    if verb == "forget":
        forgetting.forget(case_id, **given, by=by, at=clock.now())
    else:
        ACTIONS[verb](case_id, **given, seen=seen, by=by, at=clock.now())
    label = next(one.label for one in WORKFLOW.steps if one.verb == verb)
    toast(request, _("已完成：{step}").format(step=_(label)))
    return HttpResponseRedirect(reverse("mediation:case", args=[case_id]))
