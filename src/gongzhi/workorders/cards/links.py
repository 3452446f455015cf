"""What an order leads to: the matters it is joined to, and the open reports that are probably the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.matters.kinds import kind_of
from gongzhi.matters.models import How, Matter
from gongzhi.matters.queries import links_of
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Spot, ground
from gongzhi.workorders.cards.rows import TONES, state_label, unit_label
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.tables import tree
from gongzhi.workorders.understanding import neighbours
from gongzhi.workorders.words.nearness import why_near
from gongzhi.workorders.words.titles import title_for


def links_told(order: WorkOrder, by: Person) -> list[dict[str, Any]]:
    """What an order is joined to, each with how; opened only by whoever may see it. Two statements at most."""
    rows: list[dict[str, Any]] = []
    links = links_of(order.pk)
    others = {link.target_id if link.origin_id == order.pk else link.origin_id for link in links}
    known = WorkOrder.objects.filter(pk__in=others).in_bulk() if others else {}
    for link in links:
        out = link.origin_id == order.pk
        other = link.target if out else link.origin
        words = {
            (How.MERGED_INTO, True): _("已并入"),
            (How.MERGED_INTO, False): _("并入了这一件"),
            (How.FOLLOWS, True): _("后续"),
            (How.FOLLOWS, False): _("起于"),
            (How.CAUSED_BY, True): _("起因于"),
            (How.CAUSED_BY, False): _("引出了"),
            (How.PART_OF, True): _("拆自"),
            (How.PART_OF, False): _("拆出了"),
        }
        rows.append(
            {
                "how": words.get((How(link.how), out), link.how),
                "id": other.pk,
                "number": other.number,
                "title": title_for(known[other.pk], by=by) if other.pk in known else _of_elsewhere(other),
                "state": state_label(other.state) if other.pk in known else "",
                "tone": TONES.get(other.state, "plain"),
                "unit": unit_label(other.answerable_id),
                # A unit reads that there are other parts, but opens only those it has to do with.
                "url": (
                    kind_of(other.kind).address_of(other.pk)
                    if other.pk not in known
                    else reverse("workorders:desk_order", args=[other.pk])
                    if RULES.may(by, "see", known[other.pk])
                    else ""
                ),
            }
        )
    return rows


def _of_elsewhere(matter: Matter) -> str:
    """The title of another room's matter, if that room tells it to everybody."""
    return matter.title if not kind_of(matter.kind).sealed and matter.audience == "everyone" else ""


def near_told(
    order: WorkOrder, *, by: Person, now: datetime, joined: Collection[int] = ()
) -> list[dict[str, Any]]:
    """Open reports that are probably about the same thing, of those this person may open, with the reason. Two statements.

    ``joined`` are left out: a part of an order, or what followed it, speaks of the same thing and is no second report of it.
    """
    spot = Spot(order.street_id, order.community_id, order.grid_id, order.building_id, order.lon, order.lat)
    topic = tree().topics.get(order.category_id or 0)
    found = neighbours(
        order.title, order.description, spot=spot, topic=topic, at=now, words=order.words, but=order.pk
    )
    found = [n for n in found if n.order_id not in joined]
    if found:  # a neighbour beyond the border belongs to colleagues of elsewhere
        rows = WorkOrder.objects.filter(pk__in=[n.order_id for n in found])
        mine = set(RULES.which(by, "see", rows).values_list("pk", flat=True))
        found = [n for n in found if n.order_id in mine]
    return [
        {
            "id": n.order_id,
            "number": n.number,
            "title": n.title,
            "state": state_label(n.state),
            "reason": why_near(n.why, told=True),
            "score": n.score,
            "place": ground().name_of(n.grid_id, above=1) if n.grid_id else "",
            "at": n.opened_at,
            "url": reverse("workorders:desk_order", args=[n.order_id]),
            "letter": "m" if place == 0 else "",
        }
        for place, n in enumerate(found)
    ]
