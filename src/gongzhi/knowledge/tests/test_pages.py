"""The doors: everybody's pages, the staff's pages, files in and out, the JSON door; whole requests."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.knowledge import importing, queries
from gongzhi.knowledge.models import Article, Status
from gongzhi.knowledge.tests.shelf_scene import CARD, PERMIT, written
from gongzhi.people import actions as people
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with stopped(WEDNESDAY):
        yield


def signed_in(cast: Cast, name: str) -> Client:
    """A browser in which somebody of the cast is signed in."""
    client = Client()
    client.force_login(cast.accounts[name])
    return client


# ---- everybody's pages


def test_the_first_page_is_kind_when_there_is_nothing_yet(cast: Cast) -> None:
    answer = Client().get("/knowledge/")
    assert answer.status_code == 200 and "还没有问答" in answer.text


def test_anybody_searches_browses_and_reads(cast: Cast) -> None:
    article = written(cast)
    client = Client()
    home = client.get("/knowledge/").text
    assert PERMIT.question in home and "政法" in home and "?topic=09" in home
    assert PERMIT.question in client.get("/knowledge/", {"q": "居住证 到期"}).text
    assert PERMIT.question in client.get("/knowledge/", {"topic": "0901"}).text
    page = client.get(f"/knowledge/{article.pk}/").text
    assert PERMIT.answer in page and PERMIT.source_url in page and "2026-11-18" in page


def test_words_that_are_nowhere_lead_to_what_is_likely_and_to_asking_us(cast: Cast) -> None:
    written(cast)
    page = Client().get("/knowledge/", {"q": "我的居住证快到期了去哪里弄"}).text
    assert "您是不是想问" in page and PERMIT.question in page
    page = Client().get("/knowledge/", {"q": "飞碟"}).text
    assert "没有找到" in page and "直接问我们" in page


def test_a_stale_answer_and_one_that_is_over_say_so(cast: Cast) -> None:
    stale = written(cast, replace(PERMIT, stale_after_days=10), at=WEDNESDAY - 30 * DAY)
    past = written(cast, replace(CARD, valid_until=WEDNESDAY.date() - DAY), at=WEDNESDAY - 30 * DAY)
    assert "可能有变化" in Client().get(f"/knowledge/{stale.pk}/").text
    assert "这条已经过期" in Client().get(f"/knowledge/{past.pk}/").text


def test_one_address_counts_once_a_day_and_is_thanked_each_time(cast: Cast) -> None:
    article = written(cast)
    for _press in range(3):
        answer = Client().post(
            f"/knowledge/{article.pk}/helped/", {"helped": "no"}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200 and "谢谢" in answer.text and "/report/" in answer.text
    row = Article.objects.get(pk=article.pk)
    assert (row.helped, row.helped_not) == (0, 1)


def test_a_draft_is_not_found_by_residents(cast: Cast) -> None:
    draft = written(cast, publish=False)
    assert Client().get(f"/knowledge/{draft.pk}/").status_code == 404
    assert signed_in(cast, "grid_worker").get(f"/knowledge/{draft.pk}/").status_code == 200


# ---- while somebody types


def test_a_resident_who_asks_sees_likely_answers_and_one_who_complains_does_not(cast: Cast) -> None:
    written(cast)
    ask = Client().get("/knowledge/likely/", {"text": "请问居住证到期了怎么续签？"})
    assert ask.status_code == 200 and PERMIT.answer in ask.text
    assert (
        Client().get("/knowledge/likely/", {"text": "居住证窗口的人态度很差，等了一上午。"}).status_code
        == 204
    )
    assert Client().get("/knowledge/likely/", {"text": "请问天上为什么有光？"}).status_code == 204
    assert "/knowledge/likely/" in Client().get("/report/").text


def test_what_is_over_is_not_told_to_residents_but_to_colleagues_with_a_mark(cast: Cast) -> None:
    written(cast, replace(PERMIT, valid_until=WEDNESDAY.date() - DAY), at=WEDNESDAY - 30 * DAY)
    text = {"text": "请问居住证到期了怎么续签？"}
    assert Client().get("/knowledge/likely/", text).status_code == 204
    answer = signed_in(cast, "clerk").get("/house/knowledge/likely/", text)
    assert PERMIT.question in answer.text and "已过期" in answer.text
    assert Client().get("/house/knowledge/likely/", text).status_code in (302, 401)


# ---- the house


def test_a_review_leads_to_the_next_stale_one(cast: Cast) -> None:
    first = written(cast, at=WEDNESDAY - 300 * DAY)
    second = written(cast, CARD, at=WEDNESDAY - 290 * DAY)
    client = signed_in(cast, "clerk")
    page = client.get("/house/knowledge/").text
    assert page.index(PERMIT.question) < page.index(CARD.question)
    assert 'data-key="y"' in client.get(f"/house/knowledge/{first.pk}/?show=stale").text
    answer = client.post(f"/house/knowledge/{first.pk}/still_true/", {"seen": "1", "show": "stale"})
    assert answer["Location"] == f"/house/knowledge/{second.pk}/?show=stale"
    answer = client.post(f"/house/knowledge/{second.pk}/still_true/", {"seen": "1", "show": "stale"})
    assert answer["Location"] == "/house/knowledge/?show=stale"
    assert "都核对过了" in client.get("/house/knowledge/?show=stale").text


def form(**more: Any) -> dict[str, Any]:
    """The form of an article as a browser sends it."""
    return {"question": "养狗要不要办证？", "ways": "狗证去哪里办\n", "answer": "要，到派出所办。", "category_code": "010206",
            "jurisdiction": "CN", "source": "派出所", "source_url": "", "stale_after_days": "180"} | more  # fmt: skip


def test_a_clerk_writes_changes_and_retires(cast: Cast) -> None:
    client = signed_in(cast, "clerk")
    assert client.get("/house/knowledge/new/").status_code == 200
    answer = client.post("/house/knowledge/new/", form(act="publish"))
    article = Article.objects.get()
    assert answer["Location"] == f"/house/knowledge/{article.pk}/?show=published" and article.ways == [
        "狗证去哪里办"
    ]
    assert client.post("/house/knowledge/new/", form(source="", act="publish")).status_code == 400
    change = f"/house/knowledge/{article.pk}/change/"
    assert client.get(change).status_code == 200
    assert client.post(change, form(answer="要，网上办。", seen="1")).status_code == 302
    refused = client.post(change, form(answer="别的。", seen="1"))
    assert refused.status_code == 409 and "有人刚刚改过" in refused.text
    retire = f"/house/knowledge/{article.pk}/retire/"
    assert client.post(retire, {"seen": "2", "reason": ""}).status_code == 400
    assert client.post(retire, {"seen": "2", "reason": "重复了"}).status_code == 302
    assert "重复了" in client.get(f"/house/knowledge/{article.pk}/").text
    assert client.get(change).status_code == 409


@pytest.mark.parametrize(
    ("name", "reads", "writes"),
    [
        ("clerk", 200, 200),
        ("leader", 200, 200),
        ("grid_worker", 200, 403),
        ("auditor", 200, 403),
        ("resident", 403, 403),
    ],
)
def test_who_passes_the_doors_of_the_house(cast: Cast, name: str, reads: int, writes: int) -> None:
    article = written(cast)
    client = signed_in(cast, name)
    assert client.get("/house/knowledge/").status_code == reads
    assert client.get(f"/house/knowledge/{article.pk}/").status_code == reads
    assert client.get("/house/knowledge/table.xlsx").status_code == reads
    assert client.get("/house/knowledge/new/").status_code == writes
    assert client.get("/house/knowledge/take-in/").status_code == writes
    assert client.get(f"/house/knowledge/{article.pk}/change/").status_code == writes
    if writes == 403:
        assert client.post(f"/house/knowledge/{article.pk}/still_true/", {"seen": "1"}).status_code == 403


def test_the_list_costs_the_same_however_long(cast: Cast, statements: Any) -> None:
    client = signed_in(cast, "clerk")
    written(cast)
    client.get("/house/knowledge/")
    statements.clear()
    client.get("/house/knowledge/")
    few = statements.clear_and_count()
    for number in range(12):
        written(cast, replace(CARD, question=f"第{number}个问题怎么办？"))
    client.get("/house/knowledge/")
    statements.clear()
    client.get("/house/knowledge/")
    assert statements.clear_and_count() == few <= 8


# ---- files


def workbook(*rows: list[Any]) -> io.BytesIO:
    """A workbook as a colleague makes it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["编号", "问题", "别的问法", "答案", "分类代码", "区域代码", "出处", "核对日期", "有效到", "状态"],
        *rows,
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    out.name = "问答.xlsx"
    out.seek(0)
    return out


