"""The stream of events: one row per act that other programs may want to know of, written in one order.

Nobody who takes a step waits for it, and no step defers anything: every few seconds the worker gathers from the journal
what has been done. Only one transaction at a time writes events, so that the place of an event never lies before one that
was read already.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor
from gongzhi.kit.revision import cached
from gongzhi.people.models import Token
from gongzhi.workorders.events import KIND_OF
from gongzhi.workorders.models import Event, Gathered, Hook, WorkOrder
from gongzhi.workorders.workflow import WORKFLOW

#: Events are kept so long; whoever comes later starts from the lists.
KEPT = timedelta(days=90)
#: Acts that are heard of later than this are history (a town that was brought in), and no news.
LATEST = timedelta(days=14)
#: Entries get their numbers before they can be seen, and some transactions are slow: what has been read is read again for
#: so long. A request is ended long before, and PostgreSQL ends a transaction that stands still for five minutes.
SETTLED = timedelta(minutes=15)
#: Acts that are gathered in one transaction.
MOST_AT_ONCE = 1000
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('workorders_event'))"
_TARGETS = {f"workorders.{step.verb}": step.target for step in WORKFLOW.steps if isinstance(step.target, str)}


def _programs() -> bool:
    return Token.objects.filter(revoked_at=None).exists() or Hook.objects.exists()


def awaited() -> bool:
    """Is there a program that could read an event? Known from memory until a key or a webhook is made."""
    return cached("programs", _programs)


def gather(*, by: Actor, at: datetime) -> int:
    """Write the events of what has been done since the last time. How many; 0 also while somebody else gathers."""
    made = 0
    while (found := _gather(at)) == MOST_AT_ONCE:
        made += found
    return made + found


@transaction.atomic
def _gather(at: datetime) -> int:
    """Events written in one round."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
    newest = Entry.objects.aggregate(last=Max("pk"))["last"] or 0
    settled = Gathered.objects.filter(at__lte=at - SETTLED).order_by("-at", "-pk").first()
    first = settled or Gathered.objects.order_by("pk").first() or Gathered.objects.create(entry=0, at=at)
    acts: list[Entry] = []
    if awaited():
        acts = list(
            Entry.objects.filter(
                ~Exists(Event.objects.filter(entry=OuterRef("pk"))),
                Exists(WorkOrder.objects.filter(pk=OuterRef("thread_id"), history=False)),
                pk__gt=first.entry,
                verb__in=list(KIND_OF),
                at__gt=at - LATEST,
            )
            .order_by("pk")
            .only("thread_id", "verb", "at")[:MOST_AT_ONCE]
        )
    states = dict(WorkOrder.objects.filter(pk__in={act.thread_id for act in acts}).values_list("pk", "state"))
    Event.objects.bulk_create(
        Event(
            order_id=act.thread_id, entry=act.pk, kind=KIND_OF[act.verb], at=act.at, recorded_at=at,
            state=_TARGETS.get(act.verb) or states[act.thread_id],
        )
        for act in acts
    )  # fmt: skip
    read = acts[-1].pk if len(acts) == MOST_AT_ONCE else newest
    if settled is not None:
        Gathered.objects.filter(pk__lt=settled.pk).delete()
    last = Gathered.objects.order_by("-pk").first()
    if last is None or last.entry != read:
        Gathered.objects.create(entry=read, at=at)
    return len(acts)


@transaction.atomic
def forget_events(*, before: datetime, by: Actor, at: datetime) -> int:
    """Forget events that were recorded long ago. How many."""
    return Event.objects.filter(recorded_at__lt=before).delete()[0]
