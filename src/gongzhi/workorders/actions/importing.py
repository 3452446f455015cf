"""Taking in a file: begin a run, take a batch of rows, end the run.

A batch is one transaction with a savepoint per row, so that a bad row takes nothing with it, and a killed import has
lost at most the batch it was at: the next run knows every row by its source and key, and goes on behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Refusal
from gongzhi.kit.revision import one_look
from gongzhi.workorders.actions.reporting import report
from gongzhi.workorders.importing.near import Neighbourhood
from gongzhi.workorders.importing.rows import Drafted, Rejected
from gongzhi.workorders.models import Import, WorkOrder


@dataclass
class Batch:
    """What became of the rows of a batch."""

    taken: list[WorkOrder] = field(default_factory=list)
    known: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    #: How many of those taken wait for a clerk, by what is missing (place, category, unit), and how many are near
    #: to another report.
    why: dict[str, int] = field(default_factory=dict)
    near: int = 0


@transaction.atomic
def begin(source: str, name: str, digest: str, *, as_history: bool, by: Actor, at: datetime) -> Import:
    """Note that a file is being imported."""
    return Import.objects.create(
        source=source,
        name=name[:120],
        digest=digest,
        as_history=as_history,
        by_id=by.account_id,
        started_at=at,
    )


@transaction.atomic
def take_batch(
    run: Import, rows: Sequence[Drafted | Rejected], near: Neighbourhood, *, by: Actor, at: datetime
) -> Batch:
    """Take in the rows of a batch that are not there yet."""
    batch = Batch(rejected=[row for row in rows if isinstance(row, Rejected)])
    drafted = [row for row in rows if isinstance(row, Drafted)]
    with connection.cursor() as cursor:
        # Two imports of one source take turns: otherwise each could wait for rows of the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [run.source])
    known = known_rows(run.source, drafted)
    with one_look():
        for row in drafted:
            key = row.draft.source_key or ""
            if key in known:
                if known[key] == row.draft.description:
                    batch.known += 1
                else:
                    batch.rejected.append(Rejected(row.line, another_text(key)))
                continue
            try:
                with transaction.atomic():
                    receipt = report(row.draft, by=by, at=at, near=near.of(row.draft))
            except Refusal as refusal:
                batch.rejected.append(Rejected(row.line, str(refusal.sentence)))
                continue
            except (DataError, IntegrityError) as fault:
                # what is wrong with the database itself, such as a missing migration, is not the row's fault
                if connection.needs_rollback or connection.connection is None or connection.connection.closed:
                    raise
                batch.rejected.append(
                    Rejected(row.line, _("存不进去：{fault}").format(fault=type(fault).__name__))
                )
                continue
            known[key] = row.draft.description
            near.add(receipt.order)
            batch.taken.append(receipt.order)
            batch.near += bool(receipt.neighbours)
            for reason in receipt.why:
                batch.why[reason] = batch.why.get(reason, 0) + 1
    Import.objects.filter(pk=run.pk).update(
        rows=F("rows") + len(rows),
        taken=F("taken") + len(batch.taken),
        known=F("known") + batch.known,
        refused=F("refused") + len(batch.rejected),
    )
    return batch


def known_rows(source: str, rows: Sequence[Drafted]) -> dict[str, str]:
    """Of these rows, those that are orders already: key → text."""
    keys = [row.draft.source_key for row in rows]
    there = WorkOrder.objects.filter(source=source, source_key__in=keys).values_list(
        "source_key", "description"
    )
    return {key: text for key, text in there if key is not None}


def another_text(key: str) -> str:
    """The reason to reject a row whose key belongs to another report."""
    return _("编号 {key} 已经用于另一件反映。").format(key=key[:40])


@transaction.atomic
def end(run: Import, *, by: Actor, at: datetime) -> Import:
    """Note that a file has been read to its end."""
    Import.objects.filter(pk=run.pk).update(ended_at=at)
    run.refresh_from_db()
    return run
