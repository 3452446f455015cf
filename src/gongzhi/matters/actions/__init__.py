"""What can be done with any matter: open it, take a step, add a party, link two of them, remind.

Every function is one transaction with its entry, and takes ``by`` (who) and ``at`` (when).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from civics.workflow import StepNotAllowed
from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Grant, Said
from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor
from gongzhi.kit.db.prepared import insert
from gongzhi.kit.errors import Conflict, Forbidden
from gongzhi.matters import clocks, kinds
from gongzhi.matters.kinds import Kind, Term
from gongzhi.matters.models import Deadline, How, Link, Matter, Part, Party, Reminder


def number_for(kind: Kind, thread_id: int, at: datetime) -> str:
    """The number people read out: prefix, local date, six digits. ``W261122-004217``."""
    return f"{kind.prefix}{timezone.localtime(at):%y%m%d}-{thread_id % 1_000_000:06d}"


@dataclass(frozen=True)
class Opening:
    """What a room gives to open a matter. ``terms`` are the promises whose clock starts with it.

    ``reporter_id`` is the account whose matter it is: not the clerk's who writes it down for somebody. ``access`` are
    those who see a sealed one; ``until`` are moments of promises that are not reckoned from their terms.
    """

    title: str
    state: str
    said: tuple[Said, ...]
    audience: str
    division_id: int | None = None
    answerable_id: int | None = None
    terms: Mapping[str, Term] | None = None
    jurisdiction: str = "CN"
    reporter_id: int | None = None
    reporter_key: bytes | None = None
    access: tuple[Grant, ...] = ()
    until: Mapping[str, datetime] | None = None
    closed_at: datetime | None = None


@transaction.atomic(savepoint=False)
def open_matter(
    kind: Kind, opening: Opening, *, by: Actor, at: datetime
) -> tuple[Matter, list[Entry], list[Deadline]]:
    """Open a matter with its first entries, its reporter and its promises. Five statements at most.

    Nothing personal stands on a sealed one: its title is the kind's label, and who opened it is known to its room alone.
    """
    if kind.sealed and (opening.title != kind.label or opening.reporter_id or opening.reporter_key):
        raise ValueError("a sealed matter has the title of its kind and no parties on the shared tables")
    thread, entries = journal.open_thread(
        kind.code, opening.said, by=by, at=at, sealed=kind.sealed, access=opening.access
    )
    deadlines = [
        clocks.begin(
            promise,
            term,
            matter_id=thread.pk,
            at=at,
            jurisdiction=opening.jurisdiction,
            until=(opening.until or {}).get(promise),
        )
        for promise, term in (opening.terms or {}).items()
    ]
    matter = Matter(
        thread=thread,
        number=number_for(kind, thread.pk, at),
        kind=kind.code,
        title=opening.title,
        state=opening.state,
        division_id=opening.division_id,
        answerable_id=opening.answerable_id,
        opened_by_id=None if kind.sealed else by.account_id,
        opened_at=at,
        closed_at=opening.closed_at,
        next_due_at=clocks.nearest(deadlines),
        audience=opening.audience,
    )
    insert(matter)
    if not kind.sealed and (by.service is None or opening.reporter_key):
        insert(
            Party(
                matter=matter,
                account_id=opening.reporter_id,
                part=Part.REPORTER,
                key_digest=opening.reporter_key,
                since=at,
            )
        )
    insert(*deadlines)
    return matter, entries, deadlines


@dataclass(frozen=True)
class Taken:
    """A step that was taken: the matter as it now stands, its entries, its running deadlines, and those it changed."""

    matter: Matter
    entries: list[Entry]
    running: list[Deadline]
    before: str
    changed: list[Deadline]


def same_version(matter: Matter, seen: int | None) -> None:
    """Raise Conflict when the caller acted on an older version of a (locked) matter."""
    if seen is not None and matter.thread.length != seen:
        raise Conflict(
            _("就在刚才，有人先处理了这件事。"),
            help=_("您写的内容没有提交。请看一下最新进展，再决定下一步。"),
            code="someone_was_quicker",
        )


@transaction.atomic(savepoint=False)
def advance(
    matter: Matter,
    verb: str,
    row: Any,
    *,
    said: Sequence[Said],
    by: Actor,
    at: datetime,
    term_of: Callable[[str], Term | None],
    jurisdiction: str = "CN",
    target: str | None = None,
    clock: Mapping[str, str] | None = None,
    until: Mapping[str, datetime] | None = None,
    change: Mapping[str, Any] | None = None,
) -> Taken:
    """Take a step with a matter that is locked: ask the rules and the workflow, move state and clocks, write.

    ``row`` is the room's own row, which its rules look at. ``target`` and ``clock`` replace what the step says where
    undoing leads back to wherever the matter was; ``until`` are moments that were agreed on, by promise; ``change``
    are fields of the matter that the step sets. Raises Conflict (409) or Forbidden (403).
    """
    kind = kinds.kind_of(matter.kind)
    try:
        step = kind.workflow.step(matter.state, verb)
    except StepNotAllowed as refusal:
        label = kind.workflow.states[matter.state].label
        raise Conflict(
            _("现在是“{state}”，不能这样做。").format(state=_(label)),
            help=_("请刷新页面，看看现在可以做什么。"),
            code="step_not_allowed",
        ) from refusal
    if not kind.rules.may(by, verb, row):
        raise Forbidden(_("您没有权限“{step}”。").format(step=_(step.label)), code="step_not_yours")
    before = matter.state
    for name, value in (change or {}).items():
        setattr(matter, name, value)
    matter.state = target or step.leads_to(before)
    running, changed = _clocks(
        matter, step.clock if clock is None else clock, term_of, at, jurisdiction, until
    )
    was_open, is_open = kind.workflow.states[before].open, kind.workflow.states[matter.state].open
    if was_open and not is_open:
        matter.closed_at = at
    elif is_open and not was_open:
        matter.closed_at = None
    matter.next_due_at = clocks.nearest(running)
    matter.save(
        update_fields=["state", "next_due_at", "closed_at", "division", "answerable", "title", "audience"]
    )
    entries = journal.write(matter.thread, said, by=by, at=at)
    return Taken(matter, entries, running, before, changed)


_MOVED = (
    "due_at", "first_due_at", "extensions", "pauses", "paused_at", "met_at", "missed_at", "cancelled_at", "mark",
    "next_look_at",
)  # fmt: skip


def _clocks(
    matter: Matter,
    effects: Mapping[str, str],
    term_of: Callable[[str], Term | None],
    at: datetime,
    jurisdiction: str,
    until: Mapping[str, datetime] | None,
) -> tuple[list[Deadline], list[Deadline]]:
    """Apply a step's effects to the matter's deadlines, save them, and give those that still run and those changed."""
    rows = list(Deadline.objects.filter(matter=matter, met_at=None, cancelled_at=None))
    if not effects:
        return rows, []
    changed, new, running = clocks.apply(
        effects, rows, term_of, matter_id=matter.pk, at=at, jurisdiction=jurisdiction, until=until
    )
    for row in changed:  # nearly always one: a plain update is cheaper than a bulk one
        row.save(update_fields=_MOVED)
    done = [row.pk for row in changed if row.mark and (row.met_at or row.cancelled_at)]
    if done:
        Reminder.objects.filter(deadline_id__in=done, settled_at=None).update(settled_at=at)
    for row in changed:
        if effects[row.promise] == "extend":
            # Marks that lie ahead again: whoever was reminded of the old moment is reminded of the new one.
            Reminder.objects.filter(deadline=row, mark__gt=row.mark).delete()
    insert(*new)
    return running, changed


@transaction.atomic(savepoint=False)
def add_party(matter: Matter, part: str, *, key_digest: bytes | None = None, by: Actor, at: datetime) -> bool:
    """Let the actor (or the bearer of a code) take part in a matter. False when they already did."""
    try:
        with transaction.atomic():
            Party.objects.create(
                matter=matter, account_id=by.account_id, part=part, key_digest=key_digest, since=at
            )
    except IntegrityError:
        return False
    return True


@transaction.atomic(savepoint=False)
def drop_party(matter: Matter, part: str, *, by: Actor, at: datetime) -> None:
    """The actor no longer takes this part."""
    Party.objects.filter(matter=matter, account_id=by.account_id or 0, part=part).delete()


@transaction.atomic(savepoint=False)
def link(
    origin: Matter, target: Matter, how: How, *, by: Actor, at: datetime, sides: Sequence[str] | None = None
) -> Link:
    """Keep that one matter led to another; ``sides`` of the sealed one of the two that may know it."""
    row = Link(origin=origin, target=target, how=how, since=at, sides=None if sides is None else list(sides))
    row.save(force_insert=True)
    return row


@transaction.atomic(savepoint=False)
def unlink(origin: Matter, how: How, *, by: Actor, at: datetime) -> Matter | None:
    """End the link of this kind; the matter it led to, or None."""
    row = Link.objects.filter(origin=origin, how=how, ended_at=None).select_related("target").first()
    if row is None:
        return None
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    return row.target


#: Deadlines looked at in one transaction of the sweep.
BATCH = 200


@transaction.atomic
def remind(*, by: Actor, at: datetime, most: int = BATCH) -> int:
    """Look at deadlines whose moment has come: remind, escalate, note what was missed. How many were looked at.

    Safe to run twice and side by side: a reminder's key is unique, and matters are claimed with SKIP LOCKED. They
    are locked as every step locks them, matter before thread and both before any deadline, so that a step taken
    at the same instant waits or is passed over, and never meets the sweep in a deadlock.
    """
    due = Deadline.objects.filter(next_look_at__lte=at)
    wanted = list(due.order_by("next_look_at").values_list("matter_id", flat=True)[:most])
    if not wanted:
        return 0
    claimed = {
        matter.pk: matter
        for matter in Matter.objects.select_for_update(skip_locked=True, of=("self", "thread"))
        .select_related("thread")
        .filter(pk__in=wanted)
    }
    rows = list(due.filter(matter_id__in=claimed).order_by("next_look_at"))
    for row in rows:
        row.matter = claimed[row.matter_id]
    reminders: list[Reminder] = []
    for row in rows:
        kind = kinds.kind_of(row.matter.kind)
        reached = row.mark
        line = kind.promises[row.promise].line
        while row.next_look_at is not None and row.next_look_at <= at:
            row.mark = min(mark for mark in row.marks if mark > row.mark)
            rungs = [rung for rung in line if rung.mark <= row.mark]
            reminders += [
                Reminder(
                    deadline=row,
                    matter_id=row.matter_id,
                    mark=row.mark,
                    role=role,
                    organisation_id=row.matter.answerable_id,
                    division_id=row.matter.division_id,
                    at=at,
                )
                for role in (rungs[-1].roles if rungs else ())
            ]
            row.next_look_at = clocks.next_look(row)
        if row.missed_at is None and at >= row.due_at and not kind.promises[row.promise].by_parties:
            row.missed_at = row.due_at
        if row.mark != reached:
            detail = {"promise": row.promise, "mark": row.mark, "due_at": row.due_at.isoformat()}
            over = "ran_out" if kind.promises[row.promise].by_parties else "missed"
            verb = f"{kind.code}.{over if row.mark >= 100 else 'reminded'}"
            journal.write(row.matter.thread, [Said(verb, detail=detail)], by=by, at=at)
    Reminder.objects.bulk_create(reminders, ignore_conflicts=True)
    Deadline.objects.bulk_update(rows, ["mark", "next_look_at", "missed_at"])
    return len(rows)
