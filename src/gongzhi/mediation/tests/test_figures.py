"""Figures out of cases: a year to the unit, its workbook, what is published, the ledger, self-help, petitions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from civics.tests.test_settlement import SOURCES, YEAR
from gongzhi.kit import clock, revision
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.models import Matter
from gongzhi.mediation import spreadsheets
from gongzhi.mediation.actions import (
    accepting,
    agreeing,
    figures,
    opening,
    publishing,
    register,
    sitting,
    team,
)
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.actions.opening import Who
from gongzhi.mediation.models import Petition, SelfHelp, Tally
from gongzhi.mediation.queries import figures as asked
from gongzhi.mediation.register_policies import counted_for
from gongzhi.mediation.tests.scene import Room
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = Actor.for_service("tests")
FIGURES = Actor.for_service("figures")
OLD = 2026


def a_year(room: Room) -> Iterator[tuple[str, str, date, date | None]]:
    """(subject, source, accepted, settled) of 869 cases."""
    sources = [name for name, count in SOURCES.items() for _each in range(count)]
    number = 0
    for subject, (received, settled) in YEAR.items():
        for n in range(received):
            day = date(OLD, 1, 1) + timedelta(days=1 + number % 300)
            yield subject, sources[number], day, day + timedelta(days=n % 14) if n < settled else None
            number += 1


def enter(room: Room, subject: str, source: str, accepted: date, settled: date | None) -> None:
    """One case, by the acts of the committee's clerk: opened, accepted, and settled by word of mouth."""
    by = room.clerk
    at = datetime.combine(accepted, WEDNESDAY.timetz())
    later = datetime.combine(settled or accepted, WEDNESDAY.timetz()) + timedelta(minutes=5)
    dispute = room.dispute(subject=subject, parties=(Who("甲"), Who("乙")))
    with acting(by), transaction.atomic(), revision.one_look():
        if source == "applied":
            case = opening.take_down(dispute, by=by, at=at)
            accepting.accept(case.pk, by=by, at=at)
        else:
            case = (
                opening.offer(dispute, by=by, at=at)
                if source == "offered"
                else opening.refer(dispute, "派出所", referred_by="police", by=by, at=at)
            )
            for party in (1, 2):
                accepting.consent(case.pk, party=party, by=by, at=at)
            accepting.take_up(case.pk, by=by, at=at)
        if settled is None:
            return
        team.propose_mediator(case.pk, account_id=room.mediator.account_id or 0, by=by, at=at)
        for party in (1, 2):
            accepting.tell_rights(case.pk, party=party, how="aloud", by=by, at=at)
            team.say_of_mediator(case.pk, agrees=True, party=party, by=by, at=at)
        sitting.begin(case.pk, by=by, at=at)
        agreeing.agree_orally(case.pk, Draft(clauses=(Term("各让一步"),)), on=settled, by=by, at=later)


