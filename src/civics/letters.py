"""Reading e-mail: who wrote what in a message, without history, signatures, markup and tricks. RFC 5322, 2045–2047, 3834.

Bytes in, values out. Nothing is fetched, stored or believed: the sender's address is what the message says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser

#: The largest message read, in bytes; the most parts it may have; how deep they may lie in one another.
MOST_BYTES, MOST_PARTS, DEEPEST = 25_000_000, 100, 12
#: The longest address of a sender, and the longest Message-ID that is kept apart from others.
LONGEST_ADDRESS = 120
_ID = re.compile(r"<[^<>\s]{3,250}>")
#: Names under which older programs say what is a part of a larger set.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz-gb-2312": "hz",
    "big5-hkscs": "big5hkscs",
    "iso-8859-1": "cp1252",
}
#: What the library raises where a message is broken in ways it had not thought of.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
_GUESSES = ("utf-8", "gb18030", "big5hkscs")
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f<>\"]{1,64}@[^@\s\x00-\x1f\x7f<>\"]+\.[^@\s\x00-\x1f\x7f<>\"]{2,}")


class Unreadable(Exception):
    """This is no message that anybody could answer; ``reason`` is ``too_large``, ``no_sender``, ``too_many_parts`` or
    ``not_a_message``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Enclosure:
    """A file in a message: the name it came with, the type it says it is, its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A message. ``text`` is what was written now, ``whole`` with all that was quoted. ``automatic`` says by which sign
    no person wrote it, and is empty for people. ``answers`` are the messages that it replies to, the nearest first."""

    message_id: str
    answers: tuple[str, ...]
    sender: str
    name: str
    to: tuple[str, ...]
    subject: str
    text: str
    whole: str
    automatic: str
    enclosures: tuple[Enclosure, ...]


def read_letter(raw: bytes) -> Letter:
    """Read a message. Raises Unreadable; whatever else is wrong with it, what can be read is read."""
    if len(raw) > MOST_BYTES:
        raise Unreadable("too_large")
    message = message_from_bytes(raw, policy=policy.compat32)
    if not message.keys():
        raise Unreadable("not_a_message")
    parts = list(_leaves(message, 0))
    name, sender = parseaddr(_header(message, "From"))
    sender = sender.strip().lower()
    if len(sender) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(sender):
        raise Unreadable("no_sender")
    whole = _body(parts)
    to = getaddresses(
        [_header(message, key) for key in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")]
    )
    return Letter(
        message_id=next(iter(_ids(message, "Message-ID")), ""),
        answers=tuple(dict.fromkeys([*_ids(message, "In-Reply-To"), *reversed(_ids(message, "References"))]))[:50],
        sender=sender,
        name=_plain(name)[:60],
        to=tuple(dict.fromkeys(address.strip().lower() for _name, address in to if address))[:50],
        subject=_plain(_header(message, "Subject"))[:300],
        text=without_history(whole),
        whole=whole,
        automatic=_automatic(message, sender),
        enclosures=tuple(_enclosures(parts)),
    )  # fmt: skip


def _leaves(part: Message, depth: int, seen: list[int] | None = None) -> Iterator[Message]:
    """Parts that hold something. A message inside a message is somebody else's words: it is passed by."""
    seen = [0] if seen is None else seen
    seen[0] += 1
    if seen[0] > MOST_PARTS or depth > DEEPEST:
        raise Unreadable("too_many_parts")
    if part.get_content_type() == "message/rfc822":
        return
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list):
        for child in payload:
            if isinstance(child, Message):
                yield from _leaves(child, depth + 1, seen)
    else:
        yield part


def _header(message: Message, name: str) -> str:
    """A header as people read it, whatever it is encoded in."""
    # as it came: what is not ASCII there would be lost on the way through Header
    told = next((value for key, value in message.raw_items() if key.lower() == name.lower()), None)
    if told is None:
        return ""
    words = str(told).replace("\r", "").replace("\n", "")
    return _words(words)


def _words(words: str) -> str:
    """Encoded words as people read them (RFC 2047); as they came where they are broken."""
    if "=?" not in words:
        return decoded(words.encode("utf-8", "surrogateescape"), "")
    try:
        pieces = decode_header(words)
    except _BROKEN:
        return words.encode("utf-8", "replace").decode("utf-8", "replace")
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def decoded(content: bytes, charset: str) -> str:
    """Text of bytes: as it says, else as the commonest sets of the region, else with gaps."""
    said = charset.strip().strip("\"'").lower()
    for one in (_WIDER.get(said, said), *_GUESSES):
        if one:
            try:
                return content.decode(one)
            except (LookupError, UnicodeError, ValueError):
                continue
    return content.decode("utf-8", "replace")


