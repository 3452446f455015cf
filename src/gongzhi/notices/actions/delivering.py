"""Sending: claim a message, hand it to its channel, mark what became of it. Each of the three is its own step.

Claim and mark are transactions; the channel is asked between them, so that a slow gateway holds no row and no
connection's transaction. Whoever is killed in between leaves a claim that runs out: the next sender sees an attempt
without an end. Where the channel takes a key once, the message goes out again under the same key and arrives once;
elsewhere it goes out again and is marked ``twice``: it may have arrived before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy, override

from civics.quiet import not_before
from gongzhi.kit.acting import Actor
from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter, Outcome, adapters
from gongzhi.notices.hours import clock_of, clock_of_address
from gongzhi.notices.models import Attempt, Channel, Hours, Message, Outlet, State
from gongzhi.notices.purposes import said

#: A sender that has not marked its message for so long is taken for dead. Longer than any channel's patience.
CLAIM = timedelta(minutes=2)
#: Seconds until the next try, by the number of tries so far; the last one counts from then on.
BACKOFF = (60, 120, 300, 600, 1200, 1800)
#: Tries after which a message is given up, if its time has not run out before.
MOST_TRIES = 60
#: Lines of a collected message.
MOST_LINES = 20
_SALT = "notices.stop"


def stop_token(account_id: int | None, address_digest: bytes, group: str) -> str:
    """The signed word in an unsubscribe link: an account or the digest of an address, and a group. No address."""
    who = f"a{account_id}" if account_id else f"d{address_digest.hex()}"
    return Signer(salt=_SALT).sign(f"{who}.{group}")


def said_in_token(token: str) -> tuple[int | None, bytes, str]:
    """(account, digest, group) of :func:`stop_token`. Raises django.core.signing.BadSignature."""
    who, _dot, group = Signer(salt=_SALT).unsign(token).partition(".")
    if who.startswith("a"):
        return int(who[1:]), b"", group
    return None, bytes.fromhex(who[1:]), group


@transaction.atomic
def _claim(message_id: str, at: datetime) -> tuple[Message, Attempt] | None:
    """The message for one try, or None: it is over, not due, being sent, or must not go out now."""
    due = Q(state=State.WAITING, next_at__lte=at) | Q(state=State.SENDING, claimed_until__lte=at)
    message = Message.objects.select_for_update(skip_locked=True).filter(due, pk=message_id).first()
    if message is None:
        return None
    if message.state == State.SENDING:
        _left_behind(message, at)
    if message.expires_at is not None and message.expires_at <= at:
        _give_up(message, "expired", at)
        return None
    if message.attempts >= MOST_TRIES:
        _give_up(message, "too_often", at)
        return None
    if not message.urgent:
        hours = Hours.objects.filter(account_id=message.account_id).first() if message.account_id else None
        quiet = (clock_of(hours) if hours else clock_of_address(message.address)).quiet
        # a collected message was asked for at its hour
        if message.purpose != "digest" and quiet.holds(at):
            message.state, message.next_at, message.claimed_until = State.WAITING, not_before(at, quiet), None
            message.save(update_fields=["state", "next_at", "claimed_until", "twice"])
            return None
    message.attempts += 1
    message.state, message.next_at, message.claimed_until = State.SENDING, at + CLAIM, at + CLAIM
    message.save(update_fields=["attempts", "state", "next_at", "claimed_until", "twice"])
    return message, Attempt.objects.create(message=message, number=message.attempts, began_at=at)


def _left_behind(message: Message, at: datetime) -> None:
    """The last sender never said what became of it."""
    left = Attempt.objects.filter(message=message, finished_at=None)
    if left.update(finished_at=at, outcome="unknown", reason="unknown") and not _once(message.channel):
        message.twice = True


def _once(channel: str) -> bool:
    return adapters()[channel].once


def _give_up(message: Message, reason: str, at: datetime) -> None:
    message.state, message.failed_at, message.failure = State.FAILED, at, reason
    message.next_at, message.claimed_until = None, None
    message.save(update_fields=["state", "failed_at", "failure", "next_at", "claimed_until", "twice"])


@transaction.atomic
def _letter(message: Message) -> Letter | None:
    """The message as its channel sees it; None when its robot or browser is no longer there."""
    from gongzhi.people.addresses import address_digest

    address, keys = message.address, {}
    if message.outlet is not None:
        outlet = Outlet.objects.filter(pk=message.outlet).first()
        if outlet is None:
            return None
        address, keys = outlet.address, outlet.keys
    base, stop = settings.PUBLIC_ADDRESS, ""
    if base and message.channel == Channel.EMAIL and message.group:
        stop = (
            f"{base}/notices/stop/{stop_token(message.account_id, address_digest(address), message.group)}/"
        )
    answers, begun = _before(message)
    return Letter(
        str(message.pk), message.purpose, address, message.subject, message.body, message.language,
        f"{base}{message.url}" if base and message.url else "", stop, message.urgent, answers, begun, keys,
    )  # fmt: skip


def _before(message: Message) -> tuple[str, str]:
    """(the e-mail that began it, our first answer) of what was written to the same address about the same thing."""
    if message.channel != Channel.EMAIL or message.thread_id is None:
        return message.answers, ""
    same = Message.objects.filter(
        thread_id=message.thread_id,
        channel=Channel.EMAIL,
        address=message.address,
        created_at__lte=message.created_at,
    )
    first = same.order_by("created_at", "pk").first() or message
    return first.answers or message.answers, "" if first.pk == message.pk else str(first.pk)


def _hand_over(message: Message) -> Outcome:
    """Ask the channel. In development the mailbox page is the channel, and takes everything."""
    if settings.MAILBOX:
        return Outcome(SENT)
    adapter = adapters().get(message.channel)
    if adapter is None or not adapter.ready():
        return Outcome(LATER, "no_channel")
    letter = _letter(message)
    return adapter.send(letter) if letter else Outcome(REFUSED, "gone")


@transaction.atomic
def _mark(message_id: Any, attempt: Attempt, outcome: Outcome, at: datetime) -> bool:
    """Keep what became of a try. A sender that was given up for dead and woke again changes nothing but the truth."""
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None:  # the person has been forgotten meanwhile
        return outcome.what == SENT
    attempt.finished_at, attempt.outcome, attempt.reason = at, outcome.what, outcome.reason
    attempt.save(update_fields=["finished_at", "outcome", "reason"])
    if message.attempts != attempt.number or message.state != State.SENDING:
        if outcome.what == SENT and not _once(message.channel):
            message.twice = True
            message.save(update_fields=["twice"])
        return outcome.what == SENT
    message.claimed_until, message.next_at, message.failure = None, None, outcome.reason
    if outcome.what == SENT:
        message.state, message.sent_at = State.SENT, at
    elif outcome.what == REFUSED:
        message.state, message.failed_at = State.FAILED, at
        if outcome.reason == "gone" and message.outlet is not None:
            Outlet.objects.filter(pk=message.outlet).delete()
    else:
        wait = max(BACKOFF[min(attempt.number, len(BACKOFF)) - 1], outcome.wait or 0)
        message.state, message.next_at = State.WAITING, at + timedelta(seconds=wait)
    message.save(update_fields=["claimed_until", "next_at", "failure", "state", "sent_at", "failed_at"])
    return outcome.what == SENT


def deliver(message_id: str, *, by: Actor, at: datetime) -> bool:
    """Try to send one message. False when it went before, is unknown, must wait, or the channel did not take it.

    Not one transaction but two, see above: call it outside of any other. Two senders never have the same message at
    the same time.
    """
    claimed = _claim(message_id, at)
    if claimed is None:
        return False
    message, attempt = claimed
    return _mark(message.pk, attempt, _hand_over(message), at)


@transaction.atomic
def receipt(message_id: str, *, arrived: bool, reason: str, by: Actor, at: datetime) -> bool:
    """A gateway says how it went. What was given up stays so; a message that is unknown is no error: False."""
    message = Message.objects.select_for_update().filter(pk=message_id, channel=Channel.SMS).first()
    if message is None or message.state in (State.FAILED, State.DELIVERED):
        return False
    message.next_at, message.claimed_until = None, None
    if arrived:
        message.state, message.delivered_at, message.failure = State.DELIVERED, at, ""
        message.sent_at = message.sent_at or at
    else:
        message.state, message.failed_at = State.FAILED, at
        message.failure = "address" if reason == "address" else "refused"
    message.save()
    return True


_MORE = gettext_lazy("还有 {n} 条，请登录查看。")


@transaction.atomic
def gather(*, by: Actor, at: datetime, most: int = 500) -> int:
    """Make one message of those that were held for the same person, way and moment. How many were gathered."""
    rows = list(
        Message.objects.select_for_update(skip_locked=True)
        .filter(state=State.HELD, next_at__lte=at)
        .order_by("account_id", "channel", "address", "outlet", "created_at")[:most]
    )
    groups: dict[tuple[Any, ...], list[Message]] = {}
    for row in rows:
        groups.setdefault((row.account_id, row.channel, row.address, row.outlet), []).append(row)
    for (account_id, channel, address, outlet), each in groups.items():
        first = each[0]
        if len(each) == 1:
            first.state = State.WAITING
            first.save(update_fields=["state"])
            continue
        lines = [f"· {row.body}" for row in each[:MOST_LINES]]
        with override(first.language or None):
            if len(each) > MOST_LINES:
                lines.append(str(_MORE).format(n=len(each) - MOST_LINES))
        fills = {"count": str(len(each)), "lines": "\n".join(lines)}
        subject, body = said("digest", fills, first.language)
        groups_in = {row.group for row in each}
        whole = Message.objects.create(
            purpose="digest", group=first.group if len(groups_in) == 1 else "", channel=channel, address=address,
            outlet=outlet, account_id=account_id, language=first.language, subject=subject, body=body,
            url="/notices/", created_at=at, next_at=at, expires_at=at + timedelta(days=2),
        )  # fmt: skip
        for row in each:
            row.state, row.next_at, row.into = State.GATHERED, None, whole
        Message.objects.bulk_update(each, ["state", "next_at", "into"])
    return len(rows)
