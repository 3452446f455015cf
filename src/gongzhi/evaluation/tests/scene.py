"""October of a small street, with something for each unit: told once for a module, looked at on 2 November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit.clock import stopped
from gongzhi.people import actions as people
from gongzhi.people.models import Account
from gongzhi.people.roles import Role
from tests.cast import _BY, PASSWORD, START, Cast
from tests.stage import act, bring, undone

MONDAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def october(neighbourhood: Cast, django_db_blocker: Any) -> Iterator[Cast]:
    """The neighbourhood after October."""
    with django_db_blocker.unblock(), undone(), stopped(NOW):
        _live(neighbourhood)
        yield neighbourhood


@pytest.fixture
def street(october: Cast) -> Iterator[Cast]:
    """The same for one test; what it does is taken back."""
    with undone(), stopped(NOW):
        yield october


def _live(cast: Cast) -> None:
    for number in range(8):
        bring(cast, "closed", at=MONDAY + number * timedelta(minutes=30))
    bring(cast, "in_hand", at=MONDAY)
    late = bring(cast, "in_hand", at=MONDAY)
    act(cast, "answer", late.pk, at=MONDAY + 17 * DAY)
    failed = bring(cast, "answered", at=MONDAY)
    act(cast, "fail_check", failed.pk, at=MONDAY + DAY)
    rated = bring(cast, "released", at=MONDAY)
    act(cast, "confirm", rated.pk, at=MONDAY + DAY)
    for days in (1, 20):
        order = bring(cast, "in_hand", at=MONDAY)
        act(cast, "redispatch", order.pk, at=MONDAY + timedelta(hours=1), unit_id=cast.gardens.pk)
        act(cast, "accept", order.pk, by=cast.gardener, at=MONDAY + timedelta(hours=2))
        act(cast, "answer", order.pk, by=cast.gardener, at=MONDAY + days * DAY)
    head = people.open_account(login="garden_head", name="garden_head", password=PASSWORD, by=_BY, at=NOW)
    people.give_post(
        head, Role.UNIT_HEAD, division_id=None, organisation=cast.gardens, starts_on=START, by=_BY, at=NOW
    )
    # a leader of the street who also heads the road unit
    both = people.open_account(login="both", name="both", password=PASSWORD, by=_BY, at=NOW)
    people.give_post(
        both, Role.LEADER, division_id=cast.street.pk, organisation=None, starts_on=START, by=_BY, at=NOW
    )
    people.give_post(
        both, Role.UNIT_HEAD, division_id=None, organisation=cast.roads, starts_on=START, by=_BY, at=NOW
    )
    other = people.open_account(login="far_leader", name="far_leader", password=PASSWORD, by=_BY, at=NOW)
    people.give_post(
        other, Role.LEADER, division_id=cast.tingtao.pk, organisation=None, starts_on=START, by=_BY, at=NOW
    )
    for account in (head, both, other):
        cast.accounts[account.login or ""] = account


def browser(cast: Cast, name: str) -> Client:
    """Somebody of the cast, signed in; an empty name is a visitor."""
    client = Client(raise_request_exception=False)
    if name:
        client.force_login(Account.objects.get(pk=cast.accounts[name].pk))
    return client
