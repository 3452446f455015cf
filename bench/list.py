"""What a page of a queue costs at a million orders: ``./gongzhi bench list``.

Asks each kind of queue for each status, filter, sort and search, and prints the dearest and the median of each group:
processor time of web and database apart (clock time on a shared machine says more about its other guests), statements
of the list, and then whole pages of the workbench over HTTP.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _city
import _measure

PEER = ["Signalen 2.50: page of 50 at 51,000 reports", "", "about 1,000 in all", "", "", "390"]
WORDS = ("小区", "物业", "停车", "噪音", "路灯", "垃圾", "井盖", "工地", "楼道", "电梯")
RARER = (*_city.RARE, "没有的词语")
TOGETHER = ("小区 物业", "停车 物业", "路灯 井盖")
STATES = (
    "triage",
    "assigned",
    "in_hand",
    "waiting",
    "answered",
    "released",
    "merged",
    "declined",
    "withdrawn",
)


@dataclass
class Asked:
    """One list that was asked for, and what it cost (milliseconds of processor time)."""

    group: str
    name: str
    web: float
    database: float
    statements: int

    @property
    def whole(self) -> float:
        """Web and database together."""
        return self.web + self.database


def queues() -> list[Any]:
    """A street with everything, a large and a small unit, a grid, and a unit that is often joint."""
    from django.db.models import Count, Q

    from gongzhi.people.actor import person_for
    from gongzhi.people.models import Account
    from gongzhi.workorders.models import WorkOrder
    from gongzhi.workorders.queries import Scope, scopes

    def ranked(field: str) -> list[int]:
        rows = WorkOrder.objects.filter(open=True).exclude(**{field: None})
        return list(rows.values(field).annotate(n=Count("pk")).order_by("-n").values_list(field, flat=True))

    units, grids = ranked("unit_id"), ranked("grid_id")
    joint = Counter(
        unit
        for row in WorkOrder.objects.exclude(joint=[]).values_list("joint", flat=True)[:2000]
        for unit in row
    )
    found = [
        scopes(person_for(Account.objects.get(login="clerk")))[0],
        *(
            Scope(f"unit-{name}", "", Q(unit_id=unit), f"u{unit}", unit_id=unit)
            for name, unit in (("large", units[0]), ("small", units[len(units) // 2]))
        ),
        Scope("grid", "", Q(grid_id=grids[0]), f"g{grids[0]}"),
    ]
    if joint:
        key = str(joint.most_common(1)[0][0])
        found.append(Scope("joint", "", Q(facets__contains=[key]), key, ordered=False))
    return found


def lists() -> Iterator[tuple[str, str, Any]]:
    """(group, name, filters): every filter, alone and in company."""
    from django.db.models import Count

    from gongzhi.workorders.models import WorkOrder
    from gongzhi.workorders.queries import Filters as F
    from gongzhi.workorders.tables import tree

    open_rows = WorkOrder.objects.filter(open=True)
    leaves = list(
        open_rows.exclude(category=None).values("category_id").annotate(n=Count("pk")).order_by("-n")
        .values_list("category_id", flat=True)
    )  # fmt: skip
    grid, community, unit = (
        open_rows.exclude(grid=None).exclude(unit=None).values_list("grid_id", "community_id", "unit_id")[0]
    )
    roots = tree().roots
    for status in ("open", "late", "soon", "closed", "all"):
        yield "statuses", status, F(status=status)
    for state in STATES:
        yield "states", state, F(status=state)
    for status in ("open", "closed", "all"):
        for name, category in (("branch", roots[0].id), ("rare branch", roots[-1].id), ("leaf", leaves[0]),
                               ("rare leaf", leaves[-1])):  # fmt: skip
            yield "categories", f"{name}, {status}", F(status=status, category_id=category)
        for told in (
            {"appeal": "complaint"}, {"appeal": "praise"}, {"channel": "web"}, {"channel": "file"}, {"urgent": True},
            {"mine": True}, {"unplaced": True}, {"community_id": community}, {"grid_id": grid}, {"unit_id": unit},
        ):  # fmt: skip
            yield "one filter", f"{told}, {status}", F(status=status, **told)
        for told in (
            {"appeal": "praise", "channel": "counter", "urgent": True},
            {"unit_id": unit, "category_id": roots[-1].id, "appeal": "praise"},
        ):
            yield "filters together", f"{told}, {status}", F(status=status, **told)
        for word in WORDS:
            yield "common words", f"{word}, {status}", F(status=status, words=word)
        for word in RARER:
            yield "rare words", f"{word}, {status}", F(status=status, words=word)
        for words in TOGETHER:
            yield "two words", f"{words}, {status}", F(status=status, words=words)
        yield (
            "word and filter",
            f"小区 branch, {status}",
            F(status=status, words="小区", category_id=roots[-1].id),
        )
        yield "word and filter", f"小区 praise, {status}", F(status=status, words="小区", appeal="praise")
        yield (
            "word and filter",
            f"物业 leaf, {status}",
            F(status=status, words="物业", category_id=leaves[-1]),
        )


def ask_all(rounds: int) -> list[Asked]:
    """Ask every queue for every list; the least of some rounds, because other guests only ever add."""
    from django.db import connection, transaction

    from gongzhi.kit import clock
    from gongzhi.kit.acting import acting
    from gongzhi.kit.revision import one_look
    from gongzhi.people.actor import person_for
    from gongzhi.people.models import Account
    from gongzhi.workorders.queries import SORTS, list_orders

    clerk, backend, out = person_for(Account.objects.get(login="clerk")), _measure.backend(), []
    seen: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    def cheapest(scope: Any, wanted: Any) -> tuple[float, float, Any]:
        """(milliseconds of web, of database, the page): the least of the rounds."""
        best: tuple[float, float, Any] | None = None
        for _round in range(rounds):
            seen.clear()
            with one_look(), acting(clerk), transaction.atomic(), connection.execute_wrapper(count):
                web, database = time.process_time(), _measure.ran(backend)
                page = list_orders(scope, wanted, by=clerk, now=clock.now())
                web, database = (time.process_time() - web) * 1000, _measure.ran(backend) - database
            if best is None or web + database < best[0] + best[1]:
                best = web, database, page
        assert best is not None
        return best

    for scope in queues():
        for group, name, filters in lists():
            for sort in SORTS:
                wanted = replace(filters, sort=sort)
                web, database, page = cheapest(scope, wanted)
                out.append(Asked(group, f"{scope.key}, {name}, {sort}", web, database, len(seen)))
                if page.older:  # and one page further on
                    web, database, _next = cheapest(scope, replace(wanted, after=page.older))
                    out.append(
                        Asked(
                            "second pages", f"{scope.key}, {name}, {sort}, page 2", web, database, len(seen)
                        )
                    )
    return out


def pages(server: _measure.Server, database_pid: int, requests: int) -> list[list[str]]:
    """Whole pages of the workbench over HTTP, signed in as a clerk: cells of the table."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client
    from intake import statements

    from gongzhi.people.models import Account

    clerk = Account.objects.get(login="clerk")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(clerk.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = clerk.get_session_auth_hash()
    session.create()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    rows = []
    for name, query in (("open", {}), ("all, newest", {"status": "all", "sort": "new"}),
                        ("search 小区", {"q": "小区"}), ("search 噪音 in what is open", {"q": "噪音", "status": "open"}),
                        ("urgent complaints", {"status": "all", "urgent": "1", "appeal": "complaint"})):  # fmt: skip
        path = f"/desk/?{urlencode(query)}"

        def send(connection: http.client.HTTPConnection, number: int, path: str = path) -> int:
            connection.request("GET", path, headers={"Cookie": cookie, "X-Forwarded-For": "10.9.0.1"})
            answer = connection.getresponse()
            answer.read()
            return answer.status if answer.status == 200 else 500

        _measure.load(server, database_pid, send, clients=2, requests=10)
        run = _measure.load(server, database_pid, send, clients=2, requests=requests)

        def once(client: Client, path: str = path) -> int:
            client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
            return int(client.get(path, headers={"X-Forwarded-For": "10.9.0.1"}).status_code)

        rows.append([f"/desk/ {name}" + (f" ({run.refused} refused)" if run.refused else ""), *run.row(),
                     str(statements(once))])  # fmt: skip
    session.delete()
    return rows


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(prog="bench list", description=__doc__)
    parser.add_argument(
        "--orders", type=int, default=1_000_000, help="orders in the database (default 1,000,000)"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=60, help="requests per page over HTTP (default 60)")
    parser.add_argument(
        "--worst", type=int, default=8, help="how many of the dearest lists to name (default 8)"
    )
    told = parser.parse_args()
    with _measure.bench_database() as database_pid:
        _city.prepare()
        have = _city.fill(told.orders)
        asked = ask_all(told.rounds)
        with _measure.web_server() as server:
            over_http = pages(server, database_pid, told.requests)
            memory = _measure.memory(web=server.pid, database=database_pid)
    print(f"\n{_measure.machine()}; {have:,} orders in one street; {len(asked):,} lists\n")
    rows = []
    for group in dict.fromkeys(one.group for one in asked):
        some = sorted((one for one in asked if one.group == group), key=lambda one: one.whole)
        late = some[int(0.95 * len(some))]
        rows.append([f"{group} ({len(some)})", f"{median(one.whole for one in some):.1f}", f"{late.whole:.1f}",
                     f"{some[-1].whole:.1f}", f"{median(one.database for one in some):.1f}",
                     str(max(one.statements for one in some) or "–")])  # fmt: skip
    head = ["lists", "p50 ms", "p95 ms", "dearest ms", "database of it, p50", "statements"]
    _measure.table(head, [*rows, PEER])
    over = [one for one in asked if one.whole > 25]
    print(f"\n{len(over)} of {len(asked):,} above 25 ms. The dearest:\n")
    for one in sorted(asked, key=lambda one: -one.whole)[: told.worst]:
        print(f"- {one.whole:.0f} ms: {one.name}")
    print("\nWhole pages of the workbench\n")
    head = ["page", "requests/s", "p50 ms", "p95 ms", "p99 ms", "web ms", "database ms", "statements"]
    _measure.table(head, over_http)
    print(f"\nms in the first table, “web” and “database” are processor time. {memory}")


if __name__ == "__main__":
    main()
