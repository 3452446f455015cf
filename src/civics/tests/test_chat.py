"""Invented group chats, in the forms in which people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civics.chat import MOST_CARDS, cards_of, read_chat

DESKTOP = """—————  2026-11-18  —————
3栋 陈姐 08:12
早上好
3栋 陈姐 08:13
我们楼下的路灯昨晚又不亮了
[图片]
3栋 陈姐 08:14
就在 3 栋北门，走路都看不见
7栋老李 08:15
我们这边也是
物业小王 08:16
收到
7栋老李 08:20
垃圾桶三天没人收了，味道很大
7栋老李 08:21
[捂脸]
"林太"撤回了一条消息
林太 08:40
@物业小王 停车场道闸坏了，一直抬着
3栋 陈姐 09:30
快递柜占了消防通道，谁管一下
林太 09:31
辛苦了
"""


def topic(words: str) -> str | None:
    return next((word for word in ("路灯", "垃圾", "道闸", "消防") if word in words), None)


def test_a_chat_as_desktop_programs_copy_it() -> None:
    cards = cards_of(DESKTOP, topic_of=topic)
    assert [(card.name, card.clock, card.echoes) for card in cards] == [
        ("3栋 陈姐", "08:13", 1), ("7栋老李", "08:20", 0), ("林太", "08:40", 0), ("3栋 陈姐", "09:30", 0),
    ]  # fmt: skip
    assert cards[0].text == "我们楼下的路灯昨晚又不亮了\n就在 3 栋北门，走路都看不见"
    assert cards[2].text == "停车场道闸坏了，一直抬着"


@pytest.mark.parametrize(
    "text",
    [
        "[2026/11/18 08:13] 陈姐: 路灯不亮了\n[2026/11/18 08:15] 老李: 垃圾没人收",
        "2026-11-18 08:13 陈姐：路灯不亮了\n2026-11-18 08:15 老李：垃圾没人收",
        "陈姐 2026/11/18 08:13\n路灯不亮了\n老李 2026/11/18 08:15:20\n垃圾没人收",
        "08:13 陈姐\n路灯不亮了\n08:15 老李\n垃圾没人收",
        "陈姐（08:13）：路灯不亮了\n老李（08:15）：垃圾没人收",
        "陈姐 上午8:13\n路灯不亮了\n\n老李 上午8:15\n垃圾没人收",
    ],
)
def test_the_forms_of_exports(text: str) -> None:
    assert [(card.name, card.clock, card.text) for card in cards_of(text)] == [
        ("陈姐", "08:13", "路灯不亮了"), ("老李", "08:15", "垃圾没人收"),
    ]  # fmt: skip


def test_names_without_times_and_lines_without_names() -> None:
    said = read_chat("陈姐：路灯不亮了\n就在北门\n老李: 垃圾没人收")
    assert [(one.name, one.words) for one in said] == [
        ("陈姐", "路灯不亮了\n就在北门"),
        ("老李", "垃圾没人收"),
    ]
    assert [card.text for card in cards_of("路灯不亮了\n\n垃圾没人收\n收到")] == ["路灯不亮了", "垃圾没人收"]
    assert [one.name for one in read_chat("地址：海棠路 6 号\n时间：昨晚")] == ["", ""]


def test_one_person_with_two_things_is_two_cards() -> None:
    text = "陈姐 08:13\n路灯不亮了\n陈姐 08:14\n另外，垃圾没人收\n陈姐 08:15\n道闸也坏了"
    assert [card.text for card in cards_of(text, topic_of=topic)] == [
        "路灯不亮了",
        "垃圾没人收",
        "道闸也坏了",
    ]
    listed = "陈姐 08:13\n反映几件事：\n1、路灯不亮了\n就在北门\n2、垃圾没人收\n3、道闸坏了"
    assert [card.text for card in cards_of(listed)] == ["路灯不亮了\n就在北门", "垃圾没人收", "道闸坏了"]


def test_thanks_on_a_line_of_their_own_are_no_part_of_the_thing() -> None:
    [card] = cards_of("阿强 08:20\n码头那边乱停电动车\n谢谢大家")
    assert card.text == "码头那边乱停电动车"


def test_others_in_between_do_not_cut_a_thing_in_two() -> None:
    text = "陈姐 08:13\n路灯不亮了\n老李 08:13\n垃圾没人收\n陈姐 08:14\n就在北门\n陈姐 09:20\n来人看过了吗"
    assert [card.text for card in cards_of(text)] == ["路灯不亮了\n就在北门", "垃圾没人收", "来人看过了吗"]


def test_a_decimal_is_no_numbered_point_and_a_time_no_name() -> None:
    assert [card.text for card in cards_of("陈姐 08:13\n水深 1.5 米\n1.2 米的围栏也倒了")] == [
        "水深 1.5 米\n1.2 米的围栏也倒了"
    ]
    assert cards_of("陈姐 08:13\n早\n老李 08:14\n[强][强]\n林太 08:15\n谢谢书记") == []


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("陈李 :：08:13\n[]1、路灯不亮收到@+另外2026-11-18（）"), max_size=200)
)
def test_anything_pasted_makes_cards_that_say_something(text: str) -> None:
    cards = cards_of(text)
    assert len(cards) <= MOST_CARDS
    assert all(card.text.strip() for card in cards)


def test_a_long_chat_is_read_at_once() -> None:
    import time

    text = "\n".join(
        f"邻居{n % 40} {n // 60 % 24:02d}:{n % 60:02d}\n这里的第 {n} 个问题没有人管" for n in range(1200)
    )
    began = time.perf_counter()
    assert len(cards_of(text)) == MOST_CARDS
    assert time.perf_counter() - began < 3
