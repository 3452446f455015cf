"""Two at the same instant, for every act of hand-overs, emergencies, tips and pairs: one succeeds, one is told so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Invalid, Refusal
from gongzhi.people import actions as people
from gongzhi.people.models import Organisation
from gongzhi.workorders.actions import emergency, holding, looking_back, pairing, police, remembering, tips
from gongzhi.workorders.models import Emergency, HandOver, Pair, WorkOrder
from gongzhi.workorders.police_partners import Signed, partners
from gongzhi.workorders.tests.test_callouts_side_by_side import together
from tests.cast import IN_GRID_1, START, WEDNESDAY, Cast, settle
from tests.stage import POLICE, an_emergency, bring

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = Actor.for_service("tests")
SWEEP = Actor.for_service("sweep")
LATER = WEDNESDAY + timedelta(hours=1)


def one_of(verb: str, results: list[Any], kind: type[Refusal] = Conflict) -> None:
    refused = [one for one in results if isinstance(one, Exception)]
    assert len(refused) == 1 and isinstance(refused[0], kind), (verb, results)


def test_two_with_one_order() -> None:
    cast: Cast = settle()
    station = Organisation.objects.get(code="police")
    people.give_post(
        cast.accounts["leader"], "admin", division_id=cast.street.pk, starts_on=START, by=TESTS, at=WEDNESDAY
    )
    police.add_partner("wanglan", station.pk, by=cast.leader, at=WEDNESDAY)
    acts: dict[str, tuple[str, Callable[[int, Any], Any]]] = {
        "hand_to_police": (
            "in_hand",
            lambda pk, by: police.hand_to_police(pk, text="有人撬车", by=by, at=LATER),
        ),
        "taken_by_police": (
            "with_police",
            lambda pk, by: police.taken_by_police(pk, receipt="J-1", by=by, at=LATER),
        ),
        "returned_by_police": (
            "with_police",
            lambda pk, by: police.returned_by_police(pk, reason="不归他们", by=by, at=LATER),
        ),
        "recall_from_police": ("with_police", lambda pk, by: police.recall_from_police(pk, by=by, at=LATER)),
    }
    for verb, (state, act) in acts.items():
        order = bring(cast, state)
        one_of(
            verb, together(*(partial(act, order.pk, cast.person(name)) for name in ("clerk", "other_clerk")))
        )
        assert HandOver.objects.filter(order=order).count() == 1, verb

    call = police.Call("J-00001", "noise", "楼下很吵。", "海棠苑门口", *IN_GRID_1)
    partner = partners()[0]
    told = together(*[partial(police.take_call, partner, call, by=POLICE, at=LATER)] * 4)
    assert not any(isinstance(one, Exception) for one in told), told
    assert sorted(again for _row, again in told) == [False, True, True, True]
    assert WorkOrder.objects.filter(channel="police").count() == 1

    once = Signed(partner, "m" * 32, LATER)
    one_of("take_once", together(*[partial(remembering.take_once, once, by=POLICE, at=LATER)] * 2))

    row = an_emergency(cast, at=WEDNESDAY)
    order = bring(cast, "in_hand")
    hold = partial(holding.hold, order.pk, emergency_id=row.pk, by=SWEEP, at=LATER)
    one_of("hold", together(hold, hold))
    one_of(
        "unhold",
        together(
            *(
                partial(holding.unhold, order.pk, by=cast.person(n), at=LATER)
                for n in ("clerk", "road_worker")
            )
        ),
    )


def test_two_with_one_emergency() -> None:
    cast: Cast = settle()
    people.give_post(
        cast.accounts["clerk"], "leader", division_id=cast.street.pk, starts_on=START, by=TESTS, at=WEDNESDAY
    )
    said = {"name": "台风", "kind": "typhoon", "division_id": cast.street.pk, "reason": "预警"}
    both = [cast.leader, cast.clerk]
    one_of("switch_on", together(*(partial(emergency.switch_on, **said, by=by, at=WEDNESDAY) for by in both)))
    row = Emergency.objects.get()
    shelter = emergency.open_shelter(row.pk, name="小学", place="", capacity=9, by=cast.clerk, at=WEDNESDAY)
    supply = emergency.add_supply(
        row.pk, name="水", unit="箱", place="", there=1, wanted=2, by=cast.clerk, at=WEDNESDAY
    )
    shift = emergency.put_on_duty(
        row.pk,
        account_id=cast.accounts["clerk"].pk,
        task="接待",
        begins_at=WEDNESDAY,
        ends_at=LATER,
        by=cast.clerk,
        at=WEDNESDAY,
    )
    acts: list[tuple[str, Callable[[Any], Any], type[Refusal]]] = [
        (
            "open_shelter",
            lambda by: emergency.open_shelter(row.pk, name="文化站", place="", capacity=9, by=by, at=LATER),
            Invalid,
        ),
        ("count_people", lambda by: emergency.count_people(shelter.pk, 5, by=by, at=LATER, seen=0), Conflict),
        ("count_supply", lambda by: emergency.count_supply(supply.pk, 5, by=by, at=LATER, seen=0), Conflict),
        ("take_off_duty", lambda by: emergency.take_off_duty(shift.pk, by=by, at=LATER), Refusal),
        ("ask_end", lambda by: emergency.ask_end(row.pk, reason="过去了", by=by, at=LATER), Conflict),
        ("take_back_end", lambda by: emergency.take_back_end(row.pk, by=by, at=LATER), Conflict),
    ]
    for verb, act, kind in acts:
        one_of(verb, together(*(partial(act, by) for by in both)), kind)
    emergency.ask_end(row.pk, reason="过去了", by=cast.leader, at=LATER)
    seconds = [cast.other_clerk, cast.clerk]
    one_of("end", together(*(partial(emergency.end, row.pk, by=by, at=LATER) for by in seconds)))
    looking_back.draft_record(row.pk, by=cast.clerk, at=LATER)
    one_of(
        "finish_record",
        together(*(partial(looking_back.finish_record, row.pk, by=by, at=LATER) for by in both)),
    )


def test_two_with_one_tip_and_one_community() -> None:
    cast: Cast = settle()
    both = [cast.clerk, cast.other_clerk]

    def as_(by: Any, act: Callable[..., Any], *args: Any, **said: Any) -> Any:
        with acting(by):
            return act(*args, by=by, at=LATER, **said)

    tip = as_(cast.resident, tips.give, "theft", "楼下单车棚常有人半夜剪锁。", acknowledged=True)
    one_of("pass_on", together(*(partial(as_, by, tips.pass_on, tip.id, receipt="X-1") for by in both)))
    one_of("close", together(*(partial(as_, by, tips.close, tip.id, outcome="known") for by in both)))

    secretary = cast.accounts["grid_leader"]
    said = {"constable_id": None, "secretary_id": secretary.pk, "starts_on": date(2026, 11, 18), "seen": 0}
    one_of("pair", together(*(partial(as_, by, pairing.pair, cast.haitang.pk, **said) for by in both)))
    row = Pair.objects.get()
    constable = people.open_account(login="constable", name="民警", password=None, by=TESTS, at=WEDNESDAY)
    people.give_post(
        constable,
        "handler",
        organisation=Organisation.objects.get(code="police"),
        starts_on=START,
        by=TESTS,
        at=WEDNESDAY,
    )
    row = pairing.pair(
        cast.haitang.pk, constable_id=constable.pk, secretary_id=secretary.pk, starts_on=date(2026, 11, 19),
        by=cast.clerk, at=LATER,
    )  # fmt: skip
    duty = {"begins": time(9), "ends": time(11)}
    one_of(
        "put_duty",
        together(*(partial(as_, by, pairing.put_duty, row.pk, date(2026, 11, 25), **duty) for by in both)),
    )
    one_of(
        "end_pair", together(*(partial(as_, by, pairing.end_pair, row.pk, date(2026, 11, 26)) for by in both))
    )
