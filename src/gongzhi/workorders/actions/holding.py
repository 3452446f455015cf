"""Promises that stand still while an emergency is on: hold, release, and doing so for all orders of an area."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound, Refusal
from gongzhi.matters.models import Deadline
from gongzhi.workorders import workflow as w
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.emergencies.modes import CLOCKED
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.emergencies import Emergency, Hold
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.tables import tree

#: Orders read at once while holding or releasing all.
BATCH = 300


@transaction.atomic
def hold(order_id: int, *, emergency_id: int, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Let the running promises of an order stand still until the emergency is over."""
    emergency = Emergency.objects.select_for_update().filter(pk=emergency_id).first()
    if emergency is None:
        raise NotFound
    if emergency.ended_at is not None:
        raise Conflict(_("应急状态已经结束。"), code="ended")
    order = locked(order_id, by=by, seen=seen)
    running = Deadline.objects.filter(matter_id=order.pk, met_at=None, cancelled_at=None, paused_at=None)
    stopped = list(running.filter(promise__in=CLOCKED).order_by("promise").values_list("promise", flat=True))
    take(
        order,
        "hold",
        by=by,
        at=at,
        detail={"emergency": emergency.name},
        fields={"held": True},
        clock=dict.fromkeys(stopped, "pause"),
    )
    Hold.objects.create(emergency=emergency, order=order, promises=stopped, at=at)
    return order


#: Promises that something else has stopped meanwhile; it lets them go on itself.
_STOPPED_BY = {
    w.WAITING: {"answer", "rework"},
    w.SUSPENDED: {"answer", "rework"},
    w.WITH_POLICE: {"answer", "rework"},
    w.VERIFYING: {"dispatch"},
}


@transaction.atomic
def unhold(order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Let the promises of an order run again, with the time that was left: at the end of the emergency, or because
    somebody can work on it after all."""
    order = locked(order_id, by=by, seen=seen)
    row = Hold.objects.select_related("emergency").filter(order=order, ended_at=None).first()
    kept = set(row.promises) if row else set()
    resumed = kept - _STOPPED_BY.get(order.state, set())
    take(
        order,
        "unhold",
        by=by,
        at=at,
        text=note.strip(),
        detail={"emergency": row.emergency.name if row else ""},
        fields={"held": False},
        clock=dict.fromkeys(sorted(resumed), "resume"),
    )
    if row is not None:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
    return order


def hold_all(emergency_id: int, *, by: Actor, at: datetime) -> int:
    """Hold every order of the area that is open, not urgent and not on the emergency clock. How many were held.

    Each order is a transaction of its own; running it again goes on where it stopped. What somebody released by hand
    is not held again.
    """
    emergency = Emergency.objects.get(pk=emergency_id)
    if emergency.ended_at is not None:
        return 0
    quick = tuple(emergency.categories)
    spared = [t.id for t in tree().topics.values() if tree().within(t.code, quick)]
    rows = (
        WorkOrder.objects.filter(
            in_area(emergency.division_id),
            open=True,
            held=False,
            history=False,
            urgent=False,
            state__in=w.HOLDABLE,
            opened_at__lt=emergency.starts_at,
        )
        .exclude(category_id__in=spared)
        .exclude(holds__emergency=emergency)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return _each(rows, lambda pk: hold(pk, emergency_id=emergency_id, by=by, at=at))


def release_all(emergency_id: int, *, by: Actor, at: datetime) -> int:
    """Let everything go on that an emergency held. How many were released. Running it again goes on."""
    rows = Hold.objects.filter(emergency_id=emergency_id, ended_at=None).order_by("order_id")
    return _each(rows.values_list("order_id", flat=True), lambda pk: _release(pk, by=by, at=at))


@transaction.atomic
def _release(order_id: int, *, by: Actor, at: datetime) -> None:
    order = locked(order_id, by=by)
    if order.open:
        unhold(order_id, by=by, at=at)
        return
    # shut meanwhile: there is no clock left to run
    WorkOrder.objects.filter(pk=order_id).update(held=False)
    Hold.objects.filter(order_id=order_id, ended_at=None).update(ended_at=at)


def _each(rows: QuerySet[Any, Any], act: Callable[[int], object]) -> int:
    done, last = 0, 0
    field = "order_id" if rows.model is Hold else "pk"
    while batch := list(rows.filter(**{f"{field}__gt": last})[:BATCH]):
        for pk in batch:
            try:
                act(pk)
                done += 1
            except Refusal:  # it has moved on meanwhile: nothing to hold, nothing to release
                continue
        last = batch[-1]
    return done
