"""The register: who keeps it, what art. 8 asks, workbooks out and in, two people at once, who is covered."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from openpyxl import load_workbook

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.mediation import books as told
from gongzhi.mediation import spreadsheets
from gongzhi.mediation.actions import register, stations
from gongzhi.mediation.models import Committee, Duty, Mediator, Seat, Training
from gongzhi.mediation.queries.register import coverage, roster
from gongzhi.mediation.tests.scene import Room
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.models import Organisation
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Place
from tests.cast import PASSWORD, START, WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = Actor.for_service("tests")


@pytest.fixture
def filed(room: Room) -> Room:
    """The committee of 海棠社区 and a street's committee above it are on the register, with two mediators."""
    register.enter_committee(
        room.committee.pk, {"basis": "community", "divisions": [room.cast.haitang.pk]}, by=TOWN, at=WEDNESDAY
    )
    street = register.found_committee(
        code="street_mediation", name="望澜街道人民调解委员会", division_id=room.cast.street.pk,
        said={"basis": "street", "divisions": [room.cast.street.pk]}, by=TOWN, at=WEDNESDAY,
    )  # fmt: skip
    room.accounts["street_clerk"] = people.open_account(
        login="m_street", name="街道内勤", password=PASSWORD, by=TOWN, at=WEDNESDAY
    )
    people.give_post(
        room.accounts["street_clerk"], Role.CASE_CLERK, organisation=Organisation.objects.get(pk=street.pk),
        starts_on=START, by=TOWN, at=WEDNESDAY,
    )  # fmt: skip
    for name in ("mediator", "macao_mediator"):
        register.file_mediator(
            room.accounts[name].pk,
            {
                "committee_id": room.committee.pk, "valid_from": START, "languages": ["zh-hant", "pt"],
                "divisions": [room.cast.haitang.pk], "jurisdictions": ["macao"],
            },
            by=TOWN, at=WEDNESDAY,
        )  # fmt: skip
    return room


def browser(room: Room, name: str) -> Client:
    client = Client()
    client.force_login(room.accounts[name])
    return client


def other_committee(room: Room, by: Person) -> Committee:
    return register.found_committee(
        code="tingtao_mediation", name="听涛社区人民调解委员会", division_id=room.cast.tingtao.pk,
        said={"basis": "community", "divisions": [room.cast.tingtao.pk]}, by=by, at=WEDNESDAY,
    )  # fmt: skip


def test_a_committee_keeps_itself_and_the_streets_committee_all(filed: Room) -> None:
    other = other_committee(filed, filed.street_clerk)
    register.change_committee(other.pk, {"hours": "周二晚上"}, by=filed.street_clerk, at=WEDNESDAY)
    with pytest.raises(Forbidden):
        register.change_committee(other.pk, {"hours": "周三"}, by=filed.clerk, at=WEDNESDAY)
    with pytest.raises(Forbidden):
        register.change_mediator(
            filed.mediator.account_id, {"committee_id": other.pk}, by=filed.clerk, at=WEDNESDAY
        )
    for name in ("mediator", "leader", "auditor", "resident", "centre_clerk"):
        with pytest.raises(Forbidden):
            register.change_committee(
                filed.committee.pk, {"hours": "x"}, by=getattr(filed, name), at=WEDNESDAY
            )


