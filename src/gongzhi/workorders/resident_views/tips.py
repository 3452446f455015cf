"""Giving a tip without a name, and seeing by code what became of it. Nothing here asks or keeps who it was.

Between the form and the page that shows it once, the code travels in a cookie of the giver's own browser: in a session it
would lie in the database beside the account of whoever is signed in.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, NotFound, Unprocessable
from gongzhi.kit.throttle import throttled
from gongzhi.workorders.actions import tips as actions
from gongzhi.workorders.forms.tips import TipForm
from gongzhi.workorders.queries import tips as queries

#: The cookie of the code between the form and the page that shows it once, its address, and its life in seconds.
_SHOWN, _SHOWN_AT, _LIFE = "gongzhi_tip", "/tip/", 300


@require_http_methods(["GET", "POST"])
@throttled("tip", 10, 3600)
def give(request: HttpRequest) -> HttpResponse:
    """The form. What happens now is for 110 or 119: it says so first."""
    form = TipForm(request.POST or None)
    alarm: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            given = actions.give(
                said["kind"], said["words"], place=said["place"], acknowledged=said["acknowledged"],
                by=request.actor, at=clock.now(),  # type: ignore[attr-defined]
            )  # fmt: skip
        except Unprocessable as refusal:
            alarm = {
                "title": str(refusal),
                "text": str(refusal.help),
                "number": refusal.fields["acknowledged"][0],
            }
        except Invalid as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name if name in form.fields else None, sentences)
        else:
            there = HttpResponseRedirect(reverse("workorders:tip_done"))
            there.set_signed_cookie(
                _SHOWN, given.code, salt=_SHOWN, max_age=_LIFE, path=_SHOWN_AT,
                secure=settings.HTTPS, httponly=True, samesite="Strict",
            )  # fmt: skip
            return there
    context = {"form": form, "alarm": alarm}
    status = 422 if alarm else 400 if form.errors else 200
    return render(request, "workorders/resident/tip.html", context, status=status)


@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """The code, shown once, within minutes of giving the tip."""
    code = request.get_signed_cookie(_SHOWN, default="", salt=_SHOWN, max_age=_LIFE)
    if not code:
        return HttpResponseRedirect(reverse("workorders:tip_code"))
    shown = "-".join(code[i : i + 4] for i in range(0, len(code), 4))
    answer = render(request, "workorders/resident/tip_done.html", {"code": shown})
    answer.delete_cookie(_SHOWN, path=_SHOWN_AT, samesite="Strict")
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
@throttled("tip.code", 20, 600)
def enter(request: HttpRequest) -> HttpResponse:
    """What became of a tip, for whoever has its code. The code travels in the body, never in an address."""
    row, wrong = None, ""
    if request.method == "POST":
        try:
            row = queries.tip_by_code(request.POST.get("code", "")[:40])
        except NotFound as refusal:
            wrong = str(refusal)
    context = {"row": row, "wrong": wrong, "typed": request.POST.get("code", "")[:40] if wrong else ""}
    return render(request, "workorders/resident/tip_code.html", context, status=404 if wrong else 200)
