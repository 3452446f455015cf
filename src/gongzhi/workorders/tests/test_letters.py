"""E-mail in: reports and additions, each message once; machines ignored, the rest held; who may see whom it is from."""

from __future__ import annotations

import io
import mailbox
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from PIL import Image

from gongzhi.journal.models import Attachment, Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions as notices
from gongzhi.notices.actions import delivering
from gongzhi.notices.models import Message
from gongzhi.notices.queries import mailbox as outbox
from gongzhi.people.queries import contact_of
from gongzhi.workorders import mail_sources
from gongzhi.workorders.actions import mailing
from gongzhi.workorders.models import LetterIn, WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

MAIL = Actor.for_service("mail")
WORDS = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"


@pytest.fixture(autouse=True)
def town(settings: Any) -> Iterator[None]:
    settings.MAIL_ADDRESSES = {"report@street.example": "449001001"}
    with clock.stopped(WEDNESDAY):
        yield


def letter(body: str = WORDS, *, pictures: int = 0, others: int = 0, **headers: str) -> bytes:
    message = EmailMessage()
    told = {
        "From": "陈女士 <chen@example.org>",
        "To": "report@street.example",
        "Subject": "下水道",
        "Message-ID": "<a1@example.org>",
    }
    for name, value in (told | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            message[name] = value
    message.set_content(body)
    for number in range(pictures):
        file = io.BytesIO()
        exif = Image.Exif()
        exif[0x9286] = "in the kitchen"
        Image.new("RGB", (60, 40), (number, 90, 90)).save(file, "JPEG", exif=exif)
        message.add_attachment(file.getvalue(), maintype="image", subtype="jpeg", filename=f"{number}.jpg")
    for number in range(others):
        message.add_attachment(b"MZ\x90", maintype="image", subtype="png", filename=f"x{number}.png")
    return message.as_bytes()


def take(raw: bytes) -> LetterIn:
    with acting(MAIL):
        return mailing.take_letter(raw, by=MAIL, at=WEDNESDAY)


def seen_by(actor: Any) -> int:
    with acting(actor), transaction.atomic():
        return LetterIn.objects.count()


def test_a_message_becomes_an_order_and_its_sender_gets_the_code(cast: Cast) -> None:
    row = take(letter(pictures=2, others=1))
    order = WorkOrder.objects.get()
    assert (row.state, row.order_id, order.channel, order.title) == ("order", order.pk, "email", "下水道")
    assert order.grid_id == cast.grid_1.pk and order.reporter_id is None
    assert "另有 1 个附件没有收下" in order.description
    files = Attachment.objects.filter(thread_id=order.pk).select_related("blob")
    assert len(files) == 2 and all(b"kitchen" not in bytes(one.blob.content) for one in files if one.blob)
    with acting(Actor.for_service("news")), transaction.atomic():
        contact = contact_of(order.pk)
        assert contact is not None and (contact.name, contact.email) == ("陈女士", "chen@example.org")
    [message] = outbox()
    assert message.url == "/q/"  # where the code is entered
    assert message.address == "chen@example.org" and order.number in message.body
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", message.body)
    again = take(letter(pictures=2, others=1))
    assert (again.pk, WorkOrder.objects.count(), len(outbox())) == (row.pk, 1, 1)


def test_our_answers_stay_beside_what_they_answer(cast: Cast) -> None:
    order = take(letter()).order
    assert order is not None
    notices.send(
        "mail_taken", address="chen@example.org", fills={"number": order.number, "code": "x"}, thread_id=order.pk,
        by=MAIL, at=WEDNESDAY + timedelta(hours=3),
    )  # fmt: skip
    with acting(Actor.for_service("notices")), transaction.atomic():
        first, second = (delivering._letter(m) for m in Message.objects.order_by("created_at"))
    assert first is not None and second is not None
    assert (first.answers, first.begun) == ("<a1@example.org>", "")
    assert (second.answers, second.begun) == ("<a1@example.org>", first.key)


@pytest.mark.parametrize(
    "odd", ["<a b@c>", "<no-at-sign>", "<a@b>\r\nBcc: x@y", "<" + "a" * 300 + "@b>", "<a@b,c@d>"]
)
def test_no_odd_id_gets_into_a_header_of_ours(odd: str) -> None:
    assert mailing._angled(odd) == ""


@pytest.mark.parametrize("how", ["thread", "reply", "subject", "body"])
def test_an_answer_goes_on_with_the_order(cast: Cast, how: str) -> None:
    order = take(letter()).order
    assert order is not None
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", outbox()[0].body)
    assert found is not None
    headers = {"Message_ID": "<a2@example.org>", "Subject": "Re: 下水道"}
    body = "今天更严重了，三号楼也进水。"
    if how == "thread":
        headers |= {"In_Reply_To": "<c@street.example>", "References": "<a1@example.org> <c@street.example>"}
    elif how == "reply":  # to what we sent, by a program that forgets the rest of the thread
        headers |= {"In_Reply_To": f"<{outbox()[0].pk}@street.example>"}
    elif how == "subject":
        headers |= {"Subject": f"Re: 下水道 {found.group().lower()}", "From": "other@example.org"}
    else:
        body += f"\n\n> 您的邮件已收到，查询码 {found.group()}。"
    row = take(letter(body, pictures=1, **headers))
    assert (row.state, row.order_id, WorkOrder.objects.count()) == ("added", order.pk, 1)
    entry = Entry.objects.get(thread_id=order.pk, verb="workorders.add")
    assert entry.text == "今天更严重了，三号楼也进水。" and entry.attachments.count() == 1
    take(letter(body, pictures=1, **headers))
    assert Entry.objects.filter(thread_id=order.pk, verb="workorders.add").count() == 1


def test_somebody_else_in_the_thread_and_a_shut_order_make_a_new_one(cast: Cast) -> None:
    order = take(letter()).order
    assert order is not None
    thread = {"References": "<a1@example.org>"}
    other = take(
        letter("我也是这里的，垃圾没人收。", From="b@example.org", Message_ID="<b1@x.org>", **thread)
    )
    assert other.order_id not in (None, order.pk)
    elsewhere = letter(
        "听涛社区楼下的垃圾没人收。",
        From="c@example.org",
        Message_ID="<c1@x.org>",
        Subject="Re: 海棠苑下水道",
        **thread,
    )
    assert (
        take(elsewhere).order.community_id == cast.tingtao.pk
    )  # by its own words, not by the subject it answers
    WorkOrder.objects.filter(pk=order.pk).update(open=False, state="closed", next_due_at=None)
    after = take(letter("又堵了，和上次一样。", Message_ID="<a3@example.org>", **thread)).order
    assert after is not None and after.pk != order.pk and order.number in after.description


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"From": "MAILER-DAEMON@example.org"},
        {"From": "report@street.example"}, {"From": "Gongzhi <gongzhi@localhost.example>"}, {"Return_Path": "<>"},
    ],
)  # fmt: skip
def test_machines_and_loops_are_ignored_and_nothing_of_them_is_kept(
    cast: Cast, settings: Any, headers: dict[str, str]
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Gongzhi <gongzhi@localhost.example>"
    row = take(letter(**headers))
    assert (row.state, row.sender, row.subject, row.order_id) == ("ignored", "", "", None)
    assert not WorkOrder.objects.exists() and not outbox()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "不是邮件"), (b"Subject: x\r\n\r\nhello", "没有可以回复的发件人"), (b"x" * 26_000_000, "邮件太大"),
        (letter("。", Subject=""), "请再写几个字"),
    ],
    ids=["empty", "nobody", "huge", "too short"],
)  # fmt: skip
def test_what_cannot_be_taken_in_is_held_with_its_reason(cast: Cast, raw: bytes, reason: str) -> None:
    before = Entry.objects.count()
    row = take(raw)
    assert row.state == "held" and reason in row.reason
    assert not WorkOrder.objects.exists() and Entry.objects.count() == before and not outbox()
    assert take(raw).pk == row.pk


