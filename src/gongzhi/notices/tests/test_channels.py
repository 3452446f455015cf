"""The ways out, each against another side on 127.0.0.1: what is sent, how answers are read, and where nothing goes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter
from gongzhi.notices.channels import push as pushing
from gongzhi.notices.channels.mail import Mail
from gongzhi.notices.channels.push import Push, coded, decoded
from gongzhi.notices.channels.robots import DingTalk, FeiShu, WeCom
from gongzhi.notices.channels.sms import Sms, signature
from gongzhi.notices.channels.wire import allowed
from gongzhi.notices.tests.fakes import Gateway, gateway

KEY = "0f4d3c6e-9f0b-4c57-8f27-9f4d5a2b7c11"


def letter(address: str = "+85366000103", **more: Any) -> Letter:
    told = {
        "subject": "共治：事项进展",
        "body": "您反映的事（W261118-000001）有答复了。",
        "language": "zh-hans",
    }
    return Letter(KEY, "workorders.pass_check", address, **{**told, **more})


@pytest.fixture
def other(settings: Any) -> Iterator[Gateway]:
    with gateway() as made:
        settings.SMS_ADDRESS, settings.SMS_KEY, settings.SMS_SECRET = made.address, "town", "a shared secret"
        settings.NOTICE_HOSTS = [made.host]
        yield made


# ---- SMS


def test_an_sms_is_signed_and_carries_its_key(other: Gateway) -> None:
    assert Sms().send(letter()).what == SENT
    [told] = other.asked
    assert told["json"] == {
        "id": KEY, "to": "+85366000103", "text": letter().body, "purpose": "workorders.pass_check",
        "language": "zh-hans",
    }  # fmt: skip
    moment = told["headers"]["X-Timestamp"]
    assert told["headers"]["X-Signature"] == signature("a shared secret", moment, told["body"])
    assert told["headers"]["X-Key"] == "town"


@pytest.mark.parametrize(
    ("answer", "what", "reason", "wait"),
    [
        (409, SENT, "", None),
        (202, SENT, "", None),
        ((200, {"state": "refused", "reason": "address"}), REFUSED, "address", None),
        ((422, {"reason": "blacklist"}), REFUSED, "refused", None),
        ((400, {"reason": "address"}), REFUSED, "address", None),
        ((429, {}, {"Retry-After": "90"}), LATER, "busy", 90),
        (503, LATER, "down", None),
        (302, LATER, "down", None),
        (401, LATER, "no_channel", None),
        ("break", LATER, "down", None),
    ],
)
def test_what_a_gateway_may_answer(
    other: Gateway, answer: Any, what: str, reason: str, wait: int | None
) -> None:
    other.plan = [answer]
    outcome = Sms().send(letter())
    assert (outcome.what, outcome.reason, outcome.wait) == (what, reason, wait)


def test_a_gateway_that_is_too_slow_is_asked_again_later(
    other: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongzhi.notices.channels.wire.PATIENCE", 0.2)
    other.plan = [("slow", 0.6)]
    assert Sms().send(letter()).reason == "down"


def test_nobody_at_the_other_end(settings: Any) -> None:
    settings.SMS_ADDRESS, settings.SMS_SECRET = "http://127.0.0.1:9/", "x"
    assert Sms().send(letter()).what == LATER


# ---- e-mail


def test_a_mail_says_how_to_get_rid_of_us_and_has_the_key_as_its_id(mailoutbox: list[Any]) -> None:
    stop = "https://city.example/notices/stop/a7.follows:x/"
    told = letter("a@example.org", url="https://city.example/matter/7/", stop=stop)
    assert Mail().send(told).what == SENT
    [mail] = mailoutbox
    assert mail.extra_headers["List-Unsubscribe"] == f"<{stop}>"
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.extra_headers["Message-ID"] == f"<{KEY}@localhost>"
    assert stop in mail.body and "https://city.example/matter/7/" in mail.body
    assert "In-Reply-To" not in mail.extra_headers


def test_a_mail_says_what_it_answers(mailoutbox: list[Any]) -> None:
    asked, first = "<a1@example.org>", "11111111-2222-4333-8444-555555555555"
    for told in ({"answers": asked}, {"begun": first}, {"answers": asked, "begun": first}):
        assert Mail().send(letter("a@example.org", **told)).what == SENT
    heads = [(mail.extra_headers["In-Reply-To"], mail.extra_headers["References"]) for mail in mailoutbox]
    ours = f"<{first}@localhost>"
    assert heads == [(asked, asked), (ours, ours), (ours, f"{asked} {ours}")]


@pytest.mark.parametrize(
    ("fault", "what", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no such user")}), REFUSED, "address"),
        (smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"greylisted")}), LATER, "busy"),
        (smtplib.SMTPDataError(554, b"spam"), REFUSED, "refused"),
        (smtplib.SMTPDataError(451, b"later"), LATER, "busy"),
        (smtplib.SMTPAuthenticationError(535, b"no"), LATER, "no_channel"),
        (smtplib.SMTPServerDisconnected("gone"), LATER, "down"),
        (ConnectionRefusedError(), LATER, "down"),
        (TimeoutError(), LATER, "down"),
    ],
)
def test_what_a_mail_server_may_do(
    fault: Exception, what: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Any) -> int:
        raise fault

    monkeypatch.setattr("gongzhi.notices.channels.mail.EmailMessage.send", breaks)
    outcome = Mail().send(letter("a@example.org"))
    assert (outcome.what, outcome.reason) == (what, reason)


# ---- robots


def test_wecom(other: Gateway) -> None:
    outcome = WeCom().send(letter(f"http://{other.host}/cgi-bin/webhook/send?key=abc"))
    assert outcome.what == SENT
    assert other.asked[0]["json"] == {"msgtype": "text", "text": {"content": letter().body}}


def test_dingtalk_signs_in_the_address(other: Gateway) -> None:
    assert (
        DingTalk()
        .send(letter(f"http://{other.host}/robot/send?access_token=t", keys={"secret": "SECabc"}))
        .what
        == SENT
    )
    asked = parse_qs(urlsplit(other.asked[0]["path"]).query)
    moment = asked["timestamp"][0]
    assert len(moment) == 13
    wanted = hmac.new(b"SECabc", f"{moment}\nSECabc".encode(), hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(wanted).decode()]


def test_feishu_signs_in_the_body(other: Gateway) -> None:
    assert (
        FeiShu().send(letter(f"http://{other.host}/open-apis/bot/v2/hook/x", keys={"secret": "k"})).what
        == SENT
    )
    told = other.asked[0]["json"]
    wanted = hmac.new(f"{told['timestamp']}\nk".encode(), b"", hashlib.sha256).digest()
    assert told["sign"] == base64.b64encode(wanted).decode()
    assert told["content"] == {"text": letter().body}


@pytest.mark.parametrize(
    ("robot", "answer", "what", "reason"),
    [
        (WeCom, (200, {"errcode": 45009}), LATER, "busy"),
        (WeCom, (200, {"errcode": 93000}), REFUSED, "gone"),
        (WeCom, (200, {"errcode": 40058}), REFUSED, "refused"),
        (DingTalk, (200, {"errcode": 130101}), LATER, "busy"),
        (DingTalk, (200, {"errcode": 310000}), REFUSED, "refused"),
        (FeiShu, (200, {"code": 9499}), LATER, "busy"),
        (FeiShu, (200, {"code": 19001}), REFUSED, "gone"),
        (FeiShu, 502, LATER, "down"),
        (WeCom, (200, {}), LATER, "down"),
        (WeCom, "break", LATER, "down"),
    ],
)
def test_what_robots_may_answer(other: Gateway, robot: Any, answer: Any, what: str, reason: str) -> None:
    other.plan = [answer]
    outcome = robot().send(letter(f"http://{other.host}/x?y=z"))
    assert (outcome.what, outcome.reason) == (what, reason)


@pytest.mark.parametrize(
    "address",
    [
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
        "https://qyapi.weixin.qq.com.evil.example/x",
        "https://qyapi.weixin.qq.com:8443/x",
        "https://user@qyapi.weixin.qq.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_we_post_nowhere_else(address: str) -> None:
    assert not allowed(address, ("qyapi.weixin.qq.com",))
    assert WeCom().send(letter(address)).reason == "address"


def test_where_we_do_post() -> None:
    assert allowed("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a", ("qyapi.weixin.qq.com",))
    assert allowed("https://updates.push.services.mozilla.com/wpush/v2/x", pushing.HOSTS)
    assert not allowed("https://push.services.mozilla.com.evil.example/", pushing.HOSTS)


# ---- browser push


def test_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    sender = ec.derive_private_key(
        int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    theirs = decoded(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    found = pushing.sealed(
        b"When I grow up, I want to be a watermelon",
        theirs,
        decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        sender=sender,
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert coded(found) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def browser() -> tuple[ec.EllipticCurvePrivateKey, dict[str, str]]:
    own = ec.generate_private_key(ec.SECP256R1())
    return own, {"p256dh": coded(pushing.point(own.public_key())), "auth": coded(b"0123456789abcdef")}


def test_a_push_service_can_tell_that_it_is_us(other: Gateway) -> None:
    _own, keys = browser()
    assert Push().send(letter(f"http://{other.host}/p/1", keys=keys)).what == SENT
    told = other.asked[0]
    assert told["headers"]["Content-Encoding"] == "aes128gcm"
    assert "反映" not in told["body"].decode("latin-1")
    scheme, _blank, rest = told["headers"]["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signed = parts["t"].split(".")
    raw = decoded(signed)
    both = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    key.verify(encode_dss_signature(*both), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert scheme == "vapid"
    assert json.loads(decoded(claims))["aud"] == f"http://{other.host}"


@pytest.mark.parametrize(
    ("answer", "what", "reason"),
    [
        (201, SENT, ""),
        (410, REFUSED, "gone"),
        (404, REFUSED, "gone"),
        (413, REFUSED, "refused"),
        (500, LATER, "down"),
    ],
)
def test_what_a_push_service_may_answer(other: Gateway, answer: int, what: str, reason: str) -> None:
    other.plan = [answer]
    outcome = Push().send(letter(f"http://{other.host}/p/1", keys=browser()[1]))
    assert (outcome.what, outcome.reason) == (what, reason)


def test_a_browser_with_broken_keys_is_refused(other: Gateway) -> None:
    for keys in ({}, {"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "!", "auth": "é"}):
        assert Push().send(letter(f"http://{other.host}/p/1", keys=keys)).what == REFUSED
    assert other.asked == []
