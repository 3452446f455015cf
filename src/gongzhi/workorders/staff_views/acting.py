"""Taking a step with an order: one door for all of them, the page of a conflict, and looking up a contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.journal.queries import timeline
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooLarge, Unprocessable
from gongzhi.people.actor import Person
from gongzhi.workorders.actions.contacting import see_contact
from gongzhi.workorders.cards.rows import told, unit_label
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import CLERK
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.staff_steps import STEPS, StaffStep, possible, take, way_back, why_not_check
from gongzhi.workorders.staff_views.asking import asked
from gongzhi.workorders.staff_views.bench import show_order, staff_order
from gongzhi.workorders.staff_views.telling import form_for, photo_address
from gongzhi.workorders.workflow import MOST_PARTS, WORKFLOW

#: Fields whose words are shown again after a conflict, so that nothing typed is lost.
_WORDS = frozenset(
    {"text", "reason", "question", "note", "why", "words", *(f"part_{n}" for n in range(1, MOST_PARTS + 1))}
)


@require_http_methods(["GET", "POST"])
def take_step(request: HttpRequest, order_id: int, verb: str) -> HttpResponse:
    """POST: take this step and return to the order. GET (a reload, a bookmark): the order itself."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    step = STEPS.get(verb)
    if step is None:
        raise NotFound(_("没有这一步。"), code="unknown_step")
    order = staff_order(order_id, by=by)
    if request.method == "GET":
        return HttpResponseRedirect(reverse("workorders:desk_order", args=[order_id]))
    now, seen = clock.now(), _seen(request)
    reason = why_not_check(order, by=by) if verb in ("pass_check", "fail_check") else ""
    if reason:
        raise Forbidden(reason, help=_("经办和核查必须是两个人。"), code="checker_is_handler")
    try:
        form = form_for(
            step, order, at=now, data=request.POST, files=request.FILES, clerk=CLERK.holds(by, order)
        )
        if not form.is_valid():
            return show_order(request, order, by=by, now=now, wrong=form, verb=verb, status=400)
        order = take(verb, order_id, form.cleaned_data, by=by, at=now, seen=seen)
    except Conflict as conflict:
        return _conflict(request, order_id, step, conflict, by=by, seen=seen)
    except (Invalid, Unprocessable, TooLarge) as refusal:
        form = _with_errors(
            form_for(step, order, at=now, data=request.POST, clerk=CLERK.holds(by, order)), refusal
        )
        return show_order(request, order, by=by, now=now, wrong=form, verb=verb, status=refusal.status)
    back = way_back(order, verb, by=by)
    undo = reverse("workorders:desk_step", args=[order_id, back]) if back else ""
    toast(request, str(step.done).format(unit=unit_label(order.unit_id)), undo=undo)
    ask = asked(request.POST.get("back", ""), by)
    return HttpResponseRedirect(ask.order(order_id))


def _seen(request: HttpRequest) -> int | None:
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _with_errors(form: forms.Form, refusal: Refusal) -> forms.Form:
    """The form with the refusal's sentences beside its fields, or on top where none of them fits."""
    form.errors.clear()
    placed = False
    for name, said in refusal.fields.items():
        if name in form.fields:
            form.add_error(name, said)
            placed = True
    if not placed:
        form.add_error(None, [str(refusal), *([str(refusal.help)] if refusal.help else [])])
    return form


def _conflict(
    request: HttpRequest, order_id: int, step: StaffStep, conflict: Conflict, *, by: Person, seen: int | None
) -> HttpResponse:
    """409: what has happened meanwhile, the words that were typed, and the step again if it is still possible."""
    now = clock.now()
    order: WorkOrder = staff_order(order_id, by=by)
    since = timeline(order_id, standing="staff")
    if seen is not None:
        since = since.filter(position__gt=seen)
    allowed = next((rule for offered, rule in possible(order, by=by) if offered is step), None)
    form = form_for(step, order, at=now, data=request.POST, clerk=CLERK.holds(by, order)) if allowed else None
    label = next((rule.label for rule in WORKFLOW.steps if rule.verb == step.verb), step.verb)
    typed = [(name, request.POST.get(name, "").strip()) for name in (form.fields if form else request.POST)]
    context: dict[str, Any] = {
        "conflict": conflict,
        "order": order,
        "step": step,
        "label": _(label),
        "changes": told(since, photo_address)[::-1][:10],
        "form": form,
        "words": [text for name, text in typed if name in _WORDS and text],
        "seen": order.matter.thread.length,
        "back": request.POST.get("back", ""),
        "url": reverse("workorders:desk_step", args=[order_id, step.verb]),
        "order_url": asked(request.POST.get("back", ""), by).order(order_id),
        "had_photos": bool(request.FILES),
    }
    return render(request, "workorders/staff/conflict.html", context, status=409)


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show the reporter's contact data, on asking only. Never by GET: looking is an act and is written down."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    if request.method == "GET":
        return HttpResponseRedirect(reverse("workorders:desk_order", args=[order_id]))
    staff_order(order_id, by=by)
    order, found = see_contact(order_id, by=by, at=clock.now())
    more = {"contact": found, "contact_asked": True}
    return show_order(request, order, by=by, now=clock.now(), more=more)
