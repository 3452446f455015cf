"""Reports about the same thing, by example: pairs, the index, groups."""

import math
import threading
from datetime import UTC, datetime, timedelta

import pytest

from civics.nearness import (
    PROBABLY_SAME,
    WORTH_SHOWING,
    Compared,
    NearnessIndex,
    Why,
    compare,
    group,
    rarity_from,
)

DRAIN = "翠湖路口下水道堵塞\n翠湖路与银杏街口的下水道堵了，一下雨就积水，行人没法过。"
DRAIN_TOO = "银杏街翠湖路口积水\n下水道堵塞好几天，雨后积水很深，希望清理。"
NOISE = "银杏街烧烤店夜里噪音大\n凌晨两点还在放音响，老人孩子睡不着。"
SCHOOL = "咨询小学入学条件\n孩子明年六岁，户口不在本区，能不能报名？"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HERE = (114.05, 22.55)


def east(metres: float) -> tuple[float, float]:
    return (HERE[0] + metres / (111_195 * math.cos(math.radians(HERE[1]))), HERE[1])


class TestPairs:
    def test_the_same_thing_in_other_words_scores_above_another_thing_in_the_same_street(self):
        same, _ = compare(DRAIN, DRAIN_TOO)
        other, _ = compare(DRAIN, NOISE)
        assert same > PROBABLY_SAME > WORTH_SHOWING > other

    def test_a_text_is_fully_like_itself_and_order_does_not_matter(self):
        assert compare(DRAIN, DRAIN)[0] == pytest.approx(1)
        assert compare(DRAIN, DRAIN_TOO)[0] == compare(DRAIN_TOO, DRAIN)[0]

    def test_one_compared_with_many_scores_as_pairs_do_and_gives_reasons_only_where_they_are_worth_it(self):
        this = Compared(DRAIN, when=NOON, where=HERE)
        for other in (DRAIN_TOO, NOISE, SCHOOL):
            pair = compare(DRAIN, other, when_a=NOON, when_b=NOON, where_a=HERE, where_b=east(40))
            assert this.with_(other, when=NOON, where=east(40)) == pair
            assert this.with_(other, when=NOON, where=east(40), worth=pair[0]) == pair
        score, reason = this.with_(NOISE, worth=0.99)
        assert 0 < score < 0.99
        assert reason == Why()

    def test_nothing_in_common_is_nothing(self):
        assert compare("路灯不亮", SCHOOL) == (0.0, Why())

    def test_the_reason_names_the_common_words_the_distance_and_the_time(self):
        _, reason = compare(
            DRAIN, DRAIN_TOO, when_a=NOON, when_b=NOON + timedelta(hours=2), where_a=HERE, where_b=east(40)
        )
        assert any("下水道" in phrase for phrase in reason.words)
        assert reason.metres == pytest.approx(40, abs=0.5) and reason.hours == 2
        assert isinstance(reason, str)
        assert reason.startswith("都提到“") and reason.endswith("，相距 40 米，相隔 2 小时")

    def test_far_and_long_ago_are_told_in_their_own_units(self):
        _, reason = compare(
            DRAIN, DRAIN_TOO, when_a=NOON, when_b=NOON - timedelta(days=3), where_a=HERE, where_b=east(2340)
        )
        assert reason.endswith("，相距 2.3 公里，相隔 3 天")

    def test_being_near_in_place_and_in_time_each_raise_the_score(self):
        bare, _ = compare(DRAIN, DRAIN_TOO)
        soon, _ = compare(DRAIN, DRAIN_TOO, when_a=NOON, when_b=NOON)
        beside, _ = compare(DRAIN, DRAIN_TOO, where_a=HERE, where_b=east(30))
        both, _ = compare(DRAIN, DRAIN_TOO, when_a=NOON, when_b=NOON, where_a=HERE, where_b=east(30))
        assert bare < soon < both and bare < beside < both <= 1

    def test_the_nearer_the_higher_and_far_apart_lowers(self):
        scores = [
            compare(DRAIN, DRAIN_TOO, where_a=HERE, where_b=east(m))[0] for m in (0, 50, 200, 900, 4000)
        ]
        assert scores == sorted(scores, reverse=True) and len(set(scores)) == 5
        assert scores[-1] < compare(DRAIN, DRAIN_TOO)[0]

    def test_being_near_does_not_make_different_things_the_same(self):
        score, _ = compare(DRAIN, NOISE, when_a=NOON, when_b=NOON, where_a=HERE, where_b=HERE)
        assert score < PROBABLY_SAME

    @pytest.mark.parametrize(
        "place", [None, (math.nan, 22.0), (114.0, math.nan), (500.0, 22.0), (None, None), ()]
    )
    def test_an_unknown_place_does_not_count(self, place):
        assert compare(DRAIN, DRAIN_TOO, where_a=HERE, where_b=place) == compare(DRAIN, DRAIN_TOO)

    def test_an_unknown_time_does_not_count_and_missing_zones_do_no_harm(self):
        assert compare(DRAIN, DRAIN_TOO, when_a=NOON, when_b=None) == compare(DRAIN, DRAIN_TOO)
        naive = NOON.replace(tzinfo=None)
        assert compare(DRAIN, DRAIN_TOO, when_a=NOON, when_b=naive)[1].hours == 0

    @pytest.mark.parametrize("nothing", [None, "", "  \n ", "！？"])
    def test_an_empty_text_is_like_nothing(self, nothing):
        assert compare(nothing, DRAIN)[0] == compare(nothing, nothing)[0] == 0

    def test_words_that_many_texts_hold_count_less(self):
        crowd = [f"幸福新村第{n}栋楼道灯不亮\n幸福新村请来看看" for n in range(300)]
        rarity = rarity_from([*crowd, DRAIN, NOISE])
        assert rarity["新村"] < rarity["银杏"] < rarity["未见"]
        pair = "幸福新村下水道堵塞", "幸福新村电梯故障"
        assert compare(*pair, rarity=rarity)[0] < compare(*pair)[0]

    def test_a_plain_table_of_rarities_will_do_even_with_faults_in_it(self):
        table = {"下水": 9.0, "水道": math.nan, "堵塞": -1.0}
        assert 0 < compare(DRAIN, DRAIN_TOO, rarity=table)[0] < 1
        assert compare(DRAIN, DRAIN_TOO, rarity={}) == compare(DRAIN, DRAIN_TOO)


