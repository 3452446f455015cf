"""The record: a chain of acts that nobody rewrites, words that can be forgotten, files that hang on acts."""

from __future__ import annotations

import hashlib
import io
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections, transaction
from PIL import Image

from civics import chain
from gongzhi.journal import actions as journal
from gongzhi.journal import queries
from gongzhi.journal.actions import Said
from gongzhi.journal.models import Attachment, Audience, Blob, Entry, Thread
from gongzhi.kit.acting import Actor
from gongzhi.kit.images import Picture, check_picture
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)

CLERK = Actor(part="clerk")
WORDS = "住在三楼的张阿姨说水管漏了"


def picture() -> Picture:
    """A small checked picture."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(file, "PNG")
    file.seek(0)
    return check_picture(file, name="水管.png")


def story(length: int = 4) -> Thread:
    """A thread with some entries, the second with words and a picture."""
    thread, entries = journal.open_thread(
        "toy",
        [Said("toy.open", detail={"n": 0}), Said("toy.say", text=WORDS, audience=Audience.PARTIES)],
        by=CLERK,
        at=WEDNESDAY,
    )
    journal.attach(entries[1], [picture()])
    for number in range(2, length):
        with transaction.atomic():
            journal.write(journal.lock(thread.pk), [Said("toy.act", text=f"第{number}步", detail={"n": number})],
                          by=CLERK, at=WEDNESDAY + timedelta(minutes=number))  # fmt: skip
    return Thread.objects.get(pk=thread.pk)


def test_the_chain_of_a_story_holds() -> None:
    thread = story(6)
    verdict = queries.holds(thread.pk)
    assert (verdict.ok, verdict.length, bytes(verdict.head)) == (True, 6, bytes(thread.head))
    assert thread.length == 6
    positions = list(
        Entry.objects.filter(thread=thread).order_by("position").values_list("position", flat=True)
    )
    assert positions == [1, 2, 3, 4, 5, 6]


def test_two_equal_stories_do_not_give_each_other_away() -> None:
    """Salted: the same words make other digests, so nobody can guess words from the proof."""
    one, other = story(), story()
    digests = [
        {bytes(w) for w in Entry.objects.filter(thread=t).values_list("words", flat=True)}
        for t in (one, other)
    ]
    assert not digests[0] & digests[1]


def test_the_application_cannot_rewrite_what_happened() -> None:
    thread = story()
    for attempt in (
        "UPDATE journal_entry SET verb = 'toy.other'",
        "UPDATE journal_entry SET detail = '{}'",
        "UPDATE journal_entry SET at = now()",
        "UPDATE journal_entry SET by_id = NULL",
        "UPDATE journal_entry SET digest = previous",
        "UPDATE journal_entry SET audience = 'everyone'",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry CASCADE",
        "UPDATE journal_attachment SET digest = digest",
        "DELETE FROM journal_attachment",
        "DELETE FROM journal_heard",
        "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER words_only_erased ON journal_entry",
        "UPDATE journal_entry SET text = '改过的话'",
        "UPDATE journal_entry SET text = '改过的话', erased_at = now()",
        "UPDATE journal_entry SET text = '' WHERE text <> ''",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner|erased, not rewritten"),
            transaction.atomic(),
        ):
            connection.cursor().execute(attempt)
    assert queries.holds(thread.pk).ok


def test_erased_words_are_gone_and_the_chain_still_proves_the_acts() -> None:
    thread = story()
    before = [
        (e.position, e.verb, e.at, bytes(e.digest))
        for e in Entry.objects.filter(thread=thread).order_by("position")
    ]
    erased = journal.erase_words(thread.pk, reason="按本人要求", by=CLERK, at=WEDNESDAY + timedelta(days=1))
    assert erased == 3
    entries = list(Entry.objects.filter(thread=thread).order_by("position"))
    assert [(e.position, e.verb, e.at, bytes(e.digest)) for e in entries[:-1]] == before
    assert (entries[-1].verb, entries[-1].detail["entries"]) == ("journal.erase", 3)
    assert all(entry.text == "" for entry in entries)
    assert queries.holds(thread.pk).ok
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM journal_entry e")
        assert "张阿姨" not in cursor.fetchone()[0]
    assert Blob.objects.count() == 0
    [file] = Attachment.objects.all()
    assert (file.name, file.blob_id, file.erased_at is not None) == ("", None, True)
    assert journal.erase_words(thread.pk, reason="再一次", by=CLERK, at=WEDNESDAY + timedelta(days=2)) == 0


def test_erased_words_cannot_come_back() -> None:
    thread = story()
    journal.erase_words(thread.pk, reason="按本人要求", by=CLERK, at=WEDNESDAY)
    for attempt in ("UPDATE journal_entry SET text = '又有了'", "UPDATE journal_entry SET erased_at = NULL"):
        with pytest.raises(ProgrammingError, match=r"erased|moment of erasing"), transaction.atomic():
            connection.cursor().execute(attempt)


TAMPERING = {
    "another verb": "UPDATE journal_entry SET verb = 'toy.never' WHERE position = 3",
    "another moment": "UPDATE journal_entry SET at = at + interval '1 second' WHERE position = 3",
    "another fact": "UPDATE journal_entry SET detail = '{\"n\": 99}' WHERE position = 3",
    "another audience": "UPDATE journal_entry SET audience = 'everyone' WHERE position = 2",
    "other words": "UPDATE journal_entry SET text = '别的话' WHERE position = 3",
    "words put back as erased": "UPDATE journal_entry SET text = '别的话', erased_at = now() WHERE position = 3",
    "an entry taken out": "DELETE FROM journal_entry WHERE position = 3",
    "the last entry taken off": "DELETE FROM journal_entry WHERE position = 4",
    "two entries swapped": "UPDATE journal_entry SET position = 7 - position + 100 WHERE position IN (3, 4)",
    "another head": "UPDATE journal_thread SET head = decode(repeat('00', 32), 'hex')",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_even_the_owner_is_found_out(what: str, administrator_connection: psycopg.Connection[Any]) -> None:
    thread = story()
    assert queries.holds(thread.pk).ok
    administrator_connection.execute("SET session_replication_role = replica")  # no trigger stands in the way
    administrator_connection.execute(TAMPERING[what])
    assert not queries.holds(thread.pk).ok, what


def test_an_entry_in_a_broken_transaction_never_was() -> None:
    thread = story()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        journal.write(journal.lock(thread.pk), [Said("toy.act")], by=CLERK, at=WEDNESDAY)
        raise ZeroDivisionError
    thread.refresh_from_db()
    assert (thread.length, Entry.objects.filter(thread=thread).count()) == (4, 4)
    assert queries.holds(thread.pk).ok


def test_each_reads_what_is_meant_for_them() -> None:
    thread, _entries = journal.open_thread(
        "toy",
        [Said("toy.a", audience=Audience.EVERYONE), Said("toy.b", audience=Audience.PARTIES), Said("toy.c")],
        by=CLERK,
        at=WEDNESDAY,
    )
    read = {
        s: [e.verb for e in queries.timeline(thread.pk, standing=s)] for s in ("staff", "party", "public")
    }
    assert read == {"staff": ["toy.a", "toy.b", "toy.c"], "party": ["toy.a", "toy.b"], "public": ["toy.a"]}


def test_a_file_is_given_to_those_who_may_read_its_act() -> None:
    thread, stranger = story(), story()
    [file] = Attachment.objects.filter(thread=thread)
    found = queries.file_of(thread.pk, file.pk, standing="party")
    assert found is not None and hashlib.sha256(bytes(found.blob.content)).digest() == bytes(found.digest)
    assert queries.file_of(thread.pk, file.pk, standing="public") is None
    assert queries.file_of(stranger.pk, file.pk, standing="staff") is None
    journal.erase_words(thread.pk, reason="要求", by=CLERK, at=WEDNESDAY)
    assert queries.file_of(thread.pk, file.pk, standing="staff") is None


def test_the_first_link_depends_on_the_thread() -> None:
    """An entry cannot be moved into another thread's chain."""
    one, other = story(), story()
    assert chain.genesis(one.key.bytes) != chain.genesis(other.key.bytes)
    first = Entry.objects.get(thread=one, position=1)
    assert bytes(first.previous) == chain.genesis(one.key.bytes)


