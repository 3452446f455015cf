"""Signing in and out: by one-time code, by password; what is refused reads the same for everybody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.notices.queries import mailbox
from gongzhi.people.models import Account
from gongzhi.people.queries import contact_of_account
from tests.cast import PASSWORD, settle

pytestmark = pytest.mark.django_db
PHONE = "19900000177"


def code_sent() -> str:
    found = re.search(r"\d{6}", mailbox()[0].body)
    assert found is not None
    return found.group()


def enter(client: Client, phone: str = PHONE, onward: str = "") -> Any:
    client.post("/sign-in/", {"address": phone, "next": onward})
    return client.post("/sign-in/code/", {"code": code_sent(), "next": onward})


def test_a_resident_signs_in_by_code_and_is_known_afterwards(client: Client) -> None:
    settle()
    sent = client.post("/sign-in/", {"address": "199 0000 0177", "next": "/my/"})
    assert sent["Location"] == "/sign-in/code/?next=%2Fmy%2F"
    assert "199****0177" in client.get(sent["Location"]).content.decode()
    answer = client.post("/sign-in/code/", {"code": code_sent(), "next": "/my/"})
    assert answer["Location"] == "/my/"
    assert client.get("/account/").status_code == 200, "the next page knows who signed in"
    account = Account.objects.get(pk=client.session["_auth_user_id"])
    from gongzhi.people.actor import person_for

    with acting(person_for(account)):
        contact = contact_of_account(account.pk)
    assert contact is not None and contact.phone == "+8619900000177"
    # a code is good once
    assert enter(Client(), PHONE).status_code in (302, 400)


def test_the_key_of_the_session_changes_and_shown_codes_stay(client: Client) -> None:
    settle()
    session = client.session
    session["shown_codes"] = {"7": "reporter"}
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    before = session.session_key
    enter(client)
    assert client.session.session_key != before
    assert client.session["shown_codes"] == {"7": "reporter"}


def test_a_wrong_code_is_counted_and_five_are_too_many(client: Client) -> None:
    settle()
    client.post("/sign-in/", {"address": PHONE})
    right = code_sent()
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(5):
        answer = client.post("/sign-in/code/", {"code": wrong})
        assert answer.status_code == 400 and "不对" in answer.content.decode()
    assert client.post("/sign-in/code/", {"code": right}).status_code == 400
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away_after_signing_in(client: Client, onward: str) -> None:
    settle()
    assert enter(client, onward=onward)["Location"] == "/"


def test_an_address_that_is_none_is_said_beside_the_field(client: Client) -> None:
    settle()
    answer = client.post("/sign-in/", {"address": "12"})
    assert answer.status_code == 400 and "看起来不完整" in answer.content.decode()


def test_where_no_message_can_go_out_the_page_says_so(client: Client, settings: Any) -> None:
    settle()
    settings.MAILBOX = False
    page = client.post("/sign-in/", {"address": PHONE})
    assert page.status_code == 503
    assert "这里还不能发验证码" in page.content.decode() and "/q/" in page.content.decode()
    assert client.get("/mailbox/").status_code == 404


def test_staff_sign_in_with_a_password(client: Client) -> None:
    settle()
    answer = client.post("/sign-in/staff/", {"login": "clerk", "password": PASSWORD, "next": "/map/"})
    assert answer["Location"] == "/map/"
    assert client.get("/desk/").status_code == 200, "the next page knows who signed in"
    out = client.post("/sign-out/")
    assert out["Location"] == "/" and "_auth_user_id" not in client.session
    assert client.get("/sign-out/").status_code == 405


def test_an_unknown_login_and_a_wrong_password_read_alike(client: Client) -> None:
    settle()
    sentences = set()
    for login in ("clerk", "nobody-here"):
        answer = client.post("/sign-in/staff/", {"login": login, "password": "wrong"})
        assert answer.status_code == 400
        sentences.add(
            re.sub(r"clerk|nobody-here|value=\"[^\"]*\"", "", answer.content.decode()).split("</h2>")[1][:200]
        )
    assert len(sentences) == 1


def test_guessing_passwords_of_one_account_ends(client: Client) -> None:
    settle()
    tried = [
        client.post("/sign-in/staff/", {"login": "clerk", "password": "x"}).status_code for _n in range(11)
    ]
    assert tried[0] == 400 and tried[-1] == 429
    assert client.post("/sign-in/staff/", {"login": "clerk", "password": PASSWORD}).status_code == 429
