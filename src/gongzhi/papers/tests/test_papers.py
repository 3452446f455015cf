"""Papers: the page, the Word form, the digest at the foot, and who is told what of it."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from docx import Document

from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.kit.typesetting import faces
from gongzhi.papers import actions, digests, layouts, queries, word
from gongzhi.papers.actions import Said
from gongzhi.papers.layouts import Field, Fixed, Grid, Layout, Rows, Signs, Words
from gongzhi.papers.models import Issued, IssuedFile
from tests.cast import WEDNESDAY, Cast

pytestmark = pytest.mark.django_db
LAYOUT = Layout(
    "tests.receipt",
    "收条",
    (
        Grid((Field("姓名", "姓名"), Field("电话", "电话"), Field("地址", "地址", wide=True)), heading="当事人", each="当事人"),
        Grid((Field("种类", "种类", picks=True),)),
        Words("事由", "事由"),
        Fixed("收到以下物品。", points=("完好", "齐全")),
        Rows("物品", (Field("序号", "序号"), Field("名称", "名称"))),
        Signs((Field("收件人（签名）", "收件人签名"),)),
    ),
)  # fmt: skip
VALUES: dict[str, Any] = {
    "单位": "望澜街道", "编号": "（2026）收字第", "落款日期": "2026 年 11 月 18 日",
    "当事人": [{"姓名": "林小满", "电话": "+86 199", "地址": "南屏大街"}, {"姓名": "周大海", "电话": "", "地址": ""}],
    "种类": [{"名称": "书", "选中": "是"}, {"名称": "琴", "选中": ""}], "事由": "借琴谱。", "收件人签名": "",
    "物品": [{"序号": "1", "名称": "琴谱"}],
}  # fmt: skip
letters = pytest.mark.skipif(not faces(), reason="no Chinese letters on this machine")


@pytest.fixture(autouse=True)
def registered(monkeypatch: Any) -> None:
    monkeypatch.setitem(layouts._LAYOUTS, LAYOUT.code, LAYOUT)
    word._first.cache_clear()


def said(**changed: Any) -> Said:
    return Said(**({"layout": LAYOUT, "values": VALUES, "about": "thing:7"} | changed))


def text_of(content: bytes, tmp_path: Path) -> str:
    (tmp_path / "paper.pdf").write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"(?<=[第页共\d]) (?=[第页共\d])", "", done.stdout)  # letters of two kinds stand apart


def word_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = [packed.read(n).decode() for n in packed.namelist() if re.match(r"word/(document|footer)", n)]
    return re.sub(r"<[^>]+>", "", "".join(parts))


def issue(cast: Cast, form: str, **changed: Any) -> bytes:
    return actions.issue(said(**changed), form, by=cast.clerk, at=WEDNESDAY)


@letters
def test_the_page_says_everything_and_its_digest(cast: Cast, tmp_path: Path) -> None:
    found = text_of(issue(cast, "pdf"), tmp_path)
    for words in ("收条", "林小满", "周大海", "南屏大街", "借琴谱。", "琴谱", "收件人（签名）", "（2026）收字第", "第1页共1页"):  # fmt: skip
        assert words in found
    assert digests.short(Issued.objects.get().digest).replace(" ", "") in found.replace(" ", "")
    assert "以简体中文文本为正式文本" in found


@letters
def test_the_digest_stands_on_every_page(cast: Cast, tmp_path: Path) -> None:
    long = "很长的话。" * 400
    found = text_of(issue(cast, "pdf", values=VALUES | {"事由": long}), tmp_path)
    pages = [page for page in found.split("\f") if page.strip()]
    assert len(pages) >= 3
    printed = digests.short(Issued.objects.get().digest)
    for number, page in enumerate(pages, 1):
        assert printed.replace(" ", "") in page.replace(" ", "") and f"第{number}页共{len(pages)}页" in page


def test_the_word_form_that_comes_with_the_platform(cast: Cast) -> None:
    found = word_text(issue(cast, "docx"))
    assert "{{" not in found and "{%" not in found
    for words in ("收条", "林小满", "周大海", "☑书", "☐琴", "借琴谱。", "琴谱", digests.short(Issued.objects.get().digest)):  # fmt: skip
        assert words in found


def test_the_same_words_are_the_same_file_and_other_words_a_new_version(cast: Cast) -> None:
    first = issue(cast, "docx")
    assert issue(cast, "docx") == first
    assert Issued.objects.count() == 1 == IssuedFile.objects.count()
    issue(cast, "docx", values=VALUES | {"事由": "还琴谱。"})
    assert sorted(Issued.objects.values_list("version", flat=True)) == [1, 2]
    issue(cast, "docx", about="thing:8")
    assert sorted(Issued.objects.values_list("version", flat=True)) == [1, 1, 2], (
        "counted by what it is about"
    )


@letters
def test_the_same_words_are_the_same_pdf(cast: Cast) -> None:
    first = issue(cast, "pdf")
    assert actions.issue(said(), "pdf", by=cast.clerk, at=WEDNESDAY + timedelta(days=3)) == first


def test_nobody_can_try_out_likely_contents(cast: Cast) -> None:
    one, other = said(), said(about="thing:8")
    made = [digests.digest_of(LAYOUT.code, "zh-hans", actions.series_of(s), s.values) for s in (one, other)]
    assert made[0] != made[1]
    issue(cast, "docx")
    row = Issued.objects.get()
    kept = " ".join(str(getattr(row, f.name)) for f in Issued._meta.concrete_fields)
    assert "thing" not in kept and "林" not in kept


@pytest.mark.parametrize("typed", ["3F2A 9C01 77B4 D0E8", "3f2a9c0177b4d0e8", "3F2A-9C01-77B4-D0E8"])
def test_a_digest_is_read_however_it_is_typed(typed: str) -> None:
    assert digests.read(typed) == "3f2a9c0177b4d0e8"
    assert digests.short(bytes.fromhex(digests.read(typed) + "00" * 24)) == "3F2A 9C01 77B4 D0E8"


@pytest.mark.parametrize("typed", ["", "hello", "3F2A", "3F2A 9C01 77B4 D0EX", "0" * 65])
def test_what_is_no_digest(typed: str) -> None:
    assert digests.read(typed) == ""


def verify(*given: str) -> tuple[str, bool]:
    out = StringIO()
    try:
        call_command("verify", *given, stdout=out)
    except SystemExit:
        return out.getvalue(), False
    return out.getvalue(), True


def test_verify_knows_a_digest_and_a_file(cast: Cast, tmp_path: Path) -> None:
    content = issue(cast, "docx")
    printed = digests.short(Issued.objects.get().digest)
    told, fine = verify(printed)
    assert fine and "收条" in told and "第 1 版（最新是第 1 版）" in told and "2026-11-18" in told
    assert "林小满" not in told and "琴谱" not in told
    whole = tmp_path / "a.docx"
    whole.write_bytes(content)
    told, fine = verify(str(whole))
    assert fine and "没有改动" in told
    whole.write_bytes(content + b" ")
    told, fine = verify(str(whole))
    assert not fine and "改过" in told
    issue(cast, "docx", values=VALUES | {"事由": "改了"})
    assert "第 1 版（最新是第 2 版）" in verify(printed)[0]
    assert verify("0000 0000 0000 0000") == ("没有发出过这个摘要的文书。\n", False)
    assert verify("hello")[1] is False


def test_everybody_may_check_and_is_told_only_version_and_day(cast: Cast) -> None:
    content = issue(cast, "docx")
    printed = digests.short(Issued.objects.get().digest)
    client = Client()
    page = client.post("/papers/check/", {"digest": printed}).content.decode()
    assert "认得，第 1 版" in page and "2026-11-18" in page
    for words in ("收条", "林小满", "琴谱", LAYOUT.code):
        assert words not in page
    assert "认得，第 1 版" in client.get(f"/papers/check/{printed.replace(' ', '')}/").content.decode()
    assert "没有这个摘要" in client.post("/papers/check/", {"digest": "0" * 16}).content.decode()
    file = io.BytesIO(content)
    file.name = "a.docx"
    assert "没有改动过" in client.post("/papers/check/", {"file": file}).content.decode()
    other = io.BytesIO(content[:-1])
    other.name = "a.docx"
    assert "不认得这个文件" in client.post("/papers/check/", {"file": other}).content.decode()
    assert client.post("/papers/check/", {"digest": "hello"}).status_code == 400
    assert client.get("/papers/check/hello/").status_code == 404


# ---- languages


def test_a_translation_needs_somebody_who_looked_it_over(cast: Cast) -> None:
    with pytest.raises(Invalid, match="审校"):
        issue(cast, "docx", language="pt")
    assert issue(cast, "docx", language="zh-hant"), "other signs are no translation"
    assert queries.languages_of(LAYOUT, ("zh-hans", "zh-hant", "en", "pt")) == ["zh-hans", "zh-hant"]
    actions.review(LAYOUT.code, "pt", reviewer="译员甲", by=cast.clerk, at=WEDNESDAY)
    assert "译员甲" in word_text(issue(cast, "docx", language="pt"))
    assert "pt" in queries.languages_of(LAYOUT, ("zh-hans", "pt"))
    with pytest.raises(Conflict):
        actions.review(LAYOUT.code, "en", reviewer="甲", seen="00" * 32, by=cast.clerk, at=WEDNESDAY)
    for language, reviewer in (("pt", " "), ("zh-hant", "甲")):
        with pytest.raises(Invalid):
            actions.review(LAYOUT.code, language, reviewer=reviewer, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Forbidden):
        actions.review(LAYOUT.code, "pt", reviewer="甲", by=cast.resident, at=WEDNESDAY)


def test_other_words_are_looked_over_again(cast: Cast, monkeypatch: Any) -> None:
    actions.review(LAYOUT.code, "pt", reviewer="译员甲", by=cast.clerk, at=WEDNESDAY)
    changed = Layout(LAYOUT.code, LAYOUT.title, (*LAYOUT.blocks, Fixed("新的一句。")))
    monkeypatch.setitem(layouts._LAYOUTS, LAYOUT.code, changed)
    with pytest.raises(Invalid):
        issue(cast, "docx", layout=changed, language="pt")


def test_which_language_counts_is_always_said() -> None:
    for language in ("zh-hans", "zh-hant"):
        with translation.override(language):
            assert actions.original_note(said(language="zh-hans", original="zh-hans"))
            assert "Português" in actions.original_note(said(language="zh-hans", original="pt"))


# ---- forms


def docx(*lines: str, foot: str = "{{ 摘要 }}") -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.sections[0].footer.paragraphs[0].text = foot
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_street_uses_its_own_form_and_those_below_it_too(cast: Cast) -> None:
    own = docx("望澜街道专用", "{%p for 行 in 当事人 %}", "{{ 行.姓名 }}", "{%p endfor %}")
    actions.change_form(
        LAYOUT.code, "zh-hans", cast.street.pk, name="a.docx", content=own, by=cast.clerk, at=WEDNESDAY
    )
    found = word_text(issue(cast, "docx", division_id=cast.haitang.pk))
    assert "望澜街道专用" in found and "周大海" in found
    assert "望澜街道专用" not in word_text(issue(cast, "docx"))
    with pytest.raises(Forbidden):
        actions.change_form(
            LAYOUT.code, "zh-hans", cast.street.pk, name="a", content=own, by=cast.resident, at=WEDNESDAY
        )


@pytest.mark.parametrize(
    "content",
    [docx("x", foot=""), docx("{{ 事由 ", foot="{{ 摘要 }}"), docx("{{ ''.__class__ }}"), docx("{% for a in range(9) %}{% endfor %}"),
     b"", b"%PDF-1.7"],
)  # fmt: skip
def test_forms_that_are_refused(cast: Cast, content: bytes) -> None:
    with pytest.raises(Invalid):
        actions.change_form(
            LAYOUT.code, "zh-hans", cast.street.pk, name="a", content=content, by=cast.clerk, at=WEDNESDAY
        )


def test_a_form_with_macros_or_too_much_in_it_is_refused() -> None:
    for name, size in (("word/vbaProject.bin", 10), ("word/media/a.png", word.MOST_UNPACKED)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("word/document.xml", "<x/>")
            file.writestr(name, b"0" * size)
        with pytest.raises(Invalid, match="宏"):
            word.check(packed.getvalue())


_RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="http://a.example/x" '
    'TargetMode="External"/></Relationships>'
)
_FIELD = '<w:p xmlns:w="http://w.example/"><w:instrText>INCLUDE</w:instrText><w:instrText>PICTURE "http://a.example/x"</w:instrText></w:p>'


@pytest.mark.parametrize(
    ("name", "words", "fine"),
    [
        ("word/_rels/document.xml.rels", _RELATION.format(kind="hyperlink"), True),
        ("word/_rels/settings.xml.rels", _RELATION.format(kind="attachedTemplate"), False),
        ("word/_rels/header1.xml.rels", _RELATION.format(kind="image"), False),
        ("word/_rels/document.xml.rels", _RELATION.format(kind="oleObject").replace("External", "&#69;xternal"), False),
        ("word/header2.xml", _FIELD, False),
        ("word/header2.xml", _FIELD.replace("INCLUDE", "PAGE ").replace('PICTURE "http://a.example/x"', ""), True),
        ("word/header3.xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', False),
        ("word/embeddings/oleObject1.bin", "0", False),
    ],
)  # fmt: skip
def test_a_form_that_fetches_from_elsewhere_is_refused(name: str, words: str, fine: bool) -> None:
    """Whoever opens a paper of a sealed case must not tell a stranger's server that they did."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", "<x/>")
        file.writestr(name, words)
    if fine:
        word.check(packed.getvalue())
    else:
        with pytest.raises(Invalid, match="别处"):
            word.check(packed.getvalue())


