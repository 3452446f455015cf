"""The same key at the same instant, from two web processes: one result, told to both."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client

from gongzhi.journal.queries import holds
from gongzhi.workorders.models import Delivery, WorkOrder
from gongzhi.workorders.tests.staff_scene import in_state
from gongzhi.workorders.tests.test_callouts_side_by_side import together
from tests.cast import Cast, settle

pytestmark = pytest.mark.django_db(transaction=True)


def _post(cast: Cast, name: str, address: str, said: dict[str, Any]) -> Any:
    client = Client(headers={"Accept": "application/json"})
    client.force_login(cast.accounts[name])
    return partial(client.post, address, said)


def test_the_same_key_at_the_same_instant_is_one_report_and_one_step() -> None:
    cast = settle()
    said = {"key": "5c2c1f0e-7d0e", "description": "健身路径的扶手松了，晃得厉害。"}
    answers = together(*[_post(cast, "grid_worker", "/pocket/report/", said) for _n in range(4)])
    assert [one.status_code for one in answers] == [200] * 4
    assert len({one.json()["number"] for one in answers}) == 1 == WorkOrder.objects.count()
    assert sorted(one.json()["repeated"] for one in answers) == [False, True, True, True]

    order = in_state(cast, "in_hand")
    version = type(order.matter.thread).objects.get(pk=order.pk).length
    step = {"key": "77aa1f0e-7d0e", "order": order.pk, "verb": "answer", "version": version,
            "text": "已疏通并冲洗路面。", "why": "电话里说不用到场。"}  # fmt: skip
    answers = together(*[_post(cast, "road_worker", "/pocket/step/", step) for _n in range(4)])
    assert [one.status_code for one in answers] == [200] * 4, [one.content for one in answers]
    assert sorted(one.json()["repeated"] for one in answers) == [False, True, True, True]
    assert Delivery.objects.count() == 1 and holds(order.pk).ok
    assert order.matter.thread.entries.filter(verb="workorders.answer").count() == 1


def test_two_workers_with_one_order_at_the_same_instant_never_write_over_one_another() -> None:
    cast = settle()
    order = in_state(cast, "in_hand")
    version = type(order.matter.thread).objects.get(pk=order.pk).length
    said = {"order": order.pk, "verb": "answer", "version": version, "text": "已疏通。", "why": "不用到场。"}
    answers = together(
        *[
            _post(cast, name, "/pocket/step/", {**said, "key": f"key-of-{name}"})
            for name in ("road_worker", "road_head")
        ]
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    loser = next(one for one in answers if one.status_code == 409).json()
    assert loser["changes"] and not loser["possible"]
