"""The stream of events: one row per act that other programs may want to know of, written in one order.

The row is made by a reader of the journal's news, in the worker: nobody who takes a step waits for it. Only one
transaction at a time writes events, so that the place of an event never lies before one that was read already.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor
from gongzhi.kit.revision import cached
from gongzhi.people.models import Token
from gongzhi.workorders.events import KIND_OF
from gongzhi.workorders.models import Event, Hook, HookState, WorkOrder
from gongzhi.workorders.queries.events import wanting
from gongzhi.workorders.workflow import WORKFLOW

#: Events are kept so long; whoever comes later starts from the lists.
KEPT = timedelta(days=90)
#: Acts that are heard of later than this are history (a town that was brought in), and no news.
LATEST = timedelta(days=14)
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('workorders_event'))"


def _programs() -> bool:
    return Token.objects.filter(revoked_at=None).exists() or Hook.objects.exists()


def awaited() -> bool:
    """Is there a program that could read an event? Known from memory until a key or a webhook is made."""
    return cached("programs", _programs)


@transaction.atomic
def record(entry: Entry, *, by: Actor, at: datetime) -> Event | None:
    """Write the event of an act, and see to it that whoever wants it is told. None for what is no news."""
    order = WorkOrder.objects.filter(pk=entry.thread_id, history=False).first()
    kind = KIND_OF.get(entry.verb)
    if order is None or kind is None or at - entry.at > LATEST:
        return None
    step = next((one for one in WORKFLOW.steps if f"workorders.{one.verb}" == entry.verb), None)
    state = step.target if step is not None and isinstance(step.target, str) else order.state
    hooks = list(
        Hook.objects.filter(wanting(kind), state=HookState.ON, next_at=None).values_list("pk", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
    event = Event.objects.create(
        order=order, entry=entry.pk, kind=kind, state=state, at=entry.at, recorded_at=at
    )
    if hooks:
        from gongzhi.workorders.jobs import nudge

        # what is left out here is pushed by the round of every minute
        for hook_id in hooks[:200]:
            nudge(hook_id)
    return event


@transaction.atomic
def forget_events(*, before: datetime, by: Actor, at: datetime) -> int:
    """Forget events that were recorded long ago. How many."""
    return Event.objects.filter(recorded_at__lt=before).delete()[0]
