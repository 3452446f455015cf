"""How much this room gives people to do: open orders per handler and per area, for the page of posts below us."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count

from gongzhi.workorders.models import WorkOrder


def open_of_people(accounts: Collection[int]) -> dict[int, int]:
    """Account → open orders in their hands. One statement."""
    rows = WorkOrder.objects.filter(open=True, handler_id__in=list(accounts)).values("handler_id")
    return dict(rows.annotate(n=Count("pk")).values_list("handler_id", "n"))


def open_in_areas(grids: Collection[int]) -> dict[int, int]:
    """Grid → open orders in it. One statement."""
    rows = WorkOrder.objects.filter(open=True, grid_id__in=list(grids)).values("grid_id")
    return dict(rows.annotate(n=Count("pk")).values_list("grid_id", "n"))