def test_article_eight_warns_and_nine_are_the_most(filed: Room) -> None:
    key = filed.committee.pk
    assert [*map(bool, [register.faults_of([])])] == [True]
    for n in range(9):
        part = Seat.Part.CHAIR if n == 0 else Seat.Part.MEMBER
        register.seat(key, name=f"委员{n}", part=part, since=START, by=filed.clerk, at=WEDNESDAY)
    faults = register.faults_of(list(Seat.objects.all()))
    assert len(faults) == 1 and "妇女" in faults[0]
    with pytest.raises(Conflict, match="三到九人"):
        register.seat(key, name="第十人", woman=True, since=START, by=filed.clerk, at=WEDNESDAY)
    gone = Seat.objects.get(name="委员8")
    register.unseat(gone.pk, on=date(2026, 5, 1), by=filed.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        register.unseat(gone.pk, on=date(2026, 5, 1), by=filed.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict, match="主任"):
        register.seat(key, name="又一个", part="chair", since=START, by=filed.clerk, at=WEDNESDAY)
    register.seat(key, name="女委员", woman=True, since=START, by=filed.clerk, at=WEDNESDAY)
    assert register.faults_of(list(Seat.objects.filter(until=None))) == []


def test_the_later_of_two_editors_is_told(filed: Room) -> None:
    key = filed.mediator.account_id
    seen = books.fingerprint(told.mediator_values(Mediator.objects.get(pk=key)))
    register.change_mediator(key, {"most": 7}, by=filed.clerk, at=WEDNESDAY, seen=seen)
    with pytest.raises(Conflict, match="先改了"):
        register.change_mediator(key, {"most": 3}, by=filed.street_clerk, at=WEDNESDAY, seen=seen)
    assert Mediator.objects.get(pk=key).most == 7


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What two tasks answer that begin at the same instant."""
    gate, found = threading.Barrier(len(tasks)), []

    def run(task: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            found.append(task())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_two_at_the_same_instant(filed: Room) -> None:
    """Two clerks put the same mediator at two stations in the same half of a day: one does."""
    grids = [filed.cast.grid_1.pk]
    made = [
        stations.keep_station(name, division_id=filed.cast.street.pk, grids=grids, by=TOWN, at=WEDNESDAY)
        for name in ("一号驿站", "二号驿站")
    ]

    def put(n: int) -> str:
        try:
            stations.put_on_duty(
                made[n].pk,
                filed.mediator.account_id,
                day=date(2026, 6, 1),
                half="am",
                by=filed.clerk,
                at=WEDNESDAY,
            )
        except Conflict as refusal:
            return refusal.code
        return "done"

    assert sorted(at_once(lambda: put(0), lambda: put(1))) == ["done", "someone_was_quicker"]
    assert Duty.objects.count() == 1


def test_a_change_is_put_back(filed: Room) -> None:
    key = filed.mediator.account_id
    register.change_mediator(
        key, {"languages": ["en"], "valid_to": date(2026, 12, 31)}, by=filed.clerk, at=WEDNESDAY
    )
    change = books.changes_of(told.MEDIATORS, key=str(key))[0].change
    row = Mediator.objects.get(pk=key)
    register.undo_mediator(
        str(key),
        wanted=change.before,
        seen=books.fingerprint(told.mediator_values(row)),
        by=filed.clerk,
        at=WEDNESDAY,
    )
    row.refresh_from_db()
    assert (row.languages, row.valid_to) == (["pt", "zh-hant"], None)


def test_a_filing_that_ends_before_it_begins_is_refused(filed: Room) -> None:
    with pytest.raises(Invalid, match="不能早于"):
        register.change_mediator(
            filed.mediator.account_id, {"valid_to": START - timedelta(days=1)}, by=filed.clerk, at=WEDNESDAY
        )
    with pytest.raises(Invalid, match="区域"):
        register.change_mediator(
            filed.mediator.account_id, {"divisions": [999999]}, by=filed.clerk, at=WEDNESDAY
        )


def test_a_workbook_goes_out_and_comes_back(filed: Room) -> None:
    rows = Mediator.objects.select_related("account", "committee__organisation").order_by("pk")
    raw = spreadsheets.register(rows, logins=True)
    run = spreadsheets.read_register(raw)
    assert (run.same, run.new, run.changed, run.faults) == (2, [], [], [])
    book = load_workbook(io.BytesIO(raw))
    sheet = book.active
    assert sheet is not None
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(3, columns["languages"], "英语;pt")
    sheet.cell(4, columns["valid_from"], "去年")
    sheet.append(["m_other_mediator", "", "haitang_mediation", "=1+1", "", "2026-01-01"])
    sheet.append(["m_clerk", "", "haitang_mediation", "", "", "2026-01-01"])
    out = io.BytesIO()
    book.save(out)
    run = spreadsheets.read_register(out.getvalue())
    assert [name for _key, name, _said in run.changed] == ["mediator"]
    assert [name for _key, name, _said in run.new] == ["other_mediator"]
    assert [line for line, _why in run.faults] == [4, 6]
    seen = books.length(told.MEDIATORS)
    assert register.take_in_mediators(run.rows, by=filed.clerk, at=WEDNESDAY, seen=seen) == (1, 1)
    assert Mediator.objects.get(account__login="m_mediator").languages == ["en", "pt"]
    with pytest.raises(Conflict):
        register.take_in_mediators(run.rows, by=filed.clerk, at=WEDNESDAY, seen=seen)
    assert "m_mediator" not in str(
        [
            [c.value for c in line]
            for line in load_workbook(io.BytesIO(spreadsheets.register(rows, logins=False))).active
        ]  # type: ignore[union-attr]
    )
    with pytest.raises(Invalid):
        spreadsheets.read_register(b"PK no workbook")


def test_coverage_says_who_answers_for_an_estate(filed: Room) -> None:
    estate = Place.objects.get(name="海棠苑").pk
    today = clock.today()

    def of(name: str) -> Any:
        return next(cover for cover in coverage(today) if cover.area.name == name)

    assert [(name, how) for _key, name, how, _who in of("海棠社区").estates] == [("海棠苑", "community")]
    assert of("听涛社区").state == "none"
    register.change_mediator(filed.mediator.account_id, {"estates": [estate]}, by=filed.clerk, at=WEDNESDAY)
    assert (of("海棠社区").state, of("海棠社区").bare) == ("own", 0)
    register.change_mediator(filed.mediator.account_id, {"valid_to": START}, by=filed.clerk, at=WEDNESDAY)
    assert of("海棠社区").state == "community", "a filing that is over covers nobody"


def test_training_and_duty(filed: Room) -> None:
    key = filed.mediator.account_id
    register.train(
        key, held_on=date(2026, 3, 1), hours=Decimal("3.5"), topic="物业纠纷", by=filed.clerk, at=WEDNESDAY
    )
    assert Training.objects.get().hours == Decimal("3.5")
    station = stations.keep_station(
        "港澳志愿者驿站",
        division_id=filed.cast.street.pk,
        grids=[filed.cast.grid_1.pk],
        by=TOWN,
        at=WEDNESDAY,
    )
    register.change_mediator(key, {"away_until": date(2026, 5, 10)}, by=filed.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict, match="请假"):
        stations.put_on_duty(station.pk, key, day=date(2026, 5, 10), half="am", by=filed.clerk, at=WEDNESDAY)
    made = stations.put_on_duty(
        station.pk, key, day=date(2026, 5, 11), half="pm", by=filed.clerk, at=WEDNESDAY
    )
    week = roster(station, date(2026, 5, 11))
    assert [one.mediator_id for one in week[0].pm] == [key] and week[0].am == []
    stations.take_off_duty(made.pk, by=filed.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        stations.take_off_duty(made.pk, by=filed.clerk, at=WEDNESDAY)


#: Page → who opens it; everybody else of the cast is refused.
STAFF = {"clerk", "street_clerk", "mediator", "leader", "auditor", "centre_clerk"}
COUNTING = {"clerk", "street_clerk", "leader", "auditor"}
PAGES: dict[str, set[str]] = {
    "/committee/": STAFF, "/committee/mediators/": STAFF, "/committee/coverage/": STAFF, "/committee/duty/": STAFF,
    "/committee/coverage/areas.json": STAFF, "/committee/coverage/estates.json": STAFF, "/committee/mediators/file.xlsx": STAFF,
    "/committee/new/": {"clerk", "street_clerk"}, "/committee/mediators/new/": {"clerk", "street_clerk"},
    "/committee/mediators/import/": {"clerk", "street_clerk"}, "/committee/mediators/mine/": {"mediator"},
    "/committee/figures/": COUNTING, "/committee/figures/file.xlsx": COUNTING, "/committee/ledger/": COUNTING,
    "/committee/petitions/": COUNTING, "/committee/self-help/": COUNTING | {"grid_leader"},
    "/mediators/": {*STAFF, "resident", "grid_worker", "grid_leader", ""}, "/mediators/figures/": {*STAFF, "resident", "grid_worker", "grid_leader", ""},
}  # fmt: skip


def test_who_opens_which_page(filed: Room) -> None:
    filed.accounts["grid_leader"] = filed.cast.accounts["grid_leader"]
    row = f"/committee/{filed.committee.pk}/", f"/committee/mediators/{filed.mediator.account_id}/"
    pages = {**PAGES, row[0]: STAFF, row[1]: STAFF}
    for name in (*sorted(STAFF), "resident", "grid_worker", "grid_leader", ""):
        client = browser(filed, name) if name else Client()
        opened = {page for page in pages if client.get(page).status_code == 200}
        assert opened == {page for page, who in pages.items() if name in who}, name


def test_a_clerk_keeps_the_register_in_the_browser(filed: Room) -> None:
    client = browser(filed, "clerk")
    key = filed.mediator.account_id
    page = f"/committee/mediators/{key}/"
    said = {
        "act": "save", "committee_id": filed.committee.pk, "valid_from": "2026-01-01", "origin": "macao", "most": 4,
        "languages": ["pt", "en"], "seen_as": books.fingerprint(told.mediator_values(Mediator.objects.get(pk=key))),
    }  # fmt: skip
    assert client.post(page, said).status_code == 302
    row = Mediator.objects.get(pk=key)
    assert (row.languages, row.most, row.shown) == (["pt", "en"], 4, False)
    assert client.post(page, said).status_code == 409, "the page was old"
    assert client.post(page, {**said, "valid_from": ""}).status_code == 400
    train = {"act": "train", "held_on": "2026-03-01", "hours": "2", "topic": "港澳法律"}
    assert client.post(page, train).status_code == 302
    assert "港澳法律" in client.get(page).content.decode()
    seat = {"act": "seat", "name": "何主任", "part": "chair", "since": "2026-01-01", "woman": "on"}
    assert client.post(f"/committee/{filed.committee.pk}/", seat).status_code == 302
    assert browser(filed, "leader").post(page, said).status_code == 403


def test_residents_see_committees_and_languages_and_no_more(filed: Room) -> None:
    filed.accounts["mediator"].refresh_from_db()
    hidden = filed.macao_mediator.account_id
    register.change_mediator(hidden, {"shown": False}, by=filed.clerk, at=WEDNESDAY)
    page = Client().get(f"/mediators/?community={filed.cast.haitang.pk}").content.decode()
    assert "海棠社区人民调解委员会" in page and "葡萄牙语" in page and "望澜街道人民调解委员会" in page
    assert "macao_mediator" not in page, "who does not want to be shown"
    assert "m_mediator" not in page
    away = Client().get(f"/mediators/?community={filed.cast.tingtao.pk}").content.decode()
    assert "海棠社区人民调解委员会" not in away


def test_pages_ask_a_fixed_number_of_statements(filed: Room, django_assert_max_num_queries: Any) -> None:
    ground()
    client = browser(filed, "street_clerk")
    for page, most in (("/committee/", 14), ("/committee/mediators/", 14), ("/committee/coverage/", 14), ("/committee/figures/", 20),
                       ("/committee/ledger/", 14), ("/committee/petitions/", 14), ("/committee/self-help/", 16)):  # fmt: skip
        client.get(page)
        with django_assert_max_num_queries(most, connection=connection):
            assert client.get(page).status_code == 200
