"""Books: who changed a row of a table, when, from what to what. One book a table, one thread a book.

An action that changes a table that people keep (rules, promises, caps, posts …) opens the book first. That makes those
who change the same table wait for one another, so that ``expect`` can tell the later one; then it changes the row and
notes it, in the same transaction. Floors above declare their tables in ``AppConfig.ready`` with :func:`register`; the
page "what changed" reads the declarations.

Entries never go. Nothing personal is noted: accounts by their number, no names, no addresses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from civics import chain
from gongzhi.journal.actions import Said, write
from gongzhi.journal.models import Book, Entry, Thread
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict

VERB = "journal.change_table"
#: Entries on a page.
PAGE = 50

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What became of one row. ``key`` finds it again; ``name`` is how people call it; None: was not, or is no more."""

    key: str
    before: Values | None
    after: Values | None
    name: str = ""


@dataclass(frozen=True)
class Noted:
    """A change as the book has it."""

    id: int
    position: int
    at: datetime
    by: Any
    part: str
    change: Change

    @property
    def differs(self) -> list[str]:
        """Names of the values that are others than before."""
        one, two = self.change.before or {}, self.change.after or {}
        return [name for name in {**one, **two} if one.get(name) != two.get(name)]


Say = Callable[[str, Any], str]
Undo = Callable[..., Any]


def plainly(name: str, value: Any) -> str:
    """A value as it is, lists with signs between, yes and no."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, (list, tuple)):
        return _("、").join(str(one) for one in value) or "—"
    return str(value) if value not in (None, "") else "—"


@dataclass(frozen=True)
class Table:
    """A table whose changes are kept, as the floor that owns it declares it.

    ``page`` is the name of the address where the table stands. ``columns``: name of a value → what people call it; a value
    that is not named is not shown. ``sayer(noted)`` gives the function that says the values of these entries. ``undo(key,
    wanted=…, seen=…, by=…, at=…)`` writes a row as it was (None: takes it away); it asks its own rights, and refuses when
    the row is no longer what ``seen`` stands for.
    """

    table: str
    label: Any
    page: str
    may_see: Callable[[Any], bool]
    columns: Mapping[str, Any]
    sayer: Callable[[Sequence[Noted]], Say] = field(default=lambda noted: plainly)
    undo: Undo | None = None
    may_undo: Callable[[Any], bool] = field(default=lambda actor: False)


_tables: dict[str, Table] = {}


def register(*tables: Table) -> None:
    """Let a floor declare its tables; the order is that of the tabs."""
    for table in tables:
        _tables[table.table] = table


def tables_for(actor: Any) -> list[Table]:
    """Tables whose changes this actor may read."""
    return [table for table in _tables.values() if table.may_see(actor)]


def fingerprint(values: Values | None) -> str:
    """A short sign of what a row says: what two editors compare. Empty where there is no row."""
    if values is None:
        return ""
    # 1 and 1.0 are the same: what is kept as a number of one sort may be read as the other
    even = {
        name: int(v) if isinstance(v, float) and v.is_integer() else v for name, v in _plain(values).items()
    }
    told = json.dumps(even, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(values: Values) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def open_book(table: str, *, at: datetime) -> Thread:
    """The thread of a table, locked until the transaction ends; begun when it is the first time."""
    thread = Thread.objects.select_for_update(of=("self",)).filter(book__table=table).first()
    if thread is not None:
        return thread
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"book {table}"])
    thread = Thread.objects.select_for_update(of=("self",)).filter(book__table=table).first()
    if thread is None:
        thread = Thread(kind="table", started_at=at)
        thread.head = chain.genesis(thread.key.bytes)
        thread.save()
        Book.objects.create(table=table, thread=thread)
    return thread


def length(table: str) -> int:
    """How many changes the book of a table has: what an editor of the whole table compares."""
    return Thread.objects.filter(book__table=table).values_list("length", flat=True).first() or 0


def thread_of(table: str) -> int:
    """The thread of a table's book, for a proof that nothing in it was rewritten. Raises Thread.DoesNotExist."""
    return Thread.objects.values_list("pk", flat=True).get(book__table=table)


def expect(now: Values | None, seen: str | None, *, what: str) -> None:
    """Raise Conflict when a row no longer says what its editor had before them. ``seen`` None: they looked at nothing."""
    if seen is not None and fingerprint(now) != seen:
        raise too_late(what)


def too_late(what: str) -> Conflict:
    """Somebody else was quicker."""
    return Conflict(
        _("就在刚才，有人先改了{what}。").format(what=what),
        help=_("请重新打开，看看现在的内容。"),
        code="someone_was_quicker",
    )


@transaction.atomic(savepoint=False)
def note(book: Thread, *changes: Change, by: Actor, at: datetime) -> list[Entry]:
    """Write changes into an opened book. What changes nothing is no change."""
    said = [
        Said(
            VERB,
            detail={"key": one.key, "name": one.name, "before": _kept(one.before), "after": _kept(one.after)},
        )
        for one in changes
        if one.before != one.after
    ]
    return write(book, said, by=by, at=at) if said else []


def _kept(values: Values | None) -> dict[str, Any] | None:
    return None if values is None else _plain(values)


@transaction.atomic(savepoint=False)
def note_in(table: str, *changes: Change, by: Actor, at: datetime) -> list[Entry]:
    """The same where nobody needs to compare anything: open the book and write."""
    return note(open_book(table, at=at), *changes, by=by, at=at)


def changes_of(
    table: str, *, key: str = "", before: int | None = None, since: datetime | None = None, most: int = PAGE
) -> list[Noted]:
    """What the book of a table says, newest first; of one row, before a position, or since a moment."""
    rows = Entry.objects.filter(thread__book__table=table, verb=VERB).select_related("by")
    if key:
        rows = rows.filter(detail__key=key)
    if before is not None:
        rows = rows.filter(position__lt=before)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return [
        Noted(
            row.pk, row.position, row.at, row.by, row.part,
            Change(row.detail["key"], row.detail["before"], row.detail["after"], row.detail["name"]),
        )
        for row in rows.order_by("-position")[:most]
    ]  # fmt: skip


def one_change(table: str, entry_id: int) -> Noted | None:
    """One entry of a table's book."""
    row = (
        Entry.objects.filter(pk=entry_id, thread__book__table=table, verb=VERB)
        .values_list("detail", "position")
        .first()
    )
    if row is None:
        return None
    found = changes_of(table, key=row[0]["key"], before=row[1] + 1, most=1)
    return found[0] if found else None
