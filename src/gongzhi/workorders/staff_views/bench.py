"""The workbench: the queue on the left, one order in the middle, what can be done with it on the right."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound
from gongzhi.matters.models import Reminder
from gongzhi.matters.queries import reminders_for
from gongzhi.notices.queries import unread
from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, Role
from gongzhi.workorders.batch_steps import offered
from gongzhi.workorders.cards.rows import queue_item
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import standing
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.queries import (
    Counts,
    Page,
    archived_years,
    counts,
    get_order,
    get_order_by_number,
    list_orders,
)
from gongzhi.workorders.staff_views.asking import (
    COOKIE,
    MOST_KEPT,
    NAMES,
    Asked,
    applied,
    asked,
    choices_for,
    kept_filters,
)
from gongzhi.workorders.staff_views.telling import told_order

_NUMBER = re.compile(r"([A-Za-z])?(\d{6})-?(\d{6})")
MOST_REMINDERS = 20


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """A queue. A number in the search opens its order at once."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    now, ask = clock.now(), asked(request, by)
    number = _NUMBER.fullmatch(ask.filters.words.replace(" ", ""))
    if number:
        whole = f"{(number[1] or 'W').upper()}{number[2]}-{number[3]}"
        try:
            return HttpResponseRedirect(
                reverse("workorders:desk_order", args=[get_order_by_number(whole, by=by).pk])
            )
        except NotFound:
            pass
    context = queue_context(request, ask, by=by, now=now)
    return _whole(request, "workorders/staff/bench.html", context)


@require_GET
def desk_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order beside its queue; through htmx only the two panes that change."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    order = staff_order(order_id, by=by)
    return show_order(request, order, by=by, now=clock.now())


def staff_order(order_id: int, *, by: Person) -> WorkOrder:
    """An order that this person sees as a colleague; who only reported or follows it has another page."""
    order = get_order(order_id, by=by)
    if standing(by, order) != "staff":
        raise NotFound(
            _("这件工单不归您办理。"), help=_("您反映或关注的事，请在“我的事项”里查看。"), code="not_yours"
        )
    return order