# ---- doors

READERS = {"clerk", "leader", "other_clerk"}


def test_the_doors_of_forms(cast: Cast) -> None:
    for name in (*sorted(READERS), "auditor", "grid_worker", "road_head", "resident"):
        client = Client()
        client.force_login(cast.accounts[name])
        expected = 200 if name in READERS else 403
        for address in ("", f"{LAYOUT.code}/", f"{LAYOUT.code}/?language=pt", f"{LAYOUT.code}/file/?first=1"):
            assert client.get(f"/house/papers/{address}").status_code == expected, (name, address)
        got = client.post(f"/house/papers/{LAYOUT.code}/review/", {"language": "pt", "reviewer": "甲"})
        assert got.status_code == (302 if name in READERS else 403)
    assert Client().get("/house/papers/").status_code in (302, 401)


@letters
def test_uploading_a_form_by_the_door(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.accounts["clerk"])
    for content, status in ((docx("好的"), 302), (docx("{{ 坏", foot="{{ 摘要 }}"), 400)):
        file = io.BytesIO(content)
        file.name = "own.docx"
        got = client.post(f"/house/papers/{LAYOUT.code}/", {"area": cast.street.pk, "file": file})
        assert got.status_code == status
    sample = client.get(f"/house/papers/{LAYOUT.code}/file/?sample=1")
    assert sample.content.startswith(b"%PDF")
    assert client.get("/house/papers/nothing/").status_code == 404
