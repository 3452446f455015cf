"""A storm from eight clients at the same instant: one order, the exact count, nobody waits for a counter."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict
from gongzhi.workorders.actions import device_events
from gongzhi.workorders.actions.device_events import Event
from gongzhi.workorders.device_register import devices
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.devices import DeviceEvent, Episode
from gongzhi.workorders.queries.devices import storms
from gongzhi.workorders.tests.device_scene import gauge
from tests.cast import WEDNESDAY, settle

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, EACH = 8, 60
BY = Actor.for_service("devices")


def run_together(work: Any) -> list[Any]:
    gate, found = threading.Barrier(CLIENTS), []

    def run(number: int) -> None:
        try:
            gate.wait(timeout=30)
            with acting(BY):
                found.append(work(number))
        except Exception as fault:
            found.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return found


def test_eight_clients_storm_one_device() -> None:
    with clock.stopped(WEDNESDAY):
        gauge(settle())
    row = devices()["water-01"]

    def storm(number: int) -> int:
        taken = 0
        for place in range(EACH):
            # every fourth event is told by two clients: it counts once
            owner = number - number % 2 if place % 4 == 0 else number
            event = Event(f"{owner}-{place}", "alarm", None, 1.2 + place / 100)
            nonce = f"nonce-{number}-{place}"
            taken += device_events.take_events(row, [event], nonce=nonce, by=BY, at=WEDNESDAY).taken
        return taken

    taken = run_together(storm)
    expected = CLIENTS * EACH - CLIENTS // 2 * (EACH // 4)
    assert all(isinstance(one, int) for one in taken), taken
    episode = Episode.objects.select_related("device").get()
    assert sum(taken) == storms([episode])[episode.pk].count == DeviceEvent.objects.count() == expected
    assert WorkOrder.objects.count() == 1
    assert storms([episode])[episode.pk].worst == pytest.approx(1.79)


def test_one_message_played_eight_times_at_once_is_heard_once() -> None:
    with clock.stopped(WEDNESDAY):
        gauge(settle())
    row = devices()["water-01"]

    def send(number: int) -> int:
        event = Event("e1", "alarm", None, 1.5)
        return device_events.take_events(row, [event], nonce="the-same-nonce", by=BY, at=WEDNESDAY).taken

    told = run_together(send)
    assert sorted(1 if isinstance(one, Conflict) else 0 for one in told) == [0] + [1] * 7, told
    assert (WorkOrder.objects.count(), DeviceEvent.objects.count()) == (1, 1)
