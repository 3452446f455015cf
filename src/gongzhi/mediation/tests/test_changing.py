"""An agreement in force is to be changed: what a court has confirmed is not reopened by one side, and the old one stands."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict
from gongzhi.matters.models import Deadline
from gongzhi.mediation.actions import accepting, agreeing, ending, following
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.models import Agreement, Case, Confirmation, Tally
from gongzhi.mediation.queries import get_case
from gongzhi.mediation.queries.agreements import in_force
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_way import later, mediating, signed

pytestmark = pytest.mark.django_db(transaction=True)
ONE_SUM = Draft(clauses=(Term("改为一次付清。", performer=2),))


def with_the_court(room: Room, result: str = "") -> tuple[Case, Agreement]:
    case = mediating(room)
    row = signed(room, case)
    with acting(room.clerk), transaction.atomic():
        following.ask_confirmation(case.pk, court="澜屿区人民法院", by=room.clerk, at=later(days=2))
        if result:
            following.hear_court(case.pk, result=result, ruling="一号", by=room.clerk, at=later(days=3))
    return case, row


def running(case: Case) -> set[str]:
    return set(
        Deadline.objects.filter(matter_id=case.pk, met_at=None, cancelled_at=None).values_list(
            "promise", flat=True
        )
    )


def test_not_while_a_court_is_looking_at_it(room: Room) -> None:
    case, _row = with_the_court(room)
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="正在审查"):
        agreeing.reopen_terms(case.pk, text="想改", agreed_by=(1, 2), by=room.clerk, at=later(days=4))
    with acting(room.clerk), transaction.atomic():
        following.hear_court(case.pk, result="withdrawn", by=room.clerk, at=later(days=4))
        agreeing.reopen_terms(case.pk, text="想改", by=room.clerk, at=later(days=4))
        assert get_case(case.pk, by=room.clerk).state == "mediating", "the control: after it was withdrawn"


def test_a_confirmed_one_only_when_all_parties_want_it(room: Room) -> None:
    case, row = with_the_court(room, "confirmed")
    for some in ((), (1,), (2,)):
        with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="已经裁定") as refused:
            agreeing.reopen_terms(case.pk, text="想改", agreed_by=some, by=room.clerk, at=later(days=4))
        assert "强制执行" in refused.value.help
    with acting(room.clerk), transaction.atomic():
        agreeing.reopen_terms(case.pk, text="想改", agreed_by=(1, 2), by=room.clerk, at=later(days=4))
        assert in_force(get_case(case.pk, by=room.clerk)) == row, "the ruling stands while they talk"


def test_the_form_says_what_a_ruling_means_and_the_page_which_version_it_is_about(room: Room) -> None:
    case, _row = with_the_court(room, "confirmed")
    client = Client()
    client.force_login(room.accounts["clerk"])
    here = f"/cases/{case.pk}/"
    page = client.get(here).content.decode()
    assert "要各方都同意才能重谈" in page and "没有经过司法确认" not in page
    refused = client.post(here + "reopen_terms/", {"text": "想改", "agreed_by": "1"})
    assert refused.status_code == 409 and "一方不能要求重谈" in refused.content.decode()
    assert client.post(here + "reopen_terms/", {"text": "想改", "agreed_by": ["1", "2"]}).status_code == 302
    with acting(room.clerk), transaction.atomic():
        agreeing.agree_orally(case.pk, ONE_SUM, on=date(2026, 11, 22), by=room.clerk, at=later(days=5))
        assert Confirmation.objects.get(case=case).agreement.version == 1
        assert "confirm" in running(case), "the new one has thirty days of its own"
    page = client.get(here).content.decode()
    assert page.count("裁定有效") >= 1 and "没有经过司法确认" in page
    assert "ask_confirmation/" in page, "it can be asked for again"


def test_talks_about_a_change_do_not_end_what_stands(room: Room) -> None:
    case = mediating(room)
    row = signed(room, case)
    with acting(room.clerk), transaction.atomic():
        before = running(case)
        agreeing.reopen_terms(case.pk, text="想改", by=room.clerk, at=later(days=2))
        assert running(case) == before | {"conclude"}, "its promises run on"
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="生效的协议"):
        ending.terminate(case.pk, ground="no_agreement", advice=["suit"], by=room.clerk, at=later(days=3))
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="生效的协议"):
        accepting.decline(case.pk, party=1, by=room.clerk, at=later(days=3))
    with acting(room.clerk), transaction.atomic():
        clause = row.clauses.first()
        assert clause is not None
        following.perform(case.pk, clause_id=clause.pk, by=room.clerk, at=later(days=3))
        agreeing.draft(case.pk, ONE_SUM, by=room.clerk, at=later(days=3))
        kept = agreeing.keep_terms(case.pk, by=room.clerk, at=later(days=4))
        assert kept.state == "in_force" and running(case) == before
        assert [one.version for one in Agreement.objects.filter(case=case)] == [1], "the draft is gone"
        assert in_force(kept) == row


def test_a_version_that_somebody_signed_and_that_was_given_up_never_takes_effect(room: Room) -> None:
    case = mediating(room)
    row = signed(room, case)
    with acting(room.clerk), transaction.atomic():
        agreeing.reopen_terms(case.pk, text="想改", by=room.clerk, at=later(days=2))
        new = agreeing.draft(case.pk, ONE_SUM, by=room.clerk, at=later(days=2))
    room.signs(case.pk, new.pk, "resident", at=later(days=2, hours=1))
    with acting(room.clerk), transaction.atomic():
        agreeing.keep_terms(case.pk, by=room.clerk, at=later(days=3))
        assert in_force(get_case(case.pk, by=room.clerk)) == row
        agreeing.reopen_terms(case.pk, text="又想改", by=room.clerk, at=later(days=4))
        assert agreeing.draft(case.pk, ONE_SUM, by=room.clerk, at=later(days=4)).version == 3
    client = Client()
    client.force_login(room.accounts["clerk"])
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "没有生效" in page and "已生效" in page


def test_a_change_does_not_move_the_dispute_to_another_year(room: Room) -> None:
    case = mediating(room)
    row = signed(room, case)
    with acting(room.clerk), transaction.atomic():
        agreeing.reopen_terms(case.pk, text="想改", by=room.clerk, at=later(days=60))
        agreeing.agree_orally(case.pk, ONE_SUM, by=room.clerk, at=later(days=61))
        assert Tally.objects.get(pk=case.pk).settled_on == row.effective_on


def test_only_talks_about_a_change_are_given_up_for_what_stands(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk), transaction.atomic(), pytest.raises(Conflict, match="还没有生效"):
        agreeing.keep_terms(case.pk, by=room.clerk, at=later(days=1))
    client = Client()
    client.force_login(room.accounts["clerk"])
    assert "keep_terms/" not in client.get(f"/cases/{case.pk}/").content.decode()
