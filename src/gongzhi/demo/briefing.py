"""Writes the briefs of the town: last week's, published by the leader, and yesterday's, still a draft of the clerk.

Lives here: which periods, by whom, when. Numbers, sentences and files are the observation's own doing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.apps import apps
from django.utils import timezone

from gongzhi.demo.geometry import STREET_CODE
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account
from gongzhi.territory.ground import ground

#: The clerk's own words, in place of the machine's last section.
ADDED = "下周一请各单位先看超期的几件，周三前报办理情况。"


def brief(*, days: int, at: datetime) -> int:
    """Publish a brief and leave one as a draft, if an observation is installed and the town is old enough. How many."""
    if not apps.is_installed("gongzhi.observation"):
        return 0
    from gongzhi.observation.actions import briefs

    street, today = ground().by_code[STREET_CODE].id, clock.local(at).date()
    leader, clerk = (person_for(Account.objects.get(login=login)) for login in ("leader", "clerk"))
    made = 0
    monday = today - timedelta(days=today.weekday())
    if days >= 14:
        moment = min(at, datetime.combine(monday, time(9, 10), tzinfo=timezone.get_default_timezone()))
        with clock.stopped(moment):
            with acting(clerk):
                row = briefs.make(street, "week", monday - timedelta(days=7), by=clerk, at=moment)
                last = row.sections[-1]
                row = briefs.write(
                    row.pk, {last["code"]: f"{last['text']}\n{ADDED}"}, seen=row.changes, by=clerk, at=moment
                )
            with acting(leader):
                briefs.publish(row.pk, seen=row.changes, by=leader, at=moment)
        made += 1
    if days >= 1:
        with acting(clerk):
            briefs.make(street, "day", today - timedelta(days=1), by=clerk, at=at)
        made += 1
    return made
