"""Calling, answering, coming, minutes, cancelling: sentences about one meeting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from gongzhi.journal.actions import erase_words
from gongzhi.journal.models import Entry
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.meetings import queries, video
from gongzhi.meetings.actions import answering, calling, recording
from gongzhi.meetings.actions.recording import Came
from gongzhi.meetings.models import Meeting
from gongzhi.meetings.tests.scene import TOMORROW, called, invitation, plan
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

HOUR = timedelta(hours=1)
SWEEP = Actor.for_service("sweep")
AFTER = TOMORROW + HOUR


def verbs(meeting: Meeting) -> list[str]:
    return list(
        Entry.objects.filter(thread_id=meeting.pk).order_by("position").values_list("verb", flat=True)
    )


def test_whoever_is_called_finds_it_in_the_own_calendar_at_once(cast: Cast) -> None:
    meeting = called(cast)
    day = (WEDNESDAY, WEDNESDAY + timedelta(days=3))
    for name in ("road_worker", "road_head", "gardener", "clerk", "other_clerk"):
        assert queries.meetings_between(*day, by=cast.person(name)) == [meeting], name
    for name in ("grid_worker", "resident"):
        assert queries.meetings_between(*day, by=cast.person(name)) == [], name
    assert queries.meetings_between(*day, by=cast.leader) == []
    assert queries.meetings_between(*day, by=cast.leader, area=True) == [meeting]
    assert [row.organisation_id for row in queries.waiting(by=cast.gardener, at=WEDNESDAY)] == [
        cast.gardens.pk
    ]


def test_coming_is_one_word_and_not_coming_needs_a_reason(cast: Cast) -> None:
    meeting = called(cast)
    roads, gardens = invitation(meeting, cast.roads), invitation(meeting, cast.gardens)
    answering.answer(roads.pk, "coming", by=cast.road_worker, at=WEDNESDAY, seen=0)
    with pytest.raises(Invalid):
        answering.answer(gardens.pk, "not_coming", " ", by=cast.gardener, at=WEDNESDAY)
    answering.answer(gardens.pk, "not_coming", "那天在抢险", by=cast.gardener, at=WEDNESDAY)
    gardens.refresh_from_db()
    assert gardens.said is not None and gardens.said.text == "那天在抢险"
    assert verbs(meeting) == ["meetings.call", "meetings.coming", "meetings.not_coming"]
    assert queries.waiting(by=cast.gardener, at=WEDNESDAY) == []


def test_the_second_of_two_colleagues_is_told_that_the_first_has_answered(cast: Cast) -> None:
    roads = invitation(called(cast), cast.roads)
    answering.answer(roads.pk, "coming", by=cast.road_worker, at=WEDNESDAY, seen=0)
    with pytest.raises(Conflict):
        answering.answer(roads.pk, "not_coming", "没空", by=cast.road_head, at=WEDNESDAY, seen=0)
    answering.answer(roads.pk, "not_coming", "车坏了", by=cast.road_head, at=WEDNESDAY, seen=1)


def test_silence_is_reminded_half_way_and_kept_when_the_moment_has_passed(cast: Cast) -> None:
    meeting = called(cast)
    answering.answer(invitation(meeting, cast.roads).pk, "coming", by=cast.road_worker, at=WEDNESDAY)
    assert answering.look_after(by=SWEEP, at=WEDNESDAY + HOUR) == 0
    assert answering.look_after(by=SWEEP, at=WEDNESDAY + 2 * HOUR) == 1
    assert answering.look_after(by=SWEEP, at=WEDNESDAY + 2 * HOUR) == 0
    assert answering.look_after(by=SWEEP, at=WEDNESDAY + 5 * HOUR) == 1
    gardens = invitation(meeting, cast.gardens)
    assert gardens.silent_at == gardens.answer_by == WEDNESDAY + 4 * HOUR
    assert verbs(meeting)[-2:] == ["meetings.remind", "meetings.silent"]
    answering.answer(gardens.pk, "coming", by=cast.gardener, at=WEDNESDAY + 6 * HOUR)
    gardens.refresh_from_db()
    assert gardens.silent_at is not None  # a late answer does not undo the silence


def test_who_came_is_ticked_once_it_has_begun(cast: Cast) -> None:
    meeting = called(cast)
    roads, gardens = invitation(meeting, cast.roads), invitation(meeting, cast.gardens)
    told = {roads.pk: Came(True, "李队长"), gardens.pk: Came(False, "谁也没有")}
    with pytest.raises(Conflict):
        recording.tick(meeting.pk, told, by=cast.clerk, at=WEDNESDAY)
    recording.tick(meeting.pk, told, by=cast.clerk, at=TOMORROW, seen=0)
    with pytest.raises(Conflict):
        recording.tick(meeting.pk, told, by=cast.other_clerk, at=TOMORROW, seen=0)
    roads.refresh_from_db()
    gardens.refresh_from_db()
    assert (roads.came, roads.who.text if roads.who else "") == (True, "李队长")
    assert (gardens.came, gardens.who) == (False, None)
    with pytest.raises(Invalid):
        recording.tick(meeting.pk, {gardens.pk + 99: Came(True)}, by=cast.clerk, at=AFTER)


def test_minutes_replace_one_another_and_both_stay_in_the_history(cast: Cast) -> None:
    meeting = called(cast)
    with pytest.raises(Conflict):
        recording.note(meeting.pk, "太早了", by=cast.clerk, at=WEDNESDAY)
    recording.note(meeting.pk, "市政周五前疏通", by=cast.clerk, at=AFTER, seen=0)
    with pytest.raises(Conflict):
        recording.note(meeting.pk, "另一份", by=cast.other_clerk, at=AFTER, seen=0)
    again = recording.note(meeting.pk, "市政周四前疏通", by=cast.clerk, at=AFTER, seen=1)
    assert again.note is not None and again.note.text == "市政周四前疏通"
    assert verbs(meeting).count("meetings.note") == 2
    with pytest.raises(Conflict):
        calling.cancel(meeting.pk, "不开了", by=cast.clerk, at=AFTER)


def test_another_time_asks_everybody_anew(cast: Cast) -> None:
    meeting = called(cast)
    answering.answer(invitation(meeting, cast.roads).pk, "coming", by=cast.road_worker, at=WEDNESDAY)
    same = {"title": meeting.title, "place": "居委会", "agenda": meeting.agenda, "video_room": True}
    calling.amend(
        meeting.pk, starts_at=meeting.starts_at, ends_at=meeting.ends_at, by=cast.clerk, at=WEDNESDAY, seen=0, **same
    )  # fmt: skip
    assert invitation(meeting, cast.roads).answer == "coming"
    later = meeting.starts_at + HOUR
    moved = calling.amend(
        meeting.pk, starts_at=later, ends_at=later + HOUR, by=cast.clerk, at=WEDNESDAY, seen=1, **same
    )
    assert invitation(meeting, cast.roads).answer == ""
    assert moved.room == meeting.room
    with pytest.raises(Conflict):
        calling.amend(
            meeting.pk, starts_at=later, ends_at=later + HOUR, by=cast.other_clerk, at=WEDNESDAY, seen=1, **same
        )  # fmt: skip


def test_a_cancelled_meeting_stays_with_its_reason_and_takes_no_more_steps(cast: Cast) -> None:
    meeting = called(cast)
    with pytest.raises(Invalid):
        calling.cancel(meeting.pk, "", by=cast.clerk, at=WEDNESDAY)
    calling.cancel(meeting.pk, "台风", by=cast.clerk, at=WEDNESDAY, seen=0)
    with pytest.raises(Conflict):
        calling.cancel(meeting.pk, "台风", by=cast.other_clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        answering.answer(invitation(meeting, cast.roads).pk, "coming", by=cast.road_worker, at=WEDNESDAY)
    assert queries.waiting(by=cast.road_worker, at=WEDNESDAY) == []
    assert answering.look_after(by=SWEEP, at=TOMORROW) == 0
    assert queries.get_meeting(meeting.pk, by=cast.road_worker).cancelled.text == "台风"


def test_more_may_be_invited_and_nobody_twice(cast: Cast) -> None:
    meeting = called(cast)
    calling.invite(meeting.pk, [cast.roads.pk, cast.haitang_committee.pk], by=cast.clerk, at=WEDNESDAY)
    assert meeting.invitations.count() == 3
    with pytest.raises(Invalid):
        calling.invite(meeting.pk, [cast.roads.pk], by=cast.clerk, at=WEDNESDAY)
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert fresh.bodies == list(meeting.invitations.order_by("id").values_list("organisation_id", flat=True))


def test_the_copies_beside_the_invitations_stay_true(cast: Cast) -> None:
    meeting = called(cast, guests=(cast.accounts["grid_worker"].pk,))
    assert queries.waiting(by=cast.grid_worker, at=WEDNESDAY)[0].account_id == cast.accounts["grid_worker"].pk
    rows = meeting.invitations.all()
    assert set(meeting.bodies) == {row.organisation_id for row in rows if row.organisation_id}
    assert set(meeting.guests) == {row.account_id for row in rows if row.account_id}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": " "}, "title"),
        ({"bodies": ()}, "bodies"),
        ({"bodies": (987654,)}, "bodies"),
        ({"guests": (987654,)}, "guests"),
        ({"ends_at": TOMORROW}, "ends_at"),
        ({"ends_at": TOMORROW + timedelta(days=9)}, "ends_at"),
        ({"starts_at": WEDNESDAY - 2 * HOUR, "ends_at": WEDNESDAY - HOUR}, "starts_at"),
        ({"place": "很" * 201}, "place"),
        ({"agenda": "很" * 4001}, "agenda"),
    ],
)
def test_a_slip_is_said_beside_its_field(cast: Cast, said: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        calling.call(plan(cast, **said), by=cast.clerk, at=WEDNESDAY)
    assert list(refusal.value.fields) == [field]
    assert Meeting.objects.count() == 0


def test_nobody_calls_a_meeting_for_somebody_elses_area(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        called(cast, by="grid_leader", division_id=cast.tingtao.pk)
    with pytest.raises(Forbidden):
        called(cast, by="road_worker")
    called(cast, by="grid_leader", division_id=cast.haitang.pk)
    called(cast, by="leader", division_id=cast.grid_3.pk)
    # a bureau without an area of its own may call anywhere
    with pytest.raises(Forbidden):
        called(cast, by="checker")


def test_what_people_wrote_can_be_forgotten_and_the_proof_holds(cast: Cast) -> None:
    meeting = called(cast)
    roads = invitation(meeting, cast.roads)
    answering.answer(roads.pk, "not_coming", "我家里有事", by=cast.road_worker, at=WEDNESDAY)
    recording.tick(meeting.pk, {roads.pk: Came(True, "王小明")}, by=cast.clerk, at=TOMORROW)
    recording.note(meeting.pk, "王小明负责", by=cast.clerk, at=AFTER)
    erase_words(meeting.pk, reason="test", by=cast.admin if hasattr(cast, "admin") else cast.clerk, at=AFTER)
    roads.refresh_from_db()
    assert (roads.said.text, roads.who.text) == ("", "")
    assert queries.get_meeting(meeting.pk, by=cast.clerk).note.text == ""
    assert holds(meeting.pk).ok


def test_a_video_room_cannot_be_guessed_and_has_no_link_without_a_server(cast: Cast) -> None:
    rooms = {called(cast).room for _n in range(3)}
    assert len(rooms) == 3 and all(len(room) >= 24 for room in rooms)
    room = rooms.pop()
    assert video.link(room) == ""
    with override_settings(VIDEO_ROOMS="https://meet.city.example"):
        assert video.link(room) == f"https://meet.city.example/{room}"
        assert video.link("") == ""
    assert called(cast, video=False).room == ""


def test_strangers_do_not_learn_that_a_meeting_exists(cast: Cast) -> None:
    meeting = called(cast)
    for name in ("resident", "far_grid_worker", "grid_worker"):
        with pytest.raises(NotFound):
            queries.get_meeting(meeting.pk, by=cast.person(name))
        with pytest.raises(NotFound):
            recording.note(meeting.pk, "x", by=cast.person(name), at=AFTER)
    with pytest.raises(Forbidden):
        recording.note(meeting.pk, "x", by=cast.road_worker, at=AFTER)
    with pytest.raises(Forbidden):
        answering.answer(invitation(meeting, cast.roads).pk, "coming", by=cast.gardener, at=WEDNESDAY)