def _ids(message: Message, name: str) -> list[str]:
    return _ID.findall(_header(message, name))


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _content(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except _BROKEN:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _filename(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except _BROKEN:
        return ""


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except _BROKEN:
        return ""


def _attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_filename(part))


def _body(parts: list[Message]) -> str:
    """The words: plain text where there is some, else what the markup shows."""
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        found = [
            read(decoded(_content(part), _charset(part)))
            for part in parts
            if part.get_content_type() == kind and not _attached(part)
        ]
        text = "\n".join(words.strip() for words in found if words.strip())
        if text:
            return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return ""


def _enclosures(parts: list[Message]) -> Iterator[Enclosure]:
    for part in parts:
        kind = part.get_content_type()
        if not _attached(part) and not kind.startswith("image/"):
            continue
        yield Enclosure(_plain(_words(_filename(part)))[:80], kind, _content(part))


class _Shown(HTMLParser):
    """What a reader would see: no styles, no scripts, no comments, nothing from elsewhere."""

    _HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "hr", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.hidden = self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self.hidden += 1
        elif tag == "blockquote":
            self.quoted += 1
        if tag in self._BREAKS:
            self.out.append("\n" + "> " * min(self.quoted, 3))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        if tag in self._BREAKS and tag != "br":
            self.out.append("\n" + "> " * min(self.quoted, 3))

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.out.append(re.sub(r"\s+", " ", data))


def text_of_html(markup: str) -> str:
    """The text of a page of markup, quotations marked with ``>``."""
    reader = _Shown()
    reader.feed(markup)
    reader.close()
    lines = [line.strip() for line in "".join(reader.out).split("\n")]
    kept = [line for line in lines if line.strip("> ")]
    return "\n".join(kept)


#: From such a line on, the rest is an older message.
_HISTORY = (
    re.compile(
        r"^-{2,}\s*(原始邮件|原始郵件|原邮件|Original Message|Forwarded message|Mensagem original)\s*-{2,}",
        re.I,
    ),
    re.compile(r"^(On|Le|Em) .{4,120} (wrote|escreveu|écrit)\s*[:：]$", re.I),
    re.compile(r"^(在|于|於)?\s*\d{4}\s*[-年/.].{2,120}(写道|寫道|wrote)\s*[:：]$"),
    re.compile(r"^.{1,80}(于|於|在)\s*\d{4}.{2,80}(写道|寫道)\s*[:：]$"),
    re.compile(r"^_{10,}$"),
)
_HEADS = re.compile(r"^>?\s*(发件人|發件人|寄件者|From|De)\s*[:：]", re.I)
_MORE_HEADS = re.compile(
    r"^>?\s*(发送时间|發送時間|收件人|日期|主题|主題|Sent|To|Date|Subject|Enviado|Para|Assunto)\s*[:：]", re.I
)
_SIGNATURE = re.compile(
    r"^(--|—{2,})$|^(发自|發自|来自|來自)(我的|\s*)?.{0,24}(iPhone|iPad|手机|手機|客户端|邮箱|郵箱|Mail|Android|HUAWEI|Huawei|小米|华为).{0,12}$"
    r"|^(Sent from|Get Outlook for|Enviado do meu|Enviado a partir) ",
    re.I,
)  # fmt: skip


def without_history(text: str) -> str:
    """What was written now: the quoted history and the signature are left out. All of it when nothing would be left."""
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = line.strip()
        following = " ".join(lines[number : number + 2]).strip()
        if any(sign.match(bare) or sign.match(following) for sign in _HISTORY):
            break
        if _HEADS.match(bare) and any(
            _MORE_HEADS.match(other.strip()) for other in lines[number + 1 : number + 4]
        ):
            break
        if _SIGNATURE.match(bare):
            break
        if bare.startswith((">", "＞")):
            continue
        kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _automatic(message: Message, sender: str) -> str:
    """By which sign no person wrote this; empty for people (RFC 3834, RFC 3464, and what programs do)."""
    auto = _header(message, "Auto-Submitted").split(";")[0].strip().lower()
    if auto and auto != "no":
        return "auto-submitted"
    if _header(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "precedence"
    if message.get_content_type() == "multipart/report":
        return "report"
    if message.get("Return-Path") is not None and _header(message, "Return-Path").strip() == "<>":
        return "bounce"
    if any(message.get(name) is not None for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Loop")):
        return "list"
    if sender.partition("@")[0] in ("mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply"):
        return "daemon"
    return ""
