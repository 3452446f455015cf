"""Hot issues: what many people report in these days, as groups of orders about the same thing.

Lives here: choosing the orders, grouping them (seconds; a job does it and keeps the groups, ``actions.grouping``), and the
heat of a group as its orders stand now (milliseconds). Does not live here: what makes two reports alike
(:mod:`civics.nearness`), and any list of people: reporters are counted, never named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import cos, hypot, inf, log2, radians
from statistics import median

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from civics.nearness import group
from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.matters.models import Part, Party
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.words.titles import topic_name

#: So many orders are grouped at most, the newest: some seconds and some hundred megabytes.
MOST = 10_000
#: So many while somebody waits for a brief of long ago: a second or two.
MOST_AT_ONCE = 3_000
#: A named place stands for an issue when it is so near, in metres.
NEAR = 250
#: Days that an issue looks back, and how many orders make one.
DAYS, FEWEST = 30, 3
#: Kept groups reach so many days further back: a brief of last week is served by them.
SPARE_DAYS = 8


@dataclass(frozen=True)
class Issue:
    """A group of orders about the same thing.

    It is shown on walls and printed in briefs, so nothing of it was written by a reporter: ``title`` is the category that
    most of the orders have, ``area`` the grid where most of them are, or the community (and a place of the tables, or the first
    day, where two issues would read alike). ``number`` is that of the oldest order still
    open (or the oldest), of those that are not private.
    """

    orders: tuple[int, ...]
    title: str
    number: str
    reporters: int
    open: int
    days: int
    first_at: datetime
    last_at: datetime
    area: str
    category_id: int | None
    heat: float
    moments: tuple[datetime, ...] = ()

    @property
    def count(self) -> int:
        """How many orders."""
        return len(self.orders)


def heat_of(reporters: int, last_at: datetime, now: datetime) -> float:
    """Distinct reporters, halved for every week in which nobody has reported it again."""
    return reporters * 0.5 ** (max(0.0, (now - last_at).total_seconds()) / timedelta(weeks=1).total_seconds())


def hot_issues(
    *,
    now: datetime,
    days: int = DAYS,
    where: Q | None = None,
    fewest: int = FEWEST,
    most: int = 20,
    of: int = MOST,
) -> list[Issue]:
    """Issues of the last ``days`` days with at least ``fewest`` orders, hottest first, grouped now. Six statements,
    and some seconds where there are thousands of orders; only the newest ``of`` are looked at."""
    found = grouped(now=now, days=days, where=where, fewest=fewest, of=of)
    return issues_of(found, now=now, days=days, where=where, fewest=fewest, most=most)


def _recent(now: datetime, days: int, where: Q | None) -> QuerySet[WorkOrder]:
    rows = WorkOrder.objects.filter(
        where or Q(), opened_at__gt=now - timedelta(days=days), opened_at__lte=now
    )
    return rows.exclude(state__in=("withdrawn", "declined"))


def grouped(
    *, now: datetime, days: int = DAYS, where: Q | None = None, fewest: int = FEWEST, of: int = MOST
) -> list[list[int]]:
    """The costly part: keys of orders about the same thing, among the newest ``of``. Three statements."""
    rows = _recent(now, days, where).order_by("-opened_at", "-pk")
    told = rows.values_list("opened_at", "pk", "title", "description", "lon", "lat")[:of]
    orders = sorted(told, key=lambda row: row[:2])
    authors = authors_of([row[1] for row in orders])
    found = group(
        [f"{title}\n{description}" for _at, _pk, title, description, _lon, _lat in orders],
        authors=[authors.get(row[1]) for row in orders],
        where=[(lon, lat) if lon is not None and lat is not None else None for *_told, lon, lat in orders],
    )
    return [[orders[index][1] for index in members] for members in found if len(members) >= fewest]


def issues_of(
    groups: Sequence[Sequence[int]], *, now: datetime, days: int = DAYS, where: Q | None = None, fewest: int = FEWEST,
    most: int = 20,
) -> list[Issue]:  # fmt: skip
    """The cheap part: issues from groups, as their orders stand now and as far as ``where`` goes. Three statements."""
    wanted = [pk for members in groups for pk in members]
    rows = _recent(now, days, where).filter(pk__in=wanted).only(
        "pk", "number", "opened_at", "category_id", "community_id", "grid_id", "lon", "lat", "open", "state", "private"
    )  # fmt: skip
    orders = {order.pk: order for order in rows}
    authors = authors_of(list(orders))
    issues = []
    for members in groups:
        there = sorted(
            (orders[pk] for pk in members if pk in orders), key=lambda order: (order.opened_at, order.pk)
        )
        if len(there) >= fewest:
            issues.append(_issue(there, authors, now))
    hottest = sorted(issues, key=lambda issue: (-issue.heat, -issue.count, issue.first_at))[:most]
    return told_apart(hottest, orders)


def told_apart(issues: Sequence[Issue], orders: Mapping[int, WorkOrder]) -> list[Issue]:
    """Issues that would read alike get the named place that most of their orders are nearest to, else their first day."""
    for tell in (_nearest_place, _first_day):
        alike = Counter((issue.title, issue.area) for issue in issues)
        issues = [
            replace(issue, area=" · ".join(filter(None, (issue.area, tell(issue, orders)))))
            if alike[issue.title, issue.area] > 1
            else issue
            for issue in issues
        ]
    return list(issues)


def _nearest_place(issue: Issue, orders: Mapping[int, WorkOrder]) -> str:
    """An estate, a road or a school of the tables: nobody's own words, and no house number."""
    spots = [
        (order.lon, order.lat)
        for order in (orders[key] for key in issue.orders)
        if order.lon is not None and order.lat is not None and not order.private
    ]
    if not spots:
        return ""
    lon, lat = median(spot[0] for spot in spots), median(spot[1] for spot in spots)
    metres = 111_320 * cos(radians(lat))
    near = [
        (hypot((place[3] - lon) * metres, (place[4] - lat) * 111_320), place[1])
        for place in ground().places
        if place[6] != "address"
    ]
    far, name = min(near, default=(inf, ""))
    return _("{place}一带").format(place=name) if far <= NEAR else ""


