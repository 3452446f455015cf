"""The share of calls that were not police business: by hand, at its edges, and with small counts hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.overlap import LEAST, overlap


def test_the_example_of_the_docstring() -> None:
    seen = overlap(calls=400, handed=296, returned=16)
    assert (seen.calls, seen.not_police, seen.share, seen.shown) == (400, 280, 0.7, True)


def test_a_call_that_went_back_counts_as_police_business() -> None:
    assert overlap(calls=20, handed=10, returned=5).share == 0.25
    assert overlap(calls=20, handed=10, returned=0).share == 0.5


@pytest.mark.parametrize(
    ("calls", "handed", "shown"),
    [(100, 4, False), (100, 5, True), (100, 95, True), (100, 96, False), (9, 5, False), (10, 5, True)],
)
def test_neither_group_may_be_smaller_than_five(calls: int, handed: int, shown: bool) -> None:
    assert overlap(calls=calls, handed=handed, returned=0).shown is shown


def test_without_the_number_of_calls_there_is_no_share() -> None:
    seen = overlap(calls=None, handed=40, returned=2)
    assert (seen.share, seen.not_police, seen.shown) == (None, 38, True)
    assert overlap(calls=0, handed=0, returned=0).share is None
    assert not overlap(calls=None, handed=4, returned=0).shown


@pytest.mark.parametrize(("calls", "handed", "returned"), [(5, 6, 0), (5, 3, 4), (5, -1, 0), (5, 3, -1)])
def test_counts_that_cannot_be_are_refused(calls: int, handed: int, returned: int) -> None:
    with pytest.raises(ValueError, match="cannot"):
        overlap(calls=calls, handed=handed, returned=returned)


@given(st.integers(1, 2000), st.data())
def test_the_share_lies_between_nothing_and_all(calls: int, data: st.DataObject) -> None:
    handed = data.draw(st.integers(0, calls))
    returned = data.draw(st.integers(0, handed))
    seen = overlap(calls=calls, handed=handed, returned=returned)
    assert seen.share is not None and 0 <= seen.share <= 1
    assert seen.shown is (LEAST <= seen.not_police <= calls - LEAST)
