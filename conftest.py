"""Tests run on an embedded cluster of their own, as the application's role, in a database copied from a template.

The cluster is kept below var/test between runs; several test runs may share it, each with its own database. The
template is made by the owner's migrations and made again when a migration or a seed changes; beside it stands one
that also keeps the scenes of `tests/laid.py`, made again when our code changes. A test with `transaction=True` leaves
a changed database behind, which is put back (`tests/restoring.py`) or copied anew.

The user's own DATABASE_URL is never used here.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "src"))

import psycopg  # noqa: E402
import pytest  # noqa: E402
from psycopg import sql  # noqa: E402

from gongzhi.kit import roles  # noqa: E402
from gongzhi.kit.cluster import Cluster  # noqa: E402

TEST_DATABASE = f"test_{os.getpid()}"


def _folder() -> Path:
    """A folder of this run for uploads and models, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="gongzhi-test-"))
    (folder / "static").mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if os.geteuid() == 0:
    # A server that a test starts runs as another user, and every pytest shuts the common folder of temporary files to
    # others when it begins: ours are in a folder of this run, so that nobody shuts it meanwhile.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_folder())
    Path(os.environ["PYTEST_DEBUG_TEMPROOT"]).chmod(0o755)
CLUSTER = Cluster(Path(os.environ.get("GONGZHI_TEST_HOME") or ROOT / "var" / "test"), durable=False)
os.environ.update(CLUSTER.environment(TEST_DATABASE))
os.environ.update(
    GONGZHI_HOME=str(_folder()),
    GONGZHI_MODE="development",
    GONGZHI_LOG_LEVEL="ERROR",
    SECRET_KEY="only-for-tests-only-for-tests-only-for-tests",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    DJANGO_SETTINGS_MODULE="gongzhi.settings",
)
for _name in ("GONGZHI_POOL", "GONGZHI_DEBUG", "GONGZHI_TRUSTED_PROXIES", "SECRET_KEY_FILE", "GONGZHI_HTTPS"):
    os.environ.pop(_name, None)

import django  # noqa: E402
from django.conf import settings  # noqa: E402

if settings.configured and settings.DATABASES["default"]["NAME"] != TEST_DATABASE:
    # With DJANGO_SETTINGS_MODULE exported, the settings were read before this file, with the user's own database.
    raise pytest.UsageError(
        "unset DJANGO_SETTINGS_MODULE first: tests must not touch the database that it names"
    )
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Runs side by side read this file themselves: what we set must not reach them before, or they take our database."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


#: Files that take longest, dearest first (seconds of one quiet core). They begin, so that no process is left alone with
#: one of them at the end. The run prints its slowest tests: what grows dear comes here.
DEAR = {
    "tests/house/test_rooms.py": 75,
    "src/gongzhi/mediation/tests/test_figures.py": 70,
    "tests/faults/test_size_bench.py": 50,
    "tests/faults/test_storm.py": 45,
    "tests/real/test_messages.py": 45,
    "tests/real/test_baltimore.py": 45,
    "src/gongzhi/kit/tests/test_up.py": 40,
    "tests/faults/test_killed.py": 40,
    "src/gongzhi/workorders/tests/test_rights.py": 35,
    "src/gongzhi/workorders/tests/test_open311_pair.py": 35,
    "src/gongzhi/kit/tests/test_apart.py": 30,
    "tests/journeys/test_resident.py": 30,
    "tests/journeys/test_mediation.py": 30,
    "tests/journeys/test_notices.py": 30,
    "tests/faults/test_never_read.py": 30,
    "tests/faults/test_two_nodes.py": 25,
    "src/gongzhi/demo/tests/test_the_town_lives.py": 25,
    "src/gongzhi/workorders/tests/test_api_anything.py": 20,
    "src/gongzhi/workorders/tests/test_workflow_cells.py": 20,
    "tests/journeys/test_operations.py": 20,
    "tests/journeys/test_staff.py": 20,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The dearest files first; within a file, and among the others, nothing changes."""
    if len({item.path for item in items}) > len(DEAR):
        items.sort(key=lambda item: -DEAR.get(str(item.path.relative_to(ROOT)), 0))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was loaded by now stays: the collector need not walk through it a thousand times (a twentieth of the time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


# ---- the database of this run


def _administrator() -> psycopg.Connection[Any]:
    return psycopg.connect(**CLUSTER.parameters(), autocommit=True)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Start the cluster, make or find the template, copy it, and restore it after each transaction test."""
    from django.db import connections
    from django.test import TransactionTestCase

    from tests.restoring import Restorer

    CLUSTER.start()
    from tests import template

    with django_db_blocker.unblock(), _administrator() as admin:
        with (CLUSTER.home / "template.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            source = template.find(CLUSTER, admin, mine=TEST_DATABASE)
            template.copy(admin, TEST_DATABASE, source)
        restorer = Restorer(
            lambda: template.copy(admin, TEST_DATABASE, source), CLUSTER.parameters(dbname=TEST_DATABASE)
        )
        restorer.begin()

        def restore(case: TransactionTestCase) -> None:
            from gongzhi.kit import revision

            for alias in connections:
                connections[alias].close()
            restorer.restore()
            revision.forget()
            _forget_content_types()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
            # TestCase rolls back and must not restore
            from django.test import TestCase

            assert "_fixture_teardown" in vars(TestCase)
            yield
        restorer.close()
        for alias in connections:
            connections[alias].close()
        with suppress(psycopg.Error):
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(TEST_DATABASE)))
    CLUSTER.leave()


