"""What must hold for every text, order and time of asking."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from civics.nearness import NearnessIndex, compare, group

words = st.sampled_from(
    [
        "积水",
        "路口",
        "翠湖",
        "下水道",
        "井盖",
        "噪音",
        "烧烤店",
        "银杏街",
        "小区",
        "的",
        "A3区",
        "学校",
        "报名",
        "垃圾",
        "电梯",
    ]
)
texts = st.one_of(st.lists(words, max_size=8).map("".join), st.text(max_size=30))
places = st.one_of(
    st.none(),
    st.tuples(st.floats(113, 115), st.floats(22, 23)),
    st.tuples(st.floats(allow_nan=True), st.floats(allow_nan=True)),
)
moments = st.one_of(st.none(), st.datetimes())
reports = st.dictionaries(st.integers(0, 40), st.tuples(texts, moments, places), max_size=10)


def filled(pairs) -> NearnessIndex:
    index = NearnessIndex()
    for key, (text, when, where) in pairs:
        index.add(key, text, when=when, where=where)
    return index


@given(texts, texts, moments, moments, places, places)
def test_a_score_is_a_number_from_0_to_1_and_the_same_both_ways(a, b, when_a, when_b, where_a, where_b):
    score, reason = compare(a, b, when_a=when_a, when_b=when_b, where_a=where_a, where_b=where_b)
    back, _ = compare(b, a, when_a=when_b, when_b=when_a, where_a=where_b, where_b=where_a)
    assert 0 <= score <= 1 and reason and math.isclose(score, back, abs_tol=2e-6)


@given(reports, st.randoms(), texts, moments, places)
def test_the_order_of_adding_does_not_matter(held, chance, text, when, where):
    pairs = list(held.items())
    straight = filled(pairs)
    chance.shuffle(pairs)
    assert filled(pairs).nearest(text, when=when, where=where) == straight.nearest(
        text, when=when, where=where
    )


@given(reports, reports, texts, moments, places)
def test_removing_undoes_adding(held, guests, text, when, where):
    index = filled(held.items())
    before = index.nearest(text, 20, when=when, where=where)
    visitors = {f"guest {key}": value for key, value in guests.items()}
    for key, (words_, moment, place) in visitors.items():
        index.add(key, words_, when=moment, where=place)
    for key in visitors:
        assert index.remove(key)
    assert index.nearest(text, 20, when=when, where=where) == before and len(index) == len(held)


@given(reports, texts)
def test_the_nearest_come_best_first_and_all_share_something(held, text):
    scores = [score for _, score, _ in filled(held.items()).nearest(text, 20)]
    assert scores == sorted(scores, reverse=True) and all(0 < score <= 1 for score in scores)


@settings(max_examples=50)
@given(st.lists(st.tuples(texts, st.sampled_from(["甲", "乙", None]), moments, places), max_size=12))
def test_every_report_is_in_exactly_one_group(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    groups = group(columns[0], authors=columns[1], when=columns[2], where=columns[3])
    assert sorted(index for members in groups for index in members) == list(range(len(rows)))
    assert [len(members) for members in groups] == sorted((len(m) for m in groups), reverse=True)
