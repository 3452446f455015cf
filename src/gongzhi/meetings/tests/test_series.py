"""Liaison meetings that come again: entered ahead once each, off on holidays, ended cleanly."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.meetings import queries
from gongzhi.meetings.actions import planning
from gongzhi.meetings.models import Meeting
from gongzhi.meetings.tests.scene import series
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

SWEEP = Actor.for_service("sweep")


def days(row: object) -> list[date]:
    return [
        clock.local(at).date()
        for at in Meeting.objects.filter(series=row).order_by("starts_at").values_list("starts_at", flat=True)
    ]


def test_the_next_five_weeks_are_entered_at_once_and_no_day_twice(cast: Cast) -> None:
    row = series(cast)
    expected = [
        date(2026, 11, 24),
        date(2026, 12, 1),
        date(2026, 12, 8),
        date(2026, 12, 15),
        date(2026, 12, 22),
    ]
    assert days(row) == expected
    assert planning.plan_ahead(row.pk, by=SWEEP, at=WEDNESDAY) == 0
    assert planning.plan_ahead(row.pk, by=SWEEP, at=WEDNESDAY + timedelta(days=7)) == 1
    assert days(row) == [*expected, date(2026, 12, 29)]
    assert {queries.get_meeting(m.pk, by=cast.road_head).purpose for m in Meeting.objects.all()} == {
        "liaison"
    }


def test_a_holiday_moves_it_or_lets_it_fall_out(cast: Cast) -> None:
    at = WEDNESDAY + timedelta(days=30)  # 18 December; 1 January 2027 is a Friday
    start = clock.local(at).date()
    moved = series(cast, at=at, starts_on=start, weekday=4)
    skipped = series(cast, at=at, starts_on=start, weekday=4, on_rest="skip")
    assert date(2027, 1, 1) not in days(moved) + days(skipped)
    assert len(days(moved)) == len(days(skipped)) + 1


def test_those_whose_time_has_gone_today_are_left_out(cast: Cast) -> None:
    row = series(cast, weekday=2, clock_time=time(9))  # Wednesday, an hour ago
    assert days(row)[0] == date(2026, 11, 25)


def test_once_ended_later_meetings_are_cancelled_and_none_follow(cast: Cast) -> None:
    row = series(cast)
    planning.end(row.pk, on=date(2026, 12, 2), by=cast.leader, at=WEDNESDAY)
    left = Meeting.objects.filter(series=row, cancelled_at=None)
    assert left.count() == 2
    assert planning.plan_ahead(row.pk, by=SWEEP, at=WEDNESDAY + timedelta(days=20)) == 0
    with pytest.raises(Conflict):
        planning.end(row.pk, on=date(2026, 12, 2), by=cast.leader, at=WEDNESDAY + timedelta(days=15))


def test_it_shows_its_next_and_its_last_meeting(cast: Cast) -> None:
    row = series(cast)
    coming, gone = queries.meetings_of_series([row.pk], at=WEDNESDAY + timedelta(days=8))
    assert clock.local(coming[row.pk].starts_at).date() == date(2026, 12, 1)
    assert clock.local(gone[row.pk].starts_at).date() == date(2026, 11, 24)
    with clock.stopped(WEDNESDAY):
        for name in ("leader", "road_head", "grid_leader", "auditor"):
            assert queries.series_seen(by=cast.person(name)) == [row], name
        assert queries.series_seen(by=cast.gardener) == []


def test_a_series_needs_guests_a_length_and_an_area_of_ones_own(cast: Cast) -> None:
    for said, field in (
        ({"bodies": ()}, "bodies"),
        ({"minutes": 1}, "minutes"),
        ({"ends_on": date(2026, 11, 1)}, "ends_on"),
        ({"starts_on": date(2026, 1, 1)}, "starts_on"),
        ({"weekday": 9}, "every"),
    ):
        with pytest.raises(Invalid) as refusal:
            series(cast, **said)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(Forbidden):
        series(cast, by="grid_leader")
    assert series(cast, by="grid_leader", division_id=cast.haitang.pk).level == "community"


def test_the_nightly_job_goes_over_all_of_them(cast: Cast) -> None:
    from gongzhi.meetings.jobs import look_at_invitations, plan_ahead

    row = series(cast)
    with clock.stopped(WEDNESDAY + timedelta(days=14)):
        assert plan_ahead(0) == 2
        assert look_at_invitations(0) > 0
    assert len(days(row)) == 7
