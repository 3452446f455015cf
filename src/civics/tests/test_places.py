"""Known names are found in what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.places import PlaceBook, plain_name

ROWS = [
    (1, "榕树社区", ("榕树",), 113.50, 22.25),
    (2, "阳光花园", ("阳光小区",), 113.51, 22.26),
    (3, "阳光花园3栋", (), 113.511, 22.261),
    (4, "幸福里", (), 113.52, 22.27),
    (5, "幸福里", (), 113.56, 22.29),
    (6, "中山三路", (), 113.53, 22.28),
    (7, "八一路", (), 113.54, 22.28),
    (8, "路口市场", (), 113.55, 22.28),
    (9, "B区", (), None, None),
    (10, "街", (), None, None),
]
BOOK = PlaceBook(ROWS)


def keys(text: str) -> list[tuple[int, ...]]:
    return [tuple(place.key for place in mention.places) for mention in BOOK.find(text)]


def test_a_name_is_found_with_its_span():
    text = "我住在榕树社区，下水道堵了"
    (found,) = BOOK.find(text)
    assert (found.start, found.end, found.text) == (3, 7, "榕树社区") and text[3:7] == found.text
    assert found.place.key == 1 and (found.place.lon, found.place.lat) == (113.50, 22.25)


def test_a_text_may_end_with_an_alias_that_begins_like_a_longer_name():
    assert [(found.start, found.end) for found in BOOK.find("榕树")] == [(0, 2)]


def test_an_alias_leads_to_the_same_place():
    assert keys("阳光小区门口") == [(2,)]


def test_the_longest_name_wins():
    assert keys("阳光花园3栋电梯坏了") == [(3,)]
    assert keys("阳光花园5栋电梯坏了") == [(2,)]


def test_where_names_overlap_the_longest_wins_even_if_it_begins_later():
    assert keys("在中山三路口市场旁边") == [(6,)]  # as long as the other, and first
    assert keys("去八一路口市场买菜") == [(8,)]


@pytest.mark.parametrize(
    "written",
    [
        "阳光花园3栋",
        "阳光花园三栋",
        "阳光花园3幢",
        "阳光花园３幢",
        "阳光花园 3 号楼",
        "阳光花园三号楼",
        "阳光花园\u30003栋",
    ],
)
def test_a_building_is_found_in_every_spelling(written):
    text = f"请看{written}的电梯"
    (found,) = BOOK.find(text)
    assert found.place.key == 3 and text[found.start : found.end] == written == found.text


def test_a_number_is_not_found_inside_a_longer_number():
    assert keys("阳光花园13栋") == [(2,)]
    book = PlaceBook([(1, "3栋", (), None, None), (2, "花园1", (), None, None)])
    assert [len(book.find(text)) for text in ("13栋", "二十三栋", "3栋", "花园12", "花园1号")] == [
        0,
        0,
        1,
        0,
        1,
    ]


def test_letters_may_be_large_small_or_full_width():
    assert keys("在ｂ区") == keys("在B区") == [(9,)]
    assert keys("AB区") == []


def test_roads_by_number_are_found_in_both_spellings_but_memorial_days_are_not_numbers():
    assert keys("中山3路积水") == keys("中山三路积水") == [(6,)]
    assert keys("八一路积水") == [(7,)]
    assert keys("81路公交车") == []


def test_a_name_that_several_places_have_gives_them_all():
    (found,) = BOOK.find("幸福里停水")
    assert [place.key for place in found.places] == [4, 5] and found.place is None
    assert BOOK.best("幸福里停水") is None
    assert BOOK.best("榕树社区幸福里停水").place.key == 1


def test_the_proper_name_comes_before_an_alias():
    book = PlaceBook([(1, "东村", ("西村",), None, None), (2, "西村", (), None, None)])
    assert [place.key for place in book.named("西村")] == [2, 1]


def test_names_of_one_sign_are_passed_over_and_listed():
    assert BOOK.skipped == ("街",)
    assert keys("大街小巷") == []


def test_several_names_come_in_the_order_of_the_text():
    assert keys("从榕树到八一路，再到阳光小区") == [(1,), (7,), (2,)]


def test_names_are_known_in_any_spelling():
    assert "阳光花园 三幢" in BOOK and "月光花园" not in BOOK
    assert len(BOOK) == 10


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("十栋", "10栋"),
        ("十二栋", "12栋"),
        ("二十栋", "20栋"),
        ("一百零五号", "105号"),
        ("二〇三室", "203室"),
        ("第一人民医院", "第一人民医院"),
        ("三灶镇", "三灶镇"),
        ("５ 号 楼", "5栋"),
        ("3 201 室", "3 201室"),
        ("3-2栋", "3-2栋"),
        ("B  区", "b区"),
    ],
)
def test_one_plain_spelling(written, plain):
    assert plain_name(written) == plain


def test_an_empty_book_and_an_empty_text():
    assert PlaceBook([]).find("榕树社区") == [] and BOOK.find("") == [] and BOOK.find("榕") == []


SIGNS = st.text("榕树社区阳光花园幸福里中山三十二路 3１栋幢号楼八一口市场aB\u3000－", max_size=60)


@given(SIGNS)
def test_spans_are_in_order_do_not_overlap_and_spell_the_name(text):
    end = 0
    for mention in BOOK.find(text):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert set(mention.places) == set(BOOK.named(mention.text))
        end = mention.end


@given(SIGNS)
def test_a_plain_spelling_is_its_own_plain_spelling(text):
    assert plain_name(plain_name(text)) == plain_name(text)


@given(st.sampled_from(["榕树社区", "阳光花园3栋", "中山三路"]), st.text("的了，。我们在水", max_size=20))
def test_a_name_is_found_wherever_it_stands(name, around):
    assert name in [mention.text for mention in BOOK.find(around + name + around)]
