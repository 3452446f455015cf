"""The way of a problem for residents, and the public page of police and people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gongzhi.workorders.cards.police import overlap_rows
from gongzhi.workorders.queries import get_order, tips, ways
from gongzhi.workorders.queries import police as queries


@require_GET
def way(request: HttpRequest, pk: int) -> HttpResponse:
    """From what was reported to its end, for those who may see the order."""
    by = request.actor  # type: ignore[attr-defined]
    order = get_order(pk, by=by)
    return render(
        request, "workorders/resident/way.html", {"order": order, "stations": ways.way_of(order, by=by)}
    )


@require_GET
def police(request: HttpRequest) -> HttpResponse:
    """Published: the share of calls that were not police business, and what became of tips. Small counts are not shown."""
    context: dict[str, Any] = {"overlaps": overlap_rows(queries.overlaps()), "tips": tips.published()}
    return render(request, "workorders/resident/police.html", context)
