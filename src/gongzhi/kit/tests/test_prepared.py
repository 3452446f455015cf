"""Prepared statements: every value comes back as it went, and Django's rules still hold."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, models, transaction

from gongzhi.kit.db.prepared import _PLAIN, _value, fetch, insert
from gongzhi.kit.models import Revision

pytestmark = pytest.mark.django_db

NASTY = "a\"b\\c{d},NULL 小区 \n '; DROP TABLE kit_revision; --"


def test_values_come_back_as_they_went() -> None:
    at, key = datetime(2026, 11, 22, 8, 0, 1, 234567, tzinfo=UTC), uuid.uuid4()
    (row,) = fetch(
        "SELECT $1::text, $2::bigint, $3::boolean, $4::timestamptz, $5::uuid, $6::bytea, $7::float8, $8::text",
        [NASTY, -(2**40), False, at, key, b"\x00\\x\xff", 0.1, None],
    )
    assert row == (NASTY, -(2**40), False, at, key, b"\x00\\x\xff", 0.1, None)


def test_arrays_come_back_as_they_went() -> None:
    words, numbers = [NASTY, "", "NULL", "{}"], [1, 2**40]
    (row,) = fetch("SELECT $1::text[], $2::bigint[], $3::text[]", [words, numbers, []])
    assert row == (words, numbers, [])


def test_one_statement_whatever_the_values_are() -> None:
    fetch("SELECT $1::bigint, $2::text", [1, None])
    before = fetch("SELECT count(*) FROM pg_prepared_statements", [])
    fetch("SELECT $1::bigint, $2::text", [None, "x"])
    fetch("SELECT $1::bigint, $2::text", [2**40, None])
    assert fetch("SELECT count(*) FROM pg_prepared_statements", []) == before


def test_rows_are_written_in_one_counted_statement(statements: list[str]) -> None:
    insert(Revision(name="a", stamp=1), Revision(name=NASTY[:20], stamp=2))
    assert len(statements) == 1
    assert set(Revision.objects.filter(stamp__in=[1, 2]).values_list("name", flat=True)) == {"a", NASTY[:20]}


def test_a_doubled_key_is_djangos_exception_and_the_savepoint_holds() -> None:
    insert(Revision(name="a", stamp=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Revision(name="a", stamp=2))
    assert Revision.objects.get(name="a").stamp == 1
    assert connection.connection.prepare_threshold is None


class _Shade(models.TextChoices):
    DARK = "dark", "dark"


def test_plain_values_are_sent_as_they_stand_and_all_others_by_djangos_way() -> None:
    def sent(field: models.Field, value: object) -> object:
        field.set_attributes_from_name("stamp")
        field.model = Revision
        row = Revision(name="a")
        row.__dict__["stamp"] = value
        return _value(field, _PLAIN.get(type(field)), row, connection)

    assert sent(models.IntegerField(), 7) == 7
    assert sent(models.IntegerField(), None) is None
    assert sent(models.IntegerField(), True) == 1
    assert not isinstance(sent(models.IntegerField(), True), bool)
    assert sent(models.IntegerField(), "7") == 7
    assert sent(models.CharField(max_length=9), 7) == "7"
    assert sent(models.CharField(max_length=9), _Shade.DARK) == "dark"
    assert sent(models.BooleanField(), 1) is True
    with pytest.raises(ValueError, match="expected a number"):
        sent(models.IntegerField(), "seven")
