"""Taking in what was said in a group chat: a clerk has made cards of it, and all of them come in by one act, each once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid, Refusal
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.actions.reporting import Receipt
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.policies.desk import require

SOURCE = "chat"
#: At most so many at once.
MOST = 60
_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")


@dataclass(frozen=True)
class Pasted:
    """One card as it was confirmed. ``key`` names it within its paste, and stays when the page is sent again."""

    key: str
    words: str
    place: str = ""
    category_id: int | None = None
    area_id: int | None = None
    name: str = ""
    echoes: int = 0


class CardRefused(Invalid):
    """One card cannot be taken in as it stands; none was. ``key`` says which."""

    def __init__(self, key: str, refusal: Refusal) -> None:
        self.key = key
        super().__init__(
            str(refusal), help=refusal.help, code=refusal.code, fields=refusal.fields, status=refusal.status
        )


@transaction.atomic
def take_pasted(paste: str, cards: Sequence[Pasted], *, by: Actor, at: datetime) -> list[Receipt]:
    """Take all cards of a paste in, or none. The same paste sent again gives the same orders.

    Raises CardRefused with the key of the card that is wrong.
    """
    person = require(by, "take_in")
    if not _KEY.fullmatch(paste):
        raise Invalid(_("这次粘贴的编号不对，请重新粘贴。"), code="paste")
    if not 1 <= len(cards) <= MOST or len({card.key for card in cards}) != len(cards):
        raise Invalid(_("一次登记 1 到 {most} 件。").format(most=MOST), code="card_count")
    receipts = []
    for card in cards:
        words = card.words.strip()
        if card.echoes:
            words += "\n" + _("（群里另有 {n} 人说也是这样）").format(n=card.echoes)
        draft = Draft(
            description=words,
            channel=Channel.GROUP_CHAT,
            category_id=card.category_id,
            place_text=card.place,
            area_id=card.area_id,
            name=card.name,
            emergency_acknowledged=True,  # the clerk has read it and is told whom to call
            source=SOURCE,
            source_key=f"{person.account_id}:{paste}:{card.key}",
        )
        try:
            receipts.append(reporting.report(draft, by=by, at=at))
        except Refusal as refusal:
            raise CardRefused(card.key, refusal) from refusal
    return receipts


def taken(paste: str, *, by: Actor) -> list[WorkOrder]:
    """The orders that this person made of a paste, in the order of the cards."""
    person = require(by, "take_in")
    if not _KEY.fullmatch(paste):
        return []
    begins = f"{person.account_id}:{paste}:"
    rows = WorkOrder.objects.filter(source=SOURCE, source_key__gte=begins, source_key__lt=begins + "\uffff")
    return list(rows.order_by("pk"))
