"""What people choose: ways and pace of each group, quiet hours, robots and browsers, follows, and no more of something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid, SignInFirst, TooMany
from gongzhi.notices.channels import push, robots
from gongzhi.notices.channels.wire import allowed
from gongzhi.notices.models import Channel, Choice, Follow, Hours, Message, Outlet, Pace, Stop
from gongzhi.notices.purposes import GROUPS
from gongzhi.territory.ground import ground

MOST_OUTLETS, MOST_FOLLOWS = 10, 30


def _account(by: Actor) -> int:
    if by.account_id is None:
        raise SignInFirst
    return by.account_id


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=field, fields={field: [sentence]})


@transaction.atomic
def choose(group: str, channels: Sequence[str], pace: str, *, by: Actor, at: datetime) -> Choice:
    """Keep by which ways and when an account wants messages of a group. Raises Invalid."""
    account = _account(by)
    told = GROUPS.get(group)
    if told is None or told.fixed:
        raise _wrong("group", _("这一类不能改。"))
    if pace not in told.paces:
        raise _wrong("pace", _("请选择什么时候发。"))
    if any(one not in Channel.values or one == Channel.IN_APP for one in channels):
        raise _wrong("channels", _("请选择用什么方式发。"))
    row, _made = Choice.objects.update_or_create(
        account_id=account, group=group, defaults={"channels": list(dict.fromkeys(channels)), "pace": pace}
    )
    return row


@transaction.atomic
def set_hours(begins: time, ends: time, zone: str, digest_at: time, *, by: Actor, at: datetime) -> Hours:
    """Keep when an account is not to be disturbed. Raises Invalid for a zone nobody knows."""
    account = _account(by)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as fault:
        raise _wrong("zone", _("没有这个时区。")) from fault
    row, _made = Hours.objects.update_or_create(
        account_id=account, defaults={"begins": begins, "ends": ends, "zone": zone, "digest_at": digest_at}
    )
    return row


@transaction.atomic
def add_outlet(
    channel: str, address: str, keys: dict[str, str], label: str = "", *, by: Actor, at: datetime
) -> Outlet:
    """Let us write to a robot of a group chat, or to a browser. The same address again replaces its keys.

    Only addresses of the makers' own hosts are taken: we would post to any other in our name. Raises Invalid.
    """
    account = _account(by)
    address = address.strip()
    hosts = push.HOSTS if channel == Channel.PUSH else robots.HOSTS.get(channel)
    if hosts is None:
        raise _wrong("channel", _("请选择企业微信、钉钉或飞书。"))
    if len(address) > 1000 or not allowed(address, tuple(hosts)):
        raise _wrong("address", _("这不是所选平台的机器人地址。请从群机器人的设置里复制完整的地址。"))
    if channel == Channel.PUSH:
        _check_browser(keys)
    known = Outlet.objects.filter(account_id=account)
    if known.exclude(address=address).count() >= MOST_OUTLETS:
        raise TooMany(_("最多 {most} 个，请先删掉一个。").format(most=MOST_OUTLETS))
    row, _made = Outlet.objects.update_or_create(
        account_id=account,
        address=address,
        defaults={"channel": channel, "keys": keys, "label": label.strip()[:40], "since": at},
    )
    return row


def _check_browser(keys: dict[str, str]) -> None:
    try:
        push.sealed(b"", push.decoded(keys.get("p256dh", "")), push.decoded(keys.get("auth", "")))
        fits = len(push.decoded(keys["auth"])) == 16
    except (ValueError, KeyError, TypeError, AttributeError):
        fits = False
    if not fits:
        raise _wrong("keys", _("这个浏览器给的钥匙不对，请刷新后再试。"))


@transaction.atomic
def drop_outlet(outlet_id: int, *, by: Actor, at: datetime) -> bool:
    """Write there no more. False when there is none of theirs."""
    return bool(Outlet.objects.filter(pk=outlet_id, account_id=_account(by)).delete()[0])


@transaction.atomic
def follow(division_id: int | None, topic: str = "", *, by: Actor, at: datetime) -> bool:
    """Follow an area, a topic, or a topic in an area. False when they did already. Raises Invalid or TooMany."""
    account = _account(by)
    if division_id is None and not topic:
        raise _wrong("area", _("请选择一个地方，或一个话题。"))
    if division_id is not None:
        area = ground().areas.get(division_id)
        if area is None or area.level not in ("street", "community", "grid"):
            raise _wrong("area", _("请选择街道、社区或网格。"))
    if Follow.objects.filter(account_id=account).count() >= MOST_FOLLOWS:
        raise TooMany(_("最多关注 {most} 个，请先取消一个。").format(most=MOST_FOLLOWS))
    try:
        with transaction.atomic():
            Follow.objects.create(
                account_id=account, division_id=division_id, topic=topic[:24], since=at, told_until=at
            )
    except IntegrityError:
        return False
    return True


@transaction.atomic
def unfollow(follow_id: int, *, by: Actor, at: datetime) -> bool:
    """Follow it no more. False when they did not."""
    return bool(Follow.objects.filter(pk=follow_id, account_id=_account(by)).delete()[0])


@transaction.atomic
def told_follower(
    account_id: int, news: Callable[[list[Follow]], Mapping[str, Any]], *, by: Actor, at: datetime
) -> bool:
    """Tell somebody what is new in what they follow, once: ``news`` makes the sentence's fills from their follows, or
    nothing when there is none. False when nobody was told. Only the sending service can."""
    from gongzhi.notices.actions.writing import tell

    rows = list(
        Follow.objects.select_for_update(of=("self",))
        .filter(account_id=account_id, told_until__lt=at)
        .order_by("pk")
    )
    fills = news(rows) if rows else {}
    Follow.objects.filter(pk__in=[row.pk for row in rows]).update(told_until=at)
    return bool(fills) and bool(tell("follows.news", [account_id], fills=fills, url="/follow/", by=by, at=at))


@transaction.atomic
def read_all(message_id: str | None = None, *, by: Actor, at: datetime) -> int:
    """One notice has been read, or all of them. How many were new."""
    rows = Message.objects.filter(account_id=_account(by), channel=Channel.IN_APP, read_at=None)
    return (rows.filter(pk=message_id) if message_id else rows).update(read_at=at)


@transaction.atomic
def stop(account_id: int, group: str, *, by: Actor, at: datetime) -> None:
    """An account wants no more messages of a group: said by the link in one of them."""
    told = GROUPS.get(group)
    if told is None or told.fixed:
        raise _wrong("group", _("这一类不能改。"))
    with acting(Actor.for_service("notices")):
        Choice.objects.update_or_create(
            account_id=account_id, group=group, defaults={"pace": Pace.OFF, "channels": list(told.channels)}
        )


@transaction.atomic
def stop_address(address_digest: bytes, group: str, *, by: Actor, at: datetime) -> None:
    """The same for an address without an account."""
    told = GROUPS.get(group)
    if told is None or told.fixed:
        raise _wrong("group", _("这一类不能改。"))
    with acting(Actor.for_service("notices")):
        Stop.objects.get_or_create(address_digest=address_digest, group=group, defaults={"since": at})


@transaction.atomic
def start_again(
    account_id: int | None, address_digest: bytes, group: str, *, by: Actor, at: datetime
) -> None:
    """Take a stop back, from the page that the link leads to."""
    with acting(Actor.for_service("notices")):
        if account_id is not None:
            Choice.objects.filter(account_id=account_id, group=group, pace=Pace.OFF).delete()
        else:
            Stop.objects.filter(address_digest=address_digest, group=group).delete()
