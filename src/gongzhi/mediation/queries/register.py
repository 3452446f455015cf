"""The register as pages show it: committees, mediators, who covers which estate and community, the roster of a station."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum

from gongzhi.kit import clock
from gongzhi.mediation.models import Basis, Committee, Duty, Mediator, Seat, Station, Training
from gongzhi.mediation.queries.proposing import on_file
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: How a known place of homes is called in the ground.
ESTATE = "estate"
OWN, BY_COMMUNITY, NONE = "own", "community", "none"


def committees() -> QuerySet[Committee]:
    """All that exist, by their codes, with who sits there now."""
    seats = Prefetch("seats", Seat.objects.filter(until=None))
    return (
        Committee.objects.filter(organisation__ends_on=None)
        .select_related("organisation")
        .prefetch_related(seats)
        .order_by("organisation__code")
    )


def mediators(
    *, words: str = "", language: str = "", jurisdiction: str = "", committee: int | None = None
) -> QuerySet[Mediator]:
    """Everybody on the register, by committee and name."""
    rows = Mediator.objects.select_related("account", "committee__organisation").order_by(
        "committee__organisation__code", "account__name"
    )
    if words:
        rows = rows.filter(account__name__icontains=words)
    if language:
        rows = rows.filter(languages__contains=[language])
    if jurisdiction:
        rows = rows.filter(jurisdictions__contains=[jurisdiction])
    if committee:
        rows = rows.filter(committee_id=committee)
    return rows


def hours_of(accounts: Iterable[int], *, year: int) -> dict[int, Decimal]:
    """Hours of training in a year."""
    rows = (
        Training.objects.filter(mediator__in=list(accounts), held_on__year=year)
        .values("mediator_id")
        .annotate(hours=Sum("hours"))
    )
    return {row["mediator_id"]: row["hours"] for row in rows}


@dataclass
class Cover:
    """A community: its committees, its mediators on file, and each estate with how it is covered."""

    area: Area
    committees: list[Committee] = field(default_factory=list)
    mediators: list[Mediator] = field(default_factory=list)
    estates: list[tuple[int, str, str, list[Mediator]]] = field(default_factory=list)

    @property
    def bare(self) -> int:
        """Estates without a mediator of their own."""
        return sum(how != OWN for _key, _name, how, _who in self.estates)

    @property
    def state(self) -> str:
        """``none`` without any mediator, ``community`` while an estate has none of its own, else ``own``."""
        if not self.mediators and all(how == NONE for _key, _name, how, _who in self.estates):
            return NONE
        return BY_COMMUNITY if self.bare else OWN


def coverage(today: date) -> list[Cover]:
    """Every community, by its code, with who mediates there today."""
    land = ground()
    covers = {area.id: Cover(area) for area in land.communities}

    def communities(divisions: Iterable[int]) -> set[int]:
        found = set()
        for key in divisions:
            line = [area.id for area in land.line(key) if area.level == Level.COMMUNITY]
            found.update(line)
        return found & set(covers)

    for row in committees():
        if row.basis in (Basis.COMMUNITY, Basis.ESTATE):
            for key in communities(
                [*row.divisions, *([row.organisation.division_id] if row.organisation.division_id else [])]
            ):
                covers[key].committees.append(row)
    own: defaultdict[int, list[Mediator]] = defaultdict(list)
    for one in on_file(today).order_by("account__name"):
        places = set(one.divisions)
        if one.committee.basis == Basis.COMMUNITY:
            places |= set(one.committee.divisions)
        for estate in {*one.estates, *(one.committee.estates if one.committee.basis == Basis.ESTATE else ())}:
            own[estate].append(one)
            place = land.place_by_key.get(estate)
            places |= {place[5]} if place else set()
        for key in communities(places):
            covers[key].mediators.append(one)
    for key, name, _aliases, _lon, _lat, division, kind in sorted(land.places, key=lambda row: row[1]):
        if kind == ESTATE:
            for community in communities([division]):
                cover = covers[community]
                how = OWN if own[key] else BY_COMMUNITY if cover.mediators else NONE
                cover.estates.append((key, name, how, own[key]))
    return sorted(covers.values(), key=lambda cover: cover.area.code)


def committees_for(community_id: int) -> list[Committee]:
    """What residents of a community can turn to: its own, those of its estates, the street's, and those of trades."""
    land = ground()
    line = {area.id for area in land.line(community_id)}
    out = []
    for row in committees():
        places = {*row.divisions, row.organisation.division_id}
        below = any(community_id in {area.id for area in land.line(key)} for key in places if key)
        if below or places & line:
            out.append(row)
    order = [Basis.ESTATE, Basis.COMMUNITY, Basis.STREET, Basis.TRADE]
    return sorted(out, key=lambda row: order.index(Basis(row.basis)))


@dataclass
class DayOfDuty:
    """A day at a station: who is there in the morning and in the afternoon."""

    day: date
    am: list[Duty] = field(default_factory=list)
    pm: list[Duty] = field(default_factory=list)


def roster(station: Station, monday: date, *, days: int = 7) -> list[DayOfDuty]:
    """A week of a station."""
    week = {monday + timedelta(days=n): DayOfDuty(monday + timedelta(days=n)) for n in range(days)}
    rows = Duty.objects.filter(station=station, day__gte=monday, day__lt=monday + timedelta(days=days))
    for row in rows.select_related("mediator__account"):
        getattr(week[row.day], row.half).append(row)
    return list(week.values())


def on_duty_now(stations: Iterable[Station]) -> dict[int, list[Mediator]]:
    """Who is at each station in this half of the day."""
    now = clock.local(clock.now())
    half = Duty.Half.MORNING if now.hour < 12 else Duty.Half.AFTERNOON
    found: dict[int, list[Mediator]] = {}
    rows = Duty.objects.filter(station__in=list(stations), day=now.date(), half=half)
    for row in rows.select_related("mediator__account"):
        found.setdefault(row.station_id, []).append(row.mediator)
    return found


def counted_by_committee() -> Counter[int]:
    """How many mediators on file each committee has today."""
    return Counter(on_file(clock.today()).values_list("committee_id", flat=True))


def station_or_none(key: Any) -> Station | None:
    """A station by its number."""
    return Station.objects.filter(pk=key).first()
