"""News: enqueued with the act, heard once, in the name of a service, and never with words of the matter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.journal import news
from gongzhi.journal.jobs import hear_news
from gongzhi.journal.models import Entry, Heard
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.clock import stopped
from gongzhi.notices.models import Message
from gongzhi.notices.purposes import known
from gongzhi.notices.queries import mailbox
from gongzhi.people.actor import Person
from gongzhi.workorders import readers
from gongzhi.workorders.kind import PHRASES
from gongzhi.workorders.models import Channel
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(hours=1)


def waiting_jobs() -> list[dict[str, Any]]:
    """Arguments of the news jobs in the queue."""
    rows = ProcrastinateJob.objects.filter(task_name="journal.hear_news", status="todo").order_by("id")
    return [row.args for row in rows]


def hear_all() -> int:
    """Let every waiting job run, as the worker would. How many did something."""
    done = 0
    with stopped(LATER):
        for args in waiting_jobs():
            with acting(None):
                done += bool(hear_news(**args))
    return done


def test_every_verb_with_a_reader_is_a_verb_of_the_room() -> None:
    ours = {verb for verb in readers.READERS if verb.startswith("workorders.")}
    assert {verb.partition(".")[2] for verb in ours} <= set(PHRASES)
    codes = {purpose.code for purpose in known()}
    assert {verb for verb in codes if verb.startswith("workorders.")} <= ours


def test_the_reporter_is_told_when_it_is_their_turn(cast: Cast) -> None:
    order = bring(cast, "released")
    assert [job["reader"].rpartition(".")[2] for job in waiting_jobs()] == ["tell_reporter"]
    assert hear_all() == 1
    [message] = mailbox()
    assert (message.address, message.account_id, message.purpose) == (
        "+8619900000101", cast.resident.account_id, "workorders.pass_check",
    )  # fmt: skip
    assert order.number in message.body
    for word in ("下水道", "疏通", "海棠", "王"):
        assert word not in message.body, "no words of the matter leave the house"


def test_whoever_reported_the_same_is_told_too(cast: Cast) -> None:
    main = report_drain(cast).order
    twin = report_drain(cast, by=Person.visitor(), phone="63000009").order
    act(cast, "merge", twin.pk, at=LATER, into_id=main.pk)
    for verb in ("accept", "answer", "pass_check"):
        act(cast, verb, main.pk, at=LATER)
    hear_all()
    told = {message.address: message for message in mailbox()}
    assert told["+85363000009"].purpose == "joined"
    assert twin.number in told["+85363000009"].body


def test_heard_twice_is_done_once(cast: Cast) -> None:
    bring(cast, "released")
    assert hear_all() == 1
    assert hear_all() == 0
    assert len(mailbox()) == 1
    assert Heard.objects.count() == 1


def test_a_reader_that_fails_leaves_no_mark_and_no_message(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(cast, "released")
    [args] = waiting_jobs()

    def breaks(entry: Entry) -> None:
        readers.tell_reporter(entry)
        raise ZeroDivisionError

    monkeypatch.setitem(news._readers["workorders.pass_check"], args["reader"], breaks)
    with stopped(LATER):
        with undone(), pytest.raises(ZeroDivisionError):
            hear_news(**args)
        assert (Heard.objects.count(), mailbox()) == (0, [])
        monkeypatch.setitem(news._readers["workorders.pass_check"], args["reader"], readers.tell_reporter)
        assert hear_news(**args) is True
        assert len(mailbox()) == 1


def test_the_news_travel_with_the_act_or_not_at_all(cast: Cast) -> None:
    order = bring(cast, "answered")
    before = waiting_jobs()
    with undone():
        act(cast, "pass_check", order.pk, at=LATER)
        assert len(waiting_jobs()) == len(before) + 1
    assert waiting_jobs() == before


def test_a_job_carries_a_name_and_a_number_and_no_words(cast: Cast) -> None:
    bring(cast, "waiting")
    for args in waiting_jobs():
        assert set(args) == {"reader", "entry_id"}
        assert isinstance(args["entry_id"], int)


def test_a_reader_acts_in_the_name_of_its_service(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from gongzhi.kit.acting import current

    bring(cast, "released")
    [args] = waiting_jobs()
    seen: list[Any] = []
    monkeypatch.setitem(
        news._readers["workorders.pass_check"], args["reader"], lambda entry: seen.append(current())
    )
    with acting(cast.resident):
        hear_news(**args)
        assert current() == cast.resident
    assert [who.service for who in seen] == ["news"]


@pytest.mark.parametrize("state", ["waiting", "released", "declined"])
def test_each_moment_that_needs_the_resident_has_its_sentence(cast: Cast, state: str) -> None:
    order = bring(cast, state)
    hear_all()
    [message] = mailbox()
    assert message.purpose == {"waiting": "workorders.ask_resident", "released": "workorders.pass_check",
                               "declined": "workorders.decline"}[state]  # fmt: skip
    assert order.number in message.body


def test_whoever_left_no_way_to_be_reached_is_not_reached(cast: Cast) -> None:
    order = report_drain(cast, by=Person.visitor(), name="", phone="").order
    act(cast, "accept", order.pk, at=LATER)
    act(cast, "ask_resident", order.pk, at=LATER)
    assert hear_all() == 1
    assert mailbox() == []


def test_a_resident_on_whose_behalf_a_clerk_wrote_is_reached_too(cast: Cast) -> None:
    order = report_drain(cast, by=cast.clerk, channel=Channel.PHONE, phone="63000001").order
    act(cast, "accept", order.pk, at=LATER)
    act(cast, "ask_resident", order.pk, at=LATER)
    hear_all()
    assert [message.address for message in mailbox()] == ["+85363000001"]


def test_an_entry_nobody_wants_to_hear_of_makes_no_job(cast: Cast) -> None:
    bring(cast, "in_hand")
    assert waiting_jobs() == []


def test_an_unknown_reader_of_a_former_version_is_passed_over(cast: Cast) -> None:
    order = bring(cast, "assigned")
    entry = Entry.objects.filter(thread_id=order.pk).first()
    assert entry is not None
    assert hear_news(reader="gongzhi.gone.readers.nothing", entry_id=entry.pk) is False


def test_a_message_goes_out_once(cast: Cast) -> None:
    from gongzhi.notices.jobs import send_message

    bring(cast, "released")
    hear_all()
    [message] = mailbox()
    with stopped(LATER):
        assert send_message(message_id=str(message.pk)) is True
        assert send_message(message_id=str(message.pk)) is False
    with acting(Actor.for_service("notices")):
        assert Message.objects.get(pk=message.pk).sent_at is not None