def test_opening_costs_two_statements_whatever_is_said(statements: list[str]) -> None:
    journal.open_thread("toy", [Said(f"toy.{n}") for n in range(9)], by=CLERK, at=WEDNESDAY)
    assert len(statements) == 2


def side_by_side(*tasks: Any) -> list[Any]:
    """Run tasks in threads that start at the same instant; what they raised, or None."""
    gate, found = threading.Barrier(len(tasks)), []

    def run(task: Any) -> None:
        try:
            gate.wait(timeout=30)
            found.append(task())
        except Exception as fault:
            found.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return found


def test_the_same_photograph_a_thousand_times_is_kept_once() -> None:
    [entry] = Entry.objects.filter(thread=story(), position=1)
    same = picture()

    def send() -> None:
        for _again in range(125):
            journal.attach(entry, [same])

    before = Attachment.objects.count()
    assert side_by_side(*[send] * 8) == [None] * 8
    assert Attachment.objects.count() == before + 1000
    assert (
        Blob.objects.count() == 2
    )  # the picture and its thumbnail, shared with the one the story began with


def test_a_photograph_goes_with_the_last_thread_that_has_it() -> None:
    first, second = story(), story()
    assert Blob.objects.count() == 2
    journal.erase_words(first.pk, reason="按本人要求", by=CLERK, at=WEDNESDAY + timedelta(days=1))
    assert Blob.objects.count() == 2
    journal.erase_words(second.pk, reason="按本人要求", by=CLERK, at=WEDNESDAY + timedelta(days=1))
    assert Blob.objects.count() == 0


def test_sending_and_forgetting_the_same_photograph_at_once_breaks_neither() -> None:
    threads = [story() for _number in range(4)]
    entry = Entry.objects.get(thread=story(), position=1)
    Attachment.objects.filter(entry__thread_id=entry.thread_id).update(blob=None, thumbnail=None)
    same = picture()

    def forget() -> None:
        for thread in threads:
            journal.erase_words(thread.pk, reason="按本人要求", by=CLERK, at=WEDNESDAY + timedelta(days=1))

    def send() -> None:
        for _again in range(10):
            journal.attach(entry, [same])

    assert side_by_side(forget, send, send) == [None] * 3
    assert Attachment.objects.exclude(blob=None).count() == 20
    assert Blob.objects.count() == 2
