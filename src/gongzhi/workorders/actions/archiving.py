"""Closed years leave the indexes of every day: archiving them, and taking one order out again.

Archiving changes nothing that anybody said or decided: the order, its thread, its files and its proof stay where they are, and
so do all numbers. What changes is by which indexes it is found (``models.indexes``). It is therefore not an act of the order
and no entry of its thread; the book ``archive`` says which years were archived, when, how many orders and by whom.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.journal.books import Change
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.kit.revision import bump
from gongzhi.matters.models import How, Link
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import MERGED

#: The book of what was archived.
BOOK = "archive"
#: So long after its end an order rests before it may be archived: it may still be reopened, rated, or looked at in numbers
#: of these days.
REST = timedelta(days=180)
#: Orders archived in one transaction.
BATCH = 1000
#: When an order ended; of history whose file does not say it, when it came in.
_ENDED = Coalesce("closed_at", "opened_at")
_WAITS = Exists(
    Link.objects.filter(
        origin_id=OuterRef("pk"), how=How.MERGED_INTO, ended_at=None, target__workorder__open=True
    )
)


def due_before(year: int, *, at: datetime) -> datetime:
    """Orders closed before this moment go when everything before ``year`` is archived. Invalid for a year to come."""
    if not 1990 <= year <= clock.local(at).year:
        raise Invalid(
            _("只能归档已经过去的年份：最多写到 {year}。").format(year=clock.local(at).year),
            code="year_not_over",
        )
    return min(datetime(year, 1, 1, tzinfo=timezone.get_default_timezone()), at - REST)


def _due(before: datetime) -> list[QuerySet[WorkOrder]]:
    """What can be archived, each part by one index: with a moment at which it ended, and history that tells none.

    What was merged waits for the order it was merged into: its reporter is still owed that answer.
    """
    rows = WorkOrder.objects.filter(open=False, archived=None).exclude(_WAITS, state=MERGED)
    return [
        rows.filter(closed_at__lt=before).order_by("closed_at", "pk"),
        rows.filter(closed_at=None, opened_at__lt=before).order_by("pk"),
    ]


def waiting(year: int, *, at: datetime) -> dict[int, int]:
    """Year in which orders ended → how many of them archiving would take now. Two statements."""
    found: Counter[int] = Counter()
    for rows in _due(due_before(year, at=at)):
        counted = rows.order_by().annotate(year=_year()).values_list("year").annotate(n=Count("pk"))
        found.update(dict(counted))
    return dict(sorted(found.items()))


def _year() -> ExtractYear:
    return ExtractYear(_ENDED, tzinfo=timezone.get_default_timezone())


@transaction.atomic
def archive(year: int, *, by: Actor, at: datetime, most: int = BATCH) -> int:
    """Archive up to ``most`` of the orders that ended before a year. How many; 0 when none is left.

    One transaction each time: killed half way, the next run goes on with what is left. Two runs side by side share the work.
    """
    keys: list[int] = []
    for rows in _due(due_before(year, at=at)):
        claimed = rows.select_for_update(skip_locked=True, of=("self",))
        keys += claimed.values_list("pk", flat=True)[: most - len(keys)]
        if len(keys) == most:
            break
    if not keys:
        return 0
    rows = WorkOrder.objects.filter(pk__in=keys)
    rows.update(archived=_year())
    years = dict(rows.order_by().values_list("archived").annotate(n=Count("pk")))
    book = books.open_book(BOOK, at=at)
    changes = []
    for one, number in sorted(years.items()):
        last = books.changes_of(BOOK, key=str(one), most=1)
        had = int((last[0].change.after or {})["orders"]) if last else 0
        changes.append(
            Change(str(one), {"orders": had} if last else None, {"orders": had + number}, str(one))
        )
    books.note(book, *changes, by=by, at=at)
    bump("archive")
    return len(keys)


@transaction.atomic
def retrieve(order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Take an order out of the archive, for whatever is to be done with it. It stays closed until somebody reopens it."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "retrieve",
        by=by,
        at=at,
        text=words_of_step(reason, _("请写明为什么要取回。"), "reason"),
        detail={"year": order.archived},
        fields={"archived": None},
    )
    bump("archive")
    return order
