"""The ground as maps and forms ask for it: shapes as GeoJSON, known places by name, the grid around a point.

The same for everybody and without personal data. Answers are made once per state of the territory and kept as
bytes, plain and compressed. Not here: anything that changes the ground.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civics.places import plain_name
from civics.territory import bounds, cut, distance_m, simplify_for_map, wider
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.territory.ground import Ground, ground
from gongzhi.territory.models import Boundary, Feature, Level

#: How far a drawn border may be from the true one, in metres. Rights and dispatch always use the true one.
TOLERANCE_M = 4.0
#: What ``?kind=`` may ask for, and how the kinds of the rows begin. Lanes are left out of the roads: they blur a phone.
FEATURE_KINDS = {
    "road": ("road", "roads:trunk", "roads:main", "roads:street"),
    "lane": ("lane", "roads:lane"),
    "water": ("water",),
    "park": ("park", "greens:"),
    "land": ("land:",),
}
MOST_PLACES = 8
NEAR_M = 120


@dataclass(frozen=True)
class _Made:
    """An answer, ready to be sent."""

    land: Ground
    plain: bytes
    packed: bytes
    etag: str


_made: dict[str, _Made] = {}


def _answer(request: HttpRequest, key: str, make: Callable[[Ground], dict[str, Any]]) -> HttpResponse:
    """The answer kept under ``key``, made anew when the territory has changed; 304 for who has it already."""
    land = ground()
    made = _made.get(key)
    if made is None or made.land is not land:
        plain = json.dumps(make(land), ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
        made = _made[key] = _Made(land, plain, gzip.compress(plain, 6, mtime=0), etag)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'{made.etag[:-1]}-gz"' if packed else made.etag
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(made.packed if packed else made.plain, content_type="application/geo+json")
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _areas(land: Ground) -> dict[str, Any]:
    """Streets and communities first, grids last: whoever asks which area a point is in takes the last."""
    wider = Boundary.objects.filter(
        division__level__in=(Level.STREET, Level.COMMUNITY), division__ends_on=None, days__contains=land.on
    ).values_list("division_id", "shape")
    layers = [
        [(key, shape) for key, shape in wider if key in land.areas and land.areas[key].level == level]
        for level in (Level.STREET, Level.COMMUNITY)
    ]
    features = []
    for units in (*layers, [(key, shape) for key, shape in land.grid_shapes if key in land.areas]):
        for key, shape in simplify_for_map(units, TOLERANCE_M) if units else ():
            area = land.areas[key]
            about = {
                "id": area.id,
                "name": area.name,
                "kind": area.level,
                "full_name": land.name_of(area.id, above=0 if area.level == Level.STREET else 1),
                "label": "" if area.level == Level.STREET else area.name,
            }
            features.append({"type": "Feature", "id": area.id, "properties": about, "geometry": shape})
    return _collection(features)


@require_safe
def grids(request: HttpRequest) -> HttpResponse:
    """Streets, communities and grids as polygons (WGS-84) with ``id name kind full_name``."""
    return _answer(request, "grids", _areas)


#: How much of a grid's longer side is drawn around it, and how many sketches each process keeps.
SKETCH_MARGIN, MOST_SKETCHES = 0.08, 300
_SKETCHED = ("road", "lane", "water", "park")


def _sketch(land: Ground, grid_id: int) -> dict[str, Any]:
    """One grid by itself: its true outline, its buildings, the grids beside it, and roads, water and parks around."""
    shapes = dict(land.grid_shapes)
    box = wider(bounds(shapes[grid_id]), SKETCH_MARGIN)
    drawn: list[dict[str, Any]] = []

    def add(kind: str, name: str, geometry: dict[str, Any] | None, key: int | None = None) -> None:
        if geometry is not None:
            about = {"kind": kind, "name": name} | ({"id": key} if key is not None else {})
            drawn.append({"type": "Feature", "properties": about, "geometry": geometry})

    of_kind = Q(pk__in=[])
    for kind in _SKETCHED:
        for beginning in FEATURE_KINDS[kind]:
            of_kind |= Q(kind__startswith=beginning)
    for kind, name, shape in (
        Feature.objects.filter(of_kind).order_by("pk").values_list("kind", "name", "shape")
    ):
        own = next(k for k in ("lane", *_SKETCHED) if any(kind.startswith(b) for b in FEATURE_KINDS[k]))
        add(own, name, cut(shape, box))
    for key in land.neighbours.get(grid_id, ()):
        if key in land.areas:
            add("beside", land.areas[key].name, cut(shapes[key], box), key)
    houses = [area for area in land.children(grid_id) if area.level == Level.BUILDING]
    walls = dict(
        Boundary.objects.filter(division__in=[h.id for h in houses], days__contains=land.on).values_list(
            "division_id", "shape"
        )
    )
    for house in houses:
        point = {"type": "Point", "coordinates": [house.lon, house.lat]} if house.lon is not None else None
        add("building", house.name, cut(walls[house.id], box) if house.id in walls else point, house.id)
    add("grid", land.name_of(grid_id, above=1), cut(shapes[grid_id], box), grid_id)
    return _collection(drawn) | {"bbox": [round(x, 6) for x in box]}


@require_safe
def sketch(request: HttpRequest, grid_id: int) -> HttpResponse:
    """One grid for a small map without tiles, such as a grid worker carries: features with ``kind name`` and ``id``."""
    if all(key != grid_id for key, _shape in ground().grid_shapes):
        raise NotFound(_("没有这个网格。"))
    if len(_made) > MOST_SKETCHES:
        _made.clear()
    return _answer(request, f"grid {grid_id}", lambda land: _sketch(land, grid_id))


@require_safe
def features(request: HttpRequest) -> HttpResponse:
    """What the map draws below: ``?kind=`` of FEATURE_KINDS; everything without."""
    wanted = request.GET.get("kind", "")
    if wanted and wanted not in FEATURE_KINDS:
        raise NotFound(_("没有这种地物。"))
    rows = Feature.objects.all()
    if wanted:
        asked = Q(pk__in=[])
        for beginning in FEATURE_KINDS[wanted]:
            asked |= (
                Q(kind__startswith=beginning) if beginning.endswith((":", "water")) else Q(kind=beginning)
            )
        rows = rows.filter(asked)

    def make(_land: Ground) -> dict[str, Any]:
        return _collection(
            [
                {"type": "Feature", "properties": {"name": name, "kind": kind}, "geometry": shape}
                for kind, name, shape in rows.order_by("pk").values_list("kind", "name", "shape")
            ]
        )

    return _answer(request, f"features {wanted}", make)


def places_named(words: str, *, most: int = MOST_PLACES) -> list[dict[str, Any]]:
    """Known places whose name or other name holds ``words``; those that begin with it first, short names first."""
    plain = plain_name(words)
    if len(plain) < 1:
        return []
    land = ground()
    found = []
    for key, name, aliases, lon, lat, division_id, kind in land.places:
        own = plain_name(name).find(plain)
        other = min((at for one in aliases if (at := plain_name(one).find(plain)) >= 0), default=-1)
        if own >= 0 or other >= 0:
            # its own name before other names, beginnings before middles, short before long
            found.append((own < 0, max(own, other) > 0, len(name), name, key, lon, lat, division_id, kind))
    found.sort()
    return [
        {
            "id": key,
            "name": name,
            "kind": kind,
            "where": land.name_of(land.spot_of(division_id).grid_id or division_id, above=1),
            "lon": lon,
            "lat": lat,
        }
        for _other, _later, _long, name, key, lon, lat, division_id, kind in found[:most]
    ]


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """``?q=`` → ``{"places": [{id, name, kind, where, lon, lat}, …]}``, at most eight."""
    found = places_named(request.GET.get("q", "")[:60])
    answer = HttpResponse(
        json.dumps({"places": found}, ensure_ascii=False), content_type="application/json; charset=utf-8"
    )
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def place_near(lon: float, lat: float) -> str:
    """The name of the known place nearest to a point, within NEAR_M metres; else an empty string."""
    best, name = float(NEAR_M), ""
    for _key, one, _aliases, x, y, _division, _kind in ground().places:
        if abs(y - lat) > 0.002 or abs(x - lon) > 0.002:
            continue
        away = distance_m((lon, lat), (x, y))
        if away < best:
            best, name = away, one
    return name


@require_safe
def where(request: HttpRequest) -> HttpResponse:
    """A fragment that names the grid of ``?lon=&lat=`` in words, or says that the point is outside."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError) as error:
        raise Invalid(_("这个位置不是有效的经纬度。"), code="impossible_position") from error
    spot = ground().spot(lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
    said = ground().name_of(spot.grid_id, above=1) if spot else ""
    near = place_near(lon, lat) if spot else ""
    return render(request, "territory/where.html", {"spot": spot, "said": said, "near": near})
