"""What it costs to take one report in, through each door: ``./gongzhi bench intake``.

A report is located, classified, compared with its neighbours, dispatched and promised within the request; what it
defers runs in the worker, which is measured as well. Prints one table. The client's own time is not in it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _city
import _measure
from _measure import Run, Server
from _scenes import a_program_listens, model_in_force

#: What others need, measured on the same kind of machine; see bench/README.md.
PEER = ["Signalen 2.50, JSON API", "–", "–", "–", "–", "71–87", "95–188", "71–107", "237–382", "110"]


@dataclass(frozen=True)
class Report:
    """What a resident says, from the invented town."""

    title: str
    description: str
    lon: float
    lat: float
    place: str
    phone: str


def reports(count: int, seed: int) -> list[Report]:
    """Reports to send: texts and places of the town's own orders, in an order that ``seed`` decides."""
    from gongzhi.workorders.models import WorkOrder

    rows = list(
        WorkOrder.objects.exclude(source="bench")
        .exclude(lon=None)
        .filter(source="demo")
        .order_by("pk")
        .values_list("title", "description", "lon", "lat", "place_text")
    )
    rng = random.Random(seed)
    return [Report(*rng.choice(rows), phone=f"199{rng.randrange(10**8):08d}") for _number in range(count)]


def _headers(number: int) -> dict[str, str]:
    """Each report comes from an address of its own, so that throttles count it and let it pass."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def by_api(told: list[Report], base: int) -> Callable[[http.client.HTTPConnection, int], int]:
    """POST to the JSON API, each with an ``Idempotency-Key``."""

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        report = told[number]
        body = {
            "title": report.title,
            "description": report.description,
            "lon": report.lon,
            "lat": report.lat,
            "place_text": report.place,
            "name": "王先生",
            "phone": report.phone,
            "emergency_acknowledged": True,
            "cannot_ask": True,
        }
        head = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, **_headers(base + number)}
        connection.request("POST", "/api/workorders", json.dumps(body), head)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return send


_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_HIDDEN = re.compile(rb'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


def opened_form(server: Server) -> tuple[str, dict[str, str]]:
    """A visitor opens the form once: (cookies, hidden fields). The form's own page is not in the figures."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_measure.REQUEST_LIMIT)
    connection.request("GET", "/report/")
    answer = connection.getresponse()
    page = answer.read()
    cookies = "; ".join(
        value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"
    )
    connection.close()
    hidden = {name.decode(): value.decode() for name, value in _HIDDEN.findall(page)}
    if token := _TOKEN.search(page):
        hidden["csrfmiddlewaretoken"] = token.group(1).decode()
    return cookies, hidden


def by_page(
    server: Server, told: list[Report], base: int
) -> Callable[[http.client.HTTPConnection, int], int]:
    """POST the resident's form."""
    cookies, hidden = opened_form(server)

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        report = told[number]
        fields = {
            **hidden,
            **form_fields(report),
            "key": str(uuid4()),
        }
        head = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookies,
            "Referer": f"http://127.0.0.1:{server.port}/report/",
            **_headers(base + number),
        }
        connection.request("POST", "/report/", urlencode(fields), head)
        answer = connection.getresponse()
        answer.read()
        # the form shown again means that the report was not taken in
        return answer.status if answer.status in (302, 303) else 400

    return send


def form_fields(report: Report) -> dict[str, Any]:
    """The fields of the resident's form."""
    return {
        "title": report.title,
        "description": report.description,
        "lon": report.lon,
        "lat": report.lat,
        "place_text": report.place,
        "name": "王先生",
        "phone": report.phone,
        "emergency_acknowledged": "on",
    }


