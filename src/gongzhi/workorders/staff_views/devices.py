"""The register of devices: the list with what needs somebody on top, one device, its secret, its label."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import device_events, devices
from gongzhi.workorders.actions.device_events import Event
from gongzhi.workorders.cards import devices as cards
from gongzhi.workorders.device_register import secret_of
from gongzhi.workorders.forms.devices import DeviceForm, NewDeviceForm, PauseForm, first_values
from gongzhi.workorders.models.devices import Device, DeviceKind
from gongzhi.workorders.policies.doors import DOORS, require
from gongzhi.workorders.queries import devices as queries
from gongzhi.workorders.staff_views.pairs import path_of
from gongzhi.workorders.tables import route, tree


def _may_change(by: Person, row: Device | None = None) -> bool:
    area = ground().areas.get(row.division_id) if row else None
    return DOORS.may(by, "change_devices", area.path if area else None)


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Every device of the area, those that need somebody first."""
    by = require(request.actor, "see_devices")  # type: ignore[attr-defined]
    now, here = clock.now(), reverse("workorders:devices")
    kind = request.GET.get("kind", "")
    kind = kind if kind in DeviceKind.values else ""
    rows = queries.register(path=path_of(by), kind=kind, by=by)
    storms = queries.storms(_with_device(rows))
    shown = cards.sorted_by_need([cards.told(row, storms, now=now) for row in rows])
    count = {
        code: sum(row["code"] == code for row in shown) for code in ("alarm", "well", "silent", "paused")
    }
    tabs = [{"label": _("全部"), "url": here, "current": not kind}] + [
        {"label": str(label), "url": f"{here}?kind={code}", "current": kind == code}
        for code, label in DeviceKind.choices
    ]
    context = {"shown": shown, "count": count, "tabs": tabs, "may_change": _may_change(by), "kind": kind}
    return render(request, "workorders/staff/devices.html", context)


def _with_device(rows: list[Device]) -> list[Any]:
    found = []
    for row in rows:
        for episode in row.open_episodes:  # type: ignore[attr-defined]
            episode.device = row
            found.append(episode)
    return found


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a device; its secret follows, once."""
    by = require(request.actor, "change_devices")  # type: ignore[attr-defined]
    form = NewDeviceForm(request.POST or None, initial={"kind": DeviceKind.WATER})
    if request.method == "POST":
        made = attempt(
            form, lambda said: devices.add_device(said["code"], form.plan(), by=by, at=clock.now())
        )
        if made is not None:
            return _secret(request, made)
    context = {"form": form, "row": None}
    return render(request, "workorders/staff/device_form.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is entered of a device."""
    by = require(request.actor, "change_devices")  # type: ignore[attr-defined]
    row = queries.one(code, path=path_of(by), by=by)
    form = DeviceForm(request.POST or None, initial=first_values(row))
    if request.method == "POST":
        seen = _whole(request.POST.get("seen", ""))
        made = attempt(
            form, lambda said: devices.change_device(code, form.plan(), seen=seen, by=by, at=clock.now())
        )
        if made is not None:
            toast(request, _("已保存"))
            return HttpResponseRedirect(reverse("workorders:device", args=[code]))
    context = {"form": form, "row": row}
    return render(request, "workorders/staff/device_form.html", context, status=400 if form.errors else 200)