def test_an_emergency_is_taken_in_and_told_whom_to_call(cast: Cast) -> None:
    row = take(letter("海棠苑三号楼着火了，浓烟很大！"))
    assert row.state == "order" and "119" in outbox()[0].body


def test_long_letters_are_cut_and_say_so(cast: Cast) -> None:
    order = take(letter("下水道堵了。" * 2000)).order
    assert order is not None and len(order.description) <= 5000 and "邮件太长" in order.description


def test_only_clerks_of_the_street_see_whom_a_message_is_from(cast: Cast) -> None:
    take(letter())
    assert seen_by(cast.clerk) == 1 and seen_by(MAIL) == 1
    for name in ("road_worker", "grid_worker", "leader", "auditor", "resident"):
        assert seen_by(cast.person(name)) == 0, name
    assert seen_by(Actor.for_service("news")) == 0 and seen_by(Actor.nobody()) == 0


def test_a_clerk_takes_a_held_message_in_or_lets_it_go(cast: Cast) -> None:
    clerk = Client()
    clerk.force_login(cast.accounts["clerk"])
    held = take(letter("堵", Subject="", Message_ID="<h1@x.org>"))
    other = take(letter("广", Subject="", Message_ID="<h2@x.org>"))
    page = clerk.get("/desk/mail/").content.decode()
    assert "请再写几个字" in page and "chen@example.org" in page
    empty = clerk.post(f"/desk/mail/{held.pk}/take/", {"words": " "})
    assert empty.status_code == 400
    answer = clerk.post(f"/desk/mail/{held.pk}/take/", {"subject": "下水道", "words": WORDS})
    assert answer.status_code == 302 and len(outbox()) == 1
    assert clerk.post(f"/desk/mail/{held.pk}/take/", {"words": WORDS}).status_code == 409
    assert clerk.post(f"/desk/mail/{other.pk}/drop/").status_code == 302
    with acting(MAIL), transaction.atomic():
        other.refresh_from_db()
        assert (other.state, other.sender, other.words) == ("dropped", "", "")
    assert "下水道" in clerk.get("/desk/mail/?view=all").content.decode()


