"""Throttles count, wait, forget, and survive the refusal of what they guard."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import TooMany
from gongzhi.kit.throttle import ask_declared, client_address, sweep, throttle, throttled

pytestmark = pytest.mark.django_db(transaction=True)


def test_so_many_at_once_and_then_one_by_one(clock: Any) -> None:
    for _ in range(3):
        throttle("code", "13800000000", 3, 60)
    with pytest.raises(TooMany) as refused:
        throttle("code", "13800000000", 3, 60)
    assert refused.value.wait_seconds == 20
    clock.forward(seconds=21)
    throttle("code", "13800000000", 3, 60)
    with pytest.raises(TooMany):
        throttle("code", "13800000000", 3, 60)
    clock.forward(seconds=60)
    for _ in range(3):
        throttle("code", "13800000000", 3, 60)


def test_kinds_and_keys_do_not_mix(clock: Any) -> None:
    throttle("code", 1, 1, 60)
    throttle("code", 2, 1, 60)
    throttle("report", 1, 1, 60)
    with pytest.raises(TooMany):
        throttle("code", 1, 1, 60)


def test_one_statement_when_it_is_allowed(clock: Any, statements: list[str]) -> None:
    throttle("code", 1, 5, 60)
    assert len(statements) == 1


def test_an_attempt_counts_even_when_its_transaction_is_rolled_back(clock: Any, door: Client) -> None:
    statuses = [door.post("/attempt/").status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        throttle("once", 1, 1, 60)
        raise ZeroDivisionError
    with pytest.raises(TooMany):
        throttle("once", 1, 1, 60)


def test_a_view_can_declare_its_throttle(clock: Any, door: Client) -> None:
    assert [door.post("/seldom/").status_code for _ in range(3)] == [200, 200, 429]
    assert door.get("/seldom/").status_code == 200
    answer = door.post("/seldom/", headers={"accept": "application/json"})
    assert answer.json()["error"]["code"] == "too_many"
    assert answer["Retry-After"] == "30"


def test_keys_are_kept_as_digests_and_forgotten(clock: Any) -> None:
    throttle("code", "13800000000", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM kit_throttle")
        ((key,),) = cursor.fetchall()
    assert len(key) == 32 and b"138" not in bytes(key)
    clock.forward(seconds=61)
    sweep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kit_throttle")
        assert cursor.fetchone() == (0,)


def test_the_address_is_counted_back_through_our_own_proxies_only(settings: Any) -> None:
    def asked(**meta: str) -> str:
        return client_address(RequestFactory().get("/", **meta))

    assert asked(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="1.2.3.4") == "10.0.0.9"
    settings.TRUSTED_PROXIES = 1
    assert asked(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.2.3.4") == "1.2.3.4"
    settings.TRUSTED_PROXIES = 2
    assert asked(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.2.3.4, 10.0.0.2") == "1.2.3.4"
    assert asked(REMOTE_ADDR="10.0.0.9") == "10.0.0.9"


def test_a_throttle_for_those_who_are_signed_in_counts_nobody_else(clock: Any, statements: list[str]) -> None:
    @throttled("own", 1, 60, by="signed_in")
    def view(request: Any) -> None: ...

    visitor, member = RequestFactory().post("/"), RequestFactory().post("/")
    member.actor = Actor(account_id=7)  # type: ignore[attr-defined]
    ask_declared(visitor, view)
    ask_declared(visitor, view)
    assert not statements
    ask_declared(member, view)
    with pytest.raises(TooMany):
        ask_declared(member, view)
