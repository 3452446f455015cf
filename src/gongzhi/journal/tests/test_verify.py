"""``verify`` finds what somebody with the owner's keys has rewritten, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)

_BY = Actor.for_service("tests")


def thread(*texts: str) -> int:
    """A thread with these words; its key."""
    said = [Said("tests.said", text=text, detail={"number": number}) for number, text in enumerate(texts)]
    return journal.open_thread("tests", said, by=_BY, at=WEDNESDAY)[0].pk


def verify() -> tuple[int, str]:
    """Exit code and output of the command."""
    out = io.StringIO()
    try:
        call_command("verify", batch=2, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_an_honest_record_holds_also_after_words_were_erased() -> None:
    keys = [thread("收到", "派出", "办完") for _number in range(5)]
    journal.erase_words(keys[2], reason="request", by=_BY, at=WEDNESDAY)
    code, out = verify()
    assert (code, "核对了 5 份记录、16 条：0 份对不上" in out) == (0, True)


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE journal_entry SET text = '没有这回事' WHERE thread_id = %(pk)s AND position = 2",
        "UPDATE journal_entry SET detail = '{}' WHERE thread_id = %(pk)s AND position = 2",
        "UPDATE journal_entry SET at = at - interval '1 day' WHERE thread_id = %(pk)s AND position = 1",
        "UPDATE journal_entry SET audience = 'staff' , verb = 'tests.other' WHERE thread_id = %(pk)s AND position = 1",
        "DELETE FROM journal_entry WHERE thread_id = %(pk)s AND position = 2",
        "DELETE FROM journal_entry WHERE thread_id = %(pk)s AND position = 3",
        "UPDATE journal_entry SET position = position + 10 WHERE thread_id = %(pk)s AND position = 3",
        "INSERT INTO journal_entry (thread_id, position, verb, part, at, text, salt, words, detail, audience, previous,"
        " digest) SELECT thread_id, 4, verb, part, at, text, salt, words, detail, audience, digest, digest"
        " FROM journal_entry WHERE thread_id = %(pk)s AND position = 3",
        "UPDATE journal_thread SET head = decode(repeat('00', 32), 'hex') WHERE id = %(pk)s",
    ],
)
def test_what_was_rewritten_is_found(owner_connection: psycopg.Connection[Any], crime: str) -> None:
    good, bad = thread("收到", "派出", "办完"), thread("收到", "派出", "办完")
    owner_connection.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
    owner_connection.execute(crime, {"pk": bad})
    code, out = verify()
    assert code == 1
    assert f"记录 {bad}：" in out
    assert f"记录 {good}：" not in out
    assert "1 份对不上" in out


def test_memory_is_bounded_by_the_batch(django_assert_max_num_queries: Callable[..., Any]) -> None:
    for _number in range(7):
        thread("收到")
    with django_assert_max_num_queries(12):
        assert verify()[0] == 0
