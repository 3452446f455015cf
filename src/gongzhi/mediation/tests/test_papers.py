"""Papers of a case: what stands on them, who may print which, and what the law asks of an agreement."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.kit.typesetting import faces
from gongzhi.mediation.actions import agreeing, ending, following, parties, sitting
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.models import Case
from gongzhi.mediation.papers import which
from gongzhi.mediation.papers.gathering import Told, gather
from gongzhi.mediation.papers.layouts import LAYOUTS
from gongzhi.mediation.papers.values import FILLS
from gongzhi.mediation.queries import get_case
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_way import TERMS, later, mediating, signed
from gongzhi.papers.layouts import HEAD, fields_of
from gongzhi.papers.models import Issued

pytestmark = pytest.mark.django_db(transaction=True)
letters = pytest.mark.skipif(not faces(), reason="no Chinese letters on this machine")


@pytest.fixture
def case(room: Room) -> Case:
    """A case in force: particulars of both, one separate and one joint sitting, one clause kept, one visit."""
    case = mediating(room)
    with acting(room.clerk), transaction.atomic():
        for number, address, sex in ((1, "海棠苑 3 栋 501", "女"), (2, "海棠苑 3 栋 601", "男")):
            parties.mend_party(
                case.pk, party=number, by=room.clerk, at=later(hours=5),
                fields={"address": address, "sex": sex, "document": "mainland_id", "phone": f"+861990000020{number}",
                             "document_number": f"NUMMER{number}"},
            )  # fmt: skip
    with acting(room.macao_mediator), transaction.atomic():
        for kind, party, text in (
            ("separate", 1, "甲私下说可以让步"),
            ("joint", None, "双方坐下来谈"),
            ("inquiry", None, "查看了楼板"),
        ):
            sitting.record_sitting(
                case.pk, kind=kind, party=party, text=text, by=room.macao_mediator, at=later(hours=6)
            )
    signed(room, case)
    with acting(room.clerk), transaction.atomic():
        following.visit(
            case.pk, kept="partly", content="yes", text="还差一笔", by=room.clerk, at=later(days=4)
        )
    return case


def told(room: Room, case: Case, who: Any) -> Told:
    with acting(who), transaction.atomic():
        return gather(get_case(case.pk, by=who))


def codes(room: Room, case: Case, who: Any, *, team: bool, own: int | None) -> set[str]:
    with acting(who), transaction.atomic():
        found = gather(get_case(case.pk, by=who))
        return {f"{s.code} {s.about}".strip() for s in which.sheets(found, team=team, own=own)}


def test_who_prints_which(room: Room, case: Case) -> None:
    joint = {"session 面对面", "agreement 第 1 版", "performance", "confirmation"}
    assert codes(room, case, room.resident, team=False, own=1) == joint | {
        "application 林小满", "rights 林小满", "session 林小满"
    }  # fmt: skip
    assert codes(room, case, room.neighbour, team=False, own=2) == joint | {"rights 周大海"}
    assert codes(room, case, room.clerk, team=True, own=None) == joint | {
        "application 林小满", "rights 林小满", "rights 周大海", "session 林小满", "inquiry 调查", "acceptance", "cover", "contents",
        "visit 2026-11-22",
    }  # fmt: skip
    with acting(room.clerk), transaction.atomic():
        assert list(which.sheets(gather(get_case(case.pk, by=room.clerk)), team=False, own=None)) == []


def test_every_paper_says_what_its_layout_asks(room: Room, case: Case) -> None:
    """Golden: each layout's names are given by its function, no more and no less; lists are lists of the same names."""
    assert {layout.code for layout in LAYOUTS} == set(FILLS)
    with acting(room.clerk), transaction.atomic():
        found = gather(get_case(case.pk, by=room.clerk))
        for sheet in which.sheets(found, team=True, own=None):
            values = FILLS[sheet.layout.code](found, **sheet.arguments)
            for each, field in fields_of(sheet.layout):
                rows = values[each] if each else [values]
                for row in rows:
                    assert isinstance(row[field.name], list if field.picks else str), (sheet.code, field.name)
            known = {each or field.name for each, field in fields_of(sheet.layout)} | set(HEAD)
            assert set(values) <= known, sheet.code


