"""Shares of small and large numbers side by side: beta-binomial empirical Bayes.

Three of three is not better than ninety-seven of a hundred. Each unit's share is drawn toward the mean of its peers,
the more the fewer cases it had: with a prior Beta(a, b) fitted to all peers, ``k`` of ``n`` becomes
``(k + a) / (n + a + b)``, as if ``a + b`` ordinary cases had come before, ``a`` of them good.

Sources: A. Gelman et al., *Bayesian Data Analysis* (3rd ed. 2013), sections 5.1 and 5.3 (the model, the moments, the
hyperprior); C. N. Morris, "Parametric empirical Bayes inference", JASA 78 (1983) 47-55. The prior is taken as known, so
that with few peers the intervals are a little too narrow (Morris, section 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit
from scipy.stats import beta as beta_law

#: Cases that the peers' mean may weigh at least and at most: one case, and as many as hardly any unit has.
LEAST, MOST = 1.0, 1000.0


@dataclass(frozen=True)
class Prior:
    """What is known of a unit before its own cases are looked at: Beta(a, b), both above zero."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (self.a > 0 and self.b > 0 and math.isfinite(self.a + self.b)):
            raise ValueError("a prior needs two finite numbers above zero")

    @property
    def mean(self) -> float:
        """The peers' mean, 0..1."""
        return self.a / (self.a + self.b)

    @property
    def size(self) -> float:
        """As many cases the peers' mean weighs."""
        return self.a + self.b


@dataclass(frozen=True)
class Rate:
    """``good`` of ``cases``: the plain share (None without cases), the shrunk one, and its credible interval, 0..1.

    ``pull`` is the weight of the peers' mean in the shrunk share: 1 without cases, toward 0 with many.
    """

    good: int
    cases: int
    share: float | None
    shrunk: float
    low: float
    high: float
    pull: float


def _checked(counts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    for good, cases in counts:
        if not 0 <= good <= cases:
            raise ValueError(f"{good} of {cases} is no share")
    return [(good, cases) for good, cases in counts if cases]


def by_moments(counts: Sequence[tuple[int, int]]) -> Prior | None:
    """The prior whose mean and variance are those of the plain shares (BDA3 section 5.1, equation A.3).

    ``counts`` are (good, cases) per unit; units without cases say nothing. None when fewer than two units have cases,
    or when the shares do not differ, or more than any Beta allows.
    """
    rows = _checked(counts)
    if len(rows) < 2:
        return None
    shares = np.array([good / cases for good, cases in rows])
    mean, variance = float(shares.mean()), float(shares.var(ddof=1))
    if variance <= 0 or not 0 < mean < 1:
        return None
    size = mean * (1 - mean) / variance - 1
    return Prior(mean * size, (1 - mean) * size) if size > 0 else None


def log_likelihood(prior: Prior, counts: Sequence[tuple[int, int]]) -> float:
    """Logarithm of the beta-binomial likelihood of (good, cases), without the binomial coefficients."""
    rows = np.array(_checked(counts), dtype=float).reshape(-1, 2)
    good, bad = rows[:, 0], rows[:, 1] - rows[:, 0]
    return float(np.sum(betaln(prior.a + good, prior.b + bad) - betaln(prior.a, prior.b)))


def by_likelihood(
    counts: Sequence[tuple[int, int]], *, careful: bool = True, least: float = LEAST, most: float = MOST
) -> Prior | None:
    """The prior under which what the peers did is most likely; None when no unit has cases.

    ``careful`` adds the hyperprior (a + b)^(-5/2) of BDA3 equation 5.9 and takes the mode over (log a/b, log(a + b)), so
    that a few units that happen to be alike do not swallow everybody; False gives the plain maximum. ``least`` and
    ``most`` bound the number of cases that the peers' mean may weigh.
    """
    rows = _checked(counts)
    if not rows:
        return None
    good, cases = sum(g for g, _n in rows), sum(n for _g, n in rows)
    low, high = math.log(least), math.log(most)

    def prior(place: np.ndarray) -> Prior:
        mean, size = float(expit(place[0])), math.exp(float(place[1]))
        return Prior(max(mean * size, 1e-9), max((1 - mean) * size, 1e-9))

    def loss(place: np.ndarray) -> float:
        found = prior(place)
        value = log_likelihood(found, rows)
        if careful:
            value += math.log(found.a) + math.log(found.b) - 2.5 * math.log(found.size)
        return -value

    mean = (good + 0.5) / (cases + 1)
    centre = math.log(mean / (1 - mean))
    starts = [min(max(math.log(size), low), high) for size in (3.0, 30.0, 300.0)]
    tries = [
        minimize(
            loss, np.array([centre, start]), method="L-BFGS-B", bounds=[(-9.0, 9.0), (low, high)],
            options={"ftol": 1e-12, "gtol": 1e-8},
        )
        for start in starts
    ]  # fmt: skip
    return prior(min(tries, key=lambda one: float(one.fun)).x)


def rate(good: int, cases: int, prior: Prior, *, level: float = 0.9) -> Rate:
    """The share of one unit, shrunk toward its peers, with the equal-tailed credible interval of ``level``.

    The posterior is Beta(a + good, b + cases - good). Raises ValueError unless 0 <= good <= cases and 0 < level < 1.
    """
    _checked([(good, cases)])
    if not 0 < level < 1:
        raise ValueError("the level lies between 0 and 1")
    a, b = prior.a + good, prior.b + cases - good
    tail = (1 - level) / 2
    low, high = (float(edge) for edge in beta_law.ppf([tail, 1 - tail], a, b))
    return Rate(
        good=good,
        cases=cases,
        share=good / cases if cases else None,
        shrunk=a / (a + b),
        low=low,
        high=high,
        pull=prior.size / (prior.size + cases),
    )
