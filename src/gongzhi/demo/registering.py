"""The register of the invented town's mediators, the roster of its station, and what is counted beside the cases.

Some sixty committees' people, training, duties, campaigns, petitions: played through the actions of the room, after the
disputes. Everybody is invented. Two committees lack what article 8 asks, one filing has run out: pages show what they find.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from gongzhi.demo.geometry import STREET_CODE
from gongzhi.demo.laying import BY, password
from gongzhi.demo.names import person_name
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.matters.models import Matter
from gongzhi.mediation.actions import ending, figures, register, stations
from gongzhi.mediation.models import (
    Case,
    Committee,
    Jurisdiction,
    KeyClass,
    Mediator,
    SelfHelp,
    Station,
    Subject,
)
from gongzhi.mediation.queries.register import ESTATE
from gongzhi.people import actions as people
from gongzhi.people.actions import NewAccount
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account, Organisation, Post
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

#: Mediators besides those who came with the committees.
MORE = 26
#: What neighbours settled in a year, shared out over months and communities.
COUNTERS = {"quarrels": 1250, "hygiene": 1027, "leads": 173, "repairs": 1710}
_CLASSES = {
    Subject.LABOUR: KeyClass.WAGES, Subject.ENVIRONMENT: KeyClass.FUMES, Subject.MEDICAL: KeyClass.MEDICAL,
    Subject.TRAFFIC: KeyClass.TRAFFIC, Subject.HOUSING: KeyClass.LEGACY, Subject.LAND: KeyClass.LAND,
}  # fmt: skip
_TOPICS = ("人民调解法", "背对背与面对面", "物业纠纷", "港澳婚姻家庭法律", "协议书怎样写", "心理疏导")
_STUDIOS = ("温叔工作室", "邻里茶座", "海风调解室", "木棉工作室")


def enter_register(seed: int, at: datetime) -> tuple[int, int]:
    """(committees, mediators) on the register."""
    rng = Random(f"register {seed}")
    today = clock.local(at).date()
    with acting(BY), transaction.atomic():
        bodies = _committees(rng, today, at)
        count = _mediators(rng, bodies, today, at)
        _station(rng, today, at)
        _beside(rng, today, at)
    _ties(at)
    _classes(rng, at)
    return len(bodies), count


def _committees(rng: Random, today: date, at: datetime) -> list[Committee]:
    land = ground()
    rows = []
    for body in Organisation.objects.filter(kind="mediation").select_related("division").order_by("code"):
        street = body.division is not None and body.division.level == Level.STREET
        said = {
            "basis": "street" if street else "community", "divisions": [body.division_id],
            "founded_on": date(2012, 5, 8), "filed_on": date(2024, 3, 11),
            "address": f"{body.division}党群服务中心二楼", "hours": "工作日 9:00–12:00、14:30–17:30；周二、周四晚 19:00–21:00",
        }  # fmt: skip
        rows.append(register.enter_committee(body.pk, said, by=BY, at=at))
    top = land.by_code[STREET_CODE]
    trade = {
        "basis": "trade",
        "trade": "物业",
        "divisions": [top.id],
        "founded_on": date(2021, 9, 1),
        "hours": "工作日",
    }
    rows.append(
        register.found_committee(
            code="mediation_property",
            name="望澜街道物业纠纷人民调解委员会",
            division_id=top.id,
            said=trade,
            by=BY,
            at=at,
        )
    )
    # two estates have a committee of their own, so that the others are seen to have none
    estates = sorted((row for row in land.places if row[6] == ESTATE), key=lambda row: row[0])
    for n, (key, name, _aliases, _lon, _lat, division, _kind) in enumerate(estates[3:40:20]):
        home = next(area for area in land.line(division) if area.level == Level.COMMUNITY)
        said = {
            "basis": "estate",
            "divisions": [home.id],
            "estates": [key],
            "founded_on": date(2023, 6, 1),
            "address": f"{name}架空层",
        }
        rows.append(
            register.found_committee(
                code=f"mediation_estate_{n}",
                name=f"{name}小区人民调解委员会",
                division_id=home.id,
                said=said,
                by=BY,
                at=at,
            )
        )
    for place, row in enumerate(rows):
        size = 2 if place == 5 else rng.choice((3, 5, 5, 7))
        for n in range(size):
            woman = n % 2 == 1 and place != 9
            part = "chair" if n == 0 else "vice" if n == 1 and size > 3 else "member"
            register.seat(
                row.pk,
                name=person_name(rng, woman),
                woman=woman,
                part=part,
                since=date(2024, 3, 11),
                by=BY,
                at=at,
            )
    return rows


def _mediators(rng: Random, bodies: list[Committee], today: date, at: datetime) -> int:
    land = ground()
    homes: dict[int, list[int]] = {}
    for key, _name, _aliases, _lon, _lat, division, kind in land.places:
        if kind == ESTATE:
            for area in land.line(division):
                homes.setdefault(area.id, []).append(key)
    held = [
        (post.account, post.organisation_id or 0)
        for post in Post.objects.filter(role=Role.MEDIATOR).select_related("account").order_by("pk")
    ]
    made = people.open_accounts(
        [NewAccount(name=person_name(rng, n % 2 == 0), login=f"tj{n:02d}") for n in range(MORE)],
        password_hash=make_password(password()), by=BY, at=at,
    )  # fmt: skip
    by_key = {row.pk: row for row in bodies}
    for n, account in enumerate(made):
        body = bodies[n % len(bodies)]
        people.give_post(
            account, Role.MEDIATOR, organisation=Organisation.objects.get(pk=body.pk), starts_on=today - timedelta(days=300),
            by=BY, at=at,
        )  # fmt: skip
        held.append((account, body.pk))
    for n, (account, committee) in enumerate(held):
        origin = (
            Jurisdiction.MACAO if n % 9 == 4 or account.login == "macao"
            else Jurisdiction.HONG_KONG if n % 9 == 7 else Jurisdiction.MAINLAND
        )  # fmt: skip
        areas = by_key[committee].divisions
        estates = sorted({key for area in areas for key in homes.get(area, ())})
        # one community's filings have run out, and nobody there looks after an estate of their own
        over = committee == bodies[11].pk
        said: dict[str, Any] = {
            "committee_id": committee, "filing": f"望司备〔2025〕{n + 1:03d} 号", "filed_on": date(2025, 1, 6),
            "valid_from": date(2025, 1, 6), "valid_to": today - timedelta(days=9) if over else date(today.year + 1, 1, 5),
            "origin": origin, "jurisdictions": sorted({Jurisdiction.MAINLAND, origin}), "languages": _languages(rng, origin, n),
            "subjects": sorted(rng.sample(Subject.values, 3)) if n % 3 else [], "divisions": list(areas),
            "estates": rng.sample(estates, min(len(estates), 3)) if by_key[committee].basis == "community" and n % 4 else [],
            "studio": _STUDIOS[n // 10 % len(_STUDIOS)] if n % 10 == 2 else "", "days": sorted(rng.sample(range(1, 8), 3)),
            "most": rng.choice((4, 5, 6)), "away_until": today + timedelta(days=6) if n % 13 == 5 else None,
        }  # fmt: skip
        register.file_mediator(account.pk, said, by=BY, at=at)
        for _each in range(rng.randrange(3)):
            register.train(
                account.pk, held_on=today - timedelta(days=rng.randrange(5, 280)),
                hours=Decimal(rng.choice(("2", "3.5", "6"))), topic=rng.choice(_TOPICS), by=BY, at=at,
            )  # fmt: skip
    return len(held)


def _languages(rng: Random, origin: str, n: int) -> list[str]:
    known = {"zh-hans", *(("yue",) if rng.random() < 0.6 else ())}
    if origin != Jurisdiction.MAINLAND:
        known |= {"zh-hant", "yue", "pt" if origin == Jurisdiction.MACAO else "en"}
    return sorted(known | ({"en"} if n % 7 == 1 else set()) | ({"sign"} if n == 20 else set()))


def _station(rng: Random, today: date, at: datetime) -> None:
    """The volunteers' station: two weeks of duties, mostly of mediators from across the boundary."""
    land = ground()
    grids = sorted(
        a.id for a in land.areas.values() if a.level == Level.GRID and a.code[:12].endswith("001")
    )[:4]
    station = stations.keep_station(
        "望澜港澳志愿者驿站", division_id=land.by_code[STREET_CODE].id, grids=grids, address="望澜路 1 号海关旧楼一层",
        by=BY, at=at,
    )  # fmt: skip
    able = list(
        Mediator.objects.filter(away_until=None, valid_to__gt=today + timedelta(days=15)).exclude(
            origin="mainland"
        )
    )
    monday = today - timedelta(days=today.weekday())
    for n in range(14):
        for place, half in enumerate(("am", "pm")):
            if n % 7 < 6 or half == "am":
                one = able[(n * 2 + place) % len(able)]
                stations.put_on_duty(
                    station.pk, one.pk, day=monday + timedelta(days=n), half=half, by=BY, at=at
                )
    assert Station.objects.count() == 1


