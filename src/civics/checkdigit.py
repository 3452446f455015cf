"""A check digit that notices every single wrong digit and every swap of two neighbours.

Source: H. M. Damm, Total anti-symmetrische Quasigruppen, dissertation, Marburg 2004 (table of order 10).
"""

from __future__ import annotations

_TABLE = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def check_digit(digits: str) -> str:
    """The digit that belongs behind these. Raises ValueError for anything but ASCII digits."""
    state = 0
    for sign in digits:
        if sign not in "0123456789":
            raise ValueError("digits only")
        state = int(_TABLE[state][int(sign)])
    return str(state)


def holds(digits: str) -> bool:
    """Whether the last digit is the right one for those before it."""
    return len(digits) > 1 and digits.isascii() and digits.isdecimal() and check_digit(digits) == "0"
