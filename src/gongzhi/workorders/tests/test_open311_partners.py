"""Partners by Open311: the pages and who opens them, faults of the way, what is forwarded by itself, photographs by link."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.kit import clock, reaching
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.reaching import Answer, NotReached
from gongzhi.kit.secrets import seal, unseal
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.workorders.actions import exchanging, forwarding, partnering, visiting_peers
from gongzhi.workorders.models import Counterpart, OutsideCode, Peer, PeerKey, WorkOrder
from gongzhi.workorders.open311 import client
from gongzhi.workorders.open311.client import Taken
from gongzhi.workorders.open311.partners import peers, secret_of
from gongzhi.workorders.tables import tree
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

TESTS, OPEN311 = Actor.for_service("tests"), Actor.for_service("open311")
ADDRESS = "https://water.example/open311/v2"
UNTIL = date(2026, 11, 27)


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


@pytest.fixture
def admin(cast: Cast) -> Person:
    account = cast.accounts["leader"]
    people.give_post(
        account, "admin", division_id=cast.street.pk, starts_on=date(2026, 1, 1), by=TESTS, at=WEDNESDAY
    )
    return person_for(account)


@pytest.fixture
def water(cast: Cast, admin: Person, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """A server elsewhere, whose one service means the drains of the standard report."""
    code = tree().topics[report_drain(cast, at=WEDNESDAY - timedelta(days=3)).order.category_id or 0].code
    WorkOrder.objects.all().update(private=True)
    row = partnering.add_peer("water", name="湾区水务公司", address=ADDRESS, by=admin, at=WEDNESDAY)
    partnering.change_peer(row.pk, secret="their-key", by=admin, at=WEDNESDAY)
    monkeypatch.setattr(client, "services", lambda peer, secret: {"WT-01": "排水堵塞", "WT-02": "水表"})
    assert partnering.fetch_services(row.pk, by=admin, at=WEDNESDAY)[0] == 2
    partnering.match(row.pk, "WT-01", tree().by_code[code].id, by=admin, at=WEDNESDAY)
    return Peer.objects.get(pk=row.pk)


def forwarded(cast: Cast, water: Peer, **said: Any) -> Counterpart:
    order = report_drain(cast, **said).order
    forwarding.forward(
        order.pk,
        body="湾区水务公司",
        until=UNTIL,
        words="请疏通主管道。",
        peer_id=water.pk,
        by=cast.clerk,
        at=WEDNESDAY,
    )
    return Counterpart.objects.get(order=order)


def deliver(twin: Counterpart, at: Any = WEDNESDAY) -> bool:
    done = exchanging.deliver(twin.pk, by=OPEN311, at=at)
    twin.refresh_from_db()
    return done


def told(their_id: str, **said: Any) -> dict[str, Any]:
    raw = {"service_request_id": their_id, "status": "open", "service_code": "WT-01", "service_name": "排水堵塞",
           "description": "主路排水口堵了，水漫出来。", "address": "湾区大道", "requested_datetime": "2026-11-17T00:00:00Z"}  # fmt: skip
    found = client.told(raw | said)
    assert found is not None
    return found


# ---- pages


@pytest.mark.parametrize(
    ("name", "status", "may_change"),
    [("clerk", 200, False), ("auditor", 200, False), ("leader", 200, True), ("checker", 403, False),
     ("road_head", 403, False), ("grid_worker", 403, False), ("resident", 403, False), ("", 302, False)],
)  # fmt: skip
def test_who_opens_the_pages(
    cast: Cast, water: Peer, admin: Person, name: str, status: int, may_change: bool
) -> None:
    browser = Client()
    if name:
        browser.force_login(cast.accounts[name])
    for path in ("/house/open311/", f"/house/open311/{water.pk}/"):
        answer = browser.get(path)
        assert answer.status_code == status, (name, path)
        if status == 200:
            assert "湾区水务公司" in answer.content.decode()
            assert (
                "加一家" in answer.content.decode() or "怎么对接" in answer.content.decode()
            ) is may_change
    for path in ("key", "services", "codes", "again", "switch"):
        code = browser.post(f"/house/open311/{water.pk}/{path}/").status_code
        assert (code in (200, 302, 400) and name == "leader") or code in (401, 403) or not name, (
            name,
            path,
            code,
        )
    assert browser.get("/open311/").status_code == 200


def test_a_key_is_given_by_the_page_and_shown_once(cast: Cast, water: Peer, admin: Person) -> None:
    browser = Client()
    browser.force_login(cast.accounts["leader"])
    made = browser.post("/house/open311/", {"name": "随手报", "code": "app"})
    assert made.status_code == 302
    here = made.headers["Location"]
    answer = browser.post(f"{here}key/", {"title": "后台", "scopes": ["post"], "expires_on": "2027-01-01"})
    row = PeerKey.objects.get()
    secret = answer.content.decode().split('data-copy="')[1].split('"')[0]
    assert answer.headers["Cache-Control"] == "no-store" and secret.startswith(row.hint)
    page = browser.get(here).content.decode()
    assert secret not in page and row.hint in page
    wrong = browser.post(f"{here}key/", {"title": "后台", "scopes": ["post"], "expires_on": "2020-01-01"})
    assert wrong.status_code == 400 and "有效期" in wrong.content.decode()
    assert browser.post(f"/house/open311/keys/{row.pk}/revoke/").status_code == 302
    assert browser.post(f"/house/open311/keys/{row.pk}/revoke/").status_code == 409


def test_a_page_never_shows_their_key_and_a_new_host_needs_it_again(
    cast: Cast, water: Peer, admin: Person
) -> None:
    browser = Client()
    browser.force_login(cast.accounts["leader"])
    here = f"/house/open311/{water.pk}/"
    assert "their-key" not in browser.get(here).content.decode()
    assert secret_of(water.pk) == "their-key"
    form = {"name": "水务", "address": ADDRESS, "form": "xml", "takes": "all", "gives": "step",
            "media_hosts": "pictures.example，b.example", "seen": str(Peer.objects.get().edits)}  # fmt: skip
    assert browser.post(here, form | {"address": "https://elsewhere.example/v2"}).status_code == 400
    assert browser.post(here, form | {"address": "http://water.example/v2"}).status_code == 400
    assert browser.post(here, form).status_code == 302
    assert browser.post(here, form).status_code == 409, "somebody was quicker"
    row = Peer.objects.get()
    assert (row.form, row.takes, row.media_hosts) == ("xml", "all", ["pictures.example", "b.example"])
    assert secret_of(row.pk) == "their-key"


def test_a_sealed_secret_opens_here_only() -> None:
    sealed = seal("open311-key", "密钥 abc")
    assert unseal("open311-key", sealed) == "密钥 abc" and b"abc" not in sealed
    assert seal("open311-key", "密钥 abc") != sealed
    for wrong in (
        sealed[:-1] + bytes([sealed[-1] ^ 1]),
        bytes([sealed[0] ^ 1]) + sealed[1:],
        b"",
        sealed[:-5],
    ):
        with pytest.raises(ValueError, match="sealed"):
            unseal("open311-key", wrong)
    with pytest.raises(ValueError, match="sealed"):
        unseal("another purpose", sealed)


# ---- out


def test_the_step_offers_partners_and_queues(cast: Cast, water: Peer) -> None:
    order = report_drain(cast).order
    browser = Client()
    browser.force_login(cast.accounts["clerk"])
    page = browser.get(f"/desk/{order.pk}/").content.decode()
    assert "湾区水务公司" in page
    said = {"body": "湾区水务公司", "until": UNTIL.isoformat(), "words": "请疏通。", "place": "", "peer_id": str(water.pk),
            "seen": str(order.matter.thread.length)}  # fmt: skip
    assert browser.post(f"/desk/{order.pk}/forward/", said).status_code in (200, 302)
    twin = Counterpart.objects.get(order=order)
    assert (twin.state, twin.way) == ("queued", "out")
    assert ProcrastinateJob.objects.filter(task_name="workorders.send_counterpart").exists()
    assert "待发送" in browser.get(f"/desk/{order.pk}/").content.decode()


def test_a_fault_of_the_way_is_tried_again_with_growing_waits_under_one_key(
    cast: Cast, water: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin, keys, at = forwarded(cast, water), [], WEDNESDAY

    def away(peer: Any, secret: str, form: Any, *, key: str) -> Taken:
        keys.append(key)
        raise NotReached("TimeoutError")

    monkeypatch.setattr(client, "file", away)
    waits = []
    while twin.state == "queued":
        assert not deliver(twin, at)
        assert not deliver(twin, at), "not before its moment"
        if twin.next_try_at:
            waits.append(twin.next_try_at - at)
            at = twin.next_try_at
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=1) and waits[-1] == timedelta(hours=6)
    assert (len(keys), len(set(keys)), twin.tries) == (exchanging.MOST_TRIES, 1, exchanging.MOST_TRIES)
    assert twin.state == "refused"
    twin.order.refresh_from_db()
    outside = twin.order.outsides.get()
    assert twin.order.state != "outside" and outside.declined and "TimeoutError" in outside.text


def test_what_they_refuse_comes_back_at_once_in_their_words(
    cast: Cast, water: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = forwarded(cast, water)

    def refuse(address: str, **more: Any) -> Answer:
        raise NotReached("HTTP 400", 400, '[{"code": 400, "description": "不在供水范围内"}]'.encode())

    monkeypatch.setattr(reaching, "ask", refuse)
    assert not deliver(twin)
    assert (twin.state, twin.tries, twin.fault) == ("refused", 1, "不在供水范围内")
    assert "不在供水范围内" in twin.order.outsides.get().text


def test_nothing_of_the_reporter_goes_out(cast: Cast, water: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(
        client, "file", lambda peer, secret, form, key: sent.append(dict(form)) or Taken("SW-1", "")
    )
    assert deliver(forwarded(cast, water))
    assert deliver(forwarded(cast, water, private=True, description="不公开的一件：下水道堵了。"))
    public, private = sent
    assert Counterpart.objects.filter(their_id="SW-1").count() == 2, "they made one of both: each hears of it"
    assert set(public) == {"service_code", "description", "address_string", "via", "lat", "long"}
    assert public["description"] == "请疏通主管道。" and "lat" not in private
    assert cast.haitang.name in private["address_string"]


def test_recalled_before_it_went_it_does_not_go(
    cast: Cast, water: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = forwarded(cast, water)
    forwarding.recall(twin.order_id, by=cast.clerk, at=WEDNESDAY)
    monkeypatch.setattr(client, "file", lambda *a, **k: pytest.fail("sent"))
    assert not deliver(twin) and twin.state == "refused"


def test_mapped_orders_go_by_themselves_but_for_what_must_not(cast: Cast, water: Peer, admin: Person) -> None:
    partnering.change_peer(water.pk, gives="mapped", by=admin, at=WEDNESDAY)
    plain = report_drain(cast, description="下水道堵了，污水漫到路上，请打13800138000。").order
    report_drain(cast, private=True, description="第二处下水道堵了，不公开。")
    report_drain(cast, description="路灯不亮了，晚上很黑。")
    assert exchanging.forward_mapped(by=OPEN311, at=WEDNESDAY) == 1
    assert exchanging.forward_mapped(by=OPEN311, at=WEDNESDAY) == 0
    twin = Counterpart.objects.get()
    assert twin.order_id == plain.pk
    assert "13800138000" not in twin.outside.words and "下水道堵了" in twin.outside.words


# ---- back and in


def test_their_progress_is_entered_and_their_end_is_the_answer(
    cast: Cast, water: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = forwarded(cast, water)
    monkeypatch.setattr(client, "file", lambda *a, **k: Taken("", "T-9"))
    assert deliver(twin) and (twin.their_id, twin.token) == (None, "T-9")
    monkeypatch.setattr(client, "id_of_token", lambda *a: "SW-9")
    says = [told("SW-9", status_notes="已派工", expected_datetime="2026-11-20T00:00:00Z"),
            told("SW-9", status="closed", status_notes="已疏通")]  # fmt: skip
    monkeypatch.setattr(client, "requests_by_id", lambda peer, secret, ids: {"SW-9": says[0]})
    assert visiting_peers.visit(water.pk, by=OPEN311, at=WEDNESDAY).changed == 1
    entry = twin.order.matter.thread.entries.order_by("-position").first()
    assert (entry.verb, entry.text, entry.audience) == ("workorders.hear", "已派工", "staff")
    says.pop(0)
    assert visiting_peers.visit(water.pk, by=OPEN311, at=WEDNESDAY + timedelta(hours=1)).changed == 1
    twin.order.refresh_from_db()
    assert twin.order.state != "outside" and twin.order.outsides.get().text == "已疏通"
    assert Peer.objects.get().asked_at == WEDNESDAY + timedelta(hours=1)


def test_a_partner_that_is_away_is_asked_later_and_says_why(
    cast: Cast, water: Peer, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    partnering.change_peer(water.pk, takes="all", by=admin, at=WEDNESDAY)
    one, two = told("A-1"), told("A-2", description="第二件：水管爆了，满地是水。")

    def broken(*args: Any) -> Iterator[dict[str, Any]]:
        yield one
        raise NotReached("HTTP 502", 502)

    monkeypatch.setattr(client, "requests_between", broken)
    done = visiting_peers.visit(water.pk, by=OPEN311, at=WEDNESDAY)
    row = Peer.objects.get()
    assert (done.new, done.fault, row.failures, row.pulled_until) == (1, "HTTP 502", 1, None)
    assert row.next_try_at and row.next_try_at > WEDNESDAY
    monkeypatch.setattr(
        client, "requests_between", lambda *a: iter([one, two, told("A-3", description="x" * 6000)])
    )
    monkeypatch.setattr(client, "requests_by_id", lambda peer, secret, ids: {"A-1": one})
    done = visiting_peers.visit(water.pk, by=OPEN311, at=WEDNESDAY + timedelta(hours=1))
    row = Peer.objects.get()
    assert (done.new, done.left_out, row.failures, row.fault) == (1, 1, 0, "")
    assert list(row.left_out) == ["A-3"] and row.pulled_until == WEDNESDAY + timedelta(hours=1)
    assert Counterpart.objects.filter(way="in").count() == 2


@pytest.mark.parametrize(("takes", "new"), [("mapped", 1), ("all", 2)])
def test_only_what_is_wanted_is_taken(
    cast: Cast, water: Peer, admin: Person, monkeypatch: pytest.MonkeyPatch, takes: str, new: int
) -> None:
    partnering.change_peer(water.pk, takes=takes, by=admin, at=WEDNESDAY)
    rows = [told("B-1"), told("B-2", service_code="XX", status="closed", updated_datetime="2026-11-17T08:00:00Z",
                              agency_responsible="排水部", description="另一件：路面塌陷，已经围挡。")]  # fmt: skip
    monkeypatch.setattr(client, "requests_between", lambda *a: iter(rows))
    assert visiting_peers.visit(water.pk, by=OPEN311, at=WEDNESDAY).new == new
    first = Counterpart.objects.get(their_id="B-1").order
    assert (first.channel, first.category.code, first.open) == ("open311", Counterpart.objects.get(
        their_id="B-1").order.category.code, True)  # fmt: skip
    if new == 2:
        past = Counterpart.objects.get(their_id="B-2").order
        assert (past.history, past.open, past.closed_at.isoformat()) == (
            True,
            False,
            "2026-11-17T08:00:00+00:00",
        )


def test_a_photograph_is_fetched_from_an_allowed_host_only(
    cast: Cast, water: Peer, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    partnering.change_peer(water.pk, media_hosts=["pictures.example"], by=admin, at=WEDNESDAY)
    file = io.BytesIO()
    Image.new("RGB", (50, 30), "blue").save(file, "PNG")
    asked: list[tuple[str, bool]] = []

    def ask(address: str, *, public: bool = False, most: int = 0, **more: Any) -> Answer:
        asked.append((address, public))
        return Answer(file.getvalue(), "image/png")

    monkeypatch.setattr(reaching, "ask", ask)
    peer = peers()[water.pk]
    for number, link in enumerate(["https://pictures.example/1.png", "https://10.0.0.7/2.png"]):
        given = told(f"P-{number}", media_url=link, description=f"第{number}处：水漫出来了，请看照片。")
        assert exchanging.take_told(peer, given, by=OPEN311, at=WEDNESDAY) == "new"
    done = [
        visiting_peers.fetch_photograph(pk, by=OPEN311, at=WEDNESDAY)
        for pk in Counterpart.objects.order_by("pk").values_list("pk", flat=True)
    ]
    assert (done, asked) == ([True, False], [("https://pictures.example/1.png", True)]) or (done, asked) == (
        [False, True], [("https://pictures.example/1.png", True)],
    )  # fmt: skip
    order = Counterpart.objects.get(their_id="P-0").order
    assert order.matter.thread.attachments.get().media_type == "image/jpeg"


def test_what_they_call_things_is_matched_both_ways(cast: Cast, water: Peer, admin: Person) -> None:
    topic = OutsideCode.objects.get(code="WT-01").ours.get().category_id
    with pytest.raises(Invalid):
        partnering.match(water.pk, "XX", topic, by=admin, at=WEDNESDAY)
    with pytest.raises(Conflict):
        partnering.add_peer("water", name="又一家", by=admin, at=WEDNESDAY)
    partnering.match(water.pk, "WT-02", topic, by=admin, at=WEDNESDAY)
    from gongzhi.workorders.open311.partners import codes_of

    codes = codes_of(peers()[water.pk])
    assert codes and codes.outside_of(topic)[0] == "WT-01", "what was matched first goes out"
    assert codes.ours_of("WT-02") == [topic], "and both come in"
    partnering.match(water.pk, "WT-01", None, by=admin, at=WEDNESDAY)
    codes = codes_of(peers()[water.pk])
    assert codes and codes.outside_of(topic)[0] == "WT-02"


def test_servers_of_other_makes_are_understood() -> None:
    """Numbers for texts, one request without a list, a list in an object, moments that are none."""
    one = {"service_request_id": 638344, "status": "CLOSED", "lat": "37.76", "long": -122.46, "zipcode": 94122.0,
           "requested_datetime": "2010-04-14T06:37:38-08:00", "expected_datetime": "soon", "description": None}  # fmt: skip
    got = client.told(one)
    assert got and (got["service_request_id"], got["status"], got["lat"], got["zipcode"]) == (
        "638344", "closed", 37.76, "94122",
    )  # fmt: skip
    assert (got["requested_datetime"], got["expected_datetime"]) == ("2010-04-14T14:37:38Z", None)
    assert client._listed({"service_requests": [one]}, "service_requests") == [one]
    assert client._listed(one, "service_requests") == [one]
    assert client.told({"status": "open"}) is None and client.told("nonsense") is None
