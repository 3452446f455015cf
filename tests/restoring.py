"""Putting a test's database back to what it was, without copying it again.

A test that commits leaves some rows in some of our two hundred tables. `restore` puts back the rows of those tables and
the counters, past triggers, by one function that is made with the template. It does so only when nothing but rows has
changed: when a table, a lock, a trigger, a right or what the planner knows is another, the database is copied anew. It is
copied anew now and then anyway, because deleted rows stay in their pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from tests.laid import SCHEMA, columns_of, sequences_of, tables_of

#: Copy after so many restorations.
OFTEN = 40
#: What a catalogue's rows are, for a fingerprint of everything that is not rows of ours.
_CATALOGUE = """
WITH ours AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT concat_ws(' ',
    (SELECT sum(hashtext(concat(oid, ' ', xmin, ' ', relpages, ' ', reltuples))::bigint) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT sum(hashtext(concat(attrelid, ' ', attnum, ' ', xmin))::bigint) FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM ours)),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_trigger),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_policy),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_constraint),
    (SELECT sum(hashtext(concat(indexrelid, ' ', xmin))::bigint) FROM pg_index
        WHERE indrelid IN (SELECT oid FROM ours)),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_namespace WHERE nspname !~ '^pg_'),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_type WHERE typnamespace = 'public'::regnamespace),
    (SELECT sum(hashtext(concat(oid, ' ', xmin))::bigint) FROM pg_extension),
    (SELECT sum(hashtext(concat(setdatabase, ' ', setrole, ' ', xmin))::bigint) FROM pg_db_role_setting
        WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_statistic),
    (SELECT count(*) FROM pg_largeobject_metadata))
"""


def remember(admin: psycopg.Connection[Any]) -> None:
    """Make the function, in the template as it shall be (`admin` is autocommit and inside)."""
    admin.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    admin.execute(f"CREATE TABLE {SCHEMA}.kept (name text PRIMARY KEY, lines text)")
    lines = []
    for table in tables_of(admin):
        ((rows,),) = admin.execute(f"SELECT array_agg(t ORDER BY t::text)::text FROM {table} AS t").fetchall()
        if rows is None:
            lines.append(f"IF EXISTS (SELECT FROM {table}) THEN DELETE FROM {table}; END IF;")
            continue
        admin.execute(f"INSERT INTO {SCHEMA}.kept VALUES (%s, %s)", [table, rows])
        columns = columns_of(admin, table)
        lines.append(
            f"SELECT k.lines INTO wanted FROM {SCHEMA}.kept k WHERE k.name = '{table}';"
            f"IF wanted IS DISTINCT FROM (SELECT array_agg(t ORDER BY t::text)::text FROM {table} AS t) THEN "
            f"DELETE FROM {table}; INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE "
            f"SELECT {columns} FROM unnest(wanted::{table}[]); END IF;"
        )
    for sequence, value in sequences_of(admin).items():
        lines.append(
            f"IF EXISTS (SELECT FROM {sequence} WHERE (last_value, is_called) <> ({value or 1}, {value is not None})) "
            f"THEN PERFORM setval('{sequence}', {value or 1}, {value is not None}); END IF;"
        )
    body = "DECLARE wanted text; BEGIN " + " ".join(lines) + " END"
    admin.execute(
        f"CREATE FUNCTION {SCHEMA}.restore() RETURNS void LANGUAGE plpgsql "
        f"SET search_path = pg_catalog SET session_replication_role = replica AS $restore${body}$restore$"
    )


class Restorer:
    """Restores one database for one test process. `copy` makes it anew from the template."""

    def __init__(self, copy: Callable[[], None], parameters: dict[str, Any]) -> None:
        self._copy, self._parameters = copy, parameters
        self._inside: psycopg.Connection[Any] | None = None
        self._catalogue = ""
        self._times = 0

    def copy(self) -> None:
        """The database anew."""
        self.close()
        self._copy()
        self._times = 0

    def restore(self) -> None:
        """As after `copy`. Everybody else is thrown out of the database."""
        try:
            restored = self._times < OFTEN and self._put_back()
        except psycopg.Error:  # somebody holds a lock, or the test broke more than rows
            restored = False
        if restored:
            self._times += 1
        else:
            self.copy()
        if not self._catalogue or not restored:
            self._look()

    def close(self) -> None:
        if self._inside is not None:
            self._inside.close()
        self._inside, self._catalogue = None, ""

    def begin(self) -> None:
        """After the first copy."""
        self._look()

    def _look(self) -> None:
        if self._inside is None:
            self._inside = psycopg.connect(**self._parameters, autocommit=True)
        ((self._catalogue,),) = self._inside.execute(_CATALOGUE).fetchall()

    def _put_back(self) -> bool:
        inside = self._inside
        if inside is None or inside.closed or not self._catalogue:
            return False
        until = time.monotonic() + 2
        while inside.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone() != (0,):
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        if inside.execute(_CATALOGUE).fetchone() != (self._catalogue,):
            return False
        with inside.transaction():
            inside.execute("SET LOCAL lock_timeout = '2s'")
            inside.execute(f"SELECT {SCHEMA}.restore()")
        return True
