"""Messages out when things break: a slow gateway, one that answers twice, a mail server that is down for an hour, and a
worker killed between sending and marking. Everything arrives, and once wherever the other side can tell."""

from __future__ import annotations

import email
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions, jobs
from gongzhi.notices.models import Attempt, Message
from gongzhi.notices.queries import mailbox
from gongzhi.notices.tests.fakes import Gateway, MailServer, gateway
from tests.cast import WEDNESDAY
from tests.faults.test_killed import ROOT, environment, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOTICES = Actor.for_service("notices")


@pytest.fixture
def other(settings: Any) -> Iterator[Gateway]:
    with gateway() as made:
        settings.MAILBOX = False
        settings.SMS_ADDRESS, settings.SMS_SECRET = made.address, "a shared secret"
        yield made


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    made = MailServer()
    settings.MAILBOX = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", made.port, False
    yield made
    made.down()


def write(*addresses: str, at: Any = WEDNESDAY) -> list[Message]:
    fills = {"number": "W261118-000001"}
    for address in addresses:
        actions.send("workorders.decline", address=address, fills=fills, by=Actor.nobody(), at=at)
    return mailbox(most=len(addresses))


def again(message: Message) -> Message:
    with acting(NOTICES), transaction.atomic():
        return Message.objects.get(pk=message.pk)


def deliver(message: Message, at: Any = WEDNESDAY) -> bool:
    with acting(NOTICES):
        return actions.deliver(str(message.pk), by=NOTICES, at=at)


def rounds(minutes: int, at: Any) -> None:
    """The rounds of some minutes."""
    with clock.stopped(at) as hand:
        for _minute in range(minutes):
            jobs.look_after(timestamp=0)
            hand.forward(minutes=1)


def test_a_slow_gateway_holds_nothing_up(other: Gateway) -> None:
    [message] = write("+85366000103")
    other.plan = [("slow", 1.5)]
    done: list[bool] = []

    def send() -> None:
        done.append(deliver(message))
        connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    until(lambda: other.asked, 10)
    with acting(NOTICES), transaction.atomic():
        # the row is free while the gateway thinks, and everybody can see that it is on its way
        assert Message.objects.select_for_update(nowait=True).get(pk=message.pk).state == "sending"
    assert deliver(message) is False, "nobody else sends it meanwhile"
    sender.join(timeout=10)
    assert (done, again(message).state, len(other.taken)) == ([True], "sent", 1)


def test_a_gateway_that_takes_it_and_breaks_off_has_it_once(other: Gateway) -> None:
    [message] = write("+85366000103")
    other.plan = ["twice"]
    assert deliver(message) is False
    assert deliver(message, WEDNESDAY + timedelta(minutes=2)) is True
    assert len(other.asked) == 2 and len(other.taken) == 1
    assert {told["json"]["id"] for told in other.asked} == {str(message.pk)}
    assert (again(message).state, again(message).twice) == ("sent", False)


def test_four_workers_at_one_instant_send_it_once(other: Gateway) -> None:
    [message] = write("+85366000103")
    barrier, results = threading.Barrier(4), []

    def send() -> None:
        barrier.wait(timeout=10)
        results.append(deliver(message))
        connection.close()

    threads = [threading.Thread(target=send) for _worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(results) == [False, False, False, True]
    assert len(other.asked) == 1


def test_a_mail_server_down_for_an_hour(mail: MailServer) -> None:
    addresses = [f"r{number}@example.org" for number in range(12)]
    messages = write(*addresses)
    rounds(60, WEDNESDAY)
    assert mail.taken == []
    assert {again(one).state for one in messages} == {"waiting"}
    assert all(5 <= again(one).attempts <= 10 for one in messages), "asked now and then, not every minute"
    mail.up()
    rounds(31, WEDNESDAY + timedelta(hours=1))
    until(lambda: len(mail.taken) == len(addresses), 10)
    rounds(60, WEDNESDAY + timedelta(hours=2))
    told = [email.message_from_string(one) for one in mail.taken]
    assert sorted(one["To"] for one in told) == sorted(addresses), "each once"
    assert len({one["Message-ID"] for one in told}) == len(addresses)
    assert {(again(one).state, again(one).twice) for one in messages} == {("sent", False)}


@pytest.fixture
def worker(tmp_path: Path, other: Gateway, mail: MailServer) -> Iterator[Callable[[], Any]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "tests.faults.slow_sender",
            str(tmp_path),
            other.address,
            str(mail.port),
        ]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment()))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
            one.wait(timeout=10)


def test_a_worker_killed_between_sending_and_marking(
    worker: Callable[[], Any], tmp_path: Path, other: Gateway, mail: MailServer
) -> None:
    mail.up()
    now = clock.now()
    # by day everywhere, whenever this test runs
    fills = {"code": "424242"}
    for address in ("+85366000103", "someone@example.org"):
        actions.send("sign_in", address=address, fills=fills, by=Actor.nobody(), at=now)
    killed = worker()
    until(lambda: len(list(tmp_path.glob("sent-*"))) == 2)
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=10)
    assert (len(other.taken), len(mail.taken)) == (1, 1), "both have gone out"
    assert {row.state for row in mailbox()} == {"sending"}, "and nobody knows"
    rounds(1, now + timedelta(seconds=60))
    assert len(other.asked) == 1, "as far as we know the sender may be alive"
    rounds(2, now + timedelta(minutes=3))
    kept = {row.channel: row for row in mailbox()}
    assert {row.state for row in kept.values()} == {"sent"}
    assert (len(other.asked), len(other.taken)) == (2, 1), "the gateway knew the key: once"
    assert kept["sms"].twice is False
    assert len(mail.taken) == 2, "a mail server knows no keys"
    assert kept["email"].twice is True, "and so we say that it may have gone out twice"
    ids = {email.message_from_string(one)["Message-ID"] for one in mail.taken}
    assert len(ids) == 1, "a reader's program can still tell"
    with acting(NOTICES), transaction.atomic():
        outcomes = list(Attempt.objects.order_by("message", "number").values_list("outcome", flat=True))
    assert outcomes == ["unknown", "sent"] * 2
