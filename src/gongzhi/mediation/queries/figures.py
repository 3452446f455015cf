"""What is counted of cases and beside them. Rows are ``Tally`` alone, read by the service that counts; nobody's name.

Exact counts are for those who report (``see_figures``); what is published goes through ``civics.disclosure``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Sum

from civics.disclosure import (
    LEAST,
    Withheld,
    WithheldTable,
    rounded,
    tells_little_more,
    withhold,
    withhold_table,
)
from civics.settlement import Campaign as Course
from civics.settlement import Counted, Repetition, Share, Statement, repetition, self_help, statement
from gongzhi.kit.acting import Actor, acting
from gongzhi.mediation.models import Campaign, KeyClass, Petition, Publication, SelfHelp, Subject, Tally
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

_FIGURES = Actor.for_service("figures")
#: The fewest cases of a year of which anything but "few" is published: below, even totals would give parts away.
FEWEST = 2 * LEAST
SETTLED, NOT_YET = "settled", "not_settled"


@dataclass(frozen=True)
class Span:
    """Whole months, the last day included."""

    since: date
    until: date

    @property
    def label(self) -> str:
        """``2026-01`` or ``2026-01 – 2026-12``"""
        one, two = f"{self.since:%Y-%m}", f"{self.until:%Y-%m}"
        return one if one == two else f"{one} – {two}"


def months(year: int, first: int = 1, last: int = 12) -> Span:
    """From the first day of a month to the last of another. ValueError for what is no month."""
    after = date(year + last // 12, last % 12 + 1, 1)
    if not 1 <= first <= last <= 12:
        raise ValueError(f"no span of months: {first} to {last}")
    return Span(date(year, first, 1), after - timedelta(days=1))


#: Divisions whose cases are counted; None: all.
Areas = frozenset[int] | None


def _counted(within: Areas = None, **narrow: Any) -> list[tuple[Counted, int | None, str]]:
    """Cases as they are counted, with their division and class. Reads under the service, whoever asks."""
    if within is not None:
        narrow["division__in"] = sorted(within)
    with acting(_FIGURES), transaction.atomic():
        rows = list(
            Tally.objects.filter(accepted_on__isnull=False, **narrow).values_list(
                "subject", "source", "accepted_on", "level", "settled_on", "ended_on", "performed_on", "outcome",
                "amount", "prevented", "prevented_people", "cross_boundary", "division_id", "ledger_class",
            )
        )  # fmt: skip
    return [
        (
            Counted(
                subject, source, accepted or date.min, level, settled_on=settled, ended_on=None if settled else ended,
                performed_on=performed, written=outcome != "oral", amount=amount, prevented=prevented,
                prevented_people=people, cross_boundary=crossing,
            ),
            division,
            key_class,
        )
        for (subject, source, accepted, level, settled, ended, performed, outcome, amount, prevented, people, crossing,
             division, key_class) in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A statement of a span: by type, by month, by community."""

    span: Span
    by_subject: Statement
    by_month: Statement
    by_community: Mapping[int, Any]


def told(span: Span, within: Areas = None) -> Told:
    """Count the cases accepted in a span, as they stand at its end; in some areas, or everywhere."""
    rows = _counted(within, accepted_on__gte=span.since, accepted_on__lte=span.until)
    land = ground()

    def community(division: int | None) -> str:
        line = [area.id for area in land.line(division) if area.level == Level.COMMUNITY]
        return str(line[0]) if line else "0"

    cases = [case for case, _division, _class in rows]
    places = [replace(case, subject=community(division)) for case, division, _class in rows]
    in_months = [replace(case, subject=f"{case.accepted_on:%Y-%m}") for case in cases]
    by_place = statement(places, until=span.until)
    return Told(
        span,
        statement(cases, until=span.until, of=Subject.values),
        statement(in_months, until=span.until),
        {int(key): line for key, line in by_place.lines.items()},
    )


