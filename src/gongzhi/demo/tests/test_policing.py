"""The invented town works with its police, looks back on a typhoon, and gives its grid worker tasks."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gongzhi.demo import laying
from gongzhi.demo.days import ZONE, plan
from gongzhi.demo.fieldwork import carry
from gongzhi.demo.policing import police_and_people
from gongzhi.demo.replay import Replay
from gongzhi.demo.telling import tell_around
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.notices.queries import mailbox
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account
from gongzhi.workorders.cards.pocket import today
from gongzhi.workorders.models import DutyDay, Emergency, HandOver, Hold, Pair, WorkOrder
from gongzhi.workorders.queries import tips
from gongzhi.workorders.queries.police import overlaps

UNTIL = datetime(2026, 11, 18, 18, 0, tzinfo=ZONE)


@pytest.mark.django_db
def test_police_and_people_are_played() -> None:
    town, stories = plan(7, 1, UNTIL)
    with clock.stopped(UNTIL):
        with acting(laying.BY):
            people = laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
            Replay(town, people, stories).run()
        pairs, handovers, given = police_and_people(7, UNTIL)
        tasks = carry(7, UNTIL)
        carried = today(person_for(Account.objects.get(login="grid")))["tasks"]
        months, published = overlaps(), tips.published()
        assert tell_around(7, UNTIL) > 0
    told = mailbox(most=2000, everything=True)
    assert {message.channel for message in told} >= {"in_app", "sms", "email", "feishu", "push"}
    assert not any(word in message.body for message in told for word in ("下水道", "路灯"))
    assert told and all(message.group != "follows" or "：" in message.body for message in told)
    assert tasks == len(carried) >= 4 and {"verify", "order"} == {one["kind"] for one in carried}
    assert WorkOrder.objects.exclude(seen_at=None).get().channel == "field"
    assert (pairs, Pair.objects.count(), given) == (16, 16, 16)
    assert Pair.objects.filter(constable=None).count() == 1 and DutyDay.objects.count() == 14 * 5
    assert handovers >= 52 and HandOver.objects.filter(way="out", state="taken").exists()
    assert any(one.seen.shown and one.seen.share is not None and 0.5 < one.seen.share < 0.8 for one in months)
    assert any(row.loss for row in published)
    storm = Emergency.objects.get()
    assert storm.finished_at is not None and "改进" in storm.record
    assert {one["code"]: one["value"] for one in storm.figures}["most"] == 387
    assert not Hold.objects.filter(ended_at=None).exists()
    assert holds(storm.pk).ok
    assert all(holds(key).ok for key in HandOver.objects.values_list("order_id", flat=True))
