"""Mending what was understood wrongly: the category, and the place. Neither moves a promise that runs.

Here, too, orders follow a category that a version has put under another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid, Unprocessable
from gongzhi.territory.ground import Spot, ground
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import Appeal, WorkOrder
from gongzhi.workorders.questions import read_answers
from gongzhi.workorders.tables import tree
from gongzhi.workorders.understanding import named_in, words_of


@transaction.atomic
def recategorise(
    order_id: int,
    *,
    category_id: int,
    appeal: str = "",
    answers: Mapping[int, Any] | None = None,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Say which category (and kind of appeal) an order really is. From then on it teaches the model.

    ``answers`` to the questions of the category are added to those that are there.
    """
    order = locked(order_id, by=by, seen=seen)
    topic = tree().live.get(category_id)
    if topic is None or (appeal and appeal not in Appeal.values):
        raise Invalid(_("没有这个分类。"), code="unknown_category", fields={"category": [_("请选择分类。")]})
    take(
        order,
        "recategorise",
        by=by,
        at=at,
        detail={"before": tree().name_of(order.category_id), "after": tree().name_of(category_id)},
        fields={
            "category_id": category_id,
            "category_line": tree().letters(category_id),
            "confidence": 1.0,
            "answers": {**order.answers, **read_answers(answers or {})},
            "appeal": appeal or order.appeal,
            "urgent": topic.urgent,
        },
    )
    return order


@transaction.atomic
def relocate(
    order_id: int,
    *,
    lon: float | None = None,
    lat: float | None = None,
    area_id: int | None = None,
    place_text: str | None = None,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Say where an order really is: by a point (WGS-84), by words that name a known place, or by an area.

    Words that name a place inside the chosen area are more exact than the area. Choosing the area in which the
    order already lies, to mend only the words, leaves its pin where it is.
    """
    order = locked(order_id, by=by, seen=seen)
    land = ground()
    spot: Spot | None
    if lon is not None and lat is not None:
        spot = land.spot(lon, lat)
        if spot is None:
            raise Unprocessable(
                _("这个位置不在本街道的任何网格里。"),
                help=_("请在地图上重新选点。"),
                code="outside_territory",
            )
    elif area_id in land.areas:
        area = land.areas[area_id]
        named = named_in(place_text) if place_text else None
        if named is not None and area.id in (named.grid_id, named.community_id) and named.lon is not None:
            spot = named
        elif area.id == (order.grid_id or order.community_id) and order.lon is not None:
            spot = Spot(
                order.street_id, order.community_id, order.grid_id, order.building_id, order.lon, order.lat
            )
        else:
            spot = land.spot_of(area.id, area.lon, area.lat)
    elif place_text and (named := named_in(place_text)) is not None:
        spot = named
    else:
        raise Invalid(
            _("请在地图上选点，或选择网格。"), code="place_needed", fields={"area": [_("请选择位置。")]}
        )
    place = order.place_text if place_text is None else place_text.strip()[:200]
    take(
        order,
        "relocate",
        by=by,
        at=at,
        detail={"place": land.name_of(spot.division_id, above=1)},
        fields={
            "lon": spot.lon,
            "lat": spot.lat,
            "street_id": spot.street_id,
            "community_id": spot.community_id,
            "grid_id": spot.grid_id,
            "building_id": spot.building_id,
            "place_text": place,
            "words": words_of(order.title, order.description, place),
        },
        matter={"division_id": spot.division_id},
    )
    return order


def straighten(category_ids: Sequence[int], *, by: Actor, at: datetime, size: int = 1000) -> int:
    """After categories have moved: orders filed in them or below get the line of today. How many were rewritten.

    For the platform's own clockwork. ``size`` orders a transaction, each found once by the index of facets, and written
    only where the line is another: running it again goes on where it stopped, and changes nothing once all is right.
    An order that is given another category meanwhile keeps what that wrote.
    """
    if by.service is None:
        return 0
    count = 0
    filed = {one.id for key in category_ids if key in tree().topics for one in tree().below(key)}
    for key in sorted(filed):
        wrong = WorkOrder.objects.filter(facets__contains=[f"c{key}"], category_id=key)
        wrong = wrong.exclude(category_line=tree().letters(key)).order_by()
        # the index of what is not archived, then that of the archive
        keys = [
            pk
            for lies in (True, False)
            for pk in wrong.filter(archived__isnull=lies).values_list("pk", flat=True)
        ]
        for begin in range(0, len(keys), size):
            letters = tree().letters(key)
            rows = WorkOrder.objects.filter(pk__in=keys[begin : begin + size], category_id=key)
            count += rows.exclude(category_line=letters).update(category_line=letters)
    return count