# ---- what anybody may read


@dataclass(frozen=True)
class Published:
    """A year for everybody. ``about``: received and settled to the nearest ten, where nothing finer may be told; ``few``: too
    few; ``until``: the last day that is counted, None while nothing has been published."""

    year: int
    whole: bool
    until: date | None = None
    few: bool = False
    about: tuple[int, int] | None = None
    subjects: WithheldTable | None = None
    sources: Withheld | None = None
    levels: Withheld | None = None
    communities: Withheld | None = None
    rate: Share | None = None

    @property
    def withheld(self) -> int:
        """How many numbers are withheld."""
        lines = [self.sources, self.levels, self.communities]
        count = sum(cell is None for line in lines if line for cell in line.cells.values())
        if self.subjects:
            count += sum(cell is None for row in self.subjects.cells.values() for cell in row.values())
        return count


def reckoned(year: int, until: date, *, told_before: Iterable[tuple[int, int]] = ()) -> Published:
    """What may be told of the cases of a year as they stood on a day: all of a whole year, tens of a part of one.
    ``told_before`` is what was told of it at earlier moments: what would give away the few in between is not told."""
    span, before = months(year), list(told_before)
    whole = until >= span.until
    if not whole:
        cases = [case for case, _d, _c in _counted(accepted_on__gte=span.since, accepted_on__lte=until)]
        total = statement(cases, until=until).total
        if total.received < FEWEST or not rounded(total.settled):  # about none: one to four, or none
            return Published(year, False, until, few=True)
        return Published(year, False, until, about=(rounded(total.received), rounded(total.settled)))
    everything = told(span)
    total, lines = everything.by_subject.total, everything.by_subject.lines
    if total.received < FEWEST:
        return Published(year, True, until, few=True)
    apart = ((total.received, [one for one, _two in before]), (total.settled, [two for _one, two in before]))
    if not all(tells_little_more(exact, earlier) for exact, earlier in apart):
        return Published(
            year,
            True,
            until,
            few=not rounded(total.settled),
            about=(rounded(total.received), rounded(total.settled)),
        )
    subjects = withhold_table(
        {key: {SETTLED: line.settled, NOT_YET: line.received - line.settled} for key, line in lines.items()}
    )
    parts = [
        withhold(total.sources),
        withhold({**total.levels}),
        withhold({str(key): line.received for key, line in everything.by_community.items()}),
    ]
    if subjects.total is None or parts[0].total is None or parts[2].total is None:
        return Published(year, True, until, few=True)
    shown = subjects.columns[SETTLED]
    # the levels add up to the settled: told together with them, or not at all
    levels = parts[1] if shown is not None and parts[1].total is not None else None
    return Published(
        year, True, until, subjects=subjects, sources=parts[0], levels=levels, communities=parts[2],
        rate=None if shown is None else Share(shown, subjects.total),
    )  # fmt: skip


def kept(shown: Published) -> dict[str, Any]:
    """What is published as it is kept. What a reader could work out of it is not part of it."""
    out: dict[str, Any] = {"few": shown.few, "about": list(shown.about) if shown.about else None}
    table = shown.subjects
    if table is not None:
        out["subjects"] = {
            "cells": {name: dict(row) for name, row in table.cells.items()}, "rows": dict(table.rows),
            "columns": dict(table.columns), "total": table.total,
        }  # fmt: skip
    for name in ("sources", "levels", "communities"):
        line: Withheld | None = getattr(shown, name)
        if line is not None:
            out[name] = {"cells": dict(line.cells), "total": line.total}
    if shown.rate is not None:
        out["rate"] = [shown.rate.part, shown.rate.whole]
    return out