def test_what_is_handed_out_comes_back_as_nothing_to_change(cast: Cast) -> None:
    written(cast, replace(PERMIT, answer='=HYPERLINK("x")\n第二行', division_id=cast.haitang.pk))
    written(cast, CARD, publish=False)
    file = signed_in(cast, "auditor").get("/house/knowledge/table.xlsx").content
    assert load_workbook(io.BytesIO(file)).active["D2"].data_type == "s"  # type: ignore[index,union-attr]
    plan = importing.dry_run(file, by=cast.clerk, on=WEDNESDAY.date())
    assert [row.what for row in plan.rows] == ["same", "same"], [
        row.faults or row.changed for row in plan.rows
    ]


def test_a_file_is_tried_before_it_is_taken_in_and_faulty_rows_come_back(cast: Cast) -> None:
    known = written(cast)
    file = workbook(
        [
            "",
            "养狗要不要办证？",
            "狗证去哪里办",
            "要，到派出所办。",
            "010206",
            "",
            "派出所",
            "",
            "",
            "已发布",
        ],
        [
            known.code,
            PERMIT.question,
            "居住证过期了还能续签吗",
            "网上就能办。",
            "090102",
            "",
            PERMIT.source,
            "",
            "2027/01/31",
            "",
        ],
        ["", "旧沙发怎么扔？", "", "打电话预约。", "999999", "没有", "", "昨天", "", "公开"],
        ["", "养狗要不要办证？", "", "重复的一行。", "", "", "派出所", "", "", ""],
    )
    client = signed_in(cast, "clerk")
    tried = client.post("/house/knowledge/take-in/", {"file": file, "act": "try"})
    assert tried.status_code == 200 and Article.objects.count() == 1
    for sentence in (
        "没有这个分类",
        "没有代码是“没有”的区域",
        "核对日期要写成",
        "状态只能写",
        "和第 2 行重复",
    ):
        assert sentence in tried.text, sentence
    carried = {"content": tried.context["content"], "name": "问答.xlsx"}
    faults = client.post("/house/knowledge/take-in/", carried | {"act": "faults"})
    rows = list(load_workbook(io.BytesIO(faults.content)).active.values)  # type: ignore[union-attr]
    assert len(rows) == 3 and "没有这个分类" in rows[1][-1]
    assert (
        client.post("/house/knowledge/take-in/", carried | {"act": "force", "told": "9/9"}).status_code == 409
    )
    done = client.post("/house/knowledge/take-in/", carried | {"act": "force", "told": "1/1"})
    assert done.status_code == 302
    dog = Article.objects.get(question="养狗要不要办证？")
    assert (dog.status, dog.ways) == (Status.PUBLISHED, ["狗证去哪里办"])
    known.refresh_from_db()
    assert (known.version, known.answer, str(known.valid_until)) == (2, "网上就能办。", "2027-01-31")


