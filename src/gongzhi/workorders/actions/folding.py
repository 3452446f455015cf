"""The counts of days: folding their news into the books, comparing them with the orders, making them anew.

What a change adds and takes away is written by the database with the change (migration 0026); nothing here is needed for a
number to be right. Folding keeps what must be added up short. No act and no entry: nothing happens to any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from gongzhi.kit.acting import Actor
from gongzhi.workorders.figures.days import BOOKS

#: News folded in one transaction, and so many are worth folding before the day is over.
MOST, WORTH = 20_000, 2_000
#: The space of the lock of which one folds or counts anew at a time: "days".
_LOCK = 0x64617973
#: Columns that stand in every book, and those that only some tell.
_EVERY = "base, day, street_id, urgent, reopened, state, stood_still, kept_at, solved, satisfied"
_SOME = {
    "community": ("community_id", "NULL::bigint"), "grid": ("grid_id", "NULL::bigint"),
    "unit": ("unit_id", "NULL::bigint"), "category": ("category_id", "NULL::bigint"), "channel": ("channel", "''"),
    "appeal": ("appeal", "''"),
}  # fmt: skip
_COLUMNS = f"book, {_EVERY}, {', '.join(column for column, _none in _SOME.values())}"
_GROUPS = ", ".join(str(n + 1) for n in range(_COLUMNS.count(",") + 1))


def _told(tells: frozenset[str]) -> str:
    return ", ".join(
        column if name in tells else f"{none} AS {column}" for name, (column, none) in _SOME.items()
    )


def _in_books(rows: str, sign: str = "") -> str:
    """Rows with all columns, as each book tells them."""
    return " UNION ALL ".join(
        f"SELECT '{book}'::varchar AS book, {_EVERY}, {_told(tells)}, {sign}n AS n FROM {rows}"
        for book, tells in BOOKS
    )


_FOLD = f"""
WITH moved AS (
    DELETE FROM workorders_daycount WHERE id = ANY(ARRAY(
        SELECT id FROM workorders_daycount WHERE base IN ('opened', 'due', 'closed') AND book = '' ORDER BY id LIMIT %s))
    RETURNING *
), touched AS (SELECT DISTINCT base, street_id, day FROM moved
), gone AS (
    DELETE FROM workorders_daycount d USING touched t
    WHERE d.base = t.base AND d.book = ANY(%s) AND d.street_id = t.street_id AND d.day = t.day RETURNING d.*
), whole AS (SELECT {_COLUMNS}, n FROM gone UNION ALL {_in_books("moved")}
), made AS (
    INSERT INTO workorders_daycount ({_COLUMNS}, n)
    SELECT {_COLUMNS}, sum(n) FROM whole GROUP BY {_GROUPS} HAVING sum(n) <> 0 ORDER BY base, book, street_id, day
) SELECT count(*) FROM moved
"""
_COUNTED = """
counted AS MATERIALIZED (SELECT c.*, count(*) AS n FROM workorders_workorder o, LATERAL workorders_counts(o, %s) c
                         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
"""
_ANEW = f"""
WITH gone AS (DELETE FROM workorders_daycount), {_COUNTED}
INSERT INTO workorders_daycount ({_COLUMNS}, n)
SELECT {_COLUMNS}, sum(n) FROM ({_in_books("counted")}) AS c GROUP BY {_GROUPS} ORDER BY base, book, street_id, day
"""
_COMPARE = f"""
WITH {_COUNTED}, news AS (SELECT * FROM workorders_daycount WHERE book = ''),
wrong AS (
    SELECT {_COLUMNS}, sum(n) AS n FROM (
        SELECT {_COLUMNS}, n FROM workorders_daycount WHERE book <> ''
        UNION ALL {_in_books("news")} UNION ALL {_in_books("counted", "-")}) AS c
    GROUP BY {_GROUPS} HAVING sum(n) <> 0)
SELECT base, book, day, street_id, sum(abs(n)) FROM wrong GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 2, 4
"""


@dataclass(frozen=True)
class Difference:
    """A day of a street of which a book says something else than the orders: ``n`` counts too many or too few."""

    base: str
    book: str
    day: datetime
    street_id: int
    n: int


def _asked(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@transaction.atomic
def fold(*, by: Actor, at: datetime, least: int = 1, most: int = MOST) -> int:
    """Fold up to ``most`` news into the books, when there are ``least``. How many; 0 also while another one folds.

    One statement takes the news and writes the books: whoever reads sees the one or the other. Killed, nothing has happened.
    """
    ((mine,),) = _asked("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    if not mine:
        return 0
    if least > 1:
        ((waiting,),) = _asked(
            "SELECT count(*) FROM (SELECT 1 FROM workorders_daycount WHERE base IN ('opened', 'due', 'closed')"
            " AND book = '' LIMIT %s) AS news",
            [least],
        )
        if waiting < least:
            return 0
    ((folded,),) = _asked(_FOLD, [most, [book for book, _tells in BOOKS]])
    return int(folded)


def differences() -> list[Difference]:
    """Where the counts of days are not what the orders are, at one moment. Reads every order."""
    return [
        Difference(base, book, day, street, int(n))
        for base, book, day, street, n in _asked(_COMPARE, [settings.TIME_ZONE])
    ]


@transaction.atomic
def count_anew(*, by: Actor, at: datetime) -> None:
    """Throw the counts of days away and make them from the orders, in one statement: acts meanwhile are neither waited for
    nor lost, their news stay."""
    _asked("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    _asked(_ANEW, [settings.TIME_ZONE])
