"""Many orders, one step: look at what will happen, send it, and read what happened to each."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import batching
from gongzhi.workorders.batch_steps import MOST, STEPS, form_for, offered, why_not
from gongzhi.workorders.cards.rows import TONES, state_label, unit_label
from gongzhi.workorders.models import Batch, BatchItem, WorkOrder
from gongzhi.workorders.policies import standing
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.staff_views.asking import asked
from gongzhi.workorders.tables import tree
from gongzhi.workorders.words.titles import title_for


@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """POST from the queue: what will happen to each, and the form. POST with ``go``: send it. GET: the queue."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    back = request.POST.get("back", "")[:500]
    if request.method == "GET":
        return HttpResponseRedirect(reverse("workorders:desk"))
    step = next((row for row in offered(by) if row.code == request.POST.get("step")), None)
    if step is None:
        raise Invalid(_("请选择要做哪一步。"), help=_("回到队列，勾选工单，再选一步。"), code="step")
    go = "go" in request.POST
    if go and Batch.objects.filter(by_id=by.account_id, key=_key(request)).exists():
        # The same form sent twice.
        return HttpResponseRedirect(reverse("workorders:desk_batch_done", args=[_key(request)]))
    orders = _orders(request, by)
    rows = [{"order": row, "why": why_not(row, step, by=by), **_shown(row)} for row in orders]
    able = sum(not row["why"] for row in rows)
    form = form_for(step, orders, data=request.POST if go else None)
    seen = _seen(request)
    # Everything that could be done when it was looked at: what cannot any more is told one by one.
    chosen = [row for row in orders if row.pk in seen]
    if go and chosen and form.is_valid():
        said = form.cleaned_data
        wanted = [(row.pk, seen[row.pk]) for row in chosen if row.pk != said.get("into")]
        if not wanted:
            raise Invalid(_("请至少再选一件。"), code="too_few")
        batch = batching.send(_key(request), step, said, wanted, back=back, by=by, at=clock.now())
        return HttpResponseRedirect(reverse("workorders:desk_batch_done", args=[batch.key]))
    context = {
        "step": step,
        "form": form,
        "rows": rows,
        "able": able,
        "unable": len(rows) - able,
        "unlike": step.code == "merge" and _unlike([row["order"] for row in rows if not row["why"]]),
        "key": request.POST.get("key") or uuid.uuid4(),
        "back": back,
        "back_url": asked(back, by).desk(),
    }
    return render(request, "workorders/staff/batch.html", context, status=400 if go else 200)


def _unlike(orders: list[WorkOrder]) -> bool:
    """Do they lie in several communities, or on several branches of the categories? Then they are hardly one thing."""
    branches = {tuple(topic.id for topic in tree().line(row.category_id)[:2]) for row in orders}
    return len(branches) > 1 or len({row.community_id for row in orders}) > 1


def _orders(request: HttpRequest, by: Person) -> list[WorkOrder]:
    """The chosen orders that this person sees as a colleague, in the order of the queue."""
    told = [text for text in request.POST.getlist("order") if text.isdecimal() and len(text) < 12]
    keys = list(dict.fromkeys(int(text) for text in told))
    if not keys:
        raise Invalid(_("还没有选工单。"), help=_("请回到队列，勾选要办的工单。"), code="nothing_chosen")
    if len(keys) > MOST:
        raise Invalid(_("一次最多办 {n} 件。").format(n=MOST), code="too_many")
    found = WorkOrder.objects.filter(pk__in=keys).select_related("matter__thread").in_bulk()
    rows = [found[key] for key in keys if key in found and standing(by, found[key]) == "staff"]
    if not rows:
        raise NotFound(_("没有找到这些工单，或者您不能查看。"))
    return rows


def _shown(order: WorkOrder) -> dict[str, Any]:
    return {
        "state": state_label(order.state),
        "tone": TONES.get(order.state, "plain"),
        "unit": unit_label(order.unit_id),
        "length": order.matter.thread.length,
        "url": reverse("workorders:desk_order", args=[order.pk]),
    }


def _seen(request: HttpRequest) -> dict[int, int]:
    """How long the record of each order was when the choice was looked at."""
    pairs = [text.partition(":") for text in request.POST.getlist("seen")]
    return {
        int(pk): int(n) for pk, _colon, n in pairs if pk.isdecimal() and n.isdecimal() and len(pk + n) < 22
    }


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError as fault:
        raise Invalid(_("这张表已经过期。"), help=_("请回到队列重新选择。"), code="batch_key") from fault


@never_cache
@require_GET
def done(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What happened to each order of one's own batch; refreshes itself while it is being worked through."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    batch = Batch.objects.filter(key=key, by_id=by.account_id).first()
    if batch is None or batch.verb not in STEPS:
        raise NotFound(_("没有找到这一批。"))
    items = list(batch.items.select_related("order").order_by("place"))
    counts = {state: sum(item.state == state for item in items) for state in BatchItem.State.values}
    context = {
        "batch": batch,
        "step": STEPS[batch.verb],
        "rows": [
            {
                "order": item.order,
                "title": title_for(item.order, by=by),  # a step may have taken it out of one's hands
                "item": item,
                "word": BatchItem.State(item.state).label,
                "tone": {"waiting": "waiting", "done": "done", "refused": "late"}[item.state],
                "url": reverse("workorders:desk_order", args=[item.order_id]),
                "unit": unit_label(item.order.unit_id),
                "state": state_label(item.order.state),
            }
            # what needs another look stands on top
            for item in sorted(items, key=lambda item: (item.state != "refused", item.place))
        ],
        "total": len(items),
        "counts": counts,
        "tried": len(items) - counts["waiting"],
        "back_url": asked(batch.back, by).desk(),
        "url": reverse("workorders:desk_batch_done", args=[batch.key]),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    name = "workorders/staff/_batch_done.html" if part else "workorders/staff/batch_done.html"
    return render(request, name, context)
