"""Cases, their story and their files, for whoever asks: fetch or refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gongzhi.journal import queries as journal
from gongzhi.journal.models import EXTRAORDINARY, Access, Attachment, Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound
from gongzhi.matters.models import Matter
from gongzhi.mediation.models import Agreement, Case, Particulars, Party, Statement
from gongzhi.mediation.policies import RULES, held


def cases_for(by: Actor) -> QuerySet[Case]:
    """Every case the actor sees, newest first."""
    rows = Case.objects.select_related("matter", "committee").order_by("-opened_at", "-pk")
    return RULES.which(by, "see", rows)


def get_case(case_id: int, *, by: Actor) -> Case:
    """One case. NotFound for whoever has no access: that it exists is not told."""
    case = Case.objects.select_related("matter__thread", "committee", "mediator").filter(pk=case_id).first()
    if case is None or not RULES.may(by, "see", case):
        raise NotFound(_("没有这件调解案件，或者您不在其中。"))
    return case


def timeline(case: Case, *, by: Actor) -> QuerySet[Entry]:
    """What happened, as far as the actor's side reads it."""
    return journal.sealed_timeline(case.pk, held(by, case), now=clock.now())


def file_of(case_id: int, attachment_id: Any, *, by: Actor) -> Attachment:
    """One file of a case with its bytes. NotFound when it is not for this side, or came after somebody left."""
    rows = journal.access_of(case_id, by.account_id) if by.account_id else []
    found = journal.sealed_file(case_id, attachment_id, rows, now=clock.now()) if rows else None
    if found is None:
        raise NotFound
    return found


# ---- for whoever has left


@dataclass(frozen=True)
class Left:
    """A case that somebody was in, as it was when they went: what was written until then, and no word on how it stands."""

    id: int
    number: str
    left_at: datetime


@dataclass(frozen=True)
class LeftPage:
    """What they keep of it."""

    left: Left
    entries: list[Entry]
    parties: list[Party]
    statements: list[tuple[str, Statement]]
    agreements: list[Agreement]


def _left(rows: list[Access]) -> Left | None:
    """What somebody keeps of one thread by these ended accesses, if anything."""
    kept = [row for row in rows if row.ends_at and journal.keeps(row.side) and row.ends_at >= row.starts_at]
    if not kept:
        return None
    last = max(kept, key=lambda row: row.ends_at or row.starts_at)
    assert last.ends_at is not None
    number = Matter.objects.filter(pk=last.thread_id).values_list("number", flat=True).first() or ""
    return Left(last.thread_id, number, last.ends_at)


def left_by(by: Actor) -> list[Left]:
    """The cases that somebody was in and is in no more, the last first."""
    if by.account_id is None:
        return []
    now, rows = clock.now(), Access.objects.filter(person_id=by.account_id).exclude(side=EXTRAORDINARY)
    still = {row.thread_id for row in rows if row.ends_at is None or now < row.ends_at}
    gone: dict[int, list[Access]] = {}
    for row in rows:
        if row.thread_id not in still:
            gone.setdefault(row.thread_id, []).append(row)
    found = [one for one in map(_left, gone.values()) if one is not None]
    return sorted(found, key=lambda one: one.left_at, reverse=True)


def get_left(case_id: int, *, by: Actor) -> LeftPage | None:
    """What somebody keeps of a case that they have left; None for whoever never was in it, or is in it now."""
    rows = journal.access_of(case_id, by.account_id) if by.account_id else []
    now = clock.now()
    if any(row.ends_at is None or now < row.ends_at for row in rows):
        return None
    left = _left(rows)
    if left is None:
        return None
    # a party whose row was changed since is not among them: nothing here is joined to another row
    parties = list(Party.objects.filter(case_id=case_id).order_by("number"))
    known = {row.party_id: row for row in Particulars.objects.filter(case_id=case_id)}
    for party in parties:
        party.kept = known.get(party.pk)  # type: ignore[attr-defined]
    by_key = {party.pk: party.name for party in parties}
    return LeftPage(
        left,
        list(journal.sealed_timeline(case_id, rows, now=now)),
        parties,
        [(by_key.get(row.party_id, ""), row) for row in Statement.objects.filter(case_id=case_id)],
        list(Agreement.objects.filter(case_id=case_id).prefetch_related("clauses").order_by("-version")),
    )
