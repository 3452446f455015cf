"""Codes asked for at the same instant. Committed rows: apart from the other doors, whose town is never committed."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client

from gongzhi.people.models import OneTimeCode
from tests.cast import settle


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_the_same_instant_are_one() -> None:
    settle()
    barrier, answers = threading.Barrier(5), []

    def send() -> None:
        barrier.wait()
        answers.append(Client().post("/sign-in/", {"address": "19900000199"}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 429, 429, 429, 429]
    assert OneTimeCode.objects.count() == 1
