"""A brief from its numbers to its publication, who may do what, and what it is printed on."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from docx import Document

from civics import chain
from gongzhi.journal.models import Entry
from gongzhi.kit.clock import StoppedClock
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, Unavailable
from gongzhi.observation import paper
from gongzhi.observation.actions import briefs as actions
from gongzhi.observation.models import Brief
from gongzhi.observation.queries import briefs as queries
from tests.cast import WEDNESDAY, Cast

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 18)


@pytest.fixture
def next_day(cast: Cast, noon: StoppedClock) -> Any:
    return noon.set(WEDNESDAY + timedelta(days=1))


def made(cast: Cast, at: Any, every: str = "day") -> Brief:
    return actions.make(cast.street.pk, every, DAY, by=cast.clerk, at=at)


def text_of(word: bytes) -> str:
    document = Document(io.BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_a_brief_says_what_was_counted(cast: Cast, next_day: Any) -> None:
    brief = made(cast, next_day)
    now = brief.figures["totals"]["now"]
    assert now["received"] == 5 == sum(row[1] for row in brief.figures["series"])
    assert (
        sum(row[1] for row in brief.figures["topics"])
        == 5
        == sum(row[1] for row in brief.figures["channels"])
    )
    assert "共收到群众反映 5 件" in brief.sections[0]["text"]
    assert "去年同期没有可比的记录" in brief.sections[0]["text"]


def test_sentences_can_be_changed_and_survive_a_new_count(cast: Cast, next_day: Any) -> None:
    brief = made(cast, next_day)
    actions.write(brief.pk, {"whole": "今天下了大雨。"}, title="雨后专报", seen=0, by=cast.clerk, at=next_day)
    with pytest.raises(Conflict):
        actions.write(brief.pk, {"whole": "我也改。"}, seen=0, by=cast.other_clerk, at=next_day)
    again = actions.recount(brief.pk, seen=1, by=cast.clerk, at=next_day)
    assert again.sections[0]["text"] == "今天下了大雨。" and "5 件" in again.sections[0]["made"]
    assert again.title == "雨后专报"


def test_publishing_keeps_both_files_and_a_digest_in_the_record(cast: Cast, next_day: Any) -> None:
    brief = made(cast, next_day)
    done = actions.publish(brief.pk, seen=0, by=cast.leader, at=next_day)
    assert done.digest == actions.digest_of(Brief.objects.get(pk=brief.pk))
    assert bytes(done.pdf).startswith(b"%PDF") and done.digest in text_of(bytes(done.word))
    entries = list(Entry.objects.filter(thread=done.thread).order_by("position"))
    assert [e.verb for e in entries] == ["observation.make", "observation.publish"]
    assert entries[-1].detail["digest"] == done.digest
    assert entries[-1].detail["pdf"] == hashlib.sha256(bytes(done.pdf)).hexdigest()
    assert bytes(entries[-1].previous) == bytes(entries[0].digest) and chain is not None


def test_what_is_published_stays(cast: Cast, next_day: Any) -> None:
    brief = actions.publish(made(cast, next_day).pk, seen=0, by=cast.leader, at=next_day)
    for act in (
        lambda: actions.write(brief.pk, {"whole": "改"}, seen=0, by=cast.clerk, at=next_day),
        lambda: actions.recount(brief.pk, seen=0, by=cast.clerk, at=next_day),
        lambda: actions.publish(brief.pk, seen=0, by=cast.leader, at=next_day),
        lambda: actions.discard(brief.pk, by=cast.clerk, at=next_day),
    ):
        with pytest.raises(Conflict):
            act()
    for change in (
        lambda: Brief.objects.filter(pk=brief.pk).update(title="别的"),
        lambda: Brief.objects.filter(pk=brief.pk).delete(),
    ):
        with pytest.raises((DatabaseError, psycopg.Error)), transaction.atomic():
            change()
    assert Brief.objects.get(pk=brief.pk).title == brief.title


def test_a_mistake_is_corrected_by_a_new_edition(cast: Cast, next_day: Any) -> None:
    first = made(cast, next_day)
    actions.write(first.pk, {"care": "请各社区巡查排水口。"}, seen=0, by=cast.clerk, at=next_day)
    actions.publish(first.pk, seen=1, by=cast.leader, at=next_day)
    second = actions.correct(first.pk, by=cast.clerk, at=next_day)
    assert second.edition == 2 and second.published_at is None
    with pytest.raises(Conflict):
        actions.correct(first.pk, by=cast.clerk, at=next_day)
    with pytest.raises(Conflict):
        made(cast, next_day)


def test_a_period_is_published_only_when_it_is_over(cast: Cast, noon: StoppedClock) -> None:
    brief = actions.make(cast.street.pk, "day", DAY, by=cast.clerk, at=noon.now())
    assert brief.figures["whole"] is False and "（到统计时为止）" in brief.sections[0]["text"]
    with pytest.raises(Invalid):
        actions.publish(brief.pk, seen=0, by=cast.leader, at=noon.now())
    later = noon.set(WEDNESDAY + timedelta(days=1))
    with pytest.raises(Invalid):
        actions.publish(brief.pk, seen=0, by=cast.leader, at=later)
    actions.recount(brief.pk, by=cast.clerk, at=later)
    assert actions.publish(brief.pk, seen=1, by=cast.leader, at=later).digest
    with pytest.raises(Invalid):
        actions.make(cast.street.pk, "day", date(2027, 1, 1), by=cast.clerk, at=later)


# ---- doors and rights

MAY_WRITE = {"clerk", "other_clerk", "leader", "district_leader"}
MAY_PUBLISH = {"leader", "district_leader"}
MAY_SEE = MAY_WRITE | {"auditor"}
EVERYBODY = sorted(
    MAY_SEE
    | {"community_clerk", "checker", "road_worker", "road_head", "grid_worker", "resident", "neighbour"}
)


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def test_the_grid_of_people_and_acts(cast: Cast, next_day: Any) -> None:
    """A brief of the street: who may see, write, count again, publish and discard it, through the real doors."""
    brief = made(cast, next_day)
    for name in EVERYBODY:
        client = as_(cast, name)
        seen = client.get(f"/briefs/{brief.pk}/").status_code
        expected = 200 if name in MAY_SEE else 404 if name == "community_clerk" else 403
        assert seen == expected, name
        for verb in ("write", "recount"):
            changes = Brief.objects.get(pk=brief.pk).changes
            got = client.post(f"/briefs/{brief.pk}/{verb}/", {"seen": changes}).status_code
            if verb == "write" and name in MAY_SEE - MAY_WRITE:
                assert got == 403, (name, verb)
            else:
                assert got == (302 if name in MAY_WRITE else 403 if name in MAY_SEE else expected), (
                    name,
                    verb,
                )
        if name not in MAY_PUBLISH:
            got = client.post(f"/briefs/{brief.pk}/publish/", {"seen": 0}).status_code
            assert got == (403 if name in MAY_SEE else expected), name
    for name in sorted(MAY_WRITE - MAY_PUBLISH) + ["auditor"]:
        with pytest.raises(Forbidden):
            actions.publish(brief.pk, seen=0, by=cast.person(name), at=next_day)
    changes = Brief.objects.get(pk=brief.pk).changes
    assert as_(cast, "leader").post(f"/briefs/{brief.pk}/publish/", {"seen": changes}).status_code == 302


def test_the_pages_of_a_brief(cast: Cast, next_day: Any) -> None:
    client = as_(cast, "clerk")
    made_ = client.post("/briefs/", {"area": cast.street.pk, "every": "day", "day": "2026-11-18"})
    assert made_.status_code == 302
    page = client.get(made_["Location"])
    assert "共收到群众反映 5 件" in page.content.decode()
    assert client.get("/briefs/").status_code == 200
    again = client.post("/briefs/", {"area": cast.street.pk, "every": "day", "day": "2026-11-18"})
    assert again["Location"] == made_["Location"], "the one there is opens"
    week = client.post("/briefs/", {"area": cast.street.pk, "every": "week", "day": "2026-11-12"})
    assert week.status_code == 302
    listed = client.get("/briefs/").content.decode()
    assert "2026-11-09 — 2026-11-15" in listed and "2026-11-16" not in listed, "a week ends on its Sunday"
    pdf = client.get(f"{made_['Location']}file.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert client.get(f"{made_['Location']}file.docx").content[:2] == b"PK"
    assert client.get(f"{made_['Location']}file.exe").status_code == 404
    assert (
        client.post("/briefs/", {"area": cast.street.pk, "every": "year", "day": "2026-11-18"}).status_code
        == 400
    )
    assert as_(cast, "auditor").post("/briefs/", {}).status_code == 403


def test_a_lost_race_gives_the_words_back(cast: Cast, next_day: Any) -> None:
    brief = made(cast, next_day)
    actions.write(brief.pk, {"whole": "先改的。"}, seen=0, by=cast.other_clerk, at=next_day)
    answer = as_(cast, "clerk").post(
        f"/briefs/{brief.pk}/write/", {"seen": 0, "text-whole": "我写了很久的话。"}
    )
    assert answer.status_code == 409 and "我写了很久的话。" in answer.content.decode()


# ---- forms and letters


def docx(*lines: str) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_street_may_use_its_own_form(cast: Cast, next_day: Any) -> None:
    own = docx(
        "望澜街道办事处文件",
        "{{ 标题 }} {{ 时间 }}",
        "{%p for 段 in 段落 %}",
        "{{ 段.题目 }}",
        "{%p endfor %}",
    )
    actions.change_form(cast.street.pk, name="红头.docx", content=own, by=cast.clerk, at=next_day)
    brief = made(cast, next_day)
    said = text_of(paper.word(queries.paper_of(brief), actions.form_of(cast.street.pk)))
    assert "望澜街道办事处文件" in said and "望澜街道工单日报" in said and "总的情况" in said
    assert actions.form_of(cast.haitang.pk) == own
    with pytest.raises(Forbidden):
        actions.change_form(cast.street.pk, name="x", content=own, by=cast.auditor, at=next_day)


@pytest.mark.parametrize(
    "line",
    ["{{ 标题 ", "{% for x in 段落 %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 标题.__init__.__globals__ }}",
     "{{ 段落.nothing() }}", "{{ 1/0 }}", "{% include '/etc/passwd' %}",
     # a picture leads to the document, and the document to the files of this machine
     "{{ 图.每天.tpl.save('written-by-a-form.docx') }}", "{{ 图.每天.tpl.replace_media('a', '/etc/passwd') }}",
     "{{ 图.每天.tpl.docx }}", "{{ 图.每天.image_descriptor }}",
     # and some would work, or write, for ever
     "{{ 标题 * 1000000000 }}", "{{ 10 ** 10 ** 10 }}", "{{ '%1000000000d' % 1 }}", "{{ '{:1000000000}'.format(1) }}",
     "{{ 1|string|center(1000000000) }}", "{{ lipsum(100000) }}", "{% for a in range(99999) %}x{% endfor %}",
     "{% for a in 段落 %}{% for b in 段落 %}{% for c in 段落 %}x{% endfor %}{% endfor %}{% endfor %}",
     "{% set x = 标题 ~ 标题 %}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"],
)  # fmt: skip
def test_a_form_that_cannot_be_filled_or_wants_more_is_refused(cast: Cast, next_day: Any, line: str) -> None:
    with pytest.raises(Invalid):
        actions.change_form(cast.street.pk, name="x.docx", content=docx(line), by=cast.clerk, at=next_day)


def test_a_file_that_is_no_form_is_refused(cast: Cast, next_day: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"0" * 70_000_000)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("hello.txt", "hello")
    for content in (b"", b"%PDF-1.7", packed.getvalue(), other.getvalue(), b"0" * 5_000_001):
        with pytest.raises(Invalid):
            actions.change_form(cast.street.pk, name="x.docx", content=content, by=cast.clerk, at=next_day)


def test_without_chinese_letters_it_says_what_would_help(cast: Cast, next_day: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(paper, "faces", lambda: ())
    brief = made(cast, next_day)
    with pytest.raises(Unavailable) as told:
        paper.pdf(queries.paper_of(brief))
    assert "fonts-noto-cjk" in str(told.value.help)
    page = as_(cast, "leader").get(f"/briefs/{brief.pk}/file.pdf")
    assert page.status_code == 503 and "中文字体" in page.content.decode()


def test_the_form_that_comes_with_the_platform_is_filled_whole(cast: Cast, next_day: Any) -> None:
    brief = made(cast, next_day)
    said = text_of(paper.word(queries.paper_of(brief), paper.first_form()))
    assert "{{" not in said and "{%" not in said
    assert "总的情况" in said and "收到" in said
