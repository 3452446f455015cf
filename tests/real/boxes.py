"""New York as three boxes: grids over the five boroughs, and a second way of finding the box of a point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gongzhi.territory import actions as territory
from tests.cast import START, WEDNESDAY, Cast, box
from tests.real.files import BY, settled

#: Boxes over the five boroughs, by hand: west, south, east, north.
BOXES = {
    "曼哈顿以北": (-74.05, 40.79, -73.75, 40.95), "西边": (-74.30, 40.45, -73.97, 40.79), "东边": (-73.97, 40.45, -73.65, 40.79),
}  # fmt: skip


def box_of(lon: float, lat: float) -> str:
    return next((n for n, (w, s, e, t) in BOXES.items() if w < lon < e and s < lat < t), "")


@dataclass(frozen=True)
class City:
    cast: Cast
    grids: dict[str, int]


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: Any, real_data: Any) -> Iterator[City]:
    """The neighbourhood's people in charge of three boxes over New York."""
    with settled(django_db_blocker) as cast:
        made = {}
        for number, (name, edges) in enumerate(BOXES.items(), 1):
            community = territory.add_division(
                f"44900100109{number}",
                name,
                "community",
                parent=cast.street,
                starts_on=START,
                by=BY,
                at=WEDNESDAY,
            )
            grid = territory.add_division(
                f"44900100109{number}01", "第一网格", "grid", parent=community, shape=box(*edges), starts_on=START,
                by=BY, at=WEDNESDAY,
            )  # fmt: skip
            made[name] = grid.pk
        yield City(cast, made)
