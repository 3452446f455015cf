"""What a device says of the time is put right by how far its clock is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.devicetime import OLDEST, RIGHT_WITHIN, seen_at

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_right_clock_is_believed() -> None:
    seen = seen_at(NOW - 3 * HOUR, sent=NOW, now=NOW)
    assert (seen.at, seen.ahead, seen.doubtful, seen.wrong_clock) == (NOW - 3 * HOUR, 0 * HOUR, False, False)


@pytest.mark.parametrize("off", [-2 * DAY, 2 * DAY, timedelta(minutes=7)])
def test_a_clock_that_is_two_days_wrong_is_put_right_and_noticed(off: timedelta) -> None:
    seen = seen_at(NOW - 3 * HOUR + off, sent=NOW + off, now=NOW)
    assert seen.at == NOW - 3 * HOUR and seen.ahead == off and seen.wrong_clock and not seen.doubtful


def test_a_clock_set_between_seeing_and_sending_is_put_right_by_what_was_measured() -> None:
    """Two days slow when it was seen, right when it is sent."""
    seen = seen_at(NOW - 3 * HOUR - 2 * DAY, sent=NOW, now=NOW, measured=2 * DAY)
    assert seen.at == NOW - 3 * HOUR and seen.ahead == -2 * DAY and not seen.doubtful


def test_a_clock_set_back_without_a_measure_is_doubted() -> None:
    seen = seen_at(NOW + DAY, sent=NOW, now=NOW)
    assert seen.at == NOW and seen.doubtful


def test_what_is_older_than_a_device_keeps_is_doubted() -> None:
    seen = seen_at(NOW - OLDEST - DAY, sent=NOW, now=NOW)
    assert seen.at == NOW and seen.doubtful


_MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(said=_MOMENTS, sent=_MOMENTS, measured=st.none() | st.timedeltas(-400 * DAY, 400 * DAY))
def test_nothing_was_seen_after_it_arrived(
    said: datetime, sent: datetime, measured: timedelta | None
) -> None:
    seen = seen_at(said, sent=sent, now=NOW, measured=measured)
    assert NOW - OLDEST <= seen.at <= NOW


@given(ago=st.timedeltas(timedelta(0), 30 * DAY), off=st.timedeltas(-900 * DAY, 900 * DAY))
def test_a_steady_error_never_shows(ago: timedelta, off: timedelta) -> None:
    seen = seen_at(NOW - ago + off, sent=NOW + off, now=NOW)
    assert seen.at == NOW - ago and seen.wrong_clock is (abs(off) > RIGHT_WITHIN)
