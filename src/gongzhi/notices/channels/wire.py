"""One HTTP request to a channel: short patience, little read, no redirects; the guards are those of :mod:`gongzhi.kit.reaching`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from gongzhi.kit import reaching

#: Seconds we wait for the other side, and how much of its answer we read.
PATIENCE, MOST_ANSWER = 10, 20_000


@dataclass(frozen=True)
class Answer:
    """What came back. ``status`` 0: nobody answered."""

    status: int
    told: dict[str, Any]
    wait: int | None = None


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
    """Post and read the answer. Never raises: what breaks is an answer with status 0.

    What the settings name may be anywhere, this machine included; what people entered must be on the public internet.
    """
    try:
        answer = reaching.ask(
            address, body=body, headers=headers, own=_named(address), public=not _named(address), most=MOST_ANSWER,
            patience=PATIENCE,
        )  # fmt: skip
    except reaching.NotReached as fault:
        return Answer(fault.status, _told(fault.body), fault.wait)
    return Answer(answer.status, _told(answer.body))


def _named(address: str) -> bool:
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    return address == settings.SMS_ADDRESS or bool(
        {host, f"{host}:{parts.port}"} & set(settings.NOTICE_HOSTS)
    )


def _told(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
