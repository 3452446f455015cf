"""The same pages with more and more years behind them: ``./gongzhi bench size``.

One database grows into the past (``_city``): 100,000 orders, a million, three million, four entries each. At each size the
same pages are asked for: what they cost web and database in processor time, how many pages of the database they touch
(which no neighbour on the machine can disturb), and what that says of a hundred million. Figures of sizes that the database
has outgrown are kept beside it, so that a run can go on where another stopped.

``--archive YEAR`` then archives what ended before that year, and asks the same once more.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _city
import _measure
import board
import intake
from _scenes import model_in_force

#: A database of its own: the others' is filled to one size only.
_measure.HOME = _city.HOME = _measure.HOME / "size"
KEPT = _measure.HOME / "figures.json"
SIZES = (100_000, 1_000_000, 3_000_000)
FAR = 100_000_000
#: A page whose cost grows faster than this power of the whole (0.1: a quarter more for ten times as much) is named.
STEEP = 0.1


@dataclass
class Cost:
    """What one page costs: processor ms of web and database, pages of the database touched, statements."""

    web: float
    database: float
    touched: int
    statements: int

    @property
    def whole(self) -> float:
        """Web and database together."""
        return self.web + self.database


def measured(ask: Callable[[], Any], watcher: Any, rounds: int) -> Cost:
    """The least of some rounds, after one to warm up: neighbours only ever add."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        board.once(ask)
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    statements = sum(not q["sql"].startswith(control) for q in seen.captured_queries)
    backend, times, pages = _measure.backend(), [], []
    for _round in range(rounds):
        before = _measure.touched(watcher)
        own, theirs = time.process_time(), _measure.ran(backend)
        board.once(ask)
        times.append(((time.process_time() - own) * 1000, _measure.ran(backend) - theirs))
        pages.append(_measure.touched(watcher) - before)
    web, database = min(times, key=sum)
    return Cost(web, database, min(pages), statements)


def scenes(at: Any) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """(group, name, what is asked)."""
    from django.test import Client

    from gongzhi.matters.models import Party
    from gongzhi.people.actor import person_for
    from gongzhi.people.models import Account
    from gongzhi.workorders.models import WorkOrder
    from gongzhi.workorders.queries.events import stretch

    def signed_in(account: Any) -> Any:
        client = Client()
        client.force_login(account)
        return client

    clerk = signed_in(Account.objects.get(login="clerk"))
    own = Party.objects.filter(account__isnull=False, part="reporter").values_list("account_id", flat=True)
    resident = signed_in(Account.objects.get(pk=own.order_by("-pk")[0]))

    def page(client: Any, path: str, **query: str) -> Callable[[], None]:
        def ask() -> None:
            answer = client.get(
                f"{path}?{urlencode(query)}" if query else path, headers={"X-Forwarded-For": "10.9.0.1"}
            )
            if answer.status_code not in (200, 302):
                raise SystemExit(f"{path} answers {answer.status_code}")

        return ask

    order = WorkOrder.objects.filter(source="bench", open=True).order_by("-opened_at")[10]
    desk = "/desk/"
    yield "list", "the queue as it opens", page(clerk, desk)
    yield "list", "everything, newest first", page(clerk, desk, status="all", sort="new")
    yield "list", "everything, oldest first", page(clerk, desk, status="all", sort="old")
    yield "list", "closed, newest first", page(clerk, desk, status="closed")
    yield (
        "list",
        "urgent complaints of all years",
        page(clerk, desk, status="all", urgent="1", appeal="complaint"),
    )
    yield "list", "numbers above the queue", page(clerk, "/desk/bell/")
    yield "search", "a common word", page(clerk, desk, q="小区")
    yield "search", "a common word in what is open", page(clerk, desk, q="噪音", status="open")
    yield "search", "two words", page(clerk, desk, q="路灯 井盖")
    yield "search", "a word that 50 in a million have", page(clerk, desk, q="热气球")
    yield "search", "a word nobody wrote", page(clerk, desk, q="没有的词语")
    yield "search", "a whole number", page(clerk, desk, q=order.number)
    yield "search", "the end of a number", page(clerk, desk, q=order.number[-6:])
    yield "one order", "beside its queue", page(clerk, f"/desk/{order.pk}/")
    yield "resident", "home", page(Client(), "/")
    yield "resident", "my matters", page(resident, "/my/")
    yield "resident", "my account", page(resident, "/account/")
    yield "resident", "public map", page(Client(), "/map/marks.json")
    yield "desk", "units", page(clerk, "/desk/units/")
    yield "desk", "ledger", page(clerk, "/desk/ledger/")
    yield "desk", "events for programs", lambda: stretch(0, by=person_for(Account.objects.get(login="clerk")))
    for name, ask in board.scenes(at).items():
        if name.startswith("grouping"):
            continue  # a job over the newest ten thousand, whatever lies behind them
        group = next(
            (one for one in ("board", "brief", "evaluation") if name.startswith(one)), "map and issues"
        )
        yield group, name, ask


