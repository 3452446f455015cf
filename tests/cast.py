"""The neighbourhood that tests are played in: one street, two communities, three grids, one person per role.

``settle()`` builds it through the same actions that a town would use, and returns everybody by name. On the Wednesday
(and long before) it is always the same, and laid out (`tests/laid.py`) instead of built again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account, Organisation
from gongzhi.people.roles import Role
from gongzhi.territory import actions as territory
from gongzhi.territory.models import Division
from gongzhi.workorders.actions.tables import load_seeds
from tests.laid import once

#: A Wednesday, 10:00 in the town: a working hour.
WEDNESDAY = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
#: Long before: for tests that run with the clock of the machine and look back.
LONG_BEFORE = WEDNESDAY - timedelta(days=400)
START = date(2026, 1, 1)
_BY = Actor.for_service("tests")
PASSWORD = "a long password for tests"


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A rectangle as GeoJSON."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


#: Middles of the three grids.
IN_GRID_1, IN_GRID_2, IN_GRID_3 = (113.505, 22.205), (113.515, 22.205), (113.525, 22.205)
OUTSIDE = (113.60, 22.30)


@dataclass
class Cast:
    """Places, units and people of the neighbourhood."""

    street: Division
    haitang: Division
    tingtao: Division
    grid_1: Division
    grid_2: Division
    grid_3: Division
    centre: Organisation
    roads: Organisation
    gardens: Organisation
    haitang_committee: Organisation
    accounts: dict[str, Account]

    def person(self, name: str) -> Person:
        """The actor of somebody in the cast, with the posts they hold now."""
        return person_for(self.accounts[name])

    def __getattr__(self, name: str) -> Person:
        accounts = self.__dict__.get("accounts", {})
        if name in accounts:
            return person_for(accounts[name])
        raise AttributeError(name)


#: name → (role, which division, which organisation)
POSTS: dict[str, tuple[str, str | None, str | None]] = {
    "clerk": (Role.CLERK, "street", "centre"),
    "other_clerk": (Role.CLERK, "street", "centre"),
    "checker": (Role.CHECKER, "street", "centre"),
    "leader": (Role.LEADER, "street", "street_office"),
    "auditor": (Role.AUDITOR, "street", "street_office"),
    "road_worker": (Role.HANDLER, None, "roads"),
    "road_head": (Role.UNIT_HEAD, None, "roads"),
    "gardener": (Role.HANDLER, None, "gardens"),
    "grid_worker": (Role.GRID_MEMBER, "grid_1", "haitang_committee"),
    "grid_leader": (Role.GRID_LEADER, "grid_1", "haitang_committee"),
    "far_grid_worker": (Role.GRID_MEMBER, "grid_3", "tingtao_committee"),
}
RESIDENTS = {"resident": "+8619900000101", "neighbour": "+8619900000102", "macao_resident": "+85366000103"}


def settle(at: datetime = WEDNESDAY) -> Cast:
    """Build the neighbourhood in the test's database."""
    return {WEDNESDAY: neighbourhood, LONG_BEFORE: earlier}.get(at, lambda: build(at))()


@once("neighbourhood")
def neighbourhood() -> Cast:
    return build(WEDNESDAY)


@once("earlier")
def earlier() -> Cast:
    return build(LONG_BEFORE)


def build(at: datetime) -> Cast:
    """Build the neighbourhood step by step."""
    add = {"starts_on": START, "by": _BY, "at": at}
    district = territory.add_division("449001", "澜屿区", "district", parent=None, **add)
    street = territory.add_division("449001001", "望澜街道", "street", parent=district, **add)
    haitang = territory.add_division("449001001001", "海棠社区", "community", parent=street, **add)
    tingtao = territory.add_division("449001001002", "听涛社区", "community", parent=street, **add)
    grids = [
        territory.add_division(
            f"{parent.code}{number:02d}",
            name,
            "grid",
            parent=parent,
            shape=box(113.50 + 0.01 * place, 22.20, 113.51 + 0.01 * place, 22.21),
            **add,
        )
        for place, (parent, number, name) in enumerate(
            [(haitang, 1, "第一网格"), (haitang, 2, "第二网格"), (tingtao, 1, "第一网格")]
        )
    ]
    territory.name_places(
        [
            {"name": "海棠苑", "aliases": ["海棠苑小区"], "kind": "estate", "division_id": grids[0].pk,
             "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]},
            {"name": "听涛小学", "aliases": [], "kind": "school", "division_id": grids[2].pk,
             "lon": IN_GRID_3[0], "lat": IN_GRID_3[1]},
        ],
        by=_BY, at=at,
    )  # fmt: skip
    week = {day: [(time(9), time(12)), (time(14), time(18))] for day in range(5)}
    territory.set_hours("CN", week, by=_BY, at=at)
    territory.seed_calendar("CN", [2025, 2026, 2027], by=_BY, at=at)
    bodies = _organisations(street, haitang, tingtao, at)
    load_seeds(division_code=street.code, by=_BY, at=at)
    places = {"street": street, "grid_1": grids[0], "grid_3": grids[2]}
    accounts = {}
    for name, (role, division, organisation) in POSTS.items():
        accounts[name] = people.open_account(login=name, name=name, password=PASSWORD, by=_BY, at=at)
        people.give_post(
            accounts[name],
            role,
            division_id=places[division].pk if division else None,
            organisation=bodies[organisation] if organisation else None,
            starts_on=START,
            by=_BY,
            at=at,
        )
    for name, phone in RESIDENTS.items():
        accounts[name] = people.open_account(
            login=None, name=name, password=None, address=phone, by=_BY, at=at
        )
    return Cast(
        street, haitang, tingtao, *grids, bodies["centre"], bodies["roads"], bodies["gardens"],
        bodies["haitang_committee"], accounts,
    )  # fmt: skip


def _organisations(
    street: Division, haitang: Division, tingtao: Division, at: datetime
) -> dict[str, Organisation]:
    import csv

    from gongzhi.workorders.tables import SEEDS

    with (SEEDS / "organisations.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if not row["code"].startswith(("community_", "property_"))
        ]
    bodies = {}
    for row in rows:
        bodies[row["code"]] = people.found_organisation(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            parent=bodies.get(row["parent_code"]),
            division=street if row["kind"] in ("order_centre", "street_office") else None,
            by=_BY,
            at=at,
        )
    for code, name, division in [
        ("haitang_committee", "海棠社区居委会", haitang),
        ("tingtao_committee", "听涛社区居委会", tingtao),
    ]:
        bodies[code] = people.found_organisation(
            code=code, name=name, kind="community", division=division, by=_BY, at=at
        )
    bodies["street_office"] = bodies["street"]
    return bodies
