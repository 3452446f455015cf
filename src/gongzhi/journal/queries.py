"""What can be asked of the record: timelines, files, and whether a chain still holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from civics import chain
from gongzhi.journal.actions import record_of
from gongzhi.journal.models import Attachment, Audience, Entry, Thread

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


def holds(thread_id: int) -> chain.Verdict:
    """Does the thread's chain still prove what was written, and do the words still match what it commits to?"""
    thread = Thread.objects.get(pk=thread_id)
    return _verdict(thread, list(Entry.objects.filter(thread=thread).order_by("position")))


def broken_chains(*, size: int = 200) -> Iterator[tuple[int, int, list[tuple[int, chain.Verdict]]]]:
    """Every thread's chain, batch by batch: (threads, entries, those that no longer hold). Two statements a batch."""
    last = 0
    while threads := list(Thread.objects.filter(pk__gt=last).order_by("pk")[:size]):
        last = threads[-1].pk
        entries: dict[int, list[Entry]] = {thread.pk: [] for thread in threads}
        # a thread that grows between the two statements has entries that its head does not cover yet
        lengths = {thread.pk: thread.length for thread in threads}
        rows = Entry.objects.filter(thread_id__in=list(entries)).order_by("thread_id", "position")
        for entry in rows.iterator(chunk_size=2000):
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
        if entry.erased_at is None:
            true = chain.words_match(entry.text, bytes(entry.salt), bytes(entry.words))
        else:
            true = entry.text == ""
        if not true:
            return chain.Verdict(
                ok=False, length=place, broken_at=place, why=_("文字与存证不符"), head=verdict.head
            )
    return verdict
