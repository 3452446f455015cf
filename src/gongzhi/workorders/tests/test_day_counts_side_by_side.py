"""Counts of days while many write, fold, count anew and read: no moment in which a number is wrong."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders import figures
from gongzhi.workorders.actions import folding
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tests.test_unit_figures import DAY, MONDAY, NEXT
from tests.cast import settle
from tests.stage import report_drain

pytestmark = pytest.mark.django_db(transaction=True)

BY = Actor.for_service("sweep")


def test_many_at_once_while_days_are_folded_and_counted_anew() -> None:
    """Six write, one folds, one makes all counts anew, one reads: no moment in which a number is wrong."""
    cast = settle()
    orders = [report_drain(cast, at=MONDAY + timedelta(minutes=n)).order.pk for n in range(12)]
    street, stop = cast.street.pk, threading.Event()
    wrong: list[Any] = []

    def writing(seed: int) -> None:
        chance = random.Random(seed)
        for _turn in range(40):
            with acting(BY), transaction.atomic():
                rows = WorkOrder.objects.filter(pk=chance.choice(orders))
                rows.update(
                    opened_at=MONDAY - chance.randrange(9) * DAY, urgent=chance.random() < 0.5,
                    promised_at=MONDAY + chance.randrange(9) * DAY,
                )  # fmt: skip

    def folding_() -> None:
        while not stop.is_set():
            folding.fold(by=BY, at=NEXT, most=5)

    def anew() -> None:
        while not stop.wait(0.05):
            folding.count_anew(by=BY, at=NEXT)

    def reading() -> None:
        while not stop.is_set():
            found = figures.tally(("received",), division_id=street, at=NEXT, since=MONDAY - 20 * DAY, until=MONDAY + 20 * DAY)  # fmt: skip
            if found[()]["received"] != len(orders):
                wrong.append(found)

    def threaded(run: Any, *args: Any) -> threading.Thread:
        def body() -> None:
            try:
                run(*args)
            except Exception as fault:
                wrong.append(fault)
            finally:
                connection.close()

        return threading.Thread(target=body)

    others = [threaded(one) for one in (folding_, anew, reading)]
    writers = [threaded(writing, seed) for seed in range(6)]
    for one in (*others, *writers):
        one.start()
    for one in writers:
        one.join(60)
    stop.set()
    for one in others:
        one.join(60)
    assert not wrong
    assert folding.differences() == []
    while folding.fold(by=BY, at=NEXT):
        pass
    assert folding.differences() == []
