"""A call that was no police business and is a dispute: handed straight to whoever mediates, and nothing of it stays here.

The room that mediates says so in its manifest (card ``takes_call``); this one keeps the number of the call, so that it is
taken once, and the receipt. No order is made, no word, place or telephone is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.kinds import known
from gongzhi.people.addresses import keyed
from gongzhi.territory.ground import ground
from gongzhi.workorders.models.police import DisputeCall
from gongzhi.workorders.police_partners import PartnerRow, nobody_in


@dataclass(frozen=True)
class Quarrel:
    """What the police say: the least with which somebody can be called back. ``phone`` only where the caller agreed."""

    number: str
    kind: str
    area_id: int
    words: str
    place: str = ""
    phone: str = ""
    agreed: bool = False


@transaction.atomic
def take_dispute(partner: PartnerRow, call: Quarrel, *, by: Actor, at: datetime) -> tuple[DisputeCall, bool]:
    """Hand it to the room that mediates. (row with the receipt, whether the number was taken before)

    The same number with other content is a Conflict. Whatever refuses leaves nothing behind.
    """
    number = call.number.strip()
    if not 4 <= len(number) <= 40 or not number.isprintable():
        raise Invalid(fields={"call_number": [_("警情编号要有 4 到 40 个字符。")]}, code="call_number")
    area = ground().areas.get(call.area_id)
    if area is None or not (area.within(partner.path) or partner.path.startswith(area.path)):
        sentence = _("这个街道不归贵单位管辖。")
        raise Forbidden(sentence, code="not_your_area", fields={"area": [sentence]})
    nobody_in(call.words, "words")
    nobody_in(call.place, "place")
    if call.phone and not call.agreed:
        sentence = _("当事人同意后才能转电话号码。")
        raise Invalid(sentence, code="personal", fields={"phone": [sentence]})
    digest = keyed(
        "dispute-call", *(str(part) for part in (call.kind, area.id, call.words, call.place, call.phone))
    )
    found = DisputeCall.objects.filter(partner_id=partner.id, call_number=number).first()
    if found is None:
        try:
            with transaction.atomic():
                row = DisputeCall.objects.create(
                    partner_id=partner.id,
                    call_number=number,
                    digest=digest,
                    street_id=_street(area.id),
                    at=at,
                )
        except IntegrityError:  # the same call at the same instant
            found = DisputeCall.objects.get(partner_id=partner.id, call_number=number)
    if found is not None:
        if bytes(found.digest) != digest:
            raise Conflict(
                _("这个警情编号已经用过，内容不同。"), help=_("请核对警情编号。"), code="key_reused"
            )
        return found, True
    taker = next((kind.cards["takes_call"] for kind in known() if "takes_call" in kind.cards), None)
    if taker is None:
        raise Conflict(_("这里没有可以接收纠纷的调解室。"), code="nobody_receives")
    row.receipt, row.body = taker(
        kind=call.kind,
        area_id=area.id,
        words=call.words,
        place=call.place,
        phone=call.phone,
        body=partner.name,
        by=by,
        at=at,
    )
    row.save(update_fields=["receipt", "body"])
    return row, False


def _street(area_id: int) -> int | None:
    return next((area.id for area in ground().line(area_id) if area.level == "street"), None)
