"""How long things take, changed from a day on; stations and their grids; what crossed the boundary over all cases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.models import Deadline
from gongzhi.mediation import terms
from gongzhi.mediation.actions import durations, handing, stations
from gongzhi.mediation.actions.durations import Given, faults
from gongzhi.mediation.models import NewDuration, Station
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_signing import as_
from gongzhi.mediation.tests.test_way import mediating
from gongzhi.people import actions as people
from tests.cast import START, WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = Actor.for_service("tests")
TODAY = date(2026, 11, 18)


def given(**changed: Any) -> Given:
    return Given(
        **{
            "amount": 5,
            "span": "days",
            "starts_on": TODAY + timedelta(days=1),
            "source": "街道办 2026 年第 3 号通知",
        }
        | changed
    )


@pytest.mark.parametrize(
    ("promise", "changed", "field"),
    [
        ("consent", {"amount": 0}, "amount"), ("consent", {"amount": 367}, "amount"), ("consent", {"span": "years"}, "span"),
        ("consent", {"span": "weeks"}, "span"), ("keep", {"span": "days"}, "span"), ("confirm", {"amount": 31}, "amount"),
        ("confirm", {"amount": 1, "span": "months"}, "amount"), ("consent", {"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
        ("consent", {"source": " "}, "source"), ("consent", {"marks": (80, 50)}, "marks"), ("consent", {"marks": (0,)}, "marks"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(promise: str, changed: dict[str, Any], field: str) -> None:
    assert set(faults(promise, given(**changed), today=TODAY)) == {field}
    assert faults("consent", given(), today=TODAY) == {}, "the control"


def test_a_length_holds_from_a_day_on_and_what_began_keeps_its_own(room: Room) -> None:
    with clock.stopped(WEDNESDAY):
        before = room.accepted()
        with acting(room.leader), transaction.atomic():
            durations.change_duration("conclude", given(amount=20), by=room.leader, at=WEDNESDAY)
        assert terms.said(terms.duration("conclude")) == "1 个月", "its day has not come"
    tomorrow = WEDNESDAY + timedelta(days=1)
    with clock.stopped(tomorrow):
        after = room.accepted(at=tomorrow)
        assert terms.said(terms.duration("conclude")) == "20 日"
        ends = {
            key: clock.local(
                Deadline.objects.get(matter_id=key, promise="conclude", met_at=None).due_at
            ).date()
            for key in (before.pk, after.pk)
        }
        assert ends == {before.pk: date(2026, 12, 18), after.pk: date(2026, 12, 9)}
        page = as_(room, "clerk").get(f"/cases/{after.pk}/").content.decode()
        assert "期限 20 日" in page and "第 3 号通知" in page, "the rule stands where it applies"
        assert "期限 1 个月" in as_(room, "clerk").get(f"/cases/{before.pk}/").content.decode()
        row = NewDuration.objects.get()
        with acting(room.leader), transaction.atomic(), pytest.raises(Conflict, match="已经生效"):
            durations.take_back_duration(row.pk, by=room.leader, at=tomorrow)


#: Who opens the list of terms, and one to change it; the stations' form.
GRID = {"clerk": (200, 403, 200), "mediator": (200, 403, 403), "leader": (200, 200, 403), "auditor": (200, 403, 403),
        "resident": (403, 403, 403), "grid_worker": (403, 403, 403)}  # fmt: skip


def test_who_changes_terms_and_stations(room: Room) -> None:
    found = {
        name: tuple(
            as_(room, name).get(page).status_code
            for page in ("/committee/terms/", "/committee/terms/consent/", "/committee/duty/stations/new/")
        )
        for name in GRID
    }
    assert found == GRID
    leader, page = as_(room, "leader"), "/committee/terms/consent/"
    day = (clock.today() + timedelta(days=3)).isoformat()
    sent = {"amount": "9", "span": "days", "starts_on": day, "marks": "50 80", "source": "街道办通知"}
    assert leader.post(page, sent | {"amount": "900"}).status_code == 400
    assert leader.post(page, sent | {"marks": "x"}).status_code == 400
    assert leader.post(page, sent).status_code == 302
    assert leader.post(page, sent).status_code in (400, 409), "one change a day"
    body = leader.get("/committee/terms/").content.decode()
    assert f"{day} 起 9 日" in body
    assert "街道办通知" in leader.get("/house/changes/mediation_terms/").content.decode()
    row = NewDuration.objects.get()
    assert as_(room, "clerk").post("/committee/terms/", {"take_back": row.pk}).status_code == 403
    assert leader.post("/committee/terms/", {"take_back": row.pk}).status_code == 302
    assert not NewDuration.objects.exists()
    assert leader.get("/committee/terms/nothing/").status_code == 404
    with acting(room.clerk), transaction.atomic(), pytest.raises(Forbidden):
        durations.change_duration("consent", given(), by=room.clerk, at=WEDNESDAY)


def test_a_station_is_opened_and_mended_by_page(room: Room) -> None:
    clerk, grid = as_(room, "clerk"), room.cast.grid_1
    sent = {
        "name": "港澳志愿者驿站",
        "division": room.cast.street.pk,
        "address": "望澜路 1 号",
        "phone": "",
        "grids": [grid.pk],
    }
    assert clerk.post("/committee/duty/stations/new/", sent | {"grids": []}).status_code == 400
    assert clerk.post("/committee/duty/stations/new/", sent).status_code == 302
    row = Station.objects.get()
    assert clerk.post("/committee/duty/stations/new/", sent).status_code == 400, "one of a name"
    page = f"/committee/duty/stations/{row.pk}/"
    body = clerk.get(page).content.decode()
    assert 'name="seen_as"' in body
    assert clerk.post(page, sent | {"phone": "0756 000", "seen_as": "stale"}).status_code in (400, 409)
    assert clerk.post(page, sent | {"name": "海棠驿站", "grids": [room.cast.grid_2.pk]}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.grids) == ("海棠驿站", [room.cast.grid_2.pk])
    assert "海棠驿站" in clerk.get(f"/mediators/?community={room.cast.haitang.pk}").content.decode()
    with acting(room.clerk), transaction.atomic(), pytest.raises(Invalid):
        stations.keep_station(
            "别的", division_id=room.cast.street.pk, grids=[room.cast.haitang.pk], by=room.clerk, at=WEDNESDAY
        )


def test_the_register_of_transfers_shows_each_what_their_side_reads(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk), transaction.atomic():
        handing.hand_over(
            case.pk,
            handing.Passing(
                "CN", "MO", "澳门某调解中心记号", ["facts"], "起因和诉求", "继续调解", [1], "contract", TODAY,
                contract_id="GBA-1", contract_on=TODAY, assessed_on=TODAY,
            ),
            by=room.clerk, at=WEDNESDAY,
        )  # fmt: skip
    shown = {
        name: "澳门某调解中心记号" in as_(room, name).get("/cases/handovers/").content.decode()
        for name in (
            "clerk",
            "macao_mediator",
            "resident",
            "neighbour",
            "leader",
            "auditor",
            "other_mediator",
        )
    }
    assert shown == {
        "clerk": True, "macao_mediator": True, "resident": True, "neighbour": False, "leader": False, "auditor": False,
        "other_mediator": False,
    }  # fmt: skip
    clerk = as_(room, "clerk")
    for asked, there in (
        ("target=MO", True),
        ("target=HK", False),
        ("basis=consent", False),
        ("late", True),
        ("page=9", False),
    ):
        assert ("澳门某调解中心记号" in clerk.get(f"/cases/handovers/?{asked}").content.decode()) is there, (
            asked
        )
    assert people and START
