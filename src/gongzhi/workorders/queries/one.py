"""One work order for a person, and the orders that are somebody's own."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit.errors import NotFound
from gongzhi.matters.models import Part, Party
from gongzhi.people.actor import Person
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES


def get_order(order_id: int, *, by: Person) -> WorkOrder:
    """One order for a person who may see it. NotFound otherwise, whether it exists or not."""
    order = WorkOrder.objects.select_related("matter__thread").filter(pk=order_id).first()
    if order is None or not RULES.may(by, "see", order):
        raise NotFound(_("没有找到这件工单，或者您不能查看。"))
    return order


def get_order_by_number(number: str, *, by: Person) -> WorkOrder:
    """The same by its number."""
    found = WorkOrder.objects.filter(number=number.strip().upper()).values_list("pk", flat=True).first()
    return get_order(found or 0, by=by)


def my_orders(by: Person, *, most: int = 100, after: tuple[datetime, int] | None = None) -> list[WorkOrder]:
    """Orders a resident reported or follows, and those whose codes they have shown, newest first.

    ``after``: moment and key of the last one of the page before.
    """
    mine = Q(pk__in=sorted(by.bearer_of | by.reader_of))
    if by.account_id is not None:
        parts = Party.objects.filter(account_id=by.account_id, part__in=Part.values)
        mine |= Q(pk__in=parts.values("matter_id"))
    if after is not None:
        mine &= Q(opened_at__lt=after[0]) | Q(opened_at=after[0], pk__lt=after[1])
    return list(WorkOrder.objects.filter(mine).defer("words").order_by("-opened_at", "-pk")[:most])
