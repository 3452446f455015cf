"""House-keeping of the ground: the year of working days, the tree of divisions, borders from a file."""

from __future__ import annotations

import base64
import binascii
import calendar as months
import zlib
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from civics.territory import SYSTEMS
from civics.worktime import read_hours
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from gongzhi.territory import actions
from gongzhi.territory.ground import ZONES, ground
from gongzhi.territory.importing import dry_run, put_in_force
from gongzhi.territory.models import Boundary, CalendarDay, Division, Level, WorkHours
from gongzhi.territory.policies import GROUND, require

JURISDICTIONS = {"CN": gettext_lazy("内地"), "HK": gettext_lazy("香港"), "MO": gettext_lazy("澳门")}
WEEK = [gettext_lazy("一"), gettext_lazy("二"), gettext_lazy("三"), gettext_lazy("四"), gettext_lazy("五"),
        gettext_lazy("六"), gettext_lazy("日")]  # fmt: skip
#: A file of borders larger than this is refused.
MOST_BYTES = 10_000_000
#: What fits into a hidden field, packed; larger files are handed in again.
MOST_PACKED = 2_000_000
#: Below this surface an area is told in square metres.
SMALL_M2 = 50_000
#: The widest years a calendar is shown for.
FIRST_YEAR, LAST_YEAR = 2000, 2100


def _hours(jurisdiction: str) -> dict[int, list[tuple[time, time]]]:
    found: dict[int, list[tuple[time, time]]] = {}
    for row in WorkHours.objects.filter(jurisdiction=jurisdiction):
        found.setdefault(row.weekday, []).append((row.opens, row.closes))
    return found


def _day_state(day: date, hours: dict[int, Any], told: CalendarDay | None) -> tuple[str, str]:
    """(class, words) of a day."""
    usual = day.weekday() in hours if hours else day.weekday() < 5
    if told is None:
        return ("", _("上班")) if usual else ("day--rest", _("休息"))
    mark = " day--provisional" if told.provisional else ""
    if told.works:
        return ("day--made-up" if not usual else "") + mark, told.name or _("上班")
    return "day--holiday" + mark, told.name or _("放假")


def _year(jurisdiction: str, year: int, chosen: date | None) -> list[dict[str, Any]]:
    hours = _hours(jurisdiction)
    told = {row.day: row for row in CalendarDay.objects.filter(jurisdiction=jurisdiction, day__year=year)}
    today = clock.today(ZONES[jurisdiction])
    out = []
    for month in range(1, 13):
        weeks = []
        for week in months.Calendar().monthdatescalendar(year, month):
            cells: list[dict[str, Any] | None] = []
            for day in week:
                if day.month != month:
                    cells.append(None)
                    continue
                css, words = _day_state(day, hours, told.get(day))
                cells.append(
                    {
                        "day": day,
                        "css": css + (" day--today" if day == today else ""),
                        "words": words,
                        "chosen": day == chosen,
                    }
                )
            weeks.append(cells)
        out.append({"month": month, "weeks": weeks})
    return out


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """A year of one jurisdiction, and one day of it to be looked at or corrected."""
    by = require(request.actor, "see_calendar")  # type: ignore[attr-defined]
    where = request.GET.get("j", "CN")
    if where not in JURISDICTIONS:
        raise NotFound(_("没有这个地区的日历。"))
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR else clock.today().year
    try:
        chosen = date.fromisoformat(request.GET.get("day", ""))
        year = chosen.year
    except ValueError:
        chosen = None
    rows = CalendarDay.objects.filter(jurisdiction=where, day__year=year)
    hours = _hours(where)
    here = reverse("territory:calendar")
    context: dict[str, Any] = {
        "where": where,
        "where_label": JURISDICTIONS[where],
        "year": year,
        "tabs": [
            {"label": label, "url": f"{here}?j={code}&year={year}", "current": code == where}
            for code, label in JURISDICTIONS.items()
        ],
        "before": f"{here}?j={where}&year={year - 1}",
        "after": f"{here}?j={where}&year={year + 1}",
        "months": _year(where, year, chosen),
        "week": WEEK,
        "provisional": any(row.provisional for row in rows) or not rows,
        "known": bool(rows),
        "hours": [
            {
                "weekday": n,
                "name": WEEK[n],
                "text": " ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in hours.get(n, [])),
            }
            for n in range(7)
        ],
        "chosen": chosen,
        "told": next((row for row in rows if row.day == chosen), None),
        "may_change": GROUND.may(by, "change_calendar", None),
    }
    if chosen:
        context["chosen_words"] = _day_state(chosen, hours, context["told"])[1]
    return render(request, "territory/calendar.html", context)