def _read_back(row: Publication) -> Published:
    told_, about = row.told, row.told["about"]
    table = told_.get("subjects")
    lines = {
        name: Withheld(told_[name]["cells"], told_[name]["total"], {})
        for name in ("sources", "levels", "communities")
        if name in told_
    }
    return Published(
        row.year, row.until >= months(row.year).until, row.until, few=told_["few"],
        about=(about[0], about[1]) if about else None,
        subjects=WithheldTable(table["cells"], table["rows"], table["columns"], table["total"], {}) if table else None,
        sources=lines.get("sources"), levels=lines.get("levels"), communities=lines.get("communities"),
        rate=Share(*told_["rate"]) if "rate" in told_ else None,
    )  # fmt: skip


def published(year: int, *, today: date) -> Published:
    """The latest that was published of a year; as it was then, whatever has changed since."""
    row = Publication.objects.filter(year=year).order_by("-until").first()
    return _read_back(row) if row else Published(year, months(year).until < today)


def first_year(today: date) -> int:
    """The year of the first case that was accepted."""
    with acting(_FIGURES), transaction.atomic():
        first = Tally.objects.aggregate(first=Min("accepted_on"))["first"]
    return first.year if first else today.year


# ---- the ledger, self-help, petitions


@dataclass(frozen=True)
class ClassLine:
    """A class of the ledger: how many there are, how many are resolved."""

    code: str
    label: str
    resolved: Share


def ledger(span: Span, within: Areas = None) -> list[ClassLine]:
    """Every class of key disputes, of the cases accepted in a span."""
    rows = _counted(accepted_on__gte=span.since, accepted_on__lte=span.until)
    return [
        ClassLine(code, str(label), _resolved(rows, {code}, span.until)) for code, label in KeyClass.choices
    ]


def _resolved(rows: list[tuple[Counted, int | None, str]], classes: set[str], until: date) -> Share:
    mine = [case for case, _division, key_class in rows if key_class in classes]
    return Share(sum(case.settled_on is not None and case.settled_on <= until for case in mine), len(mine))


def courses(today: date, within: Areas = None) -> list[tuple[Campaign, Course]]:
    """Campaigns, the latest first, with how far each has come."""
    rows = list(Campaign.objects.all())
    if not rows:
        return []
    cases = _counted(
        within,
        accepted_on__gte=min(row.starts_on for row in rows),
        accepted_on__lte=max(row.ends_on for row in rows),
    )
    out = []
    for row in rows:
        mine = [one for one in cases if row.starts_on <= one[0].accepted_on <= row.ends_on]
        out.append(
            (row, Course(_resolved(mine, set(row.classes), min(today, row.ends_on)), Fraction(row.goal, 100)))
        )
    return out


@dataclass(frozen=True)
class Neighbours:
    """The four counters of a year, in all and by community."""

    total: Mapping[str, int]
    by_community: list[tuple[str, Mapping[str, int]]]


def neighbours(year: int) -> Neighbours:
    """What neighbours settled themselves in a year."""
    rows = list(
        SelfHelp.objects.filter(month__gte=date(year, 1, 1), month__lte=date(year, 12, 31))
        .values_list("division_id", "kind")
        .annotate(n=Sum("count"))
        .order_by("division__code", "kind")
    )
    land = ground()
    places = dict.fromkeys(division for division, _kind, _n in rows)
    return Neighbours(
        self_help((kind, n) for _division, kind, n in rows),
        [
            (land.name_of(place), self_help((kind, n) for division, kind, n in rows if division == place))
            for place in places
        ],
    )


def petitions(span: Span) -> tuple[list[Petition], Repetition, Counter[int]]:
    """Petitions of a span, how they repeat by matter, and how many each matter had in all."""
    rows = list(
        Petition.objects.filter(received_on__gte=span.since, received_on__lte=span.until).select_related(
            "matter"
        )
    )
    counts = (
        Petition.objects.filter(matter__in={row.matter_id for row in rows})
        .values_list("matter_id")
        .annotate(n=Count("pk"))
    )
    return rows, repetition(row.matter_id for row in rows), Counter(dict(counts.order_by()))
