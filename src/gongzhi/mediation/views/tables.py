"""The tables of the room: how long things take, the stations of volunteers, and what crossed the boundary, over all cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict, Invalid, NotFound, SignInFirst
from gongzhi.mediation import books as told
from gongzhi.mediation import terms
from gongzhi.mediation.actions import durations, handing, stations
from gongzhi.mediation.forms.tables import DurationForm, StationForm
from gongzhi.mediation.models import Handover, Station
from gongzhi.mediation.models.handing import Basis, Category, Side
from gongzhi.mediation.register_policies import REGISTER, require
from gongzhi.mediation.views.register import kept, tabs
from gongzhi.mediation.views.showing import shell_of

PAGE = 50


# ---- how long things take


@never_cache
@require_http_methods(["GET", "POST"])
def terms_page(request: HttpRequest) -> HttpResponse:
    """Every promise with its length, where it is from, and what is to come (POST ``take_back`` takes that back)."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    if request.method == "POST":
        durations.take_back_duration(whole(request.POST.get("take_back", "")) or 0, by=by, at=clock.now())
        toast(request, _("已取消"))
        return HttpResponseRedirect(request.path)
    today = clock.today()
    rows = []
    for promise in terms.promises():
        row, later = terms.duration(promise), terms.history(promise)
        rows.append(
            {
                "promise": promise, "name": told.promise_name(promise), "row": row, "said": terms.said(row),
                "since": getattr(row, "starts_on", None),
                "coming": [(one, terms.said(one)) for one in later if one.starts_on > today],
                "past": [(one, terms.said(one)) for one in later if one.starts_on <= today][1:],
                "law": promise in durations.BY_LAW,
            }
        )  # fmt: skip
    context = {
        "tabs": tabs("terms"),
        "rows": rows,
        "may": REGISTER.may(by, "keep_terms", None),
        "table": told.TERMS,
    }
    return render(request, "mediation/terms.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def term(request: HttpRequest, promise: str) -> HttpResponse:
    """Another length for one promise, from a day on."""
    by = require(request.actor, "keep_terms")  # type: ignore[attr-defined]
    if promise not in terms.promises():
        raise NotFound
    row, today = terms.duration(promise), clock.today()
    given = {
        "amount": row.amount, "span": row.span, "starts_on": today + timedelta(days=1), "source": row.source,
        "marks": " ".join(str(one) for one in row.marks),
    }  # fmt: skip
    form = DurationForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            durations.change_duration(promise, form.given(), by=by, at=clock.now())
            toast(request, _("已保存"))
            return HttpResponseRedirect(reverse("mediation:terms"))
        except (Invalid, Conflict) as refusal:
            kept(form, refusal)
    context = {
        "form": form, "heading": told.promise_name(promise), "up": reverse("mediation:terms"), "up_name": _("期限"),
        "lead": _("现在是 {said}（{source}）。").format(said=terms.said(row), source=row.source),
    }  # fmt: skip
    return render(request, "mediation/keeping.html", context, status=400 if form.errors else 200)


# ---- stations


@never_cache
@require_http_methods(["GET", "POST"])
def station(request: HttpRequest, station_id: int = 0) -> HttpResponse:
    """A station that is opened, or mended, and the grids it serves."""
    by = require(request.actor, "keep_register")  # type: ignore[attr-defined]
    row = Station.objects.filter(pk=station_id).first() if station_id else None
    if station_id and row is None:
        raise NotFound
    given = told.station_values(row) if row else {}
    form = StationForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            made = stations.keep_station(
                said["name"], station_id=row.pk if row else None, division_id=said["division"], grids=said["grids"],
                address=said["address"], phone=said["phone"], seen=request.POST.get("seen_as") or None, by=by, at=clock.now(),
            )  # fmt: skip
            toast(request, _("已保存"))
            return HttpResponseRedirect(f"{reverse('mediation:duty')}?station={made.pk}")
        except (Invalid, Conflict) as refusal:
            kept(form, refusal)
    context = {
        "form": form, "heading": row.name if row else _("登记驿站"), "up": reverse("mediation:duty"), "up_name": _("驿站排班"),
        "lead": _("驿站绑定网格：居民在自己的社区页面看到它，值班的人也在那里。"),
        "seen": books.fingerprint(given) if row else "",
    }  # fmt: skip
    return render(request, "mediation/keeping.html", context, status=400 if form.errors else 200)


# ---- what crossed the boundary


@never_cache
@require_safe
def handovers(request: HttpRequest) -> HttpResponse:
    """The register of what was passed on, over all cases that I am in: ``?target=``, ``?basis=``, ``?late``, ``?page=``.

    The lock decides which rows there are: a row is read by the team and by the party whose data it was."""
    by = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    target, basis, late = request.GET.get("target", ""), request.GET.get("basis", ""), "late" in request.GET
    rows = Handover.objects.select_related("case__matter", "by").order_by("-passed_on", "-pk")
    if target in Side.values:
        rows = rows.filter(target=target)
    if basis in Basis.values:
        rows = rows.filter(basis=basis)
    if late:
        rows = rows.filter(basis=Basis.CONTRACT, filed_on=None)
    page, today = whole(request.GET.get("page", "")) or 0, clock.today()
    found = list(rows[page * PAGE : (page + 1) * PAGE + 1])
    asked = f"target={target if target in Side.values else ''}&basis={basis if basis in Basis.values else ''}{'&late' if late else ''}"
    context: dict[str, Any] = {
        "shell": shell_of(by),
        "rows": [
            {"row": row, "url": reverse("mediation:boundary", args=[row.case_id]), "warnings": handing.warnings(row, today=today),
             "categories": [str(Category(code).label) for code in row.categories]}
            for row in found[:PAGE]
        ],
        "sides": Side.choices, "bases": Basis.choices, "target": target, "basis": basis, "late": late,
        "newer": f"?{asked}&page={page - 1}" if page else "", "older": f"?{asked}&page={page + 1}" if len(found) > PAGE else "",
    }  # fmt: skip
    return render(request, "mediation/handovers.html", context)
