"""What could tell whom a text is about is found, whole and in pieces; an anonymous text is left alone."""

from __future__ import annotations

import pytest

from civics.telltale import find

KNOWN = {
    "name": ["林小满", "周海", "Maria da Silva", "欧阳记号"],
    "phone": ["+8619900000101"],
    "number": ["440402198001011234", "M261122-000017"],
    "place": ["海棠社区海棠苑3栋502室", "听涛花园"],
    "file": ["楼上噪声录音记录.jpg", "IMG_20931.jpg"],
    "words": ["楼上夜里弹琴，影响休息。"],
}
CLEAN = (
    "楼上楼下因为练琴的声音起了争执。调解员先分别听，再请两家坐到一起，约定了练琴的钟点，并在地上铺了垫子。"
    "事情发生在某年第二季度，补偿约 600 元。"
)


def kinds(text: str) -> set[str]:
    return {hit.kind for hit in find(text, KNOWN, allowed=["海棠社区"])}


def test_an_anonymous_text_is_left_alone() -> None:
    assert find(CLEAN, KNOWN, allowed=["海棠社区"]) == []
    assert kinds("海棠社区常有这样的事。") == set(), "the community may be named"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("林小满说", "name"), ("林 小 满 说", "name"), ("小满说", "name"), ("林某说", "name"), ("老林，", "name"), ("周海", "name"),
        ("周先生不同意", "name"), ("Silva said", "name"), ("MARIA", "name"), ("欧阳先到", "name"),
        ("电话 199-0000-0101", "phone"), ("１９９０００００１０１", "phone"), ("尾号0101", "phone"), ("13812345678", "phone"),
        ("证件 4404 0219 8001", "number"), ("身份证尾号1234", "number"), ("000017 号", "number"),
        ("海棠苑的住户", "place"), ("听涛花园门口", "place"), ("3栋", "house"), ("十二号楼", "house"), ("502室", "house"),
        ("见《楼上噪声录音》", "file"), ("IMG 20931", "file"),
        ("他说楼上夜里弹琴", "words"), ("2026年3月5日", "day"), ("三月五日", "day"), ("37岁", "age"), ("赔了 1,234 元", "sum"),
        ("赔了612.50元", "sum"), ("a.b@c.example", "web"),
    ],
)  # fmt: skip
def test_what_tells_is_found(text: str, kind: str) -> None:
    assert kind in kinds(text), find(text, KNOWN)


def test_all_of_a_word_is_whole_and_a_piece_is_not() -> None:
    assert [hit.whole for hit in find("林小满", KNOWN)] == [True]
    assert {hit.whole for hit in find("小满", KNOWN)} == {False}
    assert find("", KNOWN) == [] and find("x" * 4000, {"name": ["", " "]}) == []
