"""Numbers and places that stand in addresses: what we write is read again, all else is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.kit.cursors import cursor_of, place_of, whole


@given(st.none() | st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**62 - 1))
def test_a_place_is_read_as_it_was_written(moment: datetime | None, key: int) -> None:
    assert place_of(cursor_of(moment, key)) == (moment, key)


def written(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "strange",
    ["", "!!", "é", "a" * 500, written(5), written([]), written(["2026-11-22T08:00:00", 5]), written([None, -1]),
     written([None, True]), written([None, 2**62]), written([None, "5"]), written(["soon", 5]), written([5, 5]),
     base64.urlsafe_b64encode(b"[" * 100_000).decode()],
)  # fmt: skip
def test_anything_else_is_no_place(strange: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        place_of(strange)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    try:
        place_of(text)
    except ValueError as refusal:
        assert str(refusal) == "not a cursor"


def test_whole_numbers_are_plain_digits_and_not_too_many() -> None:
    assert [whole(text) for text in ("0", "42", "9" * 11)] == [0, 42, 99_999_999_999]
    assert [whole(text) for text in ("", "-1", "+1", "1.0", " 1", "1e3", "²", "４２", "9" * 12)] == [None] * 9
    assert whole("999", digits=3) == 999
    assert whole("1000", digits=3) is None
