"""The doors: odd values in addresses, codes and keys, guessing, and what is left behind at a shared screen."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from PIL import Image

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import TooLarge, TooMany
from gongzhi.kit.images import check_picture
from gongzhi.kit.throttle import client_address, spent, throttle
from gongzhi.notices.actions import forget_sent
from gongzhi.notices.queries import mailbox
from gongzhi.people import actions as people
from gongzhi.workorders.models import WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

#: A digit to ``str.isdigit`` and no number to ``int``.
SQUARED = "%C2%B2"


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[name])
    return client


@pytest.mark.parametrize(
    "address",
    [
        f"/map/?grid={SQUARED}",
        f"/map/marks.json?grid={SQUARED}",
        f"/report/?topic={SQUARED}",
        f"/report/near/?text=abcdefgh&area={SQUARED}",
        "/report/near/?text=abcdefgh&lon=nan&lat=1",
        "/report/near/?text=abcdefgh&lon=inf&lat=0",
        "/report/near/?text=abcdefgh&lon=1e308&lat=1e308",
    ],
)
def test_odd_numbers_break_no_page_of_residents(cast: Cast, address: str) -> None:
    assert Client().get(address).status_code < 500


@pytest.mark.parametrize(
    "address",
    [
        f"/desk/?grid={SQUARED}",
        f"/desk/?community={SQUARED}",
        "/desk/?scope=%00&q=%00",
        f"/desk/new/near/?text=abcdefgh&area={SQUARED}&lon=nan&lat=nan",
        f"/house/calendar/?year={SQUARED}",
    ],
)
def test_odd_numbers_break_no_page_of_staff(cast: Cast, address: str) -> None:
    assert as_(cast, "clerk").get(address).status_code < 500


def test_an_odd_version_of_an_order_breaks_no_step(cast: Cast) -> None:
    order = bring(cast, "assigned")
    answer = as_(cast, "clerk").post(f"/desk/{order.pk}/note/", {"text": "备注", "seen": "²"})
    assert answer.status_code < 500


def test_a_key_made_on_the_account_page_opens_the_api(cast: Cast) -> None:
    client = as_(cast, "clerk")
    page = client.post(
        "/account/tokens/", {"name": "报表", "days": "30", "scopes": ["orders.read"]}
    ).content.decode()
    found = re.search(r"gz_[\w-]{30,}", page)
    assert found is not None
    head = {"Authorization": f"Bearer {found.group()}"}
    assert Client().get("/api/me", headers=head).status_code == 200
    assert Client().get("/api/workorders", headers=head).status_code == 200


def test_who_guesses_codes_is_not_told_of_a_right_guess(cast: Cast) -> None:
    receipt = report_drain(cast, by=Actor())
    path = f"/api/workorders/{receipt.order.number}"
    for number in range(20):
        wrong = f"ABCDEFGH2{number:03d}".translate(str.maketrans("01", "XY"))
        assert Client().get(path, headers={"X-Query-Code": wrong}).status_code == 404
    assert Client().get(path, headers={"X-Query-Code": receipt.code}).status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.9.9.9"}
    right = Client().get(path, headers={"X-Query-Code": receipt.code}, **elsewhere)
    assert right.status_code == 200


def test_asking_whether_a_throttle_is_spent_counts_nothing(clock: Any) -> None:
    for _number in range(3):
        assert not spent("guess", "a", 3, 60)
        throttle("guess", "a", 3, 60)
    assert spent("guess", "a", 3, 60)
    with pytest.raises(TooMany):
        throttle("guess", "a", 3, 60)
    clock.forward(seconds=21)
    assert not spent("guess", "a", 3, 60)


def test_all_addresses_of_one_ipv6_subscriber_are_one() -> None:
    def told(address: str) -> str:
        return client_address(RequestFactory().get("/", REMOTE_ADDR=address))

    assert told("2001:db8:1:2::1") == told("2001:db8:1:2:ffff:eeee:dddd:cccc") != told("2001:db8:1:3::1")
    assert told("::ffff:10.1.2.3") == told("10.1.2.3") == "10.1.2.3"
    assert told("") == "local"


def test_one_code_spends_all_the_others(cast: Cast, clock: Any) -> None:
    clock.set(WEDNESDAY)
    by, phone = Actor(), "+8619900000188"
    first = people.send_code("sign_in", phone, by=by, at=WEDNESDAY)
    later = WEDNESDAY + timedelta(seconds=90)
    second = people.send_code("sign_in", phone, by=by, at=later)
    assert people.sign_in_by_code(phone, second, by=by, at=later) is not None
    assert people.sign_in_by_code(phone, first, by=by, at=later) is None


def test_pages_are_not_kept_for_the_next_person_at_the_screen(cast: Cast) -> None:
    order = bring(cast, "assigned")
    clerk = as_(cast, "clerk")
    for address in (
        "/desk/map/",
        "/desk/print/",
        f"/desk/{order.pk}/print/",
        "/desk/units/",
        "/house/people/",
    ):
        assert clerk.get(address)["Cache-Control"] == "no-store", address


def test_no_session_holds_a_query_code(cast: Cast) -> None:
    client = as_(cast, "clerk")
    said = {
        "channel": "phone",
        "description": "海棠苑门口的下水道堵了。",
        "key": "k-security",
        "name": "陈女士",
    }
    page = client.post("/desk/new/", said, follow=True).content.decode()
    found = re.search(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", page)
    code = found.group().replace("-", "") if found else ""
    assert code or "code__text" in page
    kept = Session.objects.get(pk=client.session.session_key).get_decoded()
    assert set(kept["desk_receipt"]) == {"order", "key", "why"}
    assert not code or code not in str(kept)


def test_one_report_cannot_spoil_everybodys_export(cast: Cast) -> None:
    from openpyxl import load_workbook

    order = report_drain(cast, description="井盖坏了\uffff\ufffe\ufdd0很危险，请来修").order
    assert WorkOrder.objects.get(pk=order.pk).description == "井盖坏了很危险，请来修"
    WorkOrder.objects.filter(pk=order.pk).update(title="旧\uffff记录")  # kept before this was refused
    answer = as_(cast, "clerk").get("/desk/export.xlsx?status=all")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True)  # type: ignore[attr-defined]
    assert "旧记录" in {row[1] for row in book.active.iter_rows(values_only=True)}


def test_a_small_file_that_fills_the_memory_is_refused() -> None:
    file = io.BytesIO()
    Image.new("1", (7000, 7000)).save(file, "PNG")
    assert file.tell() < 20_000
    file.seek(0)
    with pytest.raises(TooLarge):
        check_picture(file, name="bomb.png")


def test_whoever_is_forgotten_leaves_no_address_in_the_outbox(cast: Cast) -> None:
    client, phone = Client(), "19900000166"
    client.post("/sign-in/", {"address": phone})
    code = re.search(r"\d{6}", mailbox()[0].body)
    assert code is not None
    client.post("/sign-in/code/", {"code": code.group()})
    assert any(message.address.endswith(phone) for message in mailbox())
    assert client.post("/account/erase/").status_code == 302
    assert not any(message.address.endswith(phone) for message in mailbox())


def test_messages_that_went_out_long_ago_are_forgotten() -> None:
    from gongzhi.notices import actions as notices
    from gongzhi.notices.models import Message

    service = Actor.for_service("notices")
    with acting(service):
        for number, sent in enumerate((WEDNESDAY - timedelta(days=40), WEDNESDAY, None)):
            notices.send("sign_in", address=f"a{number}@example.org", fills={"code": "123456"},
                         by=service, at=WEDNESDAY - timedelta(days=40))  # fmt: skip
            Message.objects.filter(address=f"a{number}@example.org").update(sent_at=sent)
        assert forget_sent(before=WEDNESDAY - timedelta(days=30), by=service, at=WEDNESDAY) == 1
    assert {message.address for message in mailbox()} == {"a1@example.org", "a2@example.org"}


def test_a_town_without_tables_takes_reports_in() -> None:
    """Before the first table is filled in nothing can be classified, and still nobody's report is turned away."""
    assert Client().get("/report/near/?text=abcdefgh").status_code == 204
    body = {"description": "路灯不亮了，晚上很黑，请来修。"}
    answer = Client().post("/api/workorders", body, "application/json")
    assert (answer.status_code, answer.json()["state"]) == (201, "triage")
