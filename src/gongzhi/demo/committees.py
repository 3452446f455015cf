"""Who mediates in the invented town: a committee for the street and each community, with a clerk and mediators."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import cycle

from django.contrib.auth.hashers import make_password

from gongzhi.demo.geometry import STREET_CODE
from gongzhi.demo.laying import BY, password
from gongzhi.people import actions as people
from gongzhi.people.actions import NewAccount
from gongzhi.people.actor import Person, person_for
from gongzhi.people.roles import Role
from gongzhi.territory.models import Division

#: Accounts worth playing, at the committee of Haitang: login → (name, role).
PLAYED = {
    "case_clerk": ("罗文书", Role.CASE_CLERK),
    "mediator": ("司徒慧", Role.MEDIATOR),
    "macao": ("欧阳澳", Role.MEDIATOR),
}
_NAMES = (
    "钟调解",
    "卢调解",
    "温调解",
    "邵调解",
    "傅调解",
    "程调解",
    "范调解",
    "古调解",
    "简调解",
    "蓝调解",
    "莫调解",
    "区调解",
)


def committees(at: datetime) -> dict[int, dict[str, Person]]:
    """Found the committees with their people: committee → part → person. Nobody gets in twice."""
    since = (at - timedelta(days=800)).date()
    told = make_password(password())
    found: dict[int, dict[str, Person]] = {}
    areas = list(
        Division.objects.filter(code__startswith=STREET_CODE[:9], level__in=("street", "community")).order_by(
            "code"
        )
    )
    spare = cycle(_NAMES)
    for place, area in enumerate(areas):
        body = people.found_organisation(
            code=f"mediation_{area.code}", name=f"{area.name}人民调解委员会", short_name=f"{area.name}调委会",
            kind="mediation", division=area, by=BY, at=at,
        )  # fmt: skip
        shown = place == 1
        rows = (
            PLAYED
            if shown
            else {
                f"m{place}_clerk": (next(spare), Role.CASE_CLERK),
                f"m{place}_mediator": (next(spare), Role.MEDIATOR),
            }
        )
        accounts = people.open_accounts(
            [NewAccount(name=name, login=login) for login, (name, _role) in rows.items()],
            password_hash=told,
            by=BY,
            at=at,
        )
        for account, (_name, role) in zip(accounts, rows.values(), strict=True):
            people.give_post(account, role, organisation=body, starts_on=since, by=BY, at=at)
        held = [person_for(account) for account in accounts]
        found[body.pk] = {"clerk": held[0], "mediator": held[-1]}
    return found
