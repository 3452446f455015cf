"""Hand-overs between the police and the street: signed, minimal, once; out with a receipt; the published overlap."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.kit.revision import bump
from gongzhi.people.models import Organisation
from gongzhi.territory import actions as territory
from gongzhi.territory.models import Division
from gongzhi.workorders.actions import police
from gongzhi.workorders.actions.remembering import forget_messages
from gongzhi.workorders.models import HandOver, Partner, WorkOrder
from gongzhi.workorders.models.police import PoliceCalls, TakenMessage
from gongzhi.workorders.police_partners import key_of, nobody_in, partners, sign
from gongzhi.workorders.queries import get_order, ways
from gongzhi.workorders.queries.police import overlaps
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import POLICE, act, bring, cast, neighbourhood, report_drain, running

__all__ = ["cast", "neighbourhood"]

NOISE = {
    "call_number": "J20261118-0001", "kind": "noise", "words": "楼下音响很吵，影响休息。",
    "place": "海棠苑门口", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1],
}  # fmt: skip
TESTS = Actor.for_service("tests")


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


@pytest.fixture
def station(cast: Cast) -> Partner:
    """The police station of the street, able to sign."""
    body = Organisation.objects.get(code="police")
    cast_admin = cast.accounts["leader"]
    from gongzhi.people import actions as people
    from gongzhi.people.actor import person_for

    people.give_post(
        cast_admin, "admin", division_id=cast.street.pk, starts_on=date(2026, 1, 1), by=TESTS, at=WEDNESDAY
    )
    return police.add_partner("wanglan", body.pk, by=person_for(cast_admin), at=WEDNESDAY)


def send(
    station: Partner,
    body: Any,
    *,
    path: str = "handovers",
    at: datetime = WEDNESDAY,
    key: str = "",
    message_id: str = "",
    signed_for: str = "",
    **headers: str,
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    moment, own = int(at.timestamp()), message_id or uuid.uuid4().hex
    door = f"/api/police/{signed_for or path}"
    signature = sign(key or key_of(station.code, station.edition), "POST", door, moment, own, raw)
    told = {
        "X-Partner": station.code,
        "X-Timestamp": str(moment),
        "X-Message-Id": own,
        "X-Signature": signature,
    }
    return Client().post(f"/api/police/{path}", raw, "application/json", headers=told | headers)


def test_a_call_becomes_an_ordinary_order_with_its_own_channel(station: Partner) -> None:
    answer = send(station, NOISE)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    order = WorkOrder.objects.get(number=told["receipt"])
    assert (order.channel, order.reporter_id, told["repeated"]) == ("police", None, False)
    row = HandOver.objects.get(order=order)
    assert (row.way, row.state, row.kind, row.call_number) == ("in", "received", "noise", "J20261118-0001")
    again = send(station, NOISE)
    assert (again.status_code, again.json()["receipt"], again.json()["repeated"]) == (
        200,
        told["receipt"],
        True,
    )
    other = send(station, NOISE | {"words": "另一件事，路灯不亮。"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")
    assert WorkOrder.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"name": "王先生"}, 400),
        ({"phone": "13800138000"}, 400),
        ({"words": "请联系13800138000，楼下太吵。"}, 400),
        ({"words": "证件44040019800101123X，楼下太吵。"}, 400),
        ({"kind": "murder"}, 400),
        ({"call_number": "1"}, 400),
        ({"place": "", "lon": None, "lat": None}, 400),
        ({"lon": 999}, 422),
    ],
)
def test_more_than_the_list_is_refused(station: Partner, more: dict[str, Any], status: int) -> None:
    answer = send(station, NOISE | more)
    assert answer.status_code == status, answer.content
    assert set(answer.json()["error"]) == {"code", "message", "help", "fields"}
    assert not WorkOrder.objects.exists()


def test_only_a_good_and_fresh_signature_opens_the_door(station: Partner, cast: Cast) -> None:
    assert send(station, NOISE, key="0" * 64).status_code == 401
    assert send(station, NOISE, **{"X-Partner": "nobody"}).status_code == 401
    assert send(station, NOISE, **{"X-Signature": "ü"}).status_code in (400, 401)
    assert send(station, NOISE, at=WEDNESDAY - timedelta(seconds=301)).status_code == 401
    assert send(station, NOISE, at=WEDNESDAY + timedelta(seconds=301)).status_code == 401
    assert send(station, NOISE, at=WEDNESDAY - timedelta(seconds=299)).status_code == 201
    unsigned = Client().post("/api/police/handovers", json.dumps(NOISE), "application/json")
    assert unsigned.status_code == 401
    old = key_of(station.code, 1)
    station = police.renew_key(station.pk, seen=1, by=cast.leader, at=WEDNESDAY)
    assert send(station, NOISE, key=old).status_code == 401
    assert send(station, NOISE).status_code == 200
    police.revoke_partner(station.pk, by=cast.leader, at=WEDNESDAY)
    assert send(station, NOISE).status_code == 401
    with pytest.raises(Forbidden):
        police.renew_key(station.pk, seen=2, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        police.renew_key(station.pk, seen=1, by=cast.leader, at=WEDNESDAY)


def test_a_message_that_is_caught_on_the_way_is_good_at_no_other_door_and_not_twice(
    station: Partner, cast: Cast
) -> None:
    count = {"street": cast.street.code, "month": "2026-11-01", "calls": 20}
    said = {"path": "counts", "message_id": "a" * 32}
    assert send(station, count, **said).status_code == 200
    assert send(station, count | {"calls": 30}, path="counts").status_code == 200
    again = send(station, count, **said)  # the old number must not come back
    assert (again.status_code, again.json()["error"]["code"]) == (409, "played_back")
    assert PoliceCalls.objects.get().calls == 30
    for wrong in (
        {"path": "counts", "signed_for": "handovers"},
        {"path": "counts?x=1", "signed_for": "counts"},
    ):
        assert send(station, count, **wrong).status_code == 401, wrong
    for odd in ("", "short", "a" * 65, "a\u00b2" * 16, "a b" * 10):
        answer = send(station, count, path="counts", **{"X-Message-Id": odd})
        assert answer.status_code in (400, 401), odd
    assert send(station, count, path="counts", **{"X-Message-Id": "b" * 32}).status_code == 401
    # a message that was refused has left nothing behind; the same id serves once it is right
    late = {"path": "counts", "message_id": "c" * 32}
    assert send(station, count | {"calls": -1}, **late).status_code == 400
    assert send(station, count, **late).status_code == 200
    # ids are forgotten when their moment would be refused anyway, and not before
    kept = TakenMessage.objects.count()
    edge = WEDNESDAY + timedelta(seconds=300)
    assert forget_messages(by=TESTS, at=edge) == 0
    assert forget_messages(by=TESTS, at=edge + timedelta(seconds=1)) == kept


def test_the_key_is_kept_nowhere(station: Partner) -> None:
    values = [str(value) for row in Partner.objects.values() for value in row.values()]
    assert key_of(station.code, station.edition) not in " ".join(values)
    assert key_of("wanglan", 1) != key_of("wanglan", 2) != key_of("other", 2)


def test_what_goes_out_waits_on_paper_and_comes_back_with_a_number(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "hand_to_police", order.pk, by=cast.road_worker, at=WEDNESDAY + timedelta(hours=1))
    row = HandOver.objects.get(order=order)
    assert (row.state, row.words, row.next_try_at) == ("paper", "有人在路边撬车。", None)
    assert "police" in running(order.pk) and running(order.pk)["answer"].paused_at is not None
    page = Client()
    page.force_login(cast.accounts["clerk"])
    sheet = page.get(f"/desk/{order.pk}/handover/").content.decode()
    assert "有人在路边撬车" in sheet
    assert "王先生" not in sheet and "19900000101" not in sheet and "下水道堵了" not in sheet
    act(cast, "taken_by_police", order.pk, at=WEDNESDAY + timedelta(hours=2))
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.state, row.receipt, order.state, order.open) == ("taken", "J20261118-0007", "handed", False)
    assert running(order.pk) == {}
    act(cast, "reopen", order.pk, by=cast.resident, at=WEDNESDAY + timedelta(hours=3))
    order.refresh_from_db()
    assert order.state == "triage"


def test_what_the_police_give_back_goes_on_with_the_time_that_was_left(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    due = running(order.pk)["answer"].due_at
    act(cast, "hand_to_police", order.pk, at=WEDNESDAY + timedelta(hours=1))
    act(cast, "returned_by_police", order.pk, at=WEDNESDAY + timedelta(hours=5, minutes=30))
    order.refresh_from_db()
    assert order.state == "in_hand"
    assert running(order.pk)["answer"].due_at > due
    lamp = bring(cast, "triage")
    act(cast, "hand_to_police", lamp.pk, at=WEDNESDAY)
    act(cast, "recall_from_police", lamp.pk, at=WEDNESDAY)
    lamp.refresh_from_db()
    assert lamp.state == "triage" and "dispatch" in running(lamp.pk)
    assert HandOver.objects.filter(order=lamp).get().state == "recalled"


class _Other(BaseHTTPRequestHandler):
    """The other side of the message."""

    got: list[tuple[dict[str, str], bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(b'{"receipt": "R-9"}')

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def other() -> Iterator[type[_Other]]:
    server = HTTPServer(("127.0.0.1", 0), _Other)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    _Other.got, _Other.status = [], 200
    _Other.port = server.server_port  # type: ignore[attr-defined]
    yield _Other
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_is_signed_minimal_retried_and_sent_once(
    cast: Cast, station: Partner, other: Any, settings: Any
) -> None:
    settings.POLICE_ADDRESS = f"http://127.0.0.1:{other.port}/take?to=desk"
    order = bring(cast, "in_hand")
    act(cast, "hand_to_police", order.pk, at=WEDNESDAY)
    row = HandOver.objects.get(order=order)
    assert row.state == "queued"
    job = ProcrastinateJob.objects.get(task_name="workorders.send_handover")
    assert job.args == {"handover_id": row.pk}
    other.status = 503
    assert police.deliver(row.pk, by=TESTS, at=WEDNESDAY) is False
    row.refresh_from_db()
    assert (row.state, row.tries, row.fault, row.next_try_at) == (
        "queued",
        1,
        "HTTP 503",
        WEDNESDAY + timedelta(minutes=1),
    )
    assert police.deliver(row.pk, by=TESTS, at=WEDNESDAY) is False  # not yet
    assert len(other.got) == 1
    other.status = 302
    assert police.deliver(row.pk, by=TESTS, at=WEDNESDAY + timedelta(minutes=1)) is False  # no detours
    other.status = 200
    later = WEDNESDAY + timedelta(minutes=3)
    assert police.deliver(row.pk, by=TESTS, at=later) is True
    assert police.deliver(row.pk, by=TESTS, at=later) is False
    row.refresh_from_db()
    assert (row.state, row.receipt, row.tries) == ("sent", "R-9", 3)
    headers, body = other.got[-1]
    assert len(other.got) == 3 and len({b for _h, b in other.got}) == 1
    moment, own = int(later.timestamp()), headers["x-message-id"]
    assert headers["x-signature"] == sign(key_of("wanglan", 1), "POST", "/take?to=desk", moment, own, body)
    assert len({one["x-message-id"] for one, _body in other.got}) == 3
    assert len({one["idempotency-key"] for one, _body in other.got}) == 1
    assert headers["idempotency-key"] == str(row.key)
    said = json.loads(body)
    assert set(said) == {"key", "number", "kind", "words", "place", "area", "lon", "lat"}
    assert said["area"] == f"{cast.haitang.name} · {cast.grid_1.name}", "a grid is known within its community"
    text = body.decode()
    assert "王先生" not in text and "19900000101" not in text and "下水道堵了" not in text
    told = {"key": str(row.key), "outcome": "taken", "receipt": "J-77"}
    for _time in range(2):  # played back, it changes nothing
        answer = send(station, told, path="outcomes")
        assert (answer.status_code, answer.json()["state"]) == (200, "taken"), answer.content
    order.refresh_from_db()
    assert order.state == "handed"
    refused = send(station, told | {"outcome": "returned", "words": "不归我们管"}, path="outcomes")
    assert refused.status_code == 409
    assert send(station, told | {"key": "0" * 8 + str(row.key)[8:]}, path="outcomes").status_code == 404


def test_it_goes_on_paper_when_nobody_answers_for_long(cast: Cast, station: Partner, settings: Any) -> None:
    settings.POLICE_ADDRESS = "http://127.0.0.1:9/nobody"
    order = bring(cast, "assigned")
    act(cast, "hand_to_police", order.pk, at=WEDNESDAY)
    row, at = HandOver.objects.get(order=order), WEDNESDAY
    for _try in range(police.MOST_TRIES):
        police.deliver(row.pk, by=TESTS, at=at)
        row.refresh_from_db()
        at = row.next_try_at or at
    assert (row.state, row.tries, row.next_try_at) == ("paper", police.MOST_TRIES, None)
    assert at - WEDNESDAY < timedelta(hours=8)


def test_words_with_numbers_of_people_never_go_out(cast: Cast) -> None:
    for text in ("电话13800138000", "138 0013 8000", "证件44040019800101123x", "+853 6612 3456"):
        with pytest.raises(Invalid):
            nobody_in(text, "text")
    for text in ("粤C12345 的车", "2026年11月18日", "门牌 1380 号", "警情 J20261118-0001"):
        assert nobody_in(text, "text") == text


def test_what_the_police_should_hear_waits_for_the_clerk_with_that_step_first(cast: Cast) -> None:
    said = {"description": "有人持刀抢劫，就在海棠苑门口。", "emergency_acknowledged": True}
    receipt = report_drain(cast, **said)
    assert receipt.order.state == "triage" and "police" in receipt.why
    page = Client()
    page.force_login(cast.accounts["clerk"])
    shown = page.get(f"/desk/{receipt.order.pk}/").content.decode()
    assert "请先移交公安" in shown
    plain = report_drain(cast)
    assert plain.order.state == "assigned" and "police" not in plain.why


def test_the_overlap_counts_calls_of_a_street_and_month(cast: Cast, station: Partner) -> None:
    partner = partners()[0]
    orders = []
    for number in range(7):
        call = police.Call(f"J-{number:05}", "noise", f"第{number}件，楼下很吵。", "海棠苑门口", *IN_GRID_1)
        orders.append(police.take_call(partner, call, by=POLICE, at=WEDNESDAY)[0].order)
    (month,) = overlaps()
    assert (month.street_id, month.month) == (cast.street.pk, date(2026, 11, 1))
    assert (month.seen.not_police, month.seen.share, month.seen.shown) == (7, None, True)
    told = {"street": cast.street.code, "month": "2026-11-01", "calls": 20}
    assert send(station, told, path="counts").status_code == 200
    (month,) = overlaps()
    assert month.seen.share == 7 / 20
    act(cast, "hand_to_police", orders[0].pk, at=WEDNESDAY)  # police business after all
    act(cast, "taken_by_police", orders[0].pk, at=WEDNESDAY)
    (month,) = overlaps()
    assert (month.seen.not_police, month.seen.share) == (6, 6 / 20)
    public = Client().get("/police/").content.decode()
    assert "30%" in public
    police.count_calls(cast.street.pk, date(2026, 11, 1), 9, by=cast.clerk, at=WEDNESDAY)
    (month,) = overlaps()
    assert (month.seen.share, month.seen.shown) == (6 / 9, False)
    assert "67%" not in Client().get("/police/").content.decode()


def test_a_station_tells_no_number_of_a_street_that_is_not_its_own(cast: Cast, station: Partner) -> None:
    district = Division.objects.get(pk=cast.street.parent_id)
    other = territory.add_division(
        "449001002", "别处街道", "street", parent=district, starts_on=date(2026, 1, 1), by=TESTS, at=WEDNESDAY
    )
    Organisation.objects.filter(code="police").update(division=cast.street)
    bump("police_partners")
    told = {"street": other.code, "month": "2026-11-01", "calls": 20}
    refused = send(station, told, path="counts")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_your_area")
    assert not PoliceCalls.objects.exists()
    assert send(station, told | {"street": cast.street.code}, path="counts").status_code == 200


def test_an_order_from_the_police_shows_its_whole_way(cast: Cast, station: Partner) -> None:
    call = police.Call("J-00001", "noise", "楼下很吵。", "海棠苑门口", *IN_GRID_1)
    order = police.take_call(partners()[0], call, by=POLICE, at=WEDNESDAY)[0].order
    stations = ways.way_of(get_order(order.pk, by=cast.clerk), by=cast.clerk)
    assert [(one.kind, one.here) for one in stations] == [("公安移交来的事", True)]
    page = Client()
    page.force_login(cast.accounts["clerk"])
    for path in (
        f"/desk/{order.pk}/",
        f"/desk/{order.pk}/way/",
        "/desk/police/",
        "/desk/police/?way=in",
        "/house/police/calls/",
    ):
        assert page.get(path).status_code == 200, path
    assert page.get("/house/police/").status_code == 403
    page.force_login(cast.accounts["leader"])
    assert "wanglan" in page.get("/house/police/").content.decode()