def values(room: Room, case: Case, who: Any, code: str, of: int = 0) -> dict[str, Any]:
    with acting(who), transaction.atomic():
        found = gather(get_case(case.pk, by=who))
        team = who.name not in ("resident", "neighbour")
        own = {"resident": 1, "neighbour": 2}.get(who.name)
        sheet = next(
            s for s in which.sheets(found, team=team, own=own) if s.code == code and (not of or s.of == of)
        )
        return FILLS[sheet.layout.code](found, **sheet.arguments)


def test_golden_values_of_the_agreement(room: Room, case: Case) -> None:
    said = values(room, case, room.clerk, "agreement")
    assert said["单位"] == "海棠社区人民调解委员会"
    assert [row["姓名"] for row in said["当事人"]] == ["林小满", "周大海"]
    assert said["当事人"][1]["证件"] == "居民身份证 NUMMER2"
    assert said["条款"][1] == {
        "序号": "2", "内容": "补偿隔音垫费用。", "履行人": "周大海", "方式": "转账", "期限": "2026 年 11 月 30 日",
        "金额": "600.00 元", "履行日期": "",
    }  # fmt: skip
    assert said["生效日期"] == "2026 年 11 月 19 日" and said["确认期限"] == "2026 年 12 月 21 日"
    assert said["签名人"][0]["当事人签名"] == "林小满　已在屏幕上手写签名　2026 年 11 月 19 日"
    assert re.fullmatch(r"([0-9A-F]{4} ){3}[0-9A-F]{4}", said["协议摘要"])
    visit = values(room, case, room.clerk, "visit")
    assert [row["名称"] for row in visit["履行"] if row["选中"]] == ["部分履行"] and visit[
        "记录"
    ] == "还差一笔"
    register = values(room, case, room.clerk, "acceptance")
    assert [row["名称"] for row in register["来源"] if row["选中"]] == ["当事人申请"]
    assert [row["名称"] for row in register["类型"] if row["选中"]] == ["邻里纠纷"] and len(
        register["类型"]
    ) == 15
    cover = values(room, case, room.clerk, "cover")
    assert cover["卷名"] == "夜里的钢琴声" and cover["结果"] == "达成书面协议"
    court = values(room, case, room.clerk, "confirmation")
    assert (
        court["请求"]
        == "请求确认申请人于 2026 年 11 月 19 日 经海棠社区人民调解委员会调解达成的调解协议有效。"
    )


def test_a_party_prints_nothing_of_the_other_side(room: Room, case: Case) -> None:
    for code in ("agreement", "confirmation"):
        rows = values(room, case, room.resident, code)["当事人"]
        assert rows[0]["地址"] == "海棠苑 3 栋 501" and rows[0]["证件"]
        assert rows[1]["姓名"] == "周大海" and not rows[1]["地址"] and not rows[1]["证件"]
    other = values(room, case, room.clerk, "application")["被申请人"]
    assert [row["姓名"] for row in other] == ["周大海"] and not other[0]["地址"], (
        "theirs alone, the team's hand too"
    )


def text_of(content: bytes, tmp_path: Path) -> str:
    (tmp_path / "a.pdf").write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "a.pdf"), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def as_(room: Room, name: str) -> Client:
    client = Client()
    client.force_login(room.accounts[name])
    return client


@letters
def test_the_doors(room: Room, case: Case, tmp_path: Path) -> None:
    """Every file by the real door; marker words are there for their side and nowhere for the other."""
    page = f"/cases/{case.pk}/papers/"
    links: dict[str, set[str]] = {}
    for name in ("clerk", "resident", "neighbour"):
        shown = as_(room, name).get(page)
        assert shown.status_code == 200
        links[name] = set(re.findall(rf'href="({page}[a-z]+-\d+\.pdf)"', shown.content.decode()))
    assert (
        len(links["clerk"]) == 13
        and links["resident"] < links["clerk"]
        and links["neighbour"] < links["clerk"]
    )
    texts = {}
    for name in ("clerk", "resident", "neighbour"):
        client = as_(room, name)
        for link in sorted(links["clerk"]):
            got = client.get(link)
            assert got.status_code == (200 if link in links[name] else 404), (name, link)
            if got.status_code == 200:
                texts[name] = texts.get(name, "") + text_of(got.content, tmp_path)
                if name == "clerk":
                    (tmp_path / f"{link.rsplit('/')[-1]}").write_bytes(got.content)
    for word, who in (("甲私下说可以让步", {"clerk", "resident"}), ("双方坐下来谈", {"clerk", "resident", "neighbour"}),
                      ("查看了楼板", {"clerk"}), ("还差一笔", {"clerk"}), ("NUMMER1", {"clerk", "resident"}),
                      ("NUMMER2", {"clerk", "neighbour"})):  # fmt: skip
        assert {name for name, text in texts.items() if word in text} == who, word
    for name in ("leader", "auditor", "grid_worker", "macao_resident", "other_mediator"):
        client = as_(room, name)
        assert client.get(page).status_code == 404
        assert all(client.get(link).status_code == 404 for link in links["clerk"])
    assert Client().get(page).status_code in (302, 401)
    kept = " ".join(f"{row.paper}{row.short}{bytes(row.series).hex()}" for row in Issued.objects.all())
    assert "林" not in kept and case.matter.number not in kept
    word = as_(room, "clerk").get(sorted(links["clerk"])[0].replace(".pdf", ".docx"))
    assert word.content[:2] == b"PK" and "no-store" in word.headers["Cache-Control"]
    assert as_(room, "clerk").get(sorted(links["clerk"])[0] + "?language=pt").status_code in (400, 422)
    assert as_(room, "clerk").get(sorted(links["clerk"])[0] + "?language=xx").status_code == 404


