"""Small tables in memory are refreshed when the database says so, and never believe a rolled-back change."""

from __future__ import annotations

import pytest
from django.db import transaction

from gongzhi.kit import revision

pytestmark = pytest.mark.django_db


class Loader:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_a_table_is_loaded_once_until_it_changes() -> None:
    load = Loader()
    assert [revision.cached("rules", load) for _ in range(3)] == [1, 1, 1]
    revision.bump("rules")
    assert [revision.cached("rules", load) for _ in range(3)] == [2, 2, 2]
    revision.bump("other")
    assert revision.cached("rules", load) == 2


def test_one_statement_per_look(statements: list[str]) -> None:
    load = Loader()
    with revision.one_look():
        for name in ("a", "b", "a", "c"):
            revision.cached(name, load)
        assert len(statements) == 1
        revision.bump("a")
        assert revision.cached("a", load) == 4
    assert len(statements) == 2


def test_a_change_that_is_rolled_back_is_not_remembered() -> None:
    load = Loader()
    assert revision.cached("rules", load) == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        revision.bump("rules")
        assert revision.cached("rules", load) == 2
        raise ZeroDivisionError
    assert revision.cached("rules", load) == 3
    revision.bump("rules")
    assert revision.cached("rules", load) == 4
