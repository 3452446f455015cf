"""The unit's work and the check: accept, assign, ask, answer; pass or fail the answer; notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.models import Audience
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.kit.images import Picture
from gongzhi.people.queries import colleagues
from gongzhi.workorders.actions import signing, splitting
from gongzhi.workorders.actions.steps import locked, say, take, unit_name
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.workflow import IN_HAND


def words_of_step(text: str, sentence: str, field: str = "text") -> str:
    """The words of a step without blanks around them; Invalid with this sentence beside its field when there are none."""
    if len(text.strip()) < 2:
        raise Invalid(sentence, code="words_needed", fields={field: [sentence]})
    if len(text) > 5000:
        raise Invalid(
            _("内容太长了：最多 5000 个字。"), code="too_long", fields={field: [_("最多 5000 个字。")]}
        )
    return text.strip()


@transaction.atomic
def accept(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The unit takes the order up; whoever accepts handles it until somebody else is assigned."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order, "accept", by=by, at=at, detail={"unit": unit_name(order)}, fields={"handler_id": by.account_id}
    )
    return order


@transaction.atomic
def assign(order_id: int, *, handler_id: int, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Name the person of the unit who handles the order."""
    order = locked(order_id, by=by, seen=seen)
    known = {account for account, _name, _role in colleagues(order.unit_id or 0, clock.today())}
    if handler_id not in known:
        raise Invalid(
            _("这个人不在主办单位。"), code="not_a_colleague", fields={"handler": [_("请选择经办人。")]}
        )
    take(order, "assign", by=by, at=at, detail={"handler_id": handler_id}, fields={"handler_id": handler_id})
    return order


@transaction.atomic
def ask_resident(
    order_id: int, *, question: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Ask the reporter for something; the promise to answer stands still until they reply."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "ask_resident",
        by=by,
        at=at,
        text=words_of_step(question, _("请写明需要居民补充什么。"), "question"),
    )
    return order


@transaction.atomic
def take_up(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Go on without waiting for the reporter any longer."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "take_up", by=by, at=at)
    return order


@transaction.atomic
def answer(
    order_id: int,
    *,
    text: str,
    why: str = "",
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Say what was done. Somebody else checks it before the reporter reads it.

    ``why`` are words to colleagues, needed while a joint unit has not signed. Conflict while a part is being worked on.
    """
    order = locked(order_id, by=by, seen=seen)
    asked = order.state == IN_HAND and RULES.may(by, "answer", order)
    without = signing.missing_names(order) if asked else []
    if asked:
        splitting.must_be_done(order)
        why = signing.why_missing(order, why)
    take(
        order,
        "answer",
        by=by,
        at=at,
        text=words_of_step(text, _("请写明做了什么、结果怎样。")),
        detail={"unit": unit_name(order)} | ({"without": without} if without else {}),
        fields={"answered_by_id": by.account_id, "answered_at": at, "parts": 0, "urged": 0},
        pictures=pictures,
    )
    if without:
        journal.write(order.matter.thread, [say("note", text=why)], by=by, at=at)
    return order


@transaction.atomic
def pass_check(
    order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The answer is good: the reporter gets it and may rate it. The entry carries the answer's words and pictures."""
    whole = splitting.whole_of(order_id)
    if whole is not None:
        journal.lock(whole)  # the smaller key first, as when a split is taken back
    order = locked(order_id, by=by, seen=seen)
    last = order.matter.thread.entries.filter(verb="workorders.answer").order_by("-position").first()
    take(
        order,
        "pass_check",
        by=by,
        at=at,
        text=last.text if last else "",
        detail={"unit": unit_name(order)} | ({"answer": last.position} if last else {}),
    )
    if last is not None:
        last.attachments.update(audience=Audience.PARTIES)
    if note.strip():
        take(order, "note", by=by, at=at, text=note.strip())
    if order.channel == Channel.PART:
        splitting.tell_whole(order, whole, last.text if last else "", by=by, at=at)
    return order


@transaction.atomic
def fail_check(order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The answer is not good enough: back to the unit, with the reason."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "fail_check", by=by, at=at, text=words_of_step(reason, _("请写明哪里不行。"), "reason"))
    return order


@transaction.atomic
def note(
    order_id: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """A note among colleagues, with pictures."""
    order = locked(order_id, by=by, seen=seen)
    words = text.strip() if pictures and not text.strip() else words_of_step(text, _("请写点什么。"))
    take(order, "note", by=by, at=at, text=words, pictures=pictures)
    return order


@transaction.atomic
def lapse(order_id: int, *, by: Actor, at: datetime) -> WorkOrder:
    """Nobody rated in time: the order closes. Only the platform does this."""
    order = locked(order_id, by=by)
    take(order, "lapse", by=by, at=at)
    return order
