"""The outbox: anybody may write a message, only the service that sends sees addresses and bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions
from gongzhi.notices.models import Message
from gongzhi.notices.queries import mailbox
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)

NOTICES = Actor.for_service("notices")
ALL = "SELECT count(*) FROM notices_message"


@pytest.fixture
def message() -> Message:
    """A code on its way to somebody."""
    actions.send(
        "sign_in", address="someone@example.com", fills={"code": "424242"}, by=Actor.nobody(), at=WEDNESDAY
    )
    return mailbox()[0]


def test_only_the_sending_service_sees_it(message: Message, raw_as: Callable[..., Any]) -> None:
    assert raw_as(service="notices").execute("SELECT address FROM notices_message").fetchall() == [
        ("someone@example.com",)
    ]
    for who in (
        raw_as(),
        raw_as(1),
        raw_as(service="news"),
        raw_as(service="import"),
        raw_as(service="erasure"),
    ):
        assert who.execute(ALL).fetchone() == (0,)
        assert who.execute("UPDATE notices_message SET address = 'me@example.com'").rowcount == 0
        assert who.execute("DELETE FROM notices_message RETURNING body").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            who.execute("SET LOCAL row_security = off; SELECT * FROM notices_message")


def test_each_sees_their_own_page_and_no_address(raw_as: Callable[..., Any]) -> None:
    from tests.cast import settle

    cast = settle()
    mine, other = cast.grid_worker, cast.gardener
    with acting(mine):
        actions.add_outlet(
            "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a", {}, by=mine, at=WEDNESDAY
        )
        actions.follow(cast.street.pk, by=mine, at=WEDNESDAY)
        actions.choose("orders", ["wecom"], "now", by=mine, at=WEDNESDAY)
    fills = {"number": "W261118-000001"}
    actions.tell(
        "workorders.urge", [mine.account_id, other.account_id], fills=fills, by=NOTICES, at=WEDNESDAY
    )
    channels = "SELECT channel FROM notices_message"
    assert raw_as(mine.account_id).execute(channels).fetchall() == [("in_app",)], "not even one's own robot's"
    for table in ("outlet", "follow", "choice"):
        count = f"SELECT count(*) FROM notices_{table}"
        assert raw_as(mine.account_id).execute(count).fetchone() == (1,)
        assert raw_as(service="notices").execute(count).fetchone() == (1,)
        for who in (raw_as(), raw_as(other.account_id), raw_as(service="news")):
            assert who.execute(count).fetchone() == (0,)
            assert who.execute(f"DELETE FROM notices_{table}").rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw_as(other.account_id).execute(
            "INSERT INTO notices_outlet (account_id, channel, address, keys, label, since) "
            "VALUES (%s, 'wecom', 'https://x', '{}', '', now())",
            [mine.account_id],
        )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw_as(mine.account_id).execute("UPDATE notices_message SET account_id = %s", [other.account_id])


def test_at_every_depth(message: Message) -> None:
    with transaction.atomic():
        assert Message.objects.count() == 0
        with acting(NOTICES):
            assert Message.objects.count() == 1
            with pytest.raises(ZeroDivisionError), transaction.atomic(), acting(None):
                assert Message.objects.count() == 0
                raise ZeroDivisionError
            assert Message.objects.count() == 1
        assert Message.objects.count() == 0


def test_the_mailbox_gives_its_identity_back(message: Message) -> None:
    with transaction.atomic():
        assert [m.pk for m in mailbox()] == [message.pk]
        with connection.cursor() as cursor:
            cursor.execute(ALL)
            assert cursor.fetchone() == (0,)


def test_a_message_taken_back_was_never_written() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.send("sign_in", address="a@example.com", fills={"code": "1"}, by=Actor.nobody(), at=WEDNESDAY)
        raise ZeroDivisionError
    assert mailbox() == []


def test_the_job_names_a_key_and_nothing_else(message: Message) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    [job] = ProcrastinateJob.objects.filter(task_name="notices.send_message")
    assert job.args == {"message_id": str(message.pk)}


def test_it_is_sent_once_and_only_when_it_went(
    message: Message, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.MAILBOX = False
    settings.EMAIL_HOST = ""
    with acting(NOTICES):
        assert actions.deliver(str(message.pk), by=NOTICES, at=WEDNESDAY) is False
        kept = mailbox()[0]
        assert (kept.sent_at, kept.state, kept.failure) == (None, "waiting", "no_channel"), (
            "it is tried again"
        )
        settings.EMAIL_HOST = "mail.example"
        soon = kept.next_at
        assert actions.deliver(str(message.pk), by=NOTICES, at=WEDNESDAY) is False, "not before its moment"
        assert actions.deliver(str(message.pk), by=NOTICES, at=soon) is True
        assert actions.deliver(str(message.pk), by=NOTICES, at=soon) is False
    assert [mail.to for mail in mailoutbox] == [["someone@example.com"]]
    assert "424242" in mailoutbox[0].body


def test_every_sentence_can_be_filled_in_every_language() -> None:
    from django.conf import settings as ours

    from gongzhi.notices.purposes import known, said

    fills = {
        "code": "424242", "number": "W261118-000001", "count": "2", "lines": "·", "promise": "答复", "mark": "80",
        "title": "停水", "call": "119", "when": "11-18 10:00", "begins": "11-18 10:00", "ends": "11-18 18:00",
        "digest": "7C1F-92AB",
    }  # fmt: skip
    for purpose in known():
        for language, _name in ours.LANGUAGES:
            subject, body = said(purpose.code, fills, language)
            assert subject and "{" not in body and any(fill in body for fill in fills.values()), purpose.code