def answers_at(server: Server, method: str, path: str) -> bool:
    """Is there a door at this address?"""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_measure.REQUEST_LIMIT)
    connection.request(method, path, "{}", {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status not in (404, 405)


def drained(limit: float = 120) -> None:
    """Wait until the worker has done all that was deferred."""
    from django.db import connection

    until = time.monotonic() + limit
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
                "AND (scheduled_at IS NULL OR scheduled_at <= now())"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the worker did not finish")


def statements(send: Callable[[Any], int]) -> int:
    """SQL statements of one request in this process, without transaction control, after one to warm the tables."""
    from django.db import connection

    seen: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    from django.test import Client

    client = Client()
    send(client)
    with connection.execute_wrapper(count):
        status = send(client)
    if status >= 400:
        return -1
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return sum(not sql.lstrip().upper().startswith(control) for sql in seen)


def _api_statements(report: Report) -> int:
    def send(client: Any) -> int:
        body = {"title": report.title, "description": report.description, "lon": report.lon, "lat": report.lat,
                "place_text": report.place, "name": "王先生", "phone": report.phone,
                "emergency_acknowledged": True}  # fmt: skip
        return int(
            client.post(
                "/api/workorders",
                json.dumps(body),
                content_type="application/json",
                headers={"Idempotency-Key": uuid4().hex, "X-Forwarded-For": "10.250.0.1"},
            ).status_code
        )

    return statements(send)


def _page_statements(report: Report) -> int:
    def send(client: Any) -> int:
        answer = client.post(
            "/report/",
            {**form_fields(report), "key": str(uuid4()), "another": "on"},
            headers={"X-Forwarded-For": "10.250.0.2"},
            REMOTE_ADDR=f"10.250.1.{random.randrange(256)}",
        )
        return answer.status_code if answer.status_code in (302, 303) else 400

    return statements(send)


def in_process(told: list[Report], database_pid: int) -> Run:
    """The action alone, called here: a floor for every door."""
    from gongzhi.kit import clock
    from gongzhi.kit.acting import acting
    from gongzhi.people.actor import Person
    from gongzhi.workorders.actions.reporting import report as take_in
    from gongzhi.workorders.drafts import Draft

    who, run = Person.visitor(), Run()
    before, began, spent = _measure.processor_seconds(database_pid), time.perf_counter(), time.process_time()
    for one in told:
        start = time.perf_counter()
        with acting(who):
            take_in(
                Draft(one.description, title=one.title, channel="api", lon=one.lon, lat=one.lat,
                      place_text=one.place, name="王先生", phone=one.phone, emergency_acknowledged=True,
                      source="benchmark", source_key=uuid4().hex),
                by=who,
                at=clock.now(),
            )  # fmt: skip
        run.waits.append(time.perf_counter() - start)
    run.web_ms = (time.process_time() - spent) * 1000
    run.seconds = time.perf_counter() - began
    run.database_ms = (_measure.processor_seconds(database_pid) - before) * 1000
    return run


def row(name: str, run: Run, worker_ms: float, statements: int) -> list[str]:
    """A line of the table."""
    cells = run.row()
    count = max(len(run.waits), 1)
    whole = (run.web_ms + run.database_ms + worker_ms) / count
    return [
        name + (f" ({run.refused} refused)" if run.refused else ""),
        *cells,
        f"{worker_ms / count:.1f}",
        f"{whole:.1f}",
        str(statements) if statements >= 0 else "–",
    ]


#: (what is special, a model is in force, a program listens, doors)
SCENES: list[tuple[str, bool, bool, list[tuple[str, Any]]]] = [
    ("keywords", False, False, [("JSON API", by_api), ("resident's form", by_page)]),
    ("trained model", True, False, [("JSON API", by_api), ("resident's form", by_page)]),
    ("programs listen for events", False, True, [("JSON API", by_api), ("resident's form", by_page)]),
]


def gathered(run: Run, database_pid: int) -> float:
    """What writing down the run's events costs: the worker's milliseconds; the database's are added to the run. The worker
    does it every few seconds for all that happened, so it is done and measured here."""
    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor, acting
    from gongzhi.workorders.actions.events import gather

    by = Actor.for_service("hooks")
    spent, database = time.process_time(), _measure.processor_seconds(database_pid)
    with acting(by):
        gather(by=by, at=clock.now())
    run.database_ms += (_measure.processor_seconds(database_pid) - database) * 1000
    return (time.process_time() - spent) * 1000


def median_run(door: Any, server: Server, worker: int, database_pid: int, told: Any) -> tuple[Run, float]:
    """(the middle run of a door, the worker's milliseconds in it)."""
    runs = []
    for turn in range(told.rounds + 1):
        batch = reports(told.requests if turn else 60, seed=1000 + turn)
        base = random.randrange(1 << 24)
        send = by_page(server, batch, base) if door is by_page else door(batch, base)
        work = _measure.processor_seconds(worker)
        run = _measure.load(
            server, database_pid, send, clients=told.clients, requests=len(batch), after=drained
        )
        worker_ms = (_measure.processor_seconds(worker) - work) * 1000 + gathered(run, database_pid)
        if turn:  # the first run only warms up
            runs.append((run, worker_ms))
    runs.sort(key=lambda pair: pair[0].web_ms + pair[0].database_ms + pair[1])
    return runs[len(runs) // 2]


def main() -> None:
    """Measure each door and print the table."""
    parser = argparse.ArgumentParser(prog="bench intake", description=__doc__)
    parser.add_argument("--requests", type=int, default=600, help="reports per run (default 600)")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs per door; the median is printed (default 3)"
    )
    parser.add_argument("--orders", type=int, default=0, help="fill the database up to so many orders first")
    told = parser.parse_args()
    with _measure.bench_database() as database_pid:
        _city.prepare()
        have = _city.fill(told.orders) if told.orders else _city.count()
        _city.settle()
        rows: list[list[str]] = []
        memory = ""
        for suffix, trained, listened, doors in SCENES:
            with (
                model_in_force(trained),
                a_program_listens(listened),
                _measure.web_server() as server,
                _measure.worker() as worker,
            ):
                for name, door in doors:
                    middle, worker_ms = median_run(door, server, worker, database_pid, told)
                    sample = reports(1, seed=7)[0]
                    number = (_page_statements if door is by_page else _api_statements)(sample)
                    rows.append(row(f"{name}, {suffix}", middle, worker_ms, number))
                memory = _measure.memory(web=server.pid, worker=worker, database=database_pid)
        print(f"\n{_measure.machine()}; {have:,} orders; {told.clients} clients, {told.requests} reports a run, "
              f"median of {told.rounds} runs\n")  # fmt: skip
        head = ["door", "requests/s", "p50 ms", "p95 ms", "p99 ms", "web ms", "database ms", "worker ms", "all ms",
                "statements"]  # fmt: skip
        _measure.table(head, [*rows, PEER])
        print(f"\nms from “web” on are processor time per report. {memory}")


if __name__ == "__main__":
    main()
