"""The page of a matter and the acts on it, as whole requests: who sees and does what."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from gongzhi.journal.models import Attachment
from gongzhi.kit.acting import acting
from gongzhi.kit.components.words import until_words
from gongzhi.workorders.actions import handling, merging, reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
DRAIN = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"


@pytest.fixture(autouse=True)
def _wednesday(clock: Any) -> None:
    clock.set(WEDNESDAY)


@pytest.fixture
def cast() -> Cast:
    return settle()


@pytest.fixture
def order(cast: Cast) -> WorkOrder:
    """A drain that the resident reported while signed in."""
    with acting(cast.resident):
        draft = Draft(DRAIN, lon=IN_GRID_1[0], lat=IN_GRID_1[1])
        return reporting.report(draft, by=cast.resident, at=WEDNESDAY).order


@pytest.fixture
def signed_in(cast: Cast) -> Callable[[str], Client]:
    def enter(name: str) -> Client:
        client = Client()
        client.force_login(cast.accounts[name])
        return client

    return enter


def answered(cast: Cast, order: WorkOrder) -> None:
    at = WEDNESDAY + timedelta(minutes=10)
    handling.accept(order.pk, by=cast.road_worker, at=at)
    handling.answer(order.pk, text="已疏通管道并冲洗路面。", why="协办已确认", by=cast.road_worker, at=at)
    handling.pass_check(order.pk, by=cast.checker, at=at)


@pytest.mark.parametrize(
    ("who", "status", "reads_words"),
    [
        (None, 302, False),
        ("neighbour", 302, False),
        ("resident", 200, True),
        ("clerk", 200, True),
        ("road_worker", 200, True),
        ("grid_worker", 200, True),
        ("far_grid_worker", 302, False),
        ("gardener", 302, False),
    ],
)
def test_who_sees_the_matter(
    order: WorkOrder, signed_in: Callable[[str], Client], who: str | None, status: int, reads_words: bool
) -> None:
    client = signed_in(who) if who else Client()
    answer = client.get(f"/matter/{order.pk}/")
    assert answer.status_code == status
    assert (DRAIN in answer.content.decode()) is reads_words
    if status == 302:
        public = client.get(answer["Location"])
        assert public.status_code == 200
        assert "走路都要绕开" not in public.content.decode()


def test_a_matter_that_does_not_exist_is_not_found() -> None:
    settle()
    answer = Client().get("/matter/999999/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_the_page_says_who_has_it_and_until_when(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    page = signed_in("resident").get(f"/matter/{order.pk}/").content.decode()
    assert cast.roads.name in page and "答复您" in page and "工作时间" in page and "签收" in page
    assert "撤回" in page and "再说几句" in page
    assert "评价这次办理" not in page and "问题又来了" not in page


def test_an_answer_is_read_rated_and_closed(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    answered(cast, order)
    client = signed_in("resident")
    page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "已疏通管道并冲洗路面" in page and "评价这次办理" in page and "没有解决，请重新办理" in page
    there = f"/matter/{order.pk}/confirm/"
    empty = client.post(there, {})
    assert empty.status_code == 400
    assert "请选一下问题解决了没有" in empty.content.decode()
    rating = {"confirm-solved": "yes", "confirm-satisfied": "5", "confirm-words": "很快，谢谢"}
    assert client.post(there, rating)["Location"] == f"/matter/{order.pk}/"
    order.refresh_from_db()
    assert (order.state, order.solved, order.satisfied) == ("closed", True, 5)
    page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "评价这次办理" not in page and "问题又来了" in page and "很快，谢谢" in page
    assert page.count("已疏通管道并冲洗路面") == 1 and page.index("的答复") < page.index("已疏通管道")
    again = client.post(there, rating)
    assert again.status_code == 409


def test_a_dispute_needs_words_and_keeps_what_was_typed(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    answered(cast, order)
    client = signed_in("resident")
    answer = client.post(f"/matter/{order.pk}/dispute/", {"dispute-reason": ""})
    assert answer.status_code == 400
    assert "请写明哪里还没有解决" in answer.content.decode()
    client.post(f"/matter/{order.pk}/dispute/", {"dispute-reason": "水又漫出来了。"})
    order.refresh_from_db()
    assert order.state == "in_hand"


def test_the_unit_asks_and_the_resident_supplies(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    handling.accept(order.pk, by=cast.road_worker, at=WEDNESDAY)
    handling.ask_resident(order.pk, question="是雨水口还是楼下的井？", by=cast.road_worker, at=WEDNESDAY)
    client = signed_in("resident")
    page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "是雨水口还是楼下的井" in page and "补充情况" in page
    assert "答复您：暂停计时" in page  # no moment is named that will not hold
    client.post(f"/matter/{order.pk}/supply/", {"supply-text": "是路边的雨水口。"})
    order.refresh_from_db()
    assert order.state == "in_hand"


@pytest.mark.parametrize("who", [None, "neighbour", "clerk", "road_worker"])
def test_others_cannot_act_for_the_reporter(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client], who: str | None
) -> None:
    client = signed_in(who) if who else Client()
    answer = client.post(f"/matter/{order.pk}/withdraw/", {})
    assert answer.status_code in (403, 404)
    order.refresh_from_db()
    assert order.state == "assigned"


def test_a_page_that_is_out_of_date_gets_a_clear_sentence(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("resident")
    seen = order.matter.thread.length
    client.post(f"/matter/{order.pk}/add/", {"add-text": "今天更严重了。", "add-seen": seen})
    stale = client.post(f"/matter/{order.pk}/add/", {"add-text": "再说一句。", "add-seen": seen})
    assert stale.status_code == 409
    assert "有人先处理了这件事" in stale.content.decode()
    assert "再说一句。" in stale.content.decode(), "what was typed is not lost"


def test_a_neighbour_follows_with_an_account_and_reads_no_words(
    order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("neighbour")
    page = client.get(f"/matter/{order.pk}/follow/").content.decode()
    assert "答复反映人" in page and "答复您" not in page  # nobody else is promised an answer
    assert client.post(f"/matter/{order.pk}/follow/")["Location"] == f"/matter/{order.pk}/"
    page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "答复反映人" in page and "答复您" not in page
    assert order.number in page and "走路都要绕开" not in page and order.title not in page
    assert "再说几句" not in page and "不再关注" in page
    assert order.number in client.get("/my/").content.decode()
    assert order.title not in client.get("/my/").content.decode()
    client.post(f"/matter/{order.pk}/unfollow/")
    assert client.get(f"/matter/{order.pk}/").status_code == 302


def test_following_instead_of_reporting_drops_the_draft_and_says_who_gets_the_answer(
    order: WorkOrder,
) -> None:
    from_the_form = Client().get(f"/matter/{order.pk}/follow/?from=report").content.decode()
    assert 'data-draft-forget="report"' in from_the_form and "答复只给反映人" in from_the_form
    assert f"/q/?of={order.pk}" in from_the_form, (
        "the reporter, too, may come here without having entered the code"
    )
    assert "data-draft-forget" not in Client().get(f"/matter/{order.pk}/follow/").content.decode()


def test_a_visitor_follows_with_a_code_of_their_own(order: WorkOrder) -> None:
    client = Client()
    page = client.post(f"/matter/{order.pk}/follow/").content.decode()
    code = page.split('data-copy="')[1].split('"')[0]
    other = Client()
    assert other.get(f"/q/{code}/")["Location"] == f"/matter/{order.pk}/"
    assert "走路都要绕开" not in other.get(f"/matter/{order.pk}/").content.decode()
    assert other.post(f"/matter/{order.pk}/withdraw/", {}).status_code == 403


def test_a_wrong_code_gets_a_sentence_that_helps() -> None:
    settle()
    client = Client()
    for code, sentence in [
        ("ABCD", "您输入了 4 位"),
        ("ABCD-EFGH-JKMN", "没有这个查询码"),
        ("", "请输入查询码"),
    ]:
        answer = client.post("/q/", {"code": code})
        assert answer.status_code in (400, 404)
        assert sentence in answer.content.decode()
    tried = [client.get("/q/ABCDEFGHJKMN/").status_code for _n in range(20)]
    assert tried[-1] == 429


def test_a_merged_matter_shows_how_the_main_one_goes_on(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    with acting(cast.neighbour):
        main = reporting.report(
            Draft("下水道堵塞，海棠苑门口污水横流。", lon=IN_GRID_1[0], lat=IN_GRID_1[1]),
            by=cast.neighbour,
            at=WEDNESDAY,
        ).order
    merging.merge(order.pk, into_id=main.pk, by=cast.clerk, at=WEDNESDAY)
    page = signed_in("resident").get(f"/matter/{order.pk}/").content.decode()
    assert main.number in page and "两件一起办" in page
    assert "污水横流" not in page and "给这两件事的答复" not in page
    # What was found out about the one is the answer to the other, too; a private one keeps it to itself.
    answered(cast, main)
    page = signed_in("resident").get(f"/matter/{order.pk}/").content.decode()
    assert "给这两件事的答复" in page and "已疏通管道并冲洗路面" in page
    assert "污水横流" not in page
    WorkOrder.objects.filter(pk=main.pk).update(private=True)
    page = signed_in("resident").get(f"/matter/{order.pk}/").content.decode()
    assert "给这两件事的答复" not in page and "已疏通管道并冲洗路面" not in page


def photo_of(client: Client) -> Attachment:
    out = io.BytesIO()
    Image.new("RGB", (900, 700), "teal").save(out, "JPEG")
    upload = SimpleUploadedFile("漏水.jpg", out.getvalue(), "image/jpeg")
    client.post("/report/", {"key": uuid.uuid4(), "description": DRAIN, "photos": [upload],
                             "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]})  # fmt: skip
    return Attachment.objects.get()


def test_a_photo_is_only_for_those_who_may_see_the_matter(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    reporter = signed_in("resident")
    photo = photo_of(reporter)
    for address in (f"/photo/{photo.pk}/", f"/photo/{photo.pk}/small/"):
        answer = reporter.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer["Cache-Control"].startswith("private") and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("inline")
        assert reporter.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert signed_in("road_worker").get(address).status_code == 200
        assert Client().get(address).status_code == 404
        neighbour = signed_in("neighbour")
        neighbour.post(f"/matter/{photo.thread_id}/follow/")
        assert neighbour.get(address).status_code == 404
    assert Client().get(f"/photo/{uuid.uuid4()}/").status_code == 404


def test_statements_of_the_resident_pages(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client], statements: Any
) -> None:
    client = signed_in("resident")
    for path, most in ((f"/matter/{order.pk}/", 12), (f"/matter/{order.pk}/follow/", 8), ("/my/", 5)):
        client.get(path)
        statements.clear()
        assert client.get(path).status_code == 200
        assert statements.clear_and_count() <= most, path


def test_the_card_names_the_promise_of_the_matter_page(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("resident")
    assert order.answer_due_at is not None and order.next_due_at != order.answer_due_at
    said = until_words(order.answer_due_at)
    for path in ("/", "/my/"):
        page = client.get(path).content.decode()
        assert "答复您：" in page and said in page, path
        assert until_words(order.next_due_at) not in page, path
    assert said in client.get(f"/matter/{order.pk}/").content.decode()
    handling.accept(order.pk, by=cast.road_worker, at=WEDNESDAY)
    handling.answer(order.pk, text="已疏通管道。", why="协办已确认", by=cast.road_worker, at=WEDNESDAY)
    assert "答复您：" not in client.get("/my/").content.decode()


def test_words_that_are_needed_are_not_called_optional(
    cast: Cast, order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    at = WEDNESDAY + timedelta(minutes=10)
    handling.accept(order.pk, by=cast.road_worker, at=at)
    handling.ask_resident(order.pk, question="在几号楼？", by=cast.road_worker, at=at)
    client = signed_in("resident")
    page = client.get(f"/matter/{order.pk}/").content.decode()
    label = re.search(r'for="id_supply-text">(.*?)</label>', page)
    assert label is not None and "选填" not in label.group(1)
    empty = client.post(f"/matter/{order.pk}/supply/", {"supply-text": " "})
    assert empty.status_code == 400 and "请写下需要补充的情况" in empty.content.decode()


def test_the_place_is_said_once_when_nobody_described_it(
    order: WorkOrder, signed_in: Callable[[str], Client]
) -> None:
    page = signed_in("resident").get(f"/matter/{order.pk}/").content.decode()
    assert "place__words" in page and "place__grid" not in page
