"""One report, several units: split an order into parts, and take that back (拆单 撤销拆单).

Each part is an order of its own with its own promises; nobody's name or telephone number goes with it. Whoever has the
first order answers the resident, once every part is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.matters import actions as matters
from gongzhi.matters.models import How, Link
from gongzhi.workorders.actions import dispatching, reporting
from gongzhi.workorders.actions.steps import locked, say, take, unit_name
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.policies import CLERK, RULES
from gongzhi.workorders.workflow import (
    ASSIGNED,
    CLOSED,
    FEWEST_PARTS,
    MOST_PARTS,
    RELEASED,
    TRIAGE,
    WORKFLOW,
    possible,
)

#: States in which a part is done, whichever way, and those of them in which no unit did it.
DONE = frozenset({RELEASED, *(state.code for state in WORKFLOW.states.values() if not state.open)})
_SHUT = DONE - {RELEASED, CLOSED}
#: States in which nobody has begun with a part.
_UNTOUCHED = (TRIAGE, ASSIGNED)
#: Who folds parts back and closes those that nobody rates.
PARTS = Actor.for_service("parts")


@dataclass(frozen=True)
class Part:
    """What one of the units has to do. Without a category its own words decide, or that of the whole where the unit is
    named; without a unit the table says."""

    text: str
    category_id: int | None = None
    unit_id: int | None = None


@transaction.atomic
def split(
    order_id: int, *, parts: Sequence[Part], by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """Make an order of each part. The promise to the resident keeps running with the first order.

    Only the order centre says which unit gets a part; for others the table of responsibilities does.
    """
    order = locked(order_id, by=by, seen=seen)
    wanted = [part for part in parts if part.text.strip()]
    if not FEWEST_PARTS <= len(wanted) <= MOST_PARTS:
        sentence = _("请写明 {few} 到 {most} 件，各做什么。").format(few=FEWEST_PARTS, most=MOST_PARTS)
        raise Invalid(sentence, code="parts", fields={"part_1": [sentence]})
    if any(part.unit_id for part in wanted) and not CLERK.holds(by, order):
        sentence = _("由工单中心或权责清单决定交给谁。")
        raise Invalid(sentence, code="unit_not_yours", fields={"part_1": [sentence]})
    # What is not possible, or not theirs, is refused before anything is made.
    able = RULES.may(by, "split", order) and any(step.verb == "split" for step in possible(order))
    rows = [_part(order, part, by=by, at=at) for part in wanted] if able else []
    detail = {"count": len(rows), "numbers": [row.number for row in rows]}
    take(order, "split", by=by, at=at, detail=detail, fields={"parts": len(rows)})
    return order


def _part(order: WorkOrder, part: Part, *, by: Actor, at: datetime) -> WorkOrder:
    pinned = order.lon is not None and order.lat is not None
    draft = Draft(
        description=part.text.strip(),
        channel=Channel.PART,
        appeal=order.appeal,
        category_id=part.category_id or (order.category_id if part.unit_id else None),
        lon=order.lon if pinned else None,
        lat=order.lat if pinned else None,
        place_text=order.place_text,
        area_id=order.building_id or order.grid_id or order.community_id,
        private=order.private,
        emergency_acknowledged=True,
        origin={"part_of": order.number},
    )
    row = reporting.report(draft, by=by, at=at, near=()).order
    matters.link(row.matter, order.matter, How.PART_OF, by=by, at=at)
    if part.unit_id and part.unit_id != row.unit_id:
        row = dispatching.dispatch(row.pk, unit_id=part.unit_id, note=_("拆单时指定的单位"), by=by, at=at)
    return row


def parts_of(order_id: int) -> list[WorkOrder]:
    """The parts of an order as they stand, in the order they were made. One statement."""
    held = Link.objects.filter(target_id=order_id, how=How.PART_OF, ended_at=None)
    rows = WorkOrder.objects.filter(pk__in=held.values("origin_id")).defer("words", "facets")
    return list(rows.order_by("pk"))


def whole_of(order_id: int) -> int | None:
    """The order that this one is a part of, or None."""
    held = Link.objects.filter(origin_id=order_id, how=How.PART_OF, ended_at=None)
    return held.values_list("target_id", flat=True).first()


def must_be_done(order: WorkOrder) -> None:
    """Raise Conflict while a part of the order is still being worked on. No statement where it was not split."""
    if not order.parts:
        return
    left = [row for row in parts_of(order.pk) if row.state not in DONE]
    if left:
        said = _("、").join(f"{row.number}（{_(WORKFLOW.states[row.state].label)}）" for row in left)
        raise Conflict(
            _("拆出去的还有 {n} 件没有办完，不能答复。").format(n=len(left)),
            help=_("请等这几件办完：{numbers}。不用分开办的，可以撤销拆单。").format(numbers=said),
            code="parts_open",
        )


@transaction.atomic
def rejoin(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Take a split back, as long as no unit has begun with a part: the parts become void and stay readable."""
    order = locked(order_id, by=by, seen=seen)
    rows = parts_of(
        order.pk
    )  # made after the order, so that their keys are larger: locked in that order everywhere
    rows = [locked(row.pk, by=PARTS) for row in rows if row.state not in _SHUT]
    begun = [row for row in rows if row.state not in _UNTOUCHED]
    if begun and order.parts:
        said = _("、").join(f"{row.number}（{unit_name(row) or _('还没有单位')}）" for row in begun)
        raise Conflict(
            _("有单位已经开始办了，不能撤销拆单。"),
            help=_("已经在办的：{numbers}。").format(numbers=said),
            code="parts_begun",
        )
    take(
        order,
        "rejoin",
        by=by,
        at=at,
        detail={"numbers": [row.number for row in rows]},
        fields={"parts": 0},
    )
    for row in rows:
        _fold(row, order.number, at=at)
    Link.objects.filter(target_id=order.pk, how=How.PART_OF, ended_at=None).update(ended_at=at)
    return order


def _fold(row: WorkOrder, number: str, *, at: datetime) -> None:
    take(row, "fold", by=PARTS, at=at, detail={"number": number})


@transaction.atomic
def fold(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """One part goes back into the whole. Only the platform does this, when a split is taken back."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "fold", by=by, at=at, detail={"number": order.number})
    return order


def tell_whole(order: WorkOrder, whole_id: int | None, text: str, *, by: Actor, at: datetime) -> None:
    """A part passed its check: whoever has the whole reads what was done. Nobody rates a part, so it closes.

    The whole's thread is locked already, before the part's: the smaller key first.
    """
    if whole_id is not None:
        thread = journal.lock(whole_id)
        detail = {"number": order.number, "unit": unit_name(order)}
        journal.write(thread, [say("part_done", text=text, detail=detail)], by=by, at=at)
    take(order, "lapse", by=PARTS, at=at)
