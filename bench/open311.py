"""Two installations that exchange by Open311: ``./gongzhi bench open311``.

Every row of the Baltimore and New York files is filed with a second installation (its own process, database and key) over
HTTP, then pulled by this one in one round and compared field by field. ``--each N`` takes N rows of each file. Needs the
real input (``GONGZHI_REAL_DATA``); nothing of it is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _measure

ROOT = _measure.ROOT
DATA = Path(os.environ.get("GONGZHI_REAL_DATA") or ROOT.parent / "shared" / "data")


def _fresh(cluster: Any, name: str, template: str) -> None:
    import psycopg
    from psycopg import sql

    from gongzhi.kit import roles

    with psycopg.connect(**cluster.parameters(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(roles.OWNER), sql.Identifier(template)
            )
        )
        for statement in roles.grants(name)[:2]:
            admin.execute(statement)


def main() -> None:
    """Run it and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, help="rows of each file (default: all)")
    told = parser.parse_args()
    if not DATA.is_dir():
        sys.exit("REAL INPUT IS ABSENT: set GONGZHI_REAL_DATA to the folder that holds text/")
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    from gongzhi.kit.cluster import joined
    from gongzhi.kit.names import migrations_digest

    home = _measure.HOME / "open311"
    home.mkdir(parents=True, exist_ok=True)
    with joined(home) as cluster:
        os.environ.update(cluster.environment())
        os.environ.update(
            GONGZHI_HOME=str(home), GONGZHI_MODE="development", DJANGO_SETTINGS_MODULE="gongzhi.settings",
            GONGZHI_LOG_LEVEL="ERROR", ALLOWED_HOSTS="127.0.0.1",
        )  # fmt: skip
        _measure.manage("migrate", "--verbosity", "0", "--skip-checks")
        from gongzhi.kit.cluster import DATABASE

        print(f"· migrated ({migrations_digest()})", file=sys.stderr)
        for name in ("open311_here", "open311_there"):
            _fresh(cluster, name, DATABASE)
        there = {
            **os.environ, **cluster.environment("open311_there"), "SECRET_KEY": "another-key-of-another-house-for-a-bench",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }  # fmt: skip
        os.environ.update(cluster.environment("open311_here"))
        import django

        django.setup()
        _exchange(there, told.each)


def _filed(peer: Any, secret: str, form: dict[str, str], key: str) -> str:
    """The number of a filed request; a key may file 6,000 in ten minutes, and waits when it is told to."""
    from gongzhi.workorders.open311 import client

    while True:
        try:
            return client.file(peer, secret, form, key=key).their_id
        except client.NotReached as fault:
            if fault.status != 429:
                raise
            time.sleep(2)


def _exchange(there: dict[str, str], each: int | None) -> None:
    from gongzhi.kit import clock, reaching
    from gongzhi.kit.acting import Actor
    from gongzhi.people import actions as people
    from gongzhi.people.actor import person_for
    from gongzhi.workorders.actions import partnering, visiting_peers
    from gongzhi.workorders.models import Counterpart, Peer
    from gongzhi.workorders.open311.partners import peers
    from tests.cast import START, settle
    from tests.open311_rows import differences, form_of, requests

    # the other one begins slowly on a busy machine
    reaching.STEP, reaching.WHOLE = 120.0, 300.0
    rows, services = requests(DATA, each=each)
    command = [sys.executable, "-m", "tests.open311_instance", json.dumps(services)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=there, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        keys = json.loads(process.stdout.readline())
        now, service = clock.now(), Actor.for_service("open311")
        cast = settle(at=now)
        account = cast.accounts["leader"]
        people.give_post(
            account,
            "admin",
            division_id=cast.street.pk,
            starts_on=START,
            by=Actor.for_service("tests"),
            at=now,
        )
        by = person_for(account)
        peer = partnering.add_peer("there", name="there", by=by, at=now)
        address = f"http://127.0.0.1:{keys['port']}/open311/v2"
        partnering.change_peer(peer.pk, address=address, secret=keys["full"], takes="all", by=by, at=now)
        row, spent, theirs = peers()[peer.pk], [], {}
        began = time.perf_counter()
        for key, one in rows.items():
            start = time.perf_counter()
            taken = _filed(row, keys["past"], form_of(one), f"row-{key}")
            theirs[taken] = key
            spent.append((time.perf_counter() - start) * 1000)
            if len(theirs) % 1000 == 0:
                print(f"· {len(theirs)} filed", file=sys.stderr)
        filed = time.perf_counter() - began
        first = min(one["requested_datetime"] for one in rows.values())
        Peer.objects.update(pulled_until=f"{first[:4]}-01-01T00:00:00Z")
        began = time.perf_counter()
        done = visiting_peers.visit(peer.pk, by=service, at=clock.now() + timedelta(seconds=1))
        pulled = time.perf_counter() - began
        twins = {theirs[one.their_id]: one.told for one in Counterpart.objects.iterator()}
        wrong = {key: found for key, one in rows.items() if (found := differences(one, twins.get(key, {})))}
        again = visiting_peers.visit(peer.pk, by=service, at=clock.now() + timedelta(seconds=2))
        print("| | rows | seconds | ms for one |\n| --- | --- | --- | --- |")
        print(f"| filed there over HTTP | {len(rows):,} | {filed:.0f} | {median(spent):.1f} (median) |")
        print(
            f"| pulled in one round | {done.new:,} | {pulled:.0f} | {pulled * 1000 / max(done.new, 1):.1f} |"
        )
        print(f"| differ in any field that travels | {len(wrong):,} | | |")
        print(f"| new in a second round | {again.new:,} | | |")
        if done.fault or wrong:
            print(done.fault, dict(list(wrong.items())[:3]))
    finally:
        process.terminate()
        process.wait(timeout=20)


if __name__ == "__main__":
    main()
