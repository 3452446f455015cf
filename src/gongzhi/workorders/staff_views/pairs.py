"""Pairs of constable and secretary: the register, the month, one community, duty days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Forbidden, Invalid, NotFound
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level
from gongzhi.workorders.actions import pairing
from gongzhi.workorders.forms.police import DutyForm, PairForm
from gongzhi.workorders.models.police import DutyDay, Pair
from gongzhi.workorders.policies.police import POLICE, require
from gongzhi.workorders.queries import police as queries


def month_of(request: HttpRequest) -> date:
    """The month a page asks for, or this one."""
    told = request.GET.get("month", "")
    try:
        return date.fromisoformat(f"{told}-01")
    except ValueError:
        return clock.today().replace(day=1)


def path_of(by: Person) -> str:
    """The widest area of a person's posts; everything when they have none."""
    paths = [post.division_path for post in by.posts if post.division_path]
    street = [a.path for a in ground().streets if any(p.startswith(a.path) for p in paths)]
    return min([*paths, *street], key=len) if paths else "/"


@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """The register: every community with its pair, its next duty, and what is vacant; or the month of all."""
    by = require(request.actor, "see_pairs")  # type: ignore[attr-defined]
    month, today, here = month_of(request), clock.today(), reverse("workorders:pairs")
    as_month = request.GET.get("view") == "month"
    rows = queries.register(month, path_of(by))
    before = (month - timedelta(days=1)).isoformat()[:7]
    context: dict[str, Any] = {
        "rows": rows,
        "month": month,
        "today": today,
        "as_month": as_month,
        "tabs": [
            {"label": _("名单"), "url": here, "current": not as_month},
            {"label": _("按月看"), "url": f"{here}?view=month", "current": as_month},
        ],
        "vacant": sum(row.pair is None for row in rows),
        "half": sum(row.pair is not None and not (row.pair.constable and row.pair.secretary) for row in rows),
        "without_duty": sum(row.pair is not None and not row.days for row in rows),
        "before_url": f"{here}?view=month&month={before}",
        "after_url": f"{here}?view=month&month={queries.month_after(month).isoformat()[:7]}",
    }
    if as_month:
        on: dict[date, list[Area]] = {}
        for row in rows:
            for day in row.days:
                on.setdefault(day, []).append(row.area)
        context["weeks"] = [
            [{"day": day, "inside": day.month == month.month, "areas": on.get(day, [])} for day in week]
            for week in queries.weeks_of(month)
        ]
    return render(request, "workorders/staff/pairs.html", context)


def _community(division_id: int) -> Area:
    area = ground().areas.get(division_id)
    if area is None or area.level != Level.COMMUNITY:
        raise NotFound(_("没有这个社区。"))
    return area


def _holds(row: Pair, day: date) -> bool:
    """Is this the pair of that day?"""
    return row.starts_on <= day and (row.ends_on is None or row.ends_on > day)


def _days_of(division_id: int, since: date) -> QuerySet[DutyDay]:
    """The duty days to come, of the pair of today and of the one that follows."""
    return DutyDay.objects.filter(pair__division_id=division_id, on__gte=since)


@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest, division_id: int) -> HttpResponse:
    """One community: its pair, the duty days to come, those before; POST gives it a new pair."""
    by = require(request.actor, "see_pairs")  # type: ignore[attr-defined]
    area = _community(division_id)
    history = list(
        Pair.objects.filter(division_id=division_id).select_related("constable", "secretary", "division")
    )
    today = clock.today()
    now_held = next((row for row in history if _holds(row, today)), None)
    coming = next((row for row in history if row.starts_on > today), None)
    open_pair = next((row for row in history if row.ends_on is None), None)
    may_change = POLICE.may(by, "change_pairs", area.path)
    first = {
        "starts_on": today,
        "constable": open_pair.constable_id if open_pair else None,
        "secretary": open_pair.secretary_id if open_pair else None,
    }
    form = PairForm(request.POST or None, initial=first)
    if request.method == "POST":
        if not may_change:
            raise Forbidden(_("结对由本街道的受理员、领导或系统管理员安排。"))
        seen = request.POST.get("seen", "")
        before = list(_days_of(division_id, today).values_list("pk", flat=True))
        made = attempt(
            form,
            lambda said: pairing.pair(
                division_id, constable_id=said["constable"], secretary_id=said["secretary"], starts_on=said["starts_on"],
                seen=int(seen) if seen.isdecimal() and len(seen) < 12 else None, by=by, at=clock.now(),
            ),
        )  # fmt: skip
        if made is not None:
            gone = len(before) - DutyDay.objects.filter(pk__in=before).count()
            told = ngettext(
                "已安排；排好的值守取消了 %(n)d 天，请重新排。",
                "已安排；排好的值守取消了 %(n)d 天，请重新排。",
                gone,
            )
            toast(request, told % {"n": gone} if gone else _("已安排"))
            return HttpResponseRedirect(reverse("workorders:pair", args=[division_id]))
    duty_pair = now_held or coming
    context = {
        "area": area,
        "held": now_held,
        "coming": coming,
        "history": [row for row in history if row.ends_on is not None and row.ends_on <= today],
        "days": list(_days_of(division_id, today)),
        "form": form,
        "seen": open_pair.pk if open_pair else 0,
        "may_change": may_change,
        "duty_pair": duty_pair,
        "may_duty": duty_pair is not None and pairing.may_put_duty(duty_pair, by=by),
        "duty_form": DutyForm(initial={"begins": "15:00", "ends": "17:00", "on": today}),
    }
    return render(request, "workorders/staff/pair.html", context, status=400 if form.errors else 200)


@require_POST
def duty(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Plan a day of duty together."""
    by = require(request.actor, "see_pairs")  # type: ignore[attr-defined]
    form = DutyForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请填日期和起止时间。"), code="duty")
    said = form.cleaned_data
    # who replaces them has the days from their first on
    division = Pair.objects.filter(pk=pair_id).values("division_id")
    theirs = next(
        (one for one in Pair.objects.filter(division_id__in=division) if _holds(one, said["on"])), None
    )
    row = pairing.put_duty(
        theirs.pk if theirs else pair_id, said["on"], begins=said["begins"], ends=said["ends"], place=said["place"], by=by, at=clock.now()
    )  # fmt: skip
    toast(request, _("已排值守"))
    return HttpResponseRedirect(reverse("workorders:pair", args=[row.pair.division_id]))


@require_POST
def drop_duty(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Take a day of duty away."""
    by = require(request.actor, "see_pairs")  # type: ignore[attr-defined]
    row = DutyDay.objects.select_related("pair").filter(pk=duty_id).first()
    pairing.drop_duty(duty_id, by=by, at=clock.now())
    toast(request, _("已取消这个值守日"))
    return HttpResponseRedirect(
        reverse("workorders:pair", args=[row.pair.division_id]) if row else reverse("workorders:pairs")
    )


@require_POST
def end_pair(request: HttpRequest, pair_id: int) -> HttpResponse:
    """The pair ends today."""
    by = require(request.actor, "see_pairs")  # type: ignore[attr-defined]
    row = pairing.end_pair(pair_id, clock.today(), by=by, at=clock.now())
    toast(request, _("这一对已经结束"))
    return HttpResponseRedirect(reverse("workorders:pair", args=[row.division_id]))
