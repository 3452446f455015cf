"""A client that never reads the answer: what it sent is kept once, and no thread waits for it for ever."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from gongzhi.kit import clock
from gongzhi.kit.serving import web_command, web_environment
from gongzhi.workorders.models import WorkOrder
from tests.cast import settle
from tests.faults.test_killed import until
from tests.faults.test_two_nodes import Node, _port, start

__all__ = ["start"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

THREADS = 2
#: gunicorn as it is started, with less patience for those who do not read.
IMPATIENT = "from gongzhi.kit import patience; patience.ANSWER_SECONDS = 1.5; from gunicorn.app.wsgiapp import run; run()"


@pytest.fixture
def node(start: Callable[..., object]) -> Iterator[Node]:
    settle(clock.now())
    port = _port()
    command = web_command(f"127.0.0.1:{port}")
    rest = command[command.index("gunicorn") + 1 :]
    rest[rest.index("--threads") + 1] = str(THREADS)
    start([sys.executable, "-c", IMPATIENT, *rest], **web_environment(), GONGZHI_WEB_PROCESSES="1")
    made = Node(port)

    def answers() -> bool:
        """the node answers"""
        with suppress(OSError):
            return made.ask("GET", "/q/")[0] == 200
        return False

    until(answers, 60)
    yield made


def line(port: int) -> socket.socket:
    """A connection with room for next to nothing."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    made.connect(("127.0.0.1", port))
    return made


def test_a_report_whose_answer_is_never_read_is_kept_once(node: Node) -> None:
    words = {
        "description": "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。",
        "lon": 113.505,
        "lat": 22.205,
    }
    body, key = json.dumps(words).encode(), "never-read-1"
    for _try in range(3):
        with line(node.port) as told:
            told.sendall(
                b"POST /api/workorders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            until(lambda: WorkOrder.objects.exists())
    status, answer, _headers = node.ask("POST", "/api/workorders", words, **{"Idempotency-Key": key})
    assert status == 200, "it was there before"
    assert [json.loads(answer)["number"]] == list(WorkOrder.objects.values_list("number", flat=True))


def test_those_who_never_read_do_not_keep_the_threads(node: Node) -> None:
    held = [line(node.port) for _number in range(THREADS * 2)]
    try:
        for _turn in range(8):  # more than the system takes into its own buffers
            for one in held:
                with suppress(OSError):
                    one.sendall(b"GET /static/vendor/echarts/echarts.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.3)
        began = time.monotonic()
        assert node.ask("GET", "/q/")[0] == 200
        assert time.monotonic() - began < 20
    finally:
        for one in held:
            one.close()
