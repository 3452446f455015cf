"""Disputes in a real browser: a clerk at a desk, a volunteer mediator from Macao on a phone in Traditional Chinese, and each
party on theirs, from application to confirmed agreement, return visit and docket; and a curious leader beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.mediation.models import Case, Confirmation
from gongzhi.mediation.tests.scene import Room, furnish
from gongzhi.notices.queries import mailbox
from tests.cast import LONG_BEFORE, RESIDENTS, settle
from tests.journeys.seen import fits, grave

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room() -> Room:
    return furnish(settle(LONG_BEFORE))


def come(visit: Visit, live_server: Any, room: Room, name: str, size: str, **options: Any) -> Any:
    """Somebody's browser, signed in."""
    client = Client()
    client.force_login(room.accounts[name])
    page = visit(size, **options)
    page.context.add_cookies(
        [
            {
                "name": "gongzhi_session",
                "value": client.cookies["gongzhi_session"].value,
                "url": live_server.url,
            }
        ]
    )
    return page


def good(page: Any) -> None:
    """Nothing grave, and nothing sticks out sideways."""
    assert grave(page) == [], page.url
    assert fits(page), page.url


def step(page: Any, verb: str, **fields: Any) -> None:
    """Open a step, fill in what it asks, press its button."""
    form = page.locator(f"form[action$='/{verb}/']").first
    holder = page.locator(f"#step-{verb}")
    if holder.count():
        for one in page.locator("details.more").all():
            one.evaluate("element => element.open = true")
        holder.evaluate("element => element.open = true")
    for name, value in fields.items():
        field = form.locator(f"[name={name}]").first
        kind = field.evaluate("element => element.type || element.tagName")
        if kind == "select-one":
            field.select_option(str(value))
        elif kind in ("checkbox", "radio"):
            form.locator(f"[name={name}][value='{value}']").check()
        else:
            field.fill(str(value))
    form.locator("button[type=submit]:visible, button:not([type]):visible").last.click()
    page.wait_for_load_state()


def confirm_sign(page: Any, phone: str = "") -> None:
    """Read, draw a name, ask for the code (a party), enter it, sign."""
    page.locator("a[href*='/signing/']").first.click()
    good(page)
    pad = page.locator("canvas").bounding_box()
    page.mouse.move(pad["x"] + 20, pad["y"] + 30)
    page.mouse.down()
    page.mouse.move(pad["x"] + 120, pad["y"] + 70, steps=6)
    page.mouse.move(pad["x"] + 200, pad["y"] + 20, steps=6)
    page.mouse.up()
    if phone:
        page.locator("[name=phone]").fill(phone)
        page.locator("button[value=code]").click()
        sent = re.search(
            r"\d{6}", next(one.body for one in mailbox() if one.purpose == "mediation.sign").split("）")[-1]
        )
        page.locator("[name=code]").fill(sent[0] if sent else "")
    page.locator("button[value=sign]").click()
    page.wait_for_url("**/cases/*/")


def press(page: Any, verb: str) -> None:
    """Press the button of a step with the mouse, where it stands."""
    page.locator(f"form[action$='/{verb}/'] button").first.click()
    page.wait_for_load_state()


def listened_to(macao: Any, address: str, sides: tuple[Any, Any]) -> None:
    """Somebody asks to listen, both agree, one takes it back: by the buttons on the page."""
    step(macao, "invite_guest", part="observer", name="旁聽的人")
    for page in sides:
        page.goto(address)
        assert "请您答复" in page.inner_text("main")
        press(page, "consent_to_guest")
        assert "请您答复" not in page.inner_text("main")
    macao.goto(address)
    press(macao, "admit_guest")
    good(macao)
    press(sides[0], "withdraw_consent")
    macao.goto(address)
    assert "已離開" in macao.inner_text("#people")


