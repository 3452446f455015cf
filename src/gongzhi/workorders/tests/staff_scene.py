"""Orders in the states that the staff's tests need, taken there by the actions that people would take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gongzhi.kit.acting import acting
from gongzhi.workorders.actions import handling, reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, WEDNESDAY, Cast

DRAIN = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"
DRAIN_AGAIN = "海棠苑门口下水道又堵了，污水漫到路上，很臭。"
LAMP_NOWHERE = "路灯不亮了，晚上很黑，请来修。"


def reported(
    cast: Cast, text: str = DRAIN, *, at: datetime = WEDNESDAY, by: Any = None, **more: Any
) -> WorkOrder:
    """An order as a resident's report made it; in the first grid unless told otherwise."""
    who = by or cast.resident
    place = {} if text == LAMP_NOWHERE else {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}
    draft = Draft(text, **{"name": "王先生", "phone": "19900000101", **place, **more})
    with acting(who):
        return reporting.report(draft, by=who, at=at).order


def in_state(cast: Cast, state: str) -> WorkOrder:
    """An order in this state: triage, assigned, in_hand or answered."""
    order = reported(cast, LAMP_NOWHERE if state == "triage" else DRAIN)
    if state == "triage":
        return order
    worker = cast.road_worker
    with acting(worker):
        if state in ("in_hand", "answered"):
            order = handling.accept(order.pk, by=worker, at=WEDNESDAY + timedelta(minutes=10))
        if state == "answered":
            order = handling.answer(
                order.pk,
                text="已疏通并冲洗路面。",
                why="已电话确认",
                by=worker,
                at=WEDNESDAY + timedelta(minutes=50),
            )
    assert order.state == state
    return order
