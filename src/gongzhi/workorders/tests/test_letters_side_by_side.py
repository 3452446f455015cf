"""The same message brought by several programs at the same instant is one order."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.actions import mailing
from gongzhi.workorders.models import LetterIn, WorkOrder
from tests.cast import WEDNESDAY, settle

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = Actor.for_service("mail")
LETTER = "From: a@example.org\r\nMessage-ID: <same@example.org>\r\n\r\n海棠苑门口的下水道堵了。".encode()


def test_one_message_from_six_programs_at_once() -> None:
    settle()
    gate, found = threading.Barrier(6), []

    def bring() -> None:
        try:
            gate.wait(timeout=30)
            with acting(MAIL):
                found.append(mailing.take_letter(LETTER, by=MAIL, at=WEDNESDAY).pk)
        except Exception as fault:
            found.append(fault)
        finally:
            connections.close_all()

    threads: list[Any] = [threading.Thread(target=bring) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == 6 and len(set(found)) == 1, found
    with acting(MAIL), transaction.atomic():
        assert LetterIn.objects.count() == WorkOrder.objects.count() == 1
