"""Hand-overs at the desk: the list, the sheet on paper, police partners and their keys, the number of calls."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.meetings.views.calling import attempt
from gongzhi.workorders.actions import police
from gongzhi.workorders.cards.police import overlap_rows, told
from gongzhi.workorders.forms.police import CallsForm, PartnerForm
from gongzhi.workorders.models.police import Partner, PoliceCalls, Way
from gongzhi.workorders.police_partners import key_of
from gongzhi.workorders.policies import HANDS_TO_POLICE
from gongzhi.workorders.policies.desk import require as at_desk
from gongzhi.workorders.policies.police import POLICE, require
from gongzhi.workorders.queries import police as queries
from gongzhi.workorders.queries import ways
from gongzhi.workorders.staff_views.bench import staff_order
from gongzhi.workorders.staff_views.pairs import path_of


@require_GET
def handovers(request: HttpRequest) -> HttpResponse:
    """What came from the police and what went to them."""
    by = at_desk(request.actor, "open_desk")  # type: ignore[attr-defined]
    way, here = request.GET.get("way", ""), reverse("workorders:handovers")
    waiting = way == "waiting"
    rows = queries.handovers(path=path_of(by), way=way, waiting=waiting)
    tabs = [
        {"label": _("全部"), "url": here, "current": not way},
        {"label": _("等公安回执"), "url": f"{here}?way=waiting", "current": waiting},
        *(
            {"label": str(label), "url": f"{here}?way={code}", "current": way == code}
            for code, label in Way.choices
        ),
    ]
    context = {
        "tabs": tabs,
        "shown": [told(row, by=by) for row in rows],
        "on_paper": not settings.POLICE_ADDRESS,
        "may_partners": POLICE.may(by, "change_partners", None),
        "may_count": POLICE.may(by, "count_calls", None),
    }
    return render(request, "workorders/staff/handovers.html", context)


@require_GET
def sheet(request: HttpRequest, order_id: int) -> HttpResponse:
    """The hand-over on paper: what the message would say, and room for the receipt. For those who may hand over."""
    by = at_desk(request.actor, "open_desk")  # type: ignore[attr-defined]
    order = staff_order(order_id, by=by)
    row = (
        order.handovers.filter(way=Way.OUT)
        .select_related("partner__organisation", "by")
        .order_by("-at")
        .first()
    )
    if row is None or not HANDS_TO_POLICE.holds(by, order):
        raise NotFound(_("这件没有移交公安。"))
    context = {"order": order, **told(row, by=by), "message": police.message_of(row)}
    return render(request, "workorders/staff/paper_handover.html", context)


@require_GET
def way(request: HttpRequest, order_id: int) -> HttpResponse:
    """From the problem to its end: everything that links join to an order, in time."""
    by = at_desk(request.actor, "open_desk")  # type: ignore[attr-defined]
    order = staff_order(order_id, by=by)
    context = {"order": order, "stations": ways.way_of(order, by=by)}
    return render(request, "workorders/staff/way.html", context)


@require_http_methods(["GET", "POST"])
def partners(request: HttpRequest) -> HttpResponse:
    """The stations that may sign; a new one gets its key, shown once."""
    by = require(request.actor, "change_partners")  # type: ignore[attr-defined]
    form = PartnerForm(request.POST or None)
    if request.method == "POST":
        made = attempt(
            form, lambda said: police.add_partner(said["code"], said["organisation"], by=by, at=clock.now())
        )
        if made is not None:
            return _key(request, made)
    context = {
        "rows": Partner.objects.select_related("organisation"),
        "form": form,
        "address": settings.POLICE_ADDRESS,
    }
    return render(request, "workorders/staff/partners.html", context, status=400 if form.errors else 200)


def _key(request: HttpRequest, row: Partner) -> HttpResponse:
    response = render(
        request, "workorders/staff/partner_key.html", {"row": row, "key": key_of(row.code, row.edition)}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def renew(request: HttpRequest, partner_id: int) -> HttpResponse:
    """A new key instead of the old one."""
    by = require(request.actor, "change_partners")  # type: ignore[attr-defined]
    seen = request.POST.get("seen", "")
    if not seen.isdecimal() or len(seen) > 5:
        raise Invalid
    return _key(request, police.renew_key(partner_id, seen=int(seen), by=by, at=clock.now()))


@require_POST
def revoke(request: HttpRequest, partner_id: int) -> HttpResponse:
    """Their signature counts no more."""
    by = require(request.actor, "change_partners")  # type: ignore[attr-defined]
    police.revoke_partner(partner_id, by=by, at=clock.now())
    toast(request, _("已停用"))
    return HttpResponseRedirect(reverse("workorders:partners"))


@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest) -> HttpResponse:
    """How many calls the police had, as they told us by telephone or letter."""
    by = require(request.actor, "count_calls")  # type: ignore[attr-defined]
    form = CallsForm(request.POST or None, initial={"month": clock.today().replace(day=1)})
    if request.method == "POST":
        made = attempt(
            form,
            lambda said: police.count_calls(said["street"], said["month"].replace(day=1), said["calls"], by=by, at=clock.now()),
        )  # fmt: skip
        if made is not None:
            toast(request, _("已记下 {month} 的警情总数").format(month=made.month.isoformat()[:7]))
            return HttpResponseRedirect(reverse("workorders:police_calls"))
    rows = PoliceCalls.objects.select_related("street", "by")[:36]
    context = {"form": form, "rows": rows, "overlaps": overlap_rows(queries.overlaps(), all_=True)}
    return render(request, "workorders/staff/police_calls.html", context, status=400 if form.errors else 200)