def _first_day(issue: Issue, orders: Mapping[int, WorkOrder]) -> str:
    day = clock.local(issue.first_at)  # in figures, not as “yesterday”: briefs keep it
    return _("{month}月{day}日起").format(month=day.month, day=day.day)


def _issue(members: Sequence[WorkOrder], authors: dict[int, str], now: datetime) -> Issue:
    told = [order for order in members if not order.private]
    face = next((order for order in told or members if order.open), (told or members)[0])
    days = {clock.local(order.opened_at).date() for order in members}
    topics = Counter(order.category_id for order in members if order.category_id)
    # a report whose author nobody can tell apart counts as one of its own
    reporters = len({authors.get(order.pk, f"order {order.pk}") for order in members})
    last_at = max(order.opened_at for order in members)
    topic = topics.most_common(1)[0][0] if topics else None
    return Issue(
        orders=tuple(order.pk for order in members),
        title=topic_name(topic),
        number=face.number,
        reporters=reporters,
        open=sum(order.open for order in members),
        days=len(days),
        first_at=members[0].opened_at,
        last_at=last_at,
        area=_area(members),
        category_id=topic,
        heat=round(heat_of(reporters, last_at, now) * (1 + log2(len(days)) / 10), 3),
        moments=tuple(order.opened_at for order in members),
    )


def _area(members: Sequence[WorkOrder]) -> str:
    """Where most of them are: a grid when two thirds lie in it, so that two issues of a category can be told apart."""
    for field, above in (("grid_id", 1), ("community_id", 0)):
        found = Counter(getattr(order, field) for order in members if getattr(order, field))
        if found and (field == "community_id" or found.most_common(1)[0][1] * 3 >= len(members) * 2):
            return ground().name_of(found.most_common(1)[0][0], above=above)
    return ""


def authors_of(order_ids: Sequence[int]) -> dict[int, str]:
    """Something that tells reporters apart, where anything does: the account, or the author a file tells. Not a name."""
    found = {
        pk: f"account {account}"
        for pk, account in Party.objects.filter(
            matter_id__in=order_ids, part=Part.REPORTER, account__isnull=False
        ).values_list("matter_id", "account_id")
    }
    told = Entry.objects.filter(
        thread_id__in=order_ids, position=1, detail__origin__has_key="author"
    ).values_list("thread_id", "detail__origin__author")
    return found | {pk: f"author {author}" for pk, author in told}
