"""Whistles (吹哨报到) and joint operations (联动): calling departments to a place, inspecting, following up, settling.

Answers, attendance and minutes are the meeting's own acts (:mod:`gongzhi.meetings.actions`); all of it is one thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from civics import worktime
from civics.worktime import Unit
from gongzhi.journal import actions as journal
from gongzhi.journal import books
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How
from gongzhi.meetings.actions import calling as meetings
from gongzhi.meetings.actions.calling import Plan, field_error
from gongzhi.meetings.models import Purpose
from gongzhi.meetings.policies import calling_post
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import calendar_for, ground
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.actions.reporting import Receipt
from gongzhi.workorders.actions.steps import locked, say
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models.callouts import (
    Callout,
    CalloutKind,
    CalloutLimit,
    CalloutObject,
    CalloutOrder,
    Found,
)
from gongzhi.workorders.policies.callouts import CALLING, CALLOUTS
from gongzhi.workorders.policies.desk import require

#: Answers are asked for within so long where no rule says otherwise.
LIMITS: dict[str, tuple[int, Unit]] = {
    CalloutKind.WHISTLE: (2, "hours"),
    CalloutKind.OPERATION: (8, "work_hours"),
}
UNITS: tuple[Unit, ...] = ("hours", "work_hours")
MOST_ORDERS, MOST_OBJECTS = 20, 300


@dataclass(frozen=True)
class Listed:
    """An object to be inspected: its class, its name, where it is."""

    group: str
    name: str
    place: str = ""


@dataclass(frozen=True)
class Call:
    """A callout before it is called. Moments are aware; ``orders`` are ids of orders it is about."""

    kind: str
    title: str
    division_id: int
    starts_at: datetime
    ends_at: datetime
    bodies: tuple[int, ...]
    place: str = ""
    agenda: str = ""
    video: bool = False
    orders: tuple[int, ...] = ()
    objects: tuple[Listed, ...] = ()


def limit_of(kind: str) -> tuple[int, Unit]:
    """How long this kind gives for an answer: the rule's row, or what the platform starts with."""
    row = CalloutLimit.objects.filter(kind=kind).first()
    return (row.amount, cast("Unit", row.unit)) if row else LIMITS[kind]


@transaction.atomic
def set_limit(
    kind: str, amount: int, unit: str, *, note: str = "", by: Actor, at: datetime, seen: str | None = None
) -> CalloutLimit:
    """Change how long a kind of callout gives for an answer. Those called already keep theirs.

    ``seen`` is the fingerprint of the limit that the editor had before them.
    """
    require(by, "change_tables")
    if kind not in CalloutKind.values or unit not in UNITS:
        raise Invalid(_("没有这种时限。"), code="limit")
    if not 1 <= amount <= 240:
        raise field_error("amount", _("答复时限在 1 到 240 小时之间。"), "amount")
    book = books.open_book("callout-limits", at=at)
    before = limit_values(kind)
    books.expect(before, seen, what=_("这个时限"))
    after = {"amount": amount, "unit": unit, "note": note[:200]}
    row, _made = CalloutLimit.objects.update_or_create(kind=kind, defaults=after)
    name = str(CalloutKind(kind).label)
    books.note(book, books.Change(kind, before, after, name), by=by, at=at)
    return row


def limit_values(kind: str) -> dict[str, Any]:
    """What the rule of a kind says now, for the book; where there is no row yet, what the platform starts with."""
    row = CalloutLimit.objects.filter(kind=kind).first()
    amount, unit = LIMITS[kind]
    return {"amount": row.amount, "unit": row.unit, "note": row.note} if row else {
        "amount": amount, "unit": str(unit), "note": "",
    }  # fmt: skip


