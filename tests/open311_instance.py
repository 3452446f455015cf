"""A second installation, with a database and a key of its own, that speaks Open311: run as a process. Not a test.

Prints one line of JSON when it serves: port, keys, and a category's code. Then it reads lines of JSON from its input,
``{"do": ["accept", …], "number": "W…", "text": "…"}``, plays those steps with the order, and answers with a line.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def main() -> None:
    """Settle, enter a partner, serve. The argument names further services: JSON of code → name."""
    django.setup()
    from django.core.wsgi import get_wsgi_application

    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor
    from gongzhi.kit.revision import bump
    from gongzhi.people import actions as people
    from gongzhi.people.actor import person_for
    from gongzhi.workorders.actions import partnering
    from gongzhi.workorders.models import Category, WorkOrder
    from tests.cast import START, settle
    from tests.stage import act

    at, tests = clock.now(), Actor.for_service("tests")
    cast = settle(at=at)
    for code, name in json.loads(sys.argv[1]).items():
        Category.objects.create(code=code, name=name)
    bump("categories")
    admin = cast.accounts["leader"]
    people.give_post(admin, "admin", division_id=cast.street.pk, starts_on=START, by=tests, at=at)
    by, ends = person_for(admin), at + timedelta(days=10)
    peer = partnering.add_peer("other", name="邻街", by=by, at=at)

    def key(*scopes: str) -> str:
        return partnering.issue_key(peer.pk, "x", list(scopes), expires_at=ends, by=by, at=at)[1]

    with make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = {
            "port": server.server_port,
            "key": key("post", "own"),
            "past": key("post", "past"),
            "full": key("full"),
        }
        print(json.dumps(told), flush=True)
        for line in sys.stdin:
            said = json.loads(line)
            order = WorkOrder.objects.get(number=said["number"])
            for number, verb in enumerate(said["do"]):
                words = {"text": said["text"]} if verb == "answer" else {}
                act(cast, verb, order.pk, at=clock.now() + timedelta(seconds=number), **words)
            order.refresh_from_db()
            print(json.dumps({"state": order.state}), flush=True)


if __name__ == "__main__":
    main()
