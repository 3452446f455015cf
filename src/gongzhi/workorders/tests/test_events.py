"""News for other programs: the stream, hooks that are pushed to, what is signed, refused, given up and sent again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.journal.books import changes_of
from gongzhi.kit import clock, reaching
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict
from gongzhi.notices.tests.fakes import Gateway, gateway
from gongzhi.people import actions as people
from gongzhi.people.models import Token
from gongzhi.people.roles import Role
from gongzhi.workorders.actions import events, hooks
from gongzhi.workorders.models import Event, Gathered, Hook, Miss
from gongzhi.workorders.queries.events import stretch
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db
BY = Actor.for_service("hooks")


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[Any]:
    with clock.stopped(WEDNESDAY) as hand:
        yield hand


@pytest.fixture
def other() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


def gather(*_orders: Any) -> int:
    """Gather from the journal, as the worker does every few seconds."""
    with acting(BY):
        return events.gather(by=BY, at=clock.now())


@pytest.fixture(autouse=True)
def a_program_listens(cast: Cast) -> None:
    """Somebody holds a key: else nobody could read an event, and none is written."""
    people.issue_token(
        cast.accounts["clerk"],
        "t",
        ["events.read"],
        expires_at=WEDNESDAY + timedelta(days=200),
        by=BY,
        at=WEDNESDAY,
    )


def push(hook: Hook) -> int:
    with acting(BY):
        return hooks.push(hook.pk, by=BY, at=clock.now())


def subscribed(cast: Cast, other: Gateway, name: str = "clerk", **said: Any) -> Hook:
    return hooks.subscribe("物业", other.address, by=cast.person(name), at=clock.now(), **said)


def token(cast: Cast, name: str, *scopes: str) -> dict[str, str]:
    made = people.issue_token(
        cast.accounts[name], "t", scopes, expires_at=WEDNESDAY + timedelta(days=9), by=BY, at=WEDNESDAY
    )
    return {"Authorization": f"Bearer {made}"}


def test_the_stream_tells_each_what_they_may_see(cast: Cast) -> None:
    bring(cast, "in_hand")
    gather()
    kinds = [event.kind for event in stretch(0, by=cast.clerk).events]
    assert kinds == ["reported", "dispatched", "accepted"]
    assert [e.kind for e in stretch(0, by=cast.resident).events] == kinds, "it is their own report"
    assert stretch(0, by=cast.neighbour).events == []
    assert stretch(0, by=cast.far_grid_worker).events == []
    assert [e.state for e in stretch(0, by=cast.clerk).events][-1] == "in_hand"


def test_the_stream_is_read_page_by_page_and_by_kind_and_area(cast: Cast) -> None:
    for _number in range(3):
        gather(report_drain(cast))
    head = token(cast, "clerk", "events.read")
    seen: list[str] = []
    after, more = 0, True
    while more:
        page = Client().get(f"/api/events?after={after}&size=2", headers=head).json()
        seen += [item["id"] for item in page["items"]]
        after, more = page["next"], page["more"]
    assert len(seen) == len(set(seen)) == 6
    assert Client().get(f"/api/events?after={after}", headers=head).json()["items"] == []
    only = Client().get("/api/events?kind=reported&kind=closed", headers=head).json()["items"]
    assert {item["kind"] for item in only} == {"reported"} and len(only) == 3
    near = f"/api/events?division={cast.grid_1.code}"
    far = f"/api/events?division={cast.grid_3.code}"
    assert len(Client().get(near, headers=head).json()["items"]) == 6
    assert Client().get(far, headers=head).json()["items"] == []
    assert set(only[0]) == {"id", "cursor", "kind", "at", "number", "state", "category", "community", "grid",
                            "opened_at", "closed_at", "next_due_at"}  # fmt: skip


def test_who_comes_too_late_is_told(cast: Cast, wednesday: Any) -> None:
    gather(report_drain(cast))
    place = stretch(0, by=cast.clerk).cursor
    wednesday.forward(minutes=16)
    gather()
    Event.objects.all().delete()
    for _number in range(2):
        gather(report_drain(cast))
    Event.objects.filter(pk=Event.objects.order_by("pk").values_list("pk", flat=True)[0]).delete()
    answer = Client().get(f"/api/events?after={place}", headers=token(cast, "clerk", "read"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "cursor_too_old")


def test_history_is_no_news(cast: Cast, wednesday: Any) -> None:
    orders = [report_drain(cast).order, report_drain(cast).order]
    type(orders[0]).objects.filter(pk=orders[0].pk).update(history=True)
    wednesday.forward(days=15)
    assert gather() == 0, "it is too long ago"
    wednesday.set(WEDNESDAY)
    Gathered.objects.all().delete()
    assert gather() == 2 and set(Event.objects.values_list("order", flat=True)) == {orders[1].pk}


def test_what_becomes_visible_late_is_gathered_all_the_same_and_each_act_once(
    cast: Cast, wednesday: Any
) -> None:
    gather(report_drain(cast))
    late = list(Event.objects.order_by("pk").values_list("entry", flat=True))[:1]
    Event.objects.filter(entry__in=late).delete()  # as if that transaction had ended only now
    wednesday.forward(minutes=10)
    assert gather() == 1 and gather() == 0
    assert list(Event.objects.order_by("pk").values_list("entry", flat=True))[-1:] == late
    for _minute in range(40):
        wednesday.forward(minutes=1)
        report_drain(cast)
        gather()
    assert Gathered.objects.count() <= 18, "only the last minutes are remembered"


def test_a_report_defers_nothing_for_programs(cast: Cast) -> None:
    before = ProcrastinateJob.objects.count()
    report_drain(cast)
    assert ProcrastinateJob.objects.count() == before
    people.revoke_token(Token.objects.get().pk, by=cast.clerk, at=WEDNESDAY)
    assert gather() == 0, "nobody could read them"


def test_many_acts_are_gathered_in_several_rounds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_AT_ONCE", 2)
    for _number in range(3):
        report_drain(cast)
    assert gather() == 6 == Event.objects.count()


def test_a_push_is_signed_in_order_and_says_nothing_personal(cast: Cast, other: Gateway) -> None:
    made = Client().post(
        "/api/webhooks", {"name": "物业", "address": other.address}, "application/json",
        headers=token(cast, "clerk", "events.push"),
    )  # fmt: skip
    assert made.status_code == 201, made.content
    hook, key = Hook.objects.get(), made.json()["key"]
    report_drain(cast, name="王先生")
    gather()
    assert push(hook) == 2
    told = [json.loads(one["body"]) for one in other.asked]
    assert [one["kind"] for one in told] == ["reported", "dispatched"]
    one = other.asked[0]
    headers = {name.lower(): value for name, value in one["headers"].items()}
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + one["body"]
    right = hmac.new(base64.b64decode(key.removeprefix("whsec_")), said, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(right).decode()
    text = one["body"].decode()
    assert not any(word in text for word in ("王先生", "19900000101", "下水道", "海棠苑"))
    assert push(hook) == 0, "each once"
    hook.refresh_from_db()
    assert (hook.done, hook.state, hook.fault) == (Event.objects.latest("pk").pk, "on", "")


def test_kinds_areas_and_rights_decide_what_is_pushed(cast: Cast, other: Gateway) -> None:
    mine = subscribed(cast, other, kinds=["dispatched"])
    far = subscribed(cast, other, division_id=cast.grid_3.pk)
    strangers = subscribed(cast, other, "neighbour")
    gather(report_drain(cast))
    assert [push(hook) for hook in (mine, far, strangers)] == [1, 0, 0]


def test_a_side_that_is_down_is_asked_more_and_more_seldom_and_misses_nothing(
    cast: Cast, other: Gateway, wednesday: Any
) -> None:
    hook = subscribed(cast, other)
    gather(report_drain(cast))
    other.plan = [503, "break", (429, {}, {"Retry-After": "3000"})]
    pauses = []
    for _try in range(3):
        assert push(hook) == 0
        hook.refresh_from_db()
        assert hook.next_at is not None
        pauses.append((hook.next_at - clock.now()).total_seconds())
        assert push(hook) == 0 and len(other.asked) == _try + 1, "not before its moment"
        wednesday.set(hook.next_at)
    assert pauses == [5, 30, 3000]
    assert push(hook) == 2
    ids = [one["headers"].get("webhook-id") or one["headers"]["Webhook-Id"] for one in other.asked]
    assert ids == [ids[0]] * 4 + [ids[-1]], "the same id at every try"
    other.plan = [500] * 200
    gather(bring(cast, "in_hand"))
    for _day in range(130):
        push(hook)
        hook.refresh_from_db()
        if hook.next_at is None:
            break
        wednesday.set(hook.next_at)
    assert hook.state == "lost"
    assert 100 < len(other.asked) < 140, "hourly in the end, for five days"


def test_an_event_that_is_refused_is_given_up_and_sent_again_by_hand(
    cast: Cast, other: Gateway, wednesday: Any
) -> None:
    hook = subscribed(cast, other)
    gather(report_drain(cast))
    other.plan = [422] * 5
    for _try in range(5):
        push(hook)
        wednesday.forward(hours=2)
    push(hook)
    miss = Miss.objects.get()
    assert (miss.event.kind, miss.fault) == ("reported", "HTTP 422")
    hook.refresh_from_db()
    assert hook.done == Event.objects.latest("pk").pk, "those behind it went on"
    page = Client()
    page.force_login(cast.accounts["clerk"])
    assert "HTTP 422" in page.get("/account/webhooks/").content.decode()
    foreign = Client()
    foreign.force_login(cast.accounts["neighbour"])
    assert foreign.post(f"/account/webhooks/given-up/{miss.pk}/").status_code == 404
    assert page.post(f"/account/webhooks/given-up/{miss.pk}/").status_code == 302
    assert not Miss.objects.exists() and len(other.asked) == 7


def test_everything_can_be_pushed_again_from_a_place(cast: Cast, other: Gateway) -> None:
    hook = subscribed(cast, other)
    gather(report_drain(cast))
    assert push(hook) == 2
    head = token(cast, "clerk", "events.push", "events.read")
    first = Event.objects.earliest("pk").pk
    path = f"/api/webhooks/{hook.pk}/replay"
    assert Client().post(path, {"after": first}, "application/json", headers=head).status_code == 200
    assert push(hook) == 1
    assert Client().post(path, {"after": 10**9}, "application/json", headers=head).status_code == 400
    assert [row["id"] for row in Client().get("/api/webhooks", headers=head).json()] == [hook.pk]
    strangers = token(cast, "neighbour", "events.push")
    assert Client().post(path, {"after": 0}, "application/json", headers=strangers).status_code == 404
    assert Client().delete(f"/api/webhooks/{hook.pk}", headers=head).status_code == 204
    assert not Hook.objects.exists()


def test_a_hook_ends_with_its_key_and_its_person(cast: Cast, other: Gateway) -> None:
    key = people.issue_token(
        cast.accounts["clerk"], "t", ["events.push"], expires_at=WEDNESDAY + timedelta(days=9), by=BY, at=WEDNESDAY
    )  # fmt: skip
    Client().post(
        "/api/webhooks", {"name": "x", "address": other.address}, "application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    hook = Hook.objects.select_related("token").get()
    gather(report_drain(cast))
    assert hook.token is not None
    people.revoke_token(hook.token.pk, by=cast.clerk, at=WEDNESDAY)
    assert push(hook) == 0 and other.asked == []
    hook.refresh_from_db()
    assert hook.state == "void"


def test_a_sender_that_died_leaves_its_events_to_the_next(cast: Cast, other: Gateway, wednesday: Any) -> None:
    hook = subscribed(cast, other)
    gather(report_drain(cast))
    claimed = hooks._claim(hook.pk, clock.now())
    assert claimed is not None
    hooks.post(claimed[0], claimed[1][0], clock.now())  # and then it was killed
    assert push(hook) == 0, "not while it may still be alive"
    wednesday.forward(minutes=2)
    assert push(hook) == 2
    assert len(other.asked) == 3


@pytest.mark.parametrize(
    "address",
    ["http://city.example/", "https://user:pw@city.example/", "ftp://x/", "https://", "file:///etc/passwd", "x" * 600],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(cast: Cast, address: str) -> None:
    answer = Client().post(
        "/api/webhooks", {"name": "x", "address": address}, "application/json",
        headers=token(cast, "clerk", "events.push"),
    )  # fmt: skip
    assert answer.status_code == 400 and "address" in answer.json()["error"]["fields"]


@pytest.mark.parametrize("number", ["169.254.169.254", "10.0.0.8", "127.0.0.1", "::1", "fe80::1", "0.0.0.0", "::ffff:10.0.0.8"])  # fmt: skip
def test_no_name_leads_into_our_own_network(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, number: str
) -> None:
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, port, **more: [(10 if ":" in number else 2, 1, 6, "", (number, port))],
    )
    with pytest.raises(reaching.NotReached, match="address"):
        reaching.ask("https://inside.example/hook", body=b"{}", public=True)
    hook = hooks.subscribe("x", "https://inside.example/hook", by=cast.clerk, at=clock.now())
    gather(report_drain(cast))
    assert push(hook) == 0
    hook.refresh_from_db()
    assert "address" in hook.fault


def test_scopes_take_away_and_never_give(cast: Cast) -> None:
    report = {"description": "路灯不亮了，请来修"}
    reads, reports = token(cast, "clerk", "orders.read"), token(cast, "clerk", "orders.report")
    wide = token(cast, "clerk", "write")
    post = lambda head, path, body: Client().post(path, body, "application/json", headers=head)  # noqa: E731
    assert Client().get("/api/workorders", headers=reads).status_code == 200
    assert post(reads, "/api/workorders", report).json()["error"]["code"] == "scope"
    made = post(reports, "/api/workorders", report)
    assert made.status_code == 201
    path = f"/api/workorders/{made.json()['number']}"
    assert Client().get(path, headers=reports).status_code == 403
    decline = {"reason": "不归本街道管"}
    assert post(reports, f"{path}/steps/decline", decline).json()["error"]["code"] == "scope"
    assert post(wide, f"{path}/steps/decline", decline).status_code == 200
    assert Client().get("/api/events", headers=reads).status_code == 403
    strange = token(cast, "neighbour", "write", "read")
    assert Client().get(path, headers=strange).status_code == 404


def test_the_page_makes_stops_and_drops_a_hook(cast: Cast) -> None:
    client = Client()
    assert client.get("/account/webhooks/").status_code in (302, 401)
    client.force_login(cast.accounts["resident"])
    said = {"name": "手机程序", "address": "https://phone.example/in", "kinds": ["answered", "closed"]}
    page = client.post("/account/webhooks/", said)
    assert page.status_code == 200 and "whsec_" in page.content.decode()
    assert "whsec_" not in client.get("/account/webhooks/").content.decode()
    hook = Hook.objects.get()
    assert hook.kinds == ["answered", "closed"]
    here = f"/account/webhooks/{hook.pk}"
    assert client.post("/account/webhooks/", said | {"address": "http://phone.example"}).status_code == 400
    assert client.post(f"{here}/off/").status_code == 302
    hook.refresh_from_db()
    assert hook.state == "off"
    assert "whsec_" in client.post(f"{here}/renew/", {"seen": "1"}).content.decode()
    assert client.post(f"{here}/renew/", {"seen": "1"}).status_code == 409
    assert client.post(f"{here}/replay/", {"after": "0"}).status_code == 302
    assert client.post(f"{here}/nothing/").status_code == 400
    stranger = Client()
    stranger.force_login(cast.accounts["neighbour"])
    for verb in ("on", "off", "renew", "replay", "drop"):
        assert stranger.post(f"{here}/{verb}/", {"seen": "2", "after": "0"}).status_code == 404
    assert client.post(f"{here}/drop/").status_code == 302
    assert not Hook.objects.exists()


def test_an_administrator_sees_every_hook_and_can_stop_one(cast: Cast, other: Gateway) -> None:
    hook = subscribed(cast, other)
    admin = people.open_account(login="the_admin", name="管理员", password=None, by=BY, at=WEDNESDAY)
    people.give_post(
        admin, Role.ADMIN, division_id=cast.street.pk, organisation=None, starts_on=START, by=BY, at=WEDNESDAY
    )
    client = Client()
    client.force_login(admin)
    page = client.get("/house/hooks/").content.decode()
    assert "物业" in page and "127.0.0.1" in page and other.address not in page, (
        "of the address only the host"
    )
    assert client.post(f"/house/hooks/{hook.pk}/hold/", {"held": "1"}).status_code == 302
    hook.refresh_from_db()
    assert hook.state == "held"
    gather(report_drain(cast).order.pk)
    assert hooks.push(hook.pk, by=BY, at=clock.now()) == 0 and other.asked == []
    for again in (lambda: hooks.switch(hook.pk, on=True, by=cast.clerk, at=clock.now()),
                  lambda: hooks.replay(hook.pk, 0, by=cast.clerk, at=clock.now())):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            again()
        assert refused.value.code == "held"
    assert "管理员已停" in client.get("/house/hooks/").content.decode()
    client.post(f"/house/hooks/{hook.pk}/hold/", {"held": "0"})
    hooks.switch(hook.pk, on=True, by=cast.clerk, at=clock.now())
    assert hooks.push(hook.pk, by=BY, at=clock.now()) == 2
    noted = [(one.change.before, one.change.after) for one in changes_of(hooks.BOOK)]
    assert noted == [({"state": "held"}, {"state": "off"}), ({"state": "on"}, {"state": "held"})]


def test_nobody_else_sees_or_stops_them(cast: Cast, other: Gateway) -> None:
    hook = subscribed(cast, other)
    for name, reads in (
        ("auditor", 200),
        ("clerk", 403),
        ("leader", 403),
        ("road_worker", 403),
        ("resident", 403),
    ):
        client = Client()
        client.force_login(cast.accounts[name])
        assert client.get("/house/hooks/").status_code == reads, name
        assert client.post(f"/house/hooks/{hook.pk}/hold/", {"held": "1"}).status_code == 403, name
    assert Client().post(f"/house/hooks/{hook.pk}/hold/", {"held": "1"}).status_code in (302, 401)
    hook.refresh_from_db()
    assert hook.state == "on"
