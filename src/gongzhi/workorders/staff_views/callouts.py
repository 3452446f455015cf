"""Whistles and joint operations at the desk: the list, calling one, its one page, on paper, and their limits."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.journal.books import fingerprint
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.meetings import video
from gongzhi.meetings.policies import may_call
from gongzhi.meetings.views.calling import attempt
from gongzhi.meetings.views.one import page_of, seen_of
from gongzhi.meetings.views.showing import history
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import calling_out
from gongzhi.workorders.actions.calling_out import Call
from gongzhi.workorders.cards.rows import unit_label
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.forms.callouts import CalloutForm, FollowUpForm, InspectForm, LimitForm, ObjectsForm
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.callouts import Callout, CalloutKind, CalloutOrder, Found
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.policies.callouts import CALLING, CALLOUTS
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.queries import callouts as queries
from gongzhi.workorders.queries.one import get_order
from gongzhi.workorders.words.titles import public_title, title_for
from gongzhi.workorders.workflow import WORKFLOW

_ROLES = tuple(dict.fromkeys(role for roles in CALLING.values() for role in roles))


@require_GET
def callouts(request: HttpRequest) -> HttpResponse:
    """Those that this person may see, newest first."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    kind = request.GET.get("kind", "")
    kind = kind if kind in CalloutKind.values else ""
    open_only = "open" in request.GET
    now, here = clock.now(), reverse("workorders:callouts")
    rows = queries.list_callouts(by=by, kind=kind, open_only=open_only)
    tabs = [{"label": _("全部"), "url": here, "current": not kind and not open_only}]
    tabs.append({"label": _("还没有了结"), "url": f"{here}?open", "current": open_only})
    tabs += [
        {"label": str(label), "url": f"{here}?kind={code}", "current": code == kind and not open_only}
        for code, label in CalloutKind.choices
    ]
    shown = []
    for row in rows:
        silent = row.asked - row.coming - row.not_coming  # type: ignore[attr-defined]
        state, tone = queries.state_of(row, now, silent=silent)
        shown.append(
            {"callout": row, "meeting": row.meeting, "state": state, "tone": tone, "silent": silent,
             "late": silent and row.answer_due_at <= now and row.meeting.cancelled_at is None}
        )  # fmt: skip
    context = {
        "tabs": tabs,
        "shown": shown,
        "may_call": may_call(by, _ROLES),
        "may_limit": DESK.may(by, "change_tables", None),
    }
    return render(request, "workorders/staff/callouts.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Whistle, or call a joint operation."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    if not may_call(by, _ROLES):
        raise Forbidden(_("您的岗位不能吹哨。"), help=_("请联系社区网格长、受理员或领导。"))
    first = _first(request, by)
    form = CalloutForm(request.POST or None, by=by, initial=first)
    if request.method == "POST":
        made = attempt(form, lambda said: calling_out.call_out(_call(said), by=by, at=clock.now()))
        if made is not None:
            toast(request, _("已召集 {n} 个部门").format(n=len(made.meeting.bodies)))
            return HttpResponseRedirect(reverse("workorders:callout", args=[made.pk]))
    context = {
        "form": form,
        "limits": _limits(),
        "video_server": video.available(),
        "operation": (form["kind"].value() == CalloutKind.OPERATION),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "workorders/staff/callout_new.html", context, status=status)


def _first(request: HttpRequest, by: Person) -> dict[str, Any]:
    """What the form starts with: the next half hour after the limit, and what the order says it is about."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in CalloutKind.values else CalloutKind.WHISTLE
    begins = clock.local(clock.now() + timedelta(hours=4 if kind == CalloutKind.WHISTLE else 24))
    begins = begins.replace(minute=30 * (begins.minute // 30), second=0, microsecond=0)
    if not 8 <= begins.hour < 18:
        begins = (begins + timedelta(days=begins.hour >= 18)).replace(hour=9, minute=0)
    first: dict[str, Any] = {
        "kind": kind, "on": begins.date(), "begins": begins.time(), "ends": (begins + timedelta(hours=1)).time(),
    }  # fmt: skip
    number = request.GET.get("order", "")
    if number.isdecimal() and len(number) < 12:
        order = get_order(int(number), by=by)
        first |= {
            # what all who are called will read: whoever calls may word it, the reporter's words stay with the order
            "title": public_title(order)[:60],
            "division": order.community_id or order.street_id,
            "place": order.place_text,
            "orders": order.number,
            "bodies": [body for body in (order.unit_id, *order.joint) if body],
        }
    return first


def _call(said: dict[str, Any]) -> Call:
    return Call(
        kind=said["kind"], title=said["title"], division_id=said["division"], starts_at=said["starts_at"],
        ends_at=said["ends_at"], bodies=tuple(said["bodies"]), place=said["place"], agenda=said["agenda"],
        video=said["video"], orders=said["orders"], objects=said["objects"],
    )  # fmt: skip


def _limits() -> list[dict[str, Any]]:
    units = {"hours": _("小时"), "work_hours": _("工作小时")}
    out = []
    for code, label in CalloutKind.choices:
        amount, unit = calling_out.limit_of(code)
        out.append(
            {"kind": code, "label": label, "amount": amount, "unit": unit, "words": f"{amount} {units[unit]}"}
        )
    return out


@require_GET
def one(request: HttpRequest, callout_id: int) -> HttpResponse:
    """Everything about one on one page."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    callout = queries.get_callout(callout_id, by=by)
    context = told(callout, by=by) | {
        "history": history(callout.meeting),
        "inspect_form": InspectForm(),
        "objects_form": ObjectsForm(),
        "follow_form": FollowUpForm(
            initial={"key": secrets.token_hex(12), "place_text": callout.meeting.place}
        ),
    }
    return render(request, "workorders/staff/callout.html", context)


def told(callout: Callout, *, by: Person) -> dict[str, Any]:
    """What the page and the paper show."""
    now = clock.now()
    about, following = queries.orders_of(callout)
    objects = queries.objects_of(callout)
    running = callout.settled_at is None and callout.meeting.cancelled_at is None
    begun = callout.meeting.starts_at <= now
    page = page_of(callout.meeting, by=by)
    state, tone = queries.state_of(callout, now, silent=page["tally"]["silent"])
    ticked = all(row.came is not None for row in page["rows"])
    caller = CALLOUTS.may(by, "settle", callout)
    return page | {
        "callout": callout,
        "back": reverse("workorders:callout", args=[callout.pk]),
        "state": state,
        "tone": tone,
        "answer_state": "met"
        if page["tally"]["silent"] == 0
        else "late"
        if callout.answer_due_at <= now
        else "fine",
        "about": [_line(row, by) for row in about],
        "following": [_line(row, by) for row in following],
        "objects": objects,
        "coverage": queries.coverage(objects),
        "found": [choice for choice in Found.choices if choice[0]],
        "may_list": running and CALLOUTS.may(by, "list_objects", callout),
        "may_inspect": running and begun and CALLOUTS.may(by, "inspect", callout),
        "may_follow": running and CALLOUTS.may(by, "follow_up", callout),
        "may_settle": running and caller and bool(callout.meeting.note_id) and ticked,
        "why_not_settle": running and caller and begun and not (callout.meeting.note_id and ticked),
        "may_tick": running and page["may_tick"],
        "may_note": running and page["may_note"],
    }


def _line(row: CalloutOrder, by: Person) -> dict[str, Any]:
    order: WorkOrder = row.order
    return {
        "order": order,
        "number": order.number,
        # whoever is called to a place need not be concerned with the order: what it is about and its state, but no door
        "url": reverse("workorders:desk_order", args=[order.pk]) if RULES.may(by, "see", order) else "",
        "title": title_for(order, by=by),
        "state": _(WORKFLOW.states[order.state].label),
        "open": order.open,
        "unit": unit_label(order.unit_id),
    }


@require_GET
def paper(request: HttpRequest, callout_id: int) -> HttpResponse:
    """The same on paper."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    callout = queries.get_callout(callout_id, by=by)
    return render(request, "workorders/staff/callout_paper.html", told(callout, by=by))


def _to(callout_id: int, part: str = "") -> HttpResponse:
    return HttpResponseRedirect(reverse("workorders:callout", args=[callout_id]) + part)


@require_POST
def add_objects(request: HttpRequest, callout_id: int) -> HttpResponse:
    """Further objects to be inspected."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    form = ObjectsForm(request.POST)
    if not form.is_valid():
        raise Invalid(" ".join(map(str, form.errors.get("objects", []))), code="objects")
    count = calling_out.list_objects(callout_id, form.cleaned_data["objects"], by=by, at=clock.now())
    toast(request, _("已列入 {n} 个检查对象").format(n=count))
    return _to(callout_id, "#objects")


@require_POST
def inspect(request: HttpRequest, object_id: int) -> HttpResponse:
    """What was found at one object."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    form = InspectForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请选择检查结果。"), code="found")
    said = form.cleaned_data
    row = calling_out.inspect(
        object_id, said["found"], said["text"], by=by, at=clock.now(), seen=seen_of(request)
    )
    toast(request, _("已记录：{found}").format(found=row.get_found_display()))
    return _to(row.callout_id, f"#object-{row.pk}")


@require_POST
def follow_up(request: HttpRequest, callout_id: int) -> HttpResponse:
    """What has to be done afterwards becomes an order."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请写明要办的事，至少 4 个字。"), code="description")
    callout, said = queries.get_callout(callout_id, by=by), form.cleaned_data
    chosen = request.POST.get("object", "")
    draft = Draft(
        said["description"], channel=Channel.FIELD, place_text=said["place_text"],
        area_id=callout.meeting.division_id, source="callout", source_key=f"{callout_id}-{said['key']}",
    )  # fmt: skip
    receipt = calling_out.follow_up(
        callout_id, draft, object_id=int(chosen) if chosen.isdecimal() and len(chosen) < 12 else None,
        by=by, at=clock.now(),
    )  # fmt: skip
    unit = unit_label(receipt.order.unit_id) or _("工单中心")
    toast(request, _("已转为工单 {number}，交给{unit}").format(number=receipt.order.number, unit=unit))
    return _to(callout_id, "#follow-up")


