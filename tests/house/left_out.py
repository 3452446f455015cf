"""What must still hold when a room is left out. Run by `test_rooms.py` in a process of its own, with GONGZHI_WITHOUT
set; the name keeps it out of an ordinary run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gongzhi.matters import kinds

pytestmark = pytest.mark.django_db

LEFT_OUT = os.environ["GONGZHI_WITHOUT"].split(",")


def addresses(resolver: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """(name with its space, whether it takes arguments) of every address of ours."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            yield from addresses(item, (*spaces, *((item.namespace,) if item.namespace else ())))
        elif isinstance(item, URLPattern) and item.name:
            yield ":".join((*spaces, item.name)), bool(item.pattern.converters)


def test_the_room_is_gone() -> None:
    for room in LEFT_OUT:
        assert not apps.is_installed(f"gongzhi.{room}")
        assert room not in [kind.code for kind in kinds.known()]


def test_the_checks_pass() -> None:
    call_command("check", databases=["default"], fail_level="WARNING")
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_address_resolves() -> None:
    listed = list(addresses())
    assert listed
    for name, asks in listed:
        if not asks:
            assert reverse(name).startswith("/")


def test_the_pages_that_anybody_may_open_still_open() -> None:
    """No page falls over because a neighbour has moved out: it answers, sends on, or refuses."""
    client = Client(raise_request_exception=False)
    for name, asks in addresses():
        if asks:
            continue
        answer = client.get(reverse(name))
        assert answer.status_code < 500, (name, answer.status_code)
    assert client.get("/api/openapi.json").status_code == 200
    assert client.get("/nowhere/").status_code == 404


def test_signed_in_pages_still_open() -> None:
    from gongzhi.kit.acting import Actor
    from gongzhi.kit.clock import now
    from gongzhi.people import actions as people

    account = people.open_account(
        login="someone", name="某人", password=None, by=Actor.for_service("tests"), at=now()
    )
    client = Client(raise_request_exception=False)
    client.force_login(account)
    for name, asks in addresses():
        if not asks:
            answer = client.get(reverse(name))
            assert answer.status_code < 500, (name, answer.status_code)


def test_readers_and_jobs_are_found_without_it() -> None:
    from procrastinate.contrib.django import app

    from gongzhi.journal import news

    assert "journal.hear_news" in app.tasks
    for table in news._readers.values():
        for name in table:
            assert not any(name.startswith(f"gongzhi.{room}.") for room in LEFT_OUT)
    assert find_spec("gongzhi.matters") is not None