def _forget_content_types() -> None:
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.clear_cache()


@pytest.fixture(autouse=True)
def _every_test_starts_clean() -> Iterator[None]:
    """No copies of small tables, no throttle counts and no language from the test before."""
    from django.utils import translation

    from gongzhi.kit import revision, throttle

    translation.deactivate()
    revision.forget()
    before = throttle.asked
    yield
    if throttle.asked != before and CLUSTER._users_lock is not None:
        with (
            suppress(psycopg.Error),
            psycopg.connect(**CLUSTER.parameters(roles.OWNER, TEST_DATABASE), autocommit=True) as owner,
        ):
            owner.execute("SET lock_timeout = '2s'")
            owner.execute("DELETE FROM kit_throttle")


# ---- fixtures for every room


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """A raw autocommit connection of the owner's role: to look behind the curtain, or to break things."""
    with psycopg.connect(**CLUSTER.parameters(roles.OWNER, TEST_DATABASE), autocommit=True) as connection:
        yield connection


@pytest.fixture
def administrator_connection(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """A raw autocommit superuser connection: sees every row whatever the policies say."""
    with psycopg.connect(**CLUSTER.parameters(dbname=TEST_DATABASE), autocommit=True) as connection:
        yield connection


@pytest.fixture
def second_database(django_db_setup: None) -> Iterator[dict[str, str]]:
    """An empty, migrated database beside this run's own: the environment of a program that uses it."""
    from tests import template

    name = f"{TEST_DATABASE}_second"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with _administrator() as admin:
        template.copy(admin, name, template.bare_name())
        yield CLUSTER.environment(name)
        with suppress(psycopg.Error):
            admin.execute(drop)


@pytest.fixture
def restored(django_db_setup: None) -> Iterator[tuple[Any, Callable[[], Any], list[str]]]:
    """A database of its own: what restores it, a way in as the administrator, and the copies that were made."""
    from tests import template
    from tests.restoring import Restorer

    name = f"{TEST_DATABASE}_second"
    copies: list[str] = []
    parameters = CLUSTER.parameters(dbname=name)
    with _administrator() as admin:

        def copy() -> None:
            template.copy(admin, name, template.find(CLUSTER, admin, mine=TEST_DATABASE))
            copies.append(name)

        copy()
        restorer = Restorer(copy, parameters)
        restorer.begin()
        yield restorer, lambda: psycopg.connect(**parameters, autocommit=True), copies
        restorer.close()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def raw_as(django_db_setup: None) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """`raw_as(account_id)`, `raw_as(service="sweep")`, `raw_as()`: a raw connection of the application's role, in a
    transaction that carries this identity by SET LOCAL. It sees committed rows only: use `transaction=True`.
    """
    with ExitStack() as stack:

        def connect(account: int | str | None = None, *, service: str = "") -> psycopg.Connection[Any]:
            if isinstance(account, str):
                account, service = None, account
            connection = stack.enter_context(psycopg.connect(**CLUSTER.parameters(roles.APP, TEST_DATABASE)))
            connection.execute(
                "SELECT set_config('gongzhi.account', %s, true), set_config('gongzhi.service', %s, true)",
                [str(account) if account is not None else "", service],
            )
            return connection

        yield connect


class Statements(list[str]):
    """SQL statements as they were executed, transaction control left out."""

    def clear_and_count(self) -> int:
        """How many since the last time."""
        count = len(self)
        self.clear()
        return count


_CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "BEGIN", "COMMIT", "SET CONSTRAINTS")


@contextmanager
def capture_statements() -> Iterator[Statements]:
    """Collect the statements this thread sends on the default connection."""
    from django.db import connection

    seen = Statements()

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        text = statement if isinstance(statement, str) else str(statement)
        if not text.lstrip().upper().startswith(_CONTROL):
            seen.append(text)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


@pytest.fixture
def statements(db: None) -> Iterator[Statements]:
    """List of the SQL statements so far, without transaction control; `statements.clear()` starts again.

    Opening a transaction, savepoints and the identity (which travels with them) are not counted.
    """
    with capture_statements() as seen:
        yield seen


@pytest.fixture
def clock() -> Iterator[Any]:
    """The clock, stopped at Tuesday 2 June 2026, 10:00 in Shanghai; `clock.set(moment)`, `clock.forward(hours=2)`."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from gongzhi.kit.clock import stopped

    with stopped(datetime(2026, 6, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))) as handle:
        yield handle


# ---- real input


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real input; the test is skipped when it is absent."""
    folder = Path(os.environ.get("GONGZHI_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("REAL INPUT IS ABSENT: set GONGZHI_REAL_DATA to the folder that holds text/")
    return folder
