"""The ways out: one interface, one adapter for each channel. Nothing here reads or writes the database.

An adapter takes a :class:`Letter` and gives an :class:`Outcome`; it never raises for what a channel may do (being
slow, refusing, breaking off). Reasons are codes, never the other side's words: those may repeat an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

#: What became of a try.
SENT, LATER, REFUSED = "sent", "later", "refused"

#: Code of a reason → what staff and account holders read.
REASONS: dict[str, Any] = {
    "refused": _("对方拒收"),
    "address": _("号码或地址不对"),
    "gone": _("对方已经取消"),
    "down": _("发送平台暂时连不上"),
    "busy": _("发送平台太忙，稍后再发"),
    "no_channel": _("没有设置这种发送方式"),
    "expired": _("过了时候，不再发"),
    "too_often": _("试了很多次都没有发出去"),
    "stopped": _("对方已退订"),
    "unknown": _("发送时中断，不知道发出去没有"),
}


@dataclass(frozen=True)
class Letter:
    """A message as a channel sees it. ``key`` is the same for every try. ``stop`` is the address that unsubscribes.

    ``answers`` is the Message-ID of the e-mail it answers, ``begun`` the key of our first message to this address about the
    same thing: a reader's mail program keeps together what goes on from there.
    """

    key: str
    purpose: str
    address: str
    subject: str
    body: str
    language: str
    url: str = ""
    stop: str = ""
    urgent: bool = False
    answers: str = ""
    begun: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """``what`` is SENT, LATER or REFUSED; ``wait`` are the seconds the channel asked us to wait."""

    what: str
    reason: str = ""
    wait: int | None = None


class Adapter(Protocol):
    """A way out. ``once``: the other side takes the same key once, however often it is told."""

    once: bool

    def ready(self) -> bool:
        """Is it set up in this installation?"""

    def send(self, letter: Letter) -> Outcome:
        """Hand the letter over; never raises for what the other side does."""


def adapters() -> dict[str, Adapter]:
    """Every adapter by the code of its channel. ``in_app`` needs none: the row itself is the message."""
    from gongzhi.notices.channels.mail import Mail
    from gongzhi.notices.channels.push import Push
    from gongzhi.notices.channels.robots import DingTalk, FeiShu, WeCom
    from gongzhi.notices.channels.sms import Sms

    made: dict[str, Callable[[], Adapter]] = {
        "sms": Sms, "email": Mail, "wecom": WeCom, "dingtalk": DingTalk, "feishu": FeiShu, "push": Push,
    }  # fmt: skip
    return {code: make() for code, make in made.items()}
