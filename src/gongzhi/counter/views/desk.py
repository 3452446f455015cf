"""Home, my matters, and the public map."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gongzhi.counter import manifests
from gongzhi.kit import clock
from gongzhi.kit.components.words import moment_words
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

RECENT_DAYS = 30
SPANS = ((7, gettext_noop("最近一周")), (30, gettext_noop("最近一个月")), (90, gettext_noop("最近三个月")))


def _greeting(person: Person) -> str:
    hour = clock.local(clock.now()).hour
    said = (
        _("夜深了") if hour < 5 else _("早上好") if hour < 11 else _("中午好") if hour < 13
        else _("下午好") if hour < 18 else _("晚上好")
    )  # fmt: skip
    return _("{name}，{greeting}").format(name=person.name, greeting=said) if person.name else said


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say it, follow it, see what is going on."""
    by: Person = request.actor  # type: ignore[attr-defined]
    mine = manifests.mine(by)
    going = [row for row in mine if row["open"]]
    going.sort(key=lambda row: not row["yours"])
    today = manifests.numbers(manifests.midnight())
    month = manifests.numbers(manifests.midnight(RECENT_DAYS))
    return render(
        request,
        "counter/home.html",
        {
            "greeting": _greeting(by),
            "place": ground().streets[0].name if len(ground().streets) == 1 else "",
            "going": going[:3],
            "going_count": len(going),
            "boards": manifests.boards(by),
            "today": today,
            "month": month,
            "share": month["closed"] / month["received"] if month["received"] else None,
            "recent": manifests.marks(clock.now() - timedelta(days=RECENT_DAYS), most=5),
        },
    )


@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What I reported, what I follow, what I opened by a code."""
    by: Person = request.actor  # type: ignore[attr-defined]
    rows = manifests.mine(by)
    part, state = request.GET.get("part", ""), request.GET.get("state", "")
    parts = {
        "": rows,
        "reporter": [row for row in rows if row["part"] == "reporter"],
        "follower": [row for row in rows if row["part"] != "reporter"],
    }
    part = part if part in parts else ""
    shown = parts[part]
    shown = sorted(shown, key=lambda row: not row["yours"])
    if state == "open":
        shown = [row for row in shown if row["open"]]
    elif state == "closed":
        shown = [row for row in shown if not row["open"]]

    def address(**values: str) -> str:
        told = {name: value for name, value in values.items() if value}
        return reverse("counter:mine") + (f"?{urlencode(told)}" if told else "")

    labels = (("", _("全部")), ("reporter", _("反映的")), ("follower", _("关注的")))
    states = (("", _("全部")), ("open", _("还在办")), ("closed", _("已结束")))
    return render(
        request,
        "counter/mine.html",
        {
            "rows": shown,
            "any": bool(rows),
            "tabs": [
                {
                    "label": label,
                    "url": address(part=code, state=state),
                    "count": len(parts[code]),
                    "current": code == part,
                }
                for code, label in labels
            ],
            "states": [
                {"label": label, "url": address(part=part, state=code), "current": code == state}
                for code, label in states
            ],
        },
    )


def _filters(request: HttpRequest) -> dict[str, Any]:
    days = request.GET.get("days", "")
    grid = request.GET.get("grid", "")
    area = ground().areas.get(int(grid)) if grid.isdecimal() else None
    return {
        "days": int(days) if days in {str(count) for count, _label in SPANS} else RECENT_DAYS,
        "grid": area.id if area and area.level == Level.GRID else None,
        "board": request.GET.get("board", "") if request.GET.get("board", "") in manifests.BOARDS else "",
    }


def _marks(told: dict[str, Any], most: int) -> list[dict[str, Any]]:
    since = clock.now() - timedelta(days=told["days"])
    return manifests.marks(since, grid_id=told["grid"], board=told["board"], most=most)


@never_cache
@require_safe
def public_map(request: HttpRequest) -> HttpResponse:
    """Recent matters on the map, coarsened to the grid, and the same as a list."""
    told = _filters(request)
    land = ground()
    query = {name: value for name, value in told.items() if value}
    grids = [
        (
            community.name,
            # A closed list shows no group: every community has a first grid, so the name says whose.
            [
                (grid.id, f"{community.name} · {grid.name}")
                for grid in land.children(community.id)
                if grid.level == Level.GRID
            ],
        )
        for street in land.streets
        for community in land.children(street.id)
    ]
    rows = _marks(told, 60)
    return render(
        request,
        "counter/map.html",
        {
            **told,
            "rows": rows,
            "full": len(rows) == 60,
            "spans": [(days, _(label)) for days, label in SPANS],
            "boards": manifests.boards(request.actor),  # type: ignore[attr-defined]
            "grids": grids,
            "here": land.name_of(told["grid"], above=1) if told["grid"] else "",
            "marks_url": f"{reverse('counter:marks')}?{urlencode(query)}",
        },
    )


#: Metres between neighbours where several marks share the middle of a grid.
_APART_M = 14.0


def _spread(lon: float, lat: float, number: int) -> list[float]:
    """The ``number``-th place around the middle of a grid, like seeds in a sunflower.

    Where something really is plays no part in it: only the grid is public.
    """
    if number == 0:
        return [round(lon, 6), round(lat, 6)]
    turn, away = number * 2.399963, _APART_M * math.sqrt(number)
    north = away * math.sin(turn) / 111_320
    east = away * math.cos(turn) / (111_320 * math.cos(math.radians(lat)))
    return [round(lon + east, 6), round(lat + north, 6)]


@require_safe
def marks(request: HttpRequest) -> HttpResponse:
    """The points of the public map as GeoJSON: category, state, grid, day; no words and no position of anybody."""
    counted: dict[int, int] = {}
    features = []
    for row in _marks(_filters(request), 1000):
        number = counted.get(row["grid_id"], 0)
        counted[row["grid_id"]] = number + 1
        about = {
            "title": f"{row['title']} · {row['state']}",
            "tone": row["tone"],
            "meta": f"{row['grid']} · {moment_words(row['at'])}",
            "url": row["url"],
        }
        place = {"type": "Point", "coordinates": _spread(row["lon"], row["lat"], number)}
        features.append({"type": "Feature", "properties": about, "geometry": place})
    answer = JsonResponse(
        {"type": "FeatureCollection", "features": features}, json_dumps_params={"ensure_ascii": False}
    )
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer
