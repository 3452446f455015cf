"""Group the reports of streets into issues, so that no page has to: by a job, never within a request."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Q

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.territory.ground import ground
from gongzhi.workorders.hot import DAYS, SPARE_DAYS, grouped
from gongzhi.workorders.models import Appeal, IssueGroups, WorkOrder
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.workflow import DECLINED, WITHDRAWN

#: A grouping that took a second is made again after a minute and a half at the earliest.
FACTOR = 90
_LOCK = 0x67727570  # "grup"


def stamp_of(street_id: int, *, at: datetime) -> str:
    """Changes when a new grouping could differ: reports came in or went. One statement, over an index."""
    rows = WorkOrder.objects.filter(street_id=street_id, opened_at__gt=at - timedelta(days=DAYS + SPARE_DAYS))
    newest = rows.order_by("-opened_at", "-pk").values_list("pk", flat=True)[:1]
    one = rows.aggregate(n=Count("pk"), out=Count("pk", filter=Q(state__in=(WITHDRAWN, DECLINED))))
    return f"{one['n']}.{one['out']}.{newest.first() or 0}.{clock.local(at):%Y%m%d}"


@transaction.atomic
def group(street_id: int, *, by: Actor, at: datetime) -> bool:
    """Group a street anew if something has come in or gone and the last grouping was cheap enough. Whether it did.

    Two workers never group the same street at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, street_id])
        if not cursor.fetchone()[0]:
            return False
    kept = IssueGroups.objects.filter(pk=street_id).first()
    if kept is not None and timedelta(0) <= at - kept.at < timedelta(milliseconds=kept.took_ms * FACTOR):
        return False
    stamp = stamp_of(street_id, at=at)
    if kept is not None and kept.stamp == stamp:
        IssueGroups.objects.filter(pk=street_id).update(at=at)
        return False
    began = time.perf_counter()
    found = grouped(now=at, days=DAYS + SPARE_DAYS, where=in_area(street_id) & ~Q(appeal=Appeal.PRAISE))
    took = round((time.perf_counter() - began) * 1000)
    IssueGroups.objects.update_or_create(
        street_id=street_id, defaults={"at": at, "took_ms": took, "stamp": stamp, "groups": found}
    )
    return True


def group_all(*, by: Actor, at: datetime) -> int:
    """Every street, one transaction each. How many were grouped anew."""
    return sum(group(street.id, by=by, at=at) for street in ground().streets)
