"""The promise to answer as it is counted: the one definition behind every board, brief, report, export and evaluation.

Lives here: what is due, kept and late (CJ/T 292-2008: 应结案数, 按期结案数, 按期结案率), as conditions on columns of the order;
how a step keeps these columns; and how they are derived anew from the record. Does not live here: spans, areas and
sums (``figures``), points and places (the evaluation).

- *due* (应结): the moment of the promise lies in the span, extensions granted; not merged, withdrawn, declined or void,
  and not while its clock stood still for somebody else (the resident, the police, an emergency);
- *suspended* (挂账): of these, suspended before that moment and still so; *owed* (应结，不含挂账): the others;
- *on time* (按期结案): of these, answered at or before the moment; *late* (超期结案): answered after it; *owing*
  (到期未结): not answered by the moment of counting. Of history, closing counts where the file tells no answer.
- 按期结案率 = on time / owed.

A number belongs to the unit that had the order at that moment: when it answered or when the promise ran out, whichever
came first. Whoever is given an order later answers for what comes later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from gongzhi.journal.models import Entry
from gongzhi.matters.models import Deadline
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import DECLINED, MERGED, SUSPENDED, VOIDED, WITHDRAWN

#: Orders that owe nobody an answer any more.
NOT_OWED = (MERGED, WITHDRAWN, DECLINED, VOIDED)
#: Acts that give an order to a unit, which they name, or take it back to the centre, and then name none.
TO_UNIT, TO_CENTRE = ("dispatch", "redispatch"), ("grant_return", "restore")
_GIVEN = tuple(f"workorders.{verb}" for verb in (*TO_UNIT, *TO_CENTRE))

#: Conditions on orders whose ``promised_at`` lies in the span.
DUE = ~Q(state__in=NOT_OWED) & (Q(stood_still=False) | Q(state=SUSPENDED))
OF_DUE_SUSPENDED = Q(state=SUSPENDED, stood_still=True)
OF_DUE_OWED = ~OF_DUE_SUSPENDED
OF_DUE_ON_TIME = Q(kept_at__lte=F("promised_at"))


def of_due_answered(until: datetime) -> Q:
    """Of what is due: answered before a moment."""
    return Q(kept_at__lt=until)


def of_due_late(until: datetime) -> Q:
    """Of what is due: answered after the promised moment, but before ``until``."""
    return Q(kept_at__gt=F("promised_at"), kept_at__lt=until)


def of_due_owing(until: datetime) -> Q:
    """Of what is owed: not answered by ``until``."""
    return Q(kept_at=None) | Q(kept_at__gte=until, kept_at__gt=F("promised_at"))


def held_at(thread: str, moment: str) -> Subquery:
    """The unit that had an order at a moment, by the journal's last word on it; None while the centre had it."""
    given = Entry.objects.filter(thread_id=OuterRef(thread), verb__in=_GIVEN, at__lte=OuterRef(moment))
    told = Cast(KeyTextTransform("unit_id", "detail"), BigIntegerField())
    return Subquery(given.order_by("-position").annotate(told=told).values("told")[:1])


def follow(order: WorkOrder, verb: str, deadlines: Iterable[Deadline], *, at: datetime) -> None:
    """After a step: keep the counted columns of a locked order in step with its promise to answer. Saves nothing.

    No statement, but for one when a moment that had passed was put off: the record then says who has the order now.
    """
    before = order.promised_at
    tracked = before is not None and order.kept_at is None and before >= at
    row = next((one for one in deadlines if one.promise == "answer"), None)
    if row is not None:
        order.promised_at = None if row.cancelled_at else row.due_at
        order.kept_at, order.stood_still = row.met_at, stood_still(row)
    if tracked:
        if verb in (*TO_UNIT, *TO_CENTRE):
            order.owed_by_id = order.unit_id if verb in TO_UNIT else None
    elif order.promised_at is not None and order.promised_at != before:
        order.owed_by_id = _held_by(order.pk, order.promised_at, order.kept_at)


def stood_still(row: Deadline) -> bool:
    """Did the clock stand still before the promised moment, and does so still?"""
    return row.paused_at is not None and row.paused_at <= row.due_at


def _held_by(order_id: int, promised_at: datetime, kept_at: datetime | None) -> int | None:
    moment = min(promised_at, kept_at or promised_at)
    given = Entry.objects.filter(thread_id=order_id, verb__in=_GIVEN, at__lte=moment).order_by("-position")
    told = given.values_list("detail", flat=True).first() or {}
    return told.get("unit_id")


@dataclass(frozen=True)
class Counted:
    """The columns of an order as the record has them."""

    promised_at: datetime | None
    kept_at: datetime | None
    stood_still: bool
    owed_by_id: int | None


COLUMNS = ("promised_at", "kept_at", "stood_still", "owed_by_id")
#: Orders derived at once.
BATCH = 2000


def derived(after: int = 0) -> Iterator[tuple[int, Counted, Counted]]:
    """(order, columns as they are, columns as deadlines, journal and files have them), all orders by key. Three
    statements for each two thousand."""
    while True:
        rows = list(
            WorkOrder.objects.filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", *COLUMNS, "history", "answer_due_at", "answered_at", "closed_at", "unit_id")[:BATCH]
        )  # fmt: skip
        if not rows:
            return
        after = rows[-1][0]
        first = rows[0][0]
        promises = {
            row.matter_id: row
            for row in Deadline.objects.filter(
                matter_id__gte=first, matter_id__lte=after, promise="answer", cancelled_at=None
            )
        }
        given: dict[int, list[tuple[datetime, int | None]]] = {}
        told = Entry.objects.filter(thread_id__gte=first, thread_id__lte=after, verb__in=_GIVEN)
        for thread, moment, detail in told.order_by("thread_id", "position").values_list(
            "thread_id", "at", "detail"
        ):
            given.setdefault(thread, []).append((moment, detail.get("unit_id")))
        for pk, promised_at, kept_at, still, owed_by, history, due, answered, closed, unit in rows:
            there = Counted(promised_at, kept_at, still, owed_by)
            row = promises.get(pk)
            if history:
                meant = Counted(due, (answered or closed) if due else None, False, unit)
            elif row is None:
                # nothing is owed: who had it last does not matter to any number
                meant = Counted(None, kept_at, still, owed_by)
            else:
                moment = min(row.due_at, row.met_at or row.due_at)
                units = [one for at, one in given.get(pk, ()) if at <= moment]
                meant = Counted(row.due_at, row.met_at, stood_still(row), units[-1] if units else None)
            yield pk, there, meant
