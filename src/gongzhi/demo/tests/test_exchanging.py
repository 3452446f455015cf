"""The invented town exchanges requests with an app and with the water company."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gongzhi.demo import laying
from gongzhi.demo.days import ZONE, plan
from gongzhi.demo.exchanging import exchange
from gongzhi.demo.replay import Replay
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.workorders.models import Counterpart, Peer, PeerKey

UNTIL = datetime(2026, 11, 18, 18, 0, tzinfo=ZONE)


@pytest.mark.django_db
def test_an_exchange_is_played_and_nothing_is_sent() -> None:
    town, stories = plan(7, 2, UNTIL)
    with clock.stopped(UNTIL):
        with acting(laying.BY):
            people = laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
            Replay(town, people, stories).run()
        count = exchange(7, UNTIL)
    rows = list(Counterpart.objects.all())
    assert len(rows) == count and sum(row.way == "in" for row in rows) == 6
    assert not any(row.state == "queued" and row.next_try_at <= UNTIL for row in rows)
    assert Peer.objects.get(code="water").address.endswith(".invalid/open311/v2")
    assert PeerKey.objects.get().scopes == ["post", "own"]
    assert all(holds(row.order_id).ok for row in rows)
