"""Taking in what came by e-mail: a report, or an addition to one; machines are ignored, the rest is held for a clerk.

Each message is taken once, also when two programs bring it at the same instant. What cannot be taken in leaves nothing
half-written: one row says why.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from civics.letters import Enclosure, Letter, Unreadable, read_letter
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal
from gongzhi.kit.images import Picture, check_picture
from gongzhi.matters.queries import matter_by_key
from gongzhi.notices import actions as notices
from gongzhi.notices.queries import thread_of as told_thread
from gongzhi.people.actor import Person
from gongzhi.people.addresses import keyed
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import answering, reporting
from gongzhi.workorders.actions.reporting import code_digest
from gongzhi.workorders.drafts import LONGEST, LONGEST_TITLE, MOST_PICTURES, Draft, emergency
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.letters import LetterIn, LetterState
from gongzhi.workorders.policies.doors import require
from gongzhi.workorders.understanding import named_in

SOURCE = "mail"
#: A query code as people copy it, with or without its hyphens.
_CODE = re.compile(
    r"(?<![0-9A-Z])([2-9A-HJKMNP-Z]{4})-?([2-9A-HJKMNP-Z]{4})-?([2-9A-HJKMNP-Z]{4})(?![0-9A-Z])"
)
#: The messages that we send carry their key as their Message-ID.
_OURS = re.compile(r"^<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@")
_ANSWER = re.compile(r"^\s*((re|fw|fwd|aw|答复|答覆|回复|回覆|转发|轉寄)\s*[:：]\s*)+", re.IGNORECASE)
_UNREADABLE = {
    "too_large": gettext_noop("邮件太大"),
    "no_sender": gettext_noop("没有可以回复的发件人"),
    "too_many_parts": gettext_noop("邮件的结构不正常"),
    "not_a_message": gettext_noop("不是邮件"),
}


def street_for(addresses: tuple[str, ...]) -> int | None:
    """The street whose address a message was sent to; the only street where there is one alone."""
    codes = dict(settings.MAIL_ADDRESSES)
    for address in addresses:
        area = ground().by_code.get(codes.get(address, ""))
        if area is not None:
            return area.id
    streets = ground().streets
    return streets[0].id if len(streets) == 1 else None


@transaction.atomic
def take_letter(raw: bytes, *, street_id: int | None = None, by: Actor, at: datetime) -> LetterIn:
    """Take one message in. Brought again, it is the same row and nothing else happens."""
    try:
        letter: Letter | None = read_letter(raw)
        reason = ""
    except Unreadable as fault:
        letter, reason = None, _(_UNREADABLE[fault.reason])
    told = letter.message_id.encode() if letter and letter.message_id else raw
    key = keyed("letter", told.hex())
    known = LetterIn.objects.filter(key=key).first()
    if known is not None:
        return known
    street = street_id or street_for(letter.to if letter else ())
    if street is None:
        street = ground().streets[0].id
        reason = reason or _("不知道是寄给哪个街道的")
    row = LetterIn(key=key, street_id=street, state=LetterState.HELD, reason=reason, received_at=at)
    if letter is not None:
        row.sender, row.name, row.subject = letter.sender, letter.name, letter.subject
    try:
        with transaction.atomic():
            row.save()
            if letter is not None and not reason:
                _deal_with(row, letter, by=by, at=at)
            elif letter is not None:
                row.words, row.message_id = letter.text[:LONGEST], _angled(letter.message_id)
                row.save(update_fields=["words", "message_id"])
    except IntegrityError:
        known = LetterIn.objects.filter(key=key).first()
        if known is None:
            raise
        return known
    return row


def _deal_with(row: LetterIn, letter: Letter, *, by: Actor, at: datetime) -> None:
    own = set(settings.MAIL_ADDRESSES) | {_bare(settings.DEFAULT_FROM_EMAIL)}
    if letter.automatic or letter.sender in own:
        row.state, row.reason = LetterState.IGNORED, letter.automatic or "loop"
        row.sender = row.name = row.subject = ""  # nobody will answer: nothing of it is needed
        row.save()
        return
    try:
        with transaction.atomic():
            order, repeated = _into_an_order(row, letter, by=by, at=at)
    except Refusal as refusal:
        row.state, row.reason, row.words = LetterState.HELD, str(refusal)[:200], letter.text[:LONGEST]
        row.message_id = _angled(letter.message_id)
        row.save()
        return
    row.order, row.state = order, LetterState.ADDED if repeated else LetterState.ORDER
    row.save()


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip(">").strip().lower()


def _into_an_order(row: LetterIn, letter: Letter, *, by: Actor, at: datetime) -> tuple[WorkOrder, bool]:
    """(the order, whether it was there before)"""
    pictures, left_out = _pictures(letter.enclosures)
    words = letter.text or (letter.subject if pictures else "")
    before = _order_meant(row, letter)
    if before is not None and before.open:
        reporter = Person.visitor().bearing(reports=[before.pk])
        said = _with_note(words or letter.whole, left_out)
        with acting(reporter):
            answering.add(before.pk, text=said[:LONGEST], pictures=pictures, by=reporter, at=at)
        return before, True
    if before is not None:
        words = _("（接着 {number}）").format(number=before.number) + "\n" + words
    draft = draft_of(letter.subject, words, row, pictures=pictures, left_out=left_out)
    receipt = reporting.report(draft, by=by, at=at)
    _reply(row, draft, receipt, answers=_angled(letter.message_id), by=by, at=at)
    return receipt.order, False


def _angled(message_id: str) -> str:
    """A Message-ID as a header wants it; nothing where it is no plain one, so that no header of ours is broken by it."""
    bare = message_id.strip().strip("<>")
    fine = 3 <= len(bare) <= 250 and bare.isascii() and bare.isprintable() and not set(bare) & set('<> ,;\\"')
    return f"<{bare}>" if fine and "@" in bare else ""


def draft_of(
    subject: str, words: str, row: LetterIn, *, pictures: tuple[Picture, ...] = (), left_out: int = 0
) -> Draft:
    """The report that a message makes. Its place is what its words name, at least the street it was sent to."""
    title = _ANSWER.sub("", _CODE.sub("", subject)).strip()[:LONGEST_TITLE]
    if _ANSWER.match(subject) and named_in(words):
        title = ""  # the subject is of another message; what this one says of its place is nearer the truth
    description = _with_note(words if len(words.strip()) >= 4 else f"{title}\n{words}", left_out)
    return Draft(
        description=description,
        title=title,
        channel=Channel.EMAIL,
        area_id=None if named_in(f"{title}\n{description}") else row.street_id,
        name=row.name if row.name != row.sender else "",
        email=row.sender,
        pictures=pictures,
        emergency_acknowledged=True,  # nobody waits at the other end: the answer says whom to call
        source=SOURCE,
        source_key=bytes(row.key).hex(),
    )


def _with_note(words: str, left_out: int) -> str:
    note = _("（另有 {n} 个附件没有收下：只收照片，最多 {most} 张）").format(n=left_out, most=MOST_PICTURES)
    cut = _("（邮件太长，后面没有收下）")
    if len(words) > LONGEST - 60:
        words = words[: LONGEST - 60] + "\n" + cut
    return f"{words}\n{note}" if left_out else words


def _pictures(enclosures: tuple[Enclosure, ...]) -> tuple[tuple[Picture, ...], int]:
    """(checked pictures, how many files stay outside)"""
    kept: list[Picture] = []
    left_out = 0
    for one in enclosures:
        if len(kept) == MOST_PICTURES or not one.media_type.startswith("image/"):
            left_out += 1
            continue
        try:
            kept.append(check_picture(io.BytesIO(one.content), name=one.name, size=len(one.content)))
        except Refusal:
            left_out += 1
    return tuple(kept), left_out


def _order_meant(row: LetterIn, letter: Letter) -> WorkOrder | None:
    """The order that a message goes on with: whose code it shows, or whose messages (ours to them, or their own) it answers."""
    for found in _CODE.finditer(f"{letter.subject}\n{letter.whole}".upper()):
        known = matter_by_key(code_digest("".join(found.groups())))
        if known is not None and known[1] == "reporter":
            return WorkOrder.objects.filter(pk=known[0]).first()
    ours = [UUID(key) for one in letter.answers for key in _OURS.findall(one)]
    thread = told_thread(ours, row.sender) if ours else None
    if thread is not None:
        return WorkOrder.objects.filter(pk=thread).first()
    keys = [keyed("letter", one.encode().hex()) for one in letter.answers]
    before = LetterIn.objects.filter(key__in=keys, sender=letter.sender).exclude(order=None)
    return next((one.order for one in before.select_related("order").order_by("-pk")), None)


def _reply(
    row: LetterIn, draft: Draft, receipt: reporting.Receipt, *, answers: str, by: Actor, at: datetime
) -> None:
    """Tell the sender the number and the code, and first of all whom to call when it is an emergency."""
    alarm = emergency(draft)
    code = receipt.code
    fills = {"number": receipt.order.number, "code": "-".join((code[:4], code[4:8], code[8:]))}
    purpose = "mail_emergency" if alarm else "mail_taken"
    if alarm:
        fills["call"] = alarm[0]
    notices.send(
        purpose, address=row.sender, fills=fills, thread_id=receipt.order.pk, answers=answers,
        url=reverse("workorders:enter_code"), by=by, at=at,
    )  # fmt: skip


# ---- what a clerk decides


def _held(letter_id: int, *, by: Actor) -> LetterIn:
    require(by, "see_letters")
    row = LetterIn.objects.select_for_update().filter(pk=letter_id).first()
    if row is None:
        raise NotFound(_("没有这封邮件。"))
    require(by, "see_letters", ground().areas[row.street_id].path)
    if row.state != LetterState.HELD:
        raise Conflict(_("这封邮件已经有人处理。"), code="someone_was_quicker")
    return row


@transaction.atomic
def take_held(letter_id: int, *, subject: str, words: str, by: Actor, at: datetime) -> WorkOrder:
    """Take a held message in after all, in the words that a clerk gave it; its sender gets the code."""
    row = _held(letter_id, by=by)
    if not words.strip():
        raise Invalid(_("请写发生了什么。"), code="words", fields={"words": [_("请写发生了什么。")]})
    draft = draft_of(subject, words, row)
    receipt = reporting.report(draft, by=by, at=at)
    if row.sender:
        _reply(row, draft, receipt, answers=row.message_id, by=by, at=at)
    row.order, row.state, row.words, row.message_id = receipt.order, LetterState.ORDER, "", ""
    row.decided_at, row.decided_by_id = at, by.account_id
    row.save()
    return receipt.order


@transaction.atomic
def drop_held(letter_id: int, *, by: Actor, at: datetime) -> LetterIn:
    """A held message that is no report. Its words and its sender are forgotten; that it came stays."""
    row = _held(letter_id, by=by)
    row.state, row.words, row.sender, row.name, row.subject = LetterState.DROPPED, "", "", "", ""
    row.message_id = ""
    row.decided_at, row.decided_by_id = at, by.account_id
    row.save()
    return row
