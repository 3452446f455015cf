"""A kind's page is whole, or it is refused with every fault."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from civics.workflow import State, Step, Workflow, WorkflowFault
from gongzhi.kit.rules import NOBODY, RuleTable
from gongzhi.matters import kinds
from gongzhi.matters.kinds import Incomplete
from gongzhi.matters.tests.toy import KEEPERS, KIND, STATES, STEPS


def faults(**changed: Any) -> tuple[str, ...]:
    """What registration says of the toy kind with something changed; nothing is registered."""
    before = dict(kinds._kinds)
    try:
        with pytest.raises(Incomplete) as refused:
            kinds.register(replace(KIND, code="broken", **changed))
        assert "broken" not in kinds._kinds
        return refused.value.faults
    finally:
        assert dict(kinds._kinds) == before


def without(table: Any, key: str) -> dict[str, Any]:
    """A mapping without one key."""
    return {name: value for name, value in table.items() if name != key}


def test_a_step_needs_a_rule_and_a_rule_a_step() -> None:
    assert faults(rules=RuleTable(without(KIND.rules, "lend"))) == ("step 'lend' has no rule",)
    assert faults(rules=RuleTable({**KIND.rules, "fly": KEEPERS})) == ("rule 'fly' belongs to no step",)


def test_a_step_and_its_rule_name_the_same_people() -> None:
    said = faults(rules=RuleTable({**KIND.rules, "lend": NOBODY}))
    assert said == ("step 'lend' says 'keeper' may, the rules say 'nobody'",)


@pytest.mark.parametrize("verb", ["open", "lend", *sorted(kinds.ALWAYS)])
def test_every_verb_needs_a_phrase(verb: str) -> None:
    assert faults(phrases=without(KIND.phrases, verb)) == (f"verb {verb!r} has no phrase",)


def test_a_promise_is_declared() -> None:
    assert faults(promises=without(KIND.promises, "return")) == ("promise 'return' is not declared",)


def test_every_fault_is_told_at_once() -> None:
    assert len(faults(phrases={}, promises={}, rules=RuleTable({}))) > 10


def test_a_state_that_nobody_can_leave_is_refused_by_the_table_itself() -> None:
    with pytest.raises(WorkflowFault, match="nobody can leave"):
        Workflow(
            "toy",
            "wanted",
            [*STATES, State("stuck", "卡住")],
            [*STEPS, Step("stick", "卡", {"wanted"}, "stuck", "keeper")],
        )


def test_every_installed_kind_is_whole_and_can_be_registered_again() -> None:
    for kind in kinds.known():
        kinds.register(kind)
        assert kind.workflow.start in kind.workflow.states
        assert kind.address_of(1).startswith("/")
        for promise in kind.promises.values():
            marks = [rung.mark for rung in promise.line]
            assert marks == sorted(set(marks)), promise.code


def test_every_code_is_met_once() -> None:
    codes = [kind.code for kind in kinds.known()]
    prefixes = [kind.prefix for kind in kinds.known()]
    assert len(set(codes)) == len(codes) and len(set(prefixes)) == len(prefixes)
