"""Reporting through the resident's page, as whole requests."""

from __future__ import annotations

import html
import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from PIL import Image

from gongzhi.people.models import Consent, Contact
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, OUTSIDE, RESIDENTS, WEDNESDAY, settle

pytestmark = pytest.mark.django_db
DRAIN = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"


@pytest.fixture(autouse=True)
def _wednesday(clock: Any) -> None:
    clock.set(WEDNESDAY)


def told(**more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "description": DRAIN, "lon": IN_GRID_1[0], "lat": IN_GRID_1[1], **more}


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return out.getvalue()


def test_a_visitor_reports_and_takes_number_and_code_home(client: Client) -> None:
    cast = settle()
    photo = SimpleUploadedFile("drain.jpg", jpeg(), "image/jpeg")
    answer = client.post("/report/", told(name="王先生", phone="19900000101", photos=[photo]))
    assert (answer.status_code, answer["Location"]) == (302, "/report/done/")
    page = client.get("/report/done/").content.decode()
    order = WorkOrder.objects.get()
    assert order.number in page and cast.roads.name in page
    code = re.search(r'data-copy="([2-9A-Z-]{14})"', page)
    assert code is not None
    assert order.unit_id == cast.roads.pk
    assert order.matter.thread.attachments.count() == 1
    assert Consent.objects.get().thread_id == order.pk
    assert Contact.objects.count() == 0, "a visitor cannot read contact data back"
    # on another device the code opens it
    other = Client()
    assert other.get(f"/matter/{order.pk}/")["Location"] == f"/matter/{order.pk}/follow/"
    opened = other.post("/q/", {"code": code.group(1).lower().replace("-", " ")})
    assert opened["Location"] == f"/matter/{order.pk}/"
    assert DRAIN in other.get(f"/matter/{order.pk}/").content.decode()


def test_a_double_click_makes_one_order(client: Client) -> None:
    settle()
    form = told()
    for _press in range(2):
        assert client.post("/report/", form)["Location"] == "/report/done/"
    assert WorkOrder.objects.count() == 1


def test_another_text_in_the_same_form_is_asked_about_and_then_taken(client: Client) -> None:
    settle()
    form = told()
    client.post("/report/", form)
    again = client.post("/report/", form | {"description": "听涛小学门口的路灯不亮，晚上很黑。"})
    assert again.status_code == 409
    page = again.content.decode()
    assert "刚才已经交过一次" in page and "听涛小学门口的路灯不亮" in page
    fresh = re.search(r'name="key" value="([^"]+)"', page)
    assert fresh is not None and fresh.group(1) != form["key"]
    client.post(
        "/report/", form | {"key": fresh.group(1), "description": "听涛小学门口的路灯不亮，晚上很黑。"}
    )
    assert WorkOrder.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"description": ""}, 400, "请写几个字"),
        ({"description": "灯"}, 400, "请再写几个字"),
        ({"description": "灯不亮。" * 5000}, 400, "最多 5000 个字"),
        ({"phone": "12345"}, 400, "电话"),
        ({"lon": "", "lat": "22.2"}, 302, ""),
        ({"lon": "999", "lat": "22.2"}, 422, "请检查经纬度"),
        ({"area": "abc"}, 400, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: Client, changed: dict[str, str], status: int, sentence: str
) -> None:
    settle()
    answer = client.post("/report/", told(place_text="海棠苑 3 栋", **{"name": "王先生", **changed}))
    assert answer.status_code == status
    if status != 302:
        page = answer.content.decode()
        assert sentence in page and "海棠苑 3 栋" in page and "王先生" in page
        assert WorkOrder.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff" + b"\0" * 200,
    ],
)
def test_a_file_that_is_no_photo_is_refused(client: Client, content: bytes) -> None:
    settle()
    answer = client.post("/report/", told(photos=[SimpleUploadedFile("photo.jpg", content, "image/jpeg")]))
    assert answer.status_code == 422
    assert "不是可以识别的照片" in answer.content.decode()
    assert WorkOrder.objects.count() == 0


