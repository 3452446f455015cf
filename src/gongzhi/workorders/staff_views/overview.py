"""The whole at a glance: open orders by grid on the map with its list twin, and how each unit stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from civics.territory import simplify_for_map
from gongzhi.kit import clock
from gongzhi.kit.components.words import until_words
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.cards.rows import row_of
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.queries import Scope, units_standing
from gongzhi.workorders.staff_views.asking import Asked, asked

#: Points drawn at most: the most urgent ones.
MOST_POINTS = 800
#: Share of overdue orders → fill of a grid, from the lightest. Tokens sea-50, amber-50, kapok-100, kapok-200: light enough for the number on them.
_FILLS = ((0.0, "#eff6f6"), (0.1, "#fef8ea"), (0.25, "#fae3de"), (0.5, "#f2c3ba"))


def _tabs(ask: Asked, name: str) -> list[dict[str, Any]]:
    if len(ask.scopes) < 2:
        return []
    here = reverse(name)
    return [{"label": s.label, "url": f"{here}?scope={s.key}", "current": s == ask.scope} for s in ask.scopes]


def by_grid(scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    """Open and overdue orders per grid of a queue, most overdue first; None stands for "no place yet". One statement."""
    rows = (
        WorkOrder.objects.filter(scope.where, open=True)
        .values("grid_id", "community_id")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=now)))
    )
    land, out = ground(), []
    for row in rows:
        area = row["grid_id"] or row["community_id"]
        name = land.name_of(area, above=1 if row["grid_id"] else 0) if area else _("位置不明")
        if area and not row["grid_id"]:
            name = _("{community}（没有网格）").format(community=name)
        out.append({**row, "name": name, "share": row["late"] / row["open"]})
    return sorted(out, key=lambda r: (-r["late"], -r["open"], r["name"]))


@require_GET
def staff_map(request: HttpRequest) -> HttpResponse:
    """The map, and the same as a table with the way to each list."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    rows = by_grid(ask.scope, now=now) if ask.scope else []
    for row in rows:
        if row["grid_id"]:
            row["url"] = ask.desk(grid=row["grid_id"])
        else:
            row["url"] = (
                ask.desk(community=row["community_id"]) if row["community_id"] else ask.desk(unplaced="1")
            )
    scope = f"?scope={ask.scope.key}" if ask.scope else ""
    context = {
        "ask": ask,
        "rows": rows,
        "open": sum(row["open"] for row in rows),
        "late": sum(row["late"] for row in rows),
        "tabs": _tabs(ask, "workorders:desk_map"),
        "areas_url": reverse("workorders:desk_map_areas") + scope,
        "points_url": reverse("workorders:desk_map_points") + scope,
    }
    return render(request, "workorders/staff/map.html", context)


def _geojson(features: list[dict[str, Any]]) -> JsonResponse:
    response = JsonResponse({"type": "FeatureCollection", "features": features})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def map_areas(request: HttpRequest) -> HttpResponse:
    """Grids filled by their share of overdue orders, with the number of open ones as label."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    counted = {row["grid_id"]: row for row in by_grid(ask.scope, now=now)} if ask.scope else {}
    land, features = ground(), []
    for key, shape in simplify_for_map(land.grid_shapes, 4.0) if land.grid_shapes else ():
        row = counted.get(key)
        about: dict[str, Any] = {
            "id": key,
            "name": land.areas[key].name,
            "full_name": land.name_of(key, above=1),
            "kind": "grid",
            "label": "",
        }
        if row:
            about["fill"] = next(fill for least, fill in reversed(_FILLS) if row["share"] >= least)
            about["label"] = str(row["open"])
        features.append({"type": "Feature", "id": key, "properties": about, "geometry": shape})
    return _geojson(features)


@require_GET
def map_points(request: HttpRequest) -> HttpResponse:
    """Open orders as points, most urgent first. Only for colleagues: residents' maps show the grid's middle."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    features = []
    if ask.scope is not None:
        rows = WorkOrder.objects.filter(ask.scope.where, open=True, lon__isnull=False).defer(
            "description", "words", "suggestions"
        )
        for order in rows.order_by("next_due_at", "pk")[:MOST_POINTS]:
            row = row_of(order, now=now)
            due = until_words(row.due_at, now) if row.due_at else ""
            about = {
                "id": row.id,
                "title": row.title,
                "url": ask.order(row.id),
                "tone": row.due_state if row.due_state in ("late", "soon") else "working",
                "meta": " · ".join(part for part in (row.state, due, row.unit, row.place) if part),
            }
            point = {"type": "Point", "coordinates": [order.lon, order.lat]}
            features.append({"type": "Feature", "properties": about, "geometry": point})
    return _geojson(features)


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """Open, overdue and rated orders per unit of a queue; no ranking, most open first."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    rows = units_standing(ask.scope, now=now) if ask.scope else []
    bodies = organisations()
    for row in rows:
        row["url"] = ask.desk(unit=row["unit_id"])
        row["late_url"] = ask.desk(unit=row["unit_id"], status="late")
        row["share"] = row["solved"] / row["rated"] if row["rated"] else None
        row["phone"] = bodies[row["unit_id"]].public_phone if row["unit_id"] in bodies else ""
    context = {
        "ask": ask,
        "rows": rows,
        "tabs": _tabs(ask, "workorders:desk_units"),
        "open": sum(row["open"] for row in rows),
        "late": sum(row["late"] for row in rows),
        "rated": sum(row["rated"] for row in rows),
        "solved": sum(row["solved"] for row in rows),
    }
    return render(request, "workorders/staff/units.html", context)
