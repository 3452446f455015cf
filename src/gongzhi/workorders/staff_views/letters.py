"""Mail at the desk: what nobody could take in as it came, with the reason, and what became of the rest."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.workorders.actions import mailing
from gongzhi.workorders.models.letters import LetterIn, LetterState
from gongzhi.workorders.policies.doors import require

_TONES = {
    LetterState.ORDER: "done", LetterState.ADDED: "working", LetterState.HELD: "soon", LetterState.IGNORED: "closed",
    LetterState.DROPPED: "closed",
}  # fmt: skip
_SIGNS = {"auto-submitted", "precedence", "report", "bounce", "list", "daemon", "loop"}


@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """Held messages to decide, or all of the last weeks. The database shows clerks those of their street."""
    require(request.actor, "see_letters")  # type: ignore[attr-defined]
    here, every = reverse("workorders:letters"), request.GET.get("view") == "all"
    held = list(LetterIn.objects.filter(state=LetterState.HELD)[:50])
    rows = list(LetterIn.objects.select_related("order")[:100]) if every else []
    context = {
        "held": held,
        "every": every,
        "rows": [
            {
                "row": row,
                "state": str(LetterState(row.state).label),
                "tone": _TONES[LetterState(row.state)],
                "sign": row.reason in _SIGNS,
            }
            for row in rows
        ],
        "tabs": [
            {"label": _("待处理"), "url": here, "current": not every, "count": len(held)},
            {"label": _("最近来信"), "url": f"{here}?view=all", "current": every},
        ],
        "addresses": sorted(settings.MAIL_ADDRESSES),
    }
    return render(request, "workorders/staff/letters.html", context)


@require_POST
def take(request: HttpRequest, letter_id: int) -> HttpResponse:
    """Take a held message in, as the clerk has put it."""
    by = require(request.actor, "see_letters")  # type: ignore[attr-defined]
    order = mailing.take_held(
        letter_id,
        subject=request.POST.get("subject", "")[:300],
        words=request.POST.get("words", ""),
        by=by,
        at=clock.now(),
    )
    toast(request, _("已登记 {number}").format(number=order.number))
    return HttpResponseRedirect(reverse("workorders:desk_order", args=[order.pk]))


@require_POST
def drop(request: HttpRequest, letter_id: int) -> HttpResponse:
    """A held message that is no report."""
    by = require(request.actor, "see_letters")  # type: ignore[attr-defined]
    mailing.drop_held(letter_id, by=by, at=clock.now())
    toast(request, _("不处理这封邮件，内容已删除"))
    return HttpResponseRedirect(reverse("workorders:letters"))
