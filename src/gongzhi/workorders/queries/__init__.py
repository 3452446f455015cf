"""What can be asked of work orders, one file per topic: ``one``, ``scopes``, ``lists``, ``archive``, ``standing``, ``public``."""

from gongzhi.workorders.queries.archive import archived_years
from gongzhi.workorders.queries.lists import (
    PAGE,
    SOON,
    SORTS,
    Filters,
    Page,
    list_orders,
)
from gongzhi.workorders.queries.one import get_order, get_order_by_number, my_orders
from gongzhi.workorders.queries.public import PublicMark, public_counts, public_marks
from gongzhi.workorders.queries.scopes import Scope, scopes
from gongzhi.workorders.queries.standing import Counts, counts, units_standing

__all__ = [
    "PAGE",
    "SOON",
    "SORTS",
    "Counts",
    "Filters",
    "Page",
    "PublicMark",
    "Scope",
    "archived_years",
    "counts",
    "get_order",
    "get_order_by_number",
    "list_orders",
    "my_orders",
    "public_counts",
    "public_marks",
    "scopes",
    "units_standing",
]
