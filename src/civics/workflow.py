"""Workflows as tables: which states there are, which steps lead from one to the next.

Here: the table, its checks at construction, and how to look a step up. Not here: who holds which right (a
step only names its rule), what a step changes in the world, when a deadline is due (a step only says what it
does to the clock of each promise).

    states = [State("open", "处理中", True, "unit"), State("done", "已办结", False)]
    steps = [Step("finish", "办结", frozenset({"open"}), "done", who="the_unit")]
    flow = Workflow("order", "open", states, steps)
    flow.take("open", "finish")   # "done"
    flow.take("done", "finish")   # StepNotAllowed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal


class Sources(Enum):
    """Stand-ins for "every state" and "every open state" as sources of a step."""

    ANY = "any state"
    OPEN = "any open state"


class Target(Enum):
    """Stand-in for "stays where it is" as the target of a step."""

    SAME = "same state"


ANY: Final = Sources.ANY
OPEN: Final = Sources.OPEN
SAME: Final = Target.SAME

Effect = Literal["start", "restart", "meet", "pause", "resume", "extend", "cancel"]
EFFECTS: Final = frozenset({"start", "restart", "meet", "pause", "resume", "extend", "cancel"})


class WorkflowFault(ValueError):
    """A table that contradicts itself; ``faults`` lists every sentence."""

    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"workflow {name!r}: " + "; ".join(faults))
        self.faults = tuple(faults)


class StepNotAllowed(Exception):
    """No such step in this state. Keeps ``state``, ``verb`` and ``possible``, the verbs there are."""

    def __init__(self, state: str, verb: str, possible: tuple[str, ...]) -> None:
        super().__init__(
            f"{verb!r} is not possible in state {state!r}; possible: {', '.join(possible) or 'nothing'}"
        )
        self.state = state
        self.verb = verb
        self.possible = possible


@dataclass(frozen=True, slots=True)
class State:
    """One state. ``open``: someone still owes something; ``waits_for``: who has the next move."""

    code: str
    label: str
    open: bool = True
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    verb     what is done (``dispatch``); a verb may occur in several steps if their sources differ
    label    the words on the button
    sources  the states it starts from, or ``ANY``, or ``OPEN``
    target   the state it leads to, or ``SAME``
    who      name of the rule that says who may do it
    asks     names of what must be given (``reason``)
    undo_of  the verb that this one takes back, if any
    clock    promise → ``start`` (unless it runs) · ``restart`` (also when it runs: the old one is cancelled) ·
             ``meet`` · ``pause`` · ``resume`` · ``extend`` (to a moment that is given with the step) · ``cancel``
    """

    verb: str
    label: str
    sources: Set[str] | Sources
    target: str | Target
    who: str
    asks: tuple[str, ...] = ()
    undo_of: str | None = None
    clock: Mapping[str, Effect] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", MappingProxyType(dict(self.clock)))
        object.__setattr__(self, "asks", tuple(self.asks))
        if isinstance(self.sources, str):
            raise TypeError(f"sources of {self.verb!r} is a set of state codes, not one string")
        if not isinstance(self.sources, Sources):
            object.__setattr__(self, "sources", frozenset(self.sources))

    def leads_to(self, state: str) -> str:
        """Where this step ends when it is taken in ``state``."""
        return state if isinstance(self.target, Target) else self.target


