"""What a unit asks for and somebody else decides: return, extension, suspension, void (退单 延期 挂账 作废).

Every request is a row of a ledger that stays. Whoever asked never decides. Not here: how often a unit may lean on it,
which is ``queries.ledger``.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.matters.models import Deadline
from gongzhi.people.roles import UNIT_ROLES
from gongzhi.territory.ground import calendar_for
from gongzhi.workorders.actions.dispatching import hand_over, needed
from gongzhi.workorders.actions.steps import locked, take, unit_name
from gongzhi.workorders.models import Asking, Request, WorkOrder

#: An extension or a suspension further away than this is a slip of the finger, not a plan.
LONGEST = timedelta(days=730)


def end_of_work(day: date) -> datetime:
    """When work ends on a day (18:00 on a rest day): what "until Friday" means."""
    calendar = calendar_for()
    windows = calendar.hours_on(day)
    close = windows[-1][1] if windows else time(18)
    moment = datetime.combine(day, close, tzinfo=timezone.get_default_timezone())
    return moment + timedelta(days=1) if close == time(0) else moment


def _wanted(until: date, at: datetime) -> datetime:
    moment = end_of_work(until)
    if not at < moment <= at + LONGEST:
        sentence = _("请选择今天以后、两年以内的日期。")
        raise Invalid(sentence, code="until", fields={"until": [sentence]})
    return moment


def _ask(
    order: WorkOrder, verb: str, kind: str, *, reason: str, until: datetime | None, by: Actor, at: datetime
) -> WorkOrder:
    text = needed(reason)
    detail = {"unit": unit_name(order)} | ({"until": until.isoformat()} if until else {})
    take(order, verb, by=by, at=at, text=text, detail=detail, fields={"asked": kind})
    Request.objects.create(
        order=order,
        kind=kind,
        unit_id=order.unit_id if _of_unit(by, order) else None,
        asked_by_id=by.account_id,
        asked_at=at,
        reason=text,
        until=until,
    )
    return order


def _of_unit(by: Actor, order: WorkOrder) -> bool:
    """Does this person ask for the unit, or as the order centre?"""
    held = getattr(by, "organisations", None)
    return order.unit_id is not None and held is not None and order.unit_id in held(*UNIT_ROLES)


def pending(order: WorkOrder) -> Request | None:
    """The request of an order that waits for a decision. One statement, none when nothing is asked."""
    if not order.asked:
        return None
    rows = Request.objects.filter(order_id=order.pk, state=Request.State.PENDING)
    return rows.select_related("unit", "asked_by").first()


def _decide(
    order_id: int, verb: str, *, words: str, granted: bool, by: Actor, at: datetime, seen: int | None
) -> tuple[WorkOrder, Request | None]:
    """Lock the order, and its pending request with it; the row is written by ``_settle`` after the step."""
    order = locked(order_id, by=by, seen=seen)
    row = pending(order)
    if not granted:
        words = needed(words)
        take(order, verb, by=by, at=at, text=words, fields={"asked": ""})
        _settle(row, Request.State.REFUSED, words, by=by, at=at)
    return order, row


def _settle(row: Request | None, state: str, words: str, *, by: Actor, at: datetime) -> None:
    if row is not None:  # without one the step itself was refused already
        row.state, row.words, row.decided_by_id, row.decided_at = state, words.strip(), by.account_id, at
        row.save(update_fields=["state", "words", "decided_by", "decided_at"])


def _said(row: Request | None, words: str) -> str:
    """What the parties read of a decision: the reason, and what the one who decided adds."""
    return "\n".join(part for part in (row.reason if row else "", words.strip()) if part)


# Return ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_return(order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The unit says that it is not theirs, and why. Until the centre has decided they still have it."""
    order = locked(order_id, by=by, seen=seen)
    return _ask(order, "ask_return", Asking.RETURN, reason=reason, until=None, by=by, at=at)


