"""The order centre's work: dispatch, dispatch anew, decline. What units ask it for: ``requesting.py``."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.people import actions as people
from gongzhi.people.queries import Body, order_centre_of, organisations
from gongzhi.territory.ground import Spot
from gongzhi.workorders.actions import signing
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.questions import by_code
from gongzhi.workorders.tables import Route, route


def proposed(order: WorkOrder, *, at: datetime) -> Route | None:
    """The route that the table of responsibilities gives for an order as it stands."""
    spot = Spot(order.street_id, order.community_id, order.grid_id, order.building_id, order.lon, order.lat)
    return route(order.category_id, spot, at, answers=by_code(order.answers))


def _unit(unit_id: int) -> Body:
    body = organisations().get(unit_id)
    if body is None:
        raise Invalid(_("没有这个单位。"), code="unknown_unit", fields={"unit": [_("请选择单位。")]})
    return body


@transaction.atomic
def dispatch(
    order_id: int,
    *,
    unit_id: int,
    joint: tuple[int, ...] = (),
    note: str = "",
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Give an order to a unit. From triage it is a dispatch, afterwards a dispatch anew, which needs a reason.

    The entry names the line of the table that says so; where the clerk decides otherwise it says that.
    """
    order = locked(order_id, by=by, seen=seen)
    body = _unit(unit_id)
    if order.category_id is None:
        raise Invalid(
            _("请先确定分类，再派单。"), code="category_first", fields={"category": [_("请选择分类。")]}
        )
    by_rule = proposed(order, at=at)
    fits = by_rule is not None and by_rule.unit.id == unit_id
    joint = joint or (by_rule.joint if fits and by_rule else ())
    bodies = organisations()
    detail = {
        "unit": body.label,
        "unit_id": body.id,
        "rule": by_rule.rule_code if fits and by_rule else _("受理员判断"),
        "joint": [bodies[key].label for key in joint if key in bodies],
    }
    verb = "dispatch" if order.unit_id is None or order.state == "triage" else "redispatch"
    if verb == "redispatch" and not note.strip():
        raise Invalid(_("请写明改派的原因。"), code="reason", fields={"reason": [_("请写明原因。")]})
    take(
        order,
        verb,
        by=by,
        at=at,
        text=note.strip(),
        detail=detail,
        fields={
            "unit_id": body.id,
            "joint": (helpers := [key for key in joint if key != body.id]),
            "signing": list(helpers),
            "rule_id": by_rule.rule_id if fits and by_rule else None,
            "handler_id": None,
        },
        matter={"answerable_id": body.id},
    )
    signing.ask(order, at=at)
    hand_over(order, body.id, by=by, at=at)
    return order


def hand_over(order: WorkOrder, unit_id: int | None, *, by: Actor, at: datetime) -> None:
    """The reporter's contact data go to the centre and to the unit that has the order now."""
    centre = order_centre_of(order.street_id)
    people.move_contact(
        order.pk, held_by=[key for key in (centre and centre.id, unit_id) if key], by=by, at=at
    )


@transaction.atomic
def decline(order_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The report cannot be taken up; the reporter reads why and what would help."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "decline", by=by, at=at, text=needed(reason))
    return order


def needed(reason: str) -> str:
    """The reason without blanks around it; Invalid when there is none."""
    if len(reason.strip()) < 2:
        raise Invalid(_("请写明原因。"), code="reason", fields={"reason": [_("请写明原因。")]})
    return reason.strip()