def _beside(rng: Random, today: date, at: datetime) -> None:
    """Campaigns, the four counters of this year, petitions about matters."""
    for name, classes, goal in (
        ("夏季油烟和噪声专项", ["fumes", "environment"], 96),
        ("治欠保支百日行动", ["wages"], 96),
    ):
        figures.keep_campaign(
            {"name": name, "classes": classes, "starts_on": today - timedelta(days=100), "ends_on": today + timedelta(days=20),
             "goal": goal},
            by=BY, at=at,
        )  # fmt: skip
    places = ground().communities
    months = [date(today.year, n, 1) for n in range(1, today.month + 1)][-6:]
    cells = [(place.id, month) for place in places for month in months]
    shares = {kind: _shared(rng, total, len(cells)) for kind, total in COUNTERS.items()}
    for n, (place_id, month) in enumerate(cells):
        counts = {kind: shares[kind][n] for kind in SelfHelp.Kind.values}
        figures.count_self_help(place_id, month=month, counts=counts, by=BY, at=at)
    numbers = list(
        Matter.objects.filter(thread__sealed=False).order_by("-pk").values_list("number", flat=True)[:40]
    )
    for n in range(14 if numbers else 0):
        figures.enter_petition(
            rng.choice(numbers[:9]), received_on=today - timedelta(days=rng.randrange(1, 80)),
            way=rng.choice(("visit", "letter", "online", "phone")), office="澜屿区信访局", reference=f"LX{today.year}{n + 101}",
            by=BY, at=at,
        )  # fmt: skip


