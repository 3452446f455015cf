"""Who covers what: communities and estates, the roster of stations, and what residents see of it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from civics.territory import simplify_for_map
from gongzhi.kit import clock
from gongzhi.kit.cursors import whole
from gongzhi.mediation import books as told
from gongzhi.mediation.actions import stations as actions
from gongzhi.mediation.forms.register import DutyForm
from gongzhi.mediation.models import Jurisdiction, Station, Tongue
from gongzhi.mediation.queries import register as asked
from gongzhi.mediation.queries.proposing import on_file
from gongzhi.mediation.register_policies import REGISTER, require
from gongzhi.mediation.views.register import labels, tabs
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

#: Fills of the coverage map: without anybody, through the community, each estate its own.
FILLS = {asked.NONE: "#f0b64a", asked.BY_COMMUNITY: "#dfe6c8", asked.OWN: "#b9dcd8"}
TOLERANCE_M = 4.0
TONES = {asked.NONE: "late", asked.BY_COMMUNITY: "waiting", asked.OWN: "done"}


# ---- coverage


@never_cache
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Every community and estate: who mediates there."""
    require(request.actor, "see_register")  # type: ignore[attr-defined]
    covers = asked.coverage(clock.today())
    estates = [one for cover in covers for one in cover.estates]
    own = sum(how == asked.OWN for _key, _name, how, _who in estates)
    context = {
        "tabs": tabs("coverage"), "covers": covers, "estates": len(estates), "own": own,
        "share": own / len(estates) if estates else None,
        "bare": sum(how == asked.NONE for _key, _name, how, _who in estates),
        "without": sum(cover.state == asked.NONE for cover in covers),
    }  # fmt: skip
    return render(request, "mediation/coverage.html", context)


@never_cache
@require_safe
def coverage_map(request: HttpRequest, layer: str) -> HttpResponse:
    """Coverage as a map draws it: grids in the colour of their community, estates as points."""
    require(request.actor, "see_register")  # type: ignore[attr-defined]
    land = ground()
    covers = {cover.area.id: cover for cover in asked.coverage(clock.today())}
    words = {
        asked.NONE: _("没有调解员"),
        asked.BY_COMMUNITY: _("由社区调解员负责"),
        asked.OWN: _("有自己的调解员"),
    }
    features: list[dict[str, Any]] = []
    if layer == "areas":
        for grid, outline in simplify_for_map(land.grid_shapes, TOLERANCE_M) if land.grid_shapes else ():
            cover = next(
                (covers[a.id] for a in land.line(grid) if a.level == Level.COMMUNITY and a.id in covers), None
            )
            if cover is not None:
                name = f"{cover.area.name}：{words[cover.state]}"
                about = {"id": grid, "kind": Level.GRID, "name": name, "full_name": name, "label": cover.area.name,
                         "fill": FILLS[cover.state], "opacity": 0.8}  # fmt: skip
                features.append({"type": "Feature", "id": grid, "properties": about, "geometry": outline})
    else:
        for cover in covers.values():
            for key, name, how, _who in cover.estates:
                place = land.place_by_key[key]
                about = {"id": key, "title": f"{name}：{words[how]}", "url": f"{reverse('mediation:coverage')}#c{cover.area.id}",
                         "tone": TONES[how], "meta": cover.area.name}  # fmt: skip
                point = {"type": "Point", "coordinates": [place[3], place[4]]}
                features.append({"type": "Feature", "properties": about, "geometry": point})
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return HttpResponse(text, content_type="application/geo+json")


# ---- the station


@never_cache
@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest) -> HttpResponse:
    """A week of a station: ``?station=``, ``?week=`` a day of it (``act``: put, take)."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    stations = list(Station.objects.order_by("name"))
    chosen = whole(request.GET.get("station", ""))
    station = next((one for one in stations if one.pk == chosen), stations[0] if stations else None)
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        day = clock.today()
    monday = day - timedelta(days=day.weekday())
    may = REGISTER.may(by, "keep_register", None)
    today = clock.today()
    able = [(row.pk, str(row.account)) for row in on_file(today).order_by("account__name")] if may else []
    form = DutyForm(
        request.POST if request.POST.get("act") == "put" else None,
        rows=able,
        initial={"day": max(today, monday)},
    )
    if request.method == "POST" and station is not None:
        here = f"{request.path}?station={station.pk}&week={monday}"
        if request.POST.get("act") == "take":
            actions.take_off_duty(whole(request.POST.get("duty", "")) or 0, by=by, at=clock.now())
            return HttpResponseRedirect(here)
        if form.is_valid():
            said = form.cleaned_data
            actions.put_on_duty(
                station.pk, said["mediator"], day=said["day"], half=said["half"], by=by, at=clock.now()
            )
            return HttpResponseRedirect(f"{request.path}?station={station.pk}&week={said['day']}")
    land = ground()

    def week(other: date) -> str:
        return f"?station={station.pk if station else ''}&week={other}"

    context = {
        "tabs": tabs("duty"), "stations": stations, "station": station, "form": form, "may": may, "today": today,
        "days": asked.roster(station, monday) if station else [], "table": told.DUTIES,
        "grids": _("、").join(land.name_of(key, above=1) for key in station.grids) if station else "",
        "before": week(monday - timedelta(days=7)), "after": week(monday + timedelta(days=7)),
    }  # fmt: skip
    return render(request, "mediation/duty.html", context, status=400 if form.errors else 200)


# ---- for residents


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """Committees and mediators of a community, for everybody: ``?community=`` a division."""
    land, today = ground(), clock.today()
    places = land.communities
    chosen = whole(request.GET.get("community", ""))
    area = next((one for one in places if one.id == chosen), None)
    shown: dict[int, list[dict[str, Any]]] = {}
    rows = asked.committees_for(area.id) if area else []
    if area:
        line = {one.id for one in land.line(area.id)}
        for one in on_file(today).filter(shown=True, committee__in=rows).order_by("account__name"):
            if not one.divisions or line & set(one.divisions):
                said = {
                    "row": one,
                    "languages": labels(one.languages, Tongue),
                    "laws": labels(one.jurisdictions, Jurisdiction),
                }
                shown.setdefault(one.committee_id, []).append(said)
    grids = {a.id for a in land.areas.values() if area and a.parent_id == area.id}
    stations = [one for one in Station.objects.order_by("name") if grids & set(one.grids)] if area else []
    there = asked.on_duty_now(stations) if stations else {}
    context = {
        "places": [(one.id, one.name) for one in places], "area": area, "chosen": chosen,
        "rows": [{"row": row, "mediators": shown.get(row.pk, [])} for row in rows],
        "stations": [(one, there.get(one.pk, [])) for one in stations],
    }  # fmt: skip
    return render(request, "mediation/nearby.html", context)
