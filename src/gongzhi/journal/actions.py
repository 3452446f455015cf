"""What can be done with the record: open a thread, write entries, attach files, erase words.

An entry is never changed afterwards. Erasing removes the words and their salt, and is itself an entry.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from civics import chain
from gongzhi.journal.models import (
    EXTRAORDINARY,
    SERVICE,
    TEAM,
    Access,
    Attachment,
    Audience,
    Blob,
    Entry,
    Thread,
)
from gongzhi.journal.news import readers_of
from gongzhi.kit.acting import Actor
from gongzhi.kit.db.prepared import insert
from gongzhi.kit.images import Picture

SALT_BYTES = 16


@dataclass(frozen=True)
class Said:
    """An entry about to be written: the verb, facts without personal words, and the words themselves.

    ``by`` replaces the actor of the act where the platform itself did this part of it. ``sides`` say who reads it in a
    sealed thread: words without sides are refused there, and an act without words is for the team.
    """

    verb: str
    text: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    audience: str = Audience.STAFF
    by: Actor | None = None
    sides: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Grant:
    """Somebody may see a sealed thread from a side."""

    person_id: int
    side: str
    reason: str = ""


def record_of(entry: Entry) -> dict[str, Any]:
    """The fields of an entry that its digest covers."""
    sealed = {} if entry.sides is None else {"sides": list(entry.sides)}
    return {
        **sealed,
        "position": entry.position,
        "verb": entry.verb,
        "by": entry.by_id,
        "at": entry.at,
        "words": bytes(entry.words),
        "detail": entry.detail,
        "audience": entry.audience,
    }


def _prepare(thread: Thread, said: Sequence[Said], by: Actor, at: datetime) -> list[Entry]:
    """Entries that continue the thread's chain, unsaved; the thread's head and length are moved in memory."""
    entries = []
    for one in said:
        thread.length += 1
        salt = secrets.token_bytes(SALT_BYTES)
        who = one.by or by
        entry = Entry(
            thread=thread,
            position=thread.length,
            verb=one.verb,
            by_id=who.account_id,
            part=who.part,
            at=at,
            text=one.text,
            salt=salt,
            words=chain.commit_words(one.text, salt),
            detail=dict(one.detail),
            audience=one.audience,
            sides=_sides(one) if thread.sealed else None,
            previous=bytes(thread.head),
        )
        entry.digest = chain.link(bytes(entry.previous), record_of(entry))
        thread.head = entry.digest
        entries.append(entry)
    return entries


def _sides(said: Said) -> list[str]:
    """Who reads an entry of a sealed thread."""
    if said.sides is None and said.text:
        raise ValueError(f"{said.verb}: words in a sealed thread need to say which sides may read them")
    return list(said.sides or (TEAM, SERVICE))


def _tell(entries: Sequence[Entry]) -> None:
    """Defer one job per reader that wants to hear of an entry, in the same transaction and in one statement."""
    from gongzhi.journal.jobs import hear_news

    jobs: list[dict[str, Any]] = [
        {"reader": reader, "entry_id": entry.pk}
        for entry in entries
        if entry.sides is None or SERVICE in entry.sides
        for reader in readers_of(entry.verb)
    ]
    if jobs:
        hear_news.batch_defer(*jobs)


@transaction.atomic(savepoint=False)
def open_thread(
    kind: str,
    said: Sequence[Said],
    *,
    by: Actor,
    at: datetime,
    sealed: bool = False,
    access: Sequence[Grant] = (),
) -> tuple[Thread, list[Entry]]:
    """Begin a history with its first entries. Two statements, whatever their number; a third for whoever sees it when
    it is sealed: nobody comes in later but by the team."""
    if sealed != bool(access):
        raise ValueError("a sealed thread, and no other, says who sees it")
    thread = Thread(kind=kind, sealed=sealed, started_at=at)
    thread.head = chain.genesis(thread.key.bytes)
    entries = _prepare(thread, said, by, at)
    insert(thread)
    if sealed:
        grant(thread.pk, access, by=by, at=at)
    for entry in entries:
        entry.thread = thread
    insert(*entries)
    _tell(entries)
    return thread, entries


@transaction.atomic(savepoint=False)
def write(thread: Thread, said: Sequence[Said], *, by: Actor, at: datetime) -> list[Entry]:
    """Add entries to a thread that the caller has locked (``select_for_update``)."""
    entries = _prepare(thread, said, by, at)
    insert(*entries)
    thread.save(update_fields=["length", "head"])
    _tell(entries)
    return entries


@transaction.atomic(savepoint=False)
def grant(thread_id: int, access: Sequence[Grant], *, by: Actor, at: datetime) -> None:
    """Let people see a sealed thread. The database lets the team do this, and whoever opens the thread, once."""
    columns = zip(*((one.person_id, one.side, one.reason) for one in access), strict=True)
    with connection.cursor() as cursor:  # nothing is read back: who lets others in may not see their rows
        cursor.execute(_GRANT, [thread_id, at, *map(list, columns)])


_GRANT = """
INSERT INTO journal_access (thread_id, starts_at, person_id, side, reason)
SELECT %s, %s, person, side, reason
FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[]) AS new(person, side, reason)
"""


@transaction.atomic(savepoint=False)
def end_access(
    thread_id: int, person_id: int, side: str, *, by: Actor, at: datetime, wholly: bool = False
) -> bool:
    """From now on the person sees nothing new from this side; ``wholly``: nothing at all. False when they did not."""
    held = Access.objects.filter(thread_id=thread_id, person_id=person_id, side=side, ends_at=None)
    return bool(held.update(ends_at=F("starts_at") - timedelta(seconds=1) if wholly else at))


#: How long extraordinary access lasts; the database refuses more.
EXTRAORDINARY_FOR = timedelta(minutes=30)


@transaction.atomic(savepoint=False)
def look_in(thread_id: int, *, reason: str, by: Actor, at: datetime) -> Access:
    """The actor sees a sealed thread for half an hour. Whoever calls this writes the entry and tells the team."""
    if by.account_id is None:
        raise ValueError("a service looks into nothing")
    row = Access(
        thread_id=thread_id, person_id=by.account_id, side=EXTRAORDINARY, reason=reason,
        starts_at=at, ends_at=at + EXTRAORDINARY_FOR,
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def lock(thread_id: int) -> Thread:
    """The thread, locked until the transaction ends: whoever writes to it waits here."""
    return Thread.objects.select_for_update().get(pk=thread_id)


@transaction.atomic(savepoint=False)
def attach(
    entry: Entry, pictures: Sequence[Picture], *, audience: str = Audience.PARTIES, purpose: str = "evidence"
) -> list[Attachment]:
    """Keep checked pictures with an entry. Their bytes go into the same transaction."""
    if not pictures:
        return []
    contents = [content for picture in pictures for content in (picture.content, picture.thumbnail)]
    kept = _keep(contents) if entry.sides is None else _keep_sealed(entry, contents)
    attachments = [
        Attachment(
            thread_id=entry.thread_id,
            entry=entry,
            name=picture.name,
            media_type=picture.media_type,
            size=len(picture.content),
            width=picture.width,
            height=picture.height,
            purpose=purpose,
            audience=audience,
            sides=entry.sides,
            at=None if entry.sides is None else entry.at,
            digest=hashlib.sha256(picture.content).digest(),
            blob_id=kept[picture.content],
            thumbnail_id=kept[picture.thumbnail],
        )
        for picture in pictures
    ]
    return Attachment.objects.bulk_create(attachments)


_NEW = """
INSERT INTO journal_blob (digest, content)
SELECT digest, content FROM unnest(%s::bytea[], %s::bytea[]) AS new(digest, content)
ON CONFLICT (digest) WHERE thread_id IS NULL DO NOTHING RETURNING id, digest
"""
#: Whoever forgets these bytes at this moment waits until our files are written, and then leaves them alone.
_KNOWN = (
    "SELECT id, digest FROM journal_blob WHERE thread_id IS NULL AND digest = ANY(%s::bytea[]) FOR KEY SHARE"
)


def _keep(contents: Sequence[bytes]) -> dict[bytes, int]:
    """Content → the key under which it is kept. One statement when all of it is new, two when some was there."""
    wanted = {hashlib.sha256(content).digest(): content for content in contents}
    keys: dict[bytes, int] = {}
    while left := sorted(wanted.keys() - keys.keys()):  # always in one order, so that nobody waits crosswise
        with connection.cursor() as cursor:
            cursor.execute(_NEW, [left, [wanted[digest] for digest in left]])
            keys |= {bytes(digest): key for key, digest in cursor.fetchall()}
            if known := [digest for digest in left if digest not in keys]:
                cursor.execute(_KNOWN, [known])
                keys |= {bytes(digest): key for key, digest in cursor.fetchall()}
    return {content: keys[digest] for digest, content in wanted.items()}


def _keep_sealed(entry: Entry, contents: Sequence[bytes]) -> dict[bytes, int]:
    """The same for a sealed thread: bytes of its own, whoever else has the same."""
    wanted = list(dict.fromkeys(contents))
    rows = [
        Blob(
            digest=hashlib.sha256(content).digest(), content=content,
            thread_id=entry.thread_id, sides=entry.sides, at=entry.at,
        )
        for content in wanted
    ]  # fmt: skip
    return {content: row.pk for content, row in zip(wanted, Blob.objects.bulk_create(rows), strict=True)}


def _forget(blobs: Sequence[int]) -> None:
    """Delete bytes that no file needs any more. Whoever adds such a file at this moment goes first, or waits."""
    list(Blob.objects.select_for_update().filter(pk__in=blobs).order_by("digest").values_list("pk"))
    for used in ("blob_id", "thumbnail_id"):
        needed = set(Attachment.objects.filter(**{f"{used}__in": blobs}).values_list(used, flat=True))
        blobs = [key for key in blobs if key not in needed]
    Blob.objects.filter(pk__in=blobs).delete()


@transaction.atomic(savepoint=False)
def erase_words(thread_id: int, *, reason: str, by: Actor, at: datetime) -> int:
    """Forget every word and picture of a thread; the acts, their moments and the chain remain.

    Source: PIPL art. 47. Returns the number of entries whose words were erased.
    """
    thread = lock(thread_id)
    if thread.sealed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT journal_erase_sealed(%s, %s)", [thread_id, at])
            sealed_count = int(cursor.fetchone()[0])
        write(
            thread, [Said("journal.erase", detail={"reason": reason, "entries": sealed_count})], by=by, at=at
        )
        return sealed_count
    erased = Entry.objects.filter(thread=thread, erased_at=None).exclude(text="")
    count = erased.update(text="", salt=b"", erased_at=at)
    files = Attachment.objects.filter(thread=thread, erased_at=None)
    blobs = [pk for pair in files.values_list("blob_id", "thumbnail_id") for pk in pair if pk]
    files.update(blob=None, thumbnail=None, name="", erased_at=at)
    _forget(blobs)
    write(thread, [Said("journal.erase", detail={"reason": reason, "entries": count})], by=by, at=at)
    return count