def _asked(request: HttpRequest) -> tuple[str, int]:
    where, year = request.POST.get("j", ""), request.POST.get("year", "")
    if where not in JURISDICTIONS or not year.isdecimal() or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise Invalid(_("没有这个地区或年份的日历。"), code="calendar")
    return where, int(year)


@require_POST
def set_day(request: HttpRequest) -> HttpResponse:
    """Enter or correct one day. Promises already given keep their moment."""
    by = require(request.actor, "change_calendar")  # type: ignore[attr-defined]
    where, _year_asked = _asked(request)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise Invalid(_("这个日期无效。"), code="day") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(_("这个日期无效。"), code="day")
    works = request.POST.get("works") == "1"
    name = request.POST.get("name", "").strip()
    actions.set_day(where, day, works=works, name=name, by=by, at=clock.now())
    words = _("上班") if works else _("放假")
    toast(request, _("{day} 已改为{words}，只影响新的承诺").format(day=day, words=words))
    return HttpResponseRedirect(f"{reverse('territory:calendar')}?j={where}&day={day}")


@require_POST
def set_hours(request: HttpRequest) -> HttpResponse:
    """Replace the working hours of a week."""
    by = require(request.actor, "change_calendar")  # type: ignore[attr-defined]
    where, year = _asked(request)
    week: dict[int, list[tuple[time, time]]] = {}
    for weekday in range(7):
        text = request.POST.get(f"hours-{weekday}", "").strip()
        if not text:
            continue
        try:
            spans = read_hours(text)
        except ValueError as error:
            raise Invalid(
                _("周{day}：{fault}").format(day=WEEK[weekday], fault=error), code="hours"
            ) from error
        # The table keeps closing times within the day; work until midnight closes a minute before.
        week[weekday] = [(a, b if b != time(0) else time(23, 59)) for a, b in spans]
    if not week:
        raise Invalid(_("至少要有一天上班。"), code="hours")
    actions.set_hours(where, week, by=by, at=clock.now())
    toast(request, _("{where}的上班时间已更改").format(where=JURISDICTIONS[where]))
    return HttpResponseRedirect(f"{reverse('territory:calendar')}?j={where}&year={year}")


@require_POST
def seed_year(request: HttpRequest) -> HttpResponse:
    """Fill a year from the published holidays; days that somebody entered stay."""
    by = require(request.actor, "change_calendar")  # type: ignore[attr-defined]
    where, year = _asked(request)
    count = actions.seed_calendar(where, [year], by=by, at=clock.now())
    toast(request, _("{year} 年填入 {n} 天").format(year=year, n=count))
    return HttpResponseRedirect(f"{reverse('territory:calendar')}?j={where}&year={year}")


@require_POST
def confirm_year(request: HttpRequest) -> HttpResponse:
    """The year has been compared with the official notice."""
    by = require(request.actor, "change_calendar")  # type: ignore[attr-defined]
    where, year = _asked(request)
    if not actions.confirm_year(where, year, by=by, at=clock.now()):
        raise Conflict(_("这一年没有暂定的日子。"), code="nothing_provisional")
    toast(request, _("{where} {year} 年已标为正式公布").format(where=JURISDICTIONS[where], year=year))
    return HttpResponseRedirect(f"{reverse('territory:calendar')}?j={where}&year={year}")


# ---- the ground


class WantedFile(forms.FileField):
    """A file that is asked for; the page before may have carried it along, so the view says when it is missing."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Anything will do."""
        return data


class BordersForm(forms.Form):
    """A file of borders: what it holds, in which system."""

    level = forms.ChoiceField(
        label=gettext_lazy("哪一级"),
        choices=[(v, label) for v, label in Level.choices if v != "district"],
        initial=Level.GRID,
    )
    crs = forms.ChoiceField(
        label=gettext_lazy("坐标系"),
        required=False,
        choices=[("", gettext_lazy("按文件里写的")), *((name, name) for name in SYSTEMS)],
    )
    file = WantedFile(label=gettext_lazy("GeoJSON 文件"))


