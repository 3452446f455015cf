"""Likely answers: a question in other words finds its answer, and says why; what asks nothing finds nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.likely import AnswerBook, Known, asks_something

BOOK = AnswerBook(
    [
        Known("permit", ("居住证怎么办？", "暂住证去哪里领"), "带身份证和租房合同到政务服务中心。", "090102"),
        Known("renew", ("居住证到期了怎么续？", "居住证过期了还能续签吗"), "到期前一个月来。", "090102"),
        Known("dog", ("养狗要不要办证？", "狗证去哪里办"), "带狂犬疫苗本到派出所。", "010206"),
        Known("sofa", ("旧沙发、旧床垫怎么扔？", "大件垃圾有人上门收吗"), "打电话预约上门。", "020404"),
    ]
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("您好，我的居住证上个月就到期了，现在去续还来得及吗？", "renew"),
        ("刚搬来这边上班，想问办居住证需要什么", "permit"),
        ("想养一只小狗，请问狗证在哪办", "dog"),
        ("家里换了沙发，旧的太大，有没有人上门来收", "sofa"),
    ],
)
def test_a_question_in_other_words_finds_its_answer(text: str, key: str) -> None:
    best = BOOK.likely(text)[0]
    assert best.key == key and best.words


def test_the_reason_names_words_that_both_use() -> None:
    best = BOOK.likely("居住证到期了")[0]
    assert "居住证" in "、".join(best.words) and best.way in (
        "居住证到期了怎么续？",
        "居住证过期了还能续签吗",
    )


def test_words_of_asking_alone_find_nothing() -> None:
    assert BOOK.likely("你好，请问一下这个要怎么办，去哪里办理？", least=0) == []
    assert BOOK.likely("") == [] and AnswerBook([]).likely("居住证") == []


def test_a_guess_of_the_topic_lifts_and_a_limit_leaves_out() -> None:
    plain = {hit.key: hit.score for hit in BOOK.likely("居住证 狗证", least=0)}
    lifted = {hit.key: hit.score for hit in BOOK.likely("居住证 狗证", least=0, topics={"0901": 1.0})}
    assert lifted["renew"] > plain["renew"] and lifted["dog"] < plain["dog"]
    assert [hit.key for hit in BOOK.likely("居住证到期", among={"permit"})] == ["permit"]


def test_so_many_and_no_fewer_than_one() -> None:
    assert len(BOOK.likely("居住证", 1, least=0)) == 1
    with pytest.raises(ValueError):
        BOOK.likely("居住证", 0)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("居住证怎么续", True), ("可以网上办吗", True), ("請問點樣申請", True), ("周末开门？", True),
        ("路灯坏了三天", False), ("感谢网格员帮我修好门锁", False), ("", False),
    ],
)  # fmt: skip
def test_a_question_is_told_from_a_trouble(text: str, asks: bool) -> None:
    assert asks_something(text) is asks


@given(st.text(max_size=200), st.integers(1, 5))
def test_scores_fall_stay_within_bounds_and_repeat(text: str, n: int) -> None:
    found = BOOK.likely(text, n, least=0)
    assert found == BOOK.likely(text, n, least=0)
    scores = [hit.score for hit in found]
    assert len(found) <= n and scores == sorted(scores, reverse=True) and all(0 <= s <= 1 for s in scores)


@pytest.mark.parametrize(
    ("text", "key"),
    [("請問居住證到期了怎麼續簽？", "renew"), ("想養隻狗，狗證去邊度辦理", "dog"), ("舊沙發怎麼扔", "sofa")],
)
def test_a_question_in_traditional_characters_finds_the_same_answer(text: str, key: str) -> None:
    assert BOOK.likely(text)[0].key == key


def test_a_reason_is_made_of_whole_words() -> None:
    book = AnswerBook(
        [Known("school", ("小学一年级什么时候报名？", "新生报名要什么材料"), "五月报名。", "050101")]
    )
    for text in ("孩子上小学，请问什么时候报名", "啥时候报名读小学", "想问小学一年级报名怎么办"):
        words = book.likely(text, least=0)[0].words
        assert "候报名" not in words and any("报名" in word for word in words), words
        assert not any(word.endswith(("怎么", "怎", "么")) or word.startswith(("候", "么")) for word in words)


def test_a_doubtful_guess_does_not_push_the_right_answer_down() -> None:
    """A sure guess of another topic lowers it (the control); one that is hardly more than a toss does not."""
    plain = BOOK.likely("养狗要办证吗")[0]
    assert plain.key == "dog"
    assert BOOK.likely("养狗要办证吗", topics={"0901": 0.45})[0].score == plain.score
    assert BOOK.likely("养狗要办证吗", topics={"0901": 1.0})[0].score < plain.score