def taken_in(database_pid: int, requests: int) -> dict[str, Cost]:
    """What one report costs by the two busiest doors, over HTTP, with the worker running."""
    found = {}
    with model_in_force(False), _measure.web_server() as server, _measure.worker() as worker:
        for name, door in (("by the JSON API", None), ("by the resident's form", intake.by_page)):
            best: Cost | None = None
            for turn in range(3):
                batch = intake.reports(requests if turn else min(40, 2 * requests), seed=4000 + turn)
                base = random.randrange(1 << 24)
                send = intake.by_api(batch, base) if door is None else door(server, batch, base)
                work = _measure.processor_seconds(worker)
                run = _measure.load(
                    server, database_pid, send, clients=4, requests=len(batch), after=intake.drained
                )
                if run.refused:
                    raise SystemExit(f"{run.refused} reports were refused {name}")
                work = (_measure.processor_seconds(worker) - work) * 1000
                cost = Cost(run.web_ms / len(batch), (run.database_ms + work) / len(batch), 0, 0)
                if turn and (best is None or cost.whole < best.whole):  # the first run only warms up
                    best = cost
            assert best is not None
            found[f"intake: a report {name}"] = best
    return found


def sizes_on_disk(watcher: Any) -> dict[str, int]:
    """Bytes of what grows: tables with their indexes, and the two search indexes."""
    tables = ("workorders_workorder", "journal_entry", "journal_thread", "matters_matter", "matters_deadline")
    found = {
        name: watcher.execute("SELECT pg_total_relation_size(%s::regclass)", [name]).fetchone()[0]
        for name in tables
    }
    for name in ("order_words", "archived_words"):
        found[name] = watcher.execute("SELECT pg_relation_size(%s::regclass)", [name]).fetchone()[0]
    found["all"] = watcher.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    return found


def at_this_size(orders: int, database_pid: int, told: argparse.Namespace) -> dict[str, Any]:
    """Ask for everything once."""
    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor, acting

    costs: dict[str, Cost] = {}
    _city.settle()
    with _city._administrator() as watcher:
        watcher.autocommit = True
        watcher.execute("CHECKPOINT")
        with acting(Actor.for_service("bench")):
            for group, name, ask in scenes(clock.now()):
                costs[f"{group}: {name}"] = measured(ask, watcher, told.rounds)
        disk = sizes_on_disk(watcher)
    if told.requests:
        costs = taken_in(database_pid, told.requests) | costs
    return {
        "orders": orders,
        "machine": _measure.machine(),
        "bytes": disk,
        "costs": {k: asdict(v) for k, v in costs.items()},
    }


