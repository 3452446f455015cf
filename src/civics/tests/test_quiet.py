"""Quiet hours: over midnight, in other zones, where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.quiet import Quiet, not_before, on_wall

NIGHT = Quiet(time(22), time(8), "Asia/Macau")
NOON = Quiet(time(12), time(14), "Asia/Macau")


def at(text: str, zone: str = "Asia/Macau") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "asked", "first"),
    [
        (NIGHT, "2026-11-18 21:59:59", "2026-11-18 21:59:59"),
        (NIGHT, "2026-11-18 22:00:00", "2026-11-19 08:00:00"),
        (NIGHT, "2026-11-19 00:00:00", "2026-11-19 08:00:00"),
        (NIGHT, "2026-11-19 07:59:59", "2026-11-19 08:00:00"),
        (NIGHT, "2026-11-19 08:00:00", "2026-11-19 08:00:00"),
        (NIGHT, "2026-12-31 23:30:00", "2027-01-01 08:00:00"),
        (NOON, "2026-11-18 12:00:00", "2026-11-18 14:00:00"),
        (NOON, "2026-11-18 23:00:00", "2026-11-18 23:00:00"),
    ],
)
def test_it_waits_until_the_span_is_over(quiet: Quiet, asked: str, first: str) -> None:
    assert not_before(at(asked), quiet) == at(first)


def test_the_same_moment_is_night_in_one_place_and_day_in_another() -> None:
    moment = at("2026-11-18 23:00")
    assert NIGHT.holds(moment)
    assert not Quiet(time(22), time(8), "Europe/Lisbon").holds(moment), "four in the afternoon"


def test_equal_times_are_never_quiet() -> None:
    assert not Quiet(time(8), time(8), "Asia/Macau").holds(at("2026-11-18 08:00"))


def test_the_morning_after_the_clock_was_changed() -> None:
    """Lisbon, 25 October 2026: the clock goes back from 02:00 to 01:00."""
    quiet = Quiet(time(22), time(8), "Europe/Lisbon")
    evening = at("2026-10-24 23:00", "Europe/Lisbon")
    assert not_before(evening, quiet) - evening == timedelta(hours=10)


def test_a_time_that_is_skipped_still_comes() -> None:
    """Lisbon, 28 March 2027: 01:00 to 02:00 does not exist."""
    found = on_wall(at("2027-03-27 23:00", "Europe/Lisbon"), time(1, 30), "Europe/Lisbon")
    assert found == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


_times = st.times(timezones=st.none())


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    _times,
    _times,
    st.sampled_from(["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Europe/Lisbon"]),
)
def test_it_is_never_put_off_for_more_than_a_day_and_never_back(
    moment: datetime, begins: time, ends: time, zone: str
) -> None:
    quiet = Quiet(begins, ends, zone)
    found = not_before(moment, quiet)
    assert moment <= found <= moment + timedelta(hours=25)
    if not quiet.holds(moment):
        assert found == moment
