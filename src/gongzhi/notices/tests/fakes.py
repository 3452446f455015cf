"""Other sides of the wire on 127.0.0.1: a gateway that can be slow, refuse, answer twice or break off, and remembers.

It takes SMS, messages of robots and push messages alike. A message id that it had before is answered with 409.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """What it was told, and how it will answer: ``plan`` is used up one by one, then every message is taken.

    An item is a status, (status, body) or (status, body, headers), "break" (no answer), "twice" (the message is
    taken, and then the connection breaks off), or ("slow", seconds).
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/send"
        self.host = f"127.0.0.1:{port}"
        self.plan: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.taken: dict[str, dict[str, Any]] = {}


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = {"path": self.path, "headers": dict(self.headers), "body": body}
            gateway.asked.append(told)
            key = ""
            if self.headers.get("Content-Type", "").startswith("application/json"):
                told["json"] = json.loads(body)
                key = told["json"].get("id", "")
            act = gateway.plan.pop(0) if gateway.plan else 200
            if isinstance(act, tuple) and act[0] == "slow":
                time.sleep(act[1])
                act = 200
            if act == "break":
                self.close_connection = True
                return
            if act in ("twice", 200):
                known = bool(key) and key in gateway.taken
                gateway.taken.setdefault(key or str(len(gateway.taken)), told)
                if act == "twice":
                    self.close_connection = True
                    return
                act = 409 if known else (200, {"state": "accepted", "errcode": 0, "code": 0})
            status, answer, headers = (*(act if isinstance(act, tuple) else (act, {})), {})[:3]
            raw = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            with suppress(OSError):  # who asked may have lost patience
                self.wfile.write(raw)

        def log_message(self, *told: Any) -> None:
            """Nothing."""

    return Handler


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    made = Gateway(server.server_address[1])
    server.RequestHandlerClass = _handler(made)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class MailServer:
    """What a mail server was given. ``up()`` and ``down()`` open and close its door on the same port."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self.taken: list[str] = []
        self._door: socketserver.ThreadingTCPServer | None = None

    def up(self) -> None:
        """Open."""
        taken = self.taken

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    word = line[:4].upper()
                    if word == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        body = b""
                        while (line := self.rfile.readline()) not in (b".\r\n", b""):
                            body += line
                        taken.append(body.decode())
                    self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._door = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Handler)
        self._door.daemon_threads = True
        threading.Thread(target=self._door.serve_forever, args=(0.05,), daemon=True).start()

    def down(self) -> None:
        """Close."""
        if self._door is not None:
            self._door.shutdown()
            self._door.server_close()
            self._door = None
