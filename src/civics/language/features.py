"""Turning a text into the weighted character grams a category model works on.

Lives here: single characters and pairs of neighbouring characters, packed into 64-bit keys with numpy. Spaces
and punctuation are taken out first, so that a segmented text and the same text as it was typed give nearly
the same features. The first characters are the title, or say as much as one: their grams count once more, as
grams of their own. Does not live here: weights learned from texts (`fitting`).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from civics.language.grams import fold

Keys = NDArray[np.uint64]
Floats = NDArray[np.float32]

_DIGITS = re.compile(r"\d+")
_NOISE = re.compile(r"[\W_]+")

#: So many characters at the beginning are the lead (15 to 40 were measured; 30 is best by a little).
LEAD_CHARACTERS = 30
_LEAD = np.uint64(1 << 63)
_PLACE = np.uint64(32)
#: Longer texts add time, not knowledge: nothing behind this many characters is looked at.
MOST_CHARACTERS = 4000


def text_keys(text: str) -> tuple[Keys, Floats]:
    """The distinct grams of a text (sorted keys) and 1 + ln(count) of each, both of the same length."""
    plain = _NOISE.sub("", _DIGITS.sub("0", fold(text[: 2 * MOST_CHARACTERS])))[:MOST_CHARACTERS]
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if not len(codes):
        return np.zeros(0, np.uint64), np.zeros(0, np.float32)
    pairs = (codes[:-1] << _PLACE) | codes[1:]
    lead = (codes[:LEAD_CHARACTERS] | _LEAD, pairs[:LEAD_CHARACTERS] | _LEAD)
    grams = np.concatenate([codes, pairs, *lead])
    grams.sort()
    starts = np.flatnonzero(np.concatenate([[True], grams[1:] != grams[:-1]]))
    counts = np.diff(starts, append=len(grams))
    return grams[starts], (1.0 + np.log(counts)).astype(np.float32)
