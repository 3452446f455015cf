"""Reports that are probably about the same thing.

Lives here: a score from 0 to 1 for two texts (with time and place when known), a reason in plain Chinese, an
index that finds the nearest open reports, and the grouping of many reports into issues. Does not live here:
what a room does with it (following, merging, undoing), and categories (`civics.language`).

A text is "title\\nbody". The scale is the same everywhere: from `WORTH_SHOWING` on, a pair is worth a look;
from `PROBABLY_SAME` on, it is about the same thing more often than not.
"""

from civics.nearness.grouping import group
from civics.nearness.index import NearnessIndex
from civics.nearness.pairs import PROBABLY_SAME, WORTH_SHOWING, Compared, Why, compare
from civics.nearness.rarity import Rarity, rarity_from

__all__ = [
    "PROBABLY_SAME",
    "WORTH_SHOWING",
    "Compared",
    "NearnessIndex",
    "Rarity",
    "Why",
    "compare",
    "group",
    "rarity_from",
]
