"""Tips stay sealed and come back with an outcome; pairs and their duty days."""

from __future__ import annotations

import time as time_module
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unprocessable
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account, Organisation
from gongzhi.workorders.actions import pairing
from gongzhi.workorders.actions import tips as actions
from gongzhi.workorders.models import DutyDay, Pair, Tip
from gongzhi.workorders.queries import police as pair_queries
from gongzhi.workorders.queries import tips as queries
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

WORDS = "海棠苑 2 栋有人给老人推销高息理财，要明天交钱。"
TESTS = Actor.for_service("tests")


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def given(kind: str = "fraud", words: str = WORDS, by: Actor | None = None, **more: Any) -> actions.Given:
    who = by or Person.visitor()
    with acting(who):
        return actions.give(kind, words, by=who, at=WEDNESDAY, **more)


def outcome(cast: Cast, tip: actions.Given, *, loss: int = 0, outcome: str = "prevented") -> None:
    clerk = cast.clerk
    with acting(clerk):
        actions.pass_on(tip.id, receipt="X-1", by=clerk, at=WEDNESDAY + timedelta(hours=1))
        actions.close(
            tip.id,
            outcome=outcome,
            words="已劝阻。",
            loss_avoided=loss,
            by=clerk,
            at=WEDNESDAY + timedelta(days=1),
        )


def test_a_tip_goes_to_the_police_and_comes_back_with_the_loss_it_avoided(cast: Cast) -> None:
    tip = given()
    with acting(cast.clerk):
        with pytest.raises(Conflict):
            actions.close(tip.id, outcome="prevented", by=cast.clerk, at=WEDNESDAY)
        (row,) = queries.list_tips(by=cast.clerk)
        assert (row.words, row.state, row.division) == (WORDS, "new", cast.haitang)
        actions.pass_on(tip.id, receipt="X-1", by=cast.clerk, at=WEDNESDAY, seen=0)
        with pytest.raises(Conflict):
            actions.pass_on(tip.id, receipt="X-2", by=cast.other_clerk, at=WEDNESDAY, seen=0)
        with pytest.raises(Invalid):
            actions.close(tip.id, outcome="unfounded", loss_avoided=5, by=cast.clerk, at=WEDNESDAY)
        actions.close(
            tip.id, outcome="prevented", words="已劝阻。", loss_avoided=50_000, by=cast.clerk, at=WEDNESDAY
        )
    page = Client().post("/tip/code/", {"code": f"{tip.code[:4]}-{tip.code[4:8]}-{tip.code[8:].lower()}"})
    assert page.status_code == 200
    shown = page.content.decode()
    assert "X-1" in shown and "已劝阻" in shown and "50,000" in shown
    assert Client().post("/tip/code/", {"code": "2222-2222-2222"}).status_code == 404


