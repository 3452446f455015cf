"""Layers over base units: who covers what, what is bare, what is covered twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.territory import covering


def box(west: float, east: float) -> dict[str, Any]:
    ring = [[west, 22.0], [east, 22.0], [east, 22.01], [west, 22.01], [west, 22.0]]
    return {"type": "Polygon", "coordinates": [ring]}


UNITS = [(1, box(113.00, 113.01)), (2, box(113.01, 113.02)), (3, box(113.02, 113.03))]


def test_a_unit_covered_as_a_whole_by_one_is_clear() -> None:
    found = covering(UNITS, whole={1: ["a"], 2: ["a", "b"], 3: []})
    assert (found[1].bare, found[1].doubled) == (0, 0)
    assert found[2].doubled == 1 and set(found[2].shares) == {"a", "b"}
    assert found[3].bare == 1 and not found[3].shares


def test_borders_of_their_own_cover_parts() -> None:
    found = covering(UNITS, whole={}, shapes=[("a", box(113.00, 113.015)), ("b", box(113.0125, 113.03))])
    assert found[1].shares == {"a": pytest.approx(1, abs=1e-6)} and found[1].bare == 0
    assert found[2].shares["a"] == pytest.approx(0.5, abs=0.01)
    assert found[2].doubled == pytest.approx(0.25, abs=0.01) and found[2].bare == 0
    assert found[3].doubled == 0


def test_drawing_noise_is_no_overlap() -> None:
    found = covering(UNITS, whole={}, shapes=[("a", box(113.0, 113.01001)), ("b", box(113.01, 113.02))])
    assert found[2].shares.keys() == {"b"} and found[2].doubled == 0


def test_a_unit_without_a_shape_can_still_be_covered() -> None:
    assert covering([], whole={7: ["a"]})[7].bare == 0
    assert covering([], whole={7: []})[7].bare == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=6))
def test_bare_and_covered_make_a_whole(spans: list[tuple[int, int]]) -> None:
    shapes = [(n, box(113 + a / 1000, 113 + (a + b) / 1000)) for n, (a, b) in enumerate(spans)]
    for cover in covering(UNITS, whole={}, shapes=shapes).values():
        assert 0 <= cover.bare <= 1 and 0 <= cover.doubled <= 1
        assert cover.doubled <= 1 - cover.bare + 0.02
        assert sum(cover.shares.values()) + cover.bare >= 0.97
