"""What can be asked of messages: what went out, what is on its way, what somebody would get, what somebody follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor, acting
from gongzhi.notices.channels import REASONS
from gongzhi.notices.models import Channel, Choice, Follow, Hours, Message, Outlet, State
from gongzhi.notices.purposes import GROUPS, Group, said
from gongzhi.people.actor import Person
from gongzhi.people.models import Account, Contact


def mailbox(*, most: int = 50, everything: bool = False, channel: str = "") -> list[Message]:
    """The newest messages, for the mailbox page of a development installation; ``everything``: those in-app too."""
    with acting(Actor.for_service("notices")), transaction.atomic():
        rows = Message.objects.order_by("-created_at")
        if channel:
            return list(rows.filter(channel=channel)[:most])
        return list((rows if everything else rows.exclude(channel=Channel.IN_APP))[:most])


def thread_of(keys: Iterable[UUID], address: str) -> int | None:
    """The thread that one of these messages to an address was about: what somebody answers who answers it."""
    with acting(Actor.for_service("notices")), transaction.atomic():
        rows = Message.objects.filter(pk__in=list(keys), address=address).exclude(thread=None)
        return rows.order_by("-created_at").values_list("thread_id", flat=True).first()


def due(*, at: datetime, most: int) -> list[str]:
    """Keys of messages to be looked at now, the longest waiting first."""
    with transaction.atomic():
        rows = Message.objects.filter(next_at__lte=at).exclude(state=State.HELD).order_by("next_at")
        return [str(key) for key in rows.values_list("pk", flat=True)[:most]]


def inbox(person: Actor, *, most: int = 60) -> list[Message]:
    """What an account was told, newest first. The database shows nobody else's."""
    if person.account_id is None:
        return []
    rows = Message.objects.filter(account_id=person.account_id, channel=Channel.IN_APP)
    return list(rows.order_by("-created_at")[:most])


def inbox_page(
    person: Actor, *, after: tuple[datetime, UUID] | None = None, new: bool = False, most: int = 60
) -> list[Message]:
    """A page of them behind a notice (its moment and key); ``new``: only what has not been read."""
    rows = Message.objects.filter(account_id=person.account_id or 0, channel=Channel.IN_APP)
    if new:
        rows = rows.filter(read_at=None)
    if after is not None:
        rows = rows.filter(created_at__lte=after[0])
        rows = rows.filter(Q(created_at__lt=after[0]) | Q(pk__lt=after[1]))
    return list(rows.order_by("-created_at", "-pk")[:most])


def is_mine(person: Actor, key: UUID) -> bool:
    """Is this a notice of theirs?"""
    rows = Message.objects.filter(pk=key, account_id=person.account_id or 0, channel=Channel.IN_APP)
    return rows.exists()


def unread(person: Actor) -> int:
    """How many of them have not been read."""
    if person.account_id is None:
        return 0
    rows = Message.objects.filter(account_id=person.account_id, channel=Channel.IN_APP, read_at=None)
    return rows.count()


@dataclass(frozen=True)
class Sent:
    """How one message stands, without its address and its words."""

    channel: str
    purpose: str
    state: str
    tone: str
    at: datetime
    next_at: datetime | None
    reason: str
    twice: bool
    tries: int


_TONES = {
    State.WAITING: "soon", State.HELD: "paused", State.SENDING: "soon", State.SENT: "done",
    State.DELIVERED: "done", State.FAILED: "late", State.GATHERED: "closed",
}  # fmt: skip


