"""Hot issues as windows show them: heat and small bars, from the groups that a job keeps (``actions.grouping``)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Q

from gongzhi.kit import clock
from gongzhi.matters.figures import HotIssue
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.hot import DAYS, MOST_AT_ONCE, SPARE_DAYS, Issue, hot_issues, issues_of
from gongzhi.workorders.models import Appeal, IssueGroups
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.tables import tree

#: Days of the small bars beside a hot issue.
HOT_BARS = 14


def _streets(division_id: int) -> list[int]:
    """The streets whose groups an area needs."""
    land = ground()
    area = land.areas.get(division_id)
    while area is not None and area.level not in (Level.STREET, Level.DISTRICT):
        area = land.areas.get(area.parent_id or 0)
    if area is None:
        return []
    return [one.id for one in land.children(area.id)] if area.level == Level.DISTRICT else [area.id]


def _kept(division_id: int) -> list[IssueGroups]:
    return list(IssueGroups.objects.filter(pk__in=_streets(division_id)).order_by("pk"))


def hot(
    division_id: int, *, at: datetime, most: int = 12, now: bool = False
) -> tuple[list[HotIssue], datetime | None]:
    """(what many people report in these days, hottest first; as of when it was grouped). Praise is no issue.

    From kept groups: four statements, as the orders of these groups stand now. Without any, nothing and None; with
    ``now`` (a brief, also of a time long past) the newest few thousand are grouped at once where the kept ones do not reach so far.
    """
    where = in_area(division_id) & ~Q(appeal=Appeal.PRAISE)
    rows = _kept(division_id)
    serves = bool(rows) and all(row.at - timedelta(days=SPARE_DAYS) <= at for row in rows)
    if now and not serves:
        return [_hot(issue, at) for issue in hot_issues(now=at, where=where, most=most, of=MOST_AT_ONCE)], at
    if not rows:
        return [], None
    groups = [members for row in rows for members in row.groups]
    found = issues_of(groups, now=at, days=DAYS, where=where, most=most)
    return [_hot(issue, at) for issue in found], min(row.at for row in rows)


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
