"""A storm: many reports by several clients over HTTP, each answered with a notice, while the worker is killed again and
again with a job half done and PostgreSQL is restarted once. A program of its own, on a cluster of its own.

Run by `test_storm.py` with a part of the messages, and by ``./gongzhi bench storm`` with all of them. Prints one line of
JSON; ends with 1 when an order or a notice is missing or was made twice.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8
#: A report may have so many characters; whoever has more to say is told so.
MOST_SIGNS = 5000
#: Seconds after which a storm that does not end is given up.
PATIENCE = 3000


def messages(most: int) -> list[tuple[str, str]]:
    """(title, text) of real messages, or of invented ones where the real ones are not there."""
    folder = Path(os.environ.get("GONGZHI_REAL_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "text" / "tipdm8c_unlabelled_inflow_2801.csv.gz"
    if not file.exists():
        print("REAL INPUT IS ABSENT: invented messages instead; set GONGZHI_REAL_DATA", file=sys.stderr)
        return [(f"第 {n} 件", f"第 {n} 件：路口的路灯坏了，请来修一修。") for n in range(most)]
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [(row["title"][:120], row["body"]) for row in csv.DictReader(lines)]
    # one of them is longer than a report may be
    return [(title, (body if len(body) >= 4 else f"{title}。{body}")[:MOST_SIGNS]) for title, body in rows][
        :most
    ]


@dataclass
class Storm:
    """What the clients share and what happened to them."""

    port: int
    told: list[tuple[str, str]]
    clerks: list[str]
    leaders: list[str]
    acknowledged: dict[int, str] = field(default_factory=dict)
    felt: int = 0
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, line: list[Any], method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]:
        """One request; 0 when nobody answered."""
        raw = None if body is None else json.dumps(body).encode()
        try:
            if not line:
                line.append(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30))
            line[0].request(method, path, raw, {"Content-Type": "application/json", **headers})
            answer = line[0].getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.felt += 1
            if line:
                line.pop().close()
            return 0, None
        if answer.status in (429, 500, 503):
            self.felt += answer.status != 429
            time.sleep(min(float(answer.headers.get("Retry-After") or 0.2), 2))
        return answer.status, json.loads(content) if content else None

    def client(self, number: int) -> None:
        """Report, until it is acknowledged; then answer each report in a way of which its reporter is told."""
        line: list[Any] = []
        clerk = {"Authorization": f"Bearer {self.clerks[number]}"}
        other = {"Authorization": f"Bearer {self.leaders[number]}"}
        try:
            for index in range(number, len(self.told), CLIENTS):
                order = self._report(line, index)
                if order is None:
                    return
                if order["state"] == "triage":
                    self._step(line, order["number"], "decline", clerk, "declined")
                else:
                    self._step(line, order["number"], "ask_void", clerk, "")
                    self._step(line, order["number"], "grant_void", other, "voided")
        except Exception as fault:
            self.faults.append(f"client {number}: {fault!r}")

    def _report(self, line: list[Any], index: int) -> Any:
        title, text = self.told[index]
        body = {
            "title": title, "description": text, "name": "王", "phone": f"199{index:08d}",
            "emergency_acknowledged": True, "cannot_ask": True,
        }  # fmt: skip
        headers = {
            "Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, f"storm {index}")),
            "X-Forwarded-For": f"10.{index >> 16 & 255}.{index >> 8 & 255}.{index & 255}",
        }
        while not self.stop.is_set():
            status, told = self.ask(line, "POST", "/api/workorders", body, headers)
            if status in (200, 201):
                self.acknowledged[index] = told["number"]
                return told
            if status not in (0, 429, 500, 503):
                raise AssertionError(f"{index}: {status} {told}")
            time.sleep(0.1)
        return None

    def _step(self, line: list[Any], number: str, verb: str, headers: dict[str, str], state: str) -> None:
        body = {} if verb == "grant_void" else {"reason": "这是一次演练"}
        path = f"/api/workorders/{number}"
        while not self.stop.is_set():
            status, told = self.ask(line, "POST", f"{path}/steps/{verb}", body, headers)
            if status == 200:
                return
            if status == 409:  # taken before, and its answer was lost
                status, told = self.ask(line, "GET", path, None, headers)
                if status == 200 and (told["state"] == state or not state):
                    return
            if status not in (0, 200, 429, 500, 503):
                raise AssertionError(f"{number} {verb}: {status} {told}")
            time.sleep(0.1)


class Workers:
    """The worker, killed again and again: each life ends in the middle of a job."""

    def __init__(self, folder: Path, environment: dict[str, str], quick: bool, jobs: int) -> None:
        self.folder, self.environment, self.quick, self.jobs = folder, environment, quick, jobs
        self.rng = random.Random(2801)
        self.lives = self.deaths = self.verified = self.restarts = 0
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, *, to_die: bool) -> None:
        """One more life."""
        before = self.rng.randint(2, self.jobs) if to_die else 10**9
        self.lives += 1
        log = (self.folder / "worker.log").open("a")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.storm_worker", str(self.folder), str(before),
             "quick" if self.quick else "real"],
            cwd=ROOT, env=self.environment, stdout=log, stderr=log,
        )  # fmt: skip

    def look(self, wanted: int, base: Any) -> None:
        """Kill it if it stands in the middle of a job; start another where one has ended."""
        assert self.child is not None
        sign = next(iter(self.folder.glob(f"half-*-{self.child.pid}")), None)
        if sign is not None and self.deaths < wanted:
            half = base.half_done(sign.name.split("-")[1], sign.read_text())
            if half is None:
                return  # the database is away at this moment; the worker stands still
            self.verified += half
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(timeout=20)
            sign.unlink()
            self.deaths += 1
            if self.quick:
                base.forget_heartbeats()
            self.start(to_die=self.deaths < wanted)
        elif self.child.poll() is not None:
            self.restarts += 1
            self.start(to_die=self.deaths < wanted)

    def end(self) -> None:
        """No more."""
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait(timeout=20)


class Base:
    """The database as its administrator sees it."""

    def __init__(self, cluster: Any) -> None:
        self.cluster = cluster

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of a statement's first row; None when the database is away."""
        import psycopg

        try:
            with psycopg.connect(**self.cluster.parameters(dbname="gongzhi"), autocommit=True) as line:
                done = line.execute(statement, values or None)
                row = done.fetchone() if done.description else None
                return row[0] if row else 0
        except psycopg.Error:
            return None

    def half_done(self, place: str, told: str) -> bool | None:
        """Is this job under way, its outward effect done or its rows written, and nothing of it committed?"""
        if place == "sender":
            return self.one(
                "SELECT EXISTS (SELECT 1 FROM notices_message m JOIN notices_attempt a ON a.message_id = m.id "
                "WHERE m.id = %s AND m.state = 'sending' AND a.finished_at IS NULL)", told,
            )  # fmt: skip
        return self.one(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE task_name = 'journal.hear_news' AND status = 'doing' "
            "AND args->>'entry_id' = %s) AND NOT EXISTS (SELECT 1 FROM journal_heard WHERE entry_id = %s "
            "AND reader LIKE '%%tell_reporter')", told, int(told),
        )  # fmt: skip

    def forget_heartbeats(self) -> None:
        """As if half a minute had passed since the worker died."""
        self.one("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")

    def waiting(self) -> int | None:
        """Jobs and messages on their way."""
        return self.one(
            "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name IN "
            "('journal.hear_news', 'notices.send_message', 'notices.send_messages')) + "
            "(SELECT count(*) FROM notices_message WHERE state IN ('waiting', 'sending', 'held'))"
        )


