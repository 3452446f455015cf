"""What an order is called, for whoever reads it.

Its own title is the reporter's first sentence, and may name people. It is told to those who may open the order, and to
nobody else: on walls, in briefs, to colleagues of elsewhere, to residents who follow it, an order is called by category and
place. Every page and export that shows orders beyond that circle asks here.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES, standing
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import TRIAGE, VERIFYING


def topic_name(category_id: int | None) -> str:
    """The name of the category, without those above it."""
    line = tree().line(category_id)
    return line[-1].said if line else _("还没有分类")


def topic_told(order: WorkOrder) -> str:
    """The category as its reporter reads it: what was only guessed, and not surely, is no fact until a clerk has seen it."""
    unsure = order.confidence is not None and order.confidence < settings.GONGZHI_CONFIDENCE
    if unsure and order.unit_id is None:
        return _("等受理员确认") if order.state in (TRIAGE, VERIFYING) else _("还没有分类")
    return topic_name(order.category_id)


def place_name(grid_id: int | None, community_id: int | None) -> str:
    """Community and grid in words; empty while nobody knows."""
    area = grid_id or community_id
    return ground().name_of(area, above=1 if grid_id else 0) if area else ""


def told_by_tables(category_id: int | None, grid_id: int | None, community_id: int | None) -> str:
    """Category and place: nothing of it was written by a reporter."""
    parts = (topic_name(category_id), place_name(grid_id, community_id))
    return " · ".join(part for part in parts if part)


def public_title(order: WorkOrder) -> str:
    """What others read instead of the reporter's title. Of a private order not even the place."""
    if order.private:
        return topic_name(order.category_id)
    return told_by_tables(order.category_id, order.grid_id, order.community_id)


def title_for(order: WorkOrder, *, by: Actor) -> str:
    """The title, for whoever may open the order as its reporter or as a colleague; otherwise what others read.

    Of a private order others learn nothing but that it is there.
    """
    if RULES.may(by, "see", order) and standing(by, order) != "public":
        return order.title
    return _("不公开的事") if order.private else public_title(order)
