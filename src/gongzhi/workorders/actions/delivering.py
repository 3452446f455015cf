"""Steps that a device without signal kept until it could send them: each taken once, and never over somebody's head.

The key was made on the device. The same key finds the first result, also at the same instant; other words under the
same key are a mistake of the device. What others have done since the device last looked is told before anything is
done, by :class:`~gongzhi.kit.errors.Conflict`: the worker decides. Reports go through ``reporting.report`` as
everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from civics.devicetime import Seen
from gongzhi.journal.models import Entry
from gongzhi.kit.errors import Conflict, Invalid, NotFound, SignInFirst
from gongzhi.kit.images import Picture
from gongzhi.people.actor import Person
from gongzhi.people.addresses import keyed
from gongzhi.people.roles import SYSTEM
from gongzhi.workorders.actions import handling, verifying, visiting
from gongzhi.workorders.actions.steps import locked
from gongzhi.workorders.models import Delivery, WorkOrder

LONGEST_KEY = 64
#: What a device may deliver: verb → the action, and the fields of its form that it takes.
STEPS: Mapping[str, tuple[Callable[..., WorkOrder], tuple[str, ...]]] = {
    "accept": (handling.accept, ()),
    "answer": (handling.answer, ("text", "why", "pictures")),
    "note": (handling.note, ("text", "pictures")),
    "verify": (verifying.verify, ("found", "text", "pictures")),
    "visit": (visiting.visit, ("reached", "solved", "satisfied", "text")),
}
#: Entries that are nobody's doing, or change nothing for who works on the order.
_QUIET = ("workorders.follow", "workorders.see_contact", "workorders.reminded", "workorders.missed")


@dataclass(frozen=True)
class Step:
    """One step as a device sends it. ``version`` is the length of the order's record when the device last looked; None
    for what disturbs nobody (a note)."""

    key: str
    order_id: int
    verb: str
    said: Mapping[str, Any] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()
    version: int | None = None
    seen: Seen | None = None


@dataclass(frozen=True)
class Delivered:
    """What became of a step: the order, the length of its record after the step, and whether it had come before."""

    order: WorkOrder
    position: int
    repeated: bool = False


def deliver(step: Step, *, by: Person, at: datetime) -> Delivered:
    """Take a step that was kept on a device, once. Raises Conflict (``someone_was_quicker``, ``key_reused``) or what the
    step itself refuses."""
    if step.verb not in STEPS:
        raise NotFound(_("没有这一步。"), code="unknown_step")
    if not 8 <= len(step.key) <= LONGEST_KEY or not step.key.isascii() or not step.key.isprintable():
        raise Invalid(_("请求编号不对。"), code="bad_key")
    # Who delivered before is told so even where they may no longer see the order.
    if (before := _again(step, by=by)) is not None:
        return before
    try:
        with transaction.atomic():
            return _first(step, by=by, at=at)
    except IntegrityError:
        if (before := _again(step, by=by)) is None:
            raise
        return before


def _account(by: Person) -> int:
    """Whose keys they are: two people's devices may make the same one. SignInFirst for a visitor."""
    if by.account_id is None:
        raise SignInFirst
    return by.account_id


def _first(step: Step, *, by: Person, at: datetime) -> Delivered:
    order = locked(step.order_id, by=by)
    # The row comes first: whoever sends the same key now waits here until this one is done, and then finds it.
    row = Delivery.objects.create(
        account_id=_account(by),
        key=step.key,
        order=order,
        verb=step.verb,
        content=content_of(step),
        done_at=step.seen.at if step.seen else None,
        ahead=round(step.seen.ahead.total_seconds()) if step.seen else 0,
        arrived_at=at,
    )
    if step.version is not None and others(order.pk, step.version, by=by).exists():
        raise Conflict(
            _("您没有信号的时候，别人处理了这件事。"),
            help=_("看看发生了什么，再决定要不要照样送出。"),
            code="someone_was_quicker",
        )
    before = order.matter.thread.length
    action, names = STEPS[step.verb]
    values = {**step.said, "pictures": step.pictures}
    done = action(order.pk, **{name: values[name] for name in names if name in values}, by=by, at=at)
    thread = type(order.matter.thread).objects.get(pk=order.pk)
    row.entry, row.position = before + 1, thread.length
    row.save(update_fields=["entry", "position"])
    return Delivered(done, row.position)


def _again(step: Step, *, by: Person) -> Delivered | None:
    """What this key has done before, or None."""
    row = (
        Delivery.objects.select_related("order__matter").filter(account_id=_account(by), key=step.key).first()
    )
    if row is None:
        return None
    if (row.order_id, row.verb, row.content) != (step.order_id, step.verb, content_of(step)):
        raise Conflict(
            _("同一个请求编号已经用于另一步。"), help=_("请换一个新的编号再提交。"), code="key_reused"
        )
    return Delivered(row.order, row.position, repeated=True)


def others(order_id: int, version: int, *, by: Person) -> QuerySet[Entry]:
    """What somebody else has done with an order since its record was so long; not what the platform itself noted."""
    return (
        Entry.objects.filter(thread_id=order_id, position__gt=version)
        .exclude(by_id=by.account_id)
        .exclude(part__in=(SYSTEM, "service"))
        .exclude(verb__in=_QUIET)
        .order_by("position")
    )


def content_of(step: Step) -> str:
    """A keyed digest of all that a step says: whether a repeated one is really the same. The version is not said: it may
    be a later one, after the worker has looked at what others did."""
    said = [step.order_id, step.verb, sorted(step.said.items()),
            [hashlib.sha256(picture.content).hexdigest() for picture in step.pictures]]  # fmt: skip
    return keyed("content", json.dumps(said, ensure_ascii=False, default=str)).hex()[:32]
