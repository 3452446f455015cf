"""The operations board: the page, its panes, the shapes of its map, the stream, and the list behind each number."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from civics.territory import simplify_for_map
from gongzhi.kit import clock
from gongzhi.kit.errors import NotFound
from gongzhi.matters.figures import Selection
from gongzhi.matters.kinds import Kind
from gongzhi.observation import drawing
from gongzhi.observation.policies import areas_of, require
from gongzhi.observation.queries import board as numbers
from gongzhi.observation.queries import rooms
from gongzhi.observation.queries.addresses import selection_of
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Boundary, Level

PAGE = 50
#: The drawing of the day: width and height in its own units.
WIDE, HIGH = 480.0, 150.0
#: Share of overdue orders → fill of an area, dark ground; the number on it stays readable (4.5 : 1 and more).
_FILLS = ((0.0, "#0f3b43"), (0.1, "#4a3910"), (0.25, "#6e2f12"), (0.5, "#8c2418"))
_EMPTY = "#0b282d"


def area_asked(request: HttpRequest, by: Person) -> Area:
    """The area that ``?in=`` names, or the first of one's own. NotFound where one has no board."""
    mine = areas_of(by)
    told = request.GET.get("in", "")
    for area in mine:
        if not told or str(area.id) == told:
            return area
    raise NotFound(_("没有这个地方的大屏，或者不归您负责。"))


def _context(request: HttpRequest, kind: Kind, area: Area, by: Person) -> dict[str, Any]:
    at = clock.now()
    told = numbers.numbers(kind, area, by=by, at=at)
    hot, hot_at = numbers.hot(kind, area, by=by, at=at)
    hour = clock.local(told["at"]).hour
    codes = [channel["code"] for channel in told["channels"]]
    rows = [row | {"label": str(row["hour"])} for row in told["hours"]]
    columns, top = drawing.columns(rows, codes, width=WIDE, height=HIGH, last=hour)
    return told | {
        "kind": kind,
        "area": area,
        "columns": columns,
        "lines": drawing.steps_of(top, HIGH),
        "hour": hour,
        "hot": hot[: numbers.HOT],
        "hot_at": hot_at,
        "age": max(0, round((at - told["at"]).total_seconds())),
        "wide": WIDE,
        "high": HIGH,
        "places": areas_of(by)[:60],
        "query": f"?in={area.id}",
    }


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The big screen of an area."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    kind = rooms.first()
    if kind is None:
        return render(request, "observation/nothing.html")
    area = area_asked(request, by)
    return render(request, "observation/board.html", _context(request, kind, area, by))


@require_GET
def panes(request: HttpRequest) -> HttpResponse:
    """The panes alone, for a board that looks again."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    kind = rooms.first()
    if kind is None:
        raise NotFound
    context = _context(request, kind, area_asked(request, by), by) | {"again": True}
    response = render(request, "observation/_panes.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def areas(request: HttpRequest) -> HttpResponse:
    """The map's areas: filled by the share overdue, labelled with how many are open."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    kind = rooms.first()
    area = area_asked(request, by)
    told: dict[str, Any] = {"areas": [], "dimension": "grid"}
    if kind is not None:
        told = numbers.numbers(kind, area, by=by, at=clock.now())
    counted = {row["id"]: row for row in told["areas"]}
    features = []
    for key, shape in shapes_of(area, told["dimension"]):
        row = counted.get(key)
        share = row["late"] / row["open"] if row and row["open"] else 0.0
        about = {
            "id": key,
            "name": ground().areas[key].name,
            "kind": told["dimension"],
            "label": str(row["open"]) if row else "",
            "fill": next(fill for least, fill in reversed(_FILLS) if share >= least) if row else _EMPTY,
            "url": row["url"] if row else "",
        }
        features.append({"type": "Feature", "id": key, "properties": about, "geometry": shape})
    response = JsonResponse({"type": "FeatureCollection", "features": features})
    response.headers["Cache-Control"] = "no-store"
    return response