def carry(
    visit: Visit, live_server: Any, room: Room, *, subject: str, line: str, facts: str, cross: bool
) -> None:
    resident = come(visit, live_server, room, "resident", "phone")
    resident.goto(f"{live_server.url}/cases/")
    good(resident)
    resident.goto(f"{live_server.url}/cases/new/")
    resident.fill("[name=subject_line]", line)
    resident.select_option("[name=subject]", subject)
    resident.fill("[name=facts]", facts)
    resident.fill("[name=name]", "林小满")
    resident.fill("[name=other_1]", "周大海")
    if cross:
        resident.check("[name=cross_boundary]")
    good(resident)
    resident.click("main form button.button--primary, main form button[type=submit]")
    resident.wait_for_load_state()
    address = resident.url
    case_id = int(address.rstrip("/").rpartition("/")[2])

    clerk = come(visit, live_server, room, "clerk", "laptop")
    clerk.goto(address)
    good(clerk)
    step(clerk, "accept", subject=subject)
    for number in (1, 2):
        step(clerk, "tell_rights", party=number, how="paper")
    step(clerk, "propose_mediator", account_id=room.accounts["macao_mediator"].pk)
    step(clerk, "invite_party", party=2, phone=RESIDENTS["neighbour"])

    other = come(visit, live_server, room, "neighbour", "phone")
    for page in (resident, other):
        page.goto(address)
        good(page)
        step(page, "say_of_mediator")

    macao = come(visit, live_server, room, "macao_mediator", "phone", locale="zh-HK")
    macao.goto(address)
    good(macao)
    assert "調解" in macao.inner_text("main"), "in Traditional Chinese"
    step(macao, "begin")
    step(macao, "record_sitting", kind="separate", party=1, text="單獨談：願意讓一步。")
    listened_to(macao, address, (resident, other))
    step(
        macao,
        "draft",
        text_1="晚上十點後保持安靜。",
        performer_1=2,
        text_2="補償費用。",
        performer_2=2,
        amount_2="600",
        **({"currency_2": "MOP"} if cross else {}),
    )
    assert ("600 澳門元" if cross else "600 元") in macao.inner_text("main")
    good(macao)

    other.goto(address)
    assert "願意讓一步" not in other.inner_text("main"), "what was said to the other side"
    good(other)
    for page in (resident, other):
        page.goto(address)
        page.locator("form[action$='/vote/'] button[value=yes]").first.click()
        page.wait_for_load_state()
        page.goto(address)
    for page, name in ((resident, "resident"), (other, "neighbour")):
        page.goto(address)
        confirm_sign(page, RESIDENTS[name])
    macao.goto(address)
    confirm_sign(macao)
    clerk.goto(address)
    step(clerk, "take_effect")
    good(clerk)
    assert "已生效" in clerk.inner_text("main")
    step(clerk, "ask_confirmation", court="澜屿区人民法院")
    step(clerk, "hear_court", result="confirmed", ruling="（演示）民特1号")
    for _n in range(2):
        clerk.locator("form[action$='/perform/'] button").first.click()
        clerk.wait_for_load_state()
    step(clerk, "finish")
    step(clerk, "visit", kept="wholly", content="very")
    step(clerk, "file")
    assert "人调字第" in clerk.inner_text("main")
    good(clerk)
    with acting(room.clerk), transaction.atomic():
        assert Case.objects.get(pk=case_id).state == "filed"
        assert Confirmation.objects.get(case_id=case_id).result == "confirmed"

    leader = come(visit, live_server, room, "leader", "laptop")
    leader.goto(address)
    assert line not in leader.content(), "a curious leader finds nothing"
    leader.goto(f"{live_server.url}/cases/look-in/")
    good(leader)


def test_a_noise_dispute_from_application_to_docket(visit: Visit, live_server: Any, room: Room) -> None:
    carry(
        visit, live_server, room, subject="neighbours", line="夜里的琴声", facts="楼上夜里弹琴，影响休息。", cross=False
    )  # fmt: skip


def test_a_property_fee_dispute_across_the_boundary(visit: Visit, live_server: Any, room: Room) -> None:
    carry(
        visit, live_server, room, subject="property", line="物业费和电梯", facts="业主住澳门，电梯半年没修，物业费有争议。", cross=True
    )  # fmt: skip
