"""What must hold for every calendar, start, amount and pause."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from civics.worktime import UNITS, Calendar, due, left, moment_of_share, resume, share

MORNING, AFTERNOON, NIGHT = (time(9), time(12)), (time(14), time(17, 30)), (time(22), time(0))
SHAPES = [(), (MORNING,), (MORNING, AFTERNOON), (AFTERNOON, NIGHT), ((time(0), time(0)),)]


@lru_cache
def calendar(week, tz, odd) -> Calendar:
    first = date(2025, 12, 20).toordinal()
    days = {date.fromordinal(first + n): told for n, told in odd}
    return Calendar("XX", {n: SHAPES[shape] for n, shape in enumerate(week)}, days, tz)


weeks = st.tuples(*[st.integers(0, len(SHAPES) - 1)] * 7).filter(any)
exceptions = st.frozensets(st.tuples(st.integers(0, 60), st.booleans()), max_size=8).map(
    lambda pairs: tuple(sorted(dict(pairs).items()))
)
zones = st.sampled_from(
    ["Asia/Shanghai", "Asia/Macau", "Europe/London", "America/St_Johns", "Australia/Lord_Howe"]
)
calendars = st.builds(calendar, weeks, zones, exceptions)
moments = st.integers(0, 120 * 24 * 3600).map(
    lambda s: datetime(2025, 12, 25, tzinfo=UTC) + timedelta(seconds=s)
)
units = st.sampled_from(UNITS)
amounts = st.integers(0, 60)
gaps = st.integers(0, 40 * 24 * 3600).map(lambda s: timedelta(seconds=s))


@given(calendars, moments, amounts, amounts, units)
def test_more_time_is_never_due_earlier_and_nothing_is_due_before_it_starts(cal, start, a, b, unit):
    low, high = sorted((a, b))
    assert start <= due(start, low, unit, cal) <= due(start, high, unit, cal)


@given(calendars, moments, gaps, amounts, units)
def test_a_later_start_is_never_due_earlier(cal, start, gap, amount, unit):
    assert due(start, amount, unit, cal) <= due(start + gap, amount, unit, cal)


@given(calendars, moments, st.integers(1, 30))
def test_a_working_day_promise_ends_at_the_close_of_a_working_day_that_is_not_the_first(cal, start, amount):
    end = due(start, amount, "work_days", cal)
    day = cal.local_day(end - timedelta(microseconds=1))
    assert cal.works_on(day) and day > cal.local_day(start)
    assert not cal.works_at(end) or cal.works_at(end - timedelta(microseconds=1))
    between = range(cal.local_day(start).toordinal() + 1, day.toordinal() + 1)
    assert sum(cal.works_on(date.fromordinal(n)) for n in between) == amount


@given(calendars, moments, st.integers(1, 50), units, gaps, gaps)
def test_the_share_grows_from_zero_to_one(cal, start, amount, unit, a, b):
    end = due(start, amount, unit, cal)
    low, high = sorted((start + a, start + b))
    assert share(start, end, start, cal, unit) == 0
    assert share(start, end, end, cal, unit) == 1
    assert 0 <= share(start, end, low, cal, unit) <= share(start, end, high, cal, unit)


@given(
    calendars,
    moments,
    st.integers(1, 50),
    units,
    st.lists(st.tuples(gaps, gaps), max_size=4),
    st.floats(0, 1),
)
def test_the_moment_of_a_share_is_the_moment_of_that_share(cal, start, amount, unit, spans, wanted):
    pauses = [(start + a, start + a + b) for a, b in spans]
    end = due(start, amount, unit, cal, pauses=pauses)
    moment = moment_of_share(start, end, wanted, unit, cal, pauses)
    assert start <= moment <= end
    assert abs(share(start, end, moment, cal, unit, pauses) - wanted) < 1e-6
    assert abs(share(start, end, end, cal, unit, pauses) - 1) < 1e-9


@given(calendars, moments, st.integers(1, 50), units, gaps)
def test_a_pause_of_no_length_changes_nothing(cal, start, amount, unit, when):
    end = due(start, amount, unit, cal)
    assert resume(end, start + when, start + when, unit, cal) == end


@given(calendars, moments, st.integers(1, 50), units, gaps, gaps)
def test_what_was_left_before_a_pause_is_left_after_it(cal, start, amount, unit, when, length):
    end = due(start, amount, unit, cal)
    paused = start + when
    resumed = paused + length
    pushed = resume(end, paused, resumed, unit, cal)
    assert pushed >= end
    if paused <= end:
        assert left(resumed, pushed, unit, cal) == left(paused, end, unit, cal)
    else:
        assert pushed == end


@given(calendars, moments, st.integers(1, 50), units, gaps, gaps, gaps)
def test_two_pauses_that_touch_are_one(cal, start, amount, unit, when, first, second):
    a = start + when
    b, c = a + first, a + first + second
    parts = due(start, amount, unit, cal, pauses=[(b, c), (a, b)])
    assert parts == due(start, amount, unit, cal, pauses=[(a, c)])
