"""What can be asked of the outbox: what went out lately (only the sending service may see it)."""

from __future__ import annotations

from django.db import transaction

from gongzhi.kit.acting import Actor, acting
from gongzhi.notices.models import Message


def mailbox(*, most: int = 50) -> list[Message]:
    """The newest messages, for the mailbox page of a development installation."""
    with acting(Actor.for_service("notices")), transaction.atomic():
        return list(Message.objects.order_by("-created_at")[:most])
