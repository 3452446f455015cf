"""Writing messages into the outbox: to one address, or to accounts by the ways they have chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from civics.quiet import not_before, on_wall
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices.hours import Clock, clock_of, clock_of_address
from gongzhi.notices.models import Channel, Choice, Hours, Message, Outlet, Pace, State, Stop
from gongzhi.notices.purposes import GROUPS, Purpose, purpose_of, said
from gongzhi.people.addresses import address_digest
from gongzhi.people.models import Account, Contact

#: Messages handed to one job.
BATCH = 100


def reachable(address: str) -> bool:
    """Can a message to this address go out from this installation? Where there is a mailbox page all of them can."""
    if settings.MAILBOX:
        return True
    return bool(settings.EMAIL_HOST) if "@" in address else bool(settings.SMS_ADDRESS and settings.SMS_SECRET)


@dataclass
class _Held:
    """What we know of somebody we are about to write to."""

    language: str
    phone: str = ""
    email: str = ""
    first: str = "sms"
    outlets: list[Outlet] = field(default_factory=list)
    choices: dict[str, Choice] = field(default_factory=dict)
    hours: Hours | None = None

    @property
    def clock(self) -> Clock:
        return clock_of(self.hours) if self.hours else clock_of_address(self.phone)


def _held(accounts: Sequence[int]) -> dict[int, _Held]:
    """Languages, addresses and choices of accounts: five statements for any number of them."""
    rows = Account.objects.filter(pk__in=accounts, is_active=True).order_by("pk")
    found = {key: _Held(language) for key, language in rows.values_list("pk", "language")}
    for contact in Contact.objects.filter(account_id__in=found, thread=None).order_by("pk"):
        one = found[contact.account_id or 0]
        one.phone, one.email = one.phone or contact.phone, one.email or contact.email
    for outlet in Outlet.objects.filter(account_id__in=found).order_by("pk"):
        found[outlet.account_id].outlets.append(outlet)
    for choice in Choice.objects.filter(account_id__in=found):
        found[choice.account_id].choices[choice.group] = choice
    for hours in Hours.objects.filter(account_id__in=found):
        found[hours.account_id].hours = hours
    return found


def _moment(purpose: Purpose, clock: Clock, pace: str, at: datetime) -> tuple[str, datetime]:
    """State and first moment of a message that leaves the house."""
    if purpose.urgent:
        return State.WAITING, at
    if pace == Pace.DAILY:
        # the moment of the day is the account's own choice: quiet hours do not move it
        return State.HELD, on_wall(at, clock.digest_at, clock.quiet.zone)
    return State.WAITING, not_before(at, clock.quiet)


@transaction.atomic(savepoint=False)
def send(
    purpose: str,
    *,
    address: str,
    fills: Mapping[str, Any],
    account_id: int | None = None,
    thread_id: int | None = None,
    url: str = "",
    language: str = "",
    answers: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """Write a message to one address into the outbox; a job sends it once this transaction stands.

    ``language`` is the one now being read where none is said, ``answers`` the Message-ID of an e-mail that this one answers.
    Nothing is written for an address that wants no more of its group.
    """
    told = purpose_of(purpose)
    language = language or get_language() or settings.LANGUAGE_CODE
    if told.group and _stopped([address], told.group):
        return
    subject, body = said(purpose, fills, language)
    state, moment = _moment(told, clock_of_address(address), Pace.NOW, at)
    message = Message(
        purpose=purpose, group=told.group, channel=Channel.EMAIL if "@" in address else Channel.SMS,
        address=address, account_id=account_id, thread_id=thread_id, language=language, subject=subject, body=body,
        url=url, answers=answers[:300], urgent=told.urgent, state=state, created_at=at, next_at=moment, expires_at=moment + told.stale,
    )  # fmt: skip
    _write([message], at)


@transaction.atomic(savepoint=False)
def tell(
    purpose: str,
    accounts: Iterable[int],
    *,
    fills: Mapping[str, Any],
    address: str = "",
    thread_id: int | None = None,
    url: str = "",
    by: Actor,
    at: datetime,
) -> int:
    """Tell accounts something: on their own page always, and by the ways they have chosen. How many accounts it was.

    ``address`` was left for this one thing (a report): it is used in place of the account's own of the same sort.
    Six statements and a job for each hundred messages, whatever their number.
    """
    told = purpose_of(purpose)
    wanted = list(dict.fromkeys(accounts))
    if not wanted:
        return 0
    with acting(Actor.for_service("notices")):
        held = _held(wanted)
        for one in held.values() if address else ():
            # what was left for this is what they want to be reached by: the other sort only if they chose it
            one.phone, one.email = (one.phone, address) if "@" in address else (address, one.email)
            one.first = "email" if "@" in address else "sms"
        stopped = _stopped([a for one in held.values() for a in (one.phone, one.email) if a], told.group)
    messages: list[Message] = []
    for account_id, one in held.items():
        language = one.language or settings.LANGUAGE_CODE
        subject, body = said(purpose, fills, language)
        common = {
            "purpose": purpose, "group": told.group, "account_id": account_id, "thread_id": thread_id,
            "language": language, "subject": subject, "body": body, "url": url, "urgent": told.urgent,
            "created_at": at,
        }  # fmt: skip
        messages.append(Message(channel=Channel.IN_APP, state=State.SENT, sent_at=at, **common))
        state, moment = _moment(told, one.clock, _pace(told, one), at)
        for channel, address, outlet in _ways(told, one):
            if address and address in stopped and not GROUPS[told.group].fixed:
                continue
            messages.append(
                Message(
                    channel=channel, address=address, outlet=outlet, state=state, next_at=moment,
                    expires_at=moment + told.stale, **common,
                )
            )  # fmt: skip
    _write(messages, at)
    return len(held)


def _pace(told: Purpose, one: _Held) -> str:
    group, choice = GROUPS[told.group], one.choices.get(told.group)
    return Pace.NOW if group.fixed else choice.pace if choice else group.pace


def _ways(told: Purpose, one: _Held) -> list[tuple[str, str, int | None]]:
    """(channel, address, outlet) of everything this person wants for this purpose."""
    group, choice = GROUPS[told.group], one.choices.get(told.group)
    if _pace(told, one) == Pace.OFF:
        return []
    wanted = group.channels if choice is None or group.fixed else tuple(choice.channels)
    ways: list[tuple[str, str, int | None]] = [
        (channel, address, None)
        for channel, address in ((Channel.SMS, one.phone), (Channel.EMAIL, one.email))
        if channel in wanted and address
    ]
    if choice is None and group.best:
        ways = sorted(ways, key=lambda way: way[0] != one.first)[:1]
    return ways + [(o.channel, "", o.pk) for o in one.outlets if o.channel in wanted]


def _stopped(addresses: Sequence[str], group: str) -> set[str]:
    """Those of some addresses that want no more of a group."""
    if not addresses or not group:
        return set()
    digests = {bytes(address_digest(one)): one for one in addresses}
    with acting(Actor.for_service("notices")):
        rows = Stop.objects.filter(address_digest__in=list(digests), group=group)
        return {digests[bytes(row)] for row in rows.values_list("address_digest", flat=True)}


def _write(messages: Sequence[Message], at: datetime) -> None:
    """Keep the messages, and let jobs send those that are due."""
    from gongzhi.notices.jobs import send_message, send_messages

    Message.objects.bulk_create(messages, batch_size=500)
    due = [
        str(m.pk) for m in messages if m.state == State.WAITING and m.next_at is not None and m.next_at <= at
    ]
    if len(due) == 1:
        send_message.defer(message_id=due[0])
    else:
        for begin in range(0, len(due), BATCH):
            send_messages.defer(message_ids=due[begin : begin + BATCH])
