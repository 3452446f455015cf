"""Known places as staff keep them: the list with search, one place on the map, a file out and in."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import zlib
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from civics.places import plain_name
from civics.territory import SYSTEMS
from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from gongzhi.territory import actions
from gongzhi.territory.books import PLACES, place_values
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Place
from gongzhi.territory.places import PlacesRun, dry_run, split_aliases
from gongzhi.territory.policies import GROUND, require

#: Places on a page.
PAGE = 50
MOST_BYTES = 5_000_000
#: Rows of a file that are shown of each sort.
MOST_SHOWN = 100
#: How a cell begins that an office program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


#: Kinds that files from elsewhere name by their codes; any other word is a kind as it is.
KINDS = {
    "address": gettext_lazy("门牌"), "estate": gettext_lazy("小区"), "village": gettext_lazy("城中村"),
    "home": gettext_lazy("住宅"), "shop": gettext_lazy("商铺"), "school": gettext_lazy("学校"),
    "market": gettext_lazy("市场"), "clinic": gettext_lazy("卫生站"), "office": gettext_lazy("办公楼"),
    "works": gettext_lazy("工业园"), "hall": gettext_lazy("服务中心"), "park": gettext_lazy("公园"),
    "toilet": gettext_lazy("公厕"), "pier": gettext_lazy("码头"), "beach": gettext_lazy("海滩"),
    "crossing": gettext_lazy("路口"), "stop": gettext_lazy("车站"),
}  # fmt: skip


class PlaceForm(forms.Form):
    """One known place."""

    name = forms.CharField(label=gettext_lazy("名称"), min_length=2, max_length=120)
    aliases = forms.CharField(
        label=gettext_lazy("别名"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("居民还会怎么叫它，用顿号隔开。"),
    )
    kind = forms.CharField(label=gettext_lazy("类别"), required=False, max_length=20)
    lon = forms.FloatField(
        label=gettext_lazy("经度"), min_value=-180, max_value=180, widget=forms.HiddenInput
    )
    lat = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90, widget=forms.HiddenInput)

    def clean_aliases(self) -> list[str]:
        """One by one."""
        return split_aliases(self.cleaned_data["aliases"])


class PlacesFile(forms.Form):
    """A file of places."""

    crs = forms.ChoiceField(
        label=gettext_lazy("坐标系"), required=False, initial="WGS84",
        choices=[(name, name) for name in SYSTEMS],
        help_text=gettext_lazy("文件里有“坐标系”一列的，以文件为准。"),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("CSV 文件"), required=False)


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """The list: ``?q=`` part of a name or other name, ``?page=``."""
    by = require(request.actor, "see_ground")  # type: ignore[attr-defined]
    land = ground()
    words = request.GET.get("q", "").strip()[:60]
    plain = plain_name(words)
    rows = [
        row
        for row in land.places
        if not plain or plain in plain_name(row[1]) or any(plain in plain_name(one) for one in row[2])
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    last = max(1, -(-len(rows) // PAGE))
    page = min(max(1, whole(request.GET.get("page", "")) or 1), last)
    here = reverse("territory:places_page")

    def to(number: int) -> str:
        return f"{here}?page={number}" + (f"&{urlencode({'q': words})}" if words else "")

    context = {
        "rows": [
            {
                "id": key,
                "name": name,
                "aliases": aliases,
                "kind": KINDS.get(kind, kind),
                "where": land.name_of(division, above=1),
            }
            for key, name, aliases, _lon, _lat, division, kind in rows[(page - 1) * PAGE : page * PAGE]
        ],
        "total": len(rows),
        "words": words,
        "newer": to(page - 1) if page > 1 else "",
        "older": to(page + 1) if page < last else "",
        "may_change": GROUND.may(by, "change_places", None),
    }
    return render(request, "territory/places.html", context)


@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, place_id: int = 0) -> HttpResponse:
    """One place: new, corrected, or removed (``act=remove``)."""
    by = require(request.actor, "change_places")  # type: ignore[attr-defined]
    row = Place.objects.filter(pk=place_id).first() if place_id else None
    seen = request.POST.get("seen_as")
    if place_id and row is None:
        if request.method == "POST":
            raise books.too_late(_("这个地点"))
        raise NotFound(_("没有这个地点。"))
    if request.method == "POST" and request.POST.get("act") == "remove" and row is not None:
        actions.remove_place(row.pk, by=by, at=clock.now(), seen=seen)
        toast(request, _("已去掉“{name}”，可以在改动记录里改回去").format(name=row.name))
        return HttpResponseRedirect(reverse("territory:places_page"))
    first: dict[str, Any] = {"name": request.GET.get("name", "")[:120]}
    if row is not None:
        first = {**place_values(row), "aliases": "、".join(row.aliases)}
    form = PlaceForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                if row is None:
                    made = actions.add_place(form.cleaned_data, by=by, at=clock.now())
                else:
                    made = actions.correct_place(row.pk, form.cleaned_data, by=by, at=clock.now(), seen=seen)
                toast(request, _("地点“{name}”已保存").format(name=made.name))
                return HttpResponseRedirect(reverse("territory:places_page"))
            except Invalid as refusal:
                for name, sentences in (refusal.fields or {"": [str(refusal)]}).items():
                    form.add_error(name if name in ("name",) else None, sentences)
    context = {
        "form": form,
        "row": row,
        "seen": books.fingerprint(place_values(row) if row else None),
        "where": ground().name_of(row.division_id, above=1) if row else "",
        "table": PLACES,
    }
    return render(request, "territory/place.html", context, status=status)


@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """Every place as CSV, in the shape in which it may be handed in again."""
    require(request.actor, "see_ground")  # type: ignore[attr-defined]
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["name", "aliases", "kind", "lon", "lat", "crs"])
    for _key, name, aliases, lon, lat, _division, kind in ground().places:
        words = [name, "、".join(aliases), kind]
        writer.writerow([*("'" + w if w.startswith(_FORMULA) else w for w in words), lon, lat, "WGS84"])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="places.csv"'
    return response


def _handed_in(request: HttpRequest) -> bytes:
    """The file of the form, or the one that the page before carried along."""
    file = request.FILES.get("file")
    if file is not None:
        if file.size is not None and file.size > MOST_BYTES:
            raise TooLarge(_("文件太大了，最多 {mb} MB。").format(mb=MOST_BYTES // 1_000_000))
        return file.read()
    text = request.POST.get("content", "")
    if not text:
        raise Invalid(_("请先选择文件。"), code="no_file")
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error


@require_http_methods(["GET", "POST"])
def import_places(request: HttpRequest) -> HttpResponse:
    """Hand in a file: what it would bring and every row that cannot be taken; ``act=force`` takes the rest in."""
    by = require(request.actor, "change_places")  # type: ignore[attr-defined]
    form = PlacesFile(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "GET":
        return render(request, "territory/places_import.html", context)
    crs = request.POST.get("crs", "")
    try:
        raw = _handed_in(request)
        run: PlacesRun = dry_run(raw, crs=crs if crs in SYSTEMS else "WGS84")
        if request.POST.get("act") == "force":
            if not run.found:
                raise Invalid(_("没有可以加进来的地点。"), code="nothing_new")
            told = whole(request.POST.get("seen", ""))
            count = actions.name_places(run.found, by=by, at=clock.now(), seen=told)
            toast(request, _("新增 {n} 个地点").format(n=count))
            return HttpResponseRedirect(reverse("territory:places_page"))
    except Conflict:
        raise
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "territory/places_import.html", context, status=refusal.status)
    context |= {
        "run": run, "crs": crs, "found": run.found[:MOST_SHOWN], "rejected": run.rejected[:MOST_SHOWN],
        "content": base64.b64encode(zlib.compress(raw, 9)).decode(), "seen": books.length(PLACES),
    }  # fmt: skip
    return render(request, "territory/places_import.html", context)
