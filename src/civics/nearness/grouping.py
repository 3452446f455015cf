"""Grouping many reports into issues.

Lives here: average-linkage grouping on a sparse graph of similar texts, so that tens of thousands need
megabytes, not gigabytes. One author's repeated posts count once: they follow the first of them. Does not live
here: the score of a pair (`pairs`), which is the same with time and place; names and ranking of issues.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from civics.nearness.pairs import Place, hours, metres, score
from civics.nearness.rarity import GUESS_COUNTS_AS, blended, guessed, sketch

#: Two groups become one while the mean score of their pairs is at least this (measured on real issues among
#: thousands of texts). Of few texts nobody knows yet which words are common, so more likeness is asked for.
JOIN_FROM, JOIN_FROM_OF_FEW = 0.14, 0.3
#: Pairs below FAINT are taken as 0. Each text looks for so many neighbours that could join it, and for so many
#: fainter ones, which only lower the mean of a group: bounds memory.
FAINT, MOST_STRONG, MOST_FAINT = 0.05, 1000, 60
#: Posts of the same author at least this alike are one post repeated.
REPEATED_FROM = 0.5
BLOCK = 512


def group(
    texts: Sequence[str | None],
    *,
    authors: Sequence[Hashable | None] | None = None,
    when: Sequence[datetime | None] | None = None,
    where: Sequence[Place | None] | None = None,
) -> list[list[int]]:
    """Indices of `texts` ("title\\nbody") in groups about the same thing: each index once, if need be alone.

    Largest group first, then by first index; indices rising. `authors`, `when` and `where` are optional, as
    long as `texts`, and may hold None. Deterministic. Raises ValueError for lengths that differ.
    """
    number = len(texts)
    for name, given in (("authors", authors), ("when", when), ("where", where)):
        if given is not None and len(given) != number:
            raise ValueError(f"{number} texts but {len(given)} {name}")
    if number == 0:
        return []
    rows = vectors(texts)
    leader = _repeated(rows, authors)
    heads = np.flatnonzero(leader == np.arange(number))
    least = (GUESS_COUNTS_AS * JOIN_FROM_OF_FEW + number * JOIN_FROM) / (GUESS_COUNTS_AS + number)
    near = _neighbours(rows[heads], heads, when, where, least)
    label = _join(len(heads), near, least)
    place = np.zeros(number, dtype=np.intp)
    place[heads] = label
    groups: dict[int, list[int]] = {}
    for index in range(number):
        groups.setdefault(int(place[leader[index]]), []).append(index)
    return sorted(groups.values(), key=lambda members: (-len(members), members[0]))


def vectors(texts: Sequence[str | None]) -> Any:
    """Sparse (texts, grams) rows of length one; empty texts give empty rows.

    Grams that occur once are counted in the length and then left out: they cannot be shared.
    """
    # Only here, so that a web server which never groups does not carry scipy.
    from scipy import sparse

    sketches = [sketch(text) for text in texts]
    place: dict[str, int] = {}
    columns: list[int] = []
    values: list[int] = []
    ends = [0]
    for counts in sketches:
        columns.extend(place.setdefault(gram, len(place)) for gram in counts)
        values.extend(counts.values())
        ends.append(len(columns))
    columns_ = np.array(columns, dtype=np.int32)
    frequency = np.bincount(columns_, minlength=len(place))
    guesses = np.fromiter((guessed(gram) for gram in place), np.float64, len(place))
    rarity = np.array([blended(g, len(texts), f) for g, f in zip(guesses, frequency, strict=True)])
    weighted = (np.array(values) * rarity[columns_]).astype(np.float32)
    rows = sparse.csr_matrix((weighted, columns_, ends), shape=(len(texts), max(1, len(place))))
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows = sparse.diags_array((1.0 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ rows
    return rows.tocsc()[:, np.flatnonzero(frequency > 1)].tocsr()


def _repeated(rows: Any, authors: Sequence[Hashable | None] | None) -> Any:
    """For each text the first post it repeats (itself when it repeats none)."""
    leader = np.arange(rows.shape[0])
    if authors is None:
        return leader
    posts: dict[Hashable, list[int]] = {}
    for index, author in enumerate(authors):
        if author is not None and author != "" and author == author:
            posts.setdefault(author, []).append(index)
    for mine in posts.values():
        if len(mine) > 1:
            alike = (rows[mine] @ rows[mine].T).toarray()
            for later in range(1, len(mine)):
                first = [
                    i for i in range(later) if leader[mine[i]] == mine[i] and alike[later, i] >= REPEATED_FROM
                ]
                if first:
                    leader[mine[later]] = mine[max(first, key=lambda i: (alike[later, i], -i))]
    return leader


def _neighbours(
    rows: Any,
    heads: Any,
    when: Sequence[datetime | None] | None,
    where: Sequence[Place | None] | None,
    least: float,
) -> list[dict[int, float]]:
    """For each text its neighbours with the score of the pair, both ways."""
    near: list[dict[int, float]] = [{} for _ in range(rows.shape[0])]
    columns = rows.T.tocsr()
    for start in range(0, rows.shape[0], BLOCK):
        block = (rows[start : start + BLOCK] @ columns).toarray()
        for offset, likes in enumerate(block):
            one = start + offset
            others = np.concatenate(
                [_best(likes, least, 9.0, MOST_STRONG), _best(likes, FAINT, least, MOST_FAINT)]
            )
            values = likes[others].tolist()
            for other, value in zip(others.tolist(), values, strict=True):
                if other != one and other not in near[one]:
                    if when is not None or where is not None:
                        value = _placed(float(value), int(heads[one]), int(heads[other]), when, where)
                    near[one][other] = near[other][one] = value
    return near


def _best(likes: Any, least: float, below: float, most: int) -> Any:
    """The places of the `most` highest values from `least` up to `below`, ties in rising order."""
    others = np.flatnonzero((likes >= least) & (likes < below))
    return others if len(others) <= most else others[np.argsort(-likes[others], kind="stable")[:most]]


def _placed(
    likeness: float,
    one: int,
    other: int,
    when: Sequence[datetime | None] | None,
    where: Sequence[Place | None] | None,
) -> float:
    apart = metres(where[one], where[other]) if where is not None else None
    between = hours(when[one], when[other]) if when is not None else None
    return score(likeness, apart, between)


def _join(number: int, near: list[dict[int, float]], least: float) -> list[int]:
    """Average linkage: the two groups with the highest mean score become one until none reaches `least`.

    A group's links hold the sum of the scores to each other group; pairs that were left out count as 0.
    """
    size = [1] * number
    parent = list(range(number))
    queue = [
        (-value, one, other) for one in range(number) for other, value in near[one].items() if one < other
    ]
    queue = [entry for entry in queue if entry[0] <= -least]
    heapify(queue)
    while queue:
        worth, one, other = heappop(queue)
        total = near[one].get(other)
        if total is None or -worth != total / (size[one] * size[other]):
            continue
        if len(near[one]) < len(near[other]):
            one, other = other, one
        del near[one][other], near[other][one]
        for third, value in near[other].items():
            mine = near[one].get(third, 0.0) + value
            near[one][third] = near[third][one] = mine
            del near[third][other]
        near[other] = {}
        size[one] += size[other]
        parent[other] = one
        for third, value in near[one].items():
            mean = value / (size[one] * size[third])
            if mean >= least:
                heappush(queue, (-mean, min(one, third), max(one, third)))
    for index in range(number):
        top = index
        while parent[top] != top:
            top = parent[top]
        parent[index] = top
    return parent