class TestIndex:
    @pytest.fixture
    def index(self) -> NearnessIndex:
        index = NearnessIndex()
        for key, text in enumerate((DRAIN, NOISE, SCHOOL), 1):
            index.add(key, text, when=NOON, where=HERE)
        return index

    def test_the_nearest_comes_first_with_score_and_reason(self, index):
        (key, score, reason), *_ = index.nearest(DRAIN_TOO)
        assert key == 1 and PROBABLY_SAME < score <= 1 and any("下水道" in phrase for phrase in reason.words)

    def test_what_shares_nothing_is_not_offered(self, index):
        assert index.nearest("路灯不亮") == index.nearest("") == index.nearest(None) == []

    def test_no_more_than_asked_for(self, index):
        assert len(index.nearest(DRAIN_TOO, n=1)) == 1
        with pytest.raises(ValueError, match="at least 1"):
            index.nearest(DRAIN_TOO, n=0)

    def test_adding_a_key_again_replaces_its_text(self, index):
        index.add(1, SCHOOL)
        assert len(index) == 3
        assert {key for key, score, _ in index.nearest(SCHOOL) if score > 0.99} == {1, 3}

    def test_a_removed_report_is_not_found_and_removing_twice_is_harmless(self, index):
        assert index.remove(1) is True and index.remove(1) is False
        assert 1 not in index and all(key != 1 for key, *_ in index.nearest(DRAIN))

    def test_time_and_place_count_as_in_pairs(self, index):
        index.add(4, DRAIN, when=NOON - timedelta(days=90), where=east(5000))
        found = index.nearest(DRAIN_TOO, when=NOON, where=east(20))
        assert next(key for key, *_ in found) == 1
        assert found[0][2].metres == pytest.approx(20, abs=0.5) and found[0][2].hours == 0

    def test_its_scores_are_those_of_a_pair_with_the_rarities_of_what_it_holds(self, index):
        rarity = rarity_from([DRAIN, NOISE, SCHOOL])
        for key, score, reason in index.nearest(DRAIN_TOO, when=NOON, where=HERE):
            text = (DRAIN, NOISE, SCHOOL)[key - 1]
            places = {"when_a": NOON, "when_b": NOON, "where_a": HERE, "where_b": HERE}
            paired, why = compare(DRAIN_TOO, text, **places, rarity=rarity)
            assert score == pytest.approx(paired, abs=2e-6) and reason == why

    def test_keys_may_be_anything_hashable_and_ties_follow_their_order(self):
        index = NearnessIndex()
        for key in ("b", 10, "a", 9):
            index.add(key, DRAIN)
        assert [key for key, *_ in index.nearest(DRAIN)] == [9, 10, "a", "b"]

    def test_many_threads_may_use_it_at_once(self):
        index, faults = NearnessIndex(), []

        def work(start: int) -> None:
            try:
                for key in range(start, start + 60):
                    index.add(key, f"{DRAIN}{key}")
                    index.nearest(DRAIN_TOO)
                    if key % 2:
                        index.remove(key)
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(start * 100,)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults and len(index) == 120


