"""Following areas and topics: what is told, once and in one's own language; feeds hold public content and are valid."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from gongzhi.counter import following, jobs
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.revision import bump
from gongzhi.notices import actions as notices
from gongzhi.notices.models import Follow
from gongzhi.notices.queries import mailbox
from gongzhi.people.models import Account
from gongzhi.workorders.models import DutyDay, Pair, WorkOrder
from tests.cast import IN_GRID_3, WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

NOTICES = Actor.for_service("notices")
EVENING = WEDNESDAY + timedelta(hours=8)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def told() -> Any:
    """Tells everybody, at a moment; gives the bodies of what was written."""

    def tell(at: Any = EVENING) -> list[str]:
        before = len(mailbox(everything=True, most=500))
        with clock.stopped(at), acting(NOTICES):
            following.tell_all(by=NOTICES, at=at)
        rows = mailbox(everything=True, most=500)
        return [row.body for row in rows[: len(rows) - before]]

    return tell


def follow(cast: Cast, who: str, area: int | None = None, topic: str = "", at: Any = WEDNESDAY) -> bool:
    with acting(cast.person(who)):
        return notices.follow(area, topic, by=cast.person(who), at=at - timedelta(minutes=5))


def test_what_is_new_in_an_area_is_told_once(cast: Cast, told: Any) -> None:
    assert follow(cast, "neighbour", cast.haitang.pk) is True
    assert follow(cast, "neighbour", cast.haitang.pk) is False
    order = report_drain(cast).order
    report_drain(cast, lon=IN_GRID_3[0], lat=IN_GRID_3[1], description="听涛小学门口的树枝断了，要掉下来。")
    [body] = told()
    assert "1 件" in body and "海棠社区" in body and "听涛" not in body
    for word in ("污水", "王先生", "19900000101", order.number):
        assert word not in body
    assert told() == [], "once"
    assert told(EVENING + timedelta(days=1)) == []


def test_what_was_closed_is_new_again(cast: Cast, told: Any) -> None:
    follow(cast, "neighbour", cast.grid_1.pk)
    order = bring(cast, "released")
    assert len(told()) == 1
    act(cast, "lapse", order.pk, at=EVENING + timedelta(hours=2))
    [body] = told(EVENING + timedelta(days=1))
    assert "已办结" in body


def test_a_topic_or_a_board_can_be_followed_anywhere(cast: Cast, told: Any) -> None:
    from gongzhi.counter import manifests

    report_drain(cast)
    with clock.stopped(EVENING):
        [mark] = manifests.marks(WEDNESDAY - timedelta(days=1))
    for topic in sorted(mark["topics"]):
        follow(cast, "neighbour", None, topic)
    follow(cast, "resident", None, "campus")
    bodies = told()
    assert len(bodies) == 1, "several follows make one message"


def test_what_is_not_public_is_told_to_nobody(cast: Cast, told: Any) -> None:
    follow(cast, "neighbour", cast.street.pk)
    private = report_drain(cast, private=True).order
    declined = report_drain(cast, by=cast.macao_resident).order
    WorkOrder.objects.filter(pk=declined.pk).update(state="declined")
    assert private.private
    assert told() == []


def test_each_follower_reads_their_own_language(cast: Cast, told: Any) -> None:
    Account.objects.filter(pk=cast.accounts["macao_resident"].pk).update(language="pt")
    follow(cast, "macao_resident", cast.street.pk)
    report_drain(cast)
    told()
    assert mailbox(everything=True)[0].language == "pt"


def test_the_round_works_at_its_hour_only(cast: Cast) -> None:
    follow(cast, "neighbour", cast.street.pk)
    report_drain(cast)
    with clock.stopped(WEDNESDAY + timedelta(hours=1)):
        assert jobs.tell_followers(timestamp=0) == 0
    with clock.stopped(WEDNESDAY.replace(hour=9, minute=50)):
        assert jobs.tell_followers(timestamp=0) == 1
        assert jobs.tell_followers(timestamp=0) == 0


def test_following_from_the_page(cast: Cast) -> None:
    client = Client()
    assert "登录以后可以关注" in client.get("/follow/").content.decode()
    assert client.post("/follow/", {"area": cast.grid_1.pk}).status_code == 401
    client.force_login(cast.accounts["resident"])
    assert client.post("/follow/", {"area": str(cast.grid_1.pk), "topic": ""})["Location"] == "/follow/"
    page = client.get("/follow/").content.decode()
    assert "第一网格" in page and "/feeds/news.atom?area=" in page
    for wrong in ({}, {"area": "²"}, {"area": "99999999"}, {"area": "x", "topic": ""}):
        assert client.post("/follow/", wrong).status_code == 400
    assert client.post("/follow/", {"topic": "nothing"}).status_code == 404
    with acting(cast.resident):
        [row] = Follow.objects.filter(account=cast.accounts["resident"])
    other = Client()
    other.force_login(cast.accounts["neighbour"])
    assert other.post(f"/follow/{row.pk}/drop/").status_code == 404
    assert client.post(f"/follow/{row.pk}/drop/").status_code == 302
    assert "第一网格" not in client.get("/follow/").content.decode().partition("<select")[0]


def test_the_map_offers_to_follow_what_it_shows(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.accounts["resident"])
    assert "关注这里" in client.get(f"/map/?grid={cast.grid_1.pk}").content.decode()


# ---- feeds


def test_the_atom_feed_is_valid_and_public(cast: Cast) -> None:
    report_drain(cast)
    report_drain(cast, by=cast.neighbour, private=True)
    with clock.stopped(EVENING):
        answer = Client().get(f"/feeds/news.atom?area={cast.haitang.code}")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.content)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for name in ("id", "title", "updated"):
        assert len(feed.findall(f"a:{name}", ATOM)) == 1, "RFC 4287, 4.1.1"
    assert feed.xpath("a:link[@rel='self']", namespaces=ATOM)
    assert feed.findtext("a:author/a:name", "", ATOM), "RFC 4287, 4.1.1: entries have none of their own"
    [entry] = feed.findall("a:entry", ATOM)
    for name in ("id", "title", "updated", "link"):
        assert entry.find(f"a:{name}", ATOM) is not None
    text = answer.content.decode()
    assert "海棠社区" in text and "污水" not in text and "王先生" not in text


def test_a_feed_of_another_area_or_topic_is_another(cast: Cast) -> None:
    report_drain(cast)
    ids: set[str] = set()
    with clock.stopped(EVENING):
        for query, count in (
            ("", 1),
            (f"?area={cast.tingtao.code}", 0),
            ("?topic=city", 1),
            ("?topic=campus", 0),
        ):
            feed = etree.fromstring(Client().get(f"/feeds/news.atom{query}").content)
            assert len(feed.findall("a:entry", ATOM)) == count, query
            ids.add(feed.findtext("a:id", "", ATOM))
    assert len(ids) == 4, "a reader takes two feeds of one id for one"
    assert Client().get("/feeds/news.atom?area=nowhere").status_code == 404
    assert Client().get("/feeds/news.atom?topic=nothing").status_code == 404


def unfolded(text: str) -> list[tuple[str, str]]:
    """The lines of an iCalendar file (RFC 5545, 3.1), as (name, value)."""
    assert text.endswith("\r\n") and all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    return [(line.partition(":")[0].partition(";")[0], line.partition(":")[2]) for line in lines if line]


def test_the_calendar_has_the_days_on_which_somebody_is_there(cast: Cast) -> None:
    secretary = Account.objects.create(login="s", name="陈书记", since=WEDNESDAY)
    pair = Pair.objects.create(division=cast.haitang, secretary=secretary, starts_on=date(2026, 11, 1))
    DutyDay.objects.create(
        pair=pair,
        on=date(2026, 11, 20),
        begins=time(9),
        ends=time(11, 30),
        place="海棠社区，一楼；大厅, 左边",
    )
    bump("police_pairs")
    with clock.stopped(WEDNESDAY):
        answer = Client().get(f"/feeds/dates.ics?area={cast.grid_1.code}")
        elsewhere = Client().get(f"/feeds/dates.ics?area={cast.tingtao.code}").content.decode()
        assert "陈书记" not in Client().get("/follow/").content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    lines = unfolded(answer.content.decode())
    assert lines[0] == ("BEGIN", "VCALENDAR") and lines[-1] == ("END", "VCALENDAR")
    told = dict(lines)
    assert (told["DTSTART"], told["DTEND"]) == ("20261120T010000Z", "20261120T033000Z")
    assert told["LOCATION"] == "海棠社区，一楼；大厅\\, 左边"
    assert "陈书记" not in answer.content.decode()
    assert "VEVENT" not in elsewhere