def _shared(rng: Random, total: int, parts: int) -> list[int]:
    """A count in parts that add up to it."""
    cuts = sorted(rng.randrange(total + 1) for _each in range(parts - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]


def _ties(at: datetime) -> None:
    """Two mediators say where they live."""
    for login, building in (("mediator", "海棠苑3栋"), ("tj03", "木棉花园1栋")):
        account = Account.objects.filter(login=login).first()
        if account is not None:
            who = person_for(account)
            with acting(who), transaction.atomic():
                register.declare_interest(building=building, firm="", by=who, at=at)


def _classes(rng: Random, at: datetime) -> None:
    """Clerks put down which of their cases stand in the ledger, and what was kept from becoming worse."""
    for post in Post.objects.filter(role=Role.CASE_CLERK).select_related("account").order_by("pk"):
        who = person_for(post.account)
        with acting(who), transaction.atomic():
            cases = list(
                Case.objects.filter(committee_id=post.organisation_id, erased_at=None).order_by("pk")
            )
            for case in cases:
                key_class = _CLASSES.get(Subject(case.subject), "")
                kept = "crime" if rng.random() < 0.08 else ""
                if key_class or kept:
                    ending.count_as(
                        case.pk,
                        ledger_class=str(key_class),
                        prevented=kept,
                        prevented_people=2 if kept else 0,
                        by=who,
                        at=at,
                    )
