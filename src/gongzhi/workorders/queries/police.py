"""What can be asked of police and people: pairs and their duty, hand-overs, the published overlap, the way of a problem."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from civics.overlap import Overlap, overlap
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.revision import cached
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.police import (
    DisputeCall,
    DutyDay,
    HandOver,
    HandOverState,
    Pair,
    PoliceCalls,
    Way,
)
from gongzhi.workorders.policies.orders import POLICE_SERVICE

#: How many days ahead the order's page looks for the next duty.
AHEAD = 31


@dataclass(frozen=True)
class PairHeld:
    """A community's pair today: names (empty where vacant) and the next days on which they are on duty together."""

    id: int
    division_id: int
    constable: str
    secretary: str
    constable_id: int | None
    secretary_id: int | None
    since: date
    duty: tuple[tuple[date, time, time, str], ...]


@dataclass(frozen=True)
class _Read:
    day: date
    pairs: dict[int, PairHeld]


def held_on(day: date) -> Q:
    """Pairs that are held on a day."""
    return Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day))


def _read() -> _Read:
    today = clock.today()
    duty: dict[int, list[tuple[date, time, time, str]]] = {}
    days = DutyDay.objects.filter(on__gte=today, on__lt=today + timedelta(days=AHEAD)).order_by("on")
    for pair_id, on, begins, ends, place in days.values_list("pair_id", "on", "begins", "ends", "place"):
        duty.setdefault(pair_id, []).append((on, begins, ends, place))
    rows = Pair.objects.filter(held_on(today)).select_related("constable", "secretary")
    return _Read(
        today,
        {
            row.division_id: PairHeld(
                row.pk, row.division_id, row.constable.name if row.constable else "",
                row.secretary.name if row.secretary else "", row.constable_id, row.secretary_id, row.starts_on,
                tuple(duty.get(row.pk, ())),
            )
            for row in rows
        },
    )  # fmt: skip


def pairs() -> dict[int, PairHeld]:
    """Today's pair of each community, kept in memory: an order's page costs no statement for it."""
    return cached("police_pairs", _read, holds=lambda kept: kept.day == clock.today()).pairs


@dataclass(frozen=True)
class CommunityPair:
    """A community in the register: its pair, if any, and the days of the month."""

    area: Area
    pair: PairHeld | None
    days: tuple[date, ...]


def communities(path: str = "/") -> list[Area]:
    """Every community in an area, in the order of their codes."""
    return [area for area in ground().communities if area.within(path)]


def register(month: date, path: str = "/") -> list[CommunityPair]:
    """Every community with its pair of today and the duty days of a month. One statement."""
    held = pairs()
    days: dict[int, list[date]] = {}
    rows = DutyDay.objects.filter(on__gte=month, on__lt=month_after(month)).select_related("pair")
    for row in rows.order_by("on"):
        days.setdefault(row.pair.division_id, []).append(row.on)
    return [
        CommunityPair(area, held.get(area.id), tuple(days.get(area.id, ()))) for area in communities(path)
    ]


def month_after(month: date) -> date:
    """The first day of the month after this one."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def weeks_of(month: date) -> list[list[date]]:
    """The weeks of a month from Monday, with the days of the neighbours that fill them."""
    return calendar.Calendar().monthdatescalendar(month.year, month.month)


def handovers(*, path: str, way: str = "", waiting: bool = False, most: int = 200) -> list[HandOver]:
    """Hand-overs of the streets in an area, newest first."""
    streets = [
        a.id
        for a in ground().areas.values()
        if a.level == Level.STREET and (a.within(path) or path.startswith(a.path))
    ]
    rows = HandOver.objects.filter(order__street_id__in=streets).select_related(
        "order", "partner__organisation", "by"
    )
    if way in Way.values:
        rows = rows.filter(way=way)
    if waiting:
        rows = rows.filter(
            way=Way.OUT, state__in=(HandOverState.QUEUED, HandOverState.SENT, HandOverState.PAPER)
        )
    return list(rows.defer("order__words").order_by("-at", "-pk")[:most])


def last_handover(order: WorkOrder) -> HandOver | None:
    """The last hand-over of an order, in or out. One statement."""
    return order.handovers.select_related("partner__organisation").order_by("-at").first()


@dataclass(frozen=True)
class Month:
    """The overlap of one street in one month. ``whole``: the month is over."""

    street_id: int
    month: date
    seen: Overlap


def overlaps(*, months: int = 12) -> list[Month]:
    """The share of calls that were not police business, per street and month, newest first. Two statements.

    A call counts in the month in which it was handed over, by the town's days; one that was handed back and taken by the
    police counts as theirs, whenever that was.
    """
    first = clock.today().replace(day=1)
    for _month in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    since = _begin(first)
    handed: dict[tuple[int, date], int] = {}
    back: dict[tuple[int, date], int] = {}
    came = HandOver.objects.filter(way=Way.IN, at__gte=since).values_list(
        "order_id", "order__street_id", "at"
    )
    rows = list(came)
    went = set(
        HandOver.objects.filter(
            way=Way.OUT,
            state=HandOverState.TAKEN,
            order__handovers__way=Way.IN,
            order__handovers__at__gte=since,
        ).values_list("order_id", flat=True)
    )
    for order_id, street, at in rows:
        place = (street, clock.local(at).date().replace(day=1))
        handed[place] = handed.get(place, 0) + 1
        back[place] = back.get(place, 0) + (order_id in went)
    # disputes that went straight to mediators: counted under the door's name, and nothing else of them is here
    with acting(Actor.for_service(POLICE_SERVICE)), transaction.atomic():
        quarrels = list(
            DisputeCall.objects.filter(at__gte=since, street__isnull=False).values_list("street_id", "at")
        )
    for street_id, at in quarrels:
        place = (street_id, clock.local(at).date().replace(day=1))
        handed[place] = handed.get(place, 0) + 1
    told = {
        (street, month): calls
        for street, month, calls in PoliceCalls.objects.filter(month__gte=first).values_list("street_id", "month", "calls")
    }  # fmt: skip
    out = []
    for street, month in sorted({*handed, *told}, key=lambda one: (one[1], -one[0]), reverse=True):
        count, calls = handed.get((street, month), 0), told.get((street, month))
        if calls is not None and calls < count:  # told too early in the month: no share yet
            calls = None
        seen = overlap(calls=calls, handed=count, returned=back.get((street, month), 0))
        out.append(Month(street, month, seen))
    return out


def of_year(year: int) -> Overlap | None:
    """The overlap of a year in all streets: the sum of the months that are published one by one, so that no small month can
    be reckoned from it. None where there is none."""
    today = clock.today()
    back = (today.year - year) * 12 + today.month
    if not 1 <= back <= 240:
        return None
    shown = [
        one.seen
        for one in overlaps(months=back)
        if one.month.year == year and one.seen.shown and one.seen.calls is not None
    ]
    if not shown:
        return None
    calls, rest = sum(one.calls or 0 for one in shown), sum(one.not_police for one in shown)
    return overlap(calls=calls, handed=rest, returned=0)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone()).astimezone(UTC)


def orders_of_figure(keys: Iterable[int], *, by: Actor) -> list[WorkOrder]:
    """The orders behind a figure that this actor may see, newest first."""
    from gongzhi.workorders.policies import RULES

    rows = RULES.which(by, "see", WorkOrder.objects.filter(pk__in=list(keys)))
    return list(rows.defer("words").order_by("-opened_at", "-pk"))
