"""Numbers of personal documents of the mainland, Hong Kong and Macao: their shape, and the check digit where one is published.

Sources: GB 11643-1999 with ISO 7064 MOD 11-2 (resident ID, and the residence permits 810000/820000/830000 of residents of
Hong Kong, Macao and Taiwan); Hong Kong identity card: letters as 10–35, weights 9 to 2, remainder 11. For the Macao
resident identity card (BIR) and the home-return permit only the shape is public: a wrong digit is not noticed there.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

MAINLAND_ID, HKM_RESIDENCE, HK_ID, MACAO_ID, HOME_RETURN = (
    "mainland_id", "hkm_residence", "hk_id", "macao_id", "home_return",
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SIGNS = "10X98765432"
#: Kinds whose check digit is published.
CHECKED = frozenset({MAINLAND_ID, HKM_RESIDENCE, HK_ID})


def plain(number: str) -> str:
    """Without blanks, brackets and hyphens, in capitals."""
    return re.sub(r"[\s()（）\-/]", "", unicodedata.normalize("NFKC", number)).upper()


def _resident(number: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(sign) * weight for sign, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _SIGNS[total % 11] == number[17]


def _hong_kong(number: str) -> bool:
    found = re.fullmatch(r"([A-Z]{1,2})([0-9]{6})([0-9A])", number)
    if found is None:
        return False
    letters = [36] * (2 - len(found[1])) + [ord(sign) - 55 for sign in found[1]]
    values = [*letters, *map(int, found[2]), 10 if found[3] == "A" else int(found[3])]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def fits(kind: str, number: str) -> bool:
    """Whether a number can be of this kind. True for kinds that are not listed here: nothing is known of them."""
    text = plain(number)
    if kind == MAINLAND_ID:
        return _resident(text) and not text.startswith(("81", "82", "83"))
    if kind == HKM_RESIDENCE:
        return _resident(text) and text.startswith(("810000", "820000", "830000"))
    if kind == HK_ID:
        return _hong_kong(text)
    if kind == MACAO_ID:
        return re.fullmatch(r"[1578][0-9]{7}", text) is not None
    if kind == HOME_RETURN:
        return re.fullmatch(r"[HM][0-9]{8}([0-9]{2})?", text) is not None
    return True
