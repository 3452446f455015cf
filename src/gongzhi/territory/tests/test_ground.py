"""The ground: one grid for every point, shapes that change on a day, and calendars in which made-up days count."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from gongzhi.kit import clock as clocks
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.territory import actions
from gongzhi.territory.ground import calendar_for, ground
from gongzhi.territory.models import Boundary, CalendarDay, Division
from tests.cast import START, WEDNESDAY, Cast, box
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

BY = {"by": Actor.for_service("tests"), "at": WEDNESDAY}


def test_a_point_has_its_grid_community_and_street(cast: Cast) -> None:
    spot = ground().spot(113.505, 22.205)
    assert spot is not None
    assert (spot.grid_id, spot.community_id, spot.street_id) == (
        cast.grid_1.pk,
        cast.haitang.pk,
        cast.street.pk,
    )
    assert ground().spot(113.60, 22.30) is None


def test_a_border_belongs_to_one_grid_always_the_same(cast: Cast) -> None:
    for place in range(20):
        spot = ground().spot(113.51, 22.20 + 0.0005 * place)
        assert spot is not None and spot.grid_id == min(cast.grid_1.pk, cast.grid_2.pk)
    corner = ground().spot(113.50, 22.20)
    assert corner is not None and corner.grid_id == cast.grid_1.pk


def test_names_come_with_those_above(cast: Cast) -> None:
    assert ground().name_of(cast.grid_3.pk) == "第一网格"
    assert ground().name_of(cast.grid_3.pk, above=1) == "听涛社区 · 第一网格"
    assert ground().name_of(cast.grid_3.pk, above=9) == "澜屿区 · 望澜街道 · 听涛社区 · 第一网格"
    assert ground().name_of(None) == ""
    assert [area.name for area in ground().children(cast.haitang.pk)] == ["第一网格", "第二网格"]


def test_neighbours_touch(cast: Cast) -> None:
    found = ground().neighbours
    assert set(found[cast.grid_2.pk]) == {cast.grid_1.pk, cast.grid_3.pk}
    assert set(found[cast.grid_1.pk]) == {cast.grid_2.pk}


def test_a_change_is_seen_at_once(cast: Cast) -> None:
    before = ground()
    actions.add_division("449001001003", "新社区", "community", parent=cast.street, starts_on=START, **BY)
    assert ground() is not before
    assert "449001001003" in ground().by_code
    assert ground() is ground(), "and else kept in memory"


def test_a_new_shape_ends_the_former_on_its_day(cast: Cast) -> None:
    today = clocks.today()
    actions.set_boundary(cast.grid_1, box(113.40, 22.20, 113.51, 22.21), starts_on=today, **BY)
    rows = list(Boundary.objects.filter(division=cast.grid_1).order_by("days"))
    assert [(row.days.lower, row.days.upper) for row in rows] == [(START, today), (today, None)]
    wide = ground().spot(113.45, 22.205)
    assert wide is not None and wide.grid_id == cast.grid_1.pk
    actions.set_boundary(cast.grid_1, box(113.45, 22.20, 113.51, 22.21), starts_on=today, **BY)
    assert Boundary.objects.filter(division=cast.grid_1).count() == 2, "corrected on the same day"


def test_a_shape_of_tomorrow_does_not_count_today(cast: Cast) -> None:
    actions.set_boundary(
        cast.grid_1, box(113.40, 22.20, 113.41, 22.21), starts_on=clocks.today() + timedelta(days=1), **BY
    )
    spot = ground().spot(113.505, 22.205)
    assert spot is not None and spot.grid_id == cast.grid_1.pk


def test_at_midnight_the_shape_of_the_new_day_counts(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY)
    tomorrow = clocks.today() + timedelta(days=1)
    actions.set_boundary(cast.grid_1, box(113.40, 22.20, 113.41, 22.21), starts_on=tomorrow, **BY)
    today = ground()
    assert today.spot(113.505, 22.205) is not None and today.spot(113.405, 22.205) is None
    clock.set(WEDNESDAY + timedelta(days=1))
    assert ground().spot(113.505, 22.205) is None
    moved = ground().spot(113.405, 22.205)
    assert moved is not None and moved.grid_id == cast.grid_1.pk
    assert ground() is ground(), "and is kept in memory again"
    clock.forward(days=30)
    assert ground() is ground()


def test_a_shape_of_today_lasts_until_one_already_decided(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY)
    today = clocks.today()
    later = today + timedelta(days=7)
    actions.set_boundary(cast.grid_1, box(113.40, 22.20, 113.41, 22.21), starts_on=later, **BY)
    actions.set_boundary(cast.grid_1, box(113.42, 22.20, 113.51, 22.21), starts_on=today, **BY)
    rows = Boundary.objects.filter(division=cast.grid_1).order_by("days")
    assert [(row.days.lower, row.days.upper) for row in rows] == [
        (START, today),
        (today, later),
        (later, None),
    ]


def test_the_database_refuses_two_shapes_at_once(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Boundary.objects.create(division=cast.grid_1, days=(date(2026, 6, 1), None), shape=box(0, 0, 1, 1))
    Boundary.objects.create(division=cast.grid_1, days=(date(2020, 1, 1), START), shape=box(0, 0, 1, 1))


def test_a_street_does_not_lie_in_a_grid(cast: Cast) -> None:
    with pytest.raises(Invalid):
        actions.add_division("x", "街道", "street", parent=cast.grid_1, starts_on=START, **BY)
    building = actions.add_division(
        "b", "1栋", "building", parent=cast.grid_1, starts_on=START, lon=113.505, lat=22.205, **BY
    )
    spot = ground().spot_of(building.pk)
    assert (spot.building_id, spot.grid_id, spot.division_id) == (building.pk, cast.grid_1.pk, building.pk)
    assert Division.objects.get(pk=building.pk).path == f"{cast.grid_1.path}{building.pk}/"


def test_made_up_working_days_are_worked_and_their_holidays_are_not(cast: Cast) -> None:
    """国务院办公厅关于2026年部分节假日安排的通知: 10 October 2026, a Saturday, is worked; 1 to 7 October are not."""
    calendar = calendar_for("CN")
    noon = time(11)

    def works(day: str) -> bool:
        return calendar.works_at(datetime.combine(date.fromisoformat(day), noon, calendar.tz))

    assert works("2026-11-18") and not works("2026-11-22")
    assert not any(works(f"2026-10-0{day}") for day in range(1, 8))
    assert works("2026-10-10") and not works("2026-10-11")
    made_up = CalendarDay.objects.filter(jurisdiction="CN", works=True, day__year=2026)
    assert made_up.exists() and all(row.day.weekday() >= 5 for row in made_up)


def test_a_year_without_a_notice_is_marked_provisional(cast: Cast) -> None:
    assert not calendar_for("CN").provisional(date(2026, 10, 1))
    assert calendar_for("CN").provisional(date(2027, 10, 1))
    actions.seed_calendar("CN", [2028], **BY)
    assert CalendarDay.objects.filter(jurisdiction="CN", day__year=2028, provisional=False).count() == 0


def test_guesses_make_room_when_the_notice_is_known(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.seed_calendar("CN", [2027], **BY)
    actions.set_day("CN", date(2027, 3, 1), works=False, name="台风停工", **BY)
    guess = CalendarDay.objects.create(
        jurisdiction="CN", day=date(2027, 8, 8), works=False, name="错的", source="holidays", provisional=True
    )
    monkeypatch.setitem(actions.LAST_NOTICED_YEAR, "CN", 2027)
    assert actions.seed_calendar("CN", [2027], **BY) > 5
    assert not CalendarDay.objects.filter(pk=guess.pk).exists()
    assert CalendarDay.objects.get(day=date(2027, 3, 1)).name == "台风停工"
    assert not calendar_for("CN").provisional(date(2027, 10, 1))


def test_a_compared_year_is_provisional_no_more(cast: Cast) -> None:
    actions.seed_calendar("MO", [2028], **BY)
    assert actions.confirm_year("MO", 2028, **BY) > 5
    assert actions.confirm_year("MO", 2028, **BY) == 0
    assert actions.seed_calendar("MO", [2028], **BY) == 0, "and what is confirmed stays"


def test_hong_kong_and_macao_keep_their_own_days(cast: Cast) -> None:
    for jurisdiction, day in (("HK", date(2026, 7, 1)), ("MO", date(2026, 12, 20))):
        actions.set_hours(jurisdiction, {weekday: [(time(9), time(17))] for weekday in range(5)}, **BY)
        actions.seed_calendar(jurisdiction, [2026], **BY)
        assert CalendarDay.objects.filter(jurisdiction=jurisdiction, day=day, works=False).exists(), (
            jurisdiction
        )
        assert not CalendarDay.objects.filter(jurisdiction=jurisdiction, works=True).exists()
    assert not CalendarDay.objects.filter(jurisdiction="CN", day=date(2026, 7, 1)).exists()


def test_what_somebody_entered_stays_when_the_seed_comes_again(cast: Cast) -> None:
    actions.set_day("CN", date(2026, 10, 1), works=True, name="抢险", **BY)
    before = CalendarDay.objects.count()
    assert actions.seed_calendar("CN", [2026], **BY) == 0
    assert CalendarDay.objects.count() == before
    row = CalendarDay.objects.get(jurisdiction="CN", day=date(2026, 10, 1))
    assert (row.works, row.name, row.source) == (True, "抢险", "entered")
    assert calendar_for("CN").works_at(datetime(2026, 10, 1, 10, tzinfo=calendar_for("CN").tz))


def test_a_jurisdiction_without_rows_has_ordinary_hours(cast: Cast) -> None:
    calendar = calendar_for("XX")
    assert calendar.works_at(datetime(2026, 11, 18, 10, tzinfo=calendar.tz))
    assert not calendar.works_at(datetime(2026, 11, 18, 13, tzinfo=calendar.tz))
