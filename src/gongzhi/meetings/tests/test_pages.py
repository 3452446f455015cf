"""The doors of the meetings: each page for each person, answering on a phone, paper and calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from gongzhi.kit import clock
from gongzhi.meetings.models import Meeting, Series
from gongzhi.meetings.tests.scene import TOMORROW, called, invitation, series
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


def test_each_page_opens_for_those_whose_it_is(cast: Cast) -> None:
    meeting, row = called(cast), series(cast)
    lists = {"clerk": 200, "road_worker": 200, "grid_worker": 200, "auditor": 200, "resident": 403, "": 302}
    calls = {"clerk": 200, "leader": 200, "grid_leader": 200, "road_head": 403, "road_worker": 403, "auditor": 403,
             "resident": 403, "": 302}  # fmt: skip
    seen = {"clerk": 200, "road_worker": 200, "leader": 200, "grid_worker": 404, "resident": 403, "": 302}
    own = {"clerk": 200, "other_clerk": 200, "road_worker": 403, "leader": 403, "grid_worker": 404}
    pages = {
        "/meetings/": lists, "/meetings/?past": lists, "/meetings/?area": lists, "/meetings/week/": lists,
        "/meetings/week/?on=rubbish": lists, "/meetings/levels/": lists, "/meetings/new/": calls,
        "/meetings/levels/new/": calls, f"/meetings/{meeting.pk}/": seen, f"/meetings/{meeting.pk}/print/": seen,
        f"/meetings/{meeting.pk}/meeting.ics": seen, f"/meetings/{meeting.pk}/change/": own,
        f"/meetings/{meeting.pk}/invite/": own,
        f"/meetings/levels/{row.pk}/": {"leader": 200, "road_head": 200, "gardener": 404, "clerk": 200},
        "/meetings/987654/": {"clerk": 404},
    }  # fmt: skip
    for address, who in pages.items():
        for name, status in who.items():
            assert as_(cast, name).get(address).status_code == status, (address, name)


def test_an_invitation_is_answered_in_two_taps(cast: Cast) -> None:
    """The list shows what waits; one press on it answers."""
    meeting = called(cast)
    roads = invitation(meeting, cast.roads)
    client = as_(cast, "road_worker")
    page = client.get("/meetings/")
    assert f"/meetings/invitations/{roads.pk}/" in page.content.decode()
    answer = client.post(
        f"/meetings/invitations/{roads.pk}/", {"answer": "coming", "seen": 0, "back": "/meetings/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/meetings/")
    assert "等您答复" not in client.get("/meetings/").content.decode()
    late = as_(cast, "road_head").post(
        f"/meetings/invitations/{roads.pk}/", {"answer": "not_coming", "reason": "忙", "seen": 0}
    )
    assert late.status_code == 409


def test_the_answer_leads_nowhere_else(cast: Cast) -> None:
    roads = invitation(called(cast), cast.roads)
    for back in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        answer = as_(cast, "road_worker").post(
            f"/meetings/invitations/{roads.pk}/", {"answer": "coming", "back": back}
        )
        assert answer["Location"].startswith("/meetings/")


def test_a_meeting_is_called_on_the_page(cast: Cast) -> None:
    client = as_(cast, "clerk")
    form = {
        "title": "路灯会商", "purpose": "case", "division": cast.haitang.pk, "on": "2026-11-19", "begins": "15:00",
        "ends": "16:00", "answer_hours": 4, "place": "居委会", "agenda": "看现场", "video": "on",
        "bodies": [cast.roads.pk, cast.gardens.pk],
    }  # fmt: skip
    answer = client.post("/meetings/new/", form)
    meeting = Meeting.objects.get()
    assert answer["Location"] == f"/meetings/{meeting.pk}/"
    assert clock.local(meeting.starts_at).isoformat()[:16] == "2026-11-19T15:00"
    assert invitation(meeting, cast.roads).answer_by == WEDNESDAY + timedelta(hours=4)
    wrong = client.post("/meetings/new/", form | {"ends": "14:00", "bodies": []})
    assert wrong.status_code == 400
    page = wrong.content.decode()
    assert "结束时间要晚于开始时间" in page and "请选择要邀请的单位" in page
    assert client.post("/meetings/new/", form | {"on": "2026-11-01"}).status_code == 400


def test_a_liaison_meeting_is_planned_and_ended_on_the_page(cast: Cast) -> None:
    client = as_(cast, "leader")
    form = {
        "title": "街道例会", "division": cast.street.pk, "every": "monthly", "interval": 1, "week": 1, "weekday": 4,
        "on_rest": "next", "clock_time": "15:00", "minutes": 45, "starts_on": "2026-11-18", "bodies": [cast.roads.pk],
    }  # fmt: skip
    client.post("/meetings/levels/new/", form)
    row = Series.objects.get()
    page = client.get("/meetings/levels/").content.decode()
    assert "每月第一个周五 15:00" in page
    assert client.post(f"/meetings/levels/{row.pk}/end/", {"on": "rubbish"}).status_code == 400
    assert client.post(f"/meetings/levels/{row.pk}/end/", {"on": "2026-11-30"}).status_code == 302
    assert client.post("/meetings/levels/new/", form | {"minutes": 1}).status_code == 400


def test_who_came_and_what_was_agreed_are_written_on_the_page(cast: Cast) -> None:
    meeting = called(cast)
    roads, gardens = invitation(meeting, cast.roads), invitation(meeting, cast.gardens)
    client = as_(cast, "clerk")
    with clock.stopped(TOMORROW + timedelta(minutes=5)):
        client.post(
            f"/meetings/{meeting.pk}/attendance/",
            {"seen": 0, f"came-{roads.pk}": "yes", f"who-{roads.pk}": "李队长", f"came-{gardens.pk}": "no"},
        )
        stale = client.post(f"/meetings/{meeting.pk}/minutes/", {"seen": 0, "text": "议定"})
        assert stale.status_code == 409
        client.post(f"/meetings/{meeting.pk}/minutes/", {"seen": 1, "text": "市政<b>周五</b>前疏通"})
        for address in (f"/meetings/{meeting.pk}/", f"/meetings/{meeting.pk}/print/"):
            page = as_(cast, "road_worker").get(address).content.decode()
            assert "李队长" in page and "没到" in page
            assert "市政&lt;b&gt;周五&lt;/b&gt;前疏通" in page
        assert client.post(f"/meetings/{meeting.pk}/attendance/", {"seen": 2}).status_code == 400


def test_without_a_server_there_is_no_link_and_a_clear_word(cast: Cast) -> None:
    meeting = called(cast)
    client = as_(cast, "road_worker")
    assert "没有设置视频服务器" in client.get(f"/meetings/{meeting.pk}/").content.decode()
    with override_settings(VIDEO_ROOMS="https://meet.city.example"):
        page = client.get(f"/meetings/{meeting.pk}/").content.decode()
        assert f"https://meet.city.example/{meeting.room}" in page
        file = client.get(f"/meetings/{meeting.pk}/meeting.ics").content.decode().replace("\r\n ", "")
        assert f"https://meet.city.example/{meeting.room}" in file


def test_the_calendar_file_is_one_that_calendars_read(cast: Cast) -> None:
    meeting = called(cast, title="积水，会商；第一次, 二", agenda="看现场\n" + "很长的议程" * 20)
    answer = as_(cast, "road_worker").get(f"/meetings/{meeting.pk}/meeting.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    raw = answer.content
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    assert f"DTSTART:{meeting.starts_at:%Y%m%dT%H%M%SZ}" in lines
    assert "SUMMARY:积水，会商；第一次\\, 二" in lines
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2] == "END:VCALENDAR"
    as_(cast, "clerk").post(f"/meetings/{meeting.pk}/cancel/", {"reason": "台风", "seen": 0})
    again = as_(cast, "road_worker").get(f"/meetings/{meeting.pk}/meeting.ics").content.decode()
    assert "STATUS:CANCELLED" in again and "SEQUENCE:1" in again


def test_a_page_of_many_meetings_costs_no_more_than_one_of_few(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        called(cast, title=f"会商 {number}")
    client = as_(cast, "road_worker")
    client.get("/meetings/")
    for address, most in (("/meetings/", 12), ("/meetings/week/", 11), ("/meetings/levels/", 11)):
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            assert client.get(address).status_code == 200
