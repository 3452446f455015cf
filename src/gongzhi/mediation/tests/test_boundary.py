"""Across a boundary: what is entered when something is passed on, who sees it, and notes that say where they are from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Invalid
from gongzhi.mediation.actions.handing import Passing, faults, hand_over, warnings
from gongzhi.mediation.models import Handover
from gongzhi.mediation.papers.boundary import NOTES, notes_for, places_of, stale
from gongzhi.mediation.tests.scene import Room
from tests.cast import WEDNESDAY

TODAY = date(2026, 11, 18)
GOOD = Passing(
    origin="CN", target="MO", recipient="澳门某调解中心", categories=("facts", "contact"), passed="申请书一份：标记词移交",
    purpose="在澳门继续调解", parties=(1,), basis="contract", passed_on=TODAY, contract_id="GBA-MO-7",
    contract_on=date(2026, 11, 2), filed_on=date(2026, 11, 9), filed_with="广东省网信办", assessed_on=date(2026, 10, 30),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"target": "CN"}, "target"), ({"recipient": " "}, "recipient"), ({"passed": ""}, "passed"), ({"purpose": ""}, "purpose"),
        ({"parties": ()}, "parties"), ({"categories": ()}, "categories"), ({"categories": ("soul",)}, "categories"),
        ({"basis": "habit"}, "basis"), ({"basis": "consent"}, "consented_on"),
        ({"basis": "consent", "consented_on": date(2026, 11, 19)}, "consented_on"), ({"basis": "law"}, "basis_note"),
        ({"contract_id": ""}, "contract_id"), ({"contract_on": None}, "contract_id"), ({"assessed_on": None}, "assessed_on"),
        ({"passed_on": date(2026, 11, 19)}, "passed_on"),
        # no contract between Hong Kong and Macao
        ({"origin": "HK", "target": "MO"}, "basis"),
    ],
)  # fmt: skip
def test_what_is_not_entered(changed: dict[str, Any], field: str) -> None:
    assert field in faults(replace(GOOD, **changed), today=TODAY)


def test_what_is_entered() -> None:
    assert faults(GOOD, today=TODAY) == {}
    assert faults(replace(GOOD, target="HK"), today=TODAY) == {}
    given = replace(GOOD, basis="consent", consented_on=TODAY, contract_id="", contract_on=None)
    assert faults(replace(given, origin="HK"), today=TODAY) == {}, "consent does between Hong Kong and Macao"
    assert warnings(GOOD, today=TODAY) == []
    late = warnings(replace(GOOD, filed_on=None, contract_on=date(2026, 10, 1)), today=TODAY)
    assert late == ["标准合同还没有备案，已过十个工作日。"]


def test_notes_name_their_source_and_their_day() -> None:
    assert all(str(note.source) and str(note.text) for note in NOTES)
    assert {place for note in NOTES for place in note.places} == {"CN", "HK", "MO"}
    assert all("HK" not in note.places or len(note.places) == 3 for note in notes_for({"CN", "MO"}))
    assert [stale(note, date(2028, 1, 1)) for note in NOTES] == [True] * len(NOTES)
    assert any(stale(note, TODAY) for note in NOTES), "what nobody has compared says so"
    assert places_of(["macao_id"], ["+85291234567"]) == {"CN", "MO", "HK"} and places_of([], []) == {"CN"}


def as_(room: Room, name: str) -> Client:
    client = Client()
    client.force_login(room.accounts[name])
    return client


@pytest.mark.django_db(transaction=True)
def test_the_register_is_sealed_and_stays(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    page = f"/cases/{case.pk}/boundary/"
    form = {
        "origin": "CN", "target": "MO", "recipient": "澳门某调解中心", "categories": ["facts"], "passed": "申请书：标记词移交",
        "purpose": "在澳门继续调解", "parties": ["1"], "basis": "contract", "passed_on": "2026-11-18", "contract_id": "GBA-MO-7",
        "contract_on": "2026-11-02", "assessed_on": "2026-10-30",
    }  # fmt: skip
    assert as_(room, "clerk").post(page, form | {"origin": "HK"}).status_code == 400
    assert as_(room, "resident").post(page, form).status_code == 404
    assert as_(room, "clerk").post(page, form).status_code == 302
    for name, sees in (("clerk", True), ("resident", True), ("neighbour", False)):
        shown = as_(room, name).get(page)
        assert shown.status_code == 200 and "不是法律意见" in shown.content.decode()
        assert ("标记词移交" in shown.content.decode()) is sees, name
    for name in ("leader", "auditor", "macao_resident", "other_mediator"):
        assert as_(room, name).get(page).status_code == 404
    sql = "SELECT count(*) FROM mediation_handover WHERE case_id = %s"
    counts = {name: raw_as(getattr(room, name).account_id).execute(sql, [case.pk]).fetchone()[0] for name in
              ("clerk", "resident", "neighbour", "leader", "macao_mediator")}  # fmt: skip
    assert counts == {"clerk": 1, "resident": 1, "neighbour": 0, "leader": 0, "macao_mediator": 0}
    for service in ("news", "notices", "figures", "verify", "keeper", "erasure"):
        assert raw_as(service=service).execute(sql, [case.pk]).fetchone()[0] == 0
    for change in ("UPDATE mediation_handover SET passed = 'x'", "DELETE FROM mediation_handover"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw_as(room.clerk.account_id).execute(change)
    with acting(room.clerk), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT mediation_forget(%s, %s)", [case.pk, timezone.now()])
        row = Handover.objects.get(case=case)
        assert (row.passed, row.recipient, row.target, row.basis) == ("", "", "MO", "contract")


@pytest.mark.django_db(transaction=True)
def test_only_parties_of_the_case_are_named(room: Room) -> None:
    case = room.accepted()
    with acting(room.clerk), transaction.atomic(), pytest.raises(Invalid):
        hand_over(case.pk, replace(GOOD, parties=(1, 7)), by=room.clerk, at=WEDNESDAY)
