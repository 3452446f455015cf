"""A committee with its people, and a quarrel about noise between two neighbours. Everything through the actions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.mediation.actions import accepting, codes, opening, signing
from gongzhi.mediation.actions.opening import Dispute, Who
from gongzhi.mediation.models import Agreement, Case, Signature
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account, Organisation
from gongzhi.people.roles import Role
from tests.cast import PASSWORD, RESIDENTS, START, WEDNESDAY, Cast, settle
from tests.laid import once

_BY = Actor.for_service("tests")


@dataclass
class Room:
    """The cast of the mediation room; ``room.clerk`` and so on are actors."""

    cast: Cast
    committee: Organisation
    accounts: dict[str, Account]

    def __getattr__(self, name: str) -> Person:
        accounts = self.__dict__.get("accounts", {})
        if name in accounts:
            return person_for(accounts[name])
        raise AttributeError(name)

    def dispute(self, **changed: Any) -> Dispute:
        """A quarrel about noise: the resident (party 1) against the neighbour (party 2, without an account yet)."""
        given: dict[str, Any] = {
            "committee_id": self.committee.pk,
            "subject": "neighbours",
            "subject_line": "夜里的钢琴声",
            "parties": (
                Who("林小满", particulars={"phone": "+8619900000101"}),
                Who("周大海", account_id=self.neighbour.account_id),
            ),
            "facts": "楼上夜里弹琴，影响休息。",
            "requests": "晚上十点后不弹琴。",
        }
        return Dispute(**given | changed)

    def applied(self, *, at: datetime = WEDNESDAY, **changed: Any) -> Case:
        """The resident has applied."""
        with acting(self.resident):
            return opening.apply(self.dispute(**changed), by=self.resident, at=at)

    def accepted(self, *, at: datetime = WEDNESDAY, **changed: Any) -> Case:
        """The clerk has taken the case."""
        case = self.applied(at=at, **changed)
        with acting(self.clerk):
            return accepting.accept(case.pk, by=self.clerk, at=at + timedelta(hours=1))

    def signs(self, case_id: int, agreement_id: int, name: str, *, at: datetime) -> Signature:
        """Somebody signs on a screen: with a drawn name, and a party with the code for this very text."""
        who = getattr(self, name)
        phone, told = RESIDENTS.get(name, ""), ""
        with acting(who), transaction.atomic():
            row = Agreement.objects.get(pk=agreement_id)
            digest = digest_of(row)
            if phone:
                told = people.send_code("sign", codes.bound(row, digest, phone), by=who, at=at)
            signed = signing.sign_here(
                case_id, agreement_id=agreement_id, phone=phone, code=told, shown=digest.hex(),
                strokes=NAME, by=who, at=at,
            )  # fmt: skip
            assert signed is not None
            return signed


#: A name drawn on a screen.
NAME = json.dumps([[[100, 100], [400, 250], [700, 90]], [[300, 300]]])


@once("mediation")
def furnished() -> Room:
    """The neighbourhood on its Wednesday, and the room in it."""
    return furnish(settle())


def furnish(cast: Cast) -> Room:
    """Found the committee of 海棠社区 and give it a clerk and two mediators, one of them from Macao."""
    committee = people.found_organisation(
        code="haitang_mediation", name="海棠社区人民调解委员会", kind="mediation", parent=cast.haitang_committee,
        division=cast.haitang, by=_BY, at=WEDNESDAY,
    )  # fmt: skip
    accounts = {
        name: cast.accounts[name]
        for name in ("resident", "neighbour", "macao_resident", "leader", "auditor", "grid_worker")
    }
    accounts["centre_clerk"] = cast.accounts["clerk"]
    for name, role in (
        ("clerk", Role.CASE_CLERK), ("mediator", Role.MEDIATOR), ("macao_mediator", Role.MEDIATOR),
        ("other_mediator", Role.MEDIATOR),
    ):  # fmt: skip
        accounts[name] = people.open_account(
            login=f"m_{name}", name=name, password=PASSWORD, by=_BY, at=WEDNESDAY
        )
        people.give_post(accounts[name], role, organisation=committee, starts_on=START, by=_BY, at=WEDNESDAY)
    return Room(cast, committee, accounts)
