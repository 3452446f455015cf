"""What messages are for: groups that a person can choose by, and purposes with their sentences.

Rooms register theirs in ``AppConfig.ready``; a sentence has no words of a matter and no names in it: a number, and
where to look. Sentences are msgids and are said in the language of whoever gets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from gongzhi.notices.models import Channel, Pace

ROBOTS = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU)
_ALL = (Channel.SMS, Channel.EMAIL, *ROBOTS, Channel.PUSH)


@dataclass(frozen=True)
class Group:
    """Purposes that belong together. ``best``: by one of SMS and e-mail only, the first that there is.

    ``staff``: offered to those who hold a post. ``fixed``: cannot be turned off or put off, for it is about danger.
    """

    code: str
    label: Any
    note: Any
    channels: tuple[str, ...]
    pace: str = Pace.NOW
    staff: bool = False
    fixed: bool = False
    best: bool = False
    paces: tuple[str, ...] = (Pace.NOW, Pace.DAILY, Pace.OFF)


GROUPS = {
    group.code: group
    for group in (
        Group(
            "progress", _("我反映的事"), _("有答复、要补充、延期、没有受理"),
            (Channel.SMS, Channel.EMAIL, Channel.PUSH), best=True,
        ),
        Group(
            "follows", _("我关注的地方和话题"), _("新公开的事，每天汇总一条"), (Channel.EMAIL, Channel.PUSH),
            Pace.DAILY, paces=(Pace.DAILY, Pace.OFF), best=True,
        ),
        Group("promises", _("时限提醒"), _("承诺的时间用到一半、八成、用完"), (*ROBOTS, Channel.PUSH), staff=True),
        Group("orders", _("催办、督办、批示"), _("有人在催，或街道要求反馈"), (*ROBOTS, Channel.PUSH), staff=True),
        Group(
            "meetings", _("会议和吹哨"), _("召集、改时间、取消、还没有答复"),
            (Channel.EMAIL, *ROBOTS, Channel.PUSH), staff=True,
        ),
        Group(
            "cases", _("我参加的调解"), _("只说编号，不说内容"), (Channel.SMS, Channel.EMAIL, *ROBOTS, Channel.PUSH),
            best=True,
        ),
        Group("emergency", _("应急通知"), _("夜里也发，不能关"), _ALL, staff=True, fixed=True),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Purpose:
    """One kind of message. ``urgent`` passes quiet hours; after ``stale`` it is no longer worth sending."""

    code: str
    group: str
    sentence: Any
    subject: Any
    urgent: bool = False
    stale: timedelta = timedelta(days=2)


_purposes: dict[str, Purpose] = {}


def register(*purposes: Purpose) -> None:
    """Add purposes; the same code replaces the former one, so that reloading is harmless."""
    for purpose in purposes:
        if purpose.group and purpose.group not in GROUPS:
            raise ValueError(f"unknown group {purpose.group!r}; one of {', '.join(GROUPS)}")
        _purposes[purpose.code] = purpose


def purpose_of(code: str) -> Purpose:
    """The purpose with this code. KeyError when no room has registered it."""
    return _purposes[code]


def known() -> tuple[Purpose, ...]:
    """Every purpose, as registered."""
    return tuple(_purposes.values())


def said(code: str, fills: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Subject and body in a language; an unknown or empty language is the installation's own."""
    from django.conf import settings

    purpose = purpose_of(code)
    chosen = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with override(chosen):
        return str(purpose.subject), str(purpose.sentence).format(**fills)


register(
    Purpose(
        "sign_in", "", _("您的登录验证码是 {code}，10 分钟内有效。不要告诉别人。"), _("共治：登录验证码"),
        urgent=True, stale=timedelta(minutes=10),
    ),
    Purpose("digest", "", _("{count} 条通知：\n{lines}"), _("共治：今天的通知")),
    Purpose(
        "follows.news", "follows", _("您关注的地方和话题，有 {count} 件新公开的事：\n{lines}"), _("共治：您关注的事")
    ),
)  # fmt: skip
