"""What tests stand on: a scene laid out is the scene played, and a database put back is the database copied."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps

from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.people.models import Account
from tests import cast
from tests.cast import WEDNESDAY, settle
from tests.laid import SCHEMA
from tests.stage import undone

#: Drawn anew whenever the neighbourhood is built.
DRAWN = {
    "id",
    "password",
    "key",
    "salt",
    "words",
    "previous",
    "digest",
    "head",
    "stamp",
    "noted_at",
    "at",
    "created_at",
}


def rows() -> dict[str, Any]:
    """How many rows each model has, and those of accounts and units without what is drawn anew."""
    counts = {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed
    }
    names = [field.attname for field in Account._meta.concrete_fields if field.attname not in DRAWN]
    return counts | {"": list(Account.objects.order_by("pk").values(*names))}


@pytest.mark.django_db
def test_a_scene_laid_out_is_the_scene_played() -> None:
    with undone():
        played, told = cast.build(WEDNESDAY), rows()
    with undone():
        laid = settle()
        assert rows() == told
        assert {name: account.login for name, account in laid.accounts.items()} == {
            name: account.login for name, account in played.accounts.items()
        }
        # it is a house one can go on living in
        later = people.open_account(
            login="later", name="后来", password=None, by=Actor.for_service("tests"), at=WEDNESDAY
        )
        assert later.pk > max(account.pk for account in laid.accounts.values())


@pytest.mark.django_db
def test_where_something_stands_the_scene_is_played() -> None:
    people.open_account(
        login="first", name="先来", password=None, by=Actor.for_service("tests"), at=WEDNESDAY
    )
    assert settle().street.pk
    assert Account.objects.filter(login="first").exists()


def test_rows_and_counters_are_put_back_without_a_copy(restored: Any) -> None:
    restorer, enter, copies = restored

    def state() -> Any:
        with enter() as inside:
            return inside.execute(
                "SELECT (SELECT count(*) FROM people_account), (SELECT last_value FROM people_account_id_seq), "
                "(SELECT is_called FROM people_account_id_seq), (SELECT sum(hashtext(t::text)) FROM django_content_type t)"
            ).fetchone()

    before = state()
    with enter() as inside:
        assert inside.execute(f"SELECT {SCHEMA}.neighbourhood() IS NOT NULL").fetchone() == (True,)
        inside.execute("UPDATE django_content_type SET model = model || '_'")
    assert state() != before
    restorer.restore()
    assert (state(), len(copies)) == (before, 1)


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE people_account DISABLE TRIGGER ALL",
        "ALTER TABLE people_account DISABLE ROW LEVEL SECURITY",
        "CREATE INDEX spare ON people_account (name)",
        "GRANT TRUNCATE ON people_account TO gongzhi_app",
        "CREATE TABLE public.spare ()",
        "ALTER TABLE people_account ADD COLUMN spare int",
        "ANALYZE django_content_type",
    ],
)
def test_what_is_more_than_rows_is_copied_anew(restored: Any, broken: str) -> None:
    restorer, enter, copies = restored
    with enter() as inside:
        inside.execute(broken)
    restorer.restore()
    assert len(copies) == 2
    restorer.restore()
    assert len(copies) == 2, "and then put back again"


def test_a_stranger_with_a_lock_is_thrown_out(restored: Any) -> None:
    restorer, enter, copies = restored
    stranger = enter()
    stranger.execute("BEGIN")
    stranger.execute("LOCK TABLE people_account")
    restorer.restore()
    assert len(copies) == 1
    with pytest.raises(psycopg.OperationalError):
        stranger.execute("SELECT 1")


def test_the_dearest_files_begin(pytestconfig: pytest.Config) -> None:
    conftest = next(plugin for plugin in pytestconfig.pluginmanager.get_plugins() if hasattr(plugin, "DEAR"))
    assert [name for name in conftest.DEAR if not (pytestconfig.rootpath / name).is_file()] == []
    assert list(conftest.DEAR.values()) == sorted(conftest.DEAR.values(), reverse=True)
