"""The pages: numbers lead to their lists, small numbers are explained, files say the same, statements are pinned."""

from __future__ import annotations

import csv
import io
import re

import pytest

from civics.standing import Formula as Sum
from gongzhi.evaluation import actions
from gongzhi.evaluation.models import Result
from gongzhi.evaluation.scoring import peers_of, standings
from gongzhi.evaluation.seeds import FIRST
from gongzhi.evaluation.tests.scene import NOW, OCTOBER, browser, october, street  # noqa: F401
from tests.cast import Cast
from tests.stage import neighbourhood  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(street: Cast) -> Cast:  # noqa: F811
    actions.publish(street.street.pk, OCTOBER, by=street.leader, at=NOW)
    return street


def test_every_number_of_a_unit_leads_to_a_list_of_that_length(shown: Cast) -> None:
    client = browser(shown, "clerk")
    page = client.get(f"/evaluation/2026-10/{shown.roads.pk}/")
    links = set(
        re.findall(
            rf'href="(/evaluation/2026-10/{shown.roads.pk}/(\w+)/)"[^>]*>(\d+)</a>', page.content.decode()
        )
    )
    figures = Result.objects.get(unit=shown.roads).figures
    assert {code for _url, code, _n in links} == set(figures)
    for url, code, number in links:
        behind = client.get(url)
        assert behind.status_code == 200
        assert behind.context["count"] == int(number) == figures[code]
        if code not in ("reworked", "reworked_often", "rated", "solved", "satisfied"):
            assert len(behind.context["rows"]) == int(number)


def test_a_line_says_its_sum_its_peers_and_its_interval(shown: Cast) -> None:
    text = browser(shown, "road_worker").get(f"/evaluation/2026-10/{shown.roads.pk}/").content.decode()
    assert "按期结案 ÷（应结 − 挂账）" in text
    assert "全部单位平均" in text and "九成把握" in text
    assert "达到 70% 得 50 分，每少一个百分点扣 1 分" in text
    assert "本月没有这类工单，这一项不计" in text  # nothing urgent
    gardens = browser(shown, "road_worker").get(f"/evaluation/2026-10/{shown.gardens.pk}/").content.decode()
    assert "只有 2 件，一件之差就会差很多" in gardens


def test_others_see_the_number_but_open_only_their_own(shown: Cast) -> None:
    page = browser(shown, "gardener").get(f"/evaluation/2026-10/{shown.roads.pk}/due/")
    assert page.context["count"] == 12 and page.context["seen"] == 0
    assert "不归您看" in page.content.decode()


def test_csv_and_excel_say_what_the_page_says(shown: Cast) -> None:
    from openpyxl import load_workbook

    client = browser(shown, "auditor")
    answer = client.get("/evaluation/export.csv?month=2026-10")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row[5] for row in rows[1:]} == {
        shown.roads.short_name or shown.roads.name,
        shown.gardens.short_name or shown.gardens.name,
    }
    assert len({len(row) for row in rows}) == 1
    roads = next(row for row in rows if row[5] == (shown.roads.short_name or shown.roads.name))
    assert roads[rows[0].index("应结")] == "12"
    book = load_workbook(io.BytesIO(client.get("/evaluation/export.xlsx?month=2026-10").content))
    sheet = [list(row) for row in book.active.values]  # type: ignore[union-attr]
    assert [str(cell) for cell in sheet[0]] == rows[0] and len(sheet) == len(rows)
    assert client.get("/evaluation/export.pdf?month=2026-10").status_code == 404


def test_paper(shown: Cast) -> None:
    client = browser(shown, "auditor")
    assert "第 1 版" in client.get("/evaluation/print/?month=2026-10").content.decode()
    assert "÷" in client.get(f"/evaluation/2026-10/{shown.roads.pk}/print/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "?month=2026-13",
        "?month=dragon",
        "?month=2027-05",
        "?area=999999",
        "?area=x",
        "?month=2026-10&version=x",
    ],
)
def test_addresses_that_mean_nothing_are_not_found(shown: Cast, address: str) -> None:
    assert browser(shown, "leader").get(f"/evaluation/{address}").status_code == 404


def test_statements_of_the_pages(shown: Cast, statements: list[str]) -> None:
    """A published month is read, not counted again; a number's list costs the month's index and one page of rows."""
    client = browser(shown, "leader")
    pages = {
        "/evaluation/?month=2026-10": 14,
        f"/evaluation/2026-10/{shown.roads.pk}/": 14,
        f"/evaluation/2026-10/{shown.roads.pk}/due/": 16,
        "/evaluation/?month=2026-11": 21,
    }
    for page in pages:
        client.get(page)
    for page, most in pages.items():
        statements.clear()
        assert client.get(page).status_code == 200
        assert len(statements) <= most, (page, len(statements), *statements)


def test_few_peers_learn_from_all_units(shown: Cast) -> None:
    figures = {
        unit: {"due": 10, "on_time": 8, "closed": 9} for unit in (shown.roads.pk, shown.haitang_committee.pk)
    }
    found = standings(Sum.read(FIRST), figures)
    assert all(line["all_units"] for one in found for line in one.lines if line["kind"] == "share")
    assert {one.peers for one in found} == {"other", "community"}
    assert peers_of(None) == "other"
