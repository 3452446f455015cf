"""Reaching other machines, carefully: what may be asked for, where, how long, and how much is read.

The one way out for pushes, exchanges, hand-overs and messages. https only (http to this machine itself in development), no
user names in addresses, no other host by redirect, no link-local addresses ever, private networks only where the caller says
so, this machine itself only where the installation's own settings name it, a limit of time for the whole and of bytes. The
connection goes to the address that was checked, so that a name cannot mean another machine later; no proxy of the environment.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

#: Seconds for one answer in all, and for one step of it; redirects that are followed.
WHOLE, STEP, MOST_TURNS = 30.0, 10.0, 3
#: How much of an answer is read, in bytes.
MOST_ANSWER = 20_000_000
#: How much of a refusal is handed on.
MOST_REFUSAL = 20_000


class NotReached(Exception):
    """The other side was not reached, or answered something that is no answer. No words of the message in it.

    ``status`` is what it answered, 0 when it did not; ``wait`` the seconds of its ``Retry-After``, None without one.
    """

    def __init__(self, words: str, status: int = 0, body: bytes = b"", wait: int | None = None) -> None:
        self.status, self.body, self.wait = status, body, wait
        super().__init__(words)


@dataclass(frozen=True)
class Answer:
    """A 2xx answer."""

    body: bytes
    media_type: str
    status: int = 200


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fault_of(address: str) -> str:
    """Why an address may not be asked, as a word; empty when it may. Looks at its letters only."""
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return "unreadable"
    host = parts.hostname or ""
    if not host or parts.username or parts.password or not address.isprintable() or " " in address:
        return "unreadable"
    if parts.scheme == "http" and settings.DEVELOPMENT and _loopback(host):
        return ""
    return "" if parts.scheme == "https" else "not_https"


def _checked(host: str, port: int, *, public: bool, own: bool) -> tuple[int, str]:
    """(family, address) of a host that may be asked. Raises NotReached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise NotReached("no such host") from fault
    at_home = own or (settings.DEVELOPMENT and _loopback(host))
    for family, _type, _proto, _name, place in found:
        number = ipaddress.ip_address(str(place[0]).partition("%")[0])
        plain = getattr(number, "ipv4_mapped", None) or number
        if plain.is_loopback and at_home:
            return int(family), str(place[0])
        if plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain.is_reserved:
            raise NotReached("not an address to be asked")
        if plain.is_loopback:
            raise NotReached("not an address to be asked")
        if public and not plain.is_global:
            raise NotReached("not a public address")
        return int(family), str(place[0])
    raise NotReached("no such host")


class _Line(http.client.HTTPSConnection):
    """A connection to a checked address, under the name that was asked for."""

    def __init__(self, parts: SplitResult, *, public: bool, own: bool, step: float) -> None:
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        super().__init__(str(parts.hostname), port, timeout=step, context=ssl.create_default_context())
        self._secure, self._public, self._own, self._step = secure, public, own, step
        self.default_port = 443 if secure else 80  # type: ignore[misc]

    def connect(self) -> None:
        family, address = _checked(self.host, self.port, public=self._public, own=self._own)
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(self._step)
            line.connect((address, self.port))
            if self._secure:
                line = ssl.create_default_context().wrap_socket(line, server_hostname=self.host)
        except BaseException:
            line.close()
            raise
        self.sock = line


def _read(answer: http.client.HTTPResponse, most: int, end: float) -> bytes:
    pieces, left = [], most + 1
    while left > 0 and (piece := answer.read1(min(left, 65_536))):
        pieces.append(piece)
        left -= len(piece)
        if time.monotonic() > end:
            raise NotReached("too slow")
    if left <= 0:
        raise NotReached("too large")
    return b"".join(pieces)


def _wait(answer: http.client.HTTPResponse) -> int | None:
    text = str(answer.headers.get("Retry-After", "")).strip()
    return min(int(text), 6 * 3600) if text.isascii() and text.isdecimal() and len(text) < 8 else None


def ask(
    address: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    public: bool = False,
    own: bool = False,
    most: int = MOST_ANSWER,
    patience: float | None = None,
) -> Answer:
    """GET an address, or POST ``body`` to it. Raises NotReached for anything but a 2xx answer.

    ``public``: only machines on the public internet (addresses that somebody outside has written). ``own``: an address that
    the installation's settings name, which may be this machine. ``patience``: seconds for the whole (WHOLE).
    """
    patience = WHOLE if patience is None else patience
    end = time.monotonic() + patience
    first = urlsplit(address)
    for _turn in range(MOST_TURNS + 1):
        if wrong := fault_of(address):
            raise NotReached(wrong)
        parts = urlsplit(address)
        if (parts.scheme, parts.netloc) != (first.scheme, first.netloc):
            raise NotReached("sent elsewhere")
        line = _Line(parts, public=public, own=own, step=min(STEP, patience))
        try:
            line.request(
                "POST" if body is not None else "GET",
                parts.path + (f"?{parts.query}" if parts.query else "") or "/",
                body=body,
                headers={"User-Agent": "gongzhi", "Accept-Encoding": "identity", **(headers or {})},
            )
            answer = line.getresponse()
            if answer.status in (301, 302, 303, 307, 308) and body is None:
                address = urljoin(address, answer.headers.get("Location", ""))
                continue
            told = _read(answer, most, end)
            if not 200 <= answer.status < 300:
                raise NotReached(f"HTTP {answer.status}", answer.status, told[:MOST_REFUSAL], _wait(answer))
            return Answer(told, answer.headers.get_content_type(), answer.status)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as fault:
            raise NotReached(type(fault).__name__) from fault
        finally:
            line.close()
        if time.monotonic() > end:
            raise NotReached("too slow")
    raise NotReached("sent around")
