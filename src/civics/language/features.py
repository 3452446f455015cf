"""Turning a text into the weighted character grams a category model works on.

Lives here: single characters and pairs of neighbouring characters, packed into 32-bit keys with numpy, with
spaces and punctuation taken out first, so that a segmented text and the same text as it was typed give nearly
the same features. The first characters (the title) count several times. Does not live here: weights learned
from texts (`category`).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from civics.language.grams import fold

Keys = NDArray[np.uint32]
Floats = NDArray[np.float32]

_DIGITS = re.compile(r"\d+")
_NOISE = re.compile(r"[\W_]+")

#: The title opens the text; measured best between 20 and 30 characters, counted four times.
LEAD_CHARACTERS, LEAD_TIMES = 30, 4
#: Longer texts add time, not knowledge: nothing behind this many characters is looked at.
MOST_CHARACTERS = 4000


def text_keys(text: str) -> tuple[Keys, Floats]:
    """The distinct grams of a text (sorted keys) and 1 + ln(count) of each, both of the same length."""
    plain = _NOISE.sub("", _DIGITS.sub("0", fold(text[: 2 * MOST_CHARACTERS])))[:MOST_CHARACTERS]
    # Characters beyond the basic plane share a slot with another one: rare enough not to matter.
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32) & np.uint32(0xFFFF)
    if not len(codes):
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    pairs = (codes[:-1] << np.uint32(16)) | codes[1:]
    lead = [codes[:LEAD_CHARACTERS], pairs[:LEAD_CHARACTERS]] * (LEAD_TIMES - 1)
    everything = np.concatenate([codes, pairs, *lead])
    everything.sort()
    starts = np.flatnonzero(np.concatenate([[True], everything[1:] != everything[:-1]]))
    counts = np.diff(starts, append=len(everything))
    return everything[starts], (1.0 + np.log(counts)).astype(np.float32)
