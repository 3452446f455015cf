"""The first day of a real town: its district and street, its order centre, the tables, the first administrator.

Everything after that is done on pages or with the other actions. The invented town has its own way (``gongzhi.demo``).
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.people import actions as people
from gongzhi.people.models import Account, Organisation, OrganisationKind
from gongzhi.people.roles import Role
from gongzhi.territory import actions as territory
from gongzhi.territory.actions import NewDivision
from gongzhi.territory.models import Division, Level
from gongzhi.workorders.actions import tables
from gongzhi.workorders.tables import SEEDS

#: The usual hours until the town enters its own: weekdays, two spans. Jurisdiction → spans.
HOURS = {
    "CN": ((time(8, 30), time(12)), (time(14), time(17, 30))),
    "HK": ((time(9), time(13)), (time(14), time(17, 30))),
    "MO": ((time(9), time(13)), (time(14, 30), time(17, 45))),
}
CENTRE = "centre"


@dataclass(frozen=True)
class Beginning:
    """What a town is called: district and street with their codes, and the sign-in name of the administrator."""

    district_code: str
    district: str
    street_code: str
    street: str
    administrator: str


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def begin_town(town: Beginning, *, by: Actor, at: datetime) -> str:
    """Enter a town into an empty platform; the administrator's first password.

    Categories, keywords and promises are those of the seeds. Every category goes to the order centre until the town
    enters its own table of responsibilities.
    """
    if Division.objects.exists() or Account.objects.exists():
        raise Conflict(_("这里已经有一个城区。"), code="not_empty")
    today = clock.local(at).date()
    divisions = territory.add_divisions(
        [
            NewDivision(town.district_code, town.district, Level.DISTRICT, ""),
            NewDivision(town.street_code, town.street, Level.STREET, town.district_code),
        ],
        starts_on=today,
        source="begin",
        by=by,
        at=at,
    )
    street = divisions[town.street_code]
    for jurisdiction, spans in HOURS.items():
        territory.set_hours(jurisdiction, dict.fromkeys(range(5), spans), by=by, at=at)
        territory.seed_calendar(jurisdiction, range(at.year, at.year + 2), by=by, at=at)
    office = people.found_organisation(
        code="street", name=f"{town.street}办事处", kind=OrganisationKind.STREET_OFFICE, division=street, by=by, at=at
    )  # fmt: skip
    people.found_organisation(
        code=CENTRE, name=f"{town.street}工单中心", kind=OrganisationKind.ORDER_CENTRE, parent=office,
        division=street, by=by, at=at,
    )  # fmt: skip
    people.require_staff(
        [("grid", Role.GRID_LEADER, 1), ("grid", Role.GRID_MEMBER, 3), ("building", Role.BUILDING_HEAD, 1)],
        by=by,
        at=at,
    )
    tables.load_categories(_seed("categories"), by=by, at=at)
    tables.load_keywords(_seed("keywords"), by=by, at=at)
    tables.load_promises(_seed("promises"), by=by, at=at)
    everything = [
        row for row in _seed("responsibilities") if not row["category_code"] and row["lead"] == CENTRE
    ]
    tables.load_responsibilities(everything, division_code=town.street_code, by=by, at=at)
    password = secrets.token_urlsafe(12)
    account = people.open_account(
        login=town.administrator, name=town.administrator, password=password, by=by, at=at
    )
    people.give_post(
        account, Role.ADMIN, division_id=street.pk, organisation=office, starts_on=today, by=by, at=at
    )
    return password


@transaction.atomic
def enter_organisations(rows: Iterable[Mapping[str, str]], *, by: Actor, at: datetime) -> tuple[int, int]:
    """Enter organisations from rows (code, name, kind, parent_code, division_code, phone): (new, known before).

    Those known by code stay as they are. ``division_code`` may list several divisions, with ``;`` between: then the
    organisation serves these. Raises Invalid naming the first row that cannot be taken; nothing is entered then.
    """
    bodies = {body.code: body for body in Organisation.objects.all()}
    divisions = dict(Division.objects.filter(ends_on=None).values_list("code", "pk"))
    before, made = 0, 0
    for number, row in enumerate(rows, start=2):
        code = row["code"].strip()
        if code in bodies:
            before += 1
            continue
        parent, areas = row.get("parent_code", ""), [c for c in row.get("division_code", "").split(";") if c]
        if row["kind"] not in OrganisationKind.values:
            raise _wrong(number, _("没有这种单位类型：{kind}").format(kind=row["kind"]))
        if parent and parent not in bodies:
            raise _wrong(number, _("没有单位 {code}").format(code=parent))
        if unknown := [area for area in areas if area not in divisions]:
            raise _wrong(number, _("没有区域“{code}”").format(code=unknown[0]))
        bodies[code] = people.found_organisation(
            code=code,
            name=row["name"].strip(),
            kind=row["kind"],
            parent=bodies.get(parent),
            division_id=divisions[areas[0]] if len(areas) == 1 else None,
            serves=[divisions[area] for area in areas] if len(areas) > 1 else [],
            public_phone=row.get("phone", ""),
            by=by,
            at=at,
        )
        made += 1
    return made, before


def _wrong(number: int, sentence: str) -> Invalid:
    return Invalid(_("第 {n} 行：{fault}。").format(n=number, fault=sentence), code="bad_row")
