"""Statements that PostgreSQL has prepared: for the few that run with every report.

`insert(rows)` writes new rows of one plain model as `bulk_create` does, at about a quarter of its cost: the SQL is
made once per process, the plan once per connection, and only the values travel. `fetch(sql, values)` reads and
`change(sql, values)` alters by a statement with `$1 …`. All pass Django's execute wrappers, run in the caller's transaction and identity, and raise
Django's exceptions. Not for models with parents or fields that answer `pre_save` with SQL.

Behind PgBouncer in transaction mode this needs version 1.21 or newer with `max_prepared_statements` set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.utils import CursorWrapper
from psycopg import adapt
from psycopg.types.json import Json, Jsonb
from psycopg.types.string import StrDumperUnknown

#: All values travel as text without a type, so that a statement is one statement whatever its values are.
_UNTYPED = adapt.AdaptersMap(psycopg.adapters)
_UNTYPED.register_dumper(str, StrDumperUnknown)


def _text(value: Any) -> str | None:
    """A value as PostgreSQL reads it from text."""
    write = _WRITERS.get(type(value), str)
    return value if write is None else write(value)


def _document(value: Any) -> str:
    told = (value.dumps or json.dumps)(value.obj)
    return told if isinstance(told, str) else told.decode()


def _array(value: Sequence[Any]) -> str:
    """An array as PostgreSQL writes it; every element is quoted, so that none is taken for NULL or a brace."""
    return "{" + ",".join(_element(one) for one in value) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)):
        return _array(value)
    told = _text(value) or ""
    if "\\" in told or '"' in told:
        told = told.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{told}"'


#: How each type is written; None for what already is text (or nothing).
_WRITERS: dict[type, Any] = {
    str: None,
    type(None): None,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    bytes: lambda value: "\\x" + value.hex(),
    memoryview: lambda value: "\\x" + value.hex(),
    psycopg.Binary: lambda value: "\\x" + bytes(value.obj).hex(),
    Json: _document,
    Jsonb: _document,
    list: _array,
    tuple: _array,
}


def _execute(sql: str, values: Sequence[Any], connection: Any) -> CursorWrapper:
    connection.ensure_connection()
    raw = connection.connection
    cursor = psycopg.RawCursor(raw)
    cursor._adapters = _UNTYPED
    with connection.wrap_database_errors:
        before, raw.prepare_threshold = raw.prepare_threshold, 0
        try:
            wrapped = CursorWrapper(cursor, connection)
            wrapped.execute(sql, [_text(value) for value in values])
        finally:
            raw.prepare_threshold = before
    return wrapped


def fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a SELECT; `$1 …` stand for the values, whose types PostgreSQL finds out from the statement."""
    return _execute(sql, values, connections[DEFAULT_DB_ALIAS]).fetchall()


def change(sql: str, values: Sequence[Any]) -> int:
    """How many rows an UPDATE or DELETE with `$1 …` has met."""
    return _execute(sql, values, connections[DEFAULT_DB_ALIAS]).rowcount


#: Kinds of field that write what the row holds, when it is of this very type or None: nothing to look up or to change.
_PLAIN: dict[type, type] = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.FloatField: float,
    models.ForeignKey: int,
    models.OneToOneField: int,
    models.IntegerField: int,
    models.BigIntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
}


def _value(field: Any, plain: type | None, row: models.Model, connection: Any) -> Any:
    """What of a row's field is sent: plain values as they stand, all others by Django's own way."""
    if plain is not None:
        value = row.__dict__.get(field.attname, field)
        if value is None or type(value) is plain:
            return value
    return field.get_db_prep_save(field.pre_save(row, True), connection)


@lru_cache(maxsize=200)
def _statement(model: type[models.Model], count: int) -> tuple[str, list[tuple[Any, type | None]], Any]:
    """(SQL, fields written with their plain type or None, the key that the database gives or None) for so many rows."""
    given = model._meta.pk if isinstance(model._meta.pk, models.AutoField) else None
    fields = [
        field for field in model._meta.local_concrete_fields if field is not given and not field.generated
    ]
    name = connections[DEFAULT_DB_ALIAS].ops.quote_name
    rows = ",".join(
        "(" + ",".join(f"${row * len(fields) + place + 1}" for place in range(len(fields))) + ")"
        for row in range(count)
    )
    columns = ",".join(name(str(field.column)) for field in fields)
    back = f" RETURNING {name(str(given.column))}" if given is not None else ""
    return (
        f"INSERT INTO {name(model._meta.db_table)} ({columns}) VALUES {rows}{back}",
        [(field, _PLAIN.get(type(field))) for field in fields],
        given,
    )


def insert(*rows: models.Model) -> None:
    """Write new rows of one model in one statement; keys that the database gives are set on them in their order."""
    if not rows:
        return
    connection: Any = connections[DEFAULT_DB_ALIAS]
    sql, fields, given = _statement(type(rows[0]), len(rows))
    values = [_value(field, plain, row, connection) for row in rows for field, plain in fields]
    cursor = _execute(sql, values, connection)
    if given is not None:
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            setattr(row, given.attname, key)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
