"""Theme maps: the page with its choices, the shapes, the heat, and the numbers of people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.matters.figures import Figure
from gongzhi.matters.kinds import Kind
from gongzhi.observation import coarse
from gongzhi.observation.actions.heads import count_heads, read_lines
from gongzhi.observation.forms import Heads
from gongzhi.observation.policies import WINDOW, areas_of, require
from gongzhi.observation.queries import maps as queries
from gongzhi.observation.queries import rooms
from gongzhi.observation.queries.maps import PER, SPANS, Theme
from gongzhi.observation.views.board import area_asked, shapes_of
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: Figures that a map can show.
SHOWN = ("received", "urgent", "open", "late", "soon", "owing", "late_done", "closed", "reworked")
LEVELS = (Level.GRID, Level.COMMUNITY)


def theme_asked(request: HttpRequest, area: Area) -> Theme:
    """What the address asks for; whatever it does not know falls back to the first choice."""
    get = request.GET

    def one(name: str, among: Any, first: str) -> str:
        told = get.get(name, "")
        return told if told in among else first

    grids = any(a.level == Level.GRID and a.within(area.path) for a in ground().areas.values())
    topic = get.get("topic", "")
    return Theme(
        one("figure", SHOWN, SHOWN[0]),
        one("level", LEVELS, Level.GRID if grids else Level.COMMUNITY),
        int(topic) if topic.isdecimal() and len(topic) < 10 else None,
        get.get("channel", "")[:8],
        one("span", SPANS, "30"),
        one("per", PER, "count"),
        bool(get.get("outside")),
        bool(get.get("heat")) and not get.get("outside"),
    )


def _asked(request: HttpRequest) -> tuple[Any, Kind, Area, Theme]:
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    kind = rooms.first()
    if kind is None:
        raise NotFound
    area = area_asked(request, by)
    return by, kind, area, theme_asked(request, area)


@require_GET
def maps(request: HttpRequest) -> HttpResponse:
    """A theme map with its list twin, for the screen and for paper."""
    by, kind, area, theme = _asked(request)
    at = clock.now()
    figure = rooms.figures(kind)[theme.figure]
    people = queries.has_people(area, theme.level)
    if theme.per == "people" and not people:
        theme = Theme(**{**theme.__dict__, "per": "count"})
    rows = queries.rows(kind, area, theme, at=at)
    since, until = queries.window(theme, at)
    said = rooms.ask(kind, "said")
    query = urlencode([(key, value) for key, value in request.GET.items() if key != "in" and value])
    here = f"?in={area.id}" + (f"&{query}" if query else "")
    titles = [figure.label, *([said("topic", theme.topic)] if theme.topic else [])]
    context = {
        "area": area,
        "places": areas_of(by),
        "theme": theme,
        "figure": figure,
        "title": _(" · ").join([area.name, *titles]),
        "when": "" if figure.over == "now" else _("{since} 到 {until}").format(
            since=f"{clock.local(since):%Y-%m-%d}", until=f"{clock.local(until):%Y-%m-%d %H:%M}"),
        "at": at,
        "rows": rows,
        "legend": queries.legend(rows, theme),
        "total": sum(row.n or 0 for row in rows),
        "unplaced": 0 if theme.outside else queries.unplaced(kind, area, theme, at=at),
        "people": people,
        "sources": sorted({row.source for row in queries.headcounts(area).values()}) if theme.per == "people" else [],
        "unit": {"count": _("件"), "km2": _("件／平方公里"), "people": _("件／千人")}[theme.per],
        "figures": [f for code, f in rooms.figures(kind).items() if code in SHOWN],
        "topics": _topics(kind),
        "spans": [("today", _("今天")), *((key, _("近 {n} 天").format(n=key)) for key in SPANS if key != "today")],
        "levels": [(Level.GRID, _("网格")), (Level.COMMUNITY, _("社区"))],
        "pers": [("count", _("件数")), ("km2", _("每平方公里")), *([("people", _("每千人"))] if people else [])],
        "least": coarse.LEAST,
        "counts_heads": WINDOW.may(by, "count_heads", area.id),
        "shapes_url": reverse("observation:maps_areas") + here,
        "heat_url": reverse("observation:maps_heat") + here if theme.heat else "",
        "board_url": f"{reverse('observation:board')}?in={area.id}",
    }  # fmt: skip
    return render(request, "observation/maps.html", context)


def _topics(kind: Kind) -> list[tuple[int, str]]:
    return kind.cards["topics"]() if "topics" in kind.cards else []


@require_GET
def areas(request: HttpRequest) -> HttpResponse:
    """The shapes of a map with their fills, labels and the way to each list."""
    _by, kind, area, theme = _asked(request)
    found = {row.id: row for row in queries.rows(kind, area, theme, at=clock.now())}
    features = []
    for key, shape in shapes_of(area, theme.level):
        row = found.get(key)
        about = {
            "id": key,
            "name": row.name if row else "",
            "kind": theme.level,
            "label": "" if row is None or theme.heat else row.said,
            "fill": queries.FILLS[0] if row is None or theme.heat else row.fill,
            "url": row.url if row else "",
        }
        features.append({"type": "Feature", "id": key, "properties": about, "geometry": shape})
    return _geojson(features)


@require_GET
def heat(request: HttpRequest) -> HttpResponse:
    """The points under a heat map. Only for colleagues of the area: positions are exact."""
    by, kind, area, theme = _asked(request)
    figure: Figure = rooms.figures(kind)[theme.figure]
    if theme.outside or "points" not in kind.cards:
        raise NotFound
    chosen = queries.selection(theme, area, clock.now(), figure.over)
    points = rooms.ask(kind, "points")(chosen, by=by)
    return _geojson(
        [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
            for lon, lat in points
        ]
    )


def _geojson(features: list[dict[str, Any]]) -> JsonResponse:
    response = JsonResponse({"type": "FeatureCollection", "features": features})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def heads(request: HttpRequest) -> HttpResponse:
    """Enter how many people live where."""
    by = require(request.actor, "count_heads")  # type: ignore[attr-defined]
    area, refusal = area_asked(request, by), None
    form = Heads(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            n = count_heads(
                read_lines(told["lines"], area), counted_on=told["counted_on"], source=told["source"], by=by, at=clock.now()
            )  # fmt: skip
        except Invalid as fault:
            refusal = fault
        else:
            toast(request, _("已记下 {n} 个地方的人口数").format(n=n))
            return HttpResponseRedirect(f"{reverse('observation:maps')}?in={area.id}&per=people")
    context = {
        "area": area,
        "form": form,
        "refusal": refusal,
        "rows": [
            (ground().name_of(key, above=1), row) for key, row in sorted(queries.headcounts(area).items())
        ],
    }
    return render(request, "observation/heads.html", context, status=400 if refusal else 200)
