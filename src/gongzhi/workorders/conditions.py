"""What a line of the table of responsibilities asks of the answers to a category's questions: a tiny language.

``lit=no; poles>=3; where=桥上|桥下``: conditions divided by ``;``, all of them must hold; ``|`` divides values of which one
must hold. Pure: no rows, no clock. Not here: the questions themselves (``questions``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

_ONE = re.compile(r"\s*([a-z][a-z0-9_]{0,29})\s*(!=|>=|<=|=|>|<)\s*(.+?)\s*")
_YES = {"yes": True, "no": False, "是": True, "否": False}
_ORDER = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


@dataclass(frozen=True)
class Condition:
    """One comparison: the question's code, the sign, and the values that satisfy it."""

    code: str
    sign: str
    values: tuple[str, ...]

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Does an answer satisfy it? What nobody answered satisfies nothing."""
        if self.code not in answers:
            return False
        answer = answers[self.code]
        if self.sign in _ORDER:
            if isinstance(answer, bool) or not isinstance(answer, (int, float)):
                return False
            return bool(_ORDER[self.sign](float(answer), float(self.values[0])))
        found = any(_same(answer, value) for value in self.values)
        return found if self.sign == "=" else not found


def _same(answer: Any, value: str) -> bool:
    if isinstance(answer, bool):
        return _YES.get(value.lower()) is answer
    if isinstance(answer, (int, float)):
        try:
            return float(answer) == float(value)
        except ValueError:
            return False
    return str(answer) == value


def read_conditions(text: str) -> tuple[Condition, ...]:
    """Conditions of a text; an empty one has none. Raises ValueError with a sentence."""
    found = []
    for part in re.split(r"[;；]", text):
        if not part.strip():
            continue
        match = _ONE.fullmatch(part)
        if match is None:
            raise ValueError(
                _("看不懂条件“{part}”，应写成 lit=no 或 poles>=3").format(part=part.strip()[:40])
            )
        code, sign, told = match.groups()
        values = tuple(value.strip() for value in re.split(r"[|｜]", told) if value.strip())
        if not values:
            raise ValueError(_("条件“{part}”没有写值").format(part=part.strip()[:40]))
        if sign in _ORDER:
            try:
                float(values[0])
            except ValueError as error:
                raise ValueError(_("条件“{part}”要与数字比较").format(part=part.strip()[:40])) from error
            if len(values) > 1:
                raise ValueError(_("条件“{part}”只能写一个数").format(part=part.strip()[:40]))
        found.append(Condition(code, sign, values))
    return tuple(found)


def conditions_in(text: str) -> tuple[Condition, ...]:
    """The same for a text that has been checked; what cannot be read any more fits nothing rather than everything."""
    try:
        return read_conditions(text)
    except ValueError:
        return (Condition("", "=", ()),)


def fit(conditions: tuple[Condition, ...], answers: Mapping[str, Any]) -> bool:
    """Do all of them hold?"""
    return all(condition.holds(answers) for condition in conditions)
