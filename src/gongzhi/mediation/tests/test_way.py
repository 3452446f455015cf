"""A case from application to docket, and the ways that are not open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from gongzhi.journal.queries import broken_chains, holds
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden, NotFound
from gongzhi.matters.models import Deadline, Matter
from gongzhi.mediation.actions import (
    accepting,
    agreeing,
    ending,
    following,
    forgetting,
    guests,
    looking_in,
    parties,
    sitting,
    speaking,
    team,
)
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.models import Agreement, Case, Clause, Particulars, Party, Tally
from gongzhi.mediation.queries import get_case, timeline
from gongzhi.mediation.queries.agreements import agreements_of, in_force
from gongzhi.mediation.tests.scene import Room
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)


def later(**amount: float) -> datetime:
    return WEDNESDAY + timedelta(**amount)


TERMS = Draft(
    clauses=(
        Term("每晚十点以后不弹琴。", performer=2),
        Term("补偿隔音垫费用。", performer=2, amount=Decimal("600"), due_on=date(2026, 11, 30), way="转账"),
    ),
    facts="楼上楼下因夜里琴声不和。",
)


def mediating(room: Room, **changed: Any) -> Case:
    case = room.accepted(**changed)
    with acting(room.clerk):
        for number in (1, 2):
            accepting.tell_rights(case.pk, party=number, how="paper", by=room.clerk, at=later(hours=2))
        team.propose_mediator(
            case.pk, account_id=room.macao_mediator.account_id, by=room.clerk, at=later(hours=2)
        )
    for who in (room.resident, room.neighbour):
        with acting(who):
            team.say_of_mediator(case.pk, agrees=True, by=who, at=later(hours=3))
    with acting(room.macao_mediator):
        return sitting.begin(case.pk, by=room.macao_mediator, at=later(hours=4))


def signed(room: Room, case: Case) -> Agreement:
    with acting(room.macao_mediator):
        row = agreeing.draft(case.pk, TERMS, by=room.macao_mediator, at=later(days=1))
    for who in (room.resident, room.neighbour):
        with acting(who), transaction.atomic():
            for clause in Clause.objects.filter(agreement=row):
                agreeing.vote(case.pk, clause_id=clause.pk, agrees=True, by=who, at=later(days=1, hours=1))
    for name in ("resident", "neighbour"):
        room.signs(case.pk, row.pk, name, at=later(days=1, hours=2))
    room.signs(case.pk, row.pk, "macao_mediator", at=later(days=1, hours=3))
    with acting(room.clerk):
        return agreeing.take_effect(case.pk, agreement_id=row.pk, by=room.clerk, at=later(days=1, hours=4))


def test_from_application_to_docket(room: Room) -> None:
    case = mediating(room)
    row = signed(room, case)
    assert row.effective_on == date(2026, 11, 19)
    with acting(room.clerk), transaction.atomic():
        promised = {
            d.promise: d.due_at.date() for d in Deadline.objects.filter(matter_id=case.pk, met_at=None)
        }
        # 30 days from the 19th is Saturday the 19th of December: the Monday after
        assert promised["confirm"] == date(2026, 12, 21)
        assert promised["perform"] == date(2026, 11, 30)
        assert promised["visit"] == date(2026, 12, 4), "fifteen days, not fifteen hours"
        for clause in Clause.objects.filter(agreement=row):
            following.perform(case.pk, clause_id=clause.pk, by=room.clerk, at=later(days=3))
        following.ask_confirmation(case.pk, court="澜屿区人民法院", by=room.clerk, at=later(days=3))
        following.hear_court(
            case.pk,
            result="confirmed",
            ruling="（2026）示范民特1号",
            by=room.clerk,
            at=later(days=3, hours=1),
        )
        ending.finish(case.pk, by=room.clerk, at=later(days=3, hours=2))
        following.visit(case.pk, kept="wholly", content="very", by=room.clerk, at=later(days=3, hours=3))
        filed = ending.file(case.pk, by=room.clerk, at=later(days=3, hours=4))
        tally = Tally.objects.get(pk=case.pk)
        assert filed.docket_number == "（2026）海棠社区人调字第1号"
        assert (tally.outcome, tally.amount, tally.settled_on, tally.state) == (
            "written",
            Decimal(600),
            date(2026, 11, 19),
            "filed",
        )
        assert filed.keep_until and filed.keep_until.year == 2036
    with acting(Actor.for_service("verify")), transaction.atomic():
        assert holds(case.pk).ok
        assert [bad for _n, _m, bad in broken_chains()] == [[]]


def test_nobody_begins_before_all_are_told_and_agree(room: Room) -> None:
    case = room.accepted()
    with acting(room.clerk), pytest.raises(Conflict, match="告知"):
        sitting.begin(case.pk, by=room.clerk, at=later(hours=2))
    with acting(room.clerk):
        for number in (1, 2):
            accepting.tell_rights(case.pk, party=number, how="aloud", by=room.clerk, at=later(hours=2))
        team.propose_mediator(case.pk, account_id=room.mediator.account_id, by=room.clerk, at=later(hours=2))
    with acting(room.neighbour):
        team.say_of_mediator(
            case.pk, agrees=False, text="他和对方是亲戚", by=room.neighbour, at=later(hours=2)
        )
    with acting(room.clerk), pytest.raises(Conflict, match="同意这位调解员"), transaction.atomic():
        sitting.begin(case.pk, by=room.clerk, at=later(hours=3))
    with acting(room.resident), transaction.atomic():
        texts = [entry.text for entry in timeline(get_case(case.pk, by=room.resident), by=room.resident)]
        assert "他和对方是亲戚" not in texts
    with acting(room.clerk), transaction.atomic():
        assert "他和对方是亲戚" in [
            entry.text for entry in timeline(get_case(case.pk, by=room.clerk), by=room.clerk)
        ]


def test_a_separate_sitting_is_unknown_to_the_other_side(room: Room) -> None:
    case = mediating(room)
    with acting(room.macao_mediator):
        sitting.record_sitting(
            case.pk, kind="separate", party=1, text="其实可以让步", by=room.macao_mediator, at=later(days=1)
        )
        sitting.record_sitting(
            case.pk, kind="joint", text="一起谈了", by=room.macao_mediator, at=later(days=1, hours=1)
        )
    seen = {}
    for who in (room.resident, room.neighbour):
        with acting(who), transaction.atomic():
            seen[who.name] = [
                e.text
                for e in timeline(get_case(case.pk, by=who), by=who)
                if e.verb == "mediation.record_sitting"
            ]
    assert seen == {"resident": ["其实可以让步", "一起谈了"], "neighbour": ["一起谈了"]}


def test_what_was_signed_never_changes(room: Room) -> None:
    case = mediating(room)
    row = signed(room, case)
    digest = bytes(row.digest or b"")
    with acting(room.clerk), transaction.atomic():
        agreeing.reopen_terms(case.pk, text="想改补偿方式", by=room.clerk, at=later(days=2))
        new = agreeing.draft(
            case.pk, Draft(clauses=(Term("改为一次付清。"),)), by=room.clerk, at=later(days=2)
        )
        assert new.version == 2 and new.pk != row.pk
        assert in_force(get_case(case.pk, by=room.clerk)) == row, (
            "until the new one is signed the old one stands"
        )
        old = agreements_of(case)[-1]
        assert [clause.text for clause in old.clauses.all()] == [term.text for term in TERMS.clauses]
        assert bytes(old.digest or b"") == digest


def test_who_saw_another_text_has_not_signed_this_one(room: Room) -> None:
    case = mediating(room)
    with acting(room.macao_mediator):
        row = agreeing.draft(case.pk, TERMS, by=room.macao_mediator, at=later(days=1))
    with acting(room.resident), transaction.atomic(), pytest.raises(Conflict, match="刚刚改过"):
        agreeing.sign(
            case.pk, agreement_id=row.pk, way="screen", shown="00" * 32, by=room.resident, at=later(days=1)
        )


def test_nobody_signs_for_another_on_a_screen(room: Room) -> None:
    case = mediating(room)
    with acting(room.macao_mediator):
        row = agreeing.draft(case.pk, TERMS, by=room.macao_mediator, at=later(days=1))
    for who, given in (
        (room.clerk, {"party": 1}),
        (room.resident, {"party": 2}),
        (room.clerk, {"as_mediator": True}),
    ):
        with acting(who), transaction.atomic(), pytest.raises(Conflict):
            agreeing.sign(case.pk, agreement_id=row.pk, way="screen", by=who, at=later(days=1), **given)  # type: ignore[arg-type]
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="还没有签名"):
        agreeing.take_effect(case.pk, agreement_id=row.pk, by=room.clerk, at=later(days=1))


def test_a_guest_is_there_only_while_all_agree(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk):
        guest = guests.invite_guest(
            case.pk,
            name="何老师",
            part="observer",
            account_id=room.macao_resident.account_id,
            by=room.clerk,
            at=later(days=1),
        )
    with acting(room.resident):
        guests.consent_to_guest(case.pk, guest_id=guest.pk, by=room.resident, at=later(days=1))
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="周大海"):
        guests.admit_guest(case.pk, guest_id=guest.pk, by=room.clerk, at=later(days=1))
    with acting(room.neighbour):
        guests.consent_to_guest(case.pk, guest_id=guest.pk, by=room.neighbour, at=later(days=1))
    with acting(room.clerk):
        guests.admit_guest(case.pk, guest_id=guest.pk, by=room.clerk, at=later(days=1))
        plan = sitting.plan_sitting(
            case.pk,
            kind="joint",
            starts_at=later(days=2),
            open_to_guests=True,
            by=room.clerk,
            at=later(days=1, hours=1),
        )
        sitting.record_sitting(case.pk, sitting_id=plan.pk, text="邻里旁听", by=room.clerk, at=later(days=2))
        sitting.record_sitting(case.pk, kind="joint", text="关门谈", by=room.clerk, at=later(days=2))
    with acting(room.macao_resident), transaction.atomic():
        texts = [
            e.text
            for e in timeline(get_case(case.pk, by=room.macao_resident), by=room.macao_resident)
            if e.text
        ]
        assert texts == ["邻里旁听"]
    with acting(room.neighbour):
        guests.withdraw_consent(case.pk, guest_id=guest.pk, by=room.neighbour, at=later(days=2, hours=1))
    with acting(room.macao_resident), transaction.atomic(), pytest.raises(NotFound):
        get_case(case.pk, by=room.macao_resident)


def test_extraordinary_access_is_told_to_everybody_in_the_case(room: Room) -> None:
    from gongzhi.kit import clock

    case = room.accepted()
    with acting(room.clerk), transaction.atomic(), pytest.raises(Forbidden):
        looking_in.look_in(case.pk, text="想看看别的案子", by=room.clerk, at=clock.now())
    with acting(room.leader):
        looking_in.look_in(case.pk, text="信访督查，编号示范一", by=room.leader, at=clock.now())
        with transaction.atomic():
            assert get_case(case.pk, by=room.leader).subject_line == "夜里的钢琴声"
    for who in (room.clerk, room.resident, room.neighbour):
        with acting(who), transaction.atomic():
            last = list(timeline(get_case(case.pk, by=who), by=who))[-1]
            assert (last.verb, last.text) == ("mediation.look_in", "信访督查，编号示范一")


def test_forgetting_leaves_the_proof(room: Room) -> None:
    case = mediating(room)
    signed(room, case)
    with acting(room.clerk), pytest.raises(Conflict):
        forgetting.forget(case.pk, reason="request", by=room.clerk, at=later(days=2))
    with acting(room.clerk), transaction.atomic():
        for clause in Clause.objects.filter(case=case):
            following.perform(case.pk, clause_id=clause.pk, by=room.clerk, at=later(days=3))
        ending.finish(case.pk, by=room.clerk, at=later(days=3))
        following.visit(case.pk, kept="wholly", text="都好", by=room.clerk, at=later(days=3))
        ending.file(case.pk, by=room.clerk, at=later(days=3))
    assert forgetting.forget_due(on=date(2036, 11, 1), at=later(days=4)) == 0, "too early"
    assert forgetting.forget_due(on=date(2037, 1, 1), at=later(days=4)) == 1
    assert forgetting.forget_due(on=date(2037, 1, 1), at=later(days=4)) == 0, "once"
    with acting(room.clerk), transaction.atomic():
        there = get_case(case.pk, by=room.clerk)
        assert there.subject_line == "" and there.docket_number
        assert {p.name for p in Party.objects.filter(case=case)} == {"1", "2"}
        assert {p.phone for p in Particulars.objects.filter(case=case)} == {""}
        assert {c.text for c in Clause.objects.filter(case=case)} == {""}
        assert bytes(Agreement.objects.get(case=case).digest or b"")
        assert not any(entry.text for entry in timeline(there, by=room.clerk))
    with acting(Actor.for_service("verify")), transaction.atomic():
        assert holds(case.pk).ok, "and the chain still holds"


def test_a_party_speaks_to_all_or_to_the_team(room: Room) -> None:
    case = mediating(room)
    with acting(room.resident):
        speaking.say(case.pk, text="大家好", by=room.resident, at=later(days=1))
        speaking.say(case.pk, text="只告诉调解员", private=True, by=room.resident, at=later(days=1))
    with acting(room.neighbour), transaction.atomic():
        texts = [e.text for e in timeline(get_case(case.pk, by=room.neighbour), by=room.neighbour) if e.text]
        assert texts == ["大家好"]


def test_a_party_mends_its_own_particulars_only(room: Room) -> None:
    case = room.accepted()
    with acting(room.neighbour), transaction.atomic():
        parties.mend_party(
            case.pk,
            fields={"phone": "+85366000001", "document": "macao_id"},
            by=room.neighbour,
            at=later(hours=2),
        )
    with acting(room.neighbour), pytest.raises(NotFound):
        parties.mend_party(case.pk, party=1, fields={"phone": "1"}, by=room.neighbour, at=later(hours=2))
    with acting(room.clerk), transaction.atomic():
        assert {p.party.number: p.phone for p in Particulars.objects.filter(case=case)} == {
            1: "+8619900000101",
            2: "+85366000001",
        }


def test_the_shared_row_never_learns_a_word(room: Room) -> None:
    case = mediating(room)
    matter = Matter.objects.get(pk=case.pk)
    assert (matter.title, matter.opened_by_id, matter.state) == ("调解案件", None, "mediating")