def shapes_of(area: Area, dimension: str) -> list[tuple[int, dict[str, Any]]]:
    """The shapes of an area's grids or communities, simplified for drawing; kept in this process for the day."""
    land = ground()
    key = f"observation.shapes.{area.id}.{dimension}.{land.on}.{len(land.areas)}.{id(land)}"
    found: list[tuple[int, dict[str, Any]]] | None = cache.get(key)
    if found is None:
        if dimension == "grid":
            units = [(key_, shape) for key_, shape in land.grid_shapes if _inside(key_, area)]
        else:
            rows = Boundary.objects.filter(
                division__level=Level.COMMUNITY, division__ends_on=None, days__contains=land.on
            ).values_list("division_id", "shape")
            units = [(key_, shape) for key_, shape in rows if _inside(key_, area)]
        found = list(simplify_for_map(units, 4.0)) if units else []
        cache.set(key, found, 600)
    return found


def _inside(key: int, area: Area) -> bool:
    one = ground().areas.get(key)
    return one is not None and one.within(area.path)


@require_GET
def behind(request: HttpRequest) -> HttpResponse:
    """The list behind a number: what was counted, where, when, and every matter in it."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    kind, now = rooms.kind_of(request.GET.get("kind", "")), clock.now()
    chosen = selection_of(request.GET, at=now)
    require(by, "look", chosen.division_id)
    skip = int(told) if (told := request.GET.get("skip", "")).isdecimal() and len(told) < 8 else 0
    issue = request.GET.get("issue", "")
    if issue:
        head, rows, total = _issue(kind, chosen, issue, by, skip)
    else:
        figure = rooms.figures(kind).get(chosen.figure)
        if figure is None:
            raise NotFound(_("没有这个指标。"))
        rows, total = rooms.ask(kind, "listed")(chosen, by=by, skip=skip, size=PAGE)
        head = {"title": figure.label, "explained": figure.explained, "over": figure.over}
    said = rooms.ask(kind, "said")
    query = request.GET.copy()
    query.pop("skip", None)
    here = f"{reverse('observation:behind')}?{query.urlencode()}"
    context = {
        **head,
        "area": ground().areas[chosen.division_id],
        "chosen": chosen,
        "chips": [said(name, _typed(name, value)) for name, value in chosen.narrow],
        "rows": rows,
        "total": total,
        "shown": f"{skip + 1}–{skip + len(rows)}" if rows else "",
        "older": f"{here}&skip={skip + PAGE}" if skip + PAGE < total else "",
        "newer": f"{here}&skip={max(0, skip - PAGE)}" if skip else "",
        "board_url": f"{reverse('observation:board')}?in={chosen.division_id}",
    }
    return render(request, "observation/behind.html", context)


def _typed(name: str, value: str) -> Any:
    return int(value) if value.isdecimal() and name not in ("hour", "day", "month") else value


def _issue(
    kind: Kind, chosen: Selection, issue: str, by: Person, skip: int
) -> tuple[dict[str, Any], list[Any], int]:
    area = ground().areas[chosen.division_id]
    found, _at = numbers.hot(kind, area, by=by, at=clock.now())
    one = next((row for row in found if str(row["key"]) == issue), None)
    if one is None:
        raise NotFound(_("这个热点现在已经不在前列了。"), help=_("回到大屏，看看现在的热点。"))
    rows, total = rooms.ask(kind, "listed_issue")(
        one["matters"], division_id=area.id, by=by, at=clock.now(), skip=skip, size=PAGE
    )
    said = _("{n} 人反映同一件事；热度 {heat}").format(n=one["reporters"], heat=one["heat"])
    return {"title": one["title"], "explained": said, "over": "issue"}, rows, total


@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """Pulses for an open board, or 204 when every place is taken: the board then asks by itself."""
    from gongzhi.observation.streaming import answer

    require(request.actor, "look")  # type: ignore[attr-defined]
    return answer()
