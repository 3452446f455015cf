"""Theme maps: one figure by grid or community, as counts, per square kilometre, or per thousand people.

A rate needs a denominator: the area of a shape is always known, the number of people only where somebody has entered
it with its source; what has none gets no rate. Small counts are hidden in what is made for outside (``coarse``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.matters.figures import Selection
from gongzhi.matters.kinds import Kind
from gongzhi.observation import coarse, drawing
from gongzhi.observation.models import Headcount
from gongzhi.observation.queries import rooms
from gongzhi.observation.queries.addresses import address_of, narrow
from gongzhi.observation.queries.board import midnight
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Boundary, Level

#: Fills of the classes, from the fewest; the number on it stays readable on each. Tokens sea-50 … sea-300 and one deeper.
FILLS = ("#f7f4ec", "#eff6f6", "#dcedee", "#bfdee0", "#8fc5c9", "#5fadb5")
HIDDEN = "#e3ded5"
SPANS = {"today": 0, "7": 7, "30": 30, "90": 90, "365": 365}
PER = ("count", "km2", "people")


@dataclass(frozen=True)
class Theme:
    """What a map shows: figure, level, narrowing, time, rate; ``outside`` when it is made for the public."""

    figure: str
    level: str
    topic: int | None
    channel: str
    span: str
    per: str
    outside: bool = False
    heat: bool = False


@dataclass(frozen=True)
class Row:
    """One area of a map. ``value`` is what is drawn: the count or the rate; None when hidden or unknown."""

    id: int
    name: str
    n: int | None
    value: float | None
    said: str
    url: str
    fill: str


def window(theme: Theme, at: datetime) -> tuple[datetime, datetime]:
    """From when to when: today, or so many whole days back and today so far."""
    return midnight(at) - timedelta(days=SPANS[theme.span]), at


def selection(theme: Theme, area: Area, at: datetime, over: str, **more: Any) -> Selection:
    """The number behind the whole map, or behind an area of it."""
    since, until = window(theme, at) if over == "span" else (None, None)
    values: dict[str, Any] = dict(more)
    if theme.topic:
        values["topic"] = theme.topic
    if theme.channel:
        values["channel"] = theme.channel
    return Selection(theme.figure, area.id, at, since, until, narrow(**values))


def rows(kind: Kind, area: Area, theme: Theme, *, at: datetime) -> list[Row]:
    """Every area of the level with its number, the most first. One statement, one more for a rate."""
    over = rooms.figures(kind)[theme.figure].over
    whole = selection(theme, area, at, over)
    counted = rooms.ask(kind, "tally")(
        (theme.figure,), division_id=area.id, at=at, since=whole.since, until=whole.until, by=(theme.level,),
        narrow=dict(whole.narrow),
    )  # fmt: skip
    land = ground()
    inside = [a for a in land.areas.values() if a.level == theme.level and a.within(area.path)]
    counts = {a.id: counted.get((a.id,), {}).get(theme.figure, 0) for a in inside}
    told: dict[int, int | None] = coarse.hide_small(counts) if theme.outside else dict(counts)
    under = denominators(theme, area)
    values: dict[int, float | None] = {}
    for a in inside:
        n, whole_ = told[a.id], under.get(a.id) if under is not None else 1.0
        values[a.id] = None if n is None or not whole_ else n / whole_
    bounds = drawing.classes([value for value in values.values() if value])
    out = [
        Row(
            a.id,
            land.name_of(a.id, above=1 if a.level == Level.GRID else 0),
            told[a.id],
            values[a.id],
            said(values[a.id], told[a.id], theme),
            ""
            if theme.outside
            else address_of(kind.code, selection(theme, area, at, over, **{theme.level: a.id})),
            fill(values[a.id], bounds),
        )
        for a in inside
    ]
    return sorted(out, key=lambda row: (-(row.value if row.value is not None else -1.0), row.name))


def unplaced(kind: Kind, area: Area, theme: Theme, *, at: datetime) -> int:
    """How many of the figure lie in no area of the level, and are therefore on no map. One statement."""
    over = rooms.figures(kind)[theme.figure].over
    whole = selection(theme, area, at, over)
    counted = rooms.ask(kind, "tally")(
        (theme.figure,), division_id=area.id, at=at, since=whole.since, until=whole.until,
        narrow=dict(whole.narrow) | {theme.level: "none"},
    )  # fmt: skip
    return int(counted.get((), {}).get(theme.figure, 0))


def said(value: float | None, n: int | None, theme: Theme) -> str:
    """What is written on an area."""
    if n is None:
        return _("少于 {n}").format(n=coarse.LEAST)
    if value is None:
        return "—"
    return str(n) if theme.per == "count" else f"{value:.1f}"


def fill(value: float | None, bounds: list[float]) -> str:
    """The fill of an area."""
    return HIDDEN if value is None else FILLS[drawing.class_of(value, bounds)]


def legend(rows_: list[Row], theme: Theme) -> list[dict[str, str]]:
    """Fill and range of each class that the map has."""
    bounds = drawing.classes([row.value for row in rows_ if row.value])
    form = "{:.0f}" if theme.per == "count" else "{:.1f}"
    out = [{"fill": FILLS[0], "label": "0"}] if any(row.value == 0 for row in rows_) else []
    for number, bound in enumerate(bounds, 1):
        inside = [row.value for row in rows_ if row.value and drawing.class_of(row.value, bounds) == number]
        if inside:
            low, high = form.format(min(inside)), form.format(bound)
            out.append({"fill": FILLS[number], "label": low if low == high else f"{low}–{high}"})
    if any(row.value is None for row in rows_):
        out.append(
            {"fill": HIDDEN, "label": _("少于 {n}").format(n=coarse.LEAST) if theme.outside else _("没有数")}
        )
    return out


# ---- denominators


def denominators(theme: Theme, area: Area) -> dict[int, float] | None:
    """Per area what a count is divided by; None for plain counts. One statement."""
    if theme.per == "km2":
        return square_kilometres(area, theme.level)
    if theme.per == "people":
        return {key: row.people / 1000 for key, row in headcounts(area).items()}
    return None


def square_kilometres(area: Area, level: str) -> dict[int, float]:
    """Square kilometres of each area of a level, from its shape; communities without one are the sum of their grids."""
    land = ground()
    sizes = dict(
        Boundary.objects.filter(
            division__path__startswith=area.path,
            division__ends_on=None,
            days__contains=land.on,
            area_m2__gt=0,
        ).values_list("division_id", "area_m2")
    )
    found: dict[int, float] = defaultdict(float)
    for key, size in sizes.items():
        one = land.areas.get(key)
        if one is None:
            continue
        if one.level == level:
            found[key] = size / 1e6
        elif (
            level == Level.COMMUNITY
            and one.level == Level.GRID
            and one.parent_id not in sizes
            and one.parent_id
        ):
            found[one.parent_id] += size / 1e6
    return dict(found)


def headcounts(area: Area, on: date | None = None) -> dict[int, Headcount]:
    """The newest headcount of each area below (or of) one, up to a day. One statement."""
    rows_ = Headcount.objects.filter(division__path__startswith=area.path, division__ends_on=None)
    if on is not None:
        rows_ = rows_.filter(counted_on__lte=on)
    return {row.division_id: row for row in rows_.order_by("counted_on")}


def has_people(area: Area, level: str) -> bool:
    """Is there any area of this level whose people were counted?"""
    return Headcount.objects.filter(division__path__startswith=area.path, division__level=level).exists()
