"""Category suggestions from an authored table of keywords, for the time before any training.

Lives here: how a table of keywords becomes a suggestion. Does not live here: the keywords themselves,
which are content, and trained models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from civics.language.grams import fold

#: Weight a keyword must gather before it outweighs "we know nothing": keeps one weak hit from looking sure.
DOUBT = 1.0
#: Residents put the matter into the first words: a keyword found there counts this much more.
LEAD_CHARACTERS, LEAD_BONUS = 30, 0.5


class KeywordTable:
    """Suggests labels by the keywords a text contains.

    `rows` are `(label, keyword, weight)` with weight > 0 (1 = an ordinary hint, 3 = nearly decides).
    The same keyword may stand for several labels. Raises ValueError for an empty table, an empty keyword or
    a weight that is not a positive number.
    """

    def __init__(self, rows: Iterable[tuple[str, str, float]]) -> None:
        self.labels: list[str] = []
        self._hits: dict[str, list[tuple[int, float]]] = {}
        # keywords by their first two characters, so that a text is looked through once and not once per keyword
        self._heads: dict[str, list[str]] = {}
        place: dict[str, int] = {}
        for label, keyword, weight in rows:
            word = "".join(fold(str(keyword)).split())
            value = float(weight)
            if not label or not word:
                raise ValueError(
                    f"keyword table: label and keyword must not be empty ({label!r}, {keyword!r})"
                )
            if not math.isfinite(value) or value <= 0:
                raise ValueError(
                    f"keyword table: the weight of {keyword!r} must be a number above 0, not {weight!r}"
                )
            if label not in place:
                place[label] = len(self.labels)
                self.labels.append(label)
            if word not in self._hits:
                self._heads.setdefault(word[:2], []).append(word)
            self._hits.setdefault(word, []).append((place[label], value))
        if not self.labels:
            raise ValueError("keyword table: no rows")

    def suggest(self, text: str, n: int = 2) -> list[tuple[str, float]]:
        """The `n` best labels with probabilities, best first; over all labels they add up to 1.

        Without any keyword in the text all labels are equally likely, in the order of the table.
        """
        if n < 1:
            raise ValueError("n must be at least 1")
        plain = "".join(fold(text).split())
        scores = [0.0] * len(self.labels)
        for word, at in self._found(plain).items():
            bonus = LEAD_BONUS if at < LEAD_CHARACTERS else 0.0
            for index, weight in self._hits[word]:
                scores[index] += weight * (1.0 + bonus)
        total = sum(scores) + DOUBT
        share = DOUBT / len(scores)
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:n]
        return [(self.labels[i], (scores[i] + share) / total) for i in order]

    def _found(self, plain: str) -> dict[str, int]:
        """The keywords that a folded text contains, each with the place where it first stands."""
        found: dict[str, int] = {}
        heads = self._heads
        for at in range(len(plain)):
            for head in (plain[at : at + 2], plain[at]):
                for word in heads.get(head, ()):
                    if word not in found and plain.startswith(word, at):
                        found[word] = at
        return found
