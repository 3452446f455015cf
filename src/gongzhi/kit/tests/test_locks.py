"""The second lock on a table of its own: the right account sees its row, everyone else nothing, at every depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.locks import AppendOnly, Policy, ProtectRows

pytestmark = pytest.mark.django_db(transaction=True)

LI, WANG = Actor(account_id=7), Actor(account_id=8)


@pytest.fixture
def drawer(owner_connection: psycopg.Connection[Any]) -> None:
    """A protected table and one that only grows, made by the owner as a migration would."""
    owner_connection.execute("CREATE TABLE drawer (id bigint PRIMARY KEY, account_id bigint, words text)")
    lock = ProtectRows(
        "drawer",
        Policy("own", using="account_id = {account}"),
        Policy("letters", using="{service} = 'letters'", command="SELECT"),
    )
    owner_connection.execute("CREATE TABLE ledger (id bigint PRIMARY KEY, words text, seen boolean)")
    for statement in (*lock.forwards(), *AppendOnly("ledger", ("seen",)).forwards()):
        owner_connection.execute(statement)
    with acting(LI), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO drawer VALUES (1, 7, '李的电话')")


def seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drawer")
        return cursor.fetchone()[0]


def test_only_the_right_account_sees_the_row(drawer: None, raw_as: Callable[..., Any]) -> None:
    def count(**who: Any) -> int:
        return (
            raw_as(who.get("account"), service=who.get("service", ""))
            .execute("SELECT count(*) FROM drawer")
            .fetchone()[0]
        )

    assert count(account=7) == 1
    assert count(account=8) == 0
    assert count() == 0
    assert count(service="letters") == 1
    assert count(service="sweep") == 0


def test_at_every_depth_of_transaction(drawer: None) -> None:
    with acting(LI):
        assert seen() == 0  # outside a transaction nobody is anybody
        with transaction.atomic():
            assert seen() == 1
            with transaction.atomic(), acting(WANG):
                assert seen() == 0
                with pytest.raises(ZeroDivisionError), transaction.atomic(), acting(LI):
                    assert seen() == 1
                    raise ZeroDivisionError
                assert seen() == 0
            assert seen() == 1
            with acting(None):
                assert seen() == 0


def test_nobody_writes_in_anothers_name(drawer: None) -> None:
    forgery = "INSERT INTO drawer VALUES (2, 7, '冒名')"
    with acting(WANG), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        connection.cursor().execute(forgery)
    with acting(WANG), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE drawer SET words = ''")
        assert cursor.rowcount == 0


def test_even_the_owner_sees_nothing_without_an_identity(drawer: None, owner_connection: Any) -> None:
    assert owner_connection.execute("SELECT count(*) FROM drawer").fetchone() == (0,)


def test_what_only_grows_cannot_be_rewritten(drawer: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger VALUES (1, '原文', false)")
        cursor.execute("UPDATE ledger SET seen = true")
    for attempt in ("UPDATE ledger SET words = ''", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(attempt)


def test_the_lock_can_be_taken_off_again(drawer: None, owner_connection: Any) -> None:
    lock = ProtectRows("drawer", Policy("own"), Policy("letters"))
    for statement in lock.backwards():
        owner_connection.execute(statement)
    assert seen() == 1


def test_the_application_role_is_harmless() -> None:
    from gongzhi.kit import roles

    assert roles.faults(connection) == []
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE mine (id int)")