def slope(points: list[tuple[float, float]]) -> float:
    """The power of the size with which something grows: the fitted line through the logarithms of both."""
    logs = [(math.log(x), math.log(max(y, 1e-9))) for x, y in points]
    middle_x = sum(x for x, _y in logs) / len(logs)
    middle_y = sum(y for _x, y in logs) / len(logs)
    spread = sum((x - middle_x) ** 2 for x, _y in logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / spread if spread else 0.0


def grown(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The sizes that say what years behind a page cost: those with more than a year, when there are two. A town of some
    weeks has not filled the spans that a page looks back over."""
    whole = [point for point in points if point[0] > _city.PER_DAY * 400]
    return whole if len(whole) > 1 else points


def _far(points: list[tuple[float, float]]) -> float:
    """What the fitted slope says of a hundred million, from the largest size that was measured."""
    orders, cost = points[-1]
    return cost * (FAR / orders) ** max(slope(grown(points)), 0.0)


def table(kept: list[dict[str, Any]]) -> list[str]:
    """Print the sizes side by side; the names of what grows faster than it should."""
    names = [name for name in kept[-1]["costs"] if all(name in one["costs"] for one in kept)]
    head = [
        "page",
        *(f"{one['orders']:,}" for one in kept),
        "last : first",
        "power",
        "at 10⁸",
        "touched",
        "power",
        "at 10⁸",
    ]
    rows, steep = [], []
    for name in names:
        costs = [Cost(**one["costs"][name]) for one in kept]
        times = [(one["orders"], cost.whole) for one, cost in zip(kept, costs, strict=True)]
        pages = [(one["orders"], float(cost.touched)) for one, cost in zip(kept, costs, strict=True)]
        many = len(kept) > 1
        counted = all(cost.touched for cost in costs)
        rows.append([
            name,
            *(f"{cost.whole:.1f}" for cost in costs),
            f"{times[-1][1] / times[0][1]:.2f}" if many else "–",
            f"{slope(grown(times)):+.2f}" if many else "–",
            f"{_far(times):.0f}" if many else "–",
            " → ".join(f"{cost.touched:,}" for cost in costs) if counted else "–",
            f"{slope(grown(pages)):+.2f}" if many and counted else "–",
            f"{_far(pages):,.0f}" if many and counted else "–",
        ])  # fmt: skip
        if many and slope(grown(pages if counted else times)) > STEEP:
            steep.append(name)
    _measure.table(head, rows)
    return steep


def disk(kept: list[dict[str, Any]]) -> None:
    """Print what lies on the disk."""
    rows = [[name, *(f"{one['bytes'][name] / 1e6:,.0f}" for one in kept)] for name in kept[-1]["bytes"]]
    _measure.table(["MB", *(f"{one['orders']:,}" for one in kept)], rows)


def main() -> None:
    """Grow, measure, print."""
    parser = argparse.ArgumentParser(
        prog="bench size", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), help="orders (default: 100000 1000000 3000000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many looks counts (default 3)")
    parser.add_argument(
        "--requests", type=int, default=200, help="reports per run of intake; 0: none (default 200)"
    )
    parser.add_argument("--again", action="store_true", help="measure sizes again whose figures are kept")
    parser.add_argument(
        "--archive", type=int, metavar="YEAR", help="then archive what ended before this year, and ask again"
    )
    parser.add_argument(
        "--demo-days", type=int, help="days of the demo town that is multiplied (default: the demo's own)"
    )
    told = parser.parse_args()
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    with _measure.bench_database() as database_pid:
        _city.prepare("--orders-only", *(["--days", str(told.demo_days)] if told.demo_days else []))
        for orders in sorted(told.sizes):
            there = _city.count()
            if str(orders) in kept and not told.again:
                continue
            if there > orders * 1.02:
                if str(orders) not in kept:
                    print(
                        f"· passed over: the database has {there:,} orders already; delete {_measure.HOME} to begin anew"
                    )
                continue
            _city.fill(orders)
            print(f"· measuring at {orders:,} orders", flush=True)
            kept[str(orders)] = at_this_size(orders, database_pid, told)
            KEPT.write_text(json.dumps(kept, indent=1))
        if told.archive:
            _archived(told, database_pid, kept)
    shown = [kept[str(orders)] for orders in sorted(told.sizes) if str(orders) in kept]
    if not shown:
        raise SystemExit("nothing was measured")
    print(f"\n{shown[-1]['machine']}. Processor ms of web and database together.\n")
    steep = table(shown)
    if len(shown) > 1:
        print(f"\nFaster than the power {STEEP} of the whole: {'; '.join(steep) or 'none'}\n")
    disk(shown)
    if told.archive and "archived" in kept:
        one = kept["archived"]
        print(
            f"\nAfter {one['archived']:,} of {one['orders']:,} orders were archived, {one['ms_for_one']:.2f} ms each:\n"
        )
        table([one])
        disk([one])


def _archived(told: argparse.Namespace, database_pid: int, kept: dict[str, Any]) -> None:
    """Archive by the command that people use, and measure what is left for every day."""
    from gongzhi.workorders.models import WorkOrder

    began = time.perf_counter()
    _measure.manage("archive", "--before", str(told.archive))
    took = time.perf_counter() - began
    number = WorkOrder.objects.filter(archived__isnull=False).count()
    with _city._administrator() as db:
        db.autocommit = True
        db.execute("VACUUM (ANALYZE) workorders_workorder")
    found = at_this_size(_city.count(), database_pid, told)
    earlier = kept.get("archived", {})
    each = took * 1000 / number if number and took > 20 else earlier.get("ms_for_one", 0.0)
    kept["archived"] = found | {"archived": number, "ms_for_one": each}
    KEPT.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
