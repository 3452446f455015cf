"""Who answers in each responsibility line stands on the order, from memory."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gongzhi.kit.acting import Actor
from gongzhi.people import actions
from gongzhi.people.importing import Wanted
from gongzhi.workorders.tests.staff_scene import LAMP_NOWHERE, reported
from tests.cast import WEDNESDAY, settle

pytestmark = pytest.mark.django_db


def test_a_colleague_reads_on_the_order_who_answers_in_each_line(
    client: Client, clock: Any, statements: list[str]
) -> None:
    clock.set(WEDNESDAY)
    cast = settle()
    area = Wanted("fire", "F1", "消防一片", (cast.haitang.pk,), None, cast.roads.pk, None, "")
    actions.put_lines([area], starts_on=WEDNESDAY.date(), by=Actor.for_service("tests"), at=WEDNESDAY)
    order, nowhere = reported(cast), reported(cast, LAMP_NOWHERE)
    client.force_login(cast.accounts["clerk"])
    assert "消防一片" in client.get(f"/desk/{order.pk}/").content.decode()
    assert "消防一片" not in client.get(f"/desk/{nowhere.pk}/").content.decode()
    statements.clear()
    client.get(f"/desk/{order.pk}/")
    assert not any("people_linearea" in text for text in statements)
