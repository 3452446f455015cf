"""Working time, told in sentences; reference days are those of the State Council's notice for 2026."""

import pickle
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from civics.worktime import (
    Calendar,
    due,
    left,
    moment_of_share,
    read_hours,
    resume,
    share,
    work_days_left,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = read_hours("09:00-12:00 14:00-17:30")
WEEK = dict.fromkeys(range(5), DAY)


def china_2026() -> Calendar:
    """Mainland working days of 2026: rest days of the official notice, six make-up working days."""
    rest = ["01-01", "01-02", "04-06", "05-01", "05-04", "05-05", "06-19", "09-25"]
    rest += [f"02-{day}" for day in (16, 17, 18, 19, 20, 23)] + [f"10-0{day}" for day in (1, 2, 5, 6, 7)]
    made_up = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    days = {date.fromisoformat(f"2026-{day}"): False for day in rest}
    days |= {date.fromisoformat(f"2026-{day}"): True for day in made_up}
    return Calendar("CN", WEEK, days)


CN = china_2026()


def at(text: str, zone=SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_report_in_the_afternoon_is_due_at_closing_of_the_second_working_day_after_it():
    assert due(at("2026-07-08 15:30"), 2, "work_days", CN) == at("2026-07-10 17:30")


def test_the_hour_of_reception_does_not_matter_for_working_days():
    answers = {
        due(at(f"2026-07-08 {hour}"), 2, "work_days", CN) for hour in ("00:00", "08:59", "17:30", "23:59")
    }
    assert answers == {at("2026-07-10 17:30")}


def test_a_weekend_report_starts_counting_on_monday():
    assert due(at("2026-07-11 10:00"), 1, "work_days", CN) == at("2026-07-13 17:30")


def test_the_day_of_reception_is_the_local_day_not_the_day_in_greenwich():
    evening_before = at("2026-07-07 17:30", UTC)  # 01:30 on Wednesday in Shanghai
    assert due(evening_before, 1, "work_days", CN) == at("2026-07-09 17:30")


@pytest.mark.parametrize(
    ("received", "days", "expected"),
    [
        ("2026-02-13 16:00", 1, "2026-02-14 17:30"),  # make-up Saturday before the Spring Festival
        ("2026-02-13 16:00", 2, "2026-02-24 17:30"),  # then nine days off
        ("2026-02-13 16:00", 6, "2026-02-28 17:30"),  # make-up Saturday after it
        ("2026-09-18 10:00", 1, "2026-09-20 17:30"),  # make-up Sunday before the National Day
        ("2026-09-30 10:00", 2, "2026-10-09 17:30"),
        ("2026-09-30 10:00", 3, "2026-10-10 17:30"),  # make-up Saturday
    ],
)
def test_holidays_and_make_up_days_of_2026(received, days, expected):
    assert due(at(received), days, "work_days", CN) == at(expected)


def test_the_official_list_gives_the_same_days():
    holidays = pytest.importorskip("holidays")
    listed = holidays.country_holidays("CN", years=2026)
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert CN.works_on(day) == listed.is_working_day(day), day


def test_clock_hours_run_through_the_night_and_the_holiday():
    assert due(at("2026-02-16 23:00"), 4, "hours", CN) == at("2026-02-17 03:00")
    assert due(at("2026-02-16 23:50"), 30, "minutes", CN) == at("2026-02-17 00:20")


def test_working_hours_run_only_while_the_office_is_open():
    assert due(at("2026-07-08 11:00"), 2, "work_hours", CN) == at("2026-07-08 15:00")
    assert due(at("2026-07-08 08:00"), 3, "work_hours", CN) == at("2026-07-08 12:00")
    assert due(at("2026-07-10 17:00"), Decimal("1.5"), "work_hours", CN) == at("2026-07-13 10:00")


def test_half_the_working_time_is_used_at_noon_of_a_one_day_promise():
    start, end = at("2026-07-07 17:30"), due(at("2026-07-07 17:30"), 1, "work_days", CN)
    assert moment_of_share(start, end, 0.5, "work_days", CN) == at("2026-07-08 14:15")
    assert share(start, end, at("2026-07-08 14:15"), CN, "work_days") == 0.5
    assert share(start, end, end, CN, "work_days") == 1
    assert share(start, end, at("2026-07-07 09:00"), CN, "work_days") == 0
    assert share(start, end, at("2026-07-09 12:00"), CN, "work_days") > 1


def test_a_pause_pushes_by_exactly_the_working_time_that_was_left():
    start = at("2026-07-06 10:00")
    end = due(start, 2, "work_days", CN)
    paused, resumed = at("2026-07-08 16:00"), at("2026-07-13 09:30")
    assert left(paused, end, "work_days", CN) == timedelta(hours=1, minutes=30)
    pushed = resume(end, paused, resumed, "work_days", CN)
    assert pushed == at("2026-07-13 11:00")
    assert left(resumed, pushed, "work_days", CN) == timedelta(hours=1, minutes=30)
    assert due(start, 2, "work_days", CN, pauses=[(paused, resumed)]) == pushed
    assert share(start, pushed, pushed, CN, "work_days", [(paused, resumed)]) == 1


def test_a_pause_over_the_weekend_costs_nothing():
    end = at("2026-07-14 17:30")
    assert resume(end, at("2026-07-10 17:30"), at("2026-07-13 09:00"), "work_days", CN) == end
    assert resume(end, at("2026-07-10 17:30"), at("2026-07-13 09:00"), "hours", CN) > end


def test_a_promise_already_missed_is_not_saved_by_a_pause():
    end = at("2026-07-08 17:30")
    assert resume(end, at("2026-07-09 10:00"), at("2026-07-20 10:00"), "work_days", CN) == end


def test_during_a_pause_the_share_stands_still():
    start, end = at("2026-07-08 09:00"), due(at("2026-07-08 09:00"), 6, "work_hours", CN)
    waiting = [(at("2026-07-08 12:00"), None)]
    assert share(start, end, at("2026-07-20 12:00"), CN, "work_hours", waiting) == 0.5
    with pytest.raises(ValueError, match="pause"):
        due(start, 6, "work_hours", CN, pauses=waiting)
    with pytest.raises(ValueError, match="pause"):
        moment_of_share(start, end, 0.8, "work_hours", CN, waiting)


def test_reminders_after_a_pause_come_later():
    start, pause = at("2026-07-08 09:00"), (at("2026-07-08 10:00"), at("2026-07-09 10:00"))
    end = due(start, 6.5, "work_hours", CN, pauses=[pause])
    assert end == at("2026-07-09 17:30")
    half = moment_of_share(start, end, 0.5, "work_hours", CN, [pause])
    assert half > pause[1]
    assert share(start, end, half, CN, "work_hours", [pause]) == pytest.approx(0.5)


def test_time_left_is_negative_once_the_promise_is_missed():
    assert left(at("2026-07-09 10:00"), at("2026-07-08 17:30"), "work_hours", CN) == -timedelta(hours=1)
    assert left(at("2026-07-08 17:00"), at("2026-07-09 10:00"), "hours", CN) == timedelta(hours=17)


def test_working_days_left_are_counted_for_people():
    end = at("2026-07-15 17:30")
    assert work_days_left(at("2026-07-10 16:00"), end, CN) == 3
    assert work_days_left(at("2026-07-15 16:00"), end, CN) == 0
    assert work_days_left(at("2026-07-17 16:00"), end, CN) == -2


def test_a_year_without_an_official_notice_is_still_counted_but_marked():
    assert not CN.provisional(date(2026, 12, 31))
    assert CN.provisional(date(2027, 1, 4))
    assert due(at("2026-12-31 10:00"), 1, "work_days", CN) == at("2027-01-01 17:30")


def test_a_day_may_have_hours_of_its_own():
    short = Calendar("MO", WEEK, {date(2026, 7, 9): read_hours("09:00-13:00")}, "Asia/Macau")
    assert due(at("2026-07-08 10:00"), 1, "work_days", short) == at("2026-07-09 13:00")


def test_openings():
    assert CN.works_at(at("2026-07-08 09:00")) and not CN.works_at(at("2026-07-08 12:00"))
    assert CN.next_work(at("2026-07-08 12:30")) == at("2026-07-08 14:00")
    assert CN.next_work(at("2026-07-10 17:30")) == at("2026-07-13 09:00")
    assert CN.next_work(at("2026-07-10 10:01")) == at("2026-07-10 10:01")


def test_where_the_clock_changes_real_time_is_counted():
    london = Calendar("GB", dict.fromkeys(range(7), ((time(0), time(0)),)), {}, "Europe/London")
    zone = ZoneInfo("Europe/London")
    night = at("2026-03-28 23:00", zone)  # clocks go forward at 01:00
    assert due(night, 4, "work_hours", london) == at("2026-03-29 04:00", zone)
    assert due(night, 4, "hours", london) == at("2026-03-29 04:00", zone)
    short_day = due(night, 1, "work_days", london)
    assert short_day == at("2026-03-30 00:00", zone)
    assert left(at("2026-03-29 00:00", zone), short_day, "work_days", london) == timedelta(hours=23)


def test_a_window_in_the_lost_hour_does_not_run_backwards():
    odd = ((time(0, 30), time(1, 45)), (time(2, 0), time(3, 0)))
    calendar = Calendar("GB", dict.fromkeys(range(7), odd), {}, "Europe/London")
    zone = ZoneInfo("Europe/London")
    moments = [due(at("2026-03-28 12:00", zone), n / 4, "work_hours", calendar) for n in range(40)]
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: due(datetime(2026, 7, 8), 1, "hours", CN),
        lambda: due(at("2026-07-08 09:00"), -1, "hours", CN),
        lambda: due(at("2026-07-08 09:00"), float("nan"), "work_hours", CN),
        lambda: due(at("2026-07-08 09:00"), 1.5, "work_days", CN),
        lambda: due(at("2026-07-08 09:00"), 1, "fortnights", CN),
        lambda: due(at("0202-07-08 09:00"), 1, "work_days", CN),
        lambda: due(at("2026-07-08 09:00"), 10**7, "work_days", CN),
        lambda: due(at("2026-07-08 09:00"), 10**12, "hours", CN),
        lambda: resume(at("2026-07-09 09:00"), at("2026-07-08 09:00"), at("2026-07-07 09:00"), "hours", CN),
        lambda: Calendar("XX", {}),
        lambda: Calendar("XX", {9: DAY}),
        lambda: Calendar("XX", {0: ((time(9), time(12)), (time(11), time(13)))}),
        lambda: Calendar("XX", {0: ((time(12), time(9)),)}),
        lambda: read_hours("nine to five"),
        lambda: read_hours("09:00"),
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_hours_are_read_as_people_write_them():
    assert read_hours("09:00-12:00，14:00—17:30") == DAY
    assert read_hours("00:00-24:00") == ((time(0), time(0)),)


def test_a_calendar_is_a_value():
    assert china_2026() == CN and hash(china_2026()) == hash(CN)
    copy = pickle.loads(pickle.dumps(CN))
    assert copy == CN
    assert due(at("2026-07-08 15:30"), 2, "work_days", copy) == at("2026-07-10 17:30")
    with pytest.raises(AttributeError):
        CN.jurisdiction = "HK"