def test_a_photo_of_fifty_megabytes_is_refused_before_it_is_read(client: Client) -> None:
    settle()
    huge = SimpleUploadedFile("photo.jpg", b"\xff" * 50_000_000, "image/jpeg")
    answer = client.post("/report/", told(photos=[huge]))
    assert answer.status_code == 413
    assert "太大" in answer.content.decode()


def test_an_emergency_is_told_first_and_can_still_be_reported(client: Client) -> None:
    settle()
    form = told(description="海棠苑 3 栋着火了，楼道里很多黑烟！")
    answer = client.post("/report/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'href="tel:119"' in page and "我已知道要先打电话" in page and "海棠苑 3 栋着火了" in page
    assert WorkOrder.objects.count() == 0
    assert client.post("/report/", form | {"emergency_acknowledged": "on"}).status_code == 302


def test_the_receipt_of_police_business_names_the_police_and_no_guess(client: Client) -> None:
    settle()
    form = told(description="有人在海棠苑门口砸车，手里拿着刀。") | {"emergency_acknowledged": "on"}
    assert client.post("/report/", form).status_code == 302
    page = client.get("/report/done/").content.decode()
    assert "受理员会先移交公安" in page and "交给合适的单位" not in page
    order = WorkOrder.objects.get()
    WorkOrder.objects.filter(pk=order.pk).update(confidence=0.006)
    for address in ("/report/done/", f"/matter/{order.pk}/"):
        assert "等受理员确认" in client.get(address).content.decode(), address
    WorkOrder.objects.filter(pk=order.pk).update(state="handed")
    page = client.get(f"/matter/{order.pk}/").content.decode()
    assert "还没有分类" in page and "受理员正在看" not in page, "the police have it, and nobody will look"
    WorkOrder.objects.filter(pk=order.pk).update(confidence=1)
    assert "等受理员确认" not in client.get(f"/matter/{order.pk}/").content.decode()


def test_while_writing_emergencies_and_neighbours_are_told_without_anybodys_words(client: Client) -> None:
    settle()
    client.post("/report/", told())
    place = {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}
    near = Client().get("/report/near/", {"text": "海棠苑门口下水道堵了，污水漫出来", **place})
    page = near.content.decode()
    assert near.status_code == 200 and "关注它" in page
    assert "走路都要绕开" not in page
    alarm = Client().get("/report/near/", {"text": "有人晕倒了，没有呼吸"})
    assert 'href="tel:120"' in alarm.content.decode()
    assert Client().get("/report/near/", {"text": "啊"}).status_code == 204


def test_a_private_report_is_nowhere_to_be_found(client: Client) -> None:
    settle()
    client.post("/report/", told(private="on"))
    order = WorkOrder.objects.get()
    stranger = Client()
    place = {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}
    assert "关注它" not in stranger.get("/report/near/", {"text": DRAIN, **place}).content.decode()
    assert stranger.get(f"/matter/{order.pk}/").status_code == 404
    assert stranger.get(f"/matter/{order.pk}/follow/").status_code == 404
    assert stranger.get("/map/marks.json").json()["features"] == []


def test_a_pin_outside_waits_for_a_clerk(client: Client) -> None:
    settle()
    client.post("/report/", told(lon=OUTSIDE[0], lat=OUTSIDE[1]))
    assert WorkOrder.objects.get().state == "triage"
    assert "受理员" in client.get("/report/done/").content.decode()


def test_a_board_leads_into_the_form_with_the_category_chosen(client: Client) -> None:
    settle()
    page = client.get("/report/topics/city/").content.decode()
    found = re.search(r'/report/\?topic=(\d+)"><span>路灯不亮', page)
    assert found is not None
    form = client.get("/report/", {"topic": found.group(1)}).content.decode()
    assert "您选的是" in form
    client.post("/report/", told(description="灯坏了，请来修一下。", topic=found.group(1)))
    order = WorkOrder.objects.get()
    assert order.category is not None and order.category.name == "路灯不亮"
    assert client.get("/report/topics/nothing/").status_code == 404


def test_a_signed_in_resident_is_known_and_finds_the_report_among_mine(client: Client) -> None:
    cast = settle()
    client.force_login(cast.accounts["resident"])
    client.post("/report/", told(phone=RESIDENTS["resident"]))
    order = WorkOrder.objects.get()
    assert order.reporter_id == cast.accounts["resident"].pk
    assert order.number in client.get("/my/").content.decode()
    assert order.number not in Client().get("/my/").content.decode()


def test_too_many_reports_from_one_address_are_refused(client: Client) -> None:
    settle()
    answers = [client.post("/report/", {"description": ""}).status_code for _n in range(31)]
    assert set(answers[:30]) == {400} and answers[30] == 429


def test_the_form_and_the_report_cost_few_statements(client: Client, statements: Any) -> None:
    settle()
    client.get("/report/")
    statements.clear()
    client.get("/report/")
    assert statements.clear_and_count() <= 3
    client.post("/report/", told())
    statements.clear()
    client.post("/report/", told())
    assert statements.clear_and_count() <= 13


def test_back_and_send_again_shows_the_first_receipt(client: Client, clock: Any) -> None:
    settle()
    first = told(place_text="海棠苑门口")
    client.post("/report/", first)
    order = WorkOrder.objects.get()
    code = re.search(r'data-copy="([2-9A-Z-]{14})"', client.get("/report/done/").content.decode())
    again = client.post("/report/", first | {"key": str(uuid.uuid4()), "name": "王先生"})
    page = again.content.decode()
    assert WorkOrder.objects.count() == 1
    assert "您刚反映过这件事，这是它的编号" in page and order.number in page
    assert code is not None and code.group(1) in page, "the code of the first order"
    # it is another matter: everything typed is carried along, and taken
    form = page[page.index('name="another"') : page.index("仍要提交</span>")]
    carried = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert (carried["description"], carried["name"]) == (DRAIN, "王先生")
    assert client.post("/report/", carried)["Location"] == "/report/done/"
    assert WorkOrder.objects.count() == 2
    # another visitor, another place and a later day are no repetition
    for visitor, more in ((Client(), {}), (client, {"place_text": "海棠苑北门"})):
        assert visitor.post("/report/", first | {"key": str(uuid.uuid4()), **more}).status_code == 302
    clock.set(WEDNESDAY + timedelta(minutes=11))
    assert client.post("/report/", first | {"key": str(uuid.uuid4())}).status_code == 302
    assert WorkOrder.objects.count() == 5


def test_what_was_withdrawn_can_be_reported_again_at_once(client: Client) -> None:
    settle()
    client.post("/report/", told())
    order = WorkOrder.objects.get()
    client.post(f"/matter/{order.pk}/withdraw/", {})
    assert client.post("/report/", told()).status_code == 302
    assert WorkOrder.objects.count() == 2


@pytest.mark.parametrize("language", ["en", "pt"])
def test_categories_are_said_in_the_language_of_the_reader(client: Client, language: str) -> None:
    settle()
    client.post("/report/", told(description="听涛小学门口的路灯不亮，晚上很黑。"))
    order = WorkOrder.objects.get()
    client.cookies["django_language"] = language
    with translation.override(language):
        name = tree().topics[order.category_id or 0].said
        untold = [topic.name for topic in tree().topics.values() if topic.said == topic.name]
    assert not untold
    for path in ("/", "/map/", "/report/done/", f"/matter/{order.pk}/"):
        page = client.get(path, headers={"accept-language": language}).content.decode()
        assert html.escape(name) in page, path
        assert "路灯不亮<" not in page, path
    topics = client.get("/report/topics/city/", headers={"accept-language": language}).content.decode()
    assert html.escape(name) in topics and "路灯不亮" not in topics
