"""Scenes that are played once and laid out again for every test that wants them.

``settle()`` takes three thousand statements, and most tests begin with it. So it is played once, committed, in a
draft of the template; the rows it left are kept in a schema of their own, `laid`, and travel with every copy of the
template. A test that settles in an empty house gets these rows back, in one statement of its own connection and
transaction; in a house where something stands already, or in a database without the schema, the scene is played.

Laying rows out is the one thing done past triggers and policies (they were obeyed when the scene was played): by a
function of the administrator that can do nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = "laid"
T = TypeVar("T")

#: Modules that have scenes; a scene may begin with one from a module before its own.
PLACES = ("tests.cast", "gongzhi.mediation.tests.scene", "gongzhi.observation.tests.scene")
#: name → the scene as it is played
SCENES: dict[str, Callable[[], Any]] = {}


def once(name: str) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Decorate a scene that is always played the same way, and from nothing."""

    def decorate(play: Callable[[], T]) -> Callable[[], T]:
        SCENES[name] = play

        @functools.wraps(play)
        def laid() -> T:
            found = _lay(name)
            return play() if found is None else found

        return laid

    return decorate


def _lay(name: str) -> Any:
    """Lay the rows of a scene out and give back what playing it gave; None when that cannot be."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"{SCHEMA}.{name}()"])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(f"SELECT {SCHEMA}.{name}()")
        (given,) = cursor.fetchone()
    return None if given is None else pickle.loads(bytes(given))


def digest() -> str:
    """Of everything a scene may depend on: our code without its tests, the seeds, the cast, and the scenes."""
    found = hashlib.sha256()
    ours = (
        path
        for path in (ROOT / "src").rglob("*")
        if path.suffix in (".py", ".csv", ".json")
        and "__pycache__" not in path.parts
        and ("tests" not in path.parts or path.name.endswith("scene.py"))
    )
    for path in (*sorted(ours), *(ROOT / "tests" / name for name in ("cast.py", "laid.py", "restoring.py"))):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


# ---- playing once


def keep_all(admin: psycopg.Connection[Any], app: str) -> None:
    """Play every scene, in the order of their places."""
    for place in PLACES:
        import_module(place)
    for name in SCENES:
        keep(admin, app, name)


def keep(admin: psycopg.Connection[Any], app: str, name: str) -> None:
    """Play a scene on Django's connection, in the database of `admin` (autocommit); keep what it leaves there, and
    leave the database as it was.
    """
    admin.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    tables, sequences = tables_of(admin), sequences_of(admin)
    before = {table: rows for table in tables if (rows := _texts(admin, table))}
    for number, table in enumerate(tables):
        if table in before:
            admin.execute(f"CREATE TABLE {SCHEMA}.former_{number} AS SELECT * FROM {table}")
    given = pickle.dumps(SCENES[name]())
    empty, lines, undo = [], [], []
    for number, table in enumerate(tables):
        former = before.get(table, set())
        if _texts(admin, table) == former:
            continue
        columns, copy = columns_of(admin, table), f"{SCHEMA}.rows_of_{name}_{number}"
        put = f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {{}};"
        admin.execute(
            f"CREATE TABLE {copy} AS SELECT * FROM {table} AS t WHERE NOT t::text = ANY(%s)", [list(former)]
        )
        undo.append(f"DELETE FROM {table};")
        if former:
            same = " AND ".join(f"t.{key} = c.{key}" for key in _keys(admin, table))
            lines.append(f"DELETE FROM {table} AS t USING {copy} AS c WHERE {same};")
            undo.append(put.format(f"{SCHEMA}.former_{number}"))
        else:
            empty.append(f"EXISTS (SELECT FROM {table})")
        lines.append(put.format(copy))
    lines += [
        f"PERFORM setval('{sequence}', greatest({value}, (SELECT last_value FROM {sequence})));"
        for sequence, value in sequences_of(admin).items()
        if value is not None
    ]
    body = (
        f"BEGIN IF {' OR '.join(empty)} THEN RETURN NULL; END IF; "
        + " ".join(lines)
        + f" RETURN '\\x{given.hex()}'::bytea; END"
    )
    admin.execute(
        f"CREATE FUNCTION {SCHEMA}.{name}() RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = pg_catalog SET session_replication_role = replica AS {_quoted(body)}"
    )
    admin.execute(sql.SQL(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{}}").format(sql.Identifier(app)))
    undo += [
        f"SELECT setval('{sequence}', {value or 1}, {value is not None});"
        for sequence, value in sequences.items()
    ]
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute(" ".join(undo))
    for number in range(len(tables)):
        admin.execute(f"DROP TABLE IF EXISTS {SCHEMA}.former_{number}")
    admin.execute("VACUUM")
    left = [table for table in tables if _texts(admin, table) != before.get(table, set())]
    assert not left, f"the scene {name} did not leave {left}"


def _quoted(body: str) -> str:
    return sql.Literal(body).as_string(None)


def tables_of(admin: psycopg.Connection[Any]) -> list[str]:
    """Our tables; of a divided one its parts."""
    rows = admin.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    return [name for (name,) in rows]


def _texts(admin: psycopg.Connection[Any], table: str) -> set[str]:
    return {text for (text,) in admin.execute(f"SELECT t::text FROM {table} AS t")}


def columns_of(admin: psycopg.Connection[Any], table: str) -> str:
    """All that can be written: the database fills the others in."""
    rows = admin.execute(
        "SELECT quote_ident(attname) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return ", ".join(name for (name,) in rows)


def _keys(admin: psycopg.Connection[Any], table: str) -> list[str]:
    rows = admin.execute(
        "SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        "AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary",
        [table],
    )
    return [name for (name,) in rows]


def sequences_of(admin: psycopg.Connection[Any]) -> dict[str, int | None]:
    """Our counters and the last number each has given; None when it has given none."""
    return dict(
        admin.execute(
            "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).fetchall()
    )
