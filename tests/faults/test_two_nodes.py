"""Two web nodes and two workers on one PostgreSQL behave as one: a rule, a session, a throttle and a job are shared."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.serving import web_command, web_environment, worker_command
from gongzhi.people import actions as people
from gongzhi.workorders.models import Event
from tests.cast import settle
from tests.faults.test_killed import ROOT, environment, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Node:
    """A web node, and one client of it that keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, dict[str, str]()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, Any]:
        """One request of its own connection: status, text, headers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        raw = body if body is None or isinstance(body, str) else json.dumps(body)
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line.request(method, path, raw, {"Content-Type": kind, "Cookie": cookie, **headers})
        answer = line.getresponse()
        text = answer.read().decode()
        for told in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = told.partition(";")[0].partition("=")
            self.cookies[name] = value
        line.close()
        return answer.status, text, answer.headers

    def post(self, path: str, **fields: str) -> int:
        """A form, as a browser would send it."""
        csrf = self.cookies.get("gongzhi_csrf", "")
        return self.ask("POST", path, urlencode({**fields, "csrfmiddlewaretoken": csrf}), Referer=f"http://127.0.0.1:{self.port}/")[0]  # fmt: skip


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts programs, and stops them at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(command: list[str], **more: str) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(command, cwd=ROOT / "src", env=environment(**more)))
        return running[-1]

    yield begin
    for one in running:
        one.terminate()
    for one in running:
        try:
            one.wait(timeout=20)
        except subprocess.TimeoutExpired:
            one.kill()


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_two_nodes_and_two_workers_are_one(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    now = clock.now()
    cast = settle(now)
    ports = [_port(), _port()]
    for port in ports:
        start(web_command(f"127.0.0.1:{port}"), **web_environment(), GONGZHI_WEB_PROCESSES="1")
    first, second = (Node(port) for port in ports)
    for node in (first, second):

        def answers(node: Node = node) -> bool:
            """the node answers"""
            with suppress(OSError):
                return node.ask("GET", "/q/")[0] == 200
            return False

        until(answers, 60)

    # a session known to one node is known to the other, and ended on both
    here = Client()
    here.force_login(cast.accounts["clerk"])
    first.cookies["gongzhi_session"] = here.cookies["gongzhi_session"].value
    assert first.ask("GET", "/desk/rules/new/")[0] == 200
    second.cookies = dict(first.cookies)
    assert second.ask("GET", "/desk/")[0] == 200

    # a rule changed on one node is obeyed by the other at once
    key = people.issue_token(
        cast.accounts["clerk"], "t", ["read", "write"], expires_at=now + timedelta(days=1), by=Actor(), at=now
    )
    token = {"Authorization": f"Bearer {key}"}
    body = {
        "description": "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。",
        "lon": 113.505,
        "lat": 22.205,
    }
    report = lambda node: json.loads(node.ask("POST", "/api/workorders", body, **token)[1])  # noqa: E731
    before = [report(node)["unit"] for node in (first, second)]
    assert before[0] == before[1] != cast.gardens.name
    rule = {
        "code": "storm-1", "category": "", "division": str(cast.street.pk), "hours": "any", "lead": "unit",
        "unit": str(cast.gardens.pk), "joint": "", "priority": "1", "note": "", "answers": "", "origin": "",
        "document": "", "starts_on": clock.today().isoformat(), "act": "save",
    }  # fmt: skip
    assert first.post("/desk/rules/new/", **rule) == 302
    assert [report(node)["unit"] for node in (second, first)] == [cast.gardens.name] * 2
    assert second.post("/sign-out/") == 302
    assert first.ask("GET", "/desk/")[0] in (302, 401)

    # a throttle counts what came in at either node
    statuses = [(first, second)[n % 2].ask("GET", "/api/workorders/X000000-000000", **{"X-Query-Code": "ABCDEFGHJKMN"})[0] for n in range(24)]  # fmt: skip
    assert statuses == [404] * 20 + [429] * 4

    # two workers share the jobs, and each job is done once
    for _worker in range(2):
        start(worker_command(), GONGZHI_WORKER_CONCURRENCY="4")
    entries = set(
        Entry.objects.filter(verb__in=("workorders.report", "workorders.dispatch")).values_list(
            "pk", flat=True
        )
    )
    until(lambda: Event.objects.count() >= len(entries), 60)
    assert not ProcrastinateJob.objects.filter(status="failed").exists()
    assert sorted(Event.objects.values_list("entry", flat=True)) == sorted(entries) and len(entries) == 8
