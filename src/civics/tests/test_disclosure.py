"""Small counts are withheld, and none of them can be worked out: tried by listing every table a reader could imagine."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from civics.disclosure import (
    LEAST,
    WithheldTable,
    behind,
    nested,
    rounded,
    tells_little_more,
    withhold,
    withhold_table,
)


def test_nothing_small_and_nothing_is_withheld() -> None:
    told = withhold({"family": 40, "traffic": 12, "medical": 0})
    assert told.cells == {"family": 40, "traffic": 12, "medical": 0}
    assert (told.total, told.known) == (52, {})


def test_one_gap_would_be_filled_by_subtraction_so_there_are_two() -> None:
    told = withhold({"medical": 3, "family": 40, "traffic": 12})
    assert told.cells == {"medical": None, "family": 40, "traffic": None}
    assert told.total == 55
    assert told.known["medical"] == (1, 14)


def test_two_small_ones_do_not_hide_each_other_when_their_sum_is_small() -> None:
    told = withhold({"a": 1, "b": 1, "c": 30, "d": 50})
    assert told.cells == {"a": None, "b": None, "c": None, "d": 50}


def test_with_next_to_nothing_even_the_total_is_withheld() -> None:
    assert withhold({"a": 1, "b": 1}).total is None
    assert withhold({"a": 3}).total is None
    assert withhold({}).total == 0
    assert withhold({"a": 0}).cells == {"a": 0}


def test_a_table_hides_by_rows_and_by_columns() -> None:
    told = withhold_table(
        {"x": {"p": 3, "q": 20, "r": 9}, "y": {"p": 10, "q": 9, "r": 30}, "z": {"p": 18, "q": 7, "r": 8}}
    )
    assert told.cells["x"]["p"] is None
    for row in told.cells.values():
        assert list(row.values()).count(None) != 1
    for column in ("p", "q", "r"):
        assert [row[column] for row in told.cells.values()].count(None) != 1
    assert (told.rows, told.total) == ({"x": 32, "y": 49, "z": 33}, 114)


@pytest.mark.parametrize("wrong", [{"a": -1}, {"a": 1.5}])
def test_what_is_no_count_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no count"):
        withhold(wrong)


def test_rows_need_the_same_columns() -> None:
    with pytest.raises(ValueError, match="same columns"):
        withhold_table({"a": {"x": 1}, "b": {"y": 1}})


_line = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12), max_size=6)


@given(_line)
def test_no_count_of_a_line_can_be_narrowed_down(counts: dict[str, int]) -> None:
    told = withhold(counts)
    for key, count in counts.items():
        if 0 < count < LEAST:
            assert told.cells[key] is None
        if told.cells[key] is not None:
            assert told.cells[key] == count
    if told.total is None:
        return  # nothing to subtract from
    gaps = [key for key, cell in told.cells.items() if cell is None]
    rest = told.total - sum(cell for cell in told.cells.values() if cell is not None)
    imagined = (
        [one for one in product(range(1, rest + 1), repeat=len(gaps)) if sum(one) == rest] if gaps else []
    )
    for n, key in enumerate(gaps):
        possible = {one[n] for one in imagined}
        assert (min(possible), max(possible)) == told.known[key]
        if counts[key] < LEAST:
            assert max(possible) - min(possible) >= LEAST


_table = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=3, max_size=3)


@settings(max_examples=40, deadline=None)
@given(_table)
def test_no_count_of_a_table_can_be_narrowed_down(numbers: list[list[int]]) -> None:
    """Every table of three rows and two columns with what is shown: which values can a withheld one have?"""
    table = {f"r{n}": dict(zip("ab", row, strict=True)) for n, row in enumerate(numbers)}
    told = withhold_table(table)
    places = [(r, c) for r in table for c in "ab"]
    most = 28
    possible: dict[tuple[str, str], set[int]] = {place: set() for place in places}
    rows = {
        r: [
            pair
            for pair in product(
                *(range(1, most) if told.cells[r][c] is None else [told.cells[r][c]] for c in "ab")
            )
            if (told.rows[r] is None and sum(pair) > 0) or sum(pair) == told.rows[r]
        ]
        for r in table
    }
    if any(
        told.rows[r] is None for r in table
    ):  # too many to list; that no row shows a small one still holds
        assert all(told.cells[r][c] is None or told.cells[r][c] not in range(1, LEAST) for r, c in places)
        return
    for first, second in product(rows["r0"], rows["r1"]):
        for third in rows["r2"]:
            sums = [first[n] + second[n] + third[n] for n in (0, 1)]
            if all(told.columns[c] in (None, sums[n]) for n, c in enumerate("ab")):
                for r, pair in (("r0", first), ("r1", second), ("r2", third)):
                    for n, c in enumerate("ab"):
                        possible[r, c].add(pair[n])
    for r, c in places:
        if told.cells[r][c] is None:
            assert (min(possible[r, c]), max(possible[r, c])) == told.known[r, c]
            if table[r][c] < LEAST:
                assert max(possible[r, c]) - min(possible[r, c]) >= LEAST


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), min_size=5, max_size=5), min_size=15, max_size=15))
def test_a_table_of_the_size_of_the_report_is_quick_and_safe(numbers: list[list[int]]) -> None:
    table = {f"{n:02}": dict(zip("abcde", row, strict=True)) for n, row in enumerate(numbers)}
    told = withhold_table(table)
    for (r, c), (low, high) in told.known.items():
        if table[r][c] < LEAST:
            assert high is None or high - low >= LEAST
    assert sum(cell is None for row in told.cells.values() for cell in row.values()) <= 75


@given(st.integers(0, 5000))
def test_a_rounded_number_stands_for_ten_counts_and_the_true_one_is_among_them(count: int) -> None:
    low, high = behind(rounded(count))
    assert low <= count <= high and (high - low == 9 or low == 0)
    with pytest.raises(ValueError, match="no count"):
        rounded(-1 - count)


@given(st.integers(LEAST, 400), st.integers(0, 60), st.integers(0, 60))
def test_no_difference_of_two_moments_is_narrowed_down(first: int, then: int, after: int) -> None:
    """A reader subtracts what was told at an earlier moment: of what came in between they know nothing fine."""
    one, two, whole = first, first + then, first + then + after
    a, b = behind(rounded(one)), behind(rounded(two))
    possible = {y - x for x in range(a[0], a[1] + 1) for y in range(max(x, b[0]), b[1] + 1)}
    assert then in possible and max(possible) - min(possible) >= LEAST
    if tells_little_more(whole, [rounded(one), rounded(two)]):
        for low, high in (a, b):
            rest = [whole - x for x in range(low, min(high, whole) + 1)]
            assert max(rest) - min(rest) >= LEAST


def test_an_exact_number_that_would_give_away_the_last_few_is_not_told() -> None:
    assert tells_little_more(869, [810, 860])
    assert not tells_little_more(86, [90]), "at least 85 there were: one came, or none"
    assert tells_little_more(86, []), "the control: nothing was told before"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_no_part_and_no_rest_of_a_whole_is_small(numbers: list[int]) -> None:
    counts = sorted(numbers, reverse=True)
    told = [one for one in nested(counts) if one is not None]
    assert all(one >= LEAST for one in told)
    for place, one in enumerate(told):
        for other in told[place + 1 :]:
            assert one - other == 0 or one - other >= LEAST
    with pytest.raises(ValueError, match="no part"):
        nested([5, 9])


def test_two_looks_at_one_span_may_withhold_different_things_and_together_tell_all() -> None:
    """Why a span is published once: each of these tables is safe by itself."""
    before = withhold({"medical": 3, "traffic": 12, "family": 14, "labour": 30})
    after = withhold({"medical": 3, "traffic": 12, "family": 11, "labour": 30})
    assert before.total is not None and after.total is not None
    assert before.cells == {"medical": None, "traffic": None, "family": 14, "labour": 30}
    assert after.cells == {"medical": None, "traffic": 12, "family": None, "labour": 30}
    whole = before.total - 14 - 30  # medical and traffic, as they were
    assert whole - (after.cells["traffic"] or 0) == 3, "the withheld one, to the unit"


def attacked(table: dict[str, dict[str, int]], told: WithheldTable) -> list[tuple[int, float, float]]:
    """What somebody with a solver works out of each small withheld count: (the count, at least, at most)."""
    rows, columns = list(table), list(next(iter(table.values())))
    places = [(r, c) for r in rows for c in columns]
    at = {place: n for n, place in enumerate(places)}
    sums: list[tuple[list[int], int | None]] = [([at[r, c] for c in columns], told.rows[r]) for r in rows]
    sums += [([at[r, c] for r in rows], told.columns[c]) for c in columns]
    sums.append((list(range(len(places))), told.total))
    low = [1.0 if told.cells[r][c] is None else float(told.cells[r][c] or 0) for r, c in places]
    high = [1e6 if told.cells[r][c] is None else float(told.cells[r][c] or 0) for r, c in places]
    matrix = np.zeros((len(sums), len(places)))
    for n, (members, _total) in enumerate(sums):
        matrix[n, members] = 1
    # a withheld total is not a nought
    least = [1.0 if total is None else float(total) for _members, total in sums]
    most = [np.inf if total is None else float(total) for _members, total in sums]
    found = []
    for r, c in places:
        if told.cells[r][c] is None and table[r][c] < LEAST:
            ends = []
            for sign in (1.0, -1.0):
                aim = np.zeros(len(places))
                aim[at[r, c]] = sign
                solved = milp(
                    aim,
                    constraints=LinearConstraint(matrix, least, most),
                    bounds=Bounds(low, high),
                    integrality=np.ones(len(places)),
                )
                ends.append(sign * solved.fun if solved.success else sign * np.inf)
            found.append((table[r][c], ends[0], abs(ends[1])))
    return found


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.integers(0, 25), min_size=2, max_size=2), min_size=15, max_size=15))
def test_a_solver_narrows_nothing_down_in_a_table_of_the_published_shape(numbers: list[list[int]]) -> None:
    """Fifteen types, settled and not: an attacker who knows all that is shown, asked anew without our own sums."""
    table = {f"{n:02}": dict(zip(("settled", "not"), row, strict=True)) for n, row in enumerate(numbers)}
    for count, low, high in attacked(table, withhold_table(table)):
        assert low - 1e-6 <= count <= high + 1e-6 and high - low >= LEAST - 1e-6


def test_the_solver_finds_what_is_hidden_by_a_dash_alone() -> None:
    """The control: with nothing but the small ones withheld, the same attacker has them to the unit."""
    table = {"a": {"x": 3, "y": 20}, "b": {"x": 30, "y": 12}}
    dashes = {name: {c: None if n < LEAST else n for c, n in row.items()} for name, row in table.items()}
    bare = WithheldTable(dashes, {"a": 23, "b": 42}, {"x": 33, "y": 32}, 65, {})
    assert attacked(table, bare) == [(3, 3.0, 3.0)]
    ((count, low, high),) = attacked(table, withhold_table(table))
    assert count == 3 and high - low >= LEAST


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 25), min_size=2, max_size=2), min_size=2, max_size=8))
def test_no_total_is_withheld_that_two_others_give_away(numbers: list[list[int]]) -> None:
    told = withhold_table({f"{n}": dict(zip("ab", row, strict=True)) for n, row in enumerate(numbers)})
    totals = [told.total, told.columns["a"], told.columns["b"]]
    assert totals.count(None) != 1 or min(sum(row[n] for row in numbers) for n in (0, 1)) < LEAST