def sent_about(thread_id: int, purposes: Mapping[str, Any]) -> list[Sent]:
    """How the messages of these purposes about a thread stand, newest first. The caller has asked who may see it.

    Addresses and bodies are not read at all.
    """
    with acting(Actor.for_service("notices")), transaction.atomic():
        rows = list(
            Message.objects.filter(thread_id=thread_id, purpose__in=list(purposes))
            .exclude(channel=Channel.IN_APP)
            .order_by("-created_at")
            .values_list(
                "channel", "purpose", "state", "created_at", "sent_at", "delivered_at", "failed_at", "next_at",
                "failure", "twice", "attempts",
            )[:20]
        )  # fmt: skip
    return [
        Sent(
            str(Channel(channel).label), str(purposes[purpose]), str(State(state).label), _TONES[State(state)],
            delivered_at or failed_at or sent_at or created_at, next_at,
            str(REASONS.get(failure, "")) if state in (State.FAILED, State.WAITING) else "", twice, attempts,
        )
        for channel, purpose, state, created_at, sent_at, delivered_at, failed_at, next_at, failure, twice, attempts
        in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Way:
    """Whether and how the person a thread is about can be reached: a channel's name, or why not. No address."""

    channel: str
    language: str
    why_not: str = ""


def way_to(thread_id: int, account_id: int | None) -> Way:
    """How whoever is owed an answer in a thread would be told, in which language. At most four statements."""
    with acting(Actor.for_service("notices")), transaction.atomic():
        contact = Contact.objects.filter(thread_id=thread_id).first()
        if contact is None and account_id is not None:
            contact = Contact.objects.filter(account_id=account_id, thread=None).first()
        language, off = "", False
        if account_id is not None:
            language = Account.objects.filter(pk=account_id).values_list("language", flat=True).first() or ""
            off = Choice.objects.filter(account_id=account_id, group="progress", pace="off").exists()
    if contact is not None and (contact.phone or contact.email) and not off:
        channel = Channel.SMS if contact.phone else Channel.EMAIL
        return Way(str(channel.label), language or contact.language)
    if account_id is not None:
        return Way(
            str(Channel.IN_APP.label),
            language,
            _("没有留联系方式，只在站内看得到") if not off else _("已退订，只在站内看得到"),
        )
    return Way("", language, _("没有留联系方式，不会收到；可以用查询码看到"))


def preview(purpose: str, fills: Mapping[str, Any], language: str = "") -> str:
    """What somebody would read."""
    return said(purpose, fills, language)[1]


@dataclass(frozen=True)
class Chosen:
    """One group with what an account wants of it."""

    group: Group
    channels: tuple[str, ...]
    pace: str


def choices_of(person: Person) -> list[Chosen]:
    """What somebody wants of each group that concerns them."""
    kept = {row.group: row for row in Choice.objects.filter(account_id=person.account_id or 0)}
    return [
        Chosen(
            group,
            tuple(kept[code].channels) if code in kept else group.channels,
            kept[code].pace if code in kept else group.pace,
        )
        for code, group in GROUPS.items()
        if person.is_staff or not group.staff
    ]


def outlets_of(person: Actor) -> QuerySet[Outlet]:
    """Robots and browsers of an account."""
    return Outlet.objects.filter(account_id=person.account_id or 0).order_by("since")


def hours_of(person: Actor) -> Hours | None:
    """The hours an account has chosen, if it has."""
    return Hours.objects.filter(account_id=person.account_id or 0).first()


def follows_of(person: Actor) -> list[Follow]:
    """What an account follows."""
    if person.account_id is None:
        return []
    return list(
        Follow.objects.filter(account_id=person.account_id).select_related("division").order_by("since")
    )


def all_follows() -> dict[int, list[Follow]]:
    """Every follow by account, for the round that tells what is new. Only the sending service sees them."""
    found: dict[int, list[Follow]] = {}
    for row in Follow.objects.filter(account__is_active=True).select_related("division").order_by("pk"):
        found.setdefault(row.account_id, []).append(row)
    return found


def export(person: Actor) -> dict[str, Any]:
    """What we keep about somebody here, for "download my data"."""
    if person.account_id is None:
        return {}
    hours = hours_of(person)
    return {
        "notices": [
            {"at": row.created_at, "text": row.body, "read_at": row.read_at}
            for row in inbox(person, most=500)
        ],
        "choices": list(
            Choice.objects.filter(account_id=person.account_id).values("group", "channels", "pace")
        ),
        "outlets": [
            {"channel": row.channel, "label": row.label, "since": row.since} for row in outlets_of(person)
        ],
        "hours": None
        if hours is None
        else {"quiet": [hours.begins, hours.ends], "zone": hours.zone, "digest_at": hours.digest_at},
        "follows": [
            {"area": row.division.name if row.division else "", "topic": row.topic, "since": row.since}
            for row in follows_of(person)
        ],
    }