@require_GET
def ground_page(request: HttpRequest) -> HttpResponse:
    """The tree of divisions beside the map."""
    by = require(request.actor, "see_ground")  # type: ignore[attr-defined]
    land = ground()
    today = clock.today()
    sizes = dict(
        Boundary.objects.filter(days__contains=today, division__ends_on=None).values_list(
            "division_id", "area_m2"
        )
    )
    coming = list(
        Boundary.objects.filter(days__startswith__gt=today).select_related("division").order_by("days")[:50]
    )

    def branch(area: Any) -> dict[str, Any]:
        below = land.children(area.id)
        size = sizes.get(area.id)
        return {
            "area": area,
            "label": Level(area.level).label,
            "named": str(area.name).endswith(str(Level(area.level).label)),
            "m2": size if size is not None and size < SMALL_M2 else None,
            "km2": size / 1e6 if size is not None else None,
            "below": [branch(child) for child in below],
            "count": len(below),
            "few": area.level in (Level.DISTRICT, Level.STREET),
        }

    tops = sorted((a for a in land.areas.values() if a.parent_id not in land.areas), key=lambda a: a.code)
    count = {level.value: sum(a.level == level for a in land.areas.values()) for level in Level}
    grids = [a.id for a in land.areas.values() if a.level == Level.GRID]
    context = {
        "tree": [branch(area) for area in tops],
        "levels": [
            (Level(code).label, n) for code, n in count.items() if n or code in (Level.COMMUNITY, Level.GRID)
        ],
        "shapeless": sum(key not in sizes for key in grids),
        "coming": coming,
        "ending": list(Division.objects.filter(ends_on__gt=today).order_by("ends_on")[:50]),
        "ended": len(land.past),
        "may_end": [
            (area.name, [(child.id, child.name) for child in land.children(area.id)])
            for area in sorted(land.areas.values(), key=lambda a: a.code)
            if area.level == Level.COMMUNITY and land.children(area.id)
        ],
        "tomorrow": today + timedelta(days=1),
        "may_change": GROUND.may(by, "change_ground", None),
    }
    return render(request, "territory/ground.html", context)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """A grid ends on a day: merged into its neighbours, or split."""
    by = require(request.actor, "change_ground")  # type: ignore[attr-defined]
    told, day = request.POST.get("division", ""), request.POST.get("ends_on", "")
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Invalid(_("请选择从哪天起停用。"), code="ends_on") from error
    if not told.isdecimal():
        raise Invalid(_("请选择要停用的网格。"), code="division")
    division = actions.end_division(int(told), ends_on=wanted, by=by, at=clock.now())
    toast(request, _("“{name}”从 {day} 起停用").format(name=division.name, day=wanted))
    return HttpResponseRedirect(reverse("territory:ground"))


def _packed(raw: bytes) -> str:
    text = base64.b64encode(zlib.compress(raw, 9)).decode()
    return text if len(text) <= MOST_PACKED else ""


def _handed_in(request: HttpRequest) -> tuple[bytes, str]:
    """The file of a form, or the one that the page before carried along. (bytes, name)"""
    file = request.FILES.get("file")
    if file is not None:
        if file.size is not None and file.size > MOST_BYTES:
            raise TooLarge(
                _("文件太大了，边界文件最多 {mb} MB。").format(mb=MOST_BYTES // 1_000_000),
                help=_("请先简化边界，或分社区导入。"),
            )
        return file.read(), (file.name or "")[:80]
    text = request.POST.get("content", "")
    if not text:
        raise Invalid(_("请先选择 GeoJSON 文件。"), code="no_file")
    try:
        opener = zlib.decompressobj()
        raw = opener.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error
    return raw, request.POST.get("name", "")[:80]


@require_http_methods(["GET", "POST"])
def borders(request: HttpRequest) -> HttpResponse:
    """Hand in a file of borders: every fault is listed, and nothing changes before ``act=force``."""
    by = require(request.actor, "change_ground")  # type: ignore[attr-defined]
    today = clock.today()
    tomorrow = today + timedelta(days=1)
    form = BordersForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "today": today, "tomorrow": tomorrow}
    if request.method == "GET":
        return render(request, "territory/borders.html", context)
    if not form.is_valid():
        return render(request, "territory/borders.html", context, status=400)
    said = form.cleaned_data
    try:
        raw, name = _handed_in(request)
        force = request.POST.get("act") == "force"
        # what is to come into force is compared with what holds on that day: an area may have ended by then
        day = _force_day(request, today) if force else tomorrow
        run = dry_run(raw, level=said["level"], crs=said["crs"], on=day)
        if force:
            new, changed = put_in_force(run, starts_on=day, source=name, by=by, at=clock.now())
            toast(
                request,
                _("从 {day} 起生效：新增 {new} 个，调整 {changed} 个").format(
                    day=day, new=new, changed=changed
                ),
            )
            return HttpResponseRedirect(reverse("territory:ground"))
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "territory/borders.html", context, status=refusal.status)
    context |= {"run": run, "name": name, "content": _packed(raw), "said": said}
    return render(request, "territory/borders.html", context)


def _force_day(request: HttpRequest, today: date) -> date:
    try:
        day = date.fromisoformat(request.POST.get("starts_on", ""))
    except ValueError as error:
        raise Invalid(_("请选择从哪天起生效。"), code="starts_on") from error
    if day < today:
        raise Invalid(_("生效日期不能早于今天。"), code="in_the_past")
    return day
