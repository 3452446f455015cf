"""Publishes the evaluation of the town's last whole month, as its leader would on the second of the next.

Lives here: which month, by whom, when. What is counted and published is the evaluation's own doing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.apps import apps
from django.utils import timezone

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account
from gongzhi.territory.ground import ground


def evaluate(*, days: int, at: datetime) -> bool:
    """Publish last month, if the town has lived through all of it and an evaluation is installed. Was it published?"""
    if not apps.is_installed("gongzhi.evaluation"):
        return False
    from gongzhi.evaluation import actions, queries

    month = queries.last_whole_month(clock.local(at).date())
    if month < clock.local(at - timedelta(days=days)).date():
        return False
    leader = person_for(Account.objects.get(login="leader"))
    this = clock.local(at).date().replace(day=1) + timedelta(days=1)
    moment = datetime.combine(this, time(9, 30), tzinfo=timezone.get_default_timezone())
    with acting(leader):
        for street in ground().streets:
            actions.publish(street.id, month, by=leader, at=min(moment, at))
    return True
