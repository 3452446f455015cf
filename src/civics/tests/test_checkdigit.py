"""The check digit of Damm: the published example, and what it promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.checkdigit import check_digit, holds

numbers = st.text(alphabet="0123456789", min_size=1, max_size=16)


def test_the_published_example() -> None:
    assert check_digit("572") == "4" and holds("5724") and not holds("5727")


@given(numbers, st.data())
def test_every_wrong_digit_and_every_swap_is_noticed(number: str, data: st.DataObject) -> None:
    right = number + check_digit(number)
    assert holds(right)
    place = data.draw(st.integers(0, len(right) - 1))
    for other in "0123456789":
        assert holds(right[:place] + other + right[place + 1 :]) is (other == right[place])
    if place and right[place] != right[place - 1]:
        assert not holds(right[: place - 1] + right[place] + right[place - 1] + right[place + 1 :])


@pytest.mark.parametrize("odd", ["", "1", "12a", "１２", "²²"])
def test_what_is_no_number_does_not_hold(odd: str) -> None:
    assert not holds(odd)
