"""What the installed rooms count of each unit, asked through their manifests. The evaluation imports no room.

A room offers ``unit_figure_names() -> [Figure]``, ``unit_figures(since, until, *, area_id, without) -> {unit: {figure:
count}}``, ``unit_orders(figure, since, until, *, unit_id, area_id, without) -> [(matter, moment)]`` and
``unit_rows(matters, *, by, now, skip, size) -> ([Behind], count)``. Figures of the same name in two rooms are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from gongzhi.matters import kinds
from gongzhi.matters.figures import Behind, Figure
from gongzhi.people.actor import Person

Pair = tuple[int, int]


def _each(slot: str) -> list[Callable[..., Any]]:
    return [kind.cards[slot] for kind in kinds.known() if slot in kind.cards]


def figure_names() -> dict[str, Figure]:
    """Every figure that some room counts, by code."""
    return {figure.code: figure for ask in _each("unit_figure_names") for figure in ask()}


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def span(month: date, now: datetime) -> tuple[datetime, datetime]:
    """From the first moment of a month to its end, or to now while it runs; local time."""
    zone = timezone.get_default_timezone()
    since = datetime(month.year, month.month, 1, tzinfo=zone)
    after = next_month(month)
    return since, min(datetime(after.year, after.month, 1, tzinfo=zone), max(now, since))


def figures_of(
    month: date, *, area_id: int, now: datetime, without: Iterable[Pair] = ()
) -> dict[int | None, dict[str, int]]:
    """unit → figure → count, over all rooms."""
    since, until = span(month, now)
    without = list(without)
    found: dict[int | None, dict[str, int]] = {}
    for ask in _each("unit_figures"):
        for unit, counts in ask(since, until, area_id=area_id, without=without).items():
            sums = found.setdefault(unit, {})
            for code, count in counts.items():
                sums[code] = sums.get(code, 0) + count
    return found


def matters_behind(
    figure: str,
    month: date,
    *,
    unit_id: int | None,
    area_id: int,
    now: datetime,
    without: Iterable[Pair] = (),
) -> list[tuple[int, datetime]]:
    """The list behind a number: (matter, moment), in the order of time; as long as the number."""
    since, until = span(month, now)
    found: list[tuple[int, datetime]] = []
    for names, ask in zip(_each("unit_figure_names"), _each("unit_orders"), strict=True):
        if figure in {one.code for one in names()}:
            found += ask(figure, since, until, unit_id=unit_id, area_id=area_id, without=without)
    return sorted(found, key=lambda row: (row[1], row[0]))


def rows_behind(
    matters: Iterable[int], *, by: Person, now: datetime, skip: int = 0, size: int = 50
) -> tuple[list[Behind], int]:
    """Of these matters, a page of those that the person may open, and how many these are."""
    ids, count = list(matters), 0
    rows: list[Behind] = []
    for ask in _each("unit_rows"):
        some, many = ask(ids, by=by, now=now, skip=max(skip - count, 0), size=size - len(rows))
        rows += some
        count += many
    return rows, count
