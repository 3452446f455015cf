"""What a statement of mediated disputes counts, and its shares: settled, days, performed, kept from becoming worse.

    told = statement(cases, until=date(2026, 12, 31))
    told.total.received, told.total.settled, told.total.rate      # 869, 842, Share(842, 869)
    f"{told.total.rate.percent:.1f} %"                            # 96.9 %

Definitions, of the cases accepted in a span, as they stand on the last day (人民调解案件情况统计表):

``received``    all of them; ``settled``, ``failed`` and ``open`` together are as many;
``settled``     those with an agreement, written or oral, made until that day;
``failed``      those that ended without one: given up, withdrawn;
``rate``        settled of received; a case that goes on counts as not settled;
``days``        calendar days from acceptance to agreement, the mean over the settled ones (same day: 0);
``performed``   settled ones whose agreement was wholly kept until that day; its share is of the settled;
``amount``      what agreements were about, in yuan, of the settled.

No names and no words come in here: a case is a handful of codes and days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

#: The goal of a campaign: ninety-six of a hundred resolved.
GOAL = Fraction(96, 100)


@dataclass(frozen=True)
class Counted:
    """One accepted case as it is counted. ``settled_on`` is the day of the agreement, ``ended_on`` of an end without."""

    subject: str
    source: str
    accepted_on: date
    level: str = ""
    settled_on: date | None = None
    ended_on: date | None = None
    performed_on: date | None = None
    written: bool = True
    amount: Decimal | None = None
    prevented: str = ""
    prevented_people: int = 0
    cross_boundary: bool = False


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``; nothing of nothing has no share."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.part} is no part of {self.whole}")

    @property
    def value(self) -> float | None:
        """Between 0 and 1."""
        return self.part / self.whole if self.whole else None

    @property
    def percent(self) -> float | None:
        """In percent, to one digit, half up, as a table prints it (842 of 869: 96.9)."""
        if not self.whole:
            return None
        return float((Fraction(self.part * 1000, self.whole) + Fraction(1, 2)).__floor__()) / 10

    def reaches(self, goal: Fraction) -> bool:
        """Is the goal reached? In whole numbers, so that 96 of 100 reach 96 %."""
        return self.whole > 0 and self.part * goal.denominator >= goal.numerator * self.whole


@dataclass(frozen=True)
class Line:
    """One line of a statement."""

    received: int = 0
    settled: int = 0
    failed: int = 0
    written: int = 0
    oral: int = 0
    performed: int = 0
    days: int = 0
    amount: Decimal = Decimal(0)
    cross_boundary: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    prevented: Mapping[str, int] = field(default_factory=dict)
    prevented_people: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Those that go on."""
        return self.received - self.settled - self.failed

    @property
    def rate(self) -> Share:
        """Settled of received."""
        return Share(self.settled, self.received)

    @property
    def performance(self) -> Share:
        """Performed of settled."""
        return Share(self.performed, self.settled)

    @property
    def mean_days(self) -> float | None:
        """From acceptance to agreement."""
        return self.days / self.settled if self.settled else None


@dataclass(frozen=True)
class Statement:
    """Lines by what was asked for, and all of it."""

    lines: Mapping[str, Line]
    total: Line


def statement(
    cases: Iterable[Counted], *, until: date, by: str = "subject", of: Sequence[str] = ()
) -> Statement:
    """Count ``cases`` as they stand at the end of ``until``, by a field of theirs; lines of ``of`` come first and always.

    Cases accepted after that day are left out. ``levels`` counts the settled ones by where they were settled.
    ValueError for a case that was settled before it was accepted.
    """
    groups: dict[str, list[Counted]] = {key: [] for key in of}
    everything: list[Counted] = []
    for case in cases:
        if case.accepted_on > until:
            continue
        groups.setdefault(getattr(case, by), []).append(case)
        everything.append(case)
    return Statement({key: _line(rows, until) for key, rows in groups.items()}, _line(everything, until))


def _line(cases: Sequence[Counted], until: date) -> Line:
    settled = [case for case in cases if case.settled_on and case.settled_on <= until]
    days = [(case.settled_on - case.accepted_on).days for case in settled if case.settled_on]
    if any(one < 0 for one in days):
        raise ValueError("a case cannot be settled before it is accepted")
    kept = [case for case in settled if case.prevented]
    people: Counter[str] = Counter()
    for case in kept:
        people[case.prevented] += case.prevented_people
    return Line(
        received=len(cases),
        settled=len(settled),
        failed=sum(
            case.settled_on is None and case.ended_on is not None and case.ended_on <= until for case in cases
        ),
        written=sum(case.written for case in settled),
        oral=sum(not case.written for case in settled),
        performed=sum(case.performed_on is not None and case.performed_on <= until for case in settled),
        days=sum(days),
        amount=sum((case.amount for case in settled if case.amount is not None), Decimal(0)),
        cross_boundary=sum(case.cross_boundary for case in cases),
        sources=dict(Counter(case.source for case in cases)),
        levels=dict(Counter(case.level for case in settled)),
        prevented=dict(Counter(case.prevented for case in kept)),
        prevented_people=dict(people),
    )


@dataclass(frozen=True)
class Campaign:
    """How far a campaign on a class of key disputes has come: ``resolved`` of those it took on, against its goal."""

    resolved: Share
    goal: Fraction = GOAL

    @property
    def reached(self) -> bool:
        """Is it as far as it was to come?"""
        return self.resolved.reaches(self.goal)

    @property
    def missing(self) -> int:
        """How many more would have to be resolved."""
        needed = -(-self.goal.numerator * self.resolved.whole // self.goal.denominator)
        return max(0, needed - self.resolved.part)


@dataclass(frozen=True)
class Repetition:
    """Petitions by the matter they are about: how many matters, how many of them more than once, how many too many."""

    petitions: int
    matters: int
    repeated: int
    again: int

    @property
    def share(self) -> Share:
        """Matters with more than one petition, of all with any."""
        return Share(self.repeated, self.matters)


def repetition(about: Iterable[Hashable]) -> Repetition:
    """Of petitions, each given by the matter it is about. Who petitioned is not asked: nothing here can be about a person."""
    counted = Counter(about)
    return Repetition(
        sum(counted.values()),
        len(counted),
        sum(n > 1 for n in counted.values()),
        sum(n - 1 for n in counted.values()),
    )


#: What neighbours settle among themselves (居民自治): quarrels, hygiene, leads, repairs.
SELF_HELP = ("quarrels", "hygiene", "leads", "repairs")


def self_help(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The four counters and their ``total``. ValueError for a counter that there is not, or a count below nothing."""
    told = dict.fromkeys(SELF_HELP, 0)
    for kind, count in counts:
        if kind not in told or count < 0:
            raise ValueError(f"{count} of {kind!r} cannot be counted")
        told[kind] += count
    return {**told, "total": sum(told.values())}