@require_POST
def settle(request: HttpRequest, callout_id: int) -> HttpResponse:
    """It is over."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    calling_out.settle(callout_id, by=by, at=clock.now(), seen=seen_of(request))
    toast(request, _("已了结，后续工单照常办理"))
    return _to(callout_id)


@require_http_methods(["GET", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """How long each kind gives for an answer."""
    by = require(request.actor, "change_tables" if request.method == "POST" else "read_tables")  # type: ignore[attr-defined]
    if request.method == "POST":
        form = LimitForm(request.POST)
        if not form.is_valid():
            raise Invalid(_("答复时限在 1 到 240 小时之间。"), code="amount")
        said = form.cleaned_data
        calling_out.set_limit(
            said["kind"],
            said["amount"],
            said["unit"],
            note=said["note"],
            by=by,
            at=clock.now(),
            seen=request.POST.get("seen_as"),
        )
        toast(request, _("答复时限已改，之后的召集按新的算"))
        return HttpResponseRedirect(reverse("workorders:callout_limits"))
    rows = _limits()
    for row in rows:
        now = calling_out.limit_values(row["kind"])
        row["seen"] = fingerprint(now)
        row["form"] = LimitForm(
            initial={"kind": row["kind"], **now},
            auto_id=f"id_{row['kind']}_%s",
        )
    context = {"rows": rows, "may_change": DESK.may(by, "change_tables", None)}
    return render(request, "workorders/staff/callout_limits.html", context)