def prepare() -> tuple[list[str], list[str]]:
    """The neighbourhood, and a clerk and a leader for each client with a token each."""
    from datetime import timedelta

    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor
    from gongzhi.people import actions as people
    from tests.cast import START, settle

    by, now = Actor.for_service("tests"), clock.now()
    cast = settle(now)
    tokens: dict[str, list[str]] = {"clerk": [], "leader": []}
    bodies = {"clerk": cast.centre, "leader": None}
    for role, kept in tokens.items():
        for number in range(CLIENTS):
            login = f"storm_{role}_{number}"
            account = people.open_account(login=login, name=login, password=None, by=by, at=now)
            people.give_post(
                account, role, division_id=cast.street.pk, organisation=bodies[role], starts_on=START, by=by, at=now
            )  # fmt: skip
            until = now + timedelta(days=1)
            kept.append(
                people.issue_token(account, "storm", ["read", "write"], expires_at=until, by=by, at=now)
            )
    return tokens["clerk"], tokens["leader"]


def web(port: int, environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """One web process with eight threads, once it answers."""
    from gongzhi.kit.serving import web_command

    log = (folder / "web.log").open("w")
    child = subprocess.Popen(
        web_command(f"127.0.0.1:{port}"), env=environment, cwd=ROOT / "src", stdout=log, stderr=log
    )
    for _try in range(300):
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/q/")
            line.getresponse().read()
            return child
        time.sleep(0.2)
    raise SystemExit((folder / "web.log").read_text()[-2000:])


def restart(cluster: Any) -> None:
    """PostgreSQL goes away in the middle of everything, and comes back."""
    pid = cluster.pid()
    os.kill(pid, signal.SIGINT)
    while cluster.pid() is not None:
        time.sleep(0.05)
    time.sleep(0.5)
    cluster.start()


def faults_of(storm: Storm, gateway: Any, broken: int) -> dict[str, Any]:
    """What is there in the end, and what is missing or doubled."""
    from gongzhi.kit.acting import Actor, acting
    from gongzhi.notices.models import Message
    from gongzhi.workorders.models import WorkOrder

    wanted = len(storm.told)
    numbers = list(WorkOrder.objects.values_list("number", flat=True))
    with acting(Actor.for_service("notices")):
        from django.db import transaction

        with transaction.atomic():
            rows = list(Message.objects.values_list("address", "state"))
    phones = [told["json"]["to"] for told in gateway.taken.values()]
    counted = {
        "orders": len(numbers),
        "acknowledged": len(storm.acknowledged),
        "lost": len(set(storm.acknowledged.values()) - set(numbers)),
        "notices_written": len(rows),
        "notices_sent": sum(state in ("sent", "delivered") for _address, state in rows),
        "arrived": len(phones),
        "arrived_people": len(set(phones)),
        "sent_again_under_the_same_key": len(gateway.asked) - len(phones),
        "orders_not_whole": broken,
    }
    right = all(
        counted[name] == wanted
        for name in ("orders", "acknowledged", "notices_written", "notices_sent", "arrived", "arrived_people")
    )
    return counted | {
        "right": right and not counted["lost"] and not broken and not storm.faults,
        "faults": storm.faults[:5],
    }


def chains() -> int:
    """Orders whose record does not hold."""
    from gongzhi.journal.queries import holds
    from gongzhi.workorders.models import WorkOrder

    return sum(not holds(pk).ok for pk in WorkOrder.objects.values_list("pk", flat=True))


def blow(storm: Storm, workers: Workers, base: Base, cluster: Any, kills: int, quick: bool) -> dict[str, Any]:
    """Run it to its end; how long the parts took."""
    from gongzhi.kit import jobs as housekeeping
    from gongzhi.notices.jobs import look_after

    began, restarted = time.monotonic(), False
    threads = [
        threading.Thread(target=storm.client, args=(number,), daemon=True) for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    posted = 0.0
    last_round = idle = 0.0
    while time.monotonic() - began < PATIENCE:
        workers.look(kills, base)
        if not restarted and len(storm.acknowledged) > len(storm.told) // 2:
            restart(cluster)
            restarted = True
        if quick and time.monotonic() - last_round > 1:
            last_round = time.monotonic()
            for task in (housekeeping.rescue, look_after):
                with suppress(Exception):  # one is waiting already, or the database is away
                    task.defer(timestamp=int(time.time()))
        if not posted and not any(thread.is_alive() for thread in threads):
            posted = time.monotonic() - began
        if posted and workers.deaths >= kills and base.waiting() == 0:
            break
        idle = (idle or time.monotonic()) if posted and base.waiting() == 0 else 0.0
        if posted and (storm.faults or (idle and time.monotonic() - idle > 20)):
            break  # nothing is left to do, and somebody was not killed often enough
        time.sleep(0.05 if quick else 0.2)
    storm.stop.set()
    return {
        "posting_seconds": round(posted, 1),
        "whole_seconds": round(time.monotonic() - began, 1),
        "restarted": restarted,
    }


def main(arguments: list[str] | None = None) -> int:
    """Prepare, blow, count."""
    parser = argparse.ArgumentParser(prog="storm", description=__doc__)
    parser.add_argument("--messages", type=int, default=2801)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--jobs", type=int, default=60, help="most jobs that a worker does before it is killed"
    )
    parser.add_argument("--quick", action="store_true", help="do not wait half a minute for a dead worker")
    asked = parser.parse_args(arguments)
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    from gongzhi.kit.cluster import Cluster
    from gongzhi.notices.tests.fakes import gateway

    with tempfile.TemporaryDirectory(prefix="gongzhi-storm-") as name, gateway() as other:
        folder = Path(name)
        if os.geteuid() == 0:  # the server runs as another user, who has to get in
            folder.chmod(0o755)
        cluster = Cluster(folder / "home")
        cluster.start()
        os.environ.update(cluster.environment())
        os.environ.update(
            GONGZHI_HOME=str(folder / "home"), GONGZHI_MODE="development", GONGZHI_LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="gongzhi.settings", ALLOWED_HOSTS="127.0.0.1", GONGZHI_TRUSTED_PROXIES="1",
            GONGZHI_MAILBOX="False", GONGZHI_SMS_ADDRESS=other.address, GONGZHI_SMS_SECRET="a shared secret",
            GONGZHI_WEB_PROCESSES="1", GONGZHI_POOL="", PYTHONPATH=f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            SECRET_KEY="only-for-storms-only-for-storms-only-for-storms",
        )  # fmt: skip
        import django
        from django.conf import settings

        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from gongzhi.kit.serving import web_environment

        told = messages(asked.messages)
        workers = None
        server = None
        try:
            call_command("migrate", database="owner", verbosity=0, interactive=False, skip_checks=True)
            clerks, leaders = prepare()
            port = _free_port()
            server = web(port, {**os.environ, **web_environment()}, folder)
            storm, base = Storm(port, told, clerks, leaders), Base(cluster)
            workers = Workers(folder, dict(os.environ), asked.quick, asked.jobs)
            workers.start(to_die=asked.kills > 0)
            times = blow(storm, workers, base, cluster, asked.kills, asked.quick)
            workers.end()
            connection.close()
            counted = faults_of(storm, other, chains())
        finally:
            if workers is not None:
                workers.end()
            if server is not None:
                server.terminate()
                server.wait(timeout=30)
            with suppress(Exception):
                connection.close()
            cluster.leave()
    right = (
        counted.pop("right") and workers.deaths >= asked.kills and workers.verified == workers.deaths
        and times["restarted"]
    )  # fmt: skip
    print(json.dumps(
        {"right": right, "messages": len(told), "clients": CLIENTS, "kills": workers.deaths,
         "kills_with_a_job_half_done": workers.verified, "requests_lost": storm.felt,
         "workers_that_ended_by_themselves": workers.restarts} | counted | times,
        ensure_ascii=False,
    ))  # fmt: skip
    return 0 if right else 1


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
