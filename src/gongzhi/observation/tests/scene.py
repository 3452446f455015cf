"""A street with orders in several states, seen by people of its levels: played once, laid out for every test."""

from __future__ import annotations

from datetime import timedelta

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.people import actions as people
from gongzhi.people.roles import Role
from gongzhi.workorders.actions import grouping
from gongzhi.workorders.tests.staff_scene import DRAIN, LAMP_NOWHERE, in_state, reported
from tests.cast import IN_GRID_3, PASSWORD, START, WEDNESDAY, Cast, settle
from tests.laid import once

#: When the board is looked at: two hours after the first report, in the same morning.
LOOKED = WEDNESDAY + timedelta(hours=2)


@once("observation")
def looked_at() -> Cast:
    """The neighbourhood with seven orders, and overseers of the district and of a community."""
    with stopped(LOOKED):
        return _lived(settle())


def _lived(cast: Cast) -> Cast:
    for name, role, division in (
        ("district_leader", Role.LEADER, cast.street.parent),
        ("community_clerk", Role.CLERK, cast.haitang),
    ):
        by = Actor.for_service("tests")
        cast.accounts[name] = people.open_account(
            login=name, name=name, password=PASSWORD, by=by, at=WEDNESDAY
        )
        people.give_post(
            cast.accounts[name],
            role,
            division_id=division.pk,
            organisation=None,
            starts_on=START,
            by=by,
            at=WEDNESDAY,
        )
    for state in ("triage", "assigned", "in_hand", "answered"):
        in_state(cast, state)
    reported(cast, DRAIN, lon=IN_GRID_3[0], lat=IN_GRID_3[1], at=WEDNESDAY + timedelta(minutes=70))
    reported(cast, LAMP_NOWHERE, at=WEDNESDAY - timedelta(days=7, minutes=30))
    reported(cast, "表扬物业的保安，帮老人提东西上楼。", at=WEDNESDAY - timedelta(days=30))
    grouping.group_all(by=Actor.for_service("tests"), at=LOOKED)
    return cast
