"""Hot issues as windows show them: heat, small bars, and when a new grouping is worth its seconds."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, Q

from gongzhi.kit import clock
from gongzhi.matters.figures import HotIssue
from gongzhi.workorders.hot import Issue, hot_issues
from gongzhi.workorders.models import Appeal, WorkOrder
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import (
    DECLINED,
    WITHDRAWN,
)

#: Days of the small bars beside a hot issue.
HOT_DAYS, HOT_BARS = 30, 14


def hot(division_id: int, *, at: datetime, most: int = 12) -> list[HotIssue]:
    """What many people report in these days, hottest first; praise is no issue. Some seconds for ten thousand orders."""
    return [
        _hot(issue, at)
        for issue in hot_issues(
            now=at, days=HOT_DAYS, where=in_area(division_id) & ~Q(appeal=Appeal.PRAISE), most=most
        )
    ]


def hot_stamp(division_id: int, *, at: datetime) -> str:
    """Changes when a new grouping could say something else: reports came in, went, or were finished. One statement."""
    rows = WorkOrder.objects.filter(in_area(division_id), opened_at__gt=at - timedelta(days=HOT_DAYS))
    one = rows.aggregate(
        n=Count("pk"), open=Count("pk", filter=Q(open=True)),
        out=Count("pk", filter=Q(state__in=(WITHDRAWN, DECLINED))),
    )  # fmt: skip
    newest = rows.order_by("-opened_at", "-pk").values_list("pk", flat=True).first()
    return f"{one['n']}.{one['open']}.{one['out']}.{newest or 0}.{clock.local(at):%Y%m%d}"


def _hot(issue: Issue, at: datetime) -> HotIssue:
    today = clock.local(at).date()
    ages = Counter((today - clock.local(moment).date()).days for moment in issue.moments)
    week = timedelta(days=7)
    return HotIssue(
        key=min(issue.orders),
        title=issue.title,
        matters=issue.orders,
        reporters=issue.reporters,
        open=issue.open,
        heat=issue.heat,
        lately=sum(moment > at - week for moment in issue.moments),
        before=sum(at - 2 * week < moment <= at - week for moment in issue.moments),
        area=issue.area,
        topic=tree().said_of(issue.category_id).split(" › ")[-1],
        daily=tuple(ages[age] for age in range(HOT_BARS - 1, -1, -1)),
        first_at=issue.first_at,
        last_at=issue.last_at,
    )
