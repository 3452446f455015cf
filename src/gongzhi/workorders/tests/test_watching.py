"""Urging, supervision, verification by the grid, and bodies outside the platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.matters.actions import remind
from gongzhi.matters.models import Deadline
from gongzhi.people.models import Organisation
from gongzhi.people.queries import order_centre_of
from gongzhi.workorders.actions import forwarding, watching
from gongzhi.workorders.models import Outside, WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.stage import NEWS, OUTSIDE, act, bring, cast, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


def test_the_reporter_urges_once_in_a_day_and_staff_as_they_see_fit(cast: Cast) -> None:
    order = bring(cast, "assigned")
    act(cast, "urge", order.pk, by=cast.resident, at=LATER)
    with pytest.raises(Conflict) as refused:
        act(cast, "urge", order.pk, by=cast.resident, at=LATER + timedelta(hours=23))
    assert refused.value.code == "urged_lately" and refused.value.help
    act(cast, "urge", order.pk, by=cast.clerk, at=LATER + timedelta(hours=1))
    act(cast, "urge", order.pk, by=cast.leader, at=LATER + timedelta(hours=1))
    act(cast, "urge", order.pk, by=cast.resident, at=LATER + timedelta(hours=25))
    assert WorkOrder.objects.get(pk=order.pk).urged == 4


def test_a_reporter_with_a_post_urges_like_everybody_else(cast: Cast) -> None:
    order = report_drain(cast, by=cast.gardener).order
    act(cast, "urge", order.pk, by=cast.gardener, at=LATER)
    with pytest.raises(Conflict):
        act(cast, "urge", order.pk, by=cast.gardener, at=LATER + timedelta(hours=1))


def test_the_button_to_urge_gives_way_to_a_sentence(cast: Cast) -> None:
    order = bring(cast, "assigned")
    client = client_of(cast, "resident")
    with stopped(LATER):
        assert "催一催" in client.get(f"/matter/{order.pk}/").content.decode()
        answer = client.post(f"/matter/{order.pk}/urge/", {"urge-seen": order.matter.thread.length})
        assert answer.status_code == 302
        page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "您催过了，单位看得到" in page and f"/matter/{order.pk}/urge/" not in page
    with stopped(LATER + timedelta(hours=1)):
        assert client.post(f"/matter/{order.pk}/urge/", {}).status_code == 409
    with stopped(LATER):
        desk = client_of(cast, "road_worker").get("/desk/").content.decode()
    assert "催办" in desk  # a chip in the unit's queue


def test_what_was_urged_is_not_said_once_it_is_answered(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "urge", order.pk, by=cast.resident, at=LATER)
    act(cast, "answer", order.pk, at=LATER + timedelta(hours=1))
    act(cast, "pass_check", order.pk, at=LATER + timedelta(hours=2))
    with stopped(LATER + timedelta(hours=3)):
        page = client_of(cast, "resident").get(f"/matter/{order.pk}/").content.decode()
    assert "您催过了" not in page and "答复写在这一页上面" in page


def test_whoever_works_on_it_again_reads_why_until_it_is_answered_anew(cast: Cast) -> None:
    order = bring(cast, "released")
    act(cast, "dispute", order.pk, at=LATER + timedelta(hours=5))
    with stopped(LATER + timedelta(hours=6)):
        page = client_of(cast, "road_worker").get(f"/desk/{order.pk}/").content.decode()
        assert "居民说没有解决" in page
        act(cast, "answer", order.pk, at=LATER + timedelta(hours=7))
        assert "居民说没有解决" not in client_of(cast, "checker").get(f"/desk/{order.pk}/").content.decode()


def test_the_link_for_a_body_outside_lies_with_the_steps(cast: Cast) -> None:
    order = bring(cast, "outside")
    with stopped(LATER):
        page = client_of(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    assert page.count(f'data-copy="http://testserver{link_of(order)}"') == 2


def test_a_level_has_its_time_and_a_higher_one_starts_anew(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    with pytest.raises(Invalid):
        watching.supervise(order.pk, level="purple", text="快办", by=cast.leader, at=LATER)
    act(cast, "supervise", order.pk, at=LATER)
    slow = running(order.pk)["report_back"]
    with undone(), pytest.raises(Conflict):
        act(cast, "supervise", order.pk, at=LATER)
    act(cast, "supervise", order.pk, level="red", at=LATER + timedelta(minutes=1))
    fast = running(order.pk)["report_back"]
    assert (slow.amount, fast.amount, fast.unit) == (3, 1, "work_days") and fast.due_at < slow.due_at
    assert Deadline.objects.get(pk=slow.pk).cancelled_at is not None
    act(cast, "report_back", order.pk, at=LATER + timedelta(minutes=2))
    assert "report_back" not in running(order.pk)
    assert WorkOrder.objects.get(pk=order.pk).supervised == "red"  # until somebody lifts it
    act(cast, "lift", order.pk, at=LATER + timedelta(minutes=3))
    assert WorkOrder.objects.get(pk=order.pk).supervised == ""


def test_a_closed_order_owes_no_report_back(cast: Cast) -> None:
    order = bring(cast, "released")
    act(cast, "supervise", order.pk, at=LATER)
    act(cast, "confirm", order.pk, at=LATER)
    assert running(order.pk) == {}


def test_the_resident_does_not_read_of_supervision_and_remarks(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "supervise", order.pk, at=LATER)
    act(cast, "remark", order.pk, text="此件要严肃处理", at=LATER)
    remind(by=NEWS, at=running(order.pk)["report_back"].due_at + timedelta(minutes=1), most=1000)
    assert "workorders.missed" in order.matter.thread.entries.values_list("verb", flat=True)
    with stopped(LATER):
        page = client_of(cast, "resident").get(f"/matter/{order.pk}/").content.decode()
    assert "督办" not in page and "严肃处理" not in page and "超过了承诺时间" not in page


def test_the_time_to_dispatch_stands_still_while_the_grid_looks(cast: Cast) -> None:
    order = bring(cast, "triage")
    with pytest.raises(Invalid):  # nobody knows yet whose grid it is
        act(cast, "ask_verify", order.pk, at=LATER)
    act(cast, "relocate", order.pk, at=LATER)
    act(cast, "ask_verify", order.pk, at=LATER)
    clocks = running(order.pk)
    assert clocks["dispatch"].paused_at == LATER and clocks["answer"].paused_at is None
    act(cast, "verify", order.pk, at=LATER + timedelta(hours=1), found=False)
    clocks = running(order.pk)
    assert clocks["dispatch"].paused_at is None and "verify" not in clocks
    order = WorkOrder.objects.get(pk=order.pk)
    with stopped(LATER + timedelta(hours=1)):
        page = client_of(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    assert "网格核实：不属实" in page


def link_of(order: WorkOrder) -> str:
    row = Outside.objects.filter(order_id=order.pk).latest("asked_at")
    return f"/outside/{forwarding.code_of(order.pk, row.asked_at)}/"


def test_no_number_of_a_person_goes_outside(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    for more in ({"words": "请联系王先生 19900000101 上门。"}, {"place": "海棠路，机主 199 0000 0101"}):
        with pytest.raises(Invalid) as told:
            act(cast, "forward", order.pk, at=LATER, **more)
        assert told.value.code == "personal" and set(told.value.fields) == set(more)
    assert not order.outsides.exists()


def test_a_body_outside_reads_only_what_was_written_for_it_and_answers_once(cast: Cast) -> None:
    order = bring(cast, "in_hand", place_text="海棠苑 3 栋 502")
    act(cast, "forward", order.pk, at=LATER, place="海棠路北口")
    with stopped(LATER):
        answer = Client().get(link_of(order))
        page = answer.content.decode()
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "same-origin"  # "no-referrer" would have the form refused
        assert "请检修这段主管道" in page and "海棠路北口" in page and order.number in page
        for private in ("王先生", "19900000101", "3 栋 502", order.description, order.title):
            assert private not in page, private
        assert Client().post(link_of(order), {"outcome": "done", "text": ""}).status_code == 400
        done = Client().post(link_of(order), {"outcome": "done", "text": "主管道已疏通"})
        assert done.status_code == 302
        again = Client().post(link_of(order), {"outcome": "done", "text": "再答一次"})
        assert again.status_code == 409
        page = Client().get(link_of(order)).content.decode()
    assert "答复已收到" in page and order.number not in page and "主管道" not in page
    order.refresh_from_db()
    assert order.state == "in_hand"
    assert Deadline.objects.get(matter_id=order.pk, promise="outside").met_at == LATER
    staff = client_of(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    assert "主管道已疏通" in staff and "湾区水务公司" in staff
    resident = client_of(cast, "resident").get(f"/matter/{order.pk}/").content.decode()
    assert "已转请湾区水务公司办理" in resident and "主管道已疏通" not in resident


def test_an_order_without_a_unit_comes_back_to_the_centre(cast: Cast) -> None:
    order = bring(cast, "triage")
    act(cast, "forward", order.pk, at=LATER)
    assert "dispatch" not in running(order.pk)
    act(cast, "respond", order.pk, at=LATER + timedelta(days=1), declined=True)
    order = WorkOrder.objects.get(pk=order.pk)
    assert order.state == "triage" and "dispatch" in running(order.pk)
    act(cast, "forward", order.pk, at=LATER + timedelta(days=2))
    act(cast, "recall", order.pk, at=LATER + timedelta(days=2))
    assert WorkOrder.objects.get(pk=order.pk).state == "triage"


def test_a_link_ends_some_days_after_its_deadline_until_the_centre_renews_it(
    cast: Cast, settings: Any
) -> None:
    settings.OUTSIDE_DAYS = 3
    order = bring(cast, "in_hand")
    act(cast, "forward", order.pk, at=LATER)
    row, link = order.outsides.get(), link_of(order)
    late, over = row.due_at + timedelta(days=2, hours=23), row.due_at + timedelta(days=3)
    with stopped(late):
        page = Client().get(link)
        assert page.status_code == 200 and "仍然可以答复" in page.content.decode()
    with stopped(over):
        page = Client().get(link)
        text = page.content.decode()
        assert page.status_code == 410 and "已经过期" in text
        assert order.number not in text and "请检修" not in text and "<form method" not in text
        answer = Client().post(link, {"outcome": "done", "text": "主管道已疏通"})
        assert answer.status_code == 409
        assert "对方打不开" in client_of(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    with pytest.raises(Conflict) as told:
        act(cast, "respond", order.pk, at=over)
    assert told.value.code == "link_expired"
    with pytest.raises(Forbidden):
        act(cast, "renew", order.pk, at=over, by=cast.road_worker)
    with pytest.raises(Invalid):
        act(cast, "renew", order.pk, at=LATER, until=clock.local(row.due_at).date())
    until = clock.local(over).date() + timedelta(days=7)
    with stopped(over):
        said = {"until": until.isoformat(), "seen": ""}
        assert client_of(cast, "clerk").post(f"/desk/{order.pk}/renew/", said).status_code == 302
        assert Client().get(link).status_code == 200  # the same link goes on
    row.refresh_from_db()
    assert clock.local(row.due_at).date() == until
    assert running(order.pk)["outside"].due_at == row.due_at
    act(cast, "respond", order.pk, at=over + timedelta(days=1))
    order.refresh_from_db()
    assert order.state == "in_hand"
    with pytest.raises(Conflict):
        act(cast, "renew", order.pk, at=over + timedelta(days=1))


def test_a_link_ends_with_its_recall_and_nobody_guesses_one(cast: Cast) -> None:
    order = bring(cast, "assigned")
    act(cast, "forward", order.pk, at=LATER)
    link = link_of(order)
    act(cast, "recall", order.pk, at=LATER)
    assert "不用再答复" in Client().get(link).content.decode()
    with pytest.raises(Conflict):
        forwarding.respond(link.split("/")[2], text="晚了", by=OUTSIDE, at=LATER)
    with pytest.raises(NotFound):
        forwarding.opened_by("A" * 16)
    codes = [Client().get(f"/outside/{'B' * 15}{letter}/").status_code for letter in "CDEF"]
    assert codes == [404] * 4
    stored = bytes(Outside.objects.get(order_id=order.pk).key_digest)
    assert link.split("/")[2].encode() not in stored


def test_guessing_links_is_slowed_down(cast: Cast) -> None:
    codes = [Client(REMOTE_ADDR="10.7.7.7").get(f"/outside/{'Z' * 16}/").status_code for _n in range(31)]
    assert codes[:30] == [404] * 30 and codes[30] == 429


def test_lists_are_narrowed_to_what_is_asked_and_supervised(cast: Cast) -> None:
    asked, plain = bring(cast, "in_hand"), report_drain(cast, by=cast.neighbour).order
    act(cast, "ask_extension", asked.pk, at=LATER)
    act(cast, "supervise", plain.pk, level="red", at=LATER)
    clerk = client_of(cast, "clerk")
    with stopped(LATER):
        for query, wanted in {
            "asked=any": asked, "asked=extend": asked, "asked=void": None, "supervised=any": plain,
            "supervised=red": plain, "supervised=yellow": None,
        }.items():  # fmt: skip
            page = clerk.get(f"/desk/?{query}").content.decode()
            for order in (asked, plain):
                assert (f"/desk/{order.pk}/" in page) is (order == wanted), (query, order.number)
        assert clerk.get("/desk/?asked=nonsense").status_code == 400
        page = clerk.get(f"/desk/{asked.pk}/").content.decode()
    assert "市政养护公司申请延期" in page and "要等配件到货" in page
    assert f"/desk/{asked.pk}/grant_extension/" in page and f"/desk/{asked.pk}/refuse_extension/" in page
    assert "申请延期" in page and "待审批" in page


def test_the_mark_of_urging_goes_with_the_answer(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    act(cast, "urge", order.pk, by=cast.resident, at=LATER)
    assert WorkOrder.objects.get(pk=order.pk).urged == 1
    act(cast, "answer", order.pk, at=LATER + timedelta(hours=1))
    assert WorkOrder.objects.get(pk=order.pk).urged == 0, "whoever checks it reads no old urging"


def test_a_voided_report_says_whom_to_ring(cast: Cast) -> None:
    centre = order_centre_of(None)
    assert centre is not None
    Organisation.objects.filter(pk=centre.id).update(public_phone="+8675500000000")
    bump("organisations")
    order = bring(cast, "voided")
    page = client_of(cast, "resident").get(f"/matter/{order.pk}/").content.decode()
    assert "tel:+8675500000000" in page and "还没有定，受理员正在看" not in page
    running = bring(cast, "assigned")
    assert (
        "tel:+8675500000000" not in client_of(cast, "resident").get(f"/matter/{running.pk}/").content.decode()
    )


def test_whoever_checks_reads_the_answer_first(cast: Cast) -> None:
    order = bring(cast, "answered")
    page = client_of(cast, "checker").get(f"/desk/{order.pk}/").content.decode()
    assert "要核查的答复" in page and page.index("要核查的答复") < page.index("order-words")
    running = bring(cast, "in_hand")
    assert "要核查的答复" not in client_of(cast, "checker").get(f"/desk/{running.pk}/").content.decode()
