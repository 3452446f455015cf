"""The doors of whistles and joint operations: the list, calling one, its page, paper and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from gongzhi.kit import clock
from gongzhi.workorders.models.callouts import Callout, CalloutLimit, CalloutObject
from gongzhi.workorders.tests.test_callouts import AFTER, ON_SITE, SHOPS, finish, operation, whistled
from tests.cast import WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood

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


def form(cast: Cast, **said: object) -> dict[str, object]:
    return {
        "kind": "whistle", "title": "海棠苑门口积水", "division": cast.haitang.pk, "on": "2026-11-18", "begins": "15:00",
        "ends": "16:00", "place": "海棠苑门口", "orders": "", "agenda": "", "objects": "",
        "bodies": [cast.roads.pk, cast.gardens.pk], **said,
    }  # fmt: skip


def test_each_page_opens_for_those_whose_it_is(cast: Cast) -> None:
    callout = whistled(cast)
    lists = {"clerk": 200, "road_worker": 200, "grid_worker": 200, "resident": 403, "": 302}
    calls = {"clerk": 200, "leader": 200, "grid_leader": 200, "road_worker": 403, "grid_worker": 403, "": 302}
    seen = {
        "clerk": 200,
        "road_worker": 200,
        "leader": 200,
        "auditor": 200,
        "grid_worker": 404,
        "resident": 403,
    }
    pages = {
        "/desk/callouts/": lists, "/desk/callouts/?open": lists, "/desk/callouts/?kind=operation": lists,
        "/desk/callouts/?kind=rubbish": lists, "/desk/callouts/new/": calls,
        "/desk/callouts/new/?kind=operation": calls, "/desk/callouts/limits/": lists,
        f"/desk/callouts/{callout.pk}/": seen, f"/desk/callouts/{callout.pk}/print/": seen,
        "/desk/callouts/987654/": {"clerk": 404},
    }  # fmt: skip
    for address, who in pages.items():
        for name, status in who.items():
            assert as_(cast, name).get(address).status_code == status, (address, name)


def test_the_order_offers_a_whistle_that_knows_what_it_is_about(cast: Cast) -> None:
    order = bring(cast, "assigned")
    client = as_(cast, "clerk")
    assert f"/desk/callouts/new/?order={order.pk}" in client.get(f"/desk/{order.pk}/").content.decode()
    # who could not whistle is not led to a closed door
    assert "/desk/callouts/new/" not in as_(cast, "road_worker").get(f"/desk/{order.pk}/").content.decode()
    page = client.get(f"/desk/callouts/new/?order={order.pk}").content.decode()
    assert order.number in page
    assert re.search(rf'name="bodies" value="{order.unit_id}" checked', page)
    answer = client.post("/desk/callouts/new/", form(cast, orders=f"{order.number}、{order.number}"))
    callout = Callout.objects.get()
    assert answer["Location"] == f"/desk/callouts/{callout.pk}/"
    assert list(callout.orders.values_list("pk", flat=True)) == [order.pk]
    assert as_(cast, "grid_worker").get(f"/desk/callouts/new/?order={order.pk}").status_code == 403


def test_slips_come_back_with_what_was_typed(cast: Cast) -> None:
    client = as_(cast, "clerk")
    for said, sentence in (
        ({"orders": "W000000-000000"}, "没有编号为"),
        ({"bodies": []}, "请选择要召集的部门"),
        ({"objects": "没有逗号"}, "第 1 行要写成"),
        ({"ends": "14:00"}, "结束时间要晚于开始时间"),
        ({"on": "2026-11-01"}, "会议时间已经过去"),
    ):
        answer = client.post("/desk/callouts/new/", form(cast, **said))
        page = answer.content.decode()
        assert answer.status_code == 400 and sentence in page, said
        assert "海棠苑门口积水" in page
    assert Callout.objects.count() == 0


def test_a_department_answers_where_it_reads_of_it(cast: Cast) -> None:
    callout = whistled(cast)
    roads = callout.meeting.invitations.get(organisation=cast.roads)
    client = as_(cast, "road_worker")
    assert f"/desk/callouts/{callout.pk}/" in client.get("/meetings/week/").content.decode()
    here = f"/desk/callouts/{callout.pk}/"
    answer = client.post(f"/meetings/invitations/{roads.pk}/", {"answer": "coming", "seen": 0, "back": here})
    assert answer["Location"] == here
    assert "市政" in client.get(here).content.decode() or "参加" in client.get(here).content.decode()


def test_the_whole_record_stands_on_one_page_and_on_paper(cast: Cast) -> None:
    callout = operation(cast, by="clerk")
    with clock.stopped(ON_SITE):
        noodles = CalloutObject.objects.get(name="听涛面馆")
        inspected = as_(cast, "road_worker").post(
            f"/desk/callouts/objects/{noodles.pk}/", {"found": "fault", "text": "<i>通道堵了</i>", "seen": 0}
        )
        assert inspected["Location"].endswith(f"#object-{noodles.pk}")
        again = as_(cast, "gardener").post(
            f"/desk/callouts/objects/{noodles.pk}/", {"found": "fine", "seen": 0}
        )
        assert again.status_code == 409
    with clock.stopped(AFTER):
        client = as_(cast, "clerk")
        client.post(
            f"/desk/callouts/{callout.pk}/follow-up/",
            {"description": "听涛面馆消防通道堵了，要清出来。", "key": "abc", "object": noodles.pk},
        )
        client.post(f"/desk/callouts/{callout.pk}/objects/", {"objects": "出租屋，海棠路 9 号"})
        finish(cast, callout)
        noodles.refresh_from_db()
        assert noodles.order is not None
        for address in ("", "print/"):
            page = client.get(f"/desk/callouts/{callout.pk}/{address}").content.decode()
            for words in (
                "&lt;i&gt;通道堵了&lt;/i&gt;",
                "海棠小炒",
                "市政周五前疏通",
                noodles.order.number,
                "海棠路 9 号",
            ):
                assert words in page, (address, words)
        seen = Callout.objects.get(pk=callout.pk).meeting.edits
        assert client.post(f"/desk/callouts/{callout.pk}/settle/", {"seen": seen - 1}).status_code == 409
        assert client.post(f"/desk/callouts/{callout.pk}/settle/", {"seen": seen}).status_code == 302
        assert client.post(f"/desk/callouts/{callout.pk}/settle/", {"seen": seen + 1}).status_code == 409
        assert "已了结" in client.get("/desk/callouts/").content.decode()


def test_an_order_that_a_department_may_not_see_has_no_door_and_no_title(cast: Cast) -> None:
    order = bring(cast, "assigned", private=True)
    callout = whistled(cast, orders=(order.pk,), bodies=(cast.gardens.pk,))
    page = as_(cast, "gardener").get(f"/desk/callouts/{callout.pk}/").content.decode()
    assert order.number in page and f"/desk/{order.pk}/" not in page
    assert f"{order.title}</" not in page.replace(callout.meeting.title, "")


def test_the_limits_are_changed_on_their_page(cast: Cast) -> None:
    assert as_(cast, "road_worker").post("/desk/callouts/limits/", {"kind": "whistle"}).status_code == 403
    client = as_(cast, "clerk")
    client.post("/desk/callouts/limits/", {"kind": "whistle", "amount": 1, "unit": "hours"})
    assert CalloutLimit.objects.get().amount == 1
    assert (
        client.post("/desk/callouts/limits/", {"kind": "whistle", "amount": 999, "unit": "hours"}).status_code
        == 400
    )


def test_a_list_of_many_costs_no_more_than_one_of_few(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        whistled(cast, title=f"积水 {number}", objects=SHOPS)
    client = as_(cast, "road_worker")
    client.get("/desk/callouts/")
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        client.get("/desk/callouts/")
    last = Callout.objects.latest("pk")
    with clock.stopped(ON_SITE + timedelta(minutes=1)), django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get(f"/desk/callouts/{last.pk}/")
