"""A sealed case in the database: read by its team and its parties, each their own side; by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from gongzhi.journal import actions as journal
from gongzhi.journal.models import Access, Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import NotFound
from gongzhi.mediation.actions import team
from gongzhi.mediation.actions.steps import say
from gongzhi.mediation.models import Case
from gongzhi.mediation.queries import get_case, get_left, timeline
from gongzhi.mediation.tests.scene import Room
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)
LATER = WEDNESDAY + timedelta(hours=3)

#: Every table of the room, and the shared ones: how many rows of a case somebody sees.
TABLES = {
    "mediation_case": "matter_id", "mediation_party": "case_id", "mediation_particulars": "case_id",
    "mediation_statement": "case_id", "mediation_member": "case_id", "mediation_tally": "case_id",
    "journal_entry": "thread_id", "journal_access": "thread_id",
}  # fmt: skip


def count(who: Any, table: str, case: Case) -> int:
    return int(
        who.execute(f"SELECT count(*) FROM {table} WHERE {TABLES[table]} = %s", [case.pk]).fetchone()[0]
    )


def test_team_and_parties_see_their_sides(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    seen = {
        name: {table: count(raw_as(getattr(room, name).account_id), table, case) for table in TABLES}
        for name in ("clerk", "resident", "neighbour")
    }
    assert seen["clerk"] == {
        "mediation_case": 1, "mediation_party": 2, "mediation_particulars": 2, "mediation_statement": 1,
        "mediation_member": 1, "mediation_tally": 1, "journal_entry": 2, "journal_access": 3,
    }  # fmt: skip
    assert seen["resident"] == seen["clerk"] | {
        "mediation_particulars": 1, "mediation_tally": 0, "journal_access": 1
    }  # fmt: skip
    assert seen["neighbour"] == seen["resident"] | {"mediation_statement": 0}


def test_nobody_else_sees_a_row(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    strangers = [raw_as(getattr(room, name).account_id) for name in
                 ("macao_resident", "leader", "auditor", "grid_worker", "centre_clerk", "mediator", "macao_mediator")]  # fmt: skip
    services = [
        raw_as(service=name) for name in ("news", "notices", "sweep", "erasure", "import", "keeper", "verify")
    ]
    for who in (raw_as(), raw_as(0), *strangers, *services):
        assert {table: count(who, table, case) for table in TABLES} == dict.fromkeys(TABLES, 0)
    assert count(raw_as(service="figures"), "mediation_tally", case) == 1, "numbers are counted"


def test_the_owner_sees_nothing_without_an_identity(room: Room, owner_connection: Any) -> None:
    case = room.accepted()
    seen = {table for table in TABLES if count(owner_connection, table, case)}
    assert seen == {"journal_access"}, "who may see: numbers, by which the lock itself decides"


def test_every_table_of_the_room_is_locked(owner_connection: Any) -> None:
    rows = owner_connection.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relname LIKE 'mediation\\_%' AND relkind = 'r'"
    ).fetchall()
    assert len(rows) >= 16
    open_tables = {name for name, locked in rows if not locked}
    assert open_tables == OPEN_TABLES


#: Tables of the room that say nothing of a case.
OPEN_TABLES = {
    "mediation_campaign",
    "mediation_committee",
    "mediation_duty",
    "mediation_mediator",
    "mediation_newduration",
    "mediation_petition",
    "mediation_publication",
    "mediation_seat",
    "mediation_selfhelp",
    "mediation_station",
    "mediation_training",
    "mediation_duration",
    "mediation_series",
}


def test_no_side_reads_what_is_for_another(room: Room) -> None:
    case = room.accepted()
    with acting(room.clerk), transaction.atomic():
        thread = journal.lock(case.pk)
        for words, sides in (("给甲方的话", ("team", "party:1")), ("给乙方的话", ("team", "party:2")),
                             ("团队的话", ("team",)), ("大家的话", ("all",))):  # fmt: skip
            journal.write(thread, [say("note", text=words, sides=sides)], by=room.clerk, at=LATER)
    for who, missing in ((room.resident, {"给乙方的话", "团队的话"}), (room.neighbour, {"给甲方的话", "团队的话"}),
                         (room.clerk, set())):  # fmt: skip
        with acting(who), transaction.atomic():
            everything = {e.text for e in Entry.objects.filter(thread_id=case.pk) if e.text}
            asked = {e.text for e in timeline(get_case(case.pk, by=who), by=who) if e.text}
        assert everything == asked == {"给甲方的话", "给乙方的话", "团队的话", "大家的话"} - missing


def test_who_leaves_the_team_keeps_what_was_and_loses_what_comes(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    case = room.accepted()
    with acting(room.clerk):
        team.join_team(case.pk, account_id=room.mediator.account_id, part="mediator", by=room.clerk, at=LATER)
    with acting(room.mediator):
        team.leave_team(case.pk, by=room.mediator, at=LATER + timedelta(minutes=1))
    with acting(room.clerk), transaction.atomic():
        journal.write(
            journal.lock(case.pk), [say("note", text="后来的话", sides=("team",))], by=room.clerk,
            at=LATER + timedelta(minutes=2),
        )  # fmt: skip
    assert count(raw_as(room.clerk.account_id), "journal_entry", case) == 5
    assert count(raw_as(room.mediator.account_id), "journal_entry", case) == 4
    with acting(room.mediator), transaction.atomic():
        kept = get_left(case.pk, by=room.mediator)
        assert kept is not None and "后来的话" not in [entry.text for entry in kept.entries]


def test_who_steps_aside_keeps_nothing(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    with acting(room.clerk):
        team.join_team(case.pk, account_id=room.mediator.account_id, part="mediator", by=room.clerk, at=LATER)
        assert count(raw_as(room.mediator.account_id), "journal_entry", case) == 3
        team.leave_team(case.pk, account_id=room.mediator.account_id, recused=True, by=room.clerk, at=LATER)
    assert count(raw_as(room.mediator.account_id), "journal_entry", case) == 0


def test_nobody_lets_themselves_in(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    sql = (
        "INSERT INTO journal_access (thread_id, person_id, side, reason, starts_at, ends_at) "
        "VALUES (%s, %s, %s, %s, now(), {ends})"
    )

    def tries(name: str, side: str, ends: str = "NULL", reason: str = "") -> Any:
        who = raw_as(getattr(room, name).account_id)
        return who.execute(sql.format(ends=ends), [case.pk, getattr(room, name).account_id, side, reason])

    for name in ("macao_resident", "mediator", "leader", "auditor", "resident"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tries(name, "team")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tries("mediator", "extraordinary", "now() + interval '10 minutes'", "好奇")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tries("leader", "extraordinary", "now() + interval '31 minutes'", "太久")
    assert tries("leader", "extraordinary", "now() + interval '30 minutes'", "信访督查").rowcount == 1
    assert tries("clerk", "observer").rowcount == 1, "the team lets in"


def test_half_an_hour_and_no_longer(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    with acting(room.leader), transaction.atomic():
        journal.look_in(case.pk, reason="信访督查", by=room.leader, at=clock.now())
        assert Entry.objects.filter(thread_id=case.pk).count() == 2
    with acting(room.leader), transaction.atomic():
        journal.look_in(case.pk, reason="信访督查", by=room.leader, at=clock.now() - timedelta(minutes=31))
    who = raw_as(room.leader.account_id)
    assert count(who, "journal_entry", case) == 2
    with acting(room.auditor), transaction.atomic():
        journal.look_in(case.pk, reason="旧", by=room.auditor, at=clock.now() - timedelta(minutes=31))
        assert Entry.objects.filter(thread_id=case.pk).count() == 0
        with pytest.raises(NotFound):
            get_case(case.pk, by=room.auditor)


def test_words_without_sides_are_refused(room: Room) -> None:
    case = room.accepted()
    with acting(room.clerk), transaction.atomic(), pytest.raises(ValueError, match="sides"):
        journal.write(
            journal.lock(case.pk), [journal.Said("mediation.note", text="x")], by=room.clerk, at=LATER
        )


def test_the_shared_rows_say_nothing(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    who = raw_as(room.macao_resident.account_id)
    row = who.execute(
        "SELECT title, opened_by_id FROM matters_matter WHERE thread_id = %s", [case.pk]
    ).fetchone()
    assert row == ("调解案件", None)
    assert who.execute("SELECT count(*) FROM matters_party WHERE matter_id = %s", [case.pk]).fetchone() == (
        0,
    )
    for sql in (
        "INSERT INTO matters_party (matter_id, part, since) VALUES (%s, 'reporter', now())",
        "INSERT INTO matters_link (origin_id, target_id, how, since) VALUES (%s, {pk}, 'follows', now())",
        "INSERT INTO journal_attachment (id, thread_id, entry_id, name, media_type, size, purpose, audience, digest) "
        "SELECT gen_random_uuid(), %s, 1, 'a', 'b', 1, 'c', 'parties', ''",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw_as(room.clerk.account_id).execute(sql.format(pk=case.pk), [case.pk])


def test_statements_of_strangers_touch_nothing(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    for sql in ("UPDATE mediation_case SET subject_line = 'x'", "DELETE FROM mediation_party",
                "UPDATE mediation_tally SET amount = 1", "UPDATE journal_access SET ends_at = now()",
                "SELECT * FROM mediation_case FOR UPDATE", "DELETE FROM mediation_case RETURNING *"):  # fmt: skip
        for name in ("macao_resident", "leader", "mediator"):
            assert raw_as(getattr(room, name).account_id).execute(sql).rowcount == 0
    assert Access.objects.filter(thread_id=case.pk).count() == 0, "nobody is nobody"
    with acting(Actor.for_service("keeper")), transaction.atomic():
        assert Access.objects.filter(thread_id=case.pk).count() == 0, "the keeper is the owner's alone"


def test_access_that_has_ended_stays_ended(room: Room, raw_as: Callable[..., Any]) -> None:
    case = room.accepted()
    with acting(room.clerk):
        team.join_team(
            case.pk, account_id=room.mediator.account_id or 0, part="mediator", by=room.clerk, at=LATER
        )
        team.leave_team(case.pk, account_id=room.mediator.account_id, by=room.clerk, at=LATER)
    who = raw_as(room.mediator.account_id)
    assert count(who, "journal_access", case) == 1, "the control: the row is theirs to see"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        who.execute("UPDATE journal_access SET ends_at = now() + interval '1 year'")
