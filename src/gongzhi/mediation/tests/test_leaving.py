"""Whoever has left a case reads what it was then, and nothing that came or changed since; and writes nothing any more.

At three depths: a connection in their name, the questions of the room, the pages. Each with those who stayed as the control.
"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import NotFound
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How, Matter
from gongzhi.mediation import queries
from gongzhi.mediation.actions import ending, following, looking_in, parties, speaking, team
from gongzhi.mediation.models import Case, Clause, Party
from gongzhi.mediation.queries import lists
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_way import later, mediating, signed

pytestmark = pytest.mark.django_db(transaction=True)

#: Every table with rows of a case that its team may read, and the column that says of which.
TABLES = {
    "mediation_case": "matter_id", "mediation_tally": "case_id", "journal_entry": "thread_id", "journal_access": "thread_id",
    "journal_attachment": "thread_id", "journal_blob": "thread_id", "matters_link": "origin_id",
    **{f"mediation_{name}": "case_id" for name in (
        "agreement", "clause", "confirmation", "consent", "guest", "handover", "member", "offered", "opinion",
        "particulars", "party", "signature", "sitting", "statement", "visit", "vote",
    )},
}  # fmt: skip


def rows(who: Any, case: Case) -> dict[str, set[str]]:
    """Every row of the case that a connection reads, word for word."""
    found = {}
    for table, column in TABLES.items():
        told = who.execute(f"SELECT t::text FROM {table} t WHERE {column} = %s", [case.pk]).fetchall()
        found[table] = {text for (text,) in told}
    return found


def left(room: Room, raw_as: Callable[..., Any]) -> tuple[Case, dict[str, set[str]], dict[str, set[str]]]:
    """A mediator helps until the talks begin, then leaves; the case goes on to its docket. (case, theirs then, the clerk's)"""
    case = mediating(room)
    with acting(room.clerk):
        team.join_team(
            case.pk,
            account_id=room.mediator.account_id or 0,
            part="co_mediator",
            by=room.clerk,
            at=later(hours=5),
        )
        speaking.say(case.pk, text="离开以前的话", by=room.clerk, at=later(hours=6))
    with acting(room.mediator):
        team.leave_team(case.pk, by=room.mediator, at=later(hours=7))
    return case, rows(raw_as(room.mediator.account_id), case), rows(raw_as(room.clerk.account_id), case)


def on_to_the_docket(room: Room, case: Case, link_to: int) -> None:
    row = signed(room, case)
    with acting(room.clerk), transaction.atomic():
        parties.mend_party(
            case.pk, party=2, fields={"address": "新的住址"}, by=room.clerk, at=later(days=1, hours=5)
        )
        matters.link(
            Matter.objects.get(pk=case.pk), Matter.objects.get(pk=link_to), How.CAUSED_BY, by=room.clerk,
            at=later(days=1, hours=6), sides=("team",),
        )  # fmt: skip
        for clause in Clause.objects.filter(agreement=row):
            following.perform(case.pk, clause_id=clause.pk, by=room.clerk, at=later(days=3))
        following.ask_confirmation(case.pk, court="澜屿区人民法院", by=room.clerk, at=later(days=3))
        following.hear_court(case.pk, result="confirmed", ruling="一号", by=room.clerk, at=later(days=3))
        ending.finish(case.pk, by=room.clerk, at=later(days=3))
        following.visit(case.pk, kept="wholly", text="后来的话", by=room.clerk, at=later(days=3))
        ending.file(case.pk, by=room.clerk, at=later(days=4))


def test_a_connection_in_their_name_reads_no_later_row_and_no_later_state(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    case, then, clerks = left(room, raw_as)
    other = room.applied(subject_line="另一件")
    assert not then["mediation_case"] and clerks["mediation_case"], "the case itself stands as it is now"
    assert {table for table, seen in then.items() if seen} >= {
        "journal_entry",
        "mediation_party",
        "mediation_statement",
    }
    with transaction.atomic():
        on_to_the_docket(room, case, other.pk)
    now, control = rows(raw_as(room.mediator.account_id), case), rows(raw_as(room.clerk.account_id), case)
    for table, seen in now.items():
        assert seen <= then[table], table
    assert then["journal_entry"] == now["journal_entry"], "what was written until then is kept"
    changed = {table for table, seen in control.items() if not seen <= clerks[table]}
    assert changed >= {
        "mediation_case", "mediation_agreement", "mediation_clause", "mediation_confirmation", "mediation_particulars",
        "mediation_signature", "mediation_visit", "mediation_tally", "journal_entry", "matters_link",
    }, "the control: whoever stayed sees all of it"  # fmt: skip


def test_a_row_that_changes_later_goes_out_of_sight_and_one_that_does_not_stays(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    case, _then, _clerks = left(room, raw_as)
    who, clerk = raw_as(room.mediator.account_id), raw_as(room.clerk.account_id)
    sql = "SELECT number, name, language FROM mediation_party WHERE case_id = %s ORDER BY number"
    assert who.execute(sql, [case.pk]).fetchall() == clerk.execute(sql, [case.pk]).fetchall(), "as they were"
    with acting(room.clerk), transaction.atomic():
        Party.objects.filter(case=case, number=2).update(language="zh-hant")
    assert [row[0] for row in who.execute(sql, [case.pk])] == [1]
    assert [row[0] for row in clerk.execute(sql, [case.pk])] == [1, 2]


WRITES = (
    "UPDATE mediation_case SET subject_line = 'x' WHERE matter_id = {case}",
    "UPDATE mediation_party SET name = 'x' WHERE case_id = {case}",
    "UPDATE mediation_statement SET facts = 'x' WHERE case_id = {case}",
    "DELETE FROM mediation_party WHERE case_id = {case}",
)


def test_they_change_nothing_and_add_nothing_not_even_dated_back(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    case, _then, _clerks = left(room, raw_as)
    who, clerk = raw_as(room.mediator.account_id), raw_as(room.clerk.account_id)
    for sql in WRITES:
        assert who.execute(sql.format(case=case.pk)).rowcount == 0, sql
    assert clerk.execute(WRITES[0].format(case=case.pk)).rowcount == 1, "the control: the team may"
    party = clerk.execute("SELECT id FROM mediation_party WHERE case_id = %s LIMIT 1", [case.pk]).fetchone()[
        0
    ]
    statement = (
        "INSERT INTO mediation_statement (case_id, party_id, facts, requests, sides, at) "
        "VALUES (%s, %s, 'x', '', '{all}', %s)"
    )
    entry = (
        "INSERT INTO journal_entry (thread_id, position, verb, by_id, part, at, text, salt, words, detail, audience, sides, "
        "previous, digest) VALUES (%s, 900, 'mediation.note', %s, '', %s, 'x', '', '', '{}', 'staff', '{all}', '', '')"
    )
    was = later(hours=6)
    for who_, account in (
        (who, room.mediator.account_id),
        (raw_as(room.leader.account_id), room.leader.account_id),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), who_.transaction():
            who_.execute(statement, [case.pk, party, was])
        with pytest.raises(psycopg.errors.InsufficientPrivilege), who_.transaction():
            who_.execute(entry, [case.pk, account, was])
    assert clerk.execute(statement, [case.pk, party, was]).rowcount == 1, "the control"
    assert clerk.execute(entry, [case.pk, room.clerk.account_id, was]).rowcount == 1, "the control"


def test_whoever_looks_in_changes_nothing(room: Room, raw_as: Callable[..., Any]) -> None:
    case = mediating(room)
    with acting(room.leader):
        looking_in.look_in(case.pk, text="信访督查这一件", by=room.leader, at=clock.now())
    who = raw_as(room.leader.account_id)
    assert rows(who, case)["mediation_case"], "the control: they read"
    with pytest.raises(psycopg.errors.InsufficientPrivilege), who.transaction():
        who.execute(WRITES[0].format(case=case.pk))
    for sql in WRITES[1:]:
        assert who.execute(sql.format(case=case.pk)).rowcount == 0, sql


def test_the_questions_of_the_room_give_what_was_and_no_state(room: Room, raw_as: Callable[..., Any]) -> None:
    case, _then, _clerks = left(room, raw_as)
    with acting(room.clerk):
        speaking.say(case.pk, text="后来的话", by=room.clerk, at=later(hours=8))
    with acting(room.mediator), transaction.atomic():
        with pytest.raises(NotFound):
            queries.get_case(case.pk, by=room.mediator)
        assert not lists.page(lists.Filters(), by=room.mediator, now=later(hours=9)).cases
        kept = queries.get_left(case.pk, by=room.mediator)
        assert kept is not None
        texts = [entry.text for entry in kept.entries]
        assert "离开以前的话" in texts and "后来的话" not in texts
        assert [row.facts for _name, row in kept.statements] == ["楼上夜里弹琴，影响休息。"]
        assert [one.id for one in queries.left_by(room.mediator)] == [case.pk]
    for who in (room.clerk, room.leader, room.other_mediator):
        with acting(who), transaction.atomic():
            assert queries.get_left(case.pk, by=who) is None and not queries.left_by(who)
    with acting(room.clerk), transaction.atomic():
        assert queries.get_case(case.pk, by=room.clerk).state == "mediating", "the control"


def test_who_stepped_aside_keeps_no_page(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk):
        team.join_team(
            case.pk,
            account_id=room.mediator.account_id or 0,
            part="co_mediator",
            by=room.clerk,
            at=later(hours=5),
        )
        team.leave_team(
            case.pk, account_id=room.mediator.account_id, recused=True, by=room.clerk, at=later(hours=6)
        )
    with acting(room.mediator), transaction.atomic():
        assert queries.get_left(case.pk, by=room.mediator) is None


def test_the_pages_show_the_old_words_and_not_how_the_case_stands(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    case, _then, _clerks = left(room, raw_as)
    with acting(room.clerk):
        speaking.say(case.pk, text="后来的话", by=room.clerk, at=later(hours=8))
    client = Client()
    client.force_login(room.accounts["mediator"])
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "您已不在本案中" in page and "离开以前的话" in page
    assert "后来的话" not in page and "调解中" not in page
    assert case.matter.number in client.get("/cases/?state=closed").content.decode()
    for there in ("papers/", "boundary/", "offers/", "signing/1/"):
        assert client.get(f"/cases/{case.pk}/{there}").status_code == 404, there
    for verb in ("say", "leave_team", "note"):
        assert client.post(f"/cases/{case.pk}/{verb}/", {"text": "x"}).status_code in (403, 404), verb
    client.force_login(room.accounts["clerk"])
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "后来的话" in page and "调解中" in page, "the control"


def test_who_comes_back_sees_it_again(room: Room, raw_as: Callable[..., Any]) -> None:
    case, _then, _clerks = left(room, raw_as)
    with acting(room.clerk):
        team.join_team(
            case.pk,
            account_id=room.mediator.account_id or 0,
            part="mediator",
            by=room.clerk,
            at=later(hours=9),
        )
    with acting(room.mediator), transaction.atomic():
        assert queries.get_case(case.pk, by=room.mediator).state == "mediating"
        assert queries.get_left(case.pk, by=room.mediator) is None and not queries.left_by(room.mediator)


def test_the_command_that_verifies_finds_sealed_threads_whole(room: Room) -> None:
    """It runs in no transaction of its own, and still the database knows that it is the one that verifies."""
    mediating(room)
    told = StringIO()
    call_command("verify", stdout=told)  # ends with 1 where one is broken
    assert "：0 份对不上" in told.getvalue()


def test_no_function_of_the_lock_serves_whoever_is_not_in_the_team(
    room: Room, raw_as: Callable[..., Any]
) -> None:
    """They run as the owner: the acts of a case (who, what, when) and the forgetting of its words are for whom they say."""
    case, _then, _clerks = left(room, raw_as)
    chain = "SELECT count(*) FROM journal_chain_of_sealed(ARRAY[%s::bigint])"
    forget = ("SELECT journal_forget_sealed(%s, now())", "SELECT mediation_forget_rows(%s, now())",
              "SELECT journal_erase_sealed(%s, now())", "SELECT mediation_forget(%s, now())")  # fmt: skip
    outside = [
        raw_as(getattr(room, name).account_id)
        for name in ("mediator", "leader", "resident", "other_mediator")
    ]
    for who in (*outside, raw_as(), raw_as(service="news"), raw_as(service="keeper")):
        assert who.execute(chain, [case.pk]).fetchone() == (0,)
        for sql in forget:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), who.transaction():
                who.execute(sql, [case.pk])
    assert raw_as(service="verify").execute(chain, [case.pk]).fetchone()[0] > 5, "the control: who verifies"
    team_ = raw_as(room.clerk.account_id)
    assert team_.execute(chain, [case.pk]).fetchone()[0] > 5, "the control: the team"
    for sql in forget[:2]:
        assert team_.execute(sql, [case.pk]).rowcount == 1, "the control: the team forgets"