@require_GET
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One device: its state, its storms and silences, how to connect it, what can be done."""
    by = require(request.actor, "see_devices")  # type: ignore[attr-defined]
    return _one(request, code, by)


def _one(request: HttpRequest, code: str, by: Person, **more: Any) -> HttpResponse:
    now = clock.now()
    row = queries.one(code, path=path_of(by), by=by)
    past = queries.past(row)
    storms = queries.storms([*past, *_with_device([row])])
    context = {
        **cards.told(row, storms, now=now),
        "device": row,
        "now": now,
        "past": [cards.told_episode(episode, storms) for episode in past],
        "owner": organisations().get(row.unit_id),
        "category": tree().said_of(row.category_id),
        "serious": tree().said_of(row.serious_category_id) if row.serious_category_id else "",
        "alarm_mark": device_events.told_value(row, row.alarm_at) if row.alarm_at is not None else "",
        "serious_mark": device_events.told_value(row, row.serious_at) if row.serious_at is not None else "",
        "may_change": _may_change(by, row),
        "may_pause": devices.may_pause(by, row),
        "pause_form": PauseForm(),
        "address": request.build_absolute_uri(f"/api/devices/{row.code}/events"),
        **more,
    }
    return render(request, "workorders/staff/device.html", context)


@require_POST
def test(request: HttpRequest, code: str) -> HttpResponse:
    """What an alarm would become now: title, category, unit. Nothing is written."""
    by = require(request.actor, "see_devices")  # type: ignore[attr-defined]
    row = queries.one(code, path=path_of(by), by=by)
    now = clock.now()
    worst = row.serious_at if request.POST.get("serious") and row.serious_at is not None else row.alarm_at
    draft = device_events.draft_of(row, [Event("test", "alarm", now, worst)], at=now)
    spot = ground().spot(row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    found = route(draft.category_id, spot or ground().spot_of(row.division_id), now)
    body = organisations().get(row.unit_id) if row.to_owner else found.unit if found else None
    tried = {
        "title": draft.title,
        "description": draft.description,
        "category": tree().said_of(draft.category_id),
        "unit": body.name if body else "",
        "rule": found.rule_code if found and not row.to_owner else "",
        "paused": row.paused_until is not None and now < row.paused_until,
    }
    return _one(request, code, by, tried=tried)


@require_POST
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """A new secret instead of the old one, shown once."""
    by = require(request.actor, "change_devices")  # type: ignore[attr-defined]
    seen = _whole(request.POST.get("seen", ""))
    return _secret(request, devices.renew_secret(code, seen=seen, by=by, at=clock.now()))


def _secret(request: HttpRequest, row: Device) -> HttpResponse:
    context = {
        "row": row,
        "secret": secret_of(row.code, row.edition),
        "address": request.build_absolute_uri(f"/api/devices/{row.code}/events"),
    }
    response = render(request, "workorders/staff/device_secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Its signature counts no more, and nobody waits for it."""
    by = require(request.actor, "change_devices")  # type: ignore[attr-defined]
    devices.revoke_device(code, by=by, at=clock.now())
    toast(request, _("已停用"))
    return HttpResponseRedirect(reverse("workorders:device", args=[code]))


@require_POST
def pause(request: HttpRequest, code: str) -> HttpResponse:
    """Pause while somebody works on it; without a length, it counts again from now on."""
    by = require(request.actor, "see_devices")  # type: ignore[attr-defined]
    queries.one(code, path=path_of(by), by=by)
    now = clock.now()
    if request.POST.get("over"):
        devices.pause_device(code, until=None, by=by, at=now)
        toast(request, _("已恢复监测"))
        return HttpResponseRedirect(reverse("workorders:device", args=[code]))
    form = PauseForm(request.POST)
    if not form.is_valid():
        raise Invalid(
            _("请选择暂停多久，并写为什么。"),
            code="pause",
            fields={name: [str(one) for one in said] for name, said in form.errors.items()},
        )
    said = form.cleaned_data
    devices.pause_device(code, until=now + timedelta(hours=said["hours"]), why=said["why"], by=by, at=now)
    toast(request, _("已暂停，到时自动恢复"))
    return HttpResponseRedirect(reverse("workorders:device", args=[code]))


@require_GET
def label(request: HttpRequest, code: str) -> HttpResponse:
    """A label to stick on the device: its number, who looks after it, and a code to report that it is broken."""
    by = require(request.actor, "see_devices")  # type: ignore[attr-defined]
    row = queries.one(code, path=path_of(by), by=by)
    owner = organisations().get(row.unit_id)
    context = {
        "row": row,
        "kind": str(DeviceKind(row.kind).label),
        "where": row.place or ground().name_of(row.division_id, above=1),
        "owner": owner,
        "address": request.build_absolute_uri(reverse("workorders:report")),
    }
    return render(request, "workorders/staff/paper_device.html", context)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Invalid
    return int(text)