def show_order(
    request: HttpRequest,
    order: WorkOrder,
    *,
    by: Person,
    now: datetime,
    wrong: forms.Form | None = None,
    verb: str = "",
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """The order's page. ``wrong`` is the form of ``verb`` that has to be filled in again."""
    ask = asked(request.POST.get("back", "") if request.method == "POST" else request, by)
    context: dict[str, Any] = {
        "ask": ask,
        "back": ask.query(after=ask.filters.after),
        **told_order(order, by=by, now=now, wrong=wrong, verb=verb),
        **(more or {}),
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request"):
        return _whole(request, "workorders/staff/panes.html", context, status=status)
    context |= queue_context(request, ask, by=by, now=now, chosen=order.pk)
    return _whole(request, "workorders/staff/bench.html", context, status=status)


def queue_context(
    request: HttpRequest, ask: Asked, *, by: Person, now: datetime, chosen: int = 0
) -> dict[str, Any]:
    """The queue with its tabs and ready filters. At most six statements, however long the queue.

    How the queue stands and the bell are fetched when the page stands (``bell``), further filters when they are opened.
    """
    if ask.scope is None:
        return {"ask": ask, "page": None, "may_take_in": DESK.may(by, "take_in", None)}
    page = list_orders(ask.scope, ask.filters, by=by, now=now)
    f, params = ask.filters, ask.params
    # What the queue itself says need not stand in every row.
    with_unit = not ask.scope.key.startswith("unit-")
    with_place = all(ask.scope.key != f"area-{p.division_id}" for p in by.holding(*GRID_ROLES))
    batches = offered(by)
    sign = int(ask.scope.key.removeprefix("joint-")) if ask.scope.key.startswith("joint-") else 0
    rows = [
        queue_item(
            order,
            url,
            now=now,
            chosen=order.pk == chosen,
            with_place=with_place,
            with_unit=with_unit,
            tick=bool(batches),
            sign=sign,
        )
        for order, url in zip(page.orders, ask.orders(page.orders), strict=True)
    ]
    return {
        "ask": ask,
        "page": page,
        "rows": rows,
        "batches": batches,
        "batch_back": ask.query(after=f.after),
        "plain_url": reverse("workorders:desk") + (f"?scope={params['scope']}" if "scope" in params else ""),
        "shown": _shown(page, after=bool(f.after)),
        "newest_url": ask.desk() if f.after else "",
        "older_url": ask.desk(after=page.older) if page.older else "",
        "pills": [*_pills(ask, by), *kept_filters(request, ask)],
        "tabs": [
            {"label": s.label, "url": ask.desk(scope=s.key, after=""), "current": s == ask.scope}
            for s in ask.scopes
        ]
        if len(ask.scopes) > 1
        else [],
        "applied": applied(ask),
        "years": _years(ask, page),
        "may_take_in": DESK.may(by, "take_in", None),
    }


def _years(ask: Asked, page: Page) -> list[dict[str, Any]]:
    """Archived years, where the list at hand is one that they would lengthen: its end is on this page."""
    f = ask.filters
    if f.archived is not None or page.older or not (f.words or f.status in ("all", "closed")):
        return []
    return [{"year": year, "url": ask.desk(archived=year, after="")} for year in archived_years()]


def _pills(ask: Asked, by: Person, stands: Counts | None = None) -> list[dict[str, Any]]:
    """Ready filters for the posts of this person; with their numbers once it is known how the queue stands."""
    shown = {k: v for k, v in ask.params.items() if k not in ("scope", "sort")}

    def pill(label: str, number: int | None = None, *, late: bool = False, **only: str) -> dict[str, Any]:
        clean = {name: "" for name in NAMES if name != "scope"}
        return {
            "label": label,
            "url": ask.desk(**{**clean, **only}),
            "count": number,
            "late": late,
            "current": shown == only,
        }

    pills = [
        pill(_("在办"), stands.open if stands else None),
        pill(_("已超时"), stands.late if stands else None, late=True, status="late"),
        pill(_("24 小时内"), status="soon"),
    ]
    if by.holding(Role.CLERK, Role.LEADER, Role.AUDITOR):
        pills.append(pill(_("待受理"), stands.triage if stands else None, status="triage"))
        pills.append(pill(_("待审批"), stands.asked if stands else None, asked="any"))
        pills.append(pill(_("在哪里？"), stands.unplaced if stands else None, unplaced="1"))
    if by.holding(Role.CHECKER):
        pills.append(pill(_("待核查"), status="answered"))
    if by.holding(*GRID_ROLES):
        pills.append(pill(_("待核实"), status="verifying"))
    if by.holding(Role.CLERK):
        pills.append(pill(_("待回访"), visit="1", status="all"))
    pills.append(pill(_("督办"), stands.supervised if stands else None, supervised="any"))
    pills.append(pill(_("我经办的"), mine="1"))
    return pills


def _reminders(by: Person) -> list[Reminder]:
    """One reminder per order, the highest mark of it; the newest first. Two statements: the keys first, so that no plan
    walks through all matters to meet the few that are reminded of."""
    once = reminders_for(by).order_by("matter_id", "-mark", "-at").distinct("matter_id").values("pk")
    keys = Reminder.objects.filter(pk__in=once).order_by("-at", "-pk").values_list("pk", flat=True)
    rows = Reminder.objects.filter(pk__in=list(keys[: MOST_REMINDERS + 1])).select_related(
        "matter", "deadline"
    )
    return list(rows.order_by("-at", "-pk"))


@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """What the queue does not wait for (a fragment): the reminders, and how the queue stands in numbers.

    ``beside`` in the address: an order is open, so that there is no overview to fill.
    """
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask = asked(request, by)
    context: dict[str, Any] = {
        "reminders": _reminders(by),
        "most_reminders": MOST_REMINDERS,
        "new_notices": unread(by),
    }
    if ask.scope is not None:
        pills = _pills(ask, by, counts(ask.scope, now=clock.now()))
        context |= {"pills": [*pills, *kept_filters(request, ask)], "beside": "beside" in request.GET}
    return _whole(request, "workorders/staff/_bell_menu.html", context)


def _shown(page: Page, *, after: bool) -> str:
    if after:
        return _("{n} 件").format(n=len(page.orders))
    if page.capped:
        return _("前 {n} 件，至少 {total} 件").format(n=len(page.orders), total=page.total)
    return _("共 {total} 件").format(total=page.total)


def _whole(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers["Vary"] = "HX-Request, Cookie"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def filters(request: HttpRequest) -> HttpResponse:
    """All filters of a queue: a fragment for the fold above it, or a page of its own. Sent back: keep those in force."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    if request.method == "POST":
        return _keep_filter(request, by)
    ask = asked(request, by)
    context = {
        "ask": ask,
        "applied": applied(ask),
        "options": choices_for(ask),
        "kept": kept_filters(request, ask),
    }
    whole = not request.headers.get("HX-Request")
    return _whole(request, f"workorders/staff/{'' if whole else '_'}filters.html", context)


def _keep_filter(request: HttpRequest, by: Person) -> HttpResponse:
    """Keep the present filters under a name on this device, or drop one."""
    ask = asked(request.POST.get("query", ""), by)
    rows = [[row["label"], row["query"]] for row in kept_filters(request, ask)]
    drop = request.POST.get("drop", "")
    name = request.POST.get("name", "").strip()[:20]
    plain = QueryDict(ask.query().lstrip("?")).urlencode()
    if drop:
        rows = [row for row in rows if row[1] != drop]
        toast(request, _("已删除这个常用筛选"))
    elif name and plain:
        rows = [row for row in rows if row[0] != name and row[1] != plain][-(MOST_KEPT - 1) :] + [
            [name, plain]
        ]
        toast(request, _("已存为常用筛选“{name}”").format(name=name))
    response = HttpResponseRedirect(ask.desk())
    response.set_cookie(
        COOKIE,
        json.dumps(rows),
        max_age=365 * 86400,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path="/desk/",
    )
    return response
