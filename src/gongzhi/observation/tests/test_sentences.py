"""Sentences are true, and say so when there is nothing to compare with or too little to tell a share."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.observation import sentences
from gongzhi.observation.drawing import class_of, classes, columns, nice_top
from gongzhi.observation.periods import before, period_of, year_ago

TOTALS = {
    "received": 58, "urgent": 4, "closed": 50, "owed": 40, "on_time": 36, "late_done": 3, "owing": 1, "rated": 30,
    "solved": 27, "satisfied": 24, "reworked": 2,
}  # fmt: skip
WEEK: dict[str, Any] = {
    "kind": "workorders", "area": "望澜街道", "every": "week", "starts_on": "2026-11-16", "ends_on": "2026-11-23",
    "whole": True, "counted_at": "2026-11-23T08:00:00+08:00",
    "totals": {"now": TOTALS, "before": TOTALS | {"received": 49, "on_time": 30, "solved": 20}, "year_ago": None},
    "stands": {"open": 61, "late": 3, "soon": 7},
    "topics": [["城乡建设", 30, 12, None], ["环境保护", 20, 25, None], ["交通运输", 8, 12, None]],
    "channels": [["网页", 30, None, None], ["电话", 28, None, None]],
    "areas": [["海棠社区", 40, 38, None], ["听涛社区", 18, 11, None]],
    "units": [["道路养护中心", 20, 12], ["园林绿化中心", 12, 12], ["小单位", 3, 0]],
    "series": [[f"2026-11-{day}", 8, 7] for day in range(16, 23)],
    "hot": [{"title": "下水道堵了", "n": 9, "reporters": 8, "open": 5, "area": "海棠社区", "lately": 8, "before": 1}],
}  # fmt: skip


def told(figures: dict[str, Any]) -> dict[str, str]:
    return {s["code"]: s["text"] for s in sentences.sections(figures)}


def test_a_week_as_a_clerk_would_write_it() -> None:
    said = told(WEEK)
    assert said["whole"] == (
        "2026 年 11 月 16 日至 22 日，望澜街道共收到群众反映 58 件，比上一周（49 件）多 9 件，上升 18.4%；去年同期没有可比的记录。"
        "其中紧急的 4 件。办结 50 件。到统计时，在办 61 件，其中 3 件已超时。"
    )
    assert "反映最多的是城乡建设 30 件（占 51.7%）" in said["topics"]
    assert "明显增多的有：城乡建设（12 件到 30 件）。" in said["topics"]
    assert "增多的有：听涛社区（11 件到 18 件）。" in said["areas"]
    assert (
        "应结 40 件（不含挂账），按期结案 36 件，按期结案率 90.0%，比上一周提高 15.0 个百分点。"
        in said["pace"]
    )
    assert (
        "按期结案率较低的是道路养护中心（应结 20 件里按期 12 件）。" in said["pace"]
        and "小单位" not in said["pace"]
    )
    assert (
        said["hot"].startswith("1. 下水道堵了（海棠社区）：8 人反映，共 9 件，在办 5 件")
        and "还在增多" in said["hot"]
    )
    assert "已超时的 3 件" in said["care"] and "下水道堵了" in said["care"]


def with_totals(**now: int) -> dict[str, Any]:
    figures = deepcopy(WEEK)
    figures["totals"]["now"] = TOTALS | now
    return figures


def test_small_numbers_are_told_as_numbers() -> None:
    few = with_totals(received=7, owed=4, on_time=3, rated=3, solved=2, satisfied=1)
    few["totals"]["before"] = TOTALS | {"received": 5}
    said = told(few)
    assert "比上一周（5 件）多 2 件；" in said["whole"] and "%" not in said["whole"]
    assert (
        "按期结案率 4" not in said["pace"]
        and "按期结案率较低" in said["pace"]
        and "个百分点" not in said["pace"]
    )
    assert "件数少，不算比率" in said["voice"]


def test_nothing_is_compared_with_nothing() -> None:
    alone = deepcopy(WEEK)
    alone["totals"]["before"] = None
    alone["topics"] = [[row[0], row[1], None, None] for row in alone["topics"]]
    alone["areas"] = [[row[0], row[1], None, None] for row in alone["areas"]]
    said = told(alone)
    assert "此前没有可比的记录；去年同期没有可比的记录。" in said["whole"]
    assert "增多" not in said["topics"] + said["areas"]


def test_a_quiet_day_has_honest_sentences() -> None:
    quiet = deepcopy(WEEK) | {
        "every": "day",
        "starts_on": "2026-11-22",
        "ends_on": "2026-11-23",
        "hot": [],
        "units": [],
    }
    quiet["totals"] = {"now": dict.fromkeys(TOTALS, 0), "before": None, "year_ago": None}
    quiet |= {"topics": [], "areas": [], "channels": [], "stands": {"open": 0, "late": 0, "soon": 0}}
    said = told(quiet)
    assert "2026 年 11 月 22 日（周日），望澜街道共收到群众反映 0 件" in said["whole"]
    assert said["topics"] == "没有收到反映。" and said["pace"] == "这段时间没有到期的承诺。"
    assert not {"areas", "voice", "hot", "care"} & set(said)


def test_a_year_ago_without_a_single_report_is_no_comparison() -> None:
    nothing = {**WEEK["totals"], "year_ago": dict.fromkeys(TOTALS, 0)}
    assert "去年同期没有可比的记录" in told(WEEK | {"totals": nothing})["whole"]


def test_a_period_that_still_runs_says_so() -> None:
    assert "（到统计时为止）" in told(WEEK | {"whole": False})["whole"]


def test_few_ratings_of_many_are_not_called_the_opinion_of_all() -> None:
    assert "不能代表全部" in told(with_totals(closed=200, rated=30))["voice"]


@pytest.mark.parametrize(
    ("now", "was", "said"),
    [(9, 9, "与上一周持平（9 件）"), (3, 0, "比上一周（0 件）多 3 件"), (0, 19, "比上一周（19 件）少 19 件"),
     (30, 20, "比上一周（20 件）多 10 件，上升 50.0%"), (10, 20, "比上一周（20 件）少 10 件，下降 50.0%"),
     (300, 25, "比上一周（25 件）多 275 件，是它的 12.0 倍"), (5, None, "没有")],
)  # fmt: skip
def test_changes(now: int, was: int | None, said: str) -> None:
    assert sentences.change(now, was, "上一周", "没有") == said


def test_two_weeks_differ_only_by_more_than_chance() -> None:
    assert [sentences.moved(a, b) for a, b in ((3, 2), (5, 2), (2, 5), (0, 0))] == [0, 1, -1, 0]


counts = st.integers(0, 3000)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    received=counts, was=st.none() | counts, owed=st.integers(0, 50), kept=st.integers(0, 50), rated=st.integers(0, 40),
    solved=st.integers(0, 40), late=counts, open_=counts,
)  # fmt: skip
def test_no_numbers_make_a_sentence_fall_over(
    received: int, was: int | None, owed: int, kept: int, rated: int, solved: int, late: int, open_: int
) -> None:
    figures = with_totals(
        received=received, owed=owed, on_time=min(kept, owed), rated=rated, solved=min(solved, rated),
        satisfied=min(solved, rated),
    )  # fmt: skip
    figures["totals"]["before"] = (
        None if was is None else TOTALS | {"received": was, "owed": was, "on_time": was // 2}
    )
    figures["stands"] = {"open": open_, "late": late, "soon": 0}
    for text in told(figures).values():
        assert text and "None" not in text and "nan" not in text and "{" not in text


# ---- periods and drawings


def test_periods_and_what_they_are_compared_with() -> None:
    week = period_of("week", date(2026, 11, 22))
    assert (week.starts_on, week.ends_on, week.issue) == (date(2026, 11, 16), date(2026, 11, 23), (2026, 47))
    assert before(week).starts_on == date(2026, 11, 9)
    assert year_ago(week).starts_on == date(2025, 11, 17) and year_ago(week).starts_on.weekday() == 0
    march = period_of("month", date(2024, 3, 31))
    assert (before(march).starts_on, before(march).days) == (date(2024, 2, 1), 29)
    assert year_ago(period_of("day", date(2024, 2, 29))).starts_on == date(2023, 2, 28)
    assert period_of("month", date(2026, 12, 5)).ends_on == date(2027, 1, 1)
    with pytest.raises(ValueError, match="no period"):
        period_of("year", date(2026, 1, 1))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dates(date(2000, 1, 3), date(2099, 12, 1)), st.sampled_from(["day", "week", "month"]))
def test_periods_follow_one_another(day: date, every: str) -> None:
    one = period_of(every, day)
    assert one.starts_on <= day < one.ends_on and before(one).ends_on == one.starts_on
    assert year_ago(one).every == every and year_ago(one).starts_on < one.starts_on


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=40))
def test_classes_and_scales_hold_every_value(values: list[int]) -> None:
    bounds = classes(values)
    assert len(bounds) <= 5 and bounds == sorted(set(bounds))
    for value in values:
        assert (class_of(value, bounds) == 0) == (value == 0)
        assert nice_top(max(values)) >= value
    rows = [{"label": "", "n": value, "parts": {"a": value}} for value in values]
    drawn, _top = columns(rows, ["a"], width=100, height=50)
    assert all(bar.y >= -0.01 and bar.y + bar.height <= 50.02 for column in drawn for bar in column.bars)
