"""Signed messages of the police are taken once: their ids are kept while they would be good, and forgotten then."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.workorders.models.police import TakenMessage
from gongzhi.workorders.police_partners import Signed


@transaction.atomic
def take_once(message: Signed, *, by: Actor, at: datetime) -> None:
    """Remember the id of a message, in the transaction of what it does: what is refused leaves no id behind.

    Conflict (409) for an id that this partner has used before, also at the same instant.
    """
    row = TakenMessage(
        partner_id=message.partner.id, message_id=message.message_id, good_until=message.good_until
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as fault:
        raise Conflict(
            _("这条消息已经收过。"), help=_("再发一次，请换一个消息编号并重新签名。"), code="played_back"
        ) from fault


def forget_messages(*, by: Actor, at: datetime) -> int:
    """Forget the ids of messages whose moment is no longer good. (how many)"""
    return TakenMessage.objects.filter(good_until__lt=at).delete()[0]