def test_nobody_changes_another_areas_answers_by_a_file(cast: Cast) -> None:
    by = Actor.for_service("tests")
    account = people.open_account(login="t-area", name="社区受理员", password=None, by=by, at=WEDNESDAY)
    people.give_post(
        account, "clerk", division_id=cast.haitang.pk, starts_on=WEDNESDAY.date(), by=by, at=WEDNESDAY
    )
    from gongzhi.people.actor import person_for

    known = written(cast)
    file = workbook([known.code, PERMIT.question, "", "改掉它。", "090102", "", "x", "", "", ""])
    (row,) = importing.dry_run(file.read(), by=person_for(account), on=WEDNESDAY.date()).rows
    assert row.what == "fault" and any("不归您维护" in sentence for sentence in row.faults)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"question,answer\n", "不是表".encode()])
def test_what_is_no_workbook_is_refused_with_what_would_help(cast: Cast, content: bytes) -> None:
    file = io.BytesIO(content)
    file.name = "x.xlsx"
    answer = signed_in(cast, "clerk").post("/house/knowledge/take-in/", {"file": file, "act": "try"})
    assert answer.status_code in (400, 422)
    assert "另存为 .xlsx" in answer.text or "请先选择文件" in answer.text


# ---- the JSON door


def test_programs_search_read_and_ask(cast: Cast) -> None:
    article = written(cast)
    draft = written(cast, CARD, publish=False)
    client = Client()
    page = client.get("/api/knowledge", {"q": "居住证"}).json()
    assert page["total"] == 1 and page["items"][0]["question"] == PERMIT.question
    assert client.get(f"/api/knowledge/{article.pk}").json()["freshness"] == "fine"
    assert client.get(f"/api/knowledge/{draft.pk}").status_code == 404
    (hit,) = client.get("/api/knowledge/likely", {"text": "居住证到期怎么续"}).json()
    assert hit["item"]["id"] == article.pk and "居住证" in hit["reason"]


@pytest.mark.parametrize(
    "address",
    ["/api/knowledge/likely", "/api/knowledge?category=9999", "/api/knowledge?page=x", "/api/knowledge/" + "9" * 40,
     "/api/knowledge/likely?text=%00&division=none", "/api/knowledge?q=%00&size=-1", "/api/knowledge/x%00"],
)  # fmt: skip
def test_whatever_is_sent_has_the_one_shape_of_a_refusal(cast: Cast, address: str) -> None:
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "help", "fields"}


def test_the_shelf_is_read_again_when_an_answer_changes(cast: Cast) -> None:
    article = written(cast)
    assert queries.shelf().answers[article.pk].answer == PERMIT.answer
    from gongzhi.knowledge import actions

    actions.change(article.pk, replace(PERMIT, answer="改了的答案。"), by=cast.clerk, at=WEDNESDAY)
    assert queries.shelf().answers[article.pk].answer == "改了的答案。"