@transaction.atomic
def grant_return(
    order_id: int, *, words: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The centre takes the order back and decides again. The promise to the resident keeps running."""
    order, row = _decide(order_id, "grant_return", words=words, granted=True, by=by, at=at, seen=seen)
    take(
        order,
        "grant_return",
        by=by,
        at=at,
        text=words.strip(),
        detail={"unit": unit_name(order)},
        fields={"asked": "", "handler_id": None},
    )
    _settle(row, Request.State.GRANTED, words, by=by, at=at)
    hand_over(order, None, by=by, at=at)
    return order


@transaction.atomic
def refuse_return(
    order_id: int, *, words: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The order stays where it is; the unit reads why."""
    return _decide(order_id, "refuse_return", words=words, granted=False, by=by, at=at, seen=seen)[0]


# Extension ------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_extension(
    order_id: int, *, until: date, reason: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Ask for more time: only before the promise to answer has run out, and only to a later day."""
    order = locked(order_id, by=by, seen=seen)
    due_at = _due_of(order)
    moment = _wanted(until, at)
    if due_at is not None and due_at <= at:
        raise Conflict(
            _("承诺的时间已经过了，不能再申请延期。"),
            help=_("延期要在到期以前申请。请尽快办理并答复居民。"),
            code="too_late_to_extend",
        )
    if due_at is not None and moment <= due_at:
        sentence = _("新的期限要晚于现在的期限。")
        raise Invalid(sentence, code="until", fields={"until": [sentence]})
    return _ask(order, "ask_extension", Asking.EXTENSION, reason=reason, until=moment, by=by, at=at)


def _due_of(order: WorkOrder) -> datetime | None:
    """When the promise to answer runs out, or None where none runs (history)."""
    rows = Deadline.objects.filter(
        matter_id=order.pk, promise__in=("answer", "rework"), met_at=None, cancelled_at=None
    )
    return min(rows.values_list("due_at", flat=True), default=None)


@transaction.atomic
def grant_extension(
    order_id: int, *, words: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The promise gets its new moment; the resident reads it with the reason. Asked in time counts as in time."""
    order, row = _decide(order_id, "grant_extension", words=words, granted=True, by=by, at=at, seen=seen)
    until = row.until if row is not None else None
    later = [
        promise
        for promise, due_at in Deadline.objects.filter(
            matter_id=order.pk, promise__in=("answer", "rework"), met_at=None, cancelled_at=None
        ).values_list("promise", "due_at")
        if until is not None and due_at < until
    ]
    take(
        order,
        "grant_extension",
        by=by,
        at=at,
        text=_said(row, words),
        detail={"until": until.isoformat()} if until else {},
        fields={"asked": ""},
        clock=dict.fromkeys(later, "extend"),
        until=dict.fromkeys(later, until) if until else None,
    )
    _settle(row, Request.State.GRANTED, words, by=by, at=at)
    return order


@transaction.atomic
def refuse_extension(
    order_id: int, *, words: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The promise stays as it is; the unit reads why."""
    return _decide(order_id, "refuse_extension", words=words, granted=False, by=by, at=at, seen=seen)[0]


# Suspension -----------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_suspension(
    order_id: int, *, until: date, reason: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """It cannot be done for now: ask to keep it on the books until a day on which it is looked at again."""
    order = locked(order_id, by=by, seen=seen)
    moment = _wanted(until, at)
    return _ask(order, "ask_suspension", Asking.SUSPENSION, reason=reason, until=moment, by=by, at=at)


@transaction.atomic
def grant_suspension(
    order_id: int, *, words: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The promise to answer stands still; the promise to look at it again begins. The resident reads why."""
    order, row = _decide(order_id, "grant_suspension", words=words, granted=True, by=by, at=at, seen=seen)
    until = row.until if row is not None else None
    if until is not None and until <= at:
        raise Conflict(
            _("申请的复查日期已经过了。"), help=_("请不同意这件申请，由单位重新提出。"), code="review_passed"
        )
    take(
        order,
        "grant_suspension",
        by=by,
        at=at,
        text=_said(row, words),
        detail={"until": until.isoformat()} if until else {},
        fields={"asked": ""},
        until={"review": until} if until else None,
    )
    _settle(row, Request.State.GRANTED, words, by=by, at=at)
    return order


@transaction.atomic
def refuse_suspension(
    order_id: int, *, words: str, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The clock keeps running; the unit reads why."""
    return _decide(order_id, "refuse_suspension", words=words, granted=False, by=by, at=at, seen=seen)[0]


@transaction.atomic
def resume_work(
    order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """A suspended order is taken up again, with the time that was left."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "resume_work", by=by, at=at, text=note.strip())
    return order


# Void -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_void(order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Ask to strike an order that should not be one (a test, a slip). It takes a second person to do it."""
    order = locked(order_id, by=by, seen=seen)
    return _ask(order, "ask_void", Asking.VOID, reason=reason, until=None, by=by, at=at)


@transaction.atomic
def grant_void(
    order_id: int, *, words: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The order is void. Its promises stand still, the reporter reads the reason, and a clerk can restore it."""
    order, row = _decide(order_id, "grant_void", words=words, granted=True, by=by, at=at, seen=seen)
    take(order, "grant_void", by=by, at=at, text=_said(row, words), fields={"asked": ""})
    _settle(row, Request.State.GRANTED, words, by=by, at=at)
    return order


@transaction.atomic
def refuse_void(order_id: int, *, words: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The order stays; whoever asked reads why."""
    return _decide(order_id, "refuse_void", words=words, granted=False, by=by, at=at, seen=seen)[0]


@transaction.atomic
def restore(
    order_id: int, *, reason: str = "", by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Take a void back: the order is in triage again, and its promise has the time that was left."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "restore", by=by, at=at, text=reason.strip(), fields={"handler_id": None})
    return order


@transaction.atomic
def withdraw_request(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Whoever asked no longer wants it."""
    order = locked(order_id, by=by, seen=seen)
    row = pending(order)
    take(order, "withdraw_request", by=by, at=at, detail={"asked": order.asked}, fields={"asked": ""})
    _settle(row, Request.State.WITHDRAWN, "", by=by, at=at)
    return order


#: Verbs by kind of request, for pages and tests.
VERBS: dict[str, tuple[str, str, str]] = {
    Asking.RETURN: ("ask_return", "grant_return", "refuse_return"),
    Asking.EXTENSION: ("ask_extension", "grant_extension", "refuse_extension"),
    Asking.SUSPENSION: ("ask_suspension", "grant_suspension", "refuse_suspension"),
    Asking.VOID: ("ask_void", "grant_void", "refuse_void"),
}
