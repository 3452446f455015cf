"""The doors of a case as people × what they find; the table of rights in memory and in the database; two at one instant."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict
from gongzhi.kit.rules import disagreements
from gongzhi.matters.models import Link
from gongzhi.mediation.actions import accepting, opening, register, team
from gongzhi.mediation.models import Case
from gongzhi.mediation.policies import RULES
from gongzhi.mediation.queries import get_case
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_way import mediating
from gongzhi.mediation.views.steps import ACTIONS
from gongzhi.people import actions as people
from gongzhi.people.actor import person_for
from gongzhi.people.roles import Role
from tests.cast import PASSWORD, START, WEDNESDAY
from tests.stage import report_drain

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = (
    "clerk",
    "mediator",
    "macao_mediator",
    "resident",
    "neighbour",
    "macao_resident",
    "leader",
    "auditor",
    "centre_clerk",
)


def as_(room: Room, name: str) -> Client:
    client = Client()
    client.force_login(room.accounts[name])
    return client


#: Who finds what: the case itself, and the page for looking in.
GRID = {
    "clerk": (200, 403), "mediator": (404, 403), "macao_mediator": (200, 403), "resident": (200, 403),
    "neighbour": (200, 403), "macao_resident": (404, 403), "leader": (404, 200), "auditor": (404, 200),
    "centre_clerk": (404, 403),
}  # fmt: skip


def test_who_opens_what(room: Room) -> None:
    case = mediating(room)
    found = {}
    for name in PEOPLE:
        client = as_(room, name)
        assert client.get("/cases/").status_code == 200, name
        found[name] = (
            client.get(f"/cases/{case.pk}/").status_code,
            client.get("/cases/look-in/").status_code,
        )
    assert found == GRID
    assert Client().get(f"/cases/{case.pk}/").status_code == 302, "a visitor signs in first"


def test_every_step_is_refused_to_whoever_is_not_in_the_case(room: Room) -> None:
    case = mediating(room)
    for name in ("mediator", "macao_resident", "leader", "auditor", "centre_clerk"):
        client = as_(room, name)
        for verb in (*ACTIONS, "forget"):
            assert client.post(f"/cases/{case.pk}/{verb}/", {"text": "x"}).status_code == 404, (name, verb)


def test_a_party_takes_no_step_of_the_team(room: Room) -> None:
    case = mediating(room)
    client = as_(room, "resident")
    for verb, sent in (
        ("note", {"text": "x"}), ("join_team", {"account_id": room.mediator.account_id, "part": "expert"}),
        ("leave_team", {"account_id": room.clerk.account_id}), ("begin", {}),
        ("terminate", {"ground": "absent", "advice": ["suit"]}), ("invite_guest", {"part": "observer", "name": "甲"}),
    ):  # fmt: skip
        assert client.post(f"/cases/{case.pk}/{verb}/", sent).status_code in (403, 409, 422), verb
    assert client.get(f"/cases/{case.pk}/").status_code == 200


def test_the_table_and_the_database_agree(room: Room) -> None:
    one = mediating(room)
    other = room.applied()
    with acting(room.clerk):
        team.join_team(
            other.pk, account_id=room.mediator.account_id or 0, part="expert", by=room.clerk, at=clock.now()
        )
    with acting(room.mediator):
        team.leave_team(other.pk, by=room.mediator, at=clock.now())
    for name in PEOPLE:
        actor = getattr(room, name)
        with acting(actor), transaction.atomic():
            verbs = [verb for verb in RULES.verbs if verb != "look_in"]
            assert disagreements(RULES, [actor], Case.objects.filter(pk__in=[one.pk, other.pk]), verbs) == []


def test_a_quarrel_goes_from_application_to_agreement_by_pages(room: Room) -> None:
    resident = as_(room, "resident")
    answer = resident.post(
        "/cases/new/",
        {"committee": room.committee.pk, "subject": "neighbours", "subject_line": "阳台滴水", "name": "林小满", "phone": "",
         "facts": "水滴到被子上。", "requests": "", "place": "", "other_1": "周大海", "other_2": "", "other_3": ""},
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[:2000]
    address = answer["Location"]
    clerk = as_(room, "clerk")
    assert clerk.post(f"{address}accept/", {"subject": "neighbours"}).status_code == 302
    for number in (1, 2):
        assert clerk.post(f"{address}tell_rights/", {"party": number, "how": "paper"}).status_code == 302
    assert (
        clerk.post(f"{address}propose_mediator/", {"account_id": room.macao_mediator.account_id}).status_code
        == 302
    )
    assert resident.post(f"{address}say_of_mediator/", {"agrees": "yes"}).status_code == 302
    assert clerk.post(f"{address}say_of_mediator/", {"agrees": "yes", "party": 2}).status_code == 302
    mediator = as_(room, "macao_mediator")
    assert mediator.post(f"{address}begin/").status_code == 302
    told = {"kind": "separate", "party": "1", "text": "单独谈过"}
    assert mediator.post(f"{address}record_sitting/", told).status_code == 302
    assert mediator.post(f"{address}record_sitting/", {"kind": "separate", "text": "x"}).status_code == 422
    body = {
        "text_1": "装接水盘。",
        "performer_1": "2",
        "amount_1": "260",
        "due_on_1": "2027-01-10",
        "language": "zh-hant",
    }
    assert mediator.post(f"{address}draft/", body).status_code == 302
    page = mediator.get(address).content.decode()
    assert "装接水盘。" in page and "单独谈过" in page


def test_an_order_becomes_a_dispute_in_two_clicks(room: Room) -> None:
    """A form that is filled in, and one press: nothing is written on the order, and the reporter sees both as one story."""
    order = report_drain(room.cast, by=room.resident).order
    before = order.matter.thread.length
    client = as_(room, "centre_clerk")
    page = client.get(f"/desk/{order.pk}/").content.decode()
    assert f"/cases/new/?from={order.pk}" in page
    form = client.get(f"/cases/new/?from={order.pk}")
    assert order.title in form.content.decode()
    filled_in = {row.name: row.value() or "" for row in form.context["form"]} | {"cross_boundary": ""}
    assert filled_in["committee"] == str(room.committee.pk), "the committee of the place"
    assert "林小满" not in str(filled_in), "who reported stands behind a page that notes who looked"
    answer = client.post("/cases/new/", filled_in | {"from": order.pk})  # untouched: one press
    assert answer.status_code == 302, answer.content.decode()[:1500]
    case_id = int(answer["Location"].strip("/").split("/")[-1])
    order.matter.thread.refresh_from_db()
    assert order.matter.thread.length == before, "nothing is written on the open order"
    assert f"/cases/{case_id}/" in as_(room, "resident").get(_own_page(order.pk)).content.decode()
    assert f"/cases/{case_id}/" not in as_(room, "leader").get(f"/desk/{order.pk}/").content.decode()
    assert f"/cases/{case_id}/" in client.get(f"/desk/{order.pk}/").content.decode(), (
        "whoever referred it knows"
    )
    assert Link.objects.count() == 0, "and nobody is nobody"


def test_whoever_hands_an_order_over_may_pick_a_committee_of_the_trade(room: Room) -> None:
    traffic = people.found_organisation(
        code="traffic_mediation", name="道路交通事故人民调解委员会", kind="mediation", division=room.cast.street,
        by=Actor.for_service("tests"), at=WEDNESDAY,
    )  # fmt: skip
    account = people.open_account(
        login="m_traffic", name="m_traffic", password=PASSWORD, by=Actor.for_service("tests"), at=WEDNESDAY
    )
    people.give_post(
        account,
        Role.CASE_CLERK,
        organisation=traffic,
        starts_on=START,
        by=Actor.for_service("tests"),
        at=WEDNESDAY,
    )
    register.enter_committee(
        traffic.pk, {"basis": "trade", "trade": "道路交通事故"}, by=Actor.for_service("tests"), at=WEDNESDAY
    )
    order = report_drain(room.cast, by=room.resident).order
    client = as_(room, "centre_clerk")
    form = client.get(f"/cases/new/?from={order.pk}")
    assert "道路交通事故人民调解委员会（行业：道路交通事故）" in form.content.decode()
    filled_in = {row.name: row.value() or "" for row in form.context["form"]} | {"cross_boundary": ""}
    assert filled_in["committee"] == str(room.committee.pk), "untouched it goes to the committee of the place"
    answer = client.post("/cases/new/", filled_in | {"from": order.pk, "committee": traffic.pk})
    assert answer.status_code == 302, answer.content.decode()[:1500]
    with acting(person_for(account)), transaction.atomic():
        assert Case.objects.get().committee_id == traffic.pk
    with acting(room.clerk), transaction.atomic():
        assert not Case.objects.exists(), "and not to that of the place"


def _own_page(order_id: int) -> str:
    from django.urls import reverse

    return reverse("workorders:order", args=[order_id])


def test_two_who_take_the_same_step_at_one_instant(room: Room) -> None:
    """The second is told that somebody was quicker; one entry, one state."""
    case = room.applied()
    with acting(room.clerk), transaction.atomic():
        seen = get_case(case.pk, by=room.clerk).matter.thread.length
    results: list[str] = []
    ready = threading.Barrier(2)

    def take() -> None:
        try:
            with acting(room.clerk):
                ready.wait(10)
                accepting.accept(case.pk, seen=seen, by=room.clerk, at=clock.now())
            results.append("done")
        except Conflict as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["done", "someone_was_quicker"]


def test_two_dockets_of_one_instant_have_two_numbers(room: Room) -> None:
    from gongzhi.mediation.actions import ending

    cases: list[Any] = []
    for _n in range(2):
        case = mediating(room)
        with acting(room.clerk):
            ending.terminate(case.pk, ground="no_agreement", advice=["suit"], by=room.clerk, at=clock.now())
        cases.append(case)
    numbers: list[str] = []

    def file(pk: int) -> None:
        try:
            with acting(room.clerk):
                numbers.append(ending.file(pk, by=room.clerk, at=clock.now()).docket_number)
        finally:
            connection.close()

    threads = [threading.Thread(target=file, args=(case.pk,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(numbers)) == 2


def test_a_referrer_sees_what_they_wrote_and_nothing_else(room: Room) -> None:
    with acting(room.centre_clerk):
        case = opening.refer(
            room.dispute(), "望澜街道工单中心", referred_by="petition", by=room.centre_clerk, at=WEDNESDAY
        )
    page = as_(room, "centre_clerk").get(f"/cases/{case.pk}/").content.decode()
    assert "夜里的钢琴声" in page and "楼上夜里弹琴" in page
    for who in (room.clerk,):
        with acting(who):
            accepting.consent(case.pk, party=1, by=who, at=WEDNESDAY)
    page = as_(room, "centre_clerk").get(f"/cases/{case.pk}/").content.decode()
    assert "同意调解</" not in page.split("经过")[-1].split("各方")[0]


def test_what_a_court_sends_by_letter_is_entered_by_the_committee(room: Room) -> None:
    sent = {
        "committee": room.committee.pk, "subject": "neighbours", "subject_line": "阳台滴水", "name": "林小满", "phone": "",
        "facts": "水滴到被子上。", "requests": "", "place": "", "other_1": "周大海", "other_2": "", "other_3": "", "way": "refer",
        "referred_by": "court",
    }  # fmt: skip
    answer = as_(room, "clerk").post("/cases/new/", sent)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    with acting(room.clerk), transaction.atomic():
        case = Case.objects.get()
        assert (case.source, case.referred_by, case.state) == ("entrusted", "court", "offered")
    assert "法院委托" in as_(room, "clerk").get(answer["Location"]).content.decode()
