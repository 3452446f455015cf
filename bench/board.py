"""What the windows of numbers cost at a million orders: ``./gongzhi bench board``.

The board with its panes and map, the theme map, hot issues and their grouping, a brief and the evaluation of a month:
processor time of web and database apart, statements, and pages of the database touched; what adds whole days from their
counts is counted from the orders as well, to compare. Everything is counted anew each time; what a screen on the
wall costs is the first line divided by how long a count is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _city
import _measure


def once(ask: Callable[[], Any]) -> None:
    """As a request asks: whether tables in memory still hold is looked up once."""
    from gongzhi.kit.revision import one_look

    with one_look():
        ask()


def asked(ask: Callable[[], Any], rounds: int, watcher: Any) -> tuple[float, float, int, int]:
    """Least processor ms of web and of the session of the database over some rounds, statements, pages touched."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        once(ask)
    statements = sum(
        not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for q in seen.captured_queries
    )
    backend = _measure.backend()
    best: list[tuple[float, float, int]] = []
    for _round in range(rounds):
        before, own, theirs = _measure.touched(watcher), time.process_time(), _measure.ran(backend)
        once(ask)
        web, database = (time.process_time() - own) * 1000, _measure.ran(backend) - theirs
        best.append((web, database, _measure.touched(watcher) - before))
    web, database, pages = (min(column) for column in zip(*best, strict=True))
    return web, database, statements, pages


@contextlib.contextmanager
def from_orders() -> Iterator[None]:
    """Within, nothing is added from the counts of days: every number is counted from the orders."""
    from gongzhi.workorders.figures import days

    kept, days.kept = days.kept, lambda *args, **told: None
    try:
        yield
    finally:
        days.kept = kept


def scenes(at: Any) -> dict[str, Callable[[], Any]]:
    """What is asked, by name."""
    from gongzhi.evaluation import manifests, queries
    from gongzhi.kit.acting import Actor
    from gongzhi.observation.periods import period_of
    from gongzhi.observation.queries import board, briefs, maps, rooms
    from gongzhi.territory.ground import ground
    from gongzhi.territory.models import Level
    from gongzhi.workorders import figures
    from gongzhi.workorders.actions import grouping
    from gongzhi.workorders.models import IssueGroups, WorkOrder

    kind = rooms.kind_of("")
    biggest = WorkOrder.objects.order_by("pk").values_list("street_id", flat=True).last()
    street = ground().areas[biggest or 0]
    district = ground().areas[street.parent_id or 0]
    community = ground().children(street.id)[0]
    by, month = Actor.for_service("bench"), queries.last_whole_month(at.date())

    def grouped() -> None:
        IssueGroups.objects.filter(pk=street.id).delete()
        grouping.group(street.id, by=by, at=at)

    def mapped(span: str, figure: str, topic: int | None = None) -> Callable[[], Any]:
        theme = maps.Theme(figure, str(Level.GRID), topic, "", span, "count")
        return lambda: maps.rows(kind, street, theme, at=at)

    grouped()
    topic = figures.topics()[0][0]
    return {
        "board, street": lambda: board.count(kind, street, at),
        "board, district": lambda: board.count(kind, district, at),
        "board, community": lambda: board.count(kind, community, at),
        "theme map, 30 days": mapped("30", "received"),
        "theme map, a year": mapped("365", "received"),
        "theme map, a year, closed": mapped("365", "closed"),
        "theme map, a year, one category": mapped("365", "received", topic),
        "hot issues of the street": lambda: figures.hot(street.id, at=at),
        "grouping them (job)": grouped,
        "brief of a day": lambda: briefs.count(
            kind, street, period_of("day", at.date() - timedelta(days=1)), at=at
        ),
        "brief of a month": lambda: briefs.count(kind, street, period_of("month", month), at=at),
        "evaluation of a month": lambda: manifests.figures_of(month, area_id=street.id, now=at),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--orders", type=int, default=1_000_000, help="orders in the database (default 1,000,000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many counts (default 3)")
    told = parser.parse_args()
    with _measure.bench_database():
        from gongzhi.kit import clock
        from gongzhi.kit.acting import Actor, acting

        _city.prepare()
        orders = _city.fill(told.orders)
        rows = []
        with acting(Actor.for_service("bench")), _city._administrator() as watcher:
            watcher.autocommit = True
            for name, ask in scenes(clock.now()).items():
                web, database, statements, pages = asked(ask, told.rounds, watcher)
                row = [name, f"{web:.0f}", f"{database:.1f}", str(statements), f"{pages:,}"]
                if name.startswith(("board", "theme", "brief")):
                    with from_orders():
                        _web, database, _n, pages = asked(ask, told.rounds, watcher)
                    row += [f"{database:.1f}", f"{pages:,}"]
                rows.append(row + ["–"] * (7 - len(row)))
        print(f"\n{orders:,} orders. {_measure.machine()}\n")
        head = ["what", "web ms", "database ms", "statements", "pages", "from orders: ms", "pages"]
        _measure.table(head, rows)


if __name__ == "__main__":
    main()
