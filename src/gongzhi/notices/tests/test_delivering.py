"""From the outbox to somebody: claims, tries, quiet hours, digests, choices, languages, stops, receipts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock as clocks
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid, TooMany
from gongzhi.notices import actions, jobs, queries
from gongzhi.notices.actions import delivering
from gongzhi.notices.channels.sms import signature
from gongzhi.notices.models import Attempt, Message, Outlet
from gongzhi.notices.queries import mailbox
from gongzhi.notices.tests.fakes import Gateway, gateway
from gongzhi.people import actions as people
from gongzhi.people.addresses import address_digest
from gongzhi.people.models import Account
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

NOTICES = Actor.for_service("notices")
#: Half past ten at night in the town.
NIGHT = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 19, 0, 0, tzinfo=UTC)
NUMBER = {"number": "W261118-000001"}
PHONE = "+85366000103"


@pytest.fixture
def other(settings: Any) -> Iterator[Gateway]:
    with gateway() as made:
        settings.MAILBOX = False
        settings.SMS_ADDRESS, settings.SMS_SECRET = made.address, "a shared secret"
        settings.NOTICE_HOSTS = [made.host]
        yield made


def sent(
    address: str = PHONE, purpose: str = "workorders.decline", *, at: datetime = WEDNESDAY, **more: Any
) -> Message:
    fills = {"code": "424242", **NUMBER}
    actions.send(purpose, address=address, fills=fills, by=Actor.nobody(), at=at, **more)
    return mailbox()[0]


def again(message: Message) -> Message:
    with acting(NOTICES):
        return Message.objects.get(pk=message.pk)


def deliver(message: Message, at: datetime) -> bool:
    with acting(NOTICES):
        return actions.deliver(str(message.pk), by=NOTICES, at=at)


def reachable(account: Account, *, phone: str = "", email: str = "") -> None:
    people.keep_contact(
        name="", phone=phone, email=email, purpose="account", held_by=[], account_id=account.pk,
        by=Actor.nobody(), at=WEDNESDAY,
    )  # fmt: skip


def tell(cast: Cast, who: str, purpose: str, *, at: datetime = WEDNESDAY, **fills: Any) -> list[Message]:
    actions.tell(purpose, [cast.accounts[who].pk], fills={**NUMBER, **fills}, url="/desk/", by=NOTICES, at=at)
    return mailbox(everything=True)


# ---- tries


def test_a_gateway_that_is_down_is_asked_again_and_then_it_arrives_once(other: Gateway) -> None:
    message, at = sent(), WEDNESDAY
    other.plan = ["break", 503, (429, {}, {"Retry-After": "900"})]
    waits = []
    for _try in range(3):
        assert deliver(message, at) is False
        now = again(message)
        assert (now.state, now.sent_at) == ("waiting", None)
        assert now.next_at is not None
        waits.append((now.next_at - at).total_seconds())
        at = now.next_at
    assert waits == [60, 120, 900]
    assert deliver(message, at) is True
    assert again(message).state == "sent"
    assert len(other.taken) == 1
    with acting(NOTICES):
        assert list(Attempt.objects.values_list("number", "outcome", "reason")) == [
            (1, "later", "down"), (2, "later", "down"), (3, "later", "busy"), (4, "sent", ""),
        ]  # fmt: skip


def test_what_is_refused_is_not_tried_again(other: Gateway) -> None:
    message = sent()
    other.plan = [(422, {"reason": "address"})]
    assert deliver(message, WEDNESDAY) is False
    kept = again(message)
    assert (kept.state, kept.failure, kept.next_at) == ("failed", "address", None)
    assert deliver(message, WEDNESDAY + timedelta(days=1)) is False
    assert len(other.asked) == 1


def test_a_code_that_has_run_out_is_not_sent(other: Gateway) -> None:
    message = sent(purpose="sign_in", at=NIGHT)
    other.plan = [503]
    assert deliver(message, NIGHT) is False, "it was tried, by night too"
    assert deliver(message, NIGHT + timedelta(minutes=11)) is False
    assert again(message).failure == "expired"
    assert len(other.asked) == 1


def test_a_sender_that_died_is_followed_by_another(other: Gateway) -> None:
    message = sent()
    with acting(NOTICES):
        assert delivering._claim(str(message.pk), WEDNESDAY) is not None
    assert deliver(message, WEDNESDAY + timedelta(seconds=90)) is False, "it may still be alive"
    assert deliver(message, WEDNESDAY + timedelta(minutes=3)) is True
    kept = again(message)
    assert (kept.state, kept.attempts, kept.twice) == ("sent", 2, False), "the gateway takes a key once"
    assert Attempt.objects.get(number=1).outcome == "unknown"


def test_where_the_channel_cannot_tell_it_says_so(settings: Any, mailoutbox: list[Any]) -> None:
    settings.MAILBOX, settings.EMAIL_HOST = False, "mail.example"
    message = sent("someone@example.org")
    with acting(NOTICES):
        delivering._claim(str(message.pk), WEDNESDAY)
    assert deliver(message, WEDNESDAY + timedelta(minutes=3)) is True
    assert again(message).twice is True
    assert len(mailoutbox) == 1


def test_who_wakes_up_late_changes_nothing_but_the_truth(settings: Any, mailoutbox: list[Any]) -> None:
    settings.MAILBOX, settings.EMAIL_HOST = False, "mail.example"
    message = sent("someone@example.org")
    with acting(NOTICES):
        claimed = delivering._claim(str(message.pk), WEDNESDAY)
        assert claimed is not None
        late = delivering._hand_over(claimed[0])
        deliver(message, WEDNESDAY + timedelta(minutes=3))
        delivering._mark(message.pk, claimed[1], late, WEDNESDAY + timedelta(minutes=4))
    kept = again(message)
    assert (kept.state, kept.sent_at, kept.twice) == ("sent", WEDNESDAY + timedelta(minutes=3), True)


def test_a_message_is_given_up_one_day(other: Gateway) -> None:
    message, at = sent(), WEDNESDAY
    other.plan = [503] * 200
    with clocks.stopped(at) as hand, acting(NOTICES):
        for _hour in range(60):
            jobs.look_after(timestamp=0)
            hand.forward(hours=1)
    assert again(message).failure == "expired"
    assert mailbox()[0].state == "failed"


# ---- the gateway's word


def told_by_gateway(message: Message, state: str, secret: str = "a shared secret", **more: str) -> Any:
    body = json.dumps({"id": str(message.pk), "state": state, **more}).encode()
    moment = str(int(clocks.now().timestamp()))
    return Client().post(
        "/notices/receipts/sms/", body, content_type="application/json",
        headers={"X-Timestamp": moment, "X-Signature": signature(secret, moment, body)},
    )  # fmt: skip


def test_a_receipt_says_that_it_arrived(other: Gateway) -> None:
    message = sent()
    deliver(message, WEDNESDAY)
    assert told_by_gateway(message, "delivered", secret="guessed").status_code == 401
    assert again(message).state == "sent"
    assert told_by_gateway(message, "delivered").json() == {"known": True}
    assert told_by_gateway(message, "failed").json() == {"known": False}, "the first word counts"
    assert again(message).state == "delivered"


def test_a_receipt_says_that_it_did_not(other: Gateway) -> None:
    message = sent()
    deliver(message, WEDNESDAY)
    assert told_by_gateway(message, "failed", reason="address").status_code == 200
    assert (again(message).state, again(message).failure) == ("failed", "address")
    assert told_by_gateway(message, "perhaps").status_code == 400


# ---- quiet hours


def test_by_night_it_waits_until_morning(other: Gateway) -> None:
    message = sent(at=NIGHT)
    assert again(message).next_at == MORNING
    assert deliver(message, NIGHT + timedelta(hours=3)) is False
    assert other.asked == []
    assert deliver(message, MORNING) is True


def test_a_second_try_does_not_ring_by_night_either(other: Gateway) -> None:
    message = sent(at=NIGHT - timedelta(minutes=31))
    other.plan = [(503, {}, {"Retry-After": "3600"})]
    deliver(message, NIGHT - timedelta(minutes=31))
    later = again(message).next_at
    assert later is not None
    assert deliver(message, later) is False
    assert again(message).next_at == MORNING
    assert len(other.asked) == 1


def test_what_is_urgent_goes_out_by_night(cast: Cast, other: Gateway) -> None:
    reachable(cast.accounts["grid_worker"], phone="+8619900000999")
    tell(cast, "grid_worker", "emergency.notify", at=NIGHT, title="暴雨")
    [message] = mailbox()
    assert deliver(message, NIGHT) is True


def test_hours_of_ones_own_on_a_clock_elsewhere(cast: Cast) -> None:
    account = cast.accounts["resident"]
    reachable(account, phone="+8619900000101")
    with acting(cast.resident):
        actions.set_hours(time(22), time(8), "Europe/Lisbon", time(18), by=cast.resident, at=WEDNESDAY)
    tell(cast, "resident", "workorders.decline", at=NIGHT)
    assert mailbox()[0].next_at == NIGHT, "half past two in the afternoon in Lisbon"
    tell(cast, "resident", "workorders.decline", at=WEDNESDAY - timedelta(hours=3))
    assert mailbox()[1].next_at == datetime(2026, 11, 18, 8, tzinfo=UTC)


# ---- choices and digests


def test_without_a_choice_one_way_is_enough(cast: Cast) -> None:
    reachable(cast.accounts["resident"], phone="+8619900000101", email="r@example.org")
    rows = tell(cast, "resident", "workorders.decline")
    assert {row.channel for row in rows} == {"in_app", "sms"}


def test_with_a_choice_all_that_were_chosen(cast: Cast) -> None:
    reachable(cast.accounts["resident"], phone="+8619900000101", email="r@example.org")
    with acting(cast.resident):
        actions.choose("progress", ["sms", "email"], "now", by=cast.resident, at=WEDNESDAY)
    assert {row.channel for row in tell(cast, "resident", "workorders.decline")} == {"in_app", "sms", "email"}


def test_off_means_that_only_the_own_page_has_it(cast: Cast) -> None:
    reachable(cast.accounts["resident"], phone="+8619900000101")
    with acting(cast.resident):
        actions.choose("progress", ["sms"], "off", by=cast.resident, at=WEDNESDAY)
    assert [row.channel for row in tell(cast, "resident", "workorders.decline")] == ["in_app"]


def test_an_emergency_cannot_be_turned_off(cast: Cast) -> None:
    with pytest.raises(Invalid):
        actions.choose("emergency", [], "off", by=cast.grid_worker, at=WEDNESDAY)


def test_a_digest_is_one_message_a_day(cast: Cast, other: Gateway) -> None:
    worker = cast.grid_worker
    with acting(worker):
        actions.add_outlet("wecom", f"http://{other.host}/w?key=1", {}, "值班群", by=worker, at=WEDNESDAY)
        actions.choose("promises", ["wecom"], "daily", by=worker, at=WEDNESDAY)
    for minutes in range(25):
        tell(
            cast,
            "grid_worker",
            "workorders.reminded",
            at=WEDNESDAY + timedelta(minutes=minutes),
            promise="答复",
            mark=80,
        )
    evening = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
    with clocks.stopped(evening - timedelta(minutes=1)) as hand, acting(NOTICES):
        assert jobs.look_after(timestamp=0) == 0
        hand.set(evening)
        assert jobs.look_after(timestamp=0) == 1
        assert jobs.look_after(timestamp=0) == 0
    [told] = other.asked
    words = told["json"]["text"]["content"]
    assert words.startswith("25 条通知") and words.count("·") == 20 and "还有 5 条" in words
    with acting(NOTICES):
        assert Message.objects.filter(state="gathered", into__purpose="digest").count() == 25


def test_one_held_message_goes_out_as_it_is(cast: Cast) -> None:
    worker = cast.grid_worker
    reachable(cast.accounts["grid_worker"], email="g@example.org")
    with acting(worker):
        actions.choose("meetings", ["email"], "daily", by=worker, at=WEDNESDAY)
    tell(cast, "grid_worker", "meetings.remind", when="11-19 10:00")
    with clocks.stopped(WEDNESDAY + timedelta(hours=9)), acting(NOTICES):
        assert jobs.look_after(timestamp=0) == 1
    assert [row.purpose for row in mailbox()] == ["meetings.remind"]


def test_each_reads_their_own_language(cast: Cast) -> None:
    from gongzhi.notices.purposes import said

    for who, language in (("resident", "en"), ("neighbour", "pt"), ("macao_resident", "zh-hant")):
        Account.objects.filter(pk=cast.accounts[who].pk).update(language=language)
        [row] = [m for m in tell(cast, who, "workorders.decline") if m.account_id == cast.accounts[who].pk]
        assert (row.language, row.body) == (language, said("workorders.decline", NUMBER, language)[1])


def test_a_robot_that_is_gone_is_forgotten(cast: Cast, other: Gateway) -> None:
    worker = cast.grid_worker
    with acting(worker):
        actions.add_outlet("wecom", f"http://{other.host}/w?key=1", {}, "", by=worker, at=WEDNESDAY)
    tell(cast, "grid_worker", "workorders.urge")
    other.plan = [(200, {"errcode": 93000})]
    [message] = mailbox()
    assert deliver(message, WEDNESDAY) is False
    with acting(worker):
        assert not Outlet.objects.exists()
    assert tell(cast, "grid_worker", "workorders.urge")[0].channel == "in_app"


def test_ten_robots_are_enough(cast: Cast, other: Gateway) -> None:
    worker = cast.grid_worker
    with acting(worker):
        for number in range(10):
            actions.add_outlet("wecom", f"http://{other.host}/w?key={number}", {}, by=worker, at=WEDNESDAY)
        actions.add_outlet("wecom", f"http://{other.host}/w?key=9", {}, by=worker, at=WEDNESDAY)
        with pytest.raises(TooMany):
            actions.add_outlet("wecom", f"http://{other.host}/w?key=10", {}, by=worker, at=WEDNESDAY)
        with pytest.raises(Invalid):
            actions.add_outlet("wecom", "https://127.0.0.1/x", {}, by=worker, at=WEDNESDAY)


# ---- no more of it


def test_one_click_stops_a_group_and_another_starts_it_again(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://city.example"
    reachable(cast.accounts["resident"], email="r@example.org")
    tell(cast, "resident", "workorders.decline")
    with acting(NOTICES):
        letter = delivering._letter(mailbox()[0])
    assert letter is not None and letter.stop.startswith("https://city.example/notices/stop/")
    assert "r@example.org" not in letter.stop
    path, client = letter.stop.removeprefix("https://city.example"), Client()
    assert client.get(path).status_code == 200
    assert len(tell(cast, "resident", "workorders.decline")) == 4, "opening the link stops nothing"
    assert (
        client.post(path, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded").status_code
        == 200
    )
    assert len(tell(cast, "resident", "workorders.decline")) == 5, "the own page only"
    assert client.post(path, {"again": "1"}).status_code == 200
    assert len(tell(cast, "resident", "workorders.decline")) == 7


def test_an_address_without_an_account_can_stop_too(settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://city.example"
    message = sent("stranger@example.org")
    with acting(NOTICES):
        letter = delivering._letter(message)
    assert letter is not None
    Client().post(letter.stop.removeprefix("https://city.example"))
    sent("stranger@example.org")
    assert len(mailbox()) == 1
    sent("stranger@example.org", purpose="sign_in")
    assert len(mailbox()) == 2, "a code was asked for"


@pytest.mark.parametrize("token", ["x", "a1.progress:wrong", "d00.nothing:x"])
def test_a_made_up_link_stops_nothing(token: str) -> None:
    assert Client().post(f"/notices/stop/{token}/").status_code == 404


def test_a_signed_link_holds_no_address() -> None:
    token = delivering.stop_token(None, address_digest("a@example.org"), "progress")
    assert delivering.said_in_token(token) == (None, address_digest("a@example.org"), "progress")
    assert "example" not in token


# ---- pages


def test_my_page_shows_mine_and_marks_them_read(cast: Cast) -> None:
    tell(cast, "grid_worker", "workorders.urge")
    client = Client()
    client.force_login(cast.accounts["grid_worker"])
    page = client.get("/notices/").content.decode()
    assert NUMBER["number"] in page and "全部已读" in page
    assert "1 条新通知" in client.get("/notices/count/").content.decode()
    [row] = queries_of(cast, "grid_worker")
    answer = client.post(f"/notices/{row.pk}/read/", {"next": "/desk/"})
    assert answer["Location"] == "/desk/"
    assert (
        client.post(f"/notices/{row.pk}/read/", {"next": "https://evil.example/"})["Location"] == "/notices/"
    )
    assert "全部已读" not in client.get("/notices/").content.decode()
    other_client = Client()
    other_client.force_login(cast.accounts["gardener"])
    assert NUMBER["number"] not in other_client.get("/notices/").content.decode()


def queries_of(cast: Cast, who: str) -> list[Message]:
    with acting(cast.person(who)):
        return queries.inbox(cast.person(who))


def test_nobody_elses_notice_is_marked(cast: Cast) -> None:
    tell(cast, "grid_worker", "workorders.urge")
    [row] = queries_of(cast, "grid_worker")
    client = Client()
    client.force_login(cast.accounts["gardener"])
    client.post(f"/notices/{row.pk}/read/")
    assert queries_of(cast, "grid_worker")[0].read_at is None


@pytest.mark.parametrize(
    ("path", "post"),
    [("/notices/", False), ("/notices/count/", False), ("/notices/choices/", False), ("/notices/choices/", True),
     ("/notices/hours/", True), ("/notices/outlets/", True), ("/notices/outlets/1/drop/", True),
     ("/notices/subscribe/", True), ("/notices/read/", True)],
)  # fmt: skip
def test_who_has_not_signed_in_is_asked_to(path: str, post: bool) -> None:
    client = Client(headers={"Accept": "application/json"})
    assert (client.post(path) if post else client.get(path)).status_code == 401


def test_choices_are_kept_from_the_page(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.accounts["grid_worker"])
    page = client.get("/notices/choices/").content.decode()
    assert "催办、督办、批示" in page and "应急通知" in page
    client.post(
        "/notices/choices/", {"pace-promises": "daily", "ways-promises": ["push"], "pace-emergency": "off"}
    )
    with acting(cast.grid_worker):
        kept = {one.group.code: (one.pace, one.channels) for one in queries.choices_of(cast.grid_worker)}
    assert kept["promises"] == ("daily", ("push",))
    assert kept["emergency"][0] == "now"
    assert client.post("/notices/choices/", {"pace-promises": "sometimes"}).status_code == 400
    assert client.post("/notices/hours/", {"begins": "23:00", "ends": "07:00", "zone": "Asia/Macau", "digest_at": "18:30"}).status_code == 302  # fmt: skip
    assert client.post("/notices/hours/", {"begins": "23:00", "ends": "x", "zone": "Mars", "digest_at": ""}).status_code == 400  # fmt: skip


def test_a_resident_is_not_asked_about_the_work_of_staff(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.accounts["resident"])
    page = client.get("/notices/choices/").content.decode()
    assert "我反映的事" in page and "催办" not in page and "群机器人的地址" not in page


def test_a_browser_is_taken_and_an_odd_one_is_not(cast: Cast, other: Gateway) -> None:
    from gongzhi.notices.tests.test_channels import browser

    client = Client()
    client.force_login(cast.accounts["resident"])
    told = {"endpoint": f"http://{other.host}/push/1", "keys": browser()[1]}
    assert client.post("/notices/subscribe/", told, "application/json").status_code == 201
    assert "浏览器通知" in client.get("/notices/choices/").content.decode()
    for wrong in (
        {**told, "endpoint": "https://evil.example/"}, {**told, "keys": {"p256dh": "x", "auth": "y"}}, {}, [1],
    ):  # fmt: skip
        assert client.post("/notices/subscribe/", wrong, "application/json").status_code == 400


def test_the_worker_of_the_browser_is_a_script_of_ours() -> None:
    answer = Client().get("/notices/sw.js")
    assert answer["Content-Type"].startswith("text/javascript") and b"showNotification" in answer.content


def test_the_mailbox_shows_every_channel(cast: Cast, settings: Any) -> None:
    reachable(cast.accounts["resident"], phone="+8619900000101")
    tell(cast, "resident", "workorders.decline")
    page = Client().get("/mailbox/").content.decode()
    assert page.count(NUMBER["number"]) == 2 and "+8619900000101" in page
    assert Client().get("/mailbox/?by=in_app").content.decode().count(NUMBER["number"]) == 1
    settings.MAILBOX = False
    assert Client().get("/mailbox/").status_code == 404
