"""Why a report is shown beside another: in the reader's language, by the same values in every one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from civics.nearness import Why
from gongzhi.kit import clock
from gongzhi.workorders.words.nearness import why_near
from tests.cast import IN_GRID_1, LONG_BEFORE, settle
from tests.stage import DRAIN, report_drain

pytestmark = pytest.mark.django_db

SAME = Why(("下水道堵",), 40.2, 2.0)


@pytest.mark.parametrize(
    ("why", "zh", "en"),
    [
        (
            SAME,
            "都提到“下水道堵”，相距 40 米，相隔 2 小时",
            "both mention “下水道堵”, 40 m apart, 2 h between them",
        ),
        (Why((), 2340.0, 72.0), "相距 2.3 公里，相隔 3 天", "2.3 km apart, 3 days between them"),
        (Why((), 4.0, 0.0), "几乎在同一位置，相隔 1 分钟", "almost the same spot, 1 min between them"),
        (Why((), 994.9, 47.9), "相距 990 米，相隔 48 小时", "990 m apart, 48 h between them"),
        (Why(), "没有共同的用词", "no words in common"),
    ],
)
def test_the_reason_is_told_in_the_language_of_the_reader(why: Why, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert why_near(why, told=True) == zh
    with translation.override("en"):
        assert why_near(why, told=True) == en


def test_a_portuguese_reader_gets_a_decimal_comma_and_no_chinese_but_the_quoted_words() -> None:
    with translation.override("pt"):
        told = why_near(Why(("下水道",), 2340.0, 72.0), told=True)
    assert "2,3 km" in told and told.count("下水道") == 1
    assert not set("相距隔都提到") & set(told.replace("下水道", ""))


def test_whoever_may_not_open_the_other_report_reads_none_of_its_words() -> None:
    with translation.override("zh-hans"):
        assert why_near(SAME, told=False) == "写的内容相近，相距 40 米，相隔 2 小时"
        assert why_near(Why(), told=False) == "没有共同的用词"


def test_the_page_where_somebody_reports_says_it_in_their_language() -> None:
    cast = settle(LONG_BEFORE)
    report_drain(cast, by=cast.neighbour, at=clock.now() - timedelta(hours=2))
    lon, lat = IN_GRID_1
    said = {"text": DRAIN, "lon": lon, "lat": lat}
    pages = {
        tongue: Client(headers={"accept-language": tongue}).get("/report/near/", said).content.decode()
        for tongue in ("zh-hans", "en")
    }
    assert "写的内容相近，几乎在同一位置" in pages["zh-hans"]
    assert "similar words, almost the same spot" in pages["en"] and "写的内容" not in pages["en"]
    assert "下水道堵" not in pages["en"], "not even what both wrote"
