"""The invented town hears from its devices."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import transaction

from gongzhi.demo import laying
from gongzhi.demo.days import ZONE, plan
from gongzhi.demo.doors import other_doors
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.models import Device, Episode, LetterIn, Sheet, WorkOrder
from gongzhi.workorders.queries.devices import storms

UNTIL = datetime(2026, 11, 18, 18, 0, tzinfo=ZONE)


@pytest.mark.django_db
def test_what_comes_by_other_doors_is_played() -> None:
    town, _stories = plan(7, 1, UNTIL)
    with clock.stopped(UNTIL):
        with acting(laying.BY):
            laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
        devices, alarms, letters = other_doors(7, UNTIL)
        episodes = {row.kind: row for row in Episode.objects.select_related("device", "order")}
    assert (devices, Device.objects.count(), alarms, letters) == (5, 5, 360, 9)
    storm = storms([episodes["alarm"]])[episodes["alarm"].pk]
    assert storm.count == 360 and storm.worst is not None and 1.7 < storm.worst < 1.8
    assert episodes["alarm"].recovered_at is not None
    assert episodes["silence"].order is not None and episodes["silence"].ended_at is None
    with acting(Actor.for_service("mail")), transaction.atomic():
        states = sorted(LetterIn.objects.values_list("state", flat=True))
    assert states == ["added", "held", "ignored", "order"]
    assert Sheet.objects.count() == WorkOrder.objects.filter(channel="paper").count() == 3
    for order in WorkOrder.objects.filter(channel="device"):
        assert holds(order.pk).ok and order.community_id is not None
