"""A formula for points as data, and its evaluation line by line, so that anybody can do the sum again.

Two kinds of items, as CJ/T 292-2008 (supervision and evaluation of urban municipal administration) has them:

- ``share``: full points at the threshold or beyond, then ``slope`` points less for each percentage point short of it
  (on-time closing: 50 points at 70 %, one less per point below);
- ``each``: ``per`` points less for every case, at most ``full`` of them (rework: 0.2 each).

``direction`` says whether a high share is good (``up``) or a low one (``down``). An item without any cases is not counted,
and the points of the others are set against what they could have given: nobody gains or loses by what never happened.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from civics.standing.rates import Prior, Rate, rate

SHARE: Final = "share"
EACH: Final = "each"


class Faulty(ValueError):
    """A formula does not hold together; ``faults`` are (item code, word for the fault)."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{code}: {fault}" for code, fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Item:
    """One line of a formula.

    ``numerator``, ``denominator`` and ``less`` name figures; the share is numerator / (denominator - less). ``threshold``
    is in percent, ``slope`` in points per percentage point, ``per`` in points per case. ``weight`` multiplies the line.
    """

    code: str
    label: str
    kind: str = SHARE
    numerator: str = ""
    denominator: str = ""
    less: str = ""
    direction: str = "up"
    full: float = 0.0
    threshold: float = 100.0
    slope: float = 1.0
    per: float = 0.0
    weight: float = 1.0


_NAMES = {one.name: one.type for one in fields(Item)}
_WORDS = {"code", "label", "kind", "numerator", "denominator", "less", "direction"}


@dataclass(frozen=True)
class Formula:
    """Items, whether shares are shrunk before they earn points, and the level of the intervals."""

    items: tuple[Item, ...]
    shrunk: bool = True
    level: float = 0.9

    @classmethod
    def read(cls, told: Mapping[str, Any], figures: frozenset[str] | None = None) -> Formula:
        """A formula from plain values (JSON). ``figures`` are the names that may be used. Raises Faulty with every fault."""
        faults: list[tuple[str, str]] = []
        items: list[Item] = []
        for place, row in enumerate(told.get("items") or ()):
            code = str(row.get("code") or place + 1)
            values: dict[str, Any] = {}
            for name, value in row.items():
                if name not in _NAMES:
                    faults.append((code, "unknown"))
                elif name in _WORDS:
                    values[name] = str(value)
                else:
                    try:
                        values[name] = float(value)
                    except (TypeError, ValueError):
                        values[name] = math.nan
            item = Item(**{"code": code, "label": code} | values)
            faults += [(code, fault) for fault in _faults(item, figures)]
            if any(item.code == other.code for other in items):
                faults.append((code, "twice"))
            items.append(item)
        level = float(told.get("level", 0.9))
        if not 0.5 <= level < 1:
            faults.append(("", "level"))
        if not any(item.kind == SHARE and item.full * item.weight > 0 for item in items):
            faults.append(("", "empty"))
        if faults:
            raise Faulty(faults)
        return cls(tuple(items), bool(told.get("shrunk", True)), level)

    def told(self) -> dict[str, Any]:
        """The same as plain values, as ``read`` takes them."""
        return {"items": [asdict(item) for item in self.items], "shrunk": self.shrunk, "level": self.level}

    @property
    def shares(self) -> tuple[Item, ...]:
        """The items that are shares, and so are compared with the peers."""
        return tuple(item for item in self.items if item.kind == SHARE)


def _faults(item: Item, figures: frozenset[str] | None) -> list[str]:
    found = []
    numbers = (item.full, item.threshold, item.slope, item.per, item.weight)
    if not all(math.isfinite(number) and 0 <= number <= 1000 for number in numbers):
        found.append("number")
    if item.kind not in (SHARE, EACH) or item.direction not in ("up", "down"):
        found.append("kind")
    if not item.numerator or (item.kind == SHARE and not item.denominator):
        found.append("figure")
    named = {item.numerator, item.denominator, item.less} - {""}
    if figures is not None and named - figures:
        found.append("figure")
    if item.kind == SHARE and not 0 <= item.threshold <= 100:
        found.append("threshold")
    return found


