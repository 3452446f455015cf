"""From the figures of a month to the standing of each unit: who its peers are, what they are like, its score and place.

The sums are in :mod:`civics.standing`. A unit is compared with units of its own sort (communities, property companies,
all others); a sort with fewer than three that had cases learns from all units together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from civics import standing
from civics.standing.formulas import cases_of
from gongzhi.people.queries import Body, organisations

#: Sorts of units: code → words.
PEERS = {"community": _("社区"), "property": _("物业服务企业"), "other": _("部门和其他单位")}
#: A sort learns from itself when so many of it had cases.
ENOUGH = 3
#: With fewer cases a number is called small.
FEW = 10


@dataclass
class Standing:
    """One unit in a month. ``lines`` are plain values as they are stored and shown."""

    unit_id: int
    name: str
    peers: str
    figures: dict[str, int]
    lines: list[dict[str, Any]] = field(default_factory=list)
    score: float | None = None
    place: int | None = None
    of: int = 0


def peers_of(body: Body | None) -> str:
    """The sort of a unit."""
    kind = body.kind if body else ""
    return kind if kind in PEERS else "other"


def _priors(
    formula: standing.Formula, group: list[dict[str, int]], everybody: list[dict[str, int]]
) -> dict[str, tuple[standing.Prior | None, bool]]:
    """item → (what the peers are like, whether these were all units)."""
    found: dict[str, tuple[standing.Prior | None, bool]] = {}
    for item in formula.shares:
        own = [cases_of(item, figures) for figures in group]
        alone = sum(cases > 0 for _good, cases in own) >= ENOUGH
        counts = own if alone else [cases_of(item, figures) for figures in everybody]
        found[item.code] = (standing.by_likelihood(counts), not alone)
    return found


def _told(line: standing.Line, prior: standing.Prior | None, all_units: bool) -> dict[str, Any]:
    rate = asdict(line.rate) if line.rate else None
    return {
        **asdict(line.item),
        "good": line.good,
        "cases": line.cases,
        "rate": rate,
        "used": line.used,
        "points": line.points,
        "full_here": line.full,
        "counts": line.counts,
        "sum": line.sum,
        "mean": prior.mean if prior else None,
        "size": prior.size if prior else None,
        "all_units": all_units,
    }


def standings(formula: standing.Formula, figures: Mapping[int | None, dict[str, int]]) -> list[Standing]:
    """Every unit that had anything counted, by sort and score; ties share a place. Units without a score come last."""
    bodies = organisations()
    found = [
        Standing(
            unit, bodies[unit].label if unit in bodies else f"#{unit}", peers_of(bodies.get(unit)), counts
        )
        for unit, counts in figures.items()
        if unit is not None and any(counts.values())
    ]
    everybody = [one.figures for one in found]
    ordered: list[Standing] = []
    for code in PEERS:
        group = [one for one in found if one.peers == code]
        priors = _priors(formula, [one.figures for one in group], everybody)
        for one in group:
            score = standing.score(
                formula, one.figures, {key: prior for key, (prior, _all) in priors.items()}
            )
            one.score = score.score
            one.lines = [_told(line, *priors.get(line.item.code, (None, False))) for line in score.lines]
        group.sort(key=lambda one: (one.score is None, -(one.score or 0), one.name))
        scored = [one for one in group if one.score is not None]
        for one in scored:
            one.place = 1 + sum(_shown(other) > _shown(one) for other in scored)
        for one in group:
            one.of = len(scored)
        ordered += group
    return ordered


def _shown(one: Standing) -> float:
    """The score as it is printed: what reads the same shares a place."""
    return round(one.score or 0, 1)
