"""The one way a work order takes a step: lock, ask, move, write, keep the copies in step. Used by its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.journal.models import Audience
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.kit.images import Picture
from gongzhi.matters import actions as matters
from gongzhi.matters.actions import Taken
from gongzhi.matters.kinds import Term
from gongzhi.people.queries import organisations
from gongzhi.workorders import promises
from gongzhi.workorders.kind import CODE, PHRASES
from gongzhi.workorders.models import Request, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.terms import term_for
from gongzhi.workorders.workflow import DECIDES, NEEDS, WORKFLOW


def locked(order_id: int, *, by: Actor, seen: int | None = None) -> WorkOrder:
    """The order with its matter and thread, locked. NotFound when the actor may not see it, Conflict when stale."""
    order = (
        WorkOrder.objects.select_for_update(of=("self", "matter", "matter__thread"))
        .select_related("matter__thread")
        .filter(pk=order_id)
        .first()
    )
    if order is None or not (by.service or RULES.may(by, "see", order)):
        raise NotFound
    matters.same_version(order.matter, seen)
    return order


def terms_of(order: WorkOrder) -> Callable[[str], Term | None]:
    """How long each promise of this order is."""

    def term(promise: str) -> Term | None:
        return term_for(
            promise,
            appeal=order.appeal,
            category_id=order.category_id,
            urgent=order.urgent,
            areas=(order.grid_id, order.community_id, order.street_id),
            rule_id=order.rule_id,
        )

    return term


def say(
    verb: str, *, text: str = "", detail: Mapping[str, Any] | None = None, by: Actor | None = None,
    audience: str | None = None,
) -> Said:  # fmt: skip
    """An entry of this room; who may read it stands in the phrase unless the caller knows better."""
    return Said(
        f"{CODE}.{verb}", text=text, detail=detail or {}, audience=audience or PHRASES[verb].audience, by=by
    )


def unit_name(order: WorkOrder) -> str:
    """The name of the unit in charge, or an empty string."""
    body = organisations().get(order.unit_id or 0)
    return body.label if body else ""


@transaction.atomic(savepoint=False)
def take(
    order: WorkOrder,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    fields: Mapping[str, Any] | None = None,
    matter: Mapping[str, Any] | None = None,
    pictures: Sequence[Picture] = (),
    audience: str | None = None,
    target: str | None = None,
    clock: Mapping[str, str] | None = None,
    until: Mapping[str, datetime] | None = None,
    term_of: Callable[[str], Term | None] | None = None,
) -> Taken:
    """Take a step with a locked order. ``fields`` change the order's own row, ``matter`` the shared one.

    A request that is pending while the order moves on is overtaken: nobody has to decide it any more.
    """
    if order.archived is not None and verb != "retrieve":
        raise archived_away(order)
    if verb in NEEDS:
        _standing_open(order, verb, by)
    said = say(verb, text=text, detail=detail, audience=audience)
    taken = matters.advance(
        order.matter,
        verb,
        order,
        said=[said],
        by=by,
        at=at,
        term_of=term_of or terms_of(order),
        target=target,
        clock=clock,
        until=until,
        change=matter,
    )
    for name, value in (fields or {}).items():
        setattr(order, name, value)
    mirror(order, taken)
    promises.follow(order, verb, [*taken.running, *taken.changed], at=at)
    moved = taken.before != order.state or verb == "redispatch"
    if order.asked and moved and verb not in DECIDES:
        _overtake(order, by=by, at=at)
    order.save(update_fields=[*(fields or {}), *_MIRRORED])
    if pictures:
        # That a step was taken may be for everyone to read; what its pictures show never is.
        seen_by = Audience.PARTIES if said.audience == Audience.EVERYONE else said.audience
        journal.attach(taken.entries[0], pictures, audience=seen_by)
    return taken


def archived_away(order: WorkOrder) -> Conflict:
    """An archived order is read, printed and handed out, and nothing more is done with it where it lies."""
    return Conflict(
        _("这件是 {year} 年办结的，已经归档。").format(year=order.archived),
        help=_("事情又发生了，请重新反映，并写上原来的编号；要在原单上办理，请受理员先从归档取回。"),
        code="archived",
    )


def _standing_open(order: WorkOrder, verb: str, by: Actor) -> None:
    """Raise Conflict when what the step needs does not stand open. A step that is not possible at all, or not
    theirs, is for the spine to refuse."""
    need = NEEDS[verb]
    if need.met(order) or all(step.verb != verb for step in WORKFLOW.possible(order.state)):
        return
    # Who asked is known only as long as it is pending.
    if verb == "withdraw_request" or RULES.may(by, verb, order):
        raise Conflict(_(need.said), help=_("请刷新页面，看看现在可以做什么。"), code="not_standing_open")


def _overtake(order: WorkOrder, *, by: Actor, at: datetime) -> None:
    Request.objects.filter(order=order, state=Request.State.PENDING).update(
        state=Request.State.OVERTAKEN, decided_by_id=by.account_id, decided_at=at
    )
    journal.write(order.matter.thread, [say("overtake", detail={"asked": order.asked})], by=by, at=at)
    order.asked = ""


_MIRRORED = (
    "asked", "state", "open", "next_due_at", "closed_at", "answer_due_at", "promised_at", "kept_at", "stood_still", "owed_by",
)  # fmt: skip


def mirror(order: WorkOrder, taken: Taken) -> None:
    """Copy what the list needs from the matter to the order's own row."""
    order.state = taken.matter.state
    order.open = WORKFLOW.states[order.state].open
    order.closed_at = taken.matter.closed_at
    order.next_due_at = taken.matter.next_due_at if order.open else None
    answer = [row.due_at for row in taken.running if row.promise in ("answer", "rework")]
    if answer:
        order.answer_due_at = min(answer)
