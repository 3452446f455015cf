"""Cutting a text into the grams it is searched and compared by.

Lives here: the one rule that says what a gram is. Chinese has no spaces and most query words have two
characters, so a run of Chinese characters becomes its overlapping pairs; letters and digits stay whole
words. Does not live here: weights, vectors, or anything that needs a collection of texts.
"""

from __future__ import annotations

import re
import unicodedata
from operator import add

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

#: A run of Chinese characters, or a run of other letters and digits (one word).
RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
#: A character that may look different after folding. Wide punctuation is left out: it only separates, and it is
#: in nearly every text, so that passing over it saves most of the time folding takes.
_ODD = re.compile(
    "[^\x00-\x7f\u2010-\u2027\u3000-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20\uff5b-\uff5e]"
)


def fold(text: str) -> str:
    """The text with width and case of letters and digits evened out (`Ａ３区` → `a3区`); punctuation may stay wide."""
    return (unicodedata.normalize("NFKC", text) if _ODD.search(text) else text).lower()


def _cut(text: str) -> list[str]:
    found: list[str] = []
    for run in RUN.findall(fold(text)):
        # Below this there are only the letters of alphabets; kana and hangul are cut like Chinese.
        if run[0] < "\u3007":
            found.append(run)
        elif len(run) > 1:
            found.extend(map(add, run, run[1:]))
    return found


def bigrams(text: str) -> list[str]:
    """The grams under which a text is indexed: each once, in order of first appearance.

    Overlapping pairs of each run of Chinese characters, and whole words of other letters and digits in lower
    case. Punctuation and spaces end a run. A single Chinese character standing alone gives nothing.
    """
    return list(dict.fromkeys(_cut(text)))


def query_bigrams(query: str) -> list[str]:
    """The grams that must all be present in `bigrams(text)` for the text to match the query.

    Words and runs separated by spaces or punctuation may stand anywhere in the text. A query of one single
    Chinese character gives an empty list: the index cannot answer it, so the caller asks for a second
    character (or falls back to a plain scan).
    """
    return bigrams(query)


def lone_characters(query: str) -> list[str]:
    """The single Chinese characters of a query that `query_bigrams` leaves out, each once, in order."""
    return list(dict.fromkeys(run for run in RUN.findall(fold(query)) if len(run) == 1 and run >= "\u3007"))


def repeated_grams(text: str) -> list[str]:
    """Like `bigrams`, but a gram comes as often as it occurs: for counting."""
    return _cut(text)
