"""Write what the record says of a promise to answer into an order whose own columns say something else."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from gongzhi.kit.acting import Actor
from gongzhi.workorders import promises
from gongzhi.workorders.actions.steps import locked
from gongzhi.workorders.models import WorkOrder


@transaction.atomic
def recount(order_id: int, *, by: Actor, at: datetime) -> WorkOrder:
    """Derive the counted columns of an order anew. No entry: nothing has happened, a copy was wrong."""
    order = locked(order_id, by=by)
    _pk, _there, meant = next(promises.derived(order_id - 1))
    for name, value in asdict(meant).items():
        setattr(order, name, value)
    order.save(update_fields=["promised_at", "kept_at", "stood_still", "owed_by"])
    return order
