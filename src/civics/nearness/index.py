"""The open reports nearest to a text, among tens of thousands, in milliseconds.

Lives here: an inverted index in memory. A question adds up what it shares with every report, and the best of
those are scored exactly as `compare` does, with the rarities of what the index holds at that moment: so the
order in which reports came does not matter, and a removed report leaves nothing behind. Does not live here:
storage, and the decision which reports are open.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from civics.nearness.pairs import Place, Why, hours, is_place, metres, moment, reason, score
from civics.nearness.rarity import GUESS_COUNTS_AS, blended, guessed, sketch, trimmed

#: So many candidates are scored exactly, at least.
CANDIDATES = 64


@dataclass(frozen=True, slots=True)
class _Report:
    """What is kept of one report: the numbers of its grams, in the order of the text, and their counts."""

    key: Any
    text: str
    grams: NDArray[np.int32]
    counts: NDArray[np.float32]
    when: datetime | None
    where: Place | None


class NearnessIndex:
    """Reports by key (any hashable); safe to use from several threads. About 4 kB per report."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._reports: list[_Report | None] = []
        self._slots: dict[Hashable, int] = {}
        self._free_slots: list[int] = []
        # By slot: a length that does not depend on the other reports, to choose candidates by.
        self._lengths = array("d")
        # By number of the gram: who holds it, how often each does, and the first guess of its rarity.
        self._numbers: dict[str, int] = {}
        self._free_numbers: list[int] = []
        self._names: list[str] = []
        self._holders: list[array[int]] = []
        self._counts: list[array[float]] = []
        self._frequency = array("i")
        self._guesses = array("d")

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots

    def add(
        self, key: Hashable, text: str | None, *, when: datetime | None = None, where: Place | None = None
    ) -> None:
        """Add a report ("title\\nbody"), or replace the one with this key."""
        counted = sketch(text)
        known_when = when if moment(when) is not None else None
        known_where = where if is_place(where) else None
        with self._lock:
            self._drop(key)
            grams = np.fromiter((self._number(gram) for gram in counted), np.int32, len(counted))
            counts = np.fromiter(counted.values(), np.float32, len(counted))
            slot = self._free_slots.pop() if self._free_slots else self._new_slot()
            self._reports[slot] = _Report(key, trimmed(text), grams, counts, known_when, known_where)
            self._slots[key] = slot
            length = 0.0
            for number, count in zip(grams.tolist(), counts.tolist(), strict=True):
                self._holders[number].append(slot)
                self._counts[number].append(count)
                self._frequency[number] += 1
                length += (count * self._guesses[number]) ** 2
            self._lengths[slot] = sqrt(length) or 1.0

    def remove(self, key: Hashable) -> bool:
        """Take a report out; True if it was there. Removing what is not there is no error."""
        with self._lock:
            return self._drop(key)

    def nearest(
        self, text: str | None, n: int = 5, *, when: datetime | None = None, where: Place | None = None
    ) -> list[tuple[Any, float, Why]]:
        """Up to `n` reports as (key, score, reason), nearest first; equal scores in the order of their keys.

        Reports that share no gram with the text are left out. Score and reason are those of `compare`.
        """
        if n < 1:
            raise ValueError("n must be at least 1")
        asked = sketch(text)
        with self._lock:
            weigh = {gram: self._rarity(gram) for gram in asked}
            own = sum((count * weigh[gram]) ** 2 for gram, count in asked.items())
            found = []
            for report, likeness in self._candidates(asked, weigh, own, max(CANDIDATES, 2 * n)):
                apart, between = metres(where, report.where), hours(when, report.when)
                found.append((score(likeness, apart, between), report, apart, between))
            found.sort(key=lambda hit: (-hit[0], _rank(hit[1].key)))
            answers = []
            for value, report, apart, between in found[:n]:
                held = zip(
                    (self._names[i] for i in report.grams.tolist()), report.counts.tolist(), strict=True
                )
                shared = {g: asked[g] * count * weigh[g] ** 2 for g, count in held if g in weigh}
                answers.append((report.key, value, reason(text, report.text, shared, apart, between)))
        return answers

    def _candidates(
        self, asked: dict[str, int], weigh: dict[str, float], own: float, number: int
    ) -> list[tuple[_Report, float]]:
        """The reports that share most with the text, each with its exact likeness."""
        slots, gains = [], []
        for gram, count in asked.items():
            at = self._numbers.get(gram)
            if at is not None:
                slots.append(np.frombuffer(self._holders[at], dtype=np.int32))
                gains.append(np.frombuffer(self._counts[at], dtype=np.float32) * (count * weigh[gram] ** 2))
        if not slots:
            return []
        total = np.bincount(np.concatenate(slots), np.concatenate(gains), minlength=len(self._reports))
        hits = np.flatnonzero(total)
        if len(hits) > number:
            cheap = total[hits] / np.frombuffer(self._lengths)[hits]
            hits = hits[cheap >= np.partition(cheap, -number)[-number] * (1 - 1e-9)]
        # Many copies of one text may tie: they are all alike, so any of them will do beyond this.
        reports = [report for slot in hits[: 8 * number] if (report := self._reports[slot]) is not None]
        grams = np.concatenate([report.grams for report in reports])
        counts = np.concatenate([report.counts for report in reports])
        weights = counts * self._rarities(grams)
        ends = np.cumsum([len(report.grams) for report in reports])
        squares = np.add.reduceat(weights * weights, np.concatenate([[0], ends[:-1]]))
        likeness = np.minimum(1.0, total[hits[: 8 * number]] / np.sqrt(own * squares))
        return list(zip(reports, likeness.tolist(), strict=True))

    def _rarity(self, gram: str) -> float:
        at = self._numbers.get(gram)
        return blended(guessed(gram), len(self._slots), 0 if at is None else self._frequency[at])

    def _rarities(self, grams: NDArray[np.int32]) -> NDArray[np.float64]:
        """`blended` for many grams at once."""
        texts = float(len(self._slots))
        seen = np.log((1.0 + texts) / (1.0 + np.frombuffer(self._frequency, dtype=np.int32)[grams])) + 1.0
        guesses = np.frombuffer(self._guesses)[grams]
        mixed: NDArray[np.float64] = (GUESS_COUNTS_AS * guesses + texts * seen) / (GUESS_COUNTS_AS + texts)
        return mixed

    def _new_slot(self) -> int:
        self._reports.append(None)
        self._lengths.append(1.0)
        return len(self._reports) - 1

    def _number(self, gram: str) -> int:
        """The number of a gram, a new or a freed one when it is not known yet."""
        at = self._numbers.get(gram)
        if at is None:
            if self._free_numbers:
                at = self._free_numbers.pop()
                self._names[at], self._guesses[at] = gram, guessed(gram)
            else:
                at = len(self._names)
                self._names.append(gram)
                self._guesses.append(guessed(gram))
                self._frequency.append(0)
                self._holders.append(array("i"))
                self._counts.append(array("f"))
            self._numbers[gram] = at
        return at

    def _drop(self, key: Hashable) -> bool:
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        report = self._reports[slot]
        assert report is not None
        for number in report.grams.tolist():
            holders, counts = self._holders[number], self._counts[number]
            at = holders.index(slot)
            holders[at], counts[at] = holders[-1], counts[-1]
            holders.pop()
            counts.pop()
            self._frequency[number] -= 1
            if not holders:
                del self._numbers[self._names[number]]
                self._free_numbers.append(number)
        self._reports[slot] = None
        self._free_slots.append(slot)
        return True


def _rank(key: Any) -> tuple[int, float, str]:
    """Numbers in their order, before everything else in the order of its text."""
    if isinstance(key, int | float):
        return (0, float(key), "")
    return (1, 0.0, str(key))
