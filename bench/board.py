"""What the windows of numbers cost at a million orders: ``./gongzhi bench board``.

The board with its panes and map, the theme map, hot issues and their grouping, a brief and the evaluation of a month:
processor time of web and database apart, and statements. Everything is counted anew each time; what a screen on the
wall costs is the first line divided by how long a count is kept.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
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


def asked(database_pid: int, ask: Callable[[], Any], rounds: int) -> list[str]:
    """Least processor ms of web and database over some rounds, least clock time, statements."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        once(ask)
    statements = sum(
        not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for q in seen.captured_queries
    )
    best: list[tuple[float, float, float]] = []
    for _round in range(rounds):
        own, theirs, began = (
            time.process_time(),
            _measure.processor_seconds(database_pid),
            time.perf_counter(),
        )
        once(ask)
        took = time.perf_counter() - began
        best.append((time.process_time() - own, _measure.processor_seconds(database_pid) - theirs, took))
    web, database, clock = (min(column) * 1000 for column in zip(*best, strict=True))
    return [f"{web:.0f}", f"{database:.0f}", f"{clock:.0f}", str(statements)]


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
    with _measure.bench_database() as database_pid:
        from gongzhi.kit import clock
        from gongzhi.kit.acting import Actor, acting

        _city.prepare()
        orders = _city.fill(told.orders)
        with acting(Actor.for_service("bench")):
            rows = [
                [name, *asked(database_pid, ask, told.rounds)] for name, ask in scenes(clock.now()).items()
            ]
        print(f"\n{orders:,} orders. {_measure.machine()}\n")
        _measure.table(["what", "web ms", "database ms", "clock ms", "statements"], rows)


if __name__ == "__main__":
    main()
