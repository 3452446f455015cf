"""Letters as programs really send them, all invented: encodings, replies, machines, broken ones."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civics.letters import MOST_BYTES, Unreadable, read_letter, text_of_html, without_history


def letter(body: str = "海棠苑门口的路灯不亮了。", **headers: str) -> bytes:
    message = EmailMessage()
    told = {
        "From": "陈女士 <chen@example.org>",
        "To": "report@street.example",
        "Subject": "路灯",
        "Message-ID": "<a1@example.org>",
    }
    for name, value in (told | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            message[name] = value
    message.set_content(body)
    return message.as_bytes()


def raw(charset: str, text: str, subject: str, name: str) -> bytes:
    def coded(words: str) -> str:
        return base64.b64encode(words.encode(charset)).decode()

    return (
        f"From: =?{charset}?B?{coded(name)}?= <chen@example.org>\r\nSubject: =?{charset}?B?{coded(subject)}?=\r\n"
        f"Message-ID: <x@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{coded(text)}\r\n"
    ).encode("ascii")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "gbk", "big5"])
def test_the_sets_of_the_region_are_read(charset: str) -> None:
    text = "𠮷大路路灯不亮" if charset in ("utf-8", "gb18030") else "路燈不亮"
    told = read_letter(raw(charset, text, "路燈", "陳女士"))
    assert (told.text, told.subject, told.name, told.sender) == (text, "路燈", "陳女士", "chen@example.org")


def test_a_set_that_lies_or_is_missing_is_guessed() -> None:
    for said in ("gb2312", "x-unknown", "us-ascii", '"utf-8"'):
        head = f"From: a@example.org\r\nContent-Type: text/plain; charset={said}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        assert read_letter(head.encode() + "镕基路灯不亮".encode("gb18030")).text == "镕基路灯不亮"
    assert (
        read_letter(b"From: a@example.org\r\nSubject: " + "路灯".encode("gb18030") + b"\r\n\r\nx").subject
        == "路灯"
    )


def test_markup_becomes_words_and_brings_nothing_along() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><script>alert(1)</script><p>路灯&nbsp;不亮</p>"
        "<div>三号楼<br>门口</div><img src='http://tracker.example/x.gif'><!-- 看不见 --><blockquote>以前的话</blockquote></body></html>"
    )
    text = text_of_html(page)
    assert text.replace("\u00a0", " ") == "路灯 不亮\n三号楼\n门口\n> 以前的话"
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.set_content(page, subtype="html")
    assert read_letter(message.as_bytes()).text == "路灯 不亮\n三号楼\n门口"


@pytest.mark.parametrize(
    "tail",
    [
        "\n\n> 您好，请问是几号楼？\n> 谢谢",
        "\n\n在 2026-11-18 10:20:33，\"工单中心\" <report@street.example> 写道：\n您好",
        "\n\n------------------ 原始邮件 ------------------\n发件人: 工单中心\n您好",
        "\n\n发件人： 工单中心\n发送时间： 2026年11月18日\n主题： 回复\n\n您好",
        "\n\nOn Wed, 18 Nov 2026 at 10:20, Centre <report@street.example> wrote:\n> hello",
        "\n\nOn Wed, 18 Nov 2026 at 10:20, Centre\n<report@street.example> wrote:\n> hello",
        "\n\nEm qua., 18/11/2026, Centro <report@street.example> escreveu:\n> olá",
        "\n\n-- \n陈女士\n某某公司 经理",
        "\n\n发自我的iPhone",
        "\nSent from my HUAWEI phone",
    ],
)  # fmt: skip
def test_history_and_signatures_are_left_out(tail: str) -> None:
    assert without_history("三号楼门口的那一盏。" + tail) == "三号楼门口的那一盏。"


def test_words_that_only_look_like_history_stay() -> None:
    text = "发件人写错了地址。\n> 这一行是引用\n我在 2026 年写道路改造意见的时候说过。\n收件人：我"
    assert without_history(text) == "发件人写错了地址。\n我在 2026 年写道路改造意见的时候说过。\n收件人：我"


@pytest.mark.parametrize(
    ("headers", "sign"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto-submitted"), ({"Auto-Submitted": "no"}, ""),
        ({"Precedence": "bulk"}, "precedence"), ({"Return-Path": "<>"}, "bounce"), ({"List-Id": "<l.example.org>"}, "list"),
        ({"From": "MAILER-DAEMON@example.org"}, "daemon"), ({"From": "postmaster@example.org"}, "daemon"), ({}, ""),
    ],
)  # fmt: skip
def test_machines_are_known(headers: dict[str, str], sign: str) -> None:
    assert read_letter(letter(**headers)).automatic == sign


def test_threads_and_enclosures() -> None:
    message = EmailMessage()
    message["From"], message["In-Reply-To"] = "a@example.org", "<b@x.org>"
    message["References"] = "<root@x.org> <b@x.org>"
    message.set_content("看照片")
    message.add_attachment(b"\xff\xd8jpeg", maintype="image", subtype="jpeg", filename="路灯.jpg")
    message.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="../../run.exe")
    told = read_letter(message.as_bytes())
    assert told.answers == ("<b@x.org>", "<root@x.org>")
    assert [(one.name, one.media_type) for one in told.enclosures] == [
        ("路灯.jpg", "image/jpeg"), ("../../run.exe", "application/octet-stream"),
    ]  # fmt: skip


def deep(levels: int) -> bytes:
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(levels)
    )
    return f"From: a@example.org\r\n{parts}Content-Type: text/plain\r\n\r\nx".encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_a_message"), (b"\x00\x01\x02\xff" * 50, "not_a_message"), (b"just words, no headers", "not_a_message"),
        (b"Subject: x\r\n\r\nno sender", "no_sender"), (b"From: nobody\r\n\r\nx", "no_sender"),
        (b"From: <a@b>\r\n\r\nx", "no_sender"), (b"From: " + b"a" * 130 + b"@example.org\r\n\r\nx", "no_sender"),
        (deep(40), "too_many_parts"), (b"x" * (MOST_BYTES + 1), "too_large"),
    ],
)  # fmt: skip
def test_what_nobody_could_answer_is_unreadable(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        read_letter(content)
    assert fault.value.reason == reason


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=6)), max_size=12))
def test_damaged_letters_are_read_or_refused_and_break_nothing(damage: list[tuple[int, bytes]]) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "陈女士 <chen@example.org>", "路灯"
    message.set_content("路灯不亮")
    message.add_alternative("<p>路灯不亮", subtype="html")
    message.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="照片.jpg")
    content = bytearray(message.as_bytes())
    for place, bite in damage:
        content[place : place + len(bite)] = bite
    try:
        told = read_letter(bytes(content))
    except Unreadable:
        return
    assert "@" in told.sender and len(told.subject) <= 300
