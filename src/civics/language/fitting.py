"""Learning the weights of a category model.

Lives here: which grams are kept, how much each counts, the least-squares margin solver and the calibration.
Does not live here: answering (`category`). Only this file needs scipy, and only while fitting.

A gram counts by how unevenly it is spread over the labels (its largest log ratio of rates inside a label
against outside, to the power of EVENNESS), which on residents' messages beats inverse document frequency. The weights
are the one-against-the-rest squared-hinge solution (a linear support vector machine): started from ridge
regression, then solved again on the texts that violate the margin until those no longer change (Keerthi &
DeCoste 2005, "A modified finite Newton method for fast solution of large scale linear SVMs"). The sharpness
of the softmax is chosen on a fifth that was kept out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from civics.language.features import Floats, Keys

#: A gram must occur in this many texts to be kept.
FEWEST_TEXTS = 2
#: 0 = all grams alike, 1 = by the full log ratio; 0.75 measured best (0.5: −.001, 0.35: −.005 macro-F1).
EVENNESS = 0.75
#: Ridge term: small, because texts of unit length hardly overlap.
RIDGE = 0.3
#: Rounds on the violating texts, and steps of the conjugate gradient in each.
ROUNDS, STEPS, ENOUGH = 8, 60, 1e-3

Counted = tuple[Keys, Floats]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Learned:
    """What fitting gives: shapes as in `CategoryModel.__init__`."""

    priors: Doubles
    sharpness: float
    grams: Keys
    importance: Floats
    weights: Floats


def learn(counted: Sequence[Counted], answers: NDArray[np.intp], kinds: int) -> Learned:
    """Fit on counted grams of each text and the number of its label (0 … kinds-1)."""
    grams, importance = _choose(counted, answers, kinds)
    if not len(grams):
        raise ValueError("nothing to learn from: no character occurs in two texts")
    rows = _matrix(counted, grams, importance)
    weights = _solve(rows, answers, kinds)
    priors = (np.bincount(answers, minlength=kinds) + 1.0) / (len(answers) + kinds)
    return Learned(priors, _sharpness(counted, answers, kinds), grams, importance, weights.astype(np.float32))


def _choose(counted: Sequence[Counted], answers: NDArray[np.intp], kinds: int) -> tuple[Keys, Floats]:
    """The grams kept (sorted) and the importance of each."""
    every, frequency = np.unique(np.concatenate([keys for keys, _ in counted]), return_counts=True)
    grams = every[frequency >= FEWEST_TEXTS]
    if not len(grams):
        return grams, np.zeros(0, np.float32)
    within = np.full((len(grams), kinds), 0.5)
    for (keys, _), answer in zip(counted, answers, strict=True):
        at = grams.searchsorted(keys)
        at[at == len(grams)] = 0
        within[at[grams[at] == keys], answer] += 1.0
    sizes = np.bincount(answers, minlength=kinds) + 1.0
    outside = (within.sum(axis=1, keepdims=True) - within) / (sizes.sum() - sizes)
    ratio = np.abs(np.log(within / sizes) - np.log(outside)).max(axis=1)
    return grams, (np.maximum(ratio, 1e-3) ** EVENNESS).astype(np.float32)


def _matrix(counted: Sequence[Counted], grams: Keys, importance: Floats) -> Any:
    """Sparse (texts, grams), rows of length one."""
    columns, values, ends = [], [], [0]
    for keys, counts in counted:
        at = grams.searchsorted(keys)
        at[at == len(grams)] = 0
        known = grams[at] == keys
        at = at[known]
        row = counts[known] * importance[at]
        columns.append(at.astype(np.int32))
        values.append(row / max(float(np.sqrt(row @ row)), 1e-9))
        ends.append(ends[-1] + len(at))
    shape = (len(counted), len(grams))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=shape)


def _solve(rows: Any, answers: NDArray[np.intp], kinds: int) -> Doubles:
    """Weights (grams, kinds) that minimise |w|² · RIDGE + Σ max(0, 1 − t·s)² for each label alone."""
    targets = np.where(answers[:, None] == np.arange(kinds), 1.0, -1.0).astype(np.float32)
    turned = rows.T.tocsr()
    weights = np.zeros((rows.shape[1], kinds), np.float32)
    active = np.ones(targets.shape, np.float32)
    for _ in range(ROUNDS):
        weights = _conjugate(rows, turned, weights, active, targets)
        violating = (targets * (rows @ weights) < 1.0).astype(np.float32)
        if (violating != active).mean() < ENOUGH:
            break
        active = violating
    return weights


def _conjugate(rows: Any, turned: Any, start: Any, active: Any, targets: Any) -> Any:
    """Ridge regression on the active texts of each label, all labels side by side, from a first guess."""
    weights = start.copy()
    residual = turned @ (active * (targets - rows @ weights)) - RIDGE * weights
    direction = residual.copy()
    size = (residual * residual).sum(axis=0)
    goal = size * 0 + ENOUGH**2 * ((turned @ (active * targets)) ** 2).sum(axis=0)
    for _ in range(STEPS):
        if (size <= goal).all():
            break
        along = turned @ (active * (rows @ direction)) + RIDGE * direction
        step = size / np.maximum((direction * along).sum(axis=0), 1e-30)
        weights += step * direction
        residual -= step * along
        fresh = (residual * residual).sum(axis=0)
        direction = residual + (fresh / np.maximum(size, 1e-30)) * direction
        size = fresh
    return weights


def _sharpness(counted: Sequence[Counted], answers: NDArray[np.intp], kinds: int) -> float:
    """The factor before the softmax that fits a kept-out fifth best (every fifth text of each label)."""
    position = np.zeros(len(answers), dtype=np.intp)
    for kind in range(kinds):
        mine = np.flatnonzero(answers == kind)
        position[mine] = np.arange(len(mine))
    out = position % 5 == 4
    if out.sum() < 20:
        return 3.0
    inside = [pair for pair, left in zip(counted, out, strict=True) if not left]
    outside = [pair for pair, left in zip(counted, out, strict=True) if left]
    grams, importance = _choose(inside, answers[~out], kinds)
    if not len(grams):
        return 3.0
    weights = _solve(_matrix(inside, grams, importance), answers[~out], kinds)
    scores = np.asarray(_matrix(outside, grams, importance) @ weights, dtype=np.float64)
    truth = answers[out]

    def loss(factor: float) -> float:
        logits = factor * scores
        logits -= logits.max(axis=1, keepdims=True)
        return float((np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(truth)), truth]).mean())

    return float(min(np.geomspace(0.5, 20.0, 60), key=loss))