def undo_limit(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a limit back as it was."""
    amount, unit = LIMITS[key]
    said = wanted or {"amount": amount, "unit": str(unit), "note": ""}
    set_limit(key, said["amount"], said["unit"], note=said["note"], by=by, at=at, seen=seen)


def _listed(objects: Sequence[Listed]) -> list[Listed]:
    seen: dict[Listed, None] = {}
    for one in objects:
        tidy = Listed(one.group.strip(), one.name.strip(), one.place.strip())
        if not tidy.group or not tidy.name:
            raise field_error("objects", _("每个检查对象要写类别和名称。"), "object")
        if len(tidy.group) > 40 or len(tidy.name) > 80 or len(tidy.place) > 120:
            raise field_error("objects", _("类别最多 40 字，名称 80 字，地点 120 字。"), "object_too_long")
        seen[tidy] = None
    if len(seen) > MOST_OBJECTS:
        raise field_error(
            "objects", _("一次最多 {most} 个检查对象。").format(most=MOST_OBJECTS), "too_many_objects"
        )
    return list(seen)


@transaction.atomic
def call_out(call: Call, *, by: Actor, at: datetime) -> Callout:
    """Call several departments to one place at one time. Raises Invalid, Forbidden or NotFound.

    Each has to answer within the limit of the kind, and at the latest when it begins. What it is about is written into
    each order too: the parties read of a whistle, of an operation only staff.
    """
    if call.kind not in CALLING:
        raise field_error("kind", _("请选择吹哨或联合行动。"), "kind")
    post = calling_post(by, call.division_id, CALLING[call.kind])
    if len(call.orders) > MOST_ORDERS:
        raise field_error(
            "orders", _("一次最多关联 {most} 件工单。").format(most=MOST_ORDERS), "too_many_orders"
        )
    if not call.bodies:
        raise field_error("bodies", _("请选择要召集的部门。"), "nobody_invited")
    objects = _listed(call.objects)
    amount, unit = limit_of(call.kind)
    calendar = calendar_for(ground().areas[call.division_id].jurisdiction)
    answer_by = min(worktime.due(at, amount, unit, calendar), call.starts_at)
    orders = [locked(key, by=by) for key in sorted(set(call.orders))]
    meeting = meetings.call(
        Plan(
            title=call.title, division_id=call.division_id, starts_at=call.starts_at, ends_at=call.ends_at,
            bodies=call.bodies, purpose=Purpose.ON_SITE, place=call.place, agenda=call.agenda, video=call.video,
            answer_by=answer_by,
        ),
        by=by, at=at, roles=CALLING[call.kind],
    )  # fmt: skip
    first = meeting.invitations.values_list("answer_by", flat=True).first() or answer_by
    callout = Callout.objects.create(
        meeting=meeting, kind=call.kind, role=post.role, called_at=at, answer_due_at=first
    )
    CalloutOrder.objects.bulk_create(CalloutOrder(callout=callout, order=order) for order in orders)
    CalloutObject.objects.bulk_create(
        CalloutObject(callout=callout, group=one.group, name=one.name, place=one.place) for one in objects
    )
    facts: dict[str, Any] = {"count": len(call.bodies), "callout": meeting.pk}
    for order in orders:
        said = say(call.kind, detail=facts)  # who may read it stands in the phrase of that kind
        journal.write(order.matter.thread, [said], by=by, at=at)
    return callout


def _locked(callout_id: int, verb: str, *, by: Actor, seen: int | None = None) -> Callout:
    """The callout with its meeting and thread, locked, for this verb."""
    callout = (
        Callout.objects.select_for_update(of=("self", "meeting", "meeting__thread"))
        .select_related("meeting__thread")
        .filter(pk=callout_id)
        .first()
    )
    if callout is None or not CALLOUTS.may(by, "see", callout):
        raise NotFound(_("没有这次召集，或没有召集您的单位。"))
    if not CALLOUTS.may(by, verb, callout):
        raise Forbidden(_("这一步由召集单位来做。"))
    if seen is not None and callout.meeting.edits != seen:
        raise Conflict(
            _("就在刚才，有人先改了这次召集。"),
            help=_("您写的内容没有提交。请看一下现在的情况，再决定怎么做。"),
            code="someone_was_quicker",
        )
    if callout.meeting.cancelled_at is not None:
        raise Conflict(_("这次召集已经取消。"), code="cancelled")
    if callout.settled_at is not None:
        raise Conflict(_("这次召集已经了结。"), code="settled")
    return callout


@transaction.atomic
def list_objects(callout_id: int, objects: Sequence[Listed], *, by: Actor, at: datetime) -> int:
    """Add objects to be inspected; those listed already stay as they are. How many were added."""
    callout = _locked(callout_id, "list_objects", by=by)
    wanted = _listed(objects)
    known = set(callout.objects_listed.values_list("group", "name", "place"))
    fresh = [one for one in wanted if (one.group, one.name, one.place) not in known]
    if not fresh:
        raise field_error("objects", _("请写还没有列入的检查对象。"), "nothing_new")
    if len(known) + len(fresh) > MOST_OBJECTS:
        raise field_error(
            "objects", _("一次最多 {most} 个检查对象。").format(most=MOST_OBJECTS), "too_many_objects"
        )
    CalloutObject.objects.bulk_create(
        CalloutObject(callout=callout, group=one.group, name=one.name, place=one.place) for one in fresh
    )
    said = Said("workorders.list_objects", detail={"count": len(fresh)})
    meetings.wrote(callout.meeting, [said], [], by=by, at=at)
    return len(fresh)


@transaction.atomic
def inspect(
    object_id: int, found: str, text: str = "", *, by: Actor, at: datetime, seen: int | None = None
) -> CalloutObject:
    """Keep what was found at one object. ``seen`` is how often it had been written before."""
    callout_id = CalloutObject.objects.filter(pk=object_id).values_list("callout_id", flat=True).first()
    if callout_id is None:
        raise NotFound(_("名单里没有这个检查对象。"))
    callout = _locked(callout_id, "inspect", by=by)
    row = CalloutObject.objects.select_related("said").get(pk=object_id)  # after the lock
    if seen is not None and row.edits != seen:
        raise Conflict(
            _("就在刚才，有人先记录了这个对象。"),
            help=_("请看一下他的记录，需要时再改。"),
            code="someone_was_quicker",
        )
    if callout.meeting.starts_at > at:
        raise Conflict(_("行动还没有开始，不能记录检查结果。"), code="not_yet")
    if found not in Found.values or found == Found.NOT_YET:
        raise field_error("found", _("请选择检查结果。"), "found")
    text = text.strip()[:1000]
    if found in (Found.FAULT, Found.MENDED) and not text and not (row.said and row.said.text):
        raise field_error("text", _("请写明发现了什么问题。"), "text")
    # the name of a shop is often that of its keeper: it stays out of what is kept for ever
    detail = {"object": row.pk, "group": row.group, "found": found}
    (entry,) = journal.write(
        callout.meeting.thread, [Said("workorders.inspect", text=text, detail=detail)], by=by, at=at
    )
    body = _inspecting_for(by, callout)
    row.found, row.inspected_at, row.inspected_by_id, row.inspected_for_id = found, at, by.account_id, body
    row.said = entry if text else row.said
    row.edits += 1
    row.save(update_fields=["found", "inspected_at", "inspected_by", "inspected_for", "said", "edits"])
    return row


def _inspecting_for(by: Actor, callout: Callout) -> int | None:
    """The invited organisation for which somebody inspects, or else the one that called."""
    mine = {post.organisation_id for post in by.posts} if isinstance(by, Person) else set()
    return next((body for body in callout.meeting.bodies if body in mine), callout.meeting.organisation_id)


@transaction.atomic
def follow_up(
    callout_id: int, draft: Draft, *, object_id: int | None = None, by: Actor, at: datetime
) -> Receipt:
    """Report what has to be done after a callout: an ordinary order, linked to what the callout was about.

    Orders from an operation are not public: they speak of single shops and sites. The same ``source_key`` gives the
    first one again. Raises what :func:`reporting.report` raises.
    """
    callout = _locked(callout_id, "follow_up", by=by)
    row = None
    if object_id is not None:
        row = callout.objects_listed.select_related("order").filter(pk=object_id).first()
        if row is None:
            raise NotFound(_("名单里没有这个检查对象。"))
        if row.order is not None and (draft.source_key is None or row.order.source_key != draft.source_key):
            raise Conflict(_("这个检查对象已经转了工单。"), code="reported_already")
    private = draft.private or callout.kind == CalloutKind.OPERATION
    about = list(callout.order_rows.filter(part=CalloutOrder.Part.ABOUT).select_related("order__matter"))
    where: dict[str, Any] = {}
    if draft.lon is None and draft.place_text and draft.place_text == callout.meeting.place:
        # the same place: it is where the order is that everybody was called for
        spot = next((cause.order for cause in about if cause.order.lon is not None), None)
        where = {"lon": spot.lon, "lat": spot.lat, "area_id": None} if spot else {}
    receipt = reporting.report(Draft(**{**draft.__dict__, "private": private, **where}), by=by, at=at)
    if receipt.repeated:
        return receipt
    order = receipt.order
    CalloutOrder.objects.create(callout=callout, order=order, part=CalloutOrder.Part.FOLLOW_UP)
    for cause in about:
        matters.link(order.matter, cause.order.matter, How.CAUSED_BY, by=by, at=at)
    if row is not None:
        row.order = order
        row.save(update_fields=["order"])
    detail = {"number": order.number, "unit": _label(order.unit_id)}
    journal.write(callout.meeting.thread, [Said("workorders.follow_up", detail=detail)], by=by, at=at)
    return receipt


def _label(unit_id: int | None) -> str:
    body = organisations().get(unit_id or 0)
    return body.label if body else ""


@transaction.atomic
def settle(callout_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Callout:
    """The callout is over: it was said who came and what was agreed. Orders go on by themselves."""
    callout = _locked(callout_id, "settle", by=by, seen=seen)
    if callout.meeting.note_id is None:
        raise Conflict(_("还没有写纪要。"), help=_("先写下议定了什么，再了结。"), code="no_note")
    if callout.meeting.invitations.filter(came=None).exists():
        raise Conflict(_("还没有记录各方到没到。"), help=_("先记录到会，再了结。"), code="not_ticked")
    callout.settled_at, callout.settled_by_id = at, by.account_id
    callout.save(update_fields=["settled_at", "settled_by"])
    meetings.wrote(callout.meeting, [Said("workorders.settle")], [], by=by, at=at)
    return callout
