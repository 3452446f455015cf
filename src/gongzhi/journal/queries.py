"""What can be asked of the record: timelines, files, and whether a chain still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from civics import chain
from gongzhi.journal.actions import record_of
from gongzhi.journal.models import (
    ALL,
    EXTRAORDINARY,
    PARTY,
    TEAM,
    Access,
    Attachment,
    Audience,
    Entry,
    Thread,
)

#: Which audiences a reader of each standing may read.
READABLE: dict[str, tuple[str, ...]] = {
    "staff": (Audience.EVERYONE, Audience.PARTIES, Audience.STAFF),
    "party": (Audience.EVERYONE, Audience.PARTIES),
    "public": (Audience.EVERYONE,),
}


def timeline(thread_id: int, *, standing: str) -> QuerySet[Entry]:
    """Entries of a thread that a reader of this standing may read, oldest first, with their files."""
    return (
        Entry.objects.filter(thread_id=thread_id, audience__in=READABLE[standing])
        .prefetch_related("attachments")
        .order_by("position")
    )


def files(thread_id: int, *, standing: str) -> QuerySet[Attachment]:
    """Files of a thread that a reader of this standing may see (without their bytes)."""
    return Attachment.objects.filter(thread_id=thread_id, audience__in=READABLE[standing], erased_at=None)


def file_of(thread_id: int, attachment_id: Any, *, standing: str) -> Attachment | None:
    """One file with its bytes, or None when it is not of this thread or not for this reader."""
    return (
        files(thread_id, standing=standing)
        .select_related("blob", "thumbnail")
        .filter(pk=attachment_id)
        .first()
    )


# ---- sealed threads: the same answers as the database's own lock gives (``journal_reads``)

M = TypeVar("M", bound=Model)


def access_of(thread_id: int, account_id: int | None) -> list[Access]:
    """Every access that somebody has or had to a sealed thread."""
    return list(Access.objects.filter(thread_id=thread_id, person_id=account_id or 0).order_by("pk"))


def keeps(side: str) -> bool:
    """Does this side keep sight of what was written before it left?"""
    return side == TEAM or side.startswith(PARTY)


def reading(held: Iterable[Access], *, now: datetime) -> Q:
    """The rows with ``sides`` and ``at`` of one sealed thread that somebody with this access may read."""
    found = Q(pk__in=[])
    for one in held:
        if one.side == EXTRAORDINARY:
            if one.ends_at is not None and now < one.ends_at:
                return Q()
            continue
        wanted = [one.side, ALL] if keeps(one.side) else [one.side]
        if one.ends_at is None:
            found |= Q(sides__overlap=wanted)
        elif keeps(one.side):
            if one.ends_at >= one.starts_at:
                found |= Q(sides__overlap=wanted, at__lte=one.ends_at)
        elif now < one.ends_at:
            found |= Q(sides__overlap=wanted)
    return found


def sealed_timeline(thread_id: int, held: Sequence[Access], *, now: datetime) -> QuerySet[Entry]:
    """Entries of a sealed thread for somebody with this access, oldest first, with their files."""
    return (
        Entry.objects.filter(reading(held, now=now), thread_id=thread_id)
        .prefetch_related("attachments")
        .select_related("by")
        .order_by("position")
    )


def sealed_file(
    thread_id: int, attachment_id: Any, held: Sequence[Access], *, now: datetime
) -> Attachment | None:
    """One file of a sealed thread with its bytes, or None when it is not for somebody with this access."""
    return (
        Attachment.objects.filter(reading(held, now=now), thread_id=thread_id, erased_at=None)
        .select_related("blob", "thumbnail")
        .filter(pk=attachment_id)
        .first()
    )


_SEALED = "SELECT * FROM journal_chain_of_sealed(%s)"


def _links(threads: Iterable[Thread]) -> Iterator[Entry]:
    """What proves the entries of threads, in their order; of sealed ones without any words."""
    unsealed = [thread.pk for thread in threads if not thread.sealed]
    yield from (Entry.objects.filter(thread_id__in=unsealed).order_by("thread_id", "position").iterator(2000))
    if sealed := [thread.pk for thread in threads if thread.sealed]:
        with transaction.atomic():  # the database asks who verifies, and knows it within a transaction only
            kept = list(Entry.objects.raw(f"{_SEALED} ORDER BY thread_id, position", [sealed]))
        yield from kept


def holds(thread_id: int) -> chain.Verdict:
    """Does the thread's chain still prove what was written, and do the words still match what it commits to?"""
    thread = Thread.objects.get(pk=thread_id)
    return _verdict(thread, list(_links([thread])))


def broken_chains(*, size: int = 200) -> Iterator[tuple[int, int, list[tuple[int, chain.Verdict]]]]:
    """Every thread's chain, batch by batch: (threads, entries, those that no longer hold). Two statements a batch,
    a third where there are sealed ones: of these the acts are proven here, the words by whoever may read them."""
    last = 0
    while threads := list(Thread.objects.filter(pk__gt=last).order_by("pk")[:size]):
        last = threads[-1].pk
        entries: dict[int, list[Entry]] = {thread.pk: [] for thread in threads}
        # a thread that grows between the two statements has entries that its head does not cover yet
        lengths = {thread.pk: thread.length for thread in threads}
        for entry in _links(threads):
            if entry.position <= lengths[entry.thread_id] or not _grows(entry.thread_id, lengths):
                entries[entry.thread_id].append(entry)
        verdicts = [(thread.pk, _verdict(thread, entries[thread.pk])) for thread in threads]
        count = sum(map(len, entries.values()))
        yield len(threads), count, [(pk, verdict) for pk, verdict in verdicts if not verdict.ok]


def _grows(thread_id: int, lengths: dict[int, int]) -> bool:
    """Has the thread become longer since its length was read? Otherwise an entry beyond it was slipped in."""
    return Thread.objects.filter(pk=thread_id, length__gt=lengths[thread_id]).exists()


def _verdict(thread: Thread, entries: list[Entry]) -> chain.Verdict:
    verdict = chain.verify(
        chain.genesis(thread.key.bytes),
        [chain.Entry(record_of(entry), bytes(entry.digest), bytes(entry.previous)) for entry in entries],
        head=bytes(thread.head),
    )
    if not verdict.ok:
        return verdict
    for place, entry in enumerate(entries):
        if thread.sealed:
            break
        if entry.erased_at is None:
            true = chain.words_match(entry.text, bytes(entry.salt), bytes(entry.words))
        else:
            true = entry.text == ""
        if not true:
            return chain.Verdict(
                ok=False, length=place, broken_at=place, why=_("文字与存证不符"), head=verdict.head
            )
    return verdict