class TestGroups:
    def test_reports_about_the_same_thing_stand_together_and_others_alone(self):
        assert group([DRAIN, NOISE, DRAIN_TOO, SCHOOL]) == [[0, 2], [1], [3]]

    def test_nothing_gives_nothing_and_empty_texts_stand_alone(self):
        assert group([]) == []
        assert group(["", None, DRAIN]) == [[0], [1], [2]]

    def test_the_largest_group_comes_first(self):
        assert group([SCHOOL, DRAIN, DRAIN_TOO, DRAIN, SCHOOL]) == [[1, 2, 3], [0, 4]]

    def test_repeated_posts_of_one_author_do_not_weigh_more(self):
        texts = [DRAIN] * 5 + [DRAIN_TOO, NOISE]
        authors = ["甲"] * 5 + ["乙", None]
        assert group(texts, authors=authors) == [[0, 1, 2, 3, 4, 5], [6]]

    def test_different_things_of_one_author_stay_apart(self):
        assert group([DRAIN, SCHOOL], authors=["甲", "甲"]) == [[0], [1]]

    def test_places_far_apart_keep_the_same_words_apart(self):
        texts = ["路灯不亮\n路边的灯坏了三天", "路灯不亮\n这里路灯坏了"]
        assert group(texts, where=[HERE, east(20)]) == [[0, 1]]
        assert group(texts, where=[HERE, east(9000)]) == [[0], [1]]

    def test_times_and_places_may_be_unknown(self):
        assert group([DRAIN, DRAIN_TOO], when=[None, NOON], where=[HERE, None]) == [[0, 1]]

    @pytest.mark.parametrize("name", ["authors", "when", "where"])
    def test_lists_of_different_length_are_refused(self, name):
        with pytest.raises(ValueError, match=f"2 texts but 1 {name}"):
            group([DRAIN, NOISE], **{name: [None]})


def test_an_everyday_word_makes_no_two_reports_one_however_near() -> None:
    here, near = (113.1, 23.0), (113.1003, 23.0)
    apart = compare("老人家晒被子的架子倒了", "公交站没有座位，老人家站着等", where_a=here, where_b=near)
    assert apart[0] == 0.0, apart
    same = compare("老人家晒被子的架子倒了", "晒被子的架子被风吹倒", where_a=here, where_b=near)
    assert same[0] > 0.2 and any("架子" in phrase for phrase in same[1].words), (
        "the control: what it is about is shared"
    )
