"""Messages of this room: colleagues are told by role, the page shows what a step would send and how it stands."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.journal.jobs import hear_news
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.clock import stopped
from gongzhi.matters import actions as matters
from gongzhi.meetings.actions import answering as meeting_answers
from gongzhi.meetings.actions import calling
from gongzhi.meetings.tests.scene import called
from gongzhi.notices import actions as notices
from gongzhi.notices.channels import REASONS
from gongzhi.notices.models import Message
from gongzhi.notices.queries import mailbox, preview
from gongzhi.people.actor import Person
from gongzhi.people.models import Account
from gongzhi.workorders.actions import emergency
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

NOTICES, SWEEP = Actor.for_service("notices"), Actor.for_service("sweep")
LATER = WEDNESDAY + timedelta(hours=1)


def hear(at: Any = LATER) -> None:
    rows = ProcrastinateJob.objects.filter(task_name="journal.hear_news", status="todo").order_by("id")
    with stopped(at), acting(None):
        for row in rows:
            hear_news(**row.args)


def told(cast: Cast, purpose: str) -> set[str]:
    """Who has it on their own page."""
    names = {account.pk: name for name, account in cast.accounts.items()}
    rows = mailbox(everything=True, most=500)
    return {names[row.account_id] for row in rows if row.purpose == purpose and row.channel == "in_app"}


# ---- colleagues


def test_a_promise_that_runs_out_reaches_those_on_its_line(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    due = order.matter.deadlines.get(promise="answer")
    for at in (due.due_at - (due.due_at - due.starts_at) * 0.3, due.due_at + timedelta(minutes=1)):
        with stopped(at):
            while matters.remind(by=SWEEP, at=at):
                pass
        hear(at)
    assert told(cast, "workorders.reminded") >= {"road_worker"}
    assert "gardener" not in told(cast, "workorders.reminded") | told(cast, "workorders.missed")
    assert {"road_head", "clerk"} <= told(cast, "workorders.missed")
    with acting(NOTICES):
        assert Message.objects.filter(purpose="workorders.missed", body__contains=order.number).exists()


def test_news_of_long_ago_rings_nobody_up(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "urge", order.pk, at=LATER)
    hear(LATER + timedelta(days=3))
    assert told(cast, "workorders.urge") == set()


def test_urging_and_supervising_reach_the_unit(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "urge", order.pk, at=LATER)
    act(cast, "supervise", order.pk, at=LATER)
    act(cast, "remark", order.pk, at=LATER)
    act(cast, "report_back", order.pk, at=LATER)
    hear()
    for purpose in ("workorders.urge", "workorders.supervise", "workorders.remark"):
        assert told(cast, purpose) >= {"road_worker", "road_head"}, purpose
        assert "gardener" not in told(cast, purpose)
    assert told(cast, "workorders.report_back") == {"leader"}


def test_an_emergency_notice_reaches_all_who_have_to_confirm_it(cast: Cast) -> None:
    row = emergency.switch_on(
        name="台风", kind="typhoon", division_id=cast.street.pk, reason="台风来了", by=cast.leader, at=LATER
    )
    emergency.notify(
        row.pk, title="全体到岗", text="请马上到岗。", bodies=[cast.roads.pk], by=cast.leader, at=LATER
    )
    night = LATER + timedelta(hours=13)
    hear(night)
    assert told(cast, "emergency.notify") == {"road_worker", "road_head"}
    message = next(m for m in mailbox(everything=True) if m.purpose == "emergency.notify")
    assert message.urgent and message.url == f"/emergency/{row.pk}/"
    client = Client()
    client.force_login(cast.accounts["road_worker"])
    assert "请马上到岗。" in client.get(message.url).content.decode()


def test_a_meeting_reaches_those_who_are_invited(cast: Cast) -> None:
    meeting = called(cast)
    hear()
    assert told(cast, "meetings.call") == {"road_worker", "road_head", "gardener"}
    half = WEDNESDAY + timedelta(hours=2)
    mine = meeting.invitations.get(organisation=cast.roads)
    meeting_answers.answer(mine.pk, "coming", by=cast.road_head, at=LATER)
    with stopped(half):
        meeting_answers.look_after(by=SWEEP, at=half)
    hear(half)
    assert told(cast, "meetings.remind") == {"gardener"}, "roads have answered"
    calling.cancel(meeting.pk, "台风", by=cast.clerk, at=half)
    hear(half)
    assert told(cast, "meetings.cancel") == {"road_worker", "road_head", "gardener"}


# ---- on the order's page


def desk(cast: Cast, name: str, order: Any) -> str:
    client = Client()
    client.force_login(cast.accounts[name])
    answer = client.get(f"/desk/{order.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_step_shows_what_it_would_send(cast: Cast) -> None:
    order = bring(cast, "answered")
    page = desk(cast, "checker", order)
    assert "居民会收到（短信）" in page
    assert f"您反映的事（{order.number}）有答复了" in page
    assert "19900000101" not in page


def test_it_shows_it_in_the_readers_language(cast: Cast) -> None:
    Account.objects.filter(pk=cast.accounts["resident"].pk).update(language="en")
    order = bring(cast, "answered")
    words = preview("workorders.pass_check", {"number": order.number}, "en")
    assert words in desk(cast, "checker", order).replace("&#x27;", "'")


def test_a_visitor_is_told_in_the_language_in_which_they_reported(cast: Cast) -> None:
    with override("pt"):
        report = report_drain(cast, by=Person.visitor(), name="Silva", phone="", email="silva@example.org")
    order = report.order
    for verb in ("accept", "answer"):
        act(cast, verb, order.pk, at=LATER)
    words = preview("workorders.pass_check", {"number": order.number}, "pt")
    assert words in unescape(desk(cast, "checker", order))
    act(cast, "pass_check", order.pk, at=LATER)
    hear()
    [message] = [row for row in mailbox(everything=True) if row.purpose == "workorders.pass_check"]
    assert (message.address, message.language, message.body) == ("silva@example.org", "pt", words)
    # The link asks for the code that they have; in a browser that has shown it before, it opens the matter at once.
    assert message.url == f"/q/?of={order.pk}"
    client = Client()
    assert "查询码" in client.get(message.url).content.decode()
    assert client.get(f"/q/{report.code}/")["Location"] == f"/matter/{order.pk}/"
    assert client.get(message.url)["Location"] == f"/matter/{order.pk}/"


def test_it_says_when_nobody_will_be_reached(cast: Cast) -> None:
    order = report_drain(cast, by=Person.visitor(), name="", phone="").order
    act(cast, "accept", order.pk, at=LATER)
    assert "没有留联系方式，不会收到" in desk(cast, "road_worker", order)


@pytest.mark.parametrize(
    ("state", "failure", "shown"),
    [("delivered", "", "已送达"), ("waiting", "down", "还在路上"), ("failed", "address", "没送到")],
)
def test_the_page_says_what_is_still_on_its_way(cast: Cast, state: str, failure: str, shown: str) -> None:
    order = bring(cast, "released")
    hear()
    with acting(NOTICES):
        Message.objects.filter(channel="sms").update(state=state, failure=failure, twice=state == "waiting")
    page = desk(cast, "clerk", order)
    assert "短信" in page and shown in page
    assert (str(REASONS[failure]) in page) if failure else True
    assert ("可能发了两次" in page) is (state == "waiting")
    assert "19900000101" not in page, "never the address"


def test_the_bell_counts_new_notices(cast: Cast) -> None:
    notices.tell(
        "workorders.urge", [cast.clerk.account_id or 0], fills={"number": "W1"}, by=NOTICES, at=WEDNESDAY
    )
    client = Client()
    client.force_login(cast.accounts["clerk"])
    assert "1 条新通知" in client.get("/desk/bell/").content.decode()