def test_files_and_maildirs_are_read_and_nothing_twice(cast: Cast, tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(letter(Message_ID="<m1@x.org>"))
    box.add(letter(Message_ID="<m2@x.org>"))
    (tmp_path / "one.eml").write_bytes(letter(Message_ID="<m2@x.org>"))
    for _again in range(2):
        call_command("mail_in", str(tmp_path / "box"), str(tmp_path / "one.eml"))
    assert WorkOrder.objects.count() == 2
    assert [message.get_flags() for message in mailbox.Maildir(str(tmp_path / "box"))] == ["S", "S"]


class Server:
    """An IMAP server of two messages; the second cannot be taken in at first."""

    def __init__(self) -> None:
        self.unseen = {b"7": letter(Message_ID="<i1@x.org>"), b"9": letter(Message_ID="<i2@x.org>")}

    def select(self, folder: str) -> tuple[str, list[bytes]]:
        return "OK", [b"2"]

    def uid(self, command: str, *told: Any) -> tuple[str, list[Any]]:
        if command == "search":
            return "OK", [b" ".join(self.unseen)]
        if command == "fetch":
            return "OK", [(b"BODY", self.unseen[told[0]]), b")"]
        self.unseen.pop(told[0])
        return "OK", [b""]


def test_a_mailbox_is_emptied_and_what_fails_stays_unseen(cast: Cast) -> None:
    server, fails = Server(), [True]

    def take_it(raw: bytes) -> None:
        if b"i2@" in raw and fails.pop() if fails else False:
            raise OSError("the worker was killed")
        take(raw)

    with pytest.raises(OSError, match="killed"):
        mail_sources.fetch_unseen(server, take_it)
    assert list(server.unseen) == [b"9"]
    assert mail_sources.fetch_unseen(server, take_it) == 1
    assert (server.unseen, WorkOrder.objects.count()) == ({}, 2)
