"""What the invented town sends: robots and browsers of its people, what a resident follows, and the news of the last days.

Everything stays on the mailbox page. The addresses have the form of real ones and lead nowhere: nothing is sent from a
development installation. What is not heard here is heard by the worker, once.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from django.db.models import QuerySet

from gongzhi.counter import following
from gongzhi.demo.geometry import STREET_CODE
from gongzhi.demo.laying import RESIDENT_PHONE
from gongzhi.journal import news
from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions as notices
from gongzhi.notices.channels.push import coded, point
from gongzhi.people import actions as people
from gongzhi.people.actor import person_for
from gongzhi.people.addresses import address_digest, normal_phone
from gongzhi.people.models import Account, Post
from gongzhi.people.queries import contact_of_account
from gongzhi.territory.ground import ground
from gongzhi.workorders import readers
from gongzhi.workorders.actions import events, hooks
from gongzhi.workorders.events import KIND_OF
from gongzhi.workorders.models import Gathered, WorkOrder

#: login → (channel, address, what the group is called)
_ROBOTS = {
    "roads": ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=invented-{key}", "市政值班群"),
    "head": ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=invented-{key}", "市政负责人群"),
    "grid": ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=invented{key}", "海棠网格群"),
    "clerk": ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/invented-{key}", "工单中心群"),
    "leader": ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/invented-{key}", "街道值班群"),
}
#: Entries of each sort that are heard at once, so that the mailbox has something in it.
EACH = 6
_TOLD_UNITS = ("workorders.reminded", "workorders.missed", "workorders.urge", "workorders.supervise")


def _resident(rng: Random, at: datetime) -> None:
    """The resident of the demo follows Haitang and the roads, reads by telephone, and has let a browser show notices."""
    account = Account.objects.filter(address_digest=address_digest(normal_phone(RESIDENT_PHONE))).first()
    if account is None:
        return
    me = person_for(account)
    with acting(me):
        if contact_of_account(account.pk) is None:
            people.keep_contact(
                name=account.name, phone=normal_phone(RESIDENT_PHONE), email="resident@wanglan.example",
                purpose="account", held_by=[], account_id=account.pk, by=me, at=at,
            )  # fmt: skip
        haitang = ground().by_code[f"{STREET_CODE[:9]}001"]
        notices.follow(haitang.id, by=me, at=at - timedelta(days=1))
        notices.follow(ground().by_code[STREET_CODE].id, "city", by=me, at=at - timedelta(days=1))
        notices.choose("progress", ["sms", "email", "push"], "now", by=me, at=at)
        notices.set_hours(time(22), time(8), "Asia/Macau", time(18), by=me, at=at)
        own = ec.derive_private_key(rng.getrandbits(200) + 1, ec.SECP256R1()).public_key()
        keys = {"p256dh": coded(point(own)), "auth": coded(rng.randbytes(16))}
        notices.add_outlet(
            "push", "https://fcm.googleapis.com/fcm/send/invented", keys, "Chrome", by=me, at=at
        )


def _staff(rng: Random, at: datetime) -> None:
    for login, (channel, address, label) in _ROBOTS.items():
        account = Account.objects.filter(login=login).first()
        if account is None:
            continue
        me = person_for(account)
        with acting(me):
            notices.add_outlet(channel, address.format(key=rng.getrandbits(32)), {}, label, by=me, at=at)
            people.keep_contact(
                name=account.name, phone=f"+861990000{3000 + rng.randrange(999)}", email=f"{login}@wanglan.example",
                purpose="account", held_by=[], account_id=account.pk, by=me, at=at,
            )  # fmt: skip


#: So many of the newest acts become events at once; the worker hears the others.
EVENTS = 40
#: The town's property company, which has switched its listener off; an address that leads nowhere.
_LISTENER = ("湾畔物业管理系统", "https://wanpan-property.example/gongzhi")


def _programs(at: datetime) -> None:
    """A program of a property company reads along with a key; its listener is switched off for now."""
    account = Account.objects.filter(login="clerk").first()
    if account is None:
        return
    me = person_for(account)
    with acting(me):
        people.issue_token(
            account, _LISTENER[0], ["orders.read", "events.read", "events.push"],
            expires_at=at + timedelta(days=90), by=me, at=at - timedelta(days=3),
        )  # fmt: skip
        hook = hooks.subscribe(
            *_LISTENER, kinds=["dispatched", "answered", "closed"],
            division_id=ground().by_code[f"{STREET_CODE[:9]}001"].id, by=me, at=at - timedelta(days=3),
        )  # fmt: skip
        hooks.switch(hook.pk, on=False, by=me, at=at)
    sender = Actor.for_service("hooks")
    lately = Entry.objects.filter(verb__in=KIND_OF, at__lte=at).order_by("-pk")[EVENTS : EVENTS + 1]
    with acting(sender), transaction.atomic():
        for entry in lately:
            Gathered.objects.create(entry=entry.pk, at=at)
        events.gather(by=sender, at=at)


def _heard(at: datetime) -> int:
    """Let readers hear the newest of what concerns colleagues and residents."""
    verbs = [verb for verb in readers.READERS if verb != "workorders.ran_out"]
    verbs += ["meetings.call", "meetings.cancel", "meetings.remind"]
    lately = Entry.objects.filter(at__gt=at - readers.FRESH, at__lte=at).order_by("-at", "-pk")
    found = {row: None for verb in verbs for row in _some(lately.filter(verb=verb))}
    # whoever plays the handler, the grid worker or the clerk finds something of their own
    for post in Post.objects.filter(account__login__in=_ROBOTS).exclude(organisation=None):
        theirs = WorkOrder.objects.filter(unit=post.organisation_id).values("pk")
        found |= dict.fromkeys(_some(lately.filter(thread__in=theirs, verb__in=_TOLD_UNITS)))
    return sum(news.hear(reader, key) for key, verb in found for reader in news.readers_of(verb))


def _some(rows: QuerySet[Entry]) -> list[tuple[int, str]]:
    return list(rows.values_list("pk", "verb")[:EACH])


def tell_around(seed: int, at: datetime) -> int:
    """Let people choose how they are told, and tell them of the last two days. How many pieces of news were heard."""
    rng = Random(f"notices {seed}")
    with clock.stopped(at):
        _resident(rng, at)
        _staff(rng, at)
        heard = _heard(at)
        _programs(at)
        sender = Actor.for_service("notices")
        with acting(sender):
            following.tell_all(by=sender, at=at)
    return heard
