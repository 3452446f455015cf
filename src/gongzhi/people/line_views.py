"""Many grids in one: the responsibility lines as layers, who answers for a place, what is left open; files in and out."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import zlib
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from civics.territory import simplify_for_map
from gongzhi.journal.books import length
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, Refusal, TooLarge
from gongzhi.people.actions import put_lines
from gongzhi.people.books import LINES
from gongzhi.people.importing import COLUMNS, LinesRun, dry_run
from gongzhi.people.lines import Lines, lines, rows_on
from gongzhi.people.models import Line, LineArea
from gongzhi.people.policies import PEOPLE, require
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import Ground, ground
from gongzhi.territory.models import Level

MOST_BYTES, MOST_PACKED = 10_000_000, 2_000_000
TOLERANCE_M = 4.0
#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Divisions named in a row of the table.
MOST_NAMED = 8
#: Pale fills, told apart by neighbours; what is wrong has the colours of soon and late.
FILLS = ("#cfe5e3", "#dfe6c8", "#d5dff0", "#ead9ea", "#f1e2cf", "#d7ecd9", "#e3dcf2", "#cfe0ea")
ORPHAN, OVERLAP = "#f0b64a", "#d8584f"


class WhereForm(forms.Form):
    """A place to ask about: a pin, or a grid."""

    grid = forms.TypedChoiceField(label=gettext_lazy("网格"), coerce=int, empty_value=None, required=False)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        land = ground()
        grids = sorted((a for a in land.areas.values() if a.level == Level.GRID), key=lambda a: a.code)
        choices = [("", _("请选择")), *((a.id, land.name_of(a.id, above=1)) for a in grids)]
        self.fields["grid"].choices = choices  # type: ignore[attr-defined]


class LinesFile(forms.Form):
    """A file of areas, and the line of rows that do not say theirs."""

    line = forms.ChoiceField(
        label=gettext_lazy("条线"), required=False, choices=[("", gettext_lazy("文件里写着")), *Line.choices]
    )
    file = forms.FileField(label=gettext_lazy("CSV 或 GeoJSON 文件"), required=False)


@require_GET
def lines_page(request: HttpRequest) -> HttpResponse:
    """Each line with what is left open; one of them on the map; who answers for a chosen place in all of them."""
    by = require(request.actor, "see_lines")  # type: ignore[attr-defined]
    now, land = lines(), ground()
    asked = request.GET.get("line", "")
    chosen = asked if asked in Line.values else next((c for c in Line.values if now.of(c)), Line.values[0])
    form = WhereForm(request.GET or None)
    context: dict[str, Any] = {
        "tabs": [
            {"label": label, "url": f"?line={code}", "current": code == chosen}
            for code, label in Line.choices
        ],
        "chosen": chosen,
        "chosen_label": Line(chosen).label,
        "summary": [_summary(now, code) for code in Line.values],
        "areas": [
            {"area": area, "where": _where(area.divisions, land), "fill": FILLS[n % len(FILLS)]}
            for n, area in enumerate(now.of(chosen))
        ],
        "orphans": [(land.name_of(grid, above=1), share) for grid, share in now.orphans(chosen)],
        "overlaps": [
            (land.name_of(grid, above=1), share, answerers) for grid, share, answerers in now.overlaps(chosen)
        ],
        "coming": list(
            LineArea.objects.filter(line=chosen, starts_on__gt=now.on).order_by("starts_on", "code")[:50]
        ),
        "form": form,
        "may_change": PEOPLE.may(by, "change_lines", None),
        "grids_url": reverse("territory:grids"),
        **_answered(form, now),
    }
    return render(request, "people/lines.html", context)


def _summary(now: Lines, code: str) -> dict[str, Any]:
    areas = now.of(code)
    return {
        "code": code,
        "label": Line(code).label,
        "areas": len(areas),
        "vacant": sum(not area.who for area in areas),
        "orphans": len(now.orphans(code)) if areas else 0,
        "overlaps": len(now.overlaps(code)) if areas else 0,
    }


def _where(divisions: tuple[int, ...], land: Ground) -> str:
    areas = [land.areas[key] for key in divisions if key in land.areas]
    names = [land.name_of(a.id, above=1) if a.level == Level.GRID else a.name for a in areas]
    if len(names) > MOST_NAMED:
        return _("{names} 等 {n} 处").format(names=_("、").join(names[:MOST_NAMED]), n=len(names))
    return _("、").join(names) or _("自己的边界")


def _answered(form: WhereForm, now: Lines) -> dict[str, Any]:
    """Who answers for the place that was asked about."""
    if not form.is_bound or not form.is_valid():
        return {}
    lon, lat, grid = form.cleaned_data["lon"], form.cleaned_data["lat"], form.cleaned_data["grid"]
    land = ground()
    if lon is not None and lat is not None and -180 <= lon <= 180 and -90 <= lat <= 90:
        spot = land.spot(lon, lat)
        if spot is None:
            return {"place": _("这个位置不在辖区里"), "standings": []}
        grid = spot.grid_id
    else:
        lon = lat = None
    if grid not in land.areas:
        return {}
    return {
        "place": land.name_of(grid, above=1),
        "standings": now.at(grid, lon, lat),
        "exact": lon is not None,
    }


@require_GET
def layer(request: HttpRequest, line: str) -> HttpResponse:
    """One line as polygons for the map: its areas, and in other colours where nobody or several answer."""
    require(request.actor, "see_lines")  # type: ignore[attr-defined]
    if line not in Line.values:
        raise NotFound
    now, land = lines(), ground()
    grids = dict(simplify_for_map(land.grid_shapes, TOLERANCE_M)) if land.grid_shapes else {}
    cover = now.cover(line)
    fills = {area.id: FILLS[n % len(FILLS)] for n, area in enumerate(now.of(line))}
    features = []
    for grid, outline in grids.items():
        one = cover.get(grid)
        shares = one.shares if one else {}
        first = max(shares, key=lambda key: shares[key], default=None)
        fill = FILLS[0] if first is None else fills[first]
        said = "、".join(now.by_id[key].who for key in shares)
        if one is None or one.bare > 0.5:
            fill, said = ORPHAN, said or _("没有人负责")
        elif one.doubled > 0:
            fill = OVERLAP
        name = land.name_of(grid, above=1)
        about = {
            "id": grid, "kind": Level.GRID, "name": f"{name}：{said}", "full_name": f"{name}：{said}",
            "label": land.areas[grid].name, "fill": fill, "opacity": 0.75,
        }  # fmt: skip
        features.append({"type": "Feature", "id": grid, "properties": about, "geometry": outline})
    for area in now.of(line):
        if area.shape is not None:
            about = {
                "id": -area.id, "kind": Level.COMMUNITY, "name": area.name, "label": area.name,
                "fill": fills[area.id], "opacity": 0.35,
            }  # fmt: skip
            features.append({"type": "Feature", "properties": about, "geometry": area.shape})
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/geo+json")
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """The areas in force as CSV, in the shape in which they may be handed in again; borders of their own stay out."""
    by = require(request.actor, "see_lines")  # type: ignore[attr-defined]
    # With what a colleague signs in is for those who hand the file in again, not for every post.
    logins = PEOPLE.may(by, "change_lines", None)
    out, land, bodies = io.StringIO(), ground(), organisations()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows_on(clock.today()):
        if row.shape is not None and not row.divisions:
            continue
        body = bodies.get(row.organisation_id or 0)
        codes = ";".join(land.areas[key].code for key in row.divisions if key in land.areas)
        login = row.post.account.login if logins and row.post and row.post.account.login else ""
        cells = [row.line, row.code, row.name, codes, body.code if body else "", login]
        writer.writerow(["'" + c if c.lstrip(" \u3000")[:1] in _FORMULA else c for c in cells])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="lines.csv"'
    return response


def _handed_in(request: HttpRequest) -> tuple[bytes, str]:
    """The file of a form, or the one that the page before carried along: (bytes, name)."""
    file = request.FILES.get("file")
    if file is not None:
        if file.size is not None and file.size > MOST_BYTES:
            raise TooLarge(_("文件太大了，最多 {mb} MB。").format(mb=MOST_BYTES // 1_000_000))
        return file.read(), (file.name or "")[:80]
    text = request.POST.get("content", "")
    if not text:
        raise Invalid(_("请先选择文件。"), code="no_file")
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error
    return raw, request.POST.get("name", "")[:80]


@require_http_methods(["GET", "POST"])
def import_lines(request: HttpRequest) -> HttpResponse:
    """Hand in areas: every fault and what would be left open; ``act=force`` puts them in force from a day on."""
    by = require(request.actor, "change_lines")  # type: ignore[attr-defined]
    today = clock.today()
    form = LinesFile(request.POST or None)
    context: dict[str, Any] = {"form": form, "today": today}
    if request.method == "GET":
        return render(request, "people/lines_import.html", context)
    try:
        raw, name = _handed_in(request)
        line = request.POST.get("line", "")
        run: LinesRun = dry_run(raw, on=today, line=line if line in Line.values else "")
        if request.POST.get("act") == "force":
            if not run.ok:
                raise Invalid(_("文件还有问题，不能生效。"), help=" ".join(run.faults[:10]), code="faults")
            begun, ended = put_lines(
                run.wanted,
                starts_on=_day(request, today),
                end_others="end_others" in request.POST,
                by=by,
                at=clock.now(),
                seen=int(told)
                if (told := request.POST.get("seen", "")).isdecimal() and len(told) < 10
                else None,
            )
            toast(request, _("已更新：{begun} 个责任区生效，{ended} 个停用").format(begun=begun, ended=ended))
            return HttpResponseRedirect(reverse("people:lines"))
    except Refusal as refusal:
        if refusal.status == 409:
            raise
        context["refusal"] = refusal
        return render(request, "people/lines_import.html", context, status=refusal.status)
    packed = base64.b64encode(zlib.compress(raw, 9)).decode()
    context |= {
        "run": run, "seen": length(LINES), "name": name, "line": line, "content": packed if len(packed) <= MOST_PACKED else "",
    }  # fmt: skip
    return render(request, "people/lines_import.html", context)


def _day(request: HttpRequest, today: date) -> date:
    try:
        day = date.fromisoformat(request.POST.get("starts_on", ""))
    except ValueError as error:
        raise Invalid(_("请选择从哪天起生效。"), code="starts_on") from error
    if day < today:
        raise Invalid(_("生效日期不能早于今天。"), code="in_the_past")
    return day
