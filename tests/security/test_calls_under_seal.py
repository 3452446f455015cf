"""A call that is a dispute comes straight from the police: signed, once, the least, and sealed from its first byte."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.mediation.models import Case, Particulars, Party, Statement
from gongzhi.mediation.tests.conftest import room
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_signing import as_
from gongzhi.people import actions as people
from gongzhi.people.actor import person_for
from gongzhi.people.models import Organisation
from gongzhi.workorders.actions import police
from gongzhi.workorders.models import HandOver, Partner, WorkOrder
from gongzhi.workorders.models.police import PoliceCalls
from gongzhi.workorders.police_partners import key_of, sign
from gongzhi.workorders.queries.police import overlaps
from tests.cast import START, WEDNESDAY

__all__ = ["room"]

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = Actor.for_service("tests")
MARK, PLACE, PHONE = "白鹇来电事由", "孔雀门记号", "+8619900077701"


@pytest.fixture
def station(room: Room) -> Partner:
    admin = people.open_account(
        login="it", name="it", password="a long password for tests", by=TESTS, at=WEDNESDAY
    )
    people.give_post(admin, "admin", division_id=room.cast.street.pk, starts_on=START, by=TESTS, at=WEDNESDAY)
    body = Organisation.objects.get(code="police")
    return police.add_partner("wanglan", body.pk, by=person_for(admin), at=WEDNESDAY)


def call(**changed: Any) -> dict[str, Any]:
    return {"call_number": "J-77-0001", "kind": "neighbours", "area": "449001001001", "words": f"{MARK}，请调解。", "place": PLACE,
            "phone": PHONE, "agreed": True} | changed  # fmt: skip


def send(
    station: Partner, body: Any, *, own: str = "", key: str = "", signed_for: str = "/api/police/disputes"
) -> Any:
    raw = json.dumps(body, ensure_ascii=False).encode()
    moment, own = int(clock.now().timestamp()), own or uuid.uuid4().hex
    signature = sign(key or key_of(station.code, station.edition), "POST", signed_for, moment, own, raw)
    told = {
        "X-Partner": station.code,
        "X-Timestamp": str(moment),
        "X-Message-Id": own,
        "X-Signature": signature,
    }
    return Client(raise_request_exception=False).post(
        "/api/police/disputes", raw, "application/json", headers=told
    )


def test_a_call_becomes_a_case_and_no_order(room: Room, station: Partner) -> None:
    answer = send(station, call())
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["receipt"].startswith("M") and set(told) == {"receipt", "body", "repeated"}
    assert WorkOrder.objects.count() == HandOver.objects.count() == 0
    with acting(room.clerk), transaction.atomic():
        case = Case.objects.get(matter__number=told["receipt"])
        assert (case.state, case.source, case.referred_by, case.place) == (
            "offered",
            "entrusted",
            "police",
            PLACE,
        )
        assert [one.name for one in Party.objects.filter(case=case)] == ["来电人", "另一方"]
        assert Particulars.objects.get(party__number=1, case=case).phone == PHONE
        assert MARK in Statement.objects.get(case=case).facts and case.opened_by_id is None
    page = as_(room, "clerk").get(f"/cases/{case.pk}/").content.decode()
    assert MARK in page and "望澜派出所" in page, "the team reads it, and from whom it came"
    again = send(station, call())
    assert (again.status_code, again.json()["receipt"], again.json()["repeated"]) == (
        200,
        told["receipt"],
        True,
    )
    assert send(station, call(words="别的事情，别的人。")).status_code == 409
    for name in ("leader", "auditor", "centre_clerk", "resident", "other_mediator"):
        assert as_(room, name).get(f"/cases/{case.pk}/").status_code == 404, name


def test_what_is_refused_leaves_nothing(room: Room, station: Partner) -> None:
    own = uuid.uuid4().hex
    for body, status in (
        (call(phone=PHONE, agreed=False), 400), (call(words="打 13800138000 找他"), 400), (call(name="王某"), 400),
        (call(area="000"), 400), (call(kind="murder"), 400), (call(call_number="x"), 400),
    ):  # fmt: skip
        answer = send(station, body, own=own)
        assert answer.status_code == status, (body, answer.content)
        assert MARK not in answer.content.decode()
    assert send(station, call(), key="wrong").status_code == 401
    assert send(station, call(), signed_for="/api/police/handovers").status_code == 401, (
        "good at one door only"
    )
    assert send(station, call(), own=own).status_code == 201, "the control: what was refused left no id"
    assert send(station, call(call_number="J-77-0002"), own=own).status_code == 409, "played back"
    with acting(room.clerk), transaction.atomic():
        assert Case.objects.count() == 1


def test_no_word_of_it_is_outside_the_seal(
    room: Room,
    station: Partner,
    administrator_connection: Any,
    raw_as: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert send(station, call()).status_code == 201
    marks = (MARK, PLACE, PHONE, PHONE[3:])
    names = [row[0] for row in administrator_connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace").fetchall()]  # fmt: skip
    found = set()
    for name in names:
        text = "\n".join(
            row[0] for row in administrator_connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()
        )
        found |= {name} if any(mark in text for mark in marks) else set()
    assert found and all(name.startswith("mediation_") for name in found), found
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert not any(mark in logged for mark in marks)
    for name in ("leader", "centre_clerk", "auditor"):
        who = raw_as(getattr(room, name).account_id)
        for table in (*found, "workorders_disputecall"):
            assert who.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,), (name, table)
    counted = administrator_connection.execute("SELECT call_number FROM workorders_disputecall").fetchall()
    assert counted == [("J-77-0001",)], "the control: its number is kept"


def test_the_overlap_counts_it_and_is_published_here(room: Room, station: Partner) -> None:
    for n in range(7):
        assert send(station, call(call_number=f"J-88-{n:04d}")).status_code == 201
    month = clock.today().replace(day=1)
    PoliceCalls.objects.create(street=room.cast.street, month=month, calls=28, at=clock.now())
    seen = overlaps()[0].seen
    assert (seen.calls, seen.not_police, seen.share) == (28, 7, 0.25)
    page = Client().get(f"/mediators/figures/?year={month.year}").content.decode()
    assert "25" in page and "28" in page and "和公安的重叠" in page
    PoliceCalls.objects.update(calls=10)
    assert "和公安的重叠" not in Client().get(f"/mediators/figures/?year={month.year}").content.decode(), (
        "three are too few"
    )
    assert isinstance(month, date) and timedelta(days=1)
