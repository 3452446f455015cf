"""How parties, guests and people of other bodies come in: by a telephone number, and only to their own side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict
from gongzhi.matters.models import Matter
from gongzhi.mediation.actions import accepting, guests, parties, speaking
from gongzhi.mediation.actions.opening import Who
from gongzhi.mediation.models import Agreement, Case, Party, Sitting
from gongzhi.mediation.tests.scene import Room
from gongzhi.notices.queries import mailbox
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, WRONG = "19900007777", "19900008888"


def case_without_the_other(room: Room) -> Case:
    at = clock.now() - timedelta(hours=3)
    case = room.applied(at=at, parties=(Who("林小满"), Who("周大海")))
    with acting(room.clerk):
        return accepting.accept(case.pk, by=room.clerk, at=at + timedelta(hours=1))


def signed_in(phone: str) -> tuple[Client, Person]:
    """Whoever holds a telephone signs in with a code."""
    account: Account = people.account_at(f"+86{phone}", by=person_for(Account()), at=clock.now())
    client = Client()
    client.force_login(account)
    return client, person_for(account)


def invite(room: Room, case: Case, phone: str) -> Any:
    client = Client()
    client.force_login(room.accounts["clerk"])
    return client.post(f"/cases/{case.pk}/invite_party/", {"party": 2, "phone": phone})


def test_the_other_party_comes_in_with_its_telephone_and_sees_its_own_side(room: Room) -> None:
    case = case_without_the_other(room)
    other, _person = signed_in(PHONE)
    assert other.get(f"/cases/{case.pk}/").status_code == 404, "nobody has asked yet"
    assert invite(room, case, PHONE).status_code == 302
    page = other.get(f"/cases/{case.pk}/")
    assert page.status_code == 200 and "您在 周大海 这一面" in page.content.decode()
    assert "楼上夜里弹琴" not in page.content.decode(), "what the applicant wrote is for the team"
    sent = [one for one in mailbox() if one.purpose == "mediation.invited"]
    assert len(sent) == 1 and case.matter.number in sent[0].body
    assert "周大海" not in sent[0].body and "琴" not in sent[0].body, "a number and where to look"
    assert "+86" + PHONE not in str(list(case.matter.thread.entries.values_list("detail", flat=True)))


def test_a_wrong_number_is_put_right_until_somebody_acted(room: Room) -> None:
    case = case_without_the_other(room)
    invite(room, case, WRONG)
    stranger, _ = signed_in(WRONG)
    assert stranger.get(f"/cases/{case.pk}/").status_code == 200
    invite(room, case, PHONE)
    assert stranger.get(f"/cases/{case.pk}/").status_code == 404, "nothing any more, not even what was before"
    other, by = signed_in(PHONE)
    assert other.get(f"/cases/{case.pk}/").status_code == 200
    with acting(by):
        speaking.say(case.pk, text="我在。", by=by, at=clock.now())
    assert invite(room, case, WRONG).status_code == 409, "whoever takes part is not replaced"
    assert stranger.get(f"/cases/{case.pk}/").status_code == 404


def test_the_applicant_is_not_put_out_by_another_number(room: Room) -> None:
    case = case_without_the_other(room)
    with acting(room.clerk), pytest.raises(Conflict):
        parties.invite_party(case.pk, party=1, phone=WRONG, by=room.clerk, at=clock.now())
    with acting(room.clerk), transaction.atomic():
        assert Party.objects.get(case=case, number=1).account_id == room.resident.account_id


def test_one_telephone_is_not_on_two_sides(room: Room) -> None:
    case = case_without_the_other(room)
    assert invite(room, case, PHONE).status_code == 302
    with acting(room.clerk):
        third = parties.name_party(case.pk, name="另一户", by=room.clerk, at=clock.now())
        with pytest.raises(Conflict):
            parties.invite_party(case.pk, party=third.number, phone=PHONE, by=room.clerk, at=clock.now())
        with pytest.raises(Conflict):
            guests.invite_guest(
                case.pk, name="甲", part="observer", phone=PHONE, by=room.clerk, at=clock.now()
            )


def test_a_guest_with_a_telephone_sees_the_case_while_all_agree(room: Room) -> None:
    case = case_without_the_other(room)
    invite(room, case, PHONE)
    _other, second = signed_in(PHONE)
    with acting(room.clerk):
        guest = guests.invite_guest(
            case.pk, name="旁听的人", part="observer", phone=WRONG, by=room.clerk, at=clock.now()
        )
    listener, _ = signed_in(WRONG)
    assert listener.get(f"/cases/{case.pk}/").status_code == 404, "asked is not agreed"
    for by in (room.resident, second):
        with acting(by):
            guests.consent_to_guest(case.pk, guest_id=guest.pk, by=by, at=clock.now())
    with acting(room.clerk):
        guests.admit_guest(case.pk, guest_id=guest.pk, by=room.clerk, at=clock.now())
    assert listener.get(f"/cases/{case.pk}/").status_code == 200
    hears_what_is_said_with_guests_there(room, case, listener)
    with acting(second):
        guests.withdraw_consent(case.pk, guest_id=guest.pk, by=second, at=clock.now())
    assert listener.get(f"/cases/{case.pk}/").status_code == 404, "one word is enough"


def hears_what_is_said_with_guests_there(room: Room, case: Case, listener: Client) -> None:
    clerk = Client()
    clerk.force_login(room.accounts["clerk"])
    here = f"/cases/{case.pk}/"
    with acting(room.clerk), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="mediating")
        Matter.objects.filter(pk=case.pk).update(state="mediating")
    when = {"starts_at": "2030-01-05T19:30", "kind": "joint"}
    assert clerk.post(here + "plan_sitting/", when | {"open_to_guests": "on"}).status_code == 302
    assert clerk.post(here + "plan_sitting/", when).status_code == 302
    with acting(room.clerk), transaction.atomic():
        with_guests, among_us = Sitting.objects.filter(case=case, held_at=None).order_by("-open_to_guests")
    for sitting, text in ((with_guests, "当着旁听的人说的。"), (among_us, "关起门来说的。")):
        sent = {"sitting_id": sitting.pk, "kind": "separate", "text": text}
        assert clerk.post(here + "record_sitting/", sent).status_code == 302, (
            "the planned one says how they met"
        )
    page = listener.get(here).content.decode()
    assert "当着旁听的人说的。" in page and "关起门来说的。" not in page
    assert "已安排" not in clerk.get(here).content.decode(), "what was held is planned no more"
    assert "未同意" not in page, "what each side says to a guest is not the guest's to read"


def test_a_name_is_mended_until_somebody_has_signed(room: Room) -> None:
    """The names stand in the text that is signed, and in its digest."""
    case = case_without_the_other(room)
    clerk = Client()
    clerk.force_login(room.accounts["clerk"])
    here = f"/cases/{case.pk}/"
    assert clerk.post(here + "mend_party/", {"party": 2, "name": "周大江"}).status_code == 302
    assert "周大江" in clerk.get(here).content.decode()
    with acting(room.clerk), transaction.atomic():
        Agreement.objects.create(
            case=case, version=1, form="written", frozen_at=clock.now(), sides=["all"], at=clock.now()
        )
    assert clerk.post(here + "mend_party/", {"party": 2, "name": "别的人"}).status_code == 409
    assert (
        clerk.post(here + "mend_party/", {"party": 2, "name": "周大江", "address": "澳门"}).status_code == 302
    )
    resident = Client()
    resident.force_login(room.accounts["resident"])
    resident.post(here + "mend_party/", {"name": "别的人", "address": "一号"})
    assert "别的人" not in clerk.get(here).content.decode(), "a party renames nobody"


def test_people_of_other_bodies_are_proposed_for_the_team(room: Room) -> None:
    case = case_without_the_other(room)
    client = Client()
    client.force_login(room.accounts["clerk"])
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "本调委会" in page and "<optgroup" in page
    outsider = room.cast.road_worker.account_id
    kept = client.post(f"/cases/{case.pk}/join_team/", {"account_id": outsider or 0, "part": "department"})
    assert kept.status_code == 422, "whoever stands in no list is not let in by a tampered form"


def test_whoever_left_reads_no_particulars_that_were_mended_later(room: Room) -> None:
    case = case_without_the_other(room)
    helper, clerk = Client(), Client()
    helper.force_login(room.accounts["mediator"])
    clerk.force_login(room.accounts["clerk"])
    here, who = f"/cases/{case.pk}/", room.mediator.account_id or 0
    assert clerk.post(here + "join_team/", {"account_id": who, "part": "expert"}).status_code == 302
    assert clerk.post(here + "mend_party/", {"party": 2, "address": "早的地址"}).status_code == 302
    assert "早的地址" in helper.get(here).content.decode(), "the control: inside, one reads it"
    assert clerk.post(here + "leave_team/", {"account_id": who}).status_code == 302
    left = helper.get(here)
    assert left.status_code == 200 and "早的地址" in left.content.decode(), "what was there stays to be read"
    assert clerk.post(here + "mend_party/", {"party": 2, "address": "晚的地址"}).status_code == 302
    assert "晚的地址" in clerk.get(here).content.decode()
    after = helper.get(here).content.decode()
    assert "晚的地址" not in after and "周大海" in after
