"""Lays the invented town into an empty platform: ground, calendars, organisations, accounts and posts.

Everything goes through the actions of the floors below, as a real town would. What happens in the town is ``replay``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from shapely.geometry import mapping

from gongzhi.demo import names
from gongzhi.demo.days import Town
from gongzhi.demo.geometry import DISTRICT_CODE, STREET_CODE
from gongzhi.demo.layers import collections
from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.people.actions import NewAccount
from gongzhi.people.addresses import keyed, normal_phone
from gongzhi.people.models import Account, Organisation
from gongzhi.people.roles import Role
from gongzhi.territory import actions as territory
from gongzhi.territory.actions import NewDivision
from gongzhi.territory.models import Division
from gongzhi.workorders.actions.tables import load_seeds
from gongzhi.workorders.tables import SEEDS

BY = Actor.for_service("demo")


def password() -> str:
    """The password of every demo account of this installation. Another one in each, so that none becomes known."""
    return f"gongzhi-{int.from_bytes(keyed('demo', 'password')[:4]) % 10**6:06d}"


@dataclass(frozen=True)
class Shown:
    """An account worth playing: what to sign in with, and what it shows."""

    login: str
    part: str


#: The accounts that ``./gongzhi up`` prints, in the order of the loop.
SHOWN = (
    Shown("clerk", "受理员 · 工单中心"),
    Shown("grid", "网格员 · 海棠社区第一网格"),
    Shown("roads", "经办人 · 市政养护公司"),
    Shown("head", "单位负责人 · 市政养护公司"),
    Shown("checker", "核查员 · 工单中心"),
    Shown("leader", "领导 · 望澜街道"),
    Shown("district", "领导 · 澜屿区"),
    Shown("community", "受理员 · 海棠社区"),
    Shown("case_clerk", "内勤 · 海棠社区人民调解委员会"),
    Shown("macao", "澳门调解员 · 海棠社区人民调解委员会"),
    Shown("auditor", "审计员"),
    Shown("admin", "系统管理员"),
)
#: The community whose own clerk is among them: Haitang, where the demo's grid worker works too.
COMMUNITY_SHOWN = f"{STREET_CODE[:9]}001"
#: The phone number of a demo resident; the code arrives in the mailbox page.
RESIDENT_PHONE = "19900002000"


def _shape(geometry: Any) -> dict[str, Any]:
    return dict(mapping(geometry))


def lay_ground(town: Town, *, since: date, at: datetime) -> dict[str, Division]:
    """Divisions with their boundaries, named places, roads and water: code → division."""
    built, ground = town.built, town.built.ground
    street = _shape(ground.street)
    rows = [
        NewDivision(DISTRICT_CODE, "澜屿区", "district", "", street),
        NewDivision(STREET_CODE, "望澜街道", "street", DISTRICT_CODE, street),
    ]
    for code, shape in ground.communities.items():
        name = f"{names.COMMUNITIES[int(code[-3:]) - 1]}社区"
        rows.append(NewDivision(code, name, "community", STREET_CODE, _shape(shape)))
    for code, shape in ground.grids.items():
        rows.append(NewDivision(code, f"第{_chinese(int(code[-2:]))}网格", "grid", code[:12], _shape(shape)))
    for building in built.buildings:
        rows.append(
            NewDivision(
                building.code,
                building.name or building.address,
                "building",
                building.grid,
                _shape(building.shape),
                building.lon,
                building.lat,
            )
        )
    divisions = territory.add_divisions(rows, starts_on=since, source="demo", by=BY, at=at)
    places = [
        {"name": place.name, "aliases": [place.address] if place.address else [], "kind": place.kind,
         "division_id": divisions[place.grid].pk, "lon": place.lon, "lat": place.lat}
        for place in built.places
    ] + [
        {"name": building.address, "aliases": [building.name] if building.name else [], "kind": "address",
         "division_id": divisions[building.code].pk, "lon": building.lon, "lat": building.lat}
        for building in built.buildings
    ]  # fmt: skip
    territory.name_places(places, by=BY, at=at)
    layers = collections(built)
    features = []
    for layer in ("water", "land", "greens", "roads"):
        for feature in layers[layer]["features"]:
            told = feature["properties"]
            kind = told.get("kind") or told.get("rank") or layer
            features.append(
                {"kind": f"{layer}:{kind}"[:20], "name": told.get("name", ""), "shape": feature["geometry"]}
            )
    territory.draw_features(features, by=BY, at=at)
    return divisions


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    return (
        digits[number]
        if number < 10
        else ("十" if number < 20 else digits[number // 10] + "十")
        + (digits[number % 10] if number % 10 else "")
    )


def set_calendars(*, at: datetime) -> None:
    """Working hours and days of the three jurisdictions, this year, the one before and the next."""
    hours = {
        "CN": ((time(8, 30), time(12)), (time(14), time(17, 30))),
        "HK": ((time(9), time(13)), (time(14), time(17, 30))),
        "MO": ((time(9), time(13)), (time(14, 30), time(17, 45))),
    }
    for jurisdiction, spans in hours.items():
        territory.set_hours(jurisdiction, dict.fromkeys(range(5), spans), by=BY, at=at)
        territory.seed_calendar(jurisdiction, range(at.year - 1, at.year + 2), by=BY, at=at)


def found_units(divisions: dict[str, Division], *, at: datetime) -> dict[str, Organisation]:
    """The organisations of the seeds: code → organisation."""
    with (SEEDS / "organisations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bodies: dict[str, Organisation] = {}
    for row in rows:
        serves = [
            divisions[f"{STREET_CODE[:9]}{number:03d}"].pk
            for number in names.PROPERTY_COMPANIES.get(row["code"], ("", ()))[1]
        ]
        bodies[row["code"]] = people.found_organisation(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            parent=bodies.get(row["parent_code"]),
            division=None if serves else divisions.get(row["division_code"].ljust(12, "0")),
            serves=serves,
            public_phone=row["phone"],
            by=BY,
            at=at,
        )
    return bodies


@dataclass
class People:
    """Who plays which part: account ids by login or by number."""

    residents: list[int]
    staff: dict[str, list[int]]
    units: dict[str, list[int]]
    clerks: list[int]
    checkers: list[int]
    leaders: list[int]


def settle_people(
    town: Town, divisions: dict[str, Division], bodies: dict[str, Organisation], *, since: date, at: datetime
) -> People:
    """Accounts and posts of the street, its units, its grids and buildings; residents with a phone number."""
    rng = Random(f"posts {town.seed}")
    hashed = make_password(password())
    street = divisions[STREET_CODE]
    post: dict[str, Any] = {"starts_on": since, "by": BY, "at": at}

    def staff(rows: list[tuple[str, str]]) -> list[Account]:
        return people.open_accounts(
            [NewAccount(name, login) for login, name in rows], password_hash=hashed, by=BY, at=at
        )

    def invented(count: int) -> list[str]:
        return [names.person(rng, 5000 + number).name for number in range(count)]

    clerks = staff([("clerk" if n == 0 else f"clerk{n + 1}", name) for n, name in enumerate(invented(7))])
    checkers = staff(
        [("checker" if n == 0 else f"checker{n + 1}", name) for n, name in enumerate(invented(4))]
    )
    for account in clerks:
        people.give_post(account, Role.CLERK, division_id=street.pk, organisation=bodies["centre"], **post)
    for account in checkers:
        people.give_post(account, Role.CHECKER, division_id=street.pk, organisation=bodies["centre"], **post)
    leaders: list[int] = []
    for login, role in (("leader", Role.LEADER), ("auditor", Role.AUDITOR), ("admin", Role.ADMIN)):
        (account,) = staff([(login, invented(1)[0])])
        people.give_post(account, role, division_id=street.pk, organisation=bodies["street"], **post)
        leaders += [account.pk] if role == Role.LEADER else []
    units: dict[str, list[int]] = {}
    for code, body in bodies.items():
        if code in ("district", "street") or body.kind == "community":
            continue
        known = {"roads": ("roads", "head")}.get(code, (f"{code}1", f"{code}-head"))
        handler, head = staff([(known[0], invented(1)[0]), (known[1], invented(1)[0])])
        people.give_post(handler, Role.HANDLER, organisation=body, **post)
        people.give_post(head, Role.UNIT_HEAD, organisation=body, **post)
        units[code] = [handler.pk, head.pk]
    grids = _grid_staff(town, divisions, bodies, rng, staff, post)
    residents = people.open_accounts(
        [
            NewAccount(resident.person.name, address=normal_phone(resident.person.phone))
            for resident in town.residents
        ],
        by=BY,
        at=at,
    )
    home = {building.code: building for building in town.built.buildings}
    for code, number in town.heads.items():
        grid = home[code].grid
        people.give_post(
            residents[number],
            Role.BUILDING_HEAD,
            division_id=divisions[code].pk,
            organisation=bodies[f"community_{int(grid[9:12]):02d}"],
            **post,
        )
    # the same orders from the level above and the level below, each with its own rights
    above, below = (names.person(Random(f"levels {town.seed}"), 5900 + n).name for n in range(2))
    (district,), (community,) = staff([("district", above)]), staff([("community", below)])
    people.give_post(
        district,
        Role.LEADER,
        division_id=divisions[DISTRICT_CODE].pk,
        organisation=bodies["district"],
        **post,
    )
    people.give_post(
        community,
        Role.CLERK,
        division_id=divisions[COMMUNITY_SHOWN].pk,
        organisation=bodies[f"community_{int(COMMUNITY_SHOWN[9:12]):02d}"],
        **post,
    )
    people.require_staff(
        [("grid", Role.GRID_LEADER, 1), ("grid", Role.GRID_MEMBER, 3), ("building", Role.BUILDING_HEAD, 1)],
        by=BY,
        at=at,
    )
    return People(
        [account.pk for account in residents],
        grids,
        units,
        [account.pk for account in clerks],
        [account.pk for account in checkers],
        leaders,
    )


def _grid_staff(
    town: Town,
    divisions: dict[str, Division],
    bodies: dict[str, Organisation],
    rng: Random,
    staff: Any,
    post: dict[str, Any],
) -> dict[str, list[int]]:
    """一长三员: a leader and three members per grid; one member in thirty has left and nobody followed yet."""
    out: dict[str, list[int]] = {}
    first = True
    for grid, persons in town.staff.items():
        body = bodies[f"community_{int(grid[9:12]):02d}"]
        rows = []
        for number, person in enumerate(persons):
            login = f"g{grid[9:]}-{number}"
            if first and number == 1:
                login = "grid"
            rows.append((login, person.name))
        accounts = staff(rows)
        for number, account in enumerate(accounts):
            role = Role.GRID_LEADER if number == 0 else Role.GRID_MEMBER
            ended = number == 3 and rng.random() < 1 / 30
            people.give_post(
                account,
                role,
                division_id=divisions[grid].pk,
                organisation=body,
                ends_on=post["at"].date() - timedelta(days=9) if ended else None,
                **post,
            )
        out[grid] = [account.pk for account in accounts[:3]]
        first = False
    return out


@transaction.atomic
def lay(town: Town, *, since: date, at: datetime) -> People:
    """The whole town, in one transaction: it is there, or it is not."""
    divisions = lay_ground(town, since=since, at=at)
    set_calendars(at=at)
    bodies = found_units(divisions, at=at)
    load_seeds(division_code=STREET_CODE, by=BY, at=at)
    return settle_people(town, divisions, bodies, since=since, at=at)