@dataclass(frozen=True)
class Line:
    """One item evaluated. ``used`` is the percentage that earned the points (0..100, shares only).

    ``sum`` is the sum in signs that every language reads: ``50 − (70 − 64.2) × 1 = 44.2``. ``counts`` is False where
    there were no cases; such a line has neither points nor full points.
    """

    item: Item
    good: int
    cases: int
    rate: Rate | None
    used: float | None
    points: float
    full: float
    counts: bool
    sum: str


@dataclass(frozen=True)
class Score:
    """All lines, what they earned and could have earned, and the score out of 100 (None when too little counts)."""

    lines: tuple[Line, ...]
    points: float
    full: float
    score: float | None


def plain(number: float, places: int = 2) -> str:
    """A number without needless zeros and with a real minus: 50, 44.2, −0.25."""
    text = f"{number:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def cases_of(item: Item, figures: Mapping[str, int]) -> tuple[int, int]:
    """(good, cases) of a share in a unit's figures. What is taken off can never leave fewer cases than good ones."""
    good = int(figures.get(item.numerator, 0))
    cases = int(figures.get(item.denominator, 0)) - int(figures.get(item.less, 0) if item.less else 0)
    return good, max(cases, good, 0)


def _share_line(item: Item, figures: Mapping[str, int], formula: Formula, prior: Prior | None) -> Line:
    good, cases = cases_of(item, figures)
    full = item.full * item.weight
    if not cases:
        return Line(item, good, cases, None, None, 0.0, 0.0, False, "")
    found = rate(good, cases, prior or Prior(0.5, 0.5), level=formula.level)
    used = 100 * (found.shrunk if formula.shrunk and prior is not None else good / cases)
    short = max(item.threshold - used if item.direction == "up" else used - item.threshold, 0.0)
    points = max(full - short * item.slope * item.weight, 0.0)
    times = f" × {plain(item.weight)}" if item.weight != 1 else ""
    if short <= 0:
        said = plain(full)
    else:
        pair = (item.threshold, used) if item.direction == "up" else (used, item.threshold)
        said = f"{plain(full)} − ({plain(pair[0])} − {plain(pair[1])}) × {plain(item.slope)}{times} = {plain(full - short * item.slope * item.weight)}"
        if not points:
            said += " → 0"
    return Line(item, good, cases, found, used, points, full, True, said)


def _each_line(item: Item, figures: Mapping[str, int]) -> Line:
    count = int(figures.get(item.numerator, 0))
    loss = count * item.per * item.weight
    most = item.full * item.weight
    points = -min(loss, most) if most else -loss
    said = f"−{count} × {plain(item.per * item.weight)} = {plain(-loss)}" if count else "0"
    if points > -loss:
        said += f" → {plain(points)}"
    return Line(item, count, count, None, None, points or 0.0, 0.0, True, said)


def score(formula: Formula, figures: Mapping[str, int], priors: Mapping[str, Prior | None]) -> Score:
    """The points of one unit. ``figures`` name → count; ``priors`` item code → what its peers are like.

    The score is points / full × 100, held between 0 and 100; full counts only the shares that had cases. Where these are
    worth less than half of all shares there is no score: it would speak of what matters little.
    """
    lines = tuple(
        _share_line(item, figures, formula, priors.get(item.code))
        if item.kind == SHARE
        else _each_line(item, figures)
        for item in formula.items
    )
    points = sum(line.points for line in lines)
    full = sum(line.full for line in lines)
    whole = sum(item.full * item.weight for item in formula.shares)
    enough = full > 0 and full >= whole / 2
    return Score(lines, points, full, min(max(100 * points / full, 0.0), 100.0) if enough else None)
