"""The invented town meets: liaison meetings of five levels, whistles and joint operations with their records."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gongzhi.demo import laying
from gongzhi.demo.days import ZONE, plan
from gongzhi.demo.gatherings import gather
from gongzhi.demo.replay import Replay
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.meetings.models import Invitation, Meeting, Series
from gongzhi.workorders.models.callouts import Callout, CalloutObject, CalloutOrder
from gongzhi.workorders.queries.callouts import coverage

UNTIL = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)


@pytest.mark.django_db
def test_a_month_of_meetings_is_played() -> None:
    town, stories = plan(7, 1, UNTIL)
    with clock.stopped(UNTIL):
        with acting(laying.BY):
            people = laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
            Replay(town, people, stories).run()
        meetings, callouts = gather(7, UNTIL)
    assert {row.level for row in Series.objects.all()} == {
        "district",
        "street",
        "community",
        "grid",
        "building",
    }
    assert meetings >= 20 and callouts == 6
    past = Meeting.objects.filter(ends_at__lte=UNTIL, cancelled_at=None)
    assert past.filter(note=None).count() == 0
    assert Invitation.objects.exclude(silent_at=None).exists()
    assert Invitation.objects.filter(answer="not_coming").exclude(said=None).exists()
    assert Callout.objects.exclude(settled_at=None).count() == 2
    assert CalloutOrder.objects.filter(part="follow_up").count() >= 3
    operation = Callout.objects.filter(kind="operation").order_by("called_at")[0]
    shares = [one.share for one in coverage(CalloutObject.objects.filter(callout=operation))]
    assert len(shares) == 4 and min(shares) < 1
    for meeting in Meeting.objects.all():
        assert holds(meeting.pk).ok