@pytest.mark.slow
def test_a_year_of_cases_to_the_unit(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in a_year(room):
        enter(room, *one)
    told = asked.told(asked.months(OLD))
    total = told.by_subject.total
    assert (total.received, total.settled, total.rate.percent) == (869, 842, 96.9)
    assert total.sources == SOURCES
    assert {key: (line.received, line.settled) for key, line in told.by_subject.lines.items()} == YEAR
    book = load_workbook(io.BytesIO(spreadsheets.statutory(told, body="望澜街道")))
    sheet = book["统计表"]
    rows = {line[0]: line[1:] for line in sheet.iter_rows(min_row=5, values_only=True)}
    assert rows["合计"][:6] == (869, 378, 455, 36, 842, "96.9%")
    assert len(rows) == 16
    assert sum(rows[name][0] for name in rows if name != "合计") == 869
    assert rows["邻里纠纷"][0] == YEAR["neighbours"][0]

    assert publishing.publish(on=date(OLD, 10, 15), at=WEDNESDAY) == 1
    running = asked.published(OLD, today=date(OLD, 12, 31))
    assert running.subjects is None and running.about is not None and running.until == date(OLD, 9, 30)
    assert running.about[0] == 810 and running.about[1] % 10 == 0
    assert publishing.publish(on=date(OLD + 1, 1, 14), at=WEDNESDAY) == 0, (
        "the last days are still being entered"
    )
    assert publishing.publish(on=date(OLD + 1, 1, 15), at=WEDNESDAY) == 1
    shown = asked.published(OLD, today=date(OLD + 1, 1, 15))
    assert shown.subjects is not None and (shown.subjects.total, shown.subjects.columns["settled"]) == (
        869,
        842,
    )
    assert shown.rate is not None and shown.rate.percent == 96.9
    assert shown.subjects.cells["environment"]["not_settled"] is None, "a single case is not told"
    for row in shown.subjects.cells.values():
        assert all(cell is None or cell == 0 or cell >= 5 for cell in row.values())
    monkeypatch.setattr(clock, "today", lambda: date(OLD + 1, 1, 15))
    page = Client().get(f"/mediators/figures/?year={OLD}").content.decode()
    assert "869" in page and "842" in page and "96.9" in page and "—" in page
    client = Client()
    client.force_login(room.accounts["leader"])
    page = client.get(f"/committee/figures/?year={OLD}").content.decode()
    assert "96.9" in page and "455" in page and "夜里的钢琴声" not in page and "周大海" not in page


def test_a_case_that_goes_through_the_room_is_counted(room: Room) -> None:
    case = room.accepted()
    now = clock.local(WEDNESDAY).date()
    span = asked.months(now.year, now.month, now.month)
    told = asked.told(span)
    assert (told.by_subject.total.received, told.by_subject.total.open) == (1, 1)
    assert told.by_subject.lines["neighbours"].sources == {"applied": 1}
    assert set(told.by_community) == {room.cast.haitang.pk}
    assert asked.told(span, frozenset({room.cast.tingtao.pk})).by_subject.total.received == 0, (
        "another area's"
    )
    assert asked.told(span, counted_for(room.leader)).by_subject.total.received == 1
    assert asked.told(span, counted_for(room.clerk)).by_subject.total.received == 1
    assert counted_for(room.clerk) == {room.cast.haitang.pk, room.cast.grid_1.pk, room.cast.grid_2.pk}
    assert asked.reckoned(now.year, date(now.year, 12, 31)).few, "one case is nobody's to read of"
    assert case.pk


def test_too_few_to_publish(room: Room) -> None:
    assert asked.reckoned(2020, date(2020, 12, 31)).few
    assert Client().get("/mediators/figures/?year=1999").status_code == 404


def test_campaigns_and_the_ledger(room: Room) -> None:
    from gongzhi.mediation.actions.ending import count_as

    case = room.accepted()
    with acting(room.clerk):
        count_as(
            case.pk, ledger_class="fumes", prevented="crime", prevented_people=2, by=room.clerk, at=WEDNESDAY
        )
    day = clock.local(WEDNESDAY).date()
    register.enter_committee(room.committee.pk, {"basis": "community"}, by=TOWN, at=WEDNESDAY)
    said: dict[str, Any] = {
        "name": "油烟专项", "classes": ["fumes"], "starts_on": day - timedelta(days=5), "ends_on": day + timedelta(days=50), "goal": 96,
    }  # fmt: skip
    row = figures.keep_campaign(said, by=room.clerk, at=WEDNESDAY)
    ((_campaign, course),) = asked.courses(day + timedelta(days=60))
    assert (course.resolved.part, course.resolved.whole, course.reached, course.missing) == (0, 1, False, 1)
    with acting(FIGURES), transaction.atomic():
        Tally.objects.filter(pk=case.pk).update(settled_on=day, outcome="oral")
    ((_campaign, course),) = asked.courses(day + timedelta(days=60))
    assert course.reached
    lines = {one.code: one.resolved for one in asked.ledger(asked.months(day.year))}
    assert (lines["fumes"].part, lines["fumes"].whole, lines["wages"].whole) == (1, 1, 0)
    with pytest.raises(Conflict):
        figures.keep_campaign(said, campaign_id=row.pk, seen="old", by=room.clerk, at=WEDNESDAY)
    with pytest.raises(Invalid):
        figures.keep_campaign({**said, "classes": []}, by=room.clerk, at=WEDNESDAY)
    for who in (room.leader, room.mediator, room.resident):
        with pytest.raises(Forbidden):
            figures.keep_campaign(said, by=who, at=WEDNESDAY)


def test_the_four_counters(room: Room) -> None:
    register.enter_committee(
        room.committee.pk, {"basis": "community", "divisions": [room.cast.haitang.pk]}, by=TOWN, at=WEDNESDAY
    )
    place, month = room.cast.haitang.pk, date(2026, 3, 1)
    counts = {"quarrels": 1200, "hygiene": 1027, "leads": 173, "repairs": 1710}
    figures.count_self_help(place, month=month, counts=counts, by=room.clerk, at=WEDNESDAY)
    figures.count_self_help(place, month=month, counts={"quarrels": 1250}, by=room.clerk, at=WEDNESDAY)
    told = asked.neighbours(2026)
    assert told.total == {"quarrels": 1250, "hygiene": 1027, "leads": 173, "repairs": 1710, "total": 4160}
    assert SelfHelp.objects.count() == 4
    with pytest.raises(Forbidden):
        figures.count_self_help(room.cast.tingtao.pk, month=month, counts=counts, by=room.clerk, at=WEDNESDAY)
    with pytest.raises(Invalid):
        figures.count_self_help(place, month=date(2099, 1, 1), counts=counts, by=room.clerk, at=WEDNESDAY)


def test_petitions_stand_at_matters(room: Room) -> None:
    case = room.accepted()
    number = Matter.objects.get(pk=case.pk).number
    at = datetime.combine(date(2026, 6, 1), WEDNESDAY.timetz())
    for n in range(3):
        figures.enter_petition(
            number,
            received_on=date(2026, 5, n + 1),
            way="visit",
            office="区信访局",
            reference=f"X{n}",
            by=room.clerk,
            at=at,
        )
    rows, repeated, counts = asked.petitions(asked.months(2026, 5, 5))
    assert (len(rows), repeated.matters, repeated.repeated, repeated.again, counts[case.pk]) == (
        3,
        1,
        1,
        2,
        3,
    )
    with pytest.raises(Conflict):
        figures.enter_petition(
            number,
            received_on=date(2026, 5, 1),
            way="visit",
            office="区信访局",
            reference="X1",
            by=room.clerk,
            at=at,
        )
    with pytest.raises(Invalid, match="没有这个编号"):
        figures.enter_petition("M0", received_on=date(2026, 5, 1), way="visit", by=room.clerk, at=at)
    people = {"account", "person", "name", "phone", "by"}
    assert not people & {field.name for field in Petition._meta.get_fields()}


def test_what_is_counted_beside_is_entered_in_the_browser(room: Room) -> None:
    register.enter_committee(
        room.committee.pk, {"basis": "community", "divisions": [room.cast.haitang.pk]}, by=TOWN, at=WEDNESDAY
    )
    case = room.accepted()
    number = Matter.objects.get(pk=case.pk).number
    client = Client()
    client.force_login(room.accounts["clerk"])
    counts = {"quarrels": 3, "hygiene": 0, "leads": 1, "repairs": 2}
    entered = {"division": room.cast.haitang.pk, "month": "2026-01", **counts}
    assert client.post("/committee/self-help/", entered).status_code == 302
    assert client.post("/committee/self-help/", {**entered, "quarrels": -1}).status_code == 400
    assert (
        client.post("/committee/self-help/", {**entered, "division": room.cast.tingtao.pk}).status_code == 400
    )
    petition = {
        "number": number,
        "received_on": "2026-01-05",
        "way": "letter",
        "office": "区信访局",
        "reference": "7",
    }
    assert client.post("/committee/petitions/", petition).status_code == 302
    assert client.post("/committee/petitions/", petition).status_code == 409
    assert client.post("/committee/petitions/", {**petition, "number": "M1"}).status_code == 400
    assert number in client.get("/committee/petitions/?year=2026&first=1&last=1").content.decode()
    campaign = {
        "name": "专项",
        "classes": ["wages"],
        "starts_on": "2026-01-01",
        "ends_on": "2026-02-01",
        "goal": 96,
    }
    assert client.post("/committee/ledger/", campaign).status_code == 302
    assert client.post("/committee/ledger/", {**campaign, "ends_on": "2025-01-01"}).status_code == 400
    assert "专项" in client.get("/committee/ledger/").content.decode()
    client.force_login(room.accounts["leader"])
    for page, said in (
        ("/committee/ledger/", campaign),
        ("/committee/petitions/", petition),
        ("/committee/self-help/", entered),
    ):
        assert client.post(page, said).status_code == 403


# ---- what is told once


def counted(room: Room, year: int, subjects: dict[str, int], *, month: int = 3, settled: bool = True) -> None:
    """Tallies of a year, laid out: what figures are made of, without the cases."""
    model = room.accepted(subject="neighbours")
    with acting(room.clerk), transaction.atomic():
        like = Tally.objects.get(pk=model.pk)
        given = {field.attname: getattr(like, field.attname) for field in Tally._meta.concrete_fields}
        Tally.objects.filter(pk=model.pk).update(accepted_on=None)
    number = 0
    for subject, count in subjects.items():
        for _n in range(count):
            day = date(year, month, 1 + number % 27)
            case = room.applied(subject=subject)
            changed = given | {
                "subject": subject,
                "accepted_on": day,
                "settled_on": day if settled else None,
                "outcome": "oral",
            }
            changed.pop("case_id")
            with acting(room.clerk), transaction.atomic():
                Tally.objects.filter(pk=case.pk).update(**changed)
            number += 1


def test_a_year_is_published_once_whatever_changes_later(room: Room) -> None:
    """Two looks at a year would tell by their difference what each of them withholds."""
    counted(room, OLD - 1, {"medical": 3, "traffic": 6, "family": 7})
    on = date(OLD, 1, 20)
    assert not asked.published(OLD - 1, today=on).until, "the control: not yet"
    assert "还没有公布" in Client().get(f"/mediators/figures/?year={OLD - 1}").content.decode()
    assert publishing.publish(on=on, at=WEDNESDAY) >= 1
    first = asked.published(OLD - 1, today=on)
    assert first.subjects is not None and first.subjects.cells["medical"]["settled"] is None
    with acting(FIGURES), transaction.atomic():
        changed = Tally.objects.filter(subject="family", accepted_on__year=OLD - 1)[:2]
        Tally.objects.filter(pk__in=[row.pk for row in changed]).update(subject="labour")
    assert asked.reckoned(OLD - 1, date(OLD - 1, 12, 31)).subjects != first.subjects, (
        "the control: it counts otherwise now"
    )
    assert publishing.publish(on=on + timedelta(days=400), at=WEDNESDAY) >= 0
    assert asked.published(OLD - 1, today=on + timedelta(days=400)) == first


def test_what_was_published_is_never_rewritten(room: Room, raw_as: Any) -> None:
    counted(room, OLD - 1, {"traffic": 12})
    assert publishing.publish(on=date(OLD, 1, 20), at=WEDNESDAY) >= 1
    who = raw_as(room.clerk.account_id)
    assert who.execute("SELECT count(*) FROM mediation_publication").fetchone()[0] >= 1, (
        "the control: anybody reads it"
    )
    for sql in ("UPDATE mediation_publication SET told = '{}'", "DELETE FROM mediation_publication"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), who.transaction():
            who.execute(sql)


def test_a_year_that_would_give_away_its_last_days_is_told_in_tens(room: Room) -> None:
    """Of about 20 by September and 16 in all, a reader would know that none or one came after."""
    counted(room, OLD - 1, {"traffic": 16})
    assert publishing.publish(on=date(OLD - 1, 10, 20), at=WEDNESDAY) >= 1
    assert asked.published(OLD - 1, today=date(OLD - 1, 10, 20)).about == (20, 20)
    publishing.publish(on=date(OLD, 1, 20), at=WEDNESDAY)
    shown = asked.published(OLD - 1, today=date(OLD, 1, 20))
    assert shown.whole and shown.subjects is None and shown.about == (20, 20)
    page = Client().get(f"/mediators/figures/?year={OLD - 1}").content.decode()
    assert "只公布到十位" in page and ">16<" not in page


def test_a_day_more_changes_nothing_that_is_told_of_the_running_year(room: Room) -> None:
    counted(room, OLD - 1, {"traffic": 14}, month=8)
    publishing.publish(on=date(OLD - 1, 10, 20), at=WEDNESDAY)
    before = asked.published(OLD - 1, today=date(OLD - 1, 10, 20))
    counted(room, OLD - 1, {"traffic": 1}, month=9)
    publishing.publish(on=date(OLD - 1, 10, 21), at=WEDNESDAY)
    assert asked.published(OLD - 1, today=date(OLD - 1, 10, 21)) == before