def test_nobody_else_sees_a_tip_not_even_in_the_database(cast: Cast) -> None:
    tip = given(by=cast.grid_worker)
    seen: dict[str, int] = {}
    for name in ("clerk", "leader", "auditor", "checker", "grid_worker", "road_worker", "resident"):
        with acting(cast.person(name)):
            seen[name] = Tip.objects.count()
    with acting(None):
        seen["nobody"] = Tip.objects.count()
    assert seen == {
        "clerk": 1, "leader": 0, "auditor": 0, "checker": 0, "grid_worker": 0, "road_worker": 0, "resident": 0, "nobody": 0,
    }  # fmt: skip
    for name in ("leader", "auditor", "grid_worker"):
        with acting(cast.person(name)), pytest.raises(Forbidden):
            queries.get_tip(tip.id, by=cast.person(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'workorders_tip'")
        assert cursor.fetchone() == (True,)


def test_who_gave_it_is_kept_nowhere(cast: Cast) -> None:
    grid, visitor = given(by=cast.grid_worker), given(words=WORDS + "请快。", by=cast.resident)
    with acting(queries.SERVICE):
        rows = {row.pk: row for row in Tip.objects.all()}
        assert rows[grid.id].from_grid and not rows[visitor.id].from_grid
        entries = Entry.objects.filter(thread_id__in=[row.thread_id for row in rows.values()])
        assert [(e.by_id, e.part, e.text) for e in entries] == [(None, "service", "")] * 2
        assert all(tip.code.encode() not in bytes(rows[tip.id].code_digest) for tip in (grid, visitor))
    assert not any(f.related_model is Account for f in Tip._meta.get_fields())


def test_what_happens_now_is_for_the_telephone(cast: Cast) -> None:
    page = Client()
    said = {"kind": "fire", "words": "海棠苑三栋着火了，火很大。", "place": ""}
    answer = page.post("/tip/", said)
    assert answer.status_code == 422 and "119" in answer.content.decode()
    with acting(queries.SERVICE):
        assert not Tip.objects.exists()
    with pytest.raises(Unprocessable):
        given("fire", "海棠苑三栋着火了，火很大。")
    answer = page.post("/tip/", said | {"acknowledged": "on"})
    assert answer.status_code == 302
    assert "只显示这一次" in page.get("/tip/done/").content.decode()
    assert page.get("/tip/done/").status_code == 302
    assert page.get("/tip/done/")["Location"] == "/tip/code/"
    assert page.post("/tip/", {"kind": "fire", "words": "短"}).status_code == 400


def test_the_code_of_somebody_signed_in_lies_in_no_session_and_does_not_wait_for_ever(cast: Cast) -> None:
    page = Client()
    page.force_login(cast.accounts["resident"])
    before = dict(page.session)
    said = {"kind": "theft", "words": "楼下单车棚常有人半夜剪锁。", "place": ""}
    answer = page.post("/tip/", said)
    cookie = answer.cookies["gongzhi_tip"]
    assert cookie["httponly"] and (cookie["max-age"], cookie["path"]) == (300, "/tip/")
    assert dict(page.session) == before, "nothing beside the account tells that a tip was given"
    kept = cookie.value
    with clock.stopped(WEDNESDAY):
        shown = page.get("/tip/done/")
    assert "只显示这一次" in shown.content.decode() and "no-store" in shown["Cache-Control"]
    assert shown.cookies["gongzhi_tip"]["max-age"] == 0 and page.get("/tip/done/").status_code == 302
    page.cookies["gongzhi_tip"] = kept[:-2] + ("AA" if kept[-2:] != "AA" else "BB")
    assert page.get("/tip/done/").status_code == 302, "not one that we made"
    page.cookies["gongzhi_tip"] = kept
    with mock.patch("django.core.signing.time.time", return_value=time_module.time() + 301):
        assert page.get("/tip/done/").status_code == 302, "too late"


def test_published_counts_hide_the_few(cast: Cast) -> None:
    for number in range(4):
        outcome(cast, given(words=f"{WORDS}第{number}次。"), loss=10_000)
    (fraud,) = [row for row in queries.published() if row.kind == "诈骗"]
    assert (fraud.given, fraud.passed, fraud.confirmed, fraud.loss) == (None, None, None, None)
    with acting(cast.auditor):
        (whole,) = [row for row in queries.audited(by=cast.auditor) if row.kind == "诈骗"]
    assert (whole.given, whole.confirmed, whole.loss) == (4, 4, 40_000)
    outcome(cast, given(words=f"{WORDS}再一次。"), loss=0, outcome="unfounded")
    (fraud,) = [row for row in queries.published() if row.kind == "诈骗"]
    assert (fraud.given, fraud.passed, fraud.confirmed, fraud.loss) == (5, 5, None, None)
    outcome(cast, given(words=f"{WORDS}又一次。"), loss=5_000)
    (fraud,) = [row for row in queries.published() if row.kind == "诈骗"]
    assert (fraud.given, fraud.confirmed, fraud.loss) == (6, None, 45_000), (
        "six less five would tell of the one that was not"
    )
    assert "45,000" in Client().get("/police/").content.decode()


def test_the_clerk_works_through_pages_and_leaders_and_the_auditor_read_counts(cast: Cast) -> None:
    tip = given()
    clerk, auditor, leader = (Client() for _one in range(3))
    clerk.force_login(cast.accounts["clerk"])
    auditor.force_login(cast.accounts["auditor"])
    leader.force_login(cast.accounts["leader"])
    assert "推销高息理财" in clerk.get("/desk/tips/").content.decode()
    for counts_only in (auditor, leader):
        page = counts_only.get("/desk/tips/").content.decode()
        assert "推销高息理财" not in page and "只看得到数" in page and "少于 5" not in page
        assert counts_only.get(f"/desk/tips/{tip.id}/").status_code == 403
    url = f"/desk/tips/{tip.id}/"
    assert clerk.post(url, {"receipt": "", "seen": "0"}).status_code == 400
    assert clerk.post(url, {"receipt": "X-9", "seen": "0", "step": "pass_on"}).status_code == 302
    assert clerk.post(url, {"receipt": "X-8", "seen": "0", "step": "pass_on"}).status_code == 409
    said = {"outcome": "confirmed", "loss_avoided": "", "words": "谢谢", "seen": "1", "step": "close"}
    assert clerk.post(url, said).status_code == 302
    page = clerk.get(url).content.decode()
    assert page.count(cast.accounts["clerk"].name) >= 2, "who passed it on, and who wrote the outcome down"
    search = clerk.get("/desk/?q=高息理财").content.decode()
    assert str(tip.id) not in search


# Pairs ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(cast: Cast) -> tuple[Account, Account]:
    """A constable of the station and a secretary of the community."""
    station = Organisation.objects.get(code="police")
    made = []
    for login, body in (("constable", station), ("secretary", cast.haitang_committee)):
        account = people.open_account(login=login, name=login, password=None, by=TESTS, at=WEDNESDAY)
        people.give_post(account, "handler", organisation=body, starts_on=START, by=TESTS, at=WEDNESDAY)
        made.append(account)
    return made[0], made[1]


def paired(cast: Cast, two: tuple[Account, Account], **said: Any) -> Pair:
    told = {
        "constable_id": two[0].pk,
        "secretary_id": two[1].pk,
        "starts_on": date(2026, 11, 1),
        "by": cast.clerk,
        "at": WEDNESDAY,
    }
    return pairing.pair(cast.haitang.pk, **(told | said))


def test_a_pair_shows_on_the_order_without_a_statement(
    cast: Cast, two: tuple[Account, Account], statements: list[str]
) -> None:
    row = paired(cast, two)
    pairing.put_duty(
        row.pk,
        date(2026, 11, 20),
        begins=time(15),
        ends=time(17),
        place="警务室",
        by=person_for(two[0]),
        at=WEDNESDAY,
    )
    order = bring(cast, "assigned")
    page = Client()
    page.force_login(cast.accounts["clerk"])
    first = page.get(f"/desk/{order.pk}/").content.decode()
    assert "constable · secretary" in first and "一起值守" in first
    statements.clear()
    page.get(f"/desk/{order.pk}/")
    assert not any("workorders_pair" in one or "workorders_dutyday" in one for one in statements)
    assert not any("workorders_handover" in one or "workorders_emergency" in one for one in statements)


def test_the_register_shows_what_is_vacant(cast: Cast, two: tuple[Account, Account]) -> None:
    row = paired(cast, two, secretary_id=None)
    with pytest.raises(Invalid):
        pairing.put_duty(
            row.pk, date(2026, 11, 20), begins=time(15), ends=time(17), by=cast.clerk, at=WEDNESDAY
        )
    page = Client()
    page.force_login(cast.accounts["clerk"])
    shown = page.get("/house/pairs/").content.decode()
    assert "1 个没有结对" in shown and "1 个缺一位" in shown and shown.count("暂时空缺") == 3
    held = {one.area.id: one.pair for one in pair_queries.register(date(2026, 11, 1))}
    assert held[cast.haitang.pk] is not None and held[cast.tingtao.pk] is None


def test_one_pair_follows_another_and_two_at_once_are_told(cast: Cast, two: tuple[Account, Account]) -> None:
    first = paired(cast, two, seen=0)
    pairing.put_duty(first.pk, date(2026, 11, 27), begins=time(9), ends=time(11), by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        pairing.put_duty(
            first.pk, date(2026, 11, 27), begins=time(9), ends=time(11), by=cast.clerk, at=WEDNESDAY
        )
    with pytest.raises(Conflict):
        paired(cast, two, starts_on=date(2026, 11, 20), seen=0)
    second = paired(cast, two, starts_on=date(2026, 11, 20), constable_id=None, seen=first.pk)
    first.refresh_from_db()
    assert (first.ends_on, second.ends_on, DutyDay.objects.count()) == (date(2026, 11, 20), None, 0)
    assert pair_queries.pairs()[cast.haitang.pk].constable == "constable"
    with clock.stopped(WEDNESDAY + timedelta(days=3)):
        assert pair_queries.pairs()[cast.haitang.pk].constable == ""
    pairing.end_pair(second.pk, date(2026, 11, 21), by=cast.leader, at=WEDNESDAY)
    with pytest.raises(Conflict):
        pairing.end_pair(second.pk, date(2026, 11, 21), by=cast.leader, at=WEDNESDAY)


def test_who_may_arrange_what(cast: Cast, two: tuple[Account, Account]) -> None:
    for name in ("grid_leader", "road_worker", "auditor", "checker"):
        with pytest.raises(Forbidden):
            paired(cast, two, by=cast.person(name))
    with pytest.raises(Invalid):
        paired(cast, two, constable_id=two[1].pk)  # not of the police
    with pytest.raises(Invalid):
        paired(cast, two, secretary_id=two[0].pk)  # not of a community
    with pytest.raises(Invalid):
        paired(cast, two, constable_id=None, secretary_id=None)
    row = paired(cast, two)
    for who in (person_for(two[0]), person_for(two[1]), cast.leader):
        day = pairing.put_duty(
            row.pk, date(2026, 11, 25), begins=time(9), ends=time(11), by=who, at=WEDNESDAY
        )
        pairing.drop_duty(day.pk, by=who, at=WEDNESDAY)
    with pytest.raises(Forbidden):
        pairing.put_duty(
            row.pk, date(2026, 11, 25), begins=time(9), ends=time(11), by=cast.grid_worker, at=WEDNESDAY
        )
    with pytest.raises(NotFound):
        pairing.drop_duty(day.pk, by=cast.clerk, at=WEDNESDAY)
    page = Client()
    page.force_login(cast.accounts["clerk"])
    url = f"/house/pairs/{cast.haitang.pk}/"
    bad = page.post(url, {"constable": "", "secretary": "", "starts_on": "2026-11-30"})
    assert bad.status_code == 400
    assert (
        page.post(
            f"/house/pairs/of/{row.pk}/duty/",
            {"on": "2026-11-26", "begins": "15:00", "ends": "17:00", "place": ""},
        ).status_code
        == 302
    )
    assert "11" in page.get("/house/pairs/?view=month").content.decode()


def test_who_comes_later_is_announced_and_not_shown_as_the_pair_of_today(
    cast: Cast, two: tuple[Account, Account]
) -> None:
    constable, secretary = two
    first = paired(cast, two, seen=0)
    for day in (20, 27):
        pairing.put_duty(
            first.pk, date(2026, 11, day), begins=time(9), ends=time(11), by=cast.clerk, at=WEDNESDAY
        )
    page, url = Client(), f"/house/pairs/{cast.haitang.pk}/"
    page.force_login(cast.accounts["clerk"])
    sent = {"constable": "", "secretary": secretary.pk, "starts_on": "2026-11-25", "seen": first.pk}
    shown = page.post(url, sent, follow=True).content.decode()
    assert "值守取消了 1 天" in shown, "the day after the change is gone, and it is said"
    now = shown[shown.index("现在这一对") : shown.index("共同值守")]
    assert constable.name in now and "11月25日" in now.replace(" ", "") and "起换成" in now
    assert shown.count("/house/pairs/duty/") == 1, "the day before the change stays"
    # a day after the change belongs to those who come, whoever's page it was planned on
    late = {"on": "2026-11-26", "begins": "15:00", "ends": "17:00", "place": ""}
    assert page.post(f"/house/pairs/of/{first.pk}/duty/", late).status_code == 400, (
        "one of them is missing yet"
    )
    early = late | {"on": "2026-11-23"}
    assert page.post(f"/house/pairs/of/{first.pk}/duty/", early).status_code == 302
    assert DutyDay.objects.filter(pair=first).count() == 2
