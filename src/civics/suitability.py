"""Which mediators suit a dispute, and why: points that explain themselves, never more than an offer to people.

    suited(Wanted(languages={"pt", "zh-hant"}, subject="property", jurisdictions={"macao"}, area=(7, 2, 1)), mediators)

Points, of a hundred: languages of the parties 30, the subject 25, the law in question 20, nearness 15, room for another
case 10. Whoever lacks a language is still offered (an interpreter may help) below those who do not. Who must not be
offered at all (away, full, not on file, an interest in the case) is named in ``barred`` or left out by the caller: this
module is never told why, so nothing it returns can say so. Ties: fewer open cases, then the longer wait, then the number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

LANGUAGE, SUBJECT, JURISDICTION, NEAR, LOAD = "language", "subject", "jurisdiction", "near", "load"
#: The most that each ground gives.
MOST = {LANGUAGE: 30, SUBJECT: 25, JURISDICTION: 20, NEAR: 15, LOAD: 10}
#: Languages that read for one another: who writes one kind of Chinese reads the other.
_SAME = {"zh-hans": "zh", "zh-hant": "zh"}


@dataclass(frozen=True)
class Wanted:
    """A dispute: what its parties speak, what it is about, whose law is asked, its area and those above, nearest first."""

    subject: str
    languages: Collection[str] = frozenset()
    jurisdictions: Collection[str] = frozenset()
    area: Sequence[int] = ()


@dataclass(frozen=True)
class Mediator:
    """Somebody who may be asked. ``areas``: where they work. ``load`` open cases of ``most``; ``last`` began the last one."""

    id: int
    languages: Collection[str] = frozenset()
    subjects: Collection[str] = frozenset()
    jurisdictions: Collection[str] = frozenset()
    areas: Collection[int] = frozenset()
    load: int = 0
    most: int = 5
    last: date | None = None


@dataclass(frozen=True)
class Ground:
    """One reason: ``points`` of ``MOST[code]``, and what speaks for (``has``) and against (``lacks``) in codes."""

    code: str
    points: int
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suited:
    """A mediator with the sum of the points and the grounds, always the same five."""

    id: int
    points: int
    grounds: tuple[Ground, ...] = field(default=())


def suited(
    wanted: Wanted, mediators: Iterable[Mediator], *, barred: Collection[int] = frozenset()
) -> list[Suited]:
    """Those who may be offered, the fittest first."""
    able = [one for one in mediators if one.id not in barred and one.load < one.most]
    told = {one.id: Suited(one.id, sum(g.points for g in grounds), grounds) for one, grounds in
            ((one, _grounds(wanted, one)) for one in able)}  # fmt: skip
    able.sort(key=lambda one: (-told[one.id].points, one.load, one.last or date.min, one.id))
    return [told[one.id] for one in able]


def _grounds(wanted: Wanted, one: Mediator) -> tuple[Ground, ...]:
    near = next((step for step, area in enumerate(wanted.area) if area in one.areas), None)
    shares = {0: 1.0, 1: 0.6, 2: 0.3}
    return (
        _of_all(LANGUAGE, wanted.languages, one.languages),
        Ground(SUBJECT, MOST[SUBJECT], (wanted.subject,))
        if wanted.subject in one.subjects
        # who names no subject mediates all sorts
        else Ground(SUBJECT, 0 if one.subjects else MOST[SUBJECT] // 2, (), (wanted.subject,)),
        _of_all(JURISDICTION, wanted.jurisdictions, one.jurisdictions),
        Ground(
            NEAR,
            0 if near is None else round(MOST[NEAR] * shares.get(near, 0.1)),
            () if near is None else (str(wanted.area[near]),),
        ),
        Ground(LOAD, round(MOST[LOAD] * (1 - one.load / one.most)), (str(one.load), str(one.most))),
    )


def _of_all(code: str, wanted: Collection[str], known: Collection[str]) -> Ground:
    """Points by the share of what is wanted that is known. Nothing wanted: all of them."""
    same = {_SAME.get(each, each) for each in known}
    has = tuple(sorted(each for each in wanted if _SAME.get(each, each) in same))
    lacks = tuple(sorted(set(wanted) - set(has)))
    return Ground(code, round(MOST[code] * (len(has) / len(wanted) if wanted else 1)), has, lacks)
