"""Where the bars go: positions of small drawings, computed here and drawn by templates and by paper alike. No colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True)
class Bar:
    """A rectangle from its upper left corner, in the drawing's own units; ``series`` counts from one."""

    x: float
    y: float
    width: float
    height: float
    series: int = 1


@dataclass(frozen=True)
class Column:
    """A stack of bars with its label, the whole count and the way to its list."""

    label: str
    n: int
    x: float
    middle: float
    top: float
    bars: tuple[Bar, ...]
    url: str = ""
    quiet: bool = False


def nice_top(most: float) -> int:
    """The smallest of 1, 2, 4, 5, 6, 8, 10 × a power of ten that is not below ``most``; at least 4."""
    if most <= 4:
        return 4
    power = 10 ** floor(log10(most))
    return int(next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= most))


def columns(
    rows: Sequence[Mapping[str, object]],
    series: Sequence[str],
    *,
    width: float,
    height: float,
    gap: float = 0.28,
    last: int | None = None,
) -> tuple[list[Column], int]:
    """(stacked columns, top of the scale). Each row has ``label n parts url``; ``parts`` maps series to counts.
    Rows after number ``last`` are still to come and drawn quiet."""
    top = nice_top(max((int(str(row["n"])) for row in rows), default=0))
    step = width / max(1, len(rows))
    out = []
    for place, row in enumerate(rows):
        parts = row["parts"]
        assert isinstance(parts, Mapping)
        x, y, bars = place * step + step * gap / 2, height, []
        for number, code in enumerate(series, 1):
            tall = height * int(parts.get(code, 0)) / top
            if tall:
                y -= tall
                bars.append(
                    Bar(round(x, 2), round(y, 2), round(step * (1 - gap), 2), round(tall, 2), min(number, 6))
                )
        out.append(
            Column(
                str(row["label"]), int(str(row["n"])), round(x, 2), round(place * step + step / 2, 2), round(y, 2),
                tuple(bars), str(row.get("url", "")), last is not None and place > last,
            )
        )  # fmt: skip
    return out, top


def steps_of(top: int, height: float, count: int = 2) -> list[tuple[float, int]]:
    """(position, value) of the lines behind a drawing."""
    return [(round(height - height * n / count, 2), round(top * n / count)) for n in range(1, count + 1)]


def classes(values: Sequence[float], count: int = 5) -> list[float]:
    """Upper bounds of at most ``count`` classes with about as many values in each (quantiles), for filling areas.

    Equal values fall into one class; zero is none of them. Empty when nothing is above zero.
    """
    found = sorted(value for value in values if value > 0)
    bounds: list[float] = []
    for n in range(1, count + 1):
        if found:
            bound = found[ceil(len(found) * n / count) - 1]
            if not bounds or bound > bounds[-1]:
                bounds.append(bound)
    return bounds


def class_of(value: float, bounds: Sequence[float]) -> int:
    """Which class a value falls into, from 1; 0 for nothing."""
    return 0 if value <= 0 else next((n for n, bound in enumerate(bounds, 1) if value <= bound), len(bounds))
