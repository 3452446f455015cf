"""One form completed by several people at the same instant is one order; two batches never share a number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict
from gongzhi.workorders.actions import sheets
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import SheetBatch, WorkOrder
from tests.cast import WEDNESDAY, settle

pytestmark = pytest.mark.django_db(transaction=True)


def together(count: int, task: Callable[[int], Any]) -> list[Any]:
    gate, found = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            gate.wait(timeout=30)
            found.append(task(number))
        except Exception as fault:
            found.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_forms_at_the_same_instant() -> None:
    with clock.stopped(WEDNESDAY):
        cast = settle()
    clerk = cast.clerk

    def number(_number: int) -> Any:
        with acting(clerk):
            return sheets.print_batch(cast.haitang.pk, 10, by=clerk, at=WEDNESDAY).first

    told = together(4, number)
    assert all(isinstance(one, int | Conflict) for one in told), told
    firsts = sorted(SheetBatch.objects.values_list("first", flat=True))
    assert firsts == [1 + 10 * place for place in range(len(firsts))] and firsts

    code = sheets.code_of("449001001", 1)

    def use(place: int) -> Any:
        with acting(clerk):
            return sheets.take_sheet(
                code, Draft(f"第 {place} 个人照着填：路灯不亮。"), by=clerk, at=WEDNESDAY
            )

    done = together(6, use)
    assert all(isinstance(one, tuple) for one in done), done
    assert sorted(before for _receipt, before in done) == [False] + [True] * 5
    assert len({receipt.order.pk for receipt, _before in done}) == WorkOrder.objects.count() == 1
