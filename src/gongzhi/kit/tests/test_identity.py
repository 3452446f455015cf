"""The database knows the same identity as Python does, at every depth."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from gongzhi.kit.acting import Actor, acting, current, identity_of

pytestmark = pytest.mark.django_db(transaction=True)

LI = Actor(account_id=7)
WANG = Actor(account_id=8)
SWEEP = Actor.for_service("sweep")


def told() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('gongzhi.account', true), ''),"
            " coalesce(current_setting('gongzhi.service', true), '')"
        )
        return cursor.fetchone()


def test_a_transaction_carries_the_identity_and_outside_there_is_none() -> None:
    with acting(LI):
        assert told() == ("", "")
        with transaction.atomic():
            assert told() == ("7", "")
        assert told() == ("", "")
    with transaction.atomic():
        assert told() == ("", "")


def test_entering_and_leaving_inside_a_transaction_is_told_at_once() -> None:
    with transaction.atomic():
        assert told() == ("", "")
        with acting(LI):
            assert told() == ("7", "")
            with acting(SWEEP):
                assert told() == ("", "sweep")
                with acting(None):
                    assert told() == ("", "")
            assert told() == ("7", "")
        assert told() == ("", "")


def test_nested_transactions_keep_the_identity() -> None:
    with acting(LI), transaction.atomic():
        for _ in range(3):
            with transaction.atomic():
                assert told() == ("7", "")
                with acting(WANG), transaction.atomic():
                    assert told() == ("8", "")
                assert told() == ("7", "")


def test_a_savepoint_that_is_rolled_back_leaves_the_right_identity() -> None:
    with acting(LI), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic(), acting(WANG):
            assert told() == ("8", "")
            raise ZeroDivisionError
        assert told() == ("7", "")
        # the savepoint is made as Wang, and rolled back as Li: PostgreSQL goes back to Wang by itself
        with acting(WANG):
            told()
            mark = transaction.savepoint()
        assert told() == ("7", "")
        transaction.savepoint_rollback(mark)
        assert told() == ("7", "")


def test_a_failed_statement_inside_a_savepoint_leaves_the_right_identity() -> None:
    with acting(LI), transaction.atomic():
        with pytest.raises(DatabaseError), acting(SWEEP), transaction.atomic(), connection.cursor() as cursor:
            assert told() == ("", "sweep")
            cursor.execute("SELECT 1/0")
        assert told() == ("7", "")


def test_an_identity_entered_in_a_broken_transaction_does_no_harm() -> None:
    with acting(LI), transaction.atomic():
        mark = transaction.savepoint()
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        with acting(WANG):
            transaction.savepoint_rollback(mark)
            assert told() == ("8", "")
        assert told() == ("7", "")


def test_psycopgs_own_savepoints_do_not_confuse_us() -> None:
    with acting(LI), transaction.atomic():
        told()
        raw = connection.connection
        with pytest.raises(ZeroDivisionError), raw.transaction(), acting(WANG):
            assert told() == ("8", "")
            raise ZeroDivisionError
        assert told() == ("7", "")


def test_a_new_transaction_after_an_exception_starts_right() -> None:
    with pytest.raises(ZeroDivisionError), acting(LI), transaction.atomic():
        told()
        raise ZeroDivisionError
    with acting(WANG), transaction.atomic():
        assert told() == ("8", "")
    assert current() is None


def test_a_thread_starts_as_nobody_and_keeps_its_own() -> None:
    seen: dict[str, tuple[str, str]] = {}

    def work() -> None:
        with transaction.atomic():
            seen["before"] = told()
        with acting(WANG), transaction.atomic():
            seen["inside"] = told()
        connection.close()

    with acting(LI), transaction.atomic():
        told()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert told() == ("7", "")
    assert seen == {"before": ("", ""), "inside": ("8", "")}


def test_iterating_and_executemany_are_told_too() -> None:
    with acting(LI), transaction.atomic(), connection.cursor() as cursor:
        insert = "INSERT INTO kit_revision (name, stamp) SELECT %s || current_setting('gongzhi.account'), 1"
        cursor.executemany(insert, [("a",), ("b",)])
        with acting(WANG):
            cursor.executemany(insert, [("c",)])
        cursor.execute("SELECT name FROM kit_revision ORDER BY 1")
        assert [row[0] for row in cursor.fetchall()] == ["a7", "b7", "c8"]


def test_the_identity_costs_no_statement_of_its_own(statements: list[str]) -> None:
    with acting(LI), transaction.atomic():
        told()
    assert len(statements) == 1


@pytest.mark.parametrize("name", ["Robert'); DROP", "a'b", "上", "A", ""])
def test_a_service_name_is_plain_or_refused(name: str) -> None:
    with pytest.raises(ValueError, match="service name"):
        Actor.for_service(name)
    if name:
        with pytest.raises(ValueError, match="service name"):
            identity_of(Actor(service=name))


def test_a_pool_never_carries_an_identity_to_the_next_user() -> None:
    """Eight threads, four connections, failures in between: 320 transactions, every one as itself."""
    from django.conf import settings
    from django.db import connections

    from gongzhi.kit.db.base import DatabaseWrapper

    options = {
        **settings.DATABASES["default"]["OPTIONS"],
        "pool": {"min_size": 1, "max_size": 4, "timeout": 10},
    }
    config = {**connections["default"].settings_dict, "OPTIONS": options}
    wrong: list[object] = []

    def account_told(wrapper: Any) -> str | None:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT current_setting('gongzhi.account', true)")
            return cursor.fetchone()[0]

    def work(number: int) -> None:
        wrapper = connections["default"] = DatabaseWrapper(config)
        for turn in range(40):
            account = str(number * 1000 + turn)
            try:
                with acting(Actor(account_id=int(account))), transaction.atomic():
                    if (seen := account_told(wrapper)) != account:
                        wrong.append((account, seen))
                    if turn % 5 == 0:
                        with wrapper.cursor() as cursor:
                            cursor.execute("SELECT 1/0")
            except DatabaseError:
                pass
            if account_told(wrapper):
                wrong.append("left behind")
            wrapper.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    DatabaseWrapper(config).close_pool()
    assert wrong == []
