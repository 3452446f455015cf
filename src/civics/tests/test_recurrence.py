"""Days that come again: weeks, months, days off and made-up days."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.recurrence import NEXT, SKIP, Occurrence, Repeat, occurrences
from civics.worktime import Calendar

WEEK = {day: ((time(9), time(18)),) for day in range(5)}
#: National day 2026 off from 1 to 7 October; Saturday 10 October is worked.
CALENDAR = Calendar("CN", WEEK, {**{date(2026, 10, n): False for n in range(1, 8)}, date(2026, 10, 10): True})


def held(repeat: Repeat, begin: date, end: date) -> list[date | None]:
    return [one.held for one in occurrences(repeat, begin, end, CALENDAR)]


def test_every_tuesday() -> None:
    assert held(Repeat("weekly", 1), date(2026, 11, 1), date(2026, 11, 30)) == [
        date(2026, 11, 3), date(2026, 11, 10), date(2026, 11, 17), date(2026, 11, 24),
    ]  # fmt: skip


def test_every_other_tuesday_is_counted_from_the_first_day() -> None:
    found = occurrences(
        Repeat("weekly", 1, interval=2),
        date(2026, 11, 8),
        date(2026, 12, 1),
        CALENDAR,
        since=date(2026, 11, 1),
    )
    assert [one.held for one in found] == [date(2026, 11, 17)]


def test_the_first_and_the_last_friday_of_a_month() -> None:
    span = date(2026, 11, 1), date(2027, 1, 1)
    assert held(Repeat("monthly", 4, week=1), *span) == [date(2026, 11, 6), date(2026, 12, 4)]
    assert held(Repeat("monthly", 4, week=5), *span) == [date(2026, 11, 27), date(2026, 12, 25)]


def test_a_month_whose_day_has_gone_by_is_left_out() -> None:
    assert held(Repeat("monthly", 0, week=1), date(2026, 11, 10), date(2026, 12, 31)) == [date(2026, 12, 7)]


def test_on_a_day_off_it_moves_to_the_next_working_day_or_falls_out() -> None:
    span = date(2026, 10, 1), date(2026, 10, 15)
    friday = Repeat("weekly", 4, on_rest=NEXT)
    assert held(friday, *span) == [date(2026, 10, 8), date(2026, 10, 9)]
    assert held(Repeat("weekly", 4, on_rest=SKIP), *span) == [None, date(2026, 10, 9)]
    # Thursday the 1st would wait until the 8th, which has a meeting of its own
    assert occurrences(Repeat("weekly", 3), *span, CALENDAR)[0] == Occurrence(date(2026, 10, 1), None)
    # a Saturday that is worked is a working day
    assert held(Repeat("weekly", 5, on_rest=SKIP), *span) == [None, date(2026, 10, 10)]


@given(
    st.sampled_from(["weekly", "monthly"]), st.integers(0, 6), st.integers(1, 3), st.integers(1, 5),
    st.sampled_from([SKIP, NEXT]), st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.integers(1, 200),
)  # fmt: skip
def test_held_days_are_working_days_in_order_and_never_twice(
    every: str, weekday: int, interval: int, week: int, on_rest: str, begin: date, days: int
) -> None:
    repeat = Repeat(every, weekday, interval, week, on_rest)
    found = occurrences(repeat, begin, begin + timedelta(days=days), CALENDAR)
    kept = [one.held for one in found if one.held]
    assert kept == sorted(set(kept))
    assert all(CALENDAR.works_on(day) for day in kept)
    assert all(begin <= one.by_rule < begin + timedelta(days=days) for one in found)
    assert all(one.by_rule.weekday() == weekday for one in found)


@pytest.mark.parametrize(
    "wrong",
    [("daily", 1), ("weekly", 7), ("weekly", 1, 0), ("monthly", 1, 1, 6), ("weekly", 1, 1, 1, "before")],
)
def test_a_rule_that_cannot_be_is_refused(wrong: tuple) -> None:
    with pytest.raises(ValueError):
        Repeat(*wrong)
