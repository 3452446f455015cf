"""How a room declares a kind of matter: on one page, as values. Registration checks that the page is whole.

A kind has a workflow (states and steps), rules (who may), promises (until when) and phrases (how an act reads).
Registration refuses a step without a rule, a rule without a step, a verb without a phrase, and, through the
workflow's own checks, a state that nobody can leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from civics.workflow import Workflow
from civics.worktime import Unit
from gongzhi.journal.models import Audience
from gongzhi.kit.rules import RuleTable


@dataclass(frozen=True)
class Phrase:
    """How an act reads in a timeline: for the parties, for staff, with which icon, and who may read it.

    ``{unit}`` and other names in a sentence are filled from the entry's detail. ``erases`` names keys of the
    detail that hold personal words; the text of an entry is always erasable.
    """

    parties: str
    staff: str
    icon: str = "dot"
    audience: str = Audience.PARTIES
    erases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rung:
    """From this share of the time (in percent) on, these roles are reminded. Above 100 it goes up the line."""

    mark: int
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Promise:
    """Something owed by a moment. ``line`` has rising rungs; ``then`` says what happens when it is missed.

    ``by_parties``: it is the resident's turn; when it runs out nobody has broken a promise.
    """

    code: str
    label: str
    then: str
    by_parties: bool = False
    line: tuple[Rung, ...] = ()


@dataclass(frozen=True)
class Term:
    """How long: an amount and a unit of :mod:`civics.worktime`, and at which percentages to remind."""

    amount: int
    unit: Unit
    marks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of matter on one page."""

    code: str
    label: str
    prefix: str
    opens: str
    workflow: Workflow
    rules: RuleTable
    promises: Mapping[str, Promise]
    phrases: Mapping[str, Phrase]
    card_template: str
    address_of: Callable[[int], str]
    sealed: bool = False
    cards: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


#: Acts of the platform itself that every kind phrases.
ALWAYS = frozenset({"reminded", "missed", "ran_out", "erase"})


class Incomplete(TypeError):
    """A kind's page is not whole; ``faults`` lists every sentence."""

    def __init__(self, code: str, faults: list[str]) -> None:
        super().__init__(f"kind {code!r}: " + "; ".join(faults))
        self.faults = tuple(faults)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. Raises Incomplete with every fault found."""
    verbs = set(kind.workflow.verbs)
    ruled = set(kind.rules.verbs)
    faults = [f"step {verb!r} has no rule" for verb in sorted(verbs - ruled)]
    faults += [f"rule {verb!r} belongs to no step" for verb in sorted(ruled - verbs - {"see", kind.opens})]
    faults += [
        f"verb {verb!r} has no phrase" for verb in sorted((verbs | {kind.opens} | ALWAYS) - set(kind.phrases))
    ]
    faults += [
        f"promise {p!r} is not declared" for p in sorted(kind.workflow.promises() - set(kind.promises))
    ]
    faults += [
        f"step {step.verb!r} says {step.who!r} may, the rules say {kind.rules[step.verb].name!r}"
        for step in kind.workflow.steps
        if step.verb in ruled and kind.rules[step.verb].name != step.who
    ]
    if faults:
        raise Incomplete(kind.code, faults)
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """The kind with this code. KeyError when its room is not installed."""
    return _kinds[code]


def takers(offer: str) -> list[tuple[str, str]]:
    """(label, address) of the rooms that take up such an offer (topic, story): their manifests have a card
    ``takes_topic``, which says the address where one is begun from an offer's key."""
    found = ((kind, kind.cards.get(f"takes_{offer}")) for kind in known())
    return [(kind.label, str(card())) for kind, card in found if card is not None]


def known() -> tuple[Kind, ...]:
    """Every kind whose room is installed."""
    return tuple(_kinds.values())
