"""Rates against published values and scipy; the formula line by line; properties of both."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import beta, betabinom

from civics.standing import Faulty, Formula, Prior, by_likelihood, by_moments, rate, score
from civics.standing.formulas import cases_of, plain

#: Rats with tumours in 70 earlier experiments: Tarone (1982), Biometrics 38, as BDA3 table 5.1 has them.
TUMOURS = [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10] + [4] * 7 + [10, 4, 4, 4, 5, 11,
    12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9]  # fmt: skip
RATS = [20] * 7 + [19] * 4 + [18, 18, 17] + [20] * 4 + [19, 19, 18, 18] + [25, 24, 23] + [20] * 6 + [10, 49, 19, 46, 27,
    17, 49, 47, 20, 20, 13, 48, 50] + [20] * 7 + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46,
    47, 24]  # fmt: skip
EARLIER = list(zip(TUMOURS, RATS, strict=True))
CURRENT = (4, 14)


def test_moments_as_the_book_has_them() -> None:
    """BDA3 section 5.1: mean .136 and standard deviation .103 give Beta(1.4, 8.6)."""
    assert len(EARLIER) == 70
    prior = by_moments(EARLIER)
    assert prior is not None
    assert (round(prior.mean, 3), round(prior.a, 1), round(prior.b, 1)) == (0.136, 1.4, 8.6)


def test_the_shrunk_share_as_the_book_has_it() -> None:
    """BDA3 section 5.1: 4 of 14 becomes Beta(5.4, 18.6), mean .223, standard deviation .083; the plain share is .286."""
    found = rate(*CURRENT, Prior(1.4, 8.6), level=0.9)
    assert found.share is not None
    assert (round(found.share, 3)) == 0.286
    # the book prints .223; 5.4/24 is .225: it computed with more digits of the prior than it prints
    exact = by_moments(EARLIER)
    assert exact is not None
    assert round(rate(*CURRENT, exact).shrunk, 3) == 0.223
    assert round(float(beta.std(exact.a + 4, exact.b + 10)), 3) == 0.083
    assert found.low == pytest.approx(beta.ppf(0.05, 5.4, 18.6))
    assert found.high == pytest.approx(beta.ppf(0.95, 5.4, 18.6))


def test_likelihood_as_published() -> None:
    """The maximum for the 70 experiments is (2.304768, 14.079707): vignette of the R package BayesGOF (gMLE.bb)."""
    prior = by_likelihood(EARLIER, careful=False)
    assert prior is not None
    assert prior.a == pytest.approx(2.304768, rel=2e-3)
    assert prior.b == pytest.approx(14.079707, rel=2e-3)


def test_the_careful_mode_as_the_book_has_it() -> None:
    """BDA3 section 5.3: over (log a/b, log(a+b)) the mode lies near (-1.75, 2.8), which is (2.4, 14.0)."""
    prior = by_likelihood([*EARLIER, CURRENT])
    assert prior is not None
    assert math.log(prior.a / prior.b) == pytest.approx(-1.75, abs=0.05)
    assert math.log(prior.size) == pytest.approx(2.8, abs=0.1)


def test_likelihood_as_scipy_finds_it() -> None:
    rows = [(8, 10), (45, 60), (3, 3), (0, 2), (70, 71), (12, 20), (30, 41)]

    def loss(place: list[float]) -> float:
        a, b = math.exp(place[0]), math.exp(place[1])
        return -sum(float(betabinom.logpmf(k, n, a, b)) for k, n in rows)

    theirs = minimize(
        loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000}
    )
    ours = by_likelihood(rows, careful=False)
    assert ours is not None
    assert (ours.a, ours.b) == pytest.approx([math.exp(x) for x in theirs.x], rel=5e-3)


def test_three_of_three_is_not_better_than_ninety_seven_of_a_hundred() -> None:
    peers = [(97, 100), (3, 3), (80, 100), (160, 200), (45, 50)]
    prior = by_likelihood(peers)
    assert prior is not None
    small, large = rate(3, 3, prior), rate(97, 100, prior)
    assert small.shrunk < large.shrunk
    assert small.high - small.low > large.high - large.low
    assert small.pull > 0.5 > large.pull


def test_nothing_to_learn_from() -> None:
    assert by_likelihood([]) is None and by_likelihood([(0, 0)]) is None
    assert by_moments([(1, 2)]) is None
    assert by_moments([(1, 2), (1, 2)]) is None
    for bad in ([(3, 2)], [(-1, 2)]):
        with pytest.raises(ValueError):
            by_likelihood(bad)
    with pytest.raises(ValueError):
        rate(1, 2, Prior(1, 1), level=1)


COUNTS = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_a_shrunk_share_lies_between_its_own_and_the_peers(counts: list[tuple[int, int]]) -> None:
    prior = by_likelihood(counts)
    if prior is None:
        assert all(n == 0 for _k, n in counts)
        return
    assert 0 < prior.mean < 1 and 0.99 <= prior.size <= 1001
    for good, cases in counts:
        found = rate(good, cases, prior)
        ends = sorted((prior.mean, prior.mean if found.share is None else found.share))
        assert ends[0] - 1e-9 <= found.shrunk <= ends[1] + 1e-9
        assert 0 <= found.low <= found.high <= 1
        assert found.low <= beta.median(prior.a + good, prior.b + cases - good) <= found.high
        assert 0 < found.pull <= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 500), st.integers(0, 500), st.floats(0.1, 400), st.floats(0.1, 400))
def test_more_good_cases_never_lower_a_rate(cases: int, good: int, a: float, b: float) -> None:
    good = min(good, cases - 1)
    prior = Prior(a, b)
    less, more = rate(good, cases, prior), rate(good + 1, cases, prior)
    assert less.shrunk < more.shrunk and less.low <= more.low and less.high <= more.high


# ---- the formula

CJT = {
    "shrunk": False,
    "items": [
        {"code": "on_time", "label": "按期结案率", "numerator": "on_time", "denominator": "due", "less": "suspended",
         "full": 50, "threshold": 70, "slope": 1},
        {"code": "closed", "label": "结案率", "numerator": "closed", "denominator": "due", "less": "suspended",
         "full": 20, "threshold": 90, "slope": 1},
        {"code": "rework", "label": "返工", "kind": "each", "numerator": "reworked", "per": 0.2},
        {"code": "rework_3", "label": "返工三次以上", "kind": "each", "numerator": "reworked_often", "per": 0.5},
    ],
}  # fmt: skip


def test_cjt_292_line_by_line() -> None:
    formula = Formula.read(CJT)
    figures = {
        "due": 110,
        "suspended": 10,
        "on_time": 64,
        "closed": 95,
        "reworked": 3,
        "reworked_often": 1,
    }
    found = score(formula, figures, {})
    on_time, closed, rework, often = found.lines
    assert (on_time.good, on_time.cases, on_time.points, on_time.sum) == (
        64,
        100,
        44.0,
        "50 − (70 − 64) × 1 = 44",
    )
    assert (closed.points, closed.sum) == (20.0, "20")
    assert (round(rework.points, 9), rework.sum) == (-0.6, "−3 × 0.2 = −0.6")
    assert often.points == -0.5
    assert found.points == pytest.approx(44 + 20 - 0.6 - 0.5)
    assert (found.full, found.score) == (70, pytest.approx(100 * 62.9 / 70))


def test_at_the_threshold_all_points_and_far_below_none() -> None:
    formula = Formula.read(CJT)
    assert score(formula, {"due": 10, "on_time": 7, "closed": 9}, {}).points == pytest.approx(70)
    none = score(formula, {"due": 10, "on_time": 1, "closed": 1}, {})
    assert none.points == 0 and none.lines[0].sum.endswith("→ 0")


def test_what_never_happened_is_not_counted() -> None:
    formula = Formula.read(CJT)
    nothing = score(formula, {}, {})
    assert nothing.score is None and not nothing.lines[0].counts
    suspended = score(formula, {"due": 4, "suspended": 4}, {})
    assert suspended.score is None


def test_what_matters_little_alone_gives_no_score() -> None:
    items = [
        *CJT["items"],
        {"code": "small", "label": "小", "numerator": "a", "denominator": "b", "full": 30},
    ]  # type: ignore[misc]
    formula = Formula.read({"items": items, "shrunk": False})
    found = score(formula, {"a": 1, "b": 1}, {})
    assert (found.points, found.full, found.score) == (30, 30, None)


def test_low_shares_can_be_the_good_ones() -> None:
    item = {"code": "returns", "label": "退单率", "numerator": "returned", "denominator": "taken", "direction": "down",
            "full": 10, "threshold": 5, "slope": 2}  # fmt: skip
    formula = Formula.read({"items": [item], "shrunk": False})
    found = score(formula, {"returned": 8, "taken": 100}, {})
    assert found.points == pytest.approx(4)
    assert found.lines[0].sum == "10 − (8 − 5) × 2 = 4"


def test_a_formula_survives_being_written_down() -> None:
    formula = Formula.read(CJT)
    assert Formula.read(formula.told()) == formula


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"full": -1}, "number"), ({"full": "many"}, "number"), ({"kind": "guess"}, "kind"), ({"numerator": ""}, "figure"),
        ({"numerator": "dragons"}, "figure"), ({"threshold": 130}, "threshold"), ({"colour": 1}, "unknown"),
        ({"code": "closed"}, "twice"),
    ],
)  # fmt: skip
def test_a_faulty_formula_is_refused(change: dict[str, object], fault: str) -> None:
    items = [dict(CJT["items"][0]) | change, *CJT["items"][1:]]  # type: ignore[arg-type,index]
    with pytest.raises(Faulty) as refusal:
        Formula.read(
            {"items": items},
            frozenset({"due", "suspended", "on_time", "closed", "reworked", "reworked_often"}),
        )
    assert fault in [word for _code, word in refusal.value.faults]


def test_an_empty_formula_is_refused() -> None:
    with pytest.raises(Faulty):
        Formula.read({"items": []})


FIGURES = st.fixed_dictionaries(
    {
        name: st.integers(0, 500)
        for name in ("due", "suspended", "on_time", "closed", "reworked", "reworked_often")
    }
)


@settings(max_examples=80, deadline=None)
@given(FIGURES, st.booleans(), st.floats(0.2, 300), st.floats(0.2, 300))
def test_points_stay_in_their_bounds_and_better_is_never_worse(
    figures: dict[str, int], shrunk: bool, a: float, b: float
) -> None:
    formula = Formula.read(CJT | {"shrunk": shrunk})
    priors = {item.code: Prior(a, b) for item in formula.shares}
    found = score(formula, figures, priors)
    for line in found.lines:
        if line.item.kind == "share":
            assert 0 <= line.points <= line.full
            good, cases = cases_of(line.item, figures)
            assert (line.good, line.cases) == (good, cases)
        else:
            assert line.points <= 0
    if found.score is not None:
        assert 0 <= found.score <= 100
        base = figures["due"] - figures["suspended"]
        if figures["on_time"] < base:
            better = score(formula, figures | {"on_time": figures["on_time"] + 1}, priors)
            assert better.score is not None and better.score >= found.score - 1e-9
        worse = score(formula, figures | {"reworked": figures["reworked"] + 1}, priors)
        assert worse.score is not None and worse.score <= found.score + 1e-9


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        (90, 0, "90"),
        (100.0, 0, "100"),
        (44.0, 2, "44"),
        (0.25, 2, "0.25"),
        (-0.001, 2, "0"),
        (-0.5, 2, "−0.5"),
        (64.2, 1, "64.2"),
        (0, 2, "0"),
    ],
)
def test_numbers_lose_only_needless_zeros(number: float, places: int, text: str) -> None:
    assert plain(number, places) == text
