"""What can be done with messages: write one into the outbox, and send what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Unavailable
from gongzhi.notices.models import Message
from gongzhi.notices.templates import SENTENCES

EMAIL, SMS = "email", "sms"


def reachable(address: str) -> bool:
    """Can a message to this address go out from this installation? In development all of them can: to the mailbox."""
    return settings.DEVELOPMENT or ("@" in address and bool(settings.EMAIL_HOST))


@transaction.atomic(savepoint=False)
def send(
    purpose: str,
    *,
    address: str,
    fills: Mapping[str, str],
    account_id: int | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Write a message into the outbox; a job sends it once this transaction stands."""
    from gongzhi.notices.jobs import send_message

    message = Message(
        purpose=purpose,
        channel=EMAIL if "@" in address else SMS,
        address=address,
        account_id=account_id,
        body=str(SENTENCES[purpose]).format(**fills),
        created_at=at,
    )
    Message.objects.bulk_create([message])
    send_message.defer(message_id=str(message.pk))


@transaction.atomic
def forget_sent(*, before: datetime, by: Actor, at: datetime) -> int:
    """Forget messages that went out before a moment: they hold addresses. Only the sending service can."""
    return Message.objects.filter(sent_at__lt=before).delete()[0]


@transaction.atomic
def forget_person(account_id: int, addresses: Sequence[str], *, by: Actor, at: datetime) -> int:
    """Forget every message to an account and to these addresses, sent or not (PIPL art. 47)."""
    with acting(Actor.for_service("notices")):
        return Message.objects.filter(Q(account_id=account_id) | Q(address__in=addresses)).delete()[0]


@transaction.atomic
def deliver(message_id: str, *, by: Actor, at: datetime) -> bool:
    """Send one message. False when it went before, or is unknown.

    The row is locked while the channel is asked, so two workers never send the same message side by side.
    """
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None or message.sent_at is not None:
        return False
    if not settings.DEVELOPMENT:
        if message.channel != EMAIL or not settings.EMAIL_HOST:
            raise Unavailable(_("没有可用的发送渠道。"), code="no_channel")
        send_mail(_("共治：事项进展"), message.body, None, [message.address])
    message.sent_at = at
    message.save(update_fields=["sent_at"])
    return True