class Workflow:
    """A checked table of states and steps. Raises ``WorkflowFault`` with every fault found:

    states named twice or unknown, the same verb twice in one state, a state that cannot be reached, an open
    state that nobody can leave or from which no closed state can be reached, a step without a rule or a
    label, an unknown effect on a clock, taking back a verb that does not exist.
    """

    def __init__(self, name: str, start: str, states: Iterable[State], steps: Iterable[Step]) -> None:
        self.name = name
        self.start = start
        listed = tuple(states)
        self.states: Mapping[str, State] = MappingProxyType({state.code: state for state in listed})
        self.steps: tuple[Step, ...] = tuple(steps)
        self.verbs: tuple[str, ...] = tuple(dict.fromkeys(step.verb for step in self.steps))
        self._table: dict[tuple[str, str], Step] = {}
        self._possible: dict[str, list[Step]] = {code: [] for code in self.states}
        faults = [*self._doubled(listed), *self._filled(), *self._shape()]
        if faults:
            raise WorkflowFault(name, faults)
        self._tuples = {code: tuple(found) for code, found in self._possible.items()}

    def __repr__(self) -> str:
        return f"Workflow({self.name!r}, {len(self.states)} states, {len(self.steps)} steps)"

    def take(self, state: str, verb: str) -> str:
        """The state after this step. Raises StepNotAllowed; KeyError for a state that does not exist."""
        return self.step(state, verb).leads_to(state)

    def step(self, state: str, verb: str) -> Step:
        """The step that this verb means in this state. Errors as ``take``."""
        found = self._table.get((state, verb))
        if found is None:
            raise StepNotAllowed(state, verb, tuple(step.verb for step in self._tuples[state]))
        return found

    def possible(self, state: str) -> tuple[Step, ...]:
        """The steps of this state in the order of the table. KeyError for a state that does not exist."""
        return self._tuples[state]

    def cells(self) -> Iterator[tuple[str, str, str | None]]:
        """Every (state, verb, target), with None as target where the step is not allowed."""
        for state in self.states:
            for verb in self.verbs:
                found = self._table.get((state, verb))
                yield state, verb, found.leads_to(state) if found else None

    def open_states(self) -> tuple[str, ...]:
        """Codes of the states in which someone still owes something."""
        return tuple(code for code, state in self.states.items() if state.open)

    def promises(self) -> frozenset[str]:
        """Names of all promises whose clock some step touches."""
        return frozenset(promise for step in self.steps for promise in step.clock)

    def to_mermaid(self) -> str:
        """The table as a Mermaid state diagram, for the documentation; steps that stay are left out."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [f"    {code}: {state.label}" for code, state in self.states.items()]
        arrows: dict[tuple[str, str], list[str]] = {}
        for (state, _), step in self._table.items():
            if step.leads_to(state) != state:
                arrows.setdefault((state, step.leads_to(state)), []).append(step.label)
        lines += [f"    {a} --> {b}: {' / '.join(labels)}" for (a, b), labels in arrows.items()]
        lines += [f"    {code} --> [*]" for code, state in self.states.items() if not state.open]
        return "\n".join(lines) + "\n"

    def _sources(self, step: Step) -> list[str]:
        if step.sources is Sources.ANY:
            return list(self.states)
        if step.sources is Sources.OPEN:
            return list(self.open_states())
        assert isinstance(step.sources, frozenset)
        # In the order of the table, so that errors and diagrams never depend on hashing.
        return [code for code in self.states if code in step.sources]

    def _doubled(self, listed: tuple[State, ...]) -> Iterator[str]:
        seen: set[str] = set()
        for state in listed:
            if state.code in seen:
                yield f"state {state.code!r} is listed twice"
            seen.add(state.code)
            if not state.label:
                yield f"state {state.code!r} has no label"
        if self.start not in self.states:
            yield f"the start {self.start!r} is not a state"

    def _filled(self) -> Iterator[str]:
        for step in self.steps:
            if isinstance(step.sources, frozenset):
                yield from (
                    f"step {step.verb!r} starts from unknown state {code!r}"
                    for code in sorted(step.sources - set(self.states))
                )
                if not step.sources:
                    yield f"step {step.verb!r} starts nowhere"
            if isinstance(step.target, str) and step.target not in self.states:
                yield f"step {step.verb!r} leads to unknown state {step.target!r}"
            if not step.who:
                yield f"step {step.verb!r} names no rule"
            if not step.label:
                yield f"step {step.verb!r} has no label"
            if step.undo_of is not None and step.undo_of not in self.verbs:
                yield f"step {step.verb!r} takes back unknown verb {step.undo_of!r}"
            for promise, effect in step.clock.items():
                if effect not in EFFECTS:
                    yield f"step {step.verb!r} does {effect!r} to {promise!r}, which means nothing"
            for code in self._sources(step):
                if (code, step.verb) in self._table:
                    yield f"verb {step.verb!r} occurs twice in state {code!r}"
                else:
                    self._table[code, step.verb] = step
                    self._possible[code].append(step)

    def _shape(self) -> Iterator[str]:
        ways = {
            code: {step.leads_to(code) for step in found} - {code} for code, found in self._possible.items()
        }
        reached = _reached({self.start} & set(self.states), ways)
        back: dict[str, set[str]] = {code: set() for code in self.states}
        for code, targets in ways.items():
            for target in targets & set(self.states):
                back[target].add(code)
        ending = _reached({code for code, state in self.states.items() if not state.open}, back)
        for code, state in self.states.items():
            if code not in reached:
                yield f"state {code!r} cannot be reached"
            if state.open and not ways[code]:
                yield f"nobody can leave state {code!r}"
            elif state.open and code not in ending:
                yield f"no closed state can be reached from {code!r}"


def _reached(begin: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen, ahead = set(begin), list(begin)
    while ahead:
        for code in ways.get(ahead.pop(), ()):
            if code in ways and code not in seen:
                seen.add(code)
                ahead.append(code)
    return seen
