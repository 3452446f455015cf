"""The neighbourhood with meetings in it: a case conference called by the centre, a liaison meeting of the community."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from gongzhi.meetings.actions import calling, planning
from gongzhi.meetings.actions.calling import Plan
from gongzhi.meetings.actions.planning import Rhythm
from gongzhi.meetings.models import Invitation, Meeting, Series
from tests.cast import WEDNESDAY, Cast

TOMORROW = WEDNESDAY + timedelta(days=1)


def plan(cast: Cast, **said: Any) -> Plan:
    """A meeting tomorrow at ten about the drain, to which roads and gardens are called."""
    first = Plan(
        title="海棠苑积水会商",
        division_id=cast.haitang.pk,
        starts_at=TOMORROW,
        ends_at=TOMORROW + timedelta(hours=1),
        bodies=(cast.roads.pk, cast.gardens.pk),
        place="海棠苑门口",
        agenda="1. 看现场\n2. 谁来修",
        video=True,
        answer_by=WEDNESDAY + timedelta(hours=4),
    )
    return replace(first, **said)


def called(cast: Cast, *, at: datetime = WEDNESDAY, by: str = "clerk", **said: Any) -> Meeting:
    """That meeting, called."""
    return calling.call(plan(cast, **said), by=cast.person(by), at=at)


def invitation(meeting: Meeting, body: Any) -> Invitation:
    """The invitation of one organisation."""
    return Invitation.objects.get(meeting=meeting, organisation=body)


def series(cast: Cast, *, by: str = "leader", at: datetime = WEDNESDAY, **said: Any) -> Series:
    """A liaison meeting of the street every Tuesday at nine."""
    first = Rhythm(
        title="望澜街道联络例会",
        division_id=cast.street.pk,
        weekday=1,
        clock_time=time(9),
        starts_on=date(2026, 11, 18),
        bodies=(cast.roads.pk, cast.haitang_committee.pk),
    )
    return planning.plan(replace(first, **said), by=cast.person(by), at=at)
