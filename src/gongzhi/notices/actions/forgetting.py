"""Forgetting messages: they hold addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from gongzhi.kit.acting import Actor, acting
from gongzhi.notices.models import Choice, Follow, Hours, Message, Outlet, Stop
from gongzhi.people.addresses import address_digest


@transaction.atomic
def forget_sent(*, before: datetime, by: Actor, at: datetime) -> int:
    """Forget messages that are over since a moment. Only the sending service can."""
    over = Q(sent_at__lt=before) | Q(failed_at__lt=before) | Q(state="gathered", created_at__lt=before)
    return Message.objects.filter(over).delete()[1].get("notices.Message", 0)


@transaction.atomic
def forget_person(account_id: int, addresses: Sequence[str], *, by: Actor, at: datetime) -> int:
    """Forget every message to an account and to these addresses, sent or not, and what the account chose and followed
    (PIPL art. 47). How many messages it was."""
    with acting(Actor.for_service("notices")):
        for model in (Choice, Hours, Outlet, Follow):
            model._default_manager.filter(account_id=account_id).delete()
        Stop.objects.filter(address_digest__in=[address_digest(one) for one in addresses]).delete()
        gone = Message.objects.filter(Q(account_id=account_id) | Q(address__in=[a for a in addresses if a]))
        return gone.delete()[1].get("notices.Message", 0)
