"""The page of a body outside the platform: what it is asked, and its one answer. No sign-in, nothing of the reporter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid
from gongzhi.kit.throttle import throttled
from gongzhi.people.queries import order_centre_of
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import forwarding
from gongzhi.workorders.models import Outside
from gongzhi.workorders.policies import OUTSIDE_SERVICE
from gongzhi.workorders.tables import tree


class Reply(forms.Form):
    """What was done, or that it will not be."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("办得怎么样"),
        widget=forms.RadioSelect,
        choices=[("done", gettext_lazy("已经办了，或已安排")), ("declined", gettext_lazy("不归我们办"))],
        initial="done",
    )
    text = forms.CharField(
        label=gettext_lazy("请写明情况"),
        help_text=gettext_lazy("办了什么、什么时候办好；或者为什么不能办、该找谁。"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def _page(request: HttpRequest, row: Outside, form: Reply | None, *, status: int = 200) -> HttpResponse:
    order = row.order
    line = tree().line(order.category_id)
    area = order.grid_id or order.community_id
    waits = forwarding.is_open(row, at=clock.now())
    centre = order_centre_of(order.street_id)
    context: dict[str, Any] = {
        "row": row,
        "waits": waits,
        "expired": not waits and row.answered_at is None and row.recalled_at is None,
        "ends_at": forwarding.link_ends_at(row),
        "late": waits and row.due_at < clock.now(),
        "form": form,
        "centre": centre,
        # Of an order that is answered or taken back, or whose link has ended, it shows nothing any more.
        "number": order.number if waits else "",
        "topic": line[-1].said if line and waits else "",
        "area": ground().name_of(area, above=1 if order.grid_id else 0) if area and waits else "",
    }
    response = render(request, "workorders/outside.html", context, status=status)
    # The address is the key: no other site may learn it. (With "no-referrer" browsers hide the origin of the form too,
    # and it would be refused.)
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("outside", 30, 600, methods=("GET", "HEAD", "POST"))
@throttled("outside.answer", 8, 600)
def outside(request: HttpRequest, code: str) -> HttpResponse:
    """What a link opens; POST answers. 404 for a code that never was, 410 for one that has ended by itself, 409 for an
    answer to one that is used up."""
    row = forwarding.opened_by(code[:60])
    if request.method != "POST":
        waits = forwarding.is_open(row, at=clock.now())
        ended = not waits and row.answered_at is None and row.recalled_at is None
        return _page(request, row, Reply() if waits else None, status=410 if ended else 200)
    form = Reply(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=400)
    by = Actor.for_service(OUTSIDE_SERVICE)
    try:
        with acting(by), transaction.atomic():
            forwarding.respond(
                code,
                text=form.cleaned_data["text"],
                declined=form.cleaned_data["outcome"] == "declined",
                by=by,
                at=clock.now(),
            )
    except Invalid as refusal:
        form.add_error("text", str(refusal))
        return _page(request, row, form, status=400)
    return HttpResponseRedirect(reverse("workorders:outside", args=[code]))
