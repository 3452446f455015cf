"""Devices: signed, once, collapsed into one order that counts; recovery, silence, pauses; who keeps the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.workorders.actions import device_events, devices
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.devices import Device, DeviceEvent, DeviceNonce, Episode
from gongzhi.workorders.queries import devices as queries
from gongzhi.workorders.tests.device_scene import alarm, gauge, message, plan, tell
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

DEVICES = Actor.for_service("devices")


@pytest.fixture(autouse=True)
def now() -> Iterator[clock.stopped]:
    with clock.stopped(WEDNESDAY) as stopped:
        yield stopped


@pytest.fixture
def device(cast: Cast) -> Device:
    return gauge(cast)


def storm(device: Device) -> queries.Storm:
    episode = Episode.objects.select_related("device").get(device=device, kind="alarm", ended_at=None)
    return queries.storms([episode])[episode.pk]


def test_repeated_alarms_are_one_order_that_counts_them(device: Device) -> None:
    first = tell(device, alarm("e1", 1.3))
    assert (first.status_code, first.json()["taken"]) == (202, 1), first.content
    order = WorkOrder.objects.get(number=first.json()["order"])
    assert (order.channel, order.place_text, order.reporter_id) == ("device", "海棠桥下", None)
    assert order.state == "assigned" and "1.3 米" in order.title
    for number in range(2, 6):
        told = tell(device, alarm(f"e{number}", 1 + number / 10), at=WEDNESDAY)
        assert (told.status_code, told.json()["order"]) == (202, order.number)
    seen = storm(device)
    assert (seen.count, seen.worst, WorkOrder.objects.count()) == (5, 1.5, 1)


def test_a_batch_is_taken_and_each_event_once(device: Device) -> None:
    batch = [alarm(f"b{n}", 1.2 + n / 100) for n in range(50)]
    assert tell(device, *batch, *batch[:3]).json()["taken"] == 50
    again = tell(device, *batch, alarm("b50", 2.5))
    assert (again.status_code, again.json()["taken"], again.json()["repeated"]) == (202, 1, 50)
    nothing = tell(device, batch[0])
    assert (nothing.status_code, nothing.json()["taken"]) == (200, 0)
    assert (storm(device).count, storm(device).worst) == (51, 2.5)


def test_a_message_played_back_is_refused_and_changes_nothing(device: Device) -> None:
    path, body, headers = message(device, alarm("e1", 1.3))
    assert Client().post(path, body, "application/json", headers=headers).status_code == 202
    again = Client().post(path, body, "application/json", headers=headers)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "replayed")
    assert (storm(device).count, DeviceNonce.objects.count()) == (1, 1)


def test_a_clock_two_days_wrong_is_told_the_time(device: Device) -> None:
    for days, word in ((-2, "慢"), (2, "快")):
        told = tell(device, alarm("e1", 1.3), at=WEDNESDAY + timedelta(days=days))
        error = told.json()["error"]
        assert (told.status_code, error["code"]) == (401, "clock_wrong")
        assert f"{word}了 2 天" in error["message"]
        assert error["fields"]["server_time"] == [str(int(WEDNESDAY.timestamp()))]
    assert not WorkOrder.objects.exists() and not DeviceNonce.objects.exists()
    assert tell(device, alarm("e1", 1.3)).status_code == 202


def test_what_is_not_signed_by_the_device_stays_outside(cast: Cast, device: Device) -> None:
    other = gauge(cast, "water-02")
    path, body, headers = message(device, alarm("e1", 1.3))
    post = Client().post
    for changed in (
        (f"/api/devices/{other.code}/events", body, headers),
        (path, body + b" ", headers),
        (path, body, headers | {"X-Nonce": "another-nonce"}),
        (path, body, headers | {"X-Timestamp": str(int(WEDNESDAY.timestamp()) + 1)}),
        (path, body, headers | {"X-Signature": "ü"}),
        ("/api/devices/nobody/events", body, headers),
    ):
        assert post(changed[0], changed[1], "application/json", headers=changed[2]).status_code in (400, 401)
    assert tell(device, alarm("e1"), key="0" * 64).status_code == 401
    assert not WorkOrder.objects.exists()
    renewed = devices.renew_secret(device.code, seen=1, by=cast.clerk, at=WEDNESDAY)
    assert tell(device, alarm("e1", 1.3)).status_code == 401  # signed with the old one
    assert tell(renewed, alarm("e1", 1.3)).status_code == 202
    devices.revoke_device(device.code, by=cast.clerk, at=WEDNESDAY)
    assert tell(renewed, alarm("e2", 1.3)).status_code == 401


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"id": "x", "type": "burglar"}, 400),
        ({"id": "", "type": "alarm"}, 400),
        ({"id": "x" * 81, "type": "alarm"}, 400),
        ({"id": "x", "type": "alarm", "at": "2026-11-18T10:00:00"}, 400),
        ({"id": "x", "type": "alarm", "at": "2026-10-01T10:00:00+08:00"}, 400),
        ({"id": "x", "type": "alarm", "value": "NaN"}, 400),
        ({"id": "x", "type": "alarm", "who": "王先生"}, 400),
        ({"id": "a\x07b", "type": "alarm"}, 400),
    ],
)
def test_odd_events_are_refused_whole(device: Device, event: dict[str, Any], status: int) -> None:
    told = tell(device, alarm("good", 1.3), event)
    assert told.status_code == status, told.content
    assert not WorkOrder.objects.exists() and not DeviceNonce.objects.exists()


def test_readings_below_the_mark_make_no_order_and_beyond_it_do(cast: Cast, device: Device) -> None:
    assert tell(device, {"id": "r1", "type": "reading", "value": 1.1}).json()["order"] == ""
    assert tell(device, {"id": "r2", "type": "reading", "value": 1.9}).json()["taken"] == 1
    assert "1.9 米" in WorkOrder.objects.get().title
    low = gauge(cast, "level-01", alarm_at=0.5, serious_at=0.2, falling=True)
    assert tell(low, {"id": "r1", "type": "reading", "value": 0.6}).json()["taken"] == 0
    assert tell(low, {"id": "r2", "type": "reading", "value": 0.4}).json()["taken"] == 1


def test_a_serious_value_is_another_category(cast: Cast) -> None:
    other = next(topic for topic in plan_topics() if topic.id != plan(cast).category_id)
    device = gauge(cast, serious_category_id=other.id)
    tell(device, alarm("e1", 1.9))
    assert WorkOrder.objects.get().category_id == other.id


def plan_topics() -> list[Any]:
    from gongzhi.workorders.tables import tree

    return list(tree().live.values())


def test_recovery_is_noted_once_and_an_alarm_takes_it_back(device: Device) -> None:
    tell(device, alarm("e1", 1.3))
    order = WorkOrder.objects.get()
    for number in range(3):
        tell(device, {"id": f"ok{number}", "type": "recovery"})
    assert Episode.objects.get().recovered_at == WEDNESDAY
    tell(device, alarm("e2", 1.4))
    assert Episode.objects.get().recovered_at is None
    tell(device, {"id": "low", "type": "reading", "value": 0.4})
    assert Episode.objects.get().recovered_at == WEDNESDAY
    back = Entry.objects.filter(thread_id=order.pk, verb="workorders.device_back")
    assert [entry.detail["code"] for entry in back] == ["water-01"]
    assert WorkOrder.objects.get().open, "people close it"


def test_after_the_order_is_shut_the_next_alarm_is_a_new_one(cast: Cast, device: Device) -> None:
    first = tell(device, alarm("e1", 1.3)).json()["order"]
    WorkOrder.objects.filter(number=first).update(
        open=False, state="closed", next_due_at=None, closed_at=WEDNESDAY
    )
    known = tell(device, alarm("e1", 1.3))
    assert (known.status_code, known.json()["order"], known.json()["repeated"]) == (200, "", 1)
    second = tell(device, alarm("e1", 1.3), alarm("e2", 1.3)).json()
    assert second["order"] not in ("", first) and second["taken"] == 1
    assert Episode.objects.filter(ended_at=None).count() == 1


def test_the_events_of_a_merged_order_still_count(cast: Cast, device: Device) -> None:
    from gongzhi.workorders.actions import merging
    from tests.stage import report_drain

    order = WorkOrder.objects.get(number=tell(device, alarm("e1", 1.3)).json()["order"])
    target = report_drain(cast).order
    merging.merge(order.pk, into_id=target.pk, by=cast.clerk, at=WEDNESDAY)
    assert tell(device, alarm("e2", 1.3)).json()["order"] == order.number
    assert (storm(device).count, WorkOrder.objects.count()) == (2, 2)


def test_silence_is_noticed_once_becomes_an_order_after_a_day_and_ends_by_itself(device: Device) -> None:
    tell(device, {"id": "h1", "type": "heartbeat"})
    at = WEDNESDAY + timedelta(minutes=19)
    assert device_events.notice_silence(by=DEVICES, at=at) == 0
    at += timedelta(minutes=1)
    assert [device_events.notice_silence(by=DEVICES, at=at) for _again in range(2)] == [1, 0]
    assert not WorkOrder.objects.exists()
    later = at + timedelta(hours=24)
    for _again in range(2):
        device_events.notice_silence(by=DEVICES, at=later)
    order = WorkOrder.objects.get()
    assert (order.unit_id, order.state, order.channel) == (device.unit_id, "assigned", "device")
    with clock.stopped(later + timedelta(hours=1)):
        assert (
            tell(device, {"id": "h2", "type": "heartbeat"}, at=later + timedelta(hours=1)).status_code == 200
        )
    episode = Episode.objects.get()
    assert (episode.ended_at, episode.order_id) == (later + timedelta(hours=1), order.pk)
    assert Entry.objects.filter(thread_id=order.pk, verb="workorders.device_back").count() == 1
    device.refresh_from_db()
    assert device.silent_at == later + timedelta(hours=1, minutes=20)


def test_a_pause_lets_alarms_and_silence_pass(cast: Cast, device: Device) -> None:
    tell(device, {"id": "h1", "type": "heartbeat"})
    until = WEDNESDAY + timedelta(hours=8)
    devices.pause_device(device.code, until=until, why="换探头", by=cast.gardener, at=WEDNESDAY)
    told = tell(device, alarm("e1", 1.9)).json()
    assert (told["paused"], told["taken"], told["order"]) == (True, 0, "")
    assert device_events.notice_silence(by=DEVICES, at=WEDNESDAY + timedelta(hours=7)) == 0
    with clock.stopped(until):
        assert tell(device, alarm("e1", 1.9), at=until).json()["taken"] == 1
    with pytest.raises(Forbidden):
        devices.pause_device(device.code, until=until, why="x", by=cast.road_worker, at=WEDNESDAY)


def test_a_device_wrongly_entered_is_refused_in_words(cast: Cast) -> None:
    for field, changed in [
        ("name", {"name": " "}), ("kind", {"kind": "camera"}), ("division", {"division_id": cast.street.pk}),
        ("unit", {"unit_id": 0}), ("category", {"category_id": 0}), ("alarm_at", {"alarm_at": None}),
        ("serious_at", {"serious_at": 1.0}), ("expected_minutes", {"expected_minutes": 0}), ("place", {"lat": None}),
    ]:  # fmt: skip
        with pytest.raises(Invalid) as refusal:
            gauge(cast, **changed)
        assert field in refusal.value.fields, field
    gauge(cast)
    with pytest.raises(Conflict):
        gauge(cast)
    for name in ("road_worker", "resident", "auditor", "leader"):
        with pytest.raises(Forbidden):
            devices.add_device("x-01", plan(cast), by=cast.person(name), at=WEDNESDAY)


def test_an_alarm_costs_few_statements_once_its_order_stands(device: Device, statements: list[str]) -> None:
    tell(device, alarm("e1", 1.3))
    statements.clear()
    assert tell(device, alarm("e2", 1.3)).status_code == 202
    told = [one for one in statements if not one.startswith(("SAVEPOINT", "RELEASE", "SET "))]
    assert len(told) <= 3, told  # the stamps of small tables, and one for all the rest


def test_old_storms_are_folded_into_their_sum(device: Device) -> None:
    tell(device, *[alarm(f"e{n}", 1.2 + n / 10) for n in range(5)])
    episode = Episode.objects.select_related("device").get()
    before = queries.storms([episode])[episode.pk]
    act_at = WEDNESDAY + timedelta(days=1)
    WorkOrder.objects.update(open=False, state="closed", next_due_at=None, closed_at=act_at)
    assert device_events.fold_events(by=DEVICES, at=act_at) == 0
    assert device_events.fold_events(by=DEVICES, at=act_at + timedelta(days=31)) == 5
    assert not DeviceEvent.objects.exists()
    episode = Episode.objects.select_related("device").get()
    after = queries.storms([episode])[episode.pk]
    assert (after.count, after.first_at, after.last_at, after.worst) == (
        before.count, before.first_at, before.last_at, before.worst,
    )  # fmt: skip