def test_art_29_warns_and_does_not_block(room: Room) -> None:
    case = mediating(room)
    bare = Draft(clauses=(Term("以后互相体谅。"),))
    with acting(room.macao_mediator), transaction.atomic():
        row = agreeing.draft(case.pk, bare, by=room.macao_mediator, at=later(days=1))
        found = gather(get_case(case.pk, by=room.macao_mediator))
        items = which.checklist(found, row)
        assert [item.label for item in items if item.fine] == ["协议的内容", "金额和币种"]
        assert all(item.why for item in items)
    for name in ("resident", "neighbour"):
        room.signs(case.pk, row.pk, name, at=later(days=1, hours=2))
    room.signs(case.pk, row.pk, "macao_mediator", at=later(days=1, hours=3))
    with acting(room.clerk):
        done = agreeing.take_effect(case.pk, agreement_id=row.pk, by=room.clerk, at=later(days=1, hours=4))
    assert done.effective_on is not None, "what the law leaves to the parties is left to them"


def test_what_a_docket_lacks_is_said(room: Room, case: Case) -> None:
    with acting(room.clerk), transaction.atomic():
        assert which.lacking(gather(get_case(case.pk, by=room.clerk))) == []
    other = room.accepted(at=later(days=1), subject_line="别的事")
    with acting(room.clerk), transaction.atomic():
        lacking = which.lacking(gather(get_case(other.pk, by=room.clerk)))
    assert "权利义务告知书" in lacking and "人民调解记录" in lacking


def in_word(content: bytes) -> str:
    """The words of a Word file, footers included."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = [
            name
            for name in parts.namelist()
            if re.fullmatch(r"word/(document|footer\d*|header\d*)\.xml", name)
        ]
        return "".join(re.sub(r"<[^>]+>", "", parts.read(name).decode()) for name in names)


def test_an_agreement_is_printed_in_the_language_that_was_signed(room: Room) -> None:
    """Nobody is handed a translation of what they signed unless they ask for it."""
    case = mediating(room)
    with acting(room.macao_mediator):
        agreeing.draft(case.pk, replace(TERMS, language="zh-hant"), by=room.macao_mediator, at=later(days=1))
    client = as_(room, "clerk")
    page = client.get(f"/cases/{case.pk}/papers/").content.decode()
    assert "agreement-1.pdf?language=zh-hans" in page and "agreement-1.pdf?language=zh-hant" not in page
    assert "application-1.pdf?language=zh-hant" in page, (
        "the control: the form of an application is Simplified"
    )
    told = in_word(client.get(f"/cases/{case.pk}/papers/agreement-1.docx").content)
    assert "人民調解協議書" in told and "译文" not in told and "譯文" not in told
    other = in_word(client.get(f"/cases/{case.pk}/papers/agreement-1.docx?language=zh-hans").content)
    assert "人民调解协议书" in other and "译文" in other, "the control"


def test_the_cover_names_who_filed_the_docket(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk), transaction.atomic():
        ending.terminate(case.pk, ground="no_agreement", advice=["suit"], by=room.clerk, at=later(days=2))
        ending.file(case.pk, by=room.clerk, at=later(days=3))
    told = in_word(as_(room, "clerk").get(f"/cases/{case.pk}/papers/cover-0.docx").content)
    assert "立卷人" in told and room.clerk.name in told
