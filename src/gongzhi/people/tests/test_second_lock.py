"""Contact data behind row-level security: seen by whom they concern, at every depth, by every statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.people import actions as people
from gongzhi.people.models import Account, Contact, Organisation, Post
from gongzhi.people.queries import contact_of_account
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)

TESTS = Actor.for_service("tests")
ALL = "SELECT count(*) FROM people_contact"
PHONE = "+8619900000901"


class Scene:
    """Two residents, two units, a handler in each; one contact held by the first unit."""

    def __init__(self) -> None:
        now = {"by": TESTS, "at": WEDNESDAY}
        self.li, self.wang, self.worker, self.stranger = (
            people.open_account(login=name, name=name, password=None, **now)
            for name in ("li", "wang", "worker", "stranger")
        )
        self.unit, self.other = (
            people.found_organisation(code=code, name=code, kind="utility", **now) for code in ("u1", "u2")
        )
        self.post = self.give(self.worker, self.unit)
        self.give(self.stranger, self.other)
        people.keep_contact(
            name="李", phone=PHONE, purpose="test", held_by=[self.unit.pk], account_id=self.li.pk, **now
        )

    def give(self, account: Account, unit: Organisation, role: str = "handler", **days: Any) -> Post:
        """A post from last year on, unless other days are given."""
        since = {"starts_on": clock.today() - timedelta(days=365)} | days
        return people.give_post(account, role, organisation=unit, by=TESTS, at=WEDNESDAY, **since)


@pytest.fixture
def scene() -> Scene:
    """See Scene."""
    return Scene()


def seen() -> int:
    """How many contacts the acting identity sees, whatever we ask for."""
    with connection.cursor() as cursor:
        cursor.execute(ALL)
        return int(cursor.fetchone()[0])


def test_the_account_the_holder_and_the_service_see_it(scene: Scene, raw_as: Callable[..., Any]) -> None:
    for who in (
        raw_as(scene.li.pk),
        raw_as(scene.worker.pk),
        raw_as(service="news"),
        raw_as(service="erasure"),
    ):
        assert who.execute("SELECT phone FROM people_contact").fetchall() == [(PHONE,)]


def test_nobody_else_sees_it(scene: Scene, raw_as: Callable[..., Any]) -> None:
    for who in (raw_as(), raw_as(scene.wang.pk), raw_as(scene.stranger.pk), raw_as(service="import"),
                raw_as(service="train"), raw_as(service="sweep"), raw_as(0), raw_as(-1)):  # fmt: skip
        assert who.execute(ALL).fetchone() == (0,)


@pytest.mark.parametrize("role", ["checker", "leader", "auditor", "admin", "building_head"])
def test_a_post_that_does_not_handle_does_not_open_it(
    scene: Scene, role: str, raw_as: Callable[..., Any]
) -> None:
    scene.give(scene.wang, scene.unit, role)
    assert raw_as(scene.wang.pk).execute(ALL).fetchone() == (0,)


def test_a_post_opens_it_from_its_first_day_until_it_ends(scene: Scene, raw_as: Callable[..., Any]) -> None:
    today: date = clock.today()
    scene.give(scene.wang, scene.unit, starts_on=today + timedelta(days=1))
    assert raw_as(scene.wang.pk).execute(ALL).fetchone() == (0,), "not yet"
    people.end_post(scene.post, on=today + timedelta(days=1), by=TESTS, at=WEDNESDAY)
    assert raw_as(scene.worker.pk).execute(ALL).fetchone() == (1,), "until tomorrow"
    people.end_post(scene.post, on=today, by=TESTS, at=WEDNESDAY)
    assert raw_as(scene.worker.pk).execute(ALL).fetchone() == (0,), "no longer"


def test_at_every_depth_of_transaction(scene: Scene) -> None:
    li, wang = Actor(account_id=scene.li.pk), Actor(account_id=scene.wang.pk)
    with acting(li):
        assert seen() == 0, "outside a transaction nobody is anybody"
        with transaction.atomic():
            assert seen() == 1
            with transaction.atomic():
                assert seen() == 1
                with acting(wang), transaction.atomic():
                    assert seen() == 0
                assert seen() == 1
            with pytest.raises(ZeroDivisionError), acting(wang), transaction.atomic():
                raise ZeroDivisionError
            assert seen() == 1, "a savepoint rolled back brings no other identity back"
            with acting(wang):
                with pytest.raises(ZeroDivisionError), transaction.atomic(), acting(li):
                    assert seen() == 1
                    raise ZeroDivisionError
                assert seen() == 0
            with acting(None):
                assert seen() == 0
        assert seen() == 0
    with transaction.atomic():
        assert seen() == 0


def test_rolling_back_to_a_savepoint_of_somebody_else_brings_nobody_back(scene: Scene) -> None:
    """PostgreSQL restores the setting of the moment the savepoint was made: it has to be told again."""
    li, wang = Actor(account_id=scene.li.pk), Actor(account_id=scene.wang.pk)
    with acting(li), transaction.atomic():
        assert seen() == 1
        mark = transaction.savepoint()
        with acting(wang):
            assert seen() == 0
            transaction.savepoint_rollback(mark)
            assert seen() == 0, "the savepoint was made in li's name"
        assert seen() == 1
    with acting(li), transaction.atomic():
        assert seen() == 1
        block = connection.connection.transaction()  # the driver's own, which goes another way
        block.__enter__()
        with acting(wang):
            assert seen() == 0
            block.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
            assert seen() == 0
        assert seen() == 1


def test_a_query_made_early_and_asked_late_is_asked_in_the_name_of_whoever_asks(scene: Scene) -> None:
    with acting(Actor(account_id=scene.li.pk)), transaction.atomic():
        lazy = Contact.objects.all()
    with acting(Actor(account_id=scene.wang.pk)), transaction.atomic():
        assert list(lazy) == []
        assert contact_of_account(scene.li.pk) is None


STATEMENTS = {
    "update": "UPDATE people_contact SET phone = '0'",
    "update returning": "UPDATE people_contact SET phone = '0' RETURNING phone",
    "update without looking": "UPDATE people_contact SET phone = '0' WHERE true",
    "delete": "DELETE FROM people_contact",
    "delete returning": "DELETE FROM people_contact RETURNING *",
    "lock": "SELECT * FROM people_contact FOR UPDATE",
    "with": "WITH gone AS (DELETE FROM people_contact RETURNING *) SELECT * FROM gone",
    "subquery": "SELECT * FROM people_account WHERE name IN (SELECT name FROM people_contact WHERE phone LIKE '+86%')",
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_no_statement_of_a_stranger_touches_a_row(
    scene: Scene, what: str, raw_as: Callable[..., Any]
) -> None:
    for who in (raw_as(), raw_as(scene.wang.pk), raw_as(scene.stranger.pk), raw_as(service="import")):
        assert who.execute(STATEMENTS[what]).rowcount == 0
        who.commit()
    assert raw_as(scene.li.pk).execute("SELECT phone FROM people_contact").fetchall() == [(PHONE,)]


def test_the_holder_may_change_and_hand_on_what_they_hold(scene: Scene, raw_as: Callable[..., Any]) -> None:
    worker = raw_as(scene.worker.pk)
    assert worker.execute("UPDATE people_contact SET phone = '+8619900000902'").rowcount == 1
    assert worker.execute("DELETE FROM people_contact RETURNING name").fetchall() == [("李",)]
    worker.rollback()


def test_anybody_may_leave_theirs_but_not_read_it_back(scene: Scene, raw_as: Callable[..., Any]) -> None:
    insert = (
        "INSERT INTO people_contact (id, held_by, name, phone, email, address, purpose, since, account_id) "
        "VALUES (gen_random_uuid(), '{}', '客', '1', '', '', 'test', now(), NULL)"
    )
    visitor = raw_as()
    assert visitor.execute(insert).rowcount == 1
    assert visitor.execute(ALL).fetchone() == (0,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        visitor.execute(insert + " RETURNING name")
    visitor.rollback()
    guess = raw_as(scene.wang.pk)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):  # not even by meeting a key that exists
        guess.execute(
            insert.replace("gen_random_uuid()", f"'{_key(raw_as, scene)}'")
            + " ON CONFLICT (id) DO UPDATE SET name = 'x'"
        )


def _key(raw_as: Callable[..., Any], scene: Scene) -> str:
    return str(raw_as(scene.li.pk).execute("SELECT id FROM people_contact").fetchone()[0])


def test_the_lock_cannot_be_asked_away(scene: Scene, raw_as: Callable[..., Any]) -> None:
    for trick in (
        "SET row_security = off; SELECT * FROM people_contact",
        "ALTER TABLE people_contact DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE people_contact NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY who_needs_it ON people_contact",
        "CREATE POLICY mine ON people_contact USING (true)",
        "ALTER TABLE people_contact OWNER TO gongzhi_app",
        "SET ROLE gongzhi_owner",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE gongzhi_app BYPASSRLS",
        "GRANT gongzhi_owner TO gongzhi_app",
        "TRUNCATE people_contact",
        "COPY people_contact TO PROGRAM 'cat'",
        "CREATE VIEW peek AS SELECT * FROM people_contact",
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM people_contact'",
    ):
        who = raw_as(scene.wang.pk)
        with pytest.raises(psycopg.Error):
            who.execute(trick)
        who.rollback()
        assert who.execute(ALL).fetchone() == (0,)


def test_no_operator_that_leaks_is_asked_before_the_lock(scene: Scene, raw_as: Callable[..., Any]) -> None:
    """A condition that fails on the hidden value must not be evaluated for it."""
    who = raw_as(scene.wang.pk)
    rows = who.execute(
        "SELECT * FROM people_contact WHERE phone::numeric / (length(name) - 1) > 0"
    ).fetchall()
    assert rows == []


def test_the_application_role_owns_nothing_and_every_secret_table_is_forced(owner_connection: Any) -> None:
    owned = owner_connection.execute(
        "SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'gongzhi_app'"
    ).fetchall()
    assert owned == []
    locked = owner_connection.execute(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY 1"
    ).fetchall()
    assert {"people_contact", "notices_message"} <= {name for (name,) in locked}
    assert ("workorders_workorder",) not in locked, "open orders stay searchable"
    roles = owner_connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname LIKE 'gongzhi%' ORDER BY 1"
    ).fetchall()
    assert roles == [("gongzhi_app", False, False, False), ("gongzhi_owner", False, False, False)]


def test_even_the_owner_sees_nothing_without_an_identity(scene: Scene, owner_connection: Any) -> None:
    assert owner_connection.execute(ALL).fetchone() == (0,)


def test_moving_and_forgetting_need_somebody_who_may_see(scene: Scene) -> None:
    with acting(Actor(account_id=scene.stranger.pk)), transaction.atomic():
        assert Contact.objects.update(held_by=[scene.other.pk]) == 0
    with acting(Actor(account_id=scene.worker.pk)), transaction.atomic():
        assert Contact.objects.update(held_by=[scene.unit.pk, scene.other.pk]) == 1
    with acting(Actor(account_id=scene.stranger.pk)), transaction.atomic():
        assert Contact.objects.count() == 1, "now it is held by both"
    with acting(Actor.for_service("erasure")), transaction.atomic():
        assert Contact.objects.all().delete()[0] == 1


def test_an_identity_is_a_number_or_a_plain_name(scene: Scene) -> None:
    for name in ("news' OR true --", "News", "", "a b"):
        with pytest.raises(ValueError, match="service name"):
            Actor.for_service(name)
    with pytest.raises((ValueError, TypeError)), acting(Actor(account_id="1 OR true")):  # type: ignore[arg-type]
        pass
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL row_security = off")
        cursor.execute(ALL)


def test_no_lock_asks_the_connection_what_day_it_is() -> None:
    """`current_date` is the day in the connection's time zone: in China a post would begin eight hours late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies"
        )
        policies = cursor.fetchall()
    assert any("now()" in words for _table, _name, words in policies), "some lock asks for the day"
    assert [(table, name) for table, name, words in policies if "CURRENT_DATE" in words.upper()] == []
