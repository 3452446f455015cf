"""Numbers of documents: published examples, every single wrong digit, and what is only looked at by its shape."""

from __future__ import annotations

import pytest

from civics.documents import CHECKED, fits

#: The example of GB 11643 and a Hong Kong number in common use as a specimen; the others are computed.
GOOD = (
    ("mainland_id", "11010519491231002X"),
    ("mainland_id", "440524188001010014"),
    ("hk_id", "A123456(3)"),
    ("hk_id", "G123456(A)"),
    ("macao_id", "1234567(8)"),
    ("macao_id", "5/123456/7"),
    ("home_return", "H12345678"),
    ("home_return", "M1234567801"),
)


@pytest.mark.parametrize(("kind", "number"), GOOD)
def test_numbers_that_fit(kind: str, number: str) -> None:
    assert fits(kind, number)


@pytest.mark.parametrize(("kind", "number"), [pair for pair in GOOD if pair[0] in CHECKED])
def test_every_single_wrong_digit_is_noticed(kind: str, number: str) -> None:
    for place, sign in enumerate(number):
        for other in "0123456789":
            if sign.isdecimal() and other != sign:
                assert not fits(kind, number[:place] + other + number[place + 1 :]), (place, other)


@pytest.mark.parametrize(
    ("kind", "number"),
    [("mainland_id", ""), ("mainland_id", "11010519491331002X"), ("mainland_id", "A123456(3)"), ("hk_id", "A1234563x"),
     ("macao_id", "2234567(8)"), ("macao_id", "123456"), ("home_return", "K12345678"), ("home_return", "H123456789"),
     ("hkm_residence", "11010519491231002X")],
)  # fmt: skip
def test_numbers_that_do_not(kind: str, number: str) -> None:
    assert not fits(kind, number)


def test_nothing_is_known_of_other_kinds() -> None:
    assert fits("passport", "anything")
