"""Mediators proposed for a case: with reasons, and without a trace of the cases in which they have a part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Forbidden
from gongzhi.mediation.actions import accepting, opening, register, team
from gongzhi.mediation.actions.opening import Who
from gongzhi.mediation.models import Case, Interest
from gongzhi.mediation.queries.proposing import Offered, interested, proposed
from gongzhi.mediation.tests.scene import Room
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = Actor.for_service("tests")
LATER = WEDNESDAY + timedelta(hours=3)


def on_file(room: Room) -> None:
    """Three mediators of the committee, one of them from Macao."""
    register.enter_committee(
        room.committee.pk, {"basis": "community", "divisions": [room.cast.haitang.pk]}, by=TOWN, at=WEDNESDAY
    )
    for name, said in (
        (
            "mediator",
            {"languages": ["zh-hans"], "subjects": ["neighbours"], "divisions": [room.cast.haitang.pk]},
        ),
        (
            "macao_mediator",
            {"languages": ["zh-hant", "pt"], "jurisdictions": ["mainland", "macao"], "origin": "macao"},
        ),
        ("other_mediator", {"languages": ["zh-hans"]}),
    ):
        register.file_mediator(
            room.accounts[name].pk,
            {"committee_id": room.committee.pk, "valid_from": date(2020, 1, 1), **said},
            by=TOWN,
            at=WEDNESDAY,
        )


def offered(room: Room, case: Case, who: str = "clerk") -> list[Offered]:
    with acting(getattr(room, who)), transaction.atomic():
        return proposed(Case.objects.get(pk=case.pk), by=getattr(room, who))


def names(rows: list[Offered]) -> list[str]:
    return [row.mediator.account.name for row in rows]


def test_the_fittest_comes_first_and_every_reason_is_said(room: Room) -> None:
    on_file(room)
    case = room.accepted()
    rows = offered(room, case)
    assert names(rows)[0] == "mediator" and len(rows) == 3
    assert rows[0].points > rows[1].points
    assert rows[0].reasons == ["会普通话", "擅长邻里纠纷", "服务海棠社区", "手上 0 件，最多 5 件"]


def test_a_party_who_reads_portuguese_brings_the_mediator_from_macao_forward(room: Room) -> None:
    on_file(room)
    case = room.accepted(
        parties=(
            Who("甲", language="pt", particulars={"document": "macao_id", "document_number": "1"}),
            Who("乙", language="zh-hant"),
        ),
        language="pt", cross_boundary=True,
    )  # fmt: skip
    rows = offered(room, case)
    assert names(rows)[0] == "macao_mediator"
    assert "熟悉内地、澳门法律" in rows[0].reasons or "熟悉澳门、内地法律" in rows[0].reasons
    assert any("不会葡萄牙语" in lack for lack in rows[1].lacks)


def test_nobody_outside_the_team_asks(room: Room, raw_as: Callable[..., Any]) -> None:
    on_file(room)
    case = room.accepted()
    for name in ("resident", "neighbour", "leader", "mediator", "auditor", "macao_resident"):
        with pytest.raises(Forbidden), acting(getattr(room, name)), transaction.atomic():
            proposed(Case(pk=case.pk), by=getattr(room, name))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw_as(getattr(room, name).account_id).execute(
                "SELECT * FROM mediation_interested(%s)", [case.pk]
            )
    for service in ("figures", "keeper", "news"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw_as(service=service).execute("SELECT * FROM mediation_interested(%s)", [case.pk])
    assert (
        raw_as(room.clerk.account_id).execute("SELECT * FROM mediation_interested(%s)", [case.pk]).fetchall()
        == []
    )


def former_case(room: Room) -> Case:
    """One that ``mediator`` settled for the neighbour, in which the clerk of the new case has no part."""
    with acting(room.other_mediator):
        case = opening.offer(
            room.dispute(parties=(Who("周大海", account_id=room.neighbour.account_id), Who("某人"))),
            by=room.other_mediator, at=WEDNESDAY,
        )  # fmt: skip
        team.join_team(
            case.pk, account_id=room.mediator.account_id, part="mediator", by=room.other_mediator, at=LATER
        )
        team.leave_team(
            case.pk, account_id=room.clerk.account_id, recused=True, by=room.other_mediator, at=LATER
        )
    return case


def test_who_mediated_for_a_party_before_is_left_out_and_nothing_says_why(room: Room) -> None:
    on_file(room)
    case = room.accepted()
    before = offered(room, case)
    assert "mediator" in names(before), "the control: without the earlier case they are offered"
    former = former_case(room)
    after = offered(room, case)
    assert names(after) == ["macao_mediator"], "also who stood in that team besides"
    with acting(room.clerk), transaction.atomic():
        assert interested(case.pk) == {room.mediator.account_id, room.other_mediator.account_id}
        assert not Case.objects.filter(pk=former.pk).exists()
    told = " ".join(" ".join([*row.reasons, *row.lacks]) for row in after)
    assert former.matter.number not in told and "周大海" not in told and "利害" not in told


def test_an_interest_looks_like_a_holiday(room: Room) -> None:
    """The same list, whether somebody has an interest, is away, is full, or their filing is over."""
    on_file(room)
    case = room.accepted()
    key = room.mediator.account_id
    lists = []
    for said in (
        {"away_until": date(2099, 1, 1)},
        {"away_until": None, "most": 0},
        {"most": 5, "valid_to": date(2021, 1, 1)},
    ):
        register.change_mediator(key, said, by=TOWN, at=LATER)
        if said.get("most") == 0:
            continue
        lists.append(offered(room, case))
    register.change_mediator(key, {"valid_to": None}, by=TOWN, at=LATER)
    with acting(room.mediator):
        register.declare_interest(building="海棠苑 3 栋", firm="", by=room.mediator, at=LATER)
    with acting(room.clerk):
        from gongzhi.mediation.actions import parties

        parties.mend_party(case.pk, party=1, fields={"address": "海棠苑3栋 502"}, by=room.clerk, at=LATER)
    lists.append(offered(room, case))
    assert all(rows == lists[0] for rows in lists)
    assert "mediator" not in names(lists[0])


def test_a_declared_tie_is_read_by_nobody_else(room: Room, raw_as: Callable[..., Any]) -> None:
    on_file(room)
    with acting(room.mediator):
        register.declare_interest(building="海棠苑3栋", firm="望澜物业公司", by=room.mediator, at=LATER)
    count = "SELECT count(*) FROM mediation_interest"
    assert raw_as(room.mediator.account_id).execute(count).fetchone() == (1,), "the control"
    for name in ("clerk", "leader", "auditor", "other_mediator"):
        assert raw_as(getattr(room, name).account_id).execute(count).fetchone() == (0,)
    assert raw_as(service="figures").execute(count).fetchone() == (0,)
    assert Interest.objects.count() == 0


def test_the_same_firm_is_an_interest(room: Room) -> None:
    on_file(room)
    with acting(room.mediator):
        register.declare_interest(building="", firm="望澜物业 公司", by=room.mediator, at=LATER)
    case = room.accepted(parties=(Who("林小满"), Who("望澜物业公司", is_body=True)))
    assert "mediator" not in names(offered(room, case))


def test_a_full_mediator_is_not_offered(room: Room) -> None:
    on_file(room)
    register.change_mediator(room.mediator.account_id, {"most": 1}, by=TOWN, at=WEDNESDAY)
    first, second = room.accepted(), room.accepted(parties=(Who("丙"), Who("丁")))
    assert "mediator" in names(offered(room, second))
    with acting(room.clerk):
        team.propose_mediator(first.pk, account_id=room.mediator.account_id, by=room.clerk, at=LATER)
    assert "mediator" not in names(offered(room, second))
    with acting(room.clerk):
        accepting.decline(second.pk, text="不愿意", party=1, by=room.clerk, at=LATER)


def test_the_team_chooses_on_the_page_and_nobody_else_opens_it(room: Room) -> None:
    on_file(room)
    case = room.accepted()
    page = f"/committee/cases/{case.pk}/mediators/"
    client = Client()
    client.force_login(room.accounts["clerk"])
    told = client.get(page).content.decode()
    assert "擅长邻里纠纷" in told and "周大海" not in told
    assert client.post(page, {"mediator": room.clerk.account_id}).status_code == 400, (
        "nobody who is not listed"
    )
    assert client.post(page, {"mediator": room.mediator.account_id}).status_code == 302
    with acting(room.clerk), transaction.atomic():
        assert Case.objects.get(pk=case.pk).mediator_id == room.mediator.account_id
    for name, status in (
        ("resident", 403),
        ("leader", 404),
        ("macao_mediator", 404),
        ("auditor", 404),
        ("centre_clerk", 404),
    ):
        client.force_login(room.accounts[name])
        assert client.get(page).status_code == status
        assert client.post(page, {"mediator": room.mediator.account_id}).status_code == status
    assert Client().get(page).status_code in (302, 401)
