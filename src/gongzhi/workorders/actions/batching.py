"""One step for many orders (批量办理): each in a transaction of its own, and what happened to it written beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Refusal
from gongzhi.people.actor import Person
from gongzhi.workorders.batch_steps import STEPS, BatchStep
from gongzhi.workorders.models import Batch, BatchItem

log = logging.getLogger(__name__)

#: What happened in a batch can be looked up so long; the orders keep their own records.
KEPT = timedelta(days=30)


@transaction.atomic
def send(
    key: UUID,
    step: BatchStep,
    said: dict[str, Any],
    orders: Iterable[tuple[int, int | None]],
    *,
    back: str = "",
    by: Person,
    at: datetime,
) -> Batch:
    """Keep a batch and have it worked through in the background. The same key of the same person gives the first one.

    ``orders`` are (order, length of its record when it was chosen): who was quicker with one of them is told so.
    """
    from gongzhi.workorders.jobs import run_batch

    batch, fresh = Batch.objects.get_or_create(
        key=key, by_id=by.account_id, defaults={"verb": step.code, "said": said, "back": back[:500], "at": at}
    )
    if fresh:
        rows = list(dict(orders).items())
        BatchItem.objects.bulk_create(
            [BatchItem(batch=batch, order_id=pk, seen=seen, place=n) for n, (pk, seen) in enumerate(rows)]
        )
        Batch.objects.filter(by_id=by.account_id, at__lt=at - KEPT).delete()
        run_batch.defer(batch_id=batch.pk)
    return batch


def work(batch_id: int, *, by: Person, at: datetime) -> int:
    """Work through what is left of a batch, as the person who sent it. How many were tried. Safe to run twice, and
    side by side: an order is tried by whoever has locked its line."""
    batch = Batch.objects.get(pk=batch_id)
    if batch.done_at is not None:
        return 0
    tried = 0
    while _one(batch, by=by, at=at):
        tried += 1
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.done_at is None and not batch.items.filter(state=BatchItem.State.WAITING).exists():
            batch.said, batch.done_at = {}, at
            batch.save(update_fields=["said", "done_at"])
    return tried


def _one(batch: Batch, *, by: Person, at: datetime) -> bool:
    """Try the next order of a batch; False when none is left."""
    with transaction.atomic():
        item = (
            BatchItem.objects.select_for_update(skip_locked=True)
            .filter(batch=batch, state=BatchItem.State.WAITING)
            .order_by("place")
            .first()
        )
        if item is None:
            return False
        item.state, item.sentence = _tried(batch, item, by=by, at=at)
        item.save(update_fields=["state", "sentence"])
    return True


def _tried(batch: Batch, item: BatchItem, *, by: Person, at: datetime) -> tuple[str, str]:
    try:
        with transaction.atomic():
            STEPS[batch.verb].take(item.order_id, batch.said, {"by": by, "at": at, "seen": item.seen})
    except Refusal as refusal:
        said = " ".join(str(part) for part in (refusal, refusal.help) if part)
        return BatchItem.State.REFUSED, said[:500]
    except Exception:
        # One order that breaks does not keep the others waiting; what broke is in the log.
        log.exception("batch %s, order %s", batch.pk, item.order_id)
        return BatchItem.State.REFUSED, _("没有办成，请打开这件单独办理。")
    return BatchItem.State.DONE, ""
