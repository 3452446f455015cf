"""One HTTP request to a channel: short patience, little read, no redirects, no proxy of somebody else's choosing."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

#: Seconds we wait for the other side, and how much of its answer we read.
PATIENCE, MOST_ANSWER = 10, 20_000


@dataclass(frozen=True)
class Answer:
    """What came back. ``status`` 0: nobody answered."""

    status: int
    told: dict[str, Any]
    wait: int | None = None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *told: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def allowed(address: str, hosts: tuple[str, ...]) -> bool:
    """May this address be written to? It is https and its host is known, or is one that the settings name.

    ``hosts`` are names; one that begins with a full stop stands for everything below it.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if f"{host}:{port}" in settings.NOTICE_HOSTS or host in settings.NOTICE_HOSTS:
        return parts.scheme == "https" or settings.DEVELOPMENT
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
    return parts.scheme == "https" and port in (None, 443) and known and not parts.username


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post and read the answer. Never raises: what breaks is an answer with status 0."""
    request = urllib.request.Request(address, data=body, headers=dict(headers), method="POST")
    try:
        with _opener.open(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, _told(answer.read(MOST_ANSWER)), _wait(answer.headers))
    except urllib.error.HTTPError as fault:
        with fault:
            return Answer(fault.code, _told(_read(fault)), _wait(fault.headers))
    except (OSError, ValueError, HTTPException):
        return Answer(0, {})


def _read(fault: urllib.error.HTTPError) -> bytes:
    try:
        return fault.read(MOST_ANSWER)
    except (OSError, HTTPException):
        return b""


def _told(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _wait(headers: Any) -> int | None:
    text = str(headers.get("Retry-After", "")).strip()
    return min(int(text), 6 * 3600) if text.isdecimal() and len(text) < 8 else None
