"""Workflows as tables: looked up, refused, checked when they are made."""

import pytest

from civics.workflow import (
    ANY,
    EFFECTS,
    OPEN,
    SAME,
    State,
    Step,
    StepNotAllowed,
    Workflow,
    WorkflowFault,
)

STATES = (
    State("triage", "待受理", True, "clerk"),
    State("in_hand", "处理中", True, "unit"),
    State("waiting", "待补充", True, "resident"),
    State("closed", "已办结", False),
)
STEPS = (
    Step("dispatch", "派单", frozenset({"triage"}), "in_hand", "clerk", clock={"handle": "start"}),
    Step("ask", "请补充", frozenset({"in_hand"}), "waiting", "unit", ("reason",), clock={"handle": "pause"}),
    Step(
        "supply",
        "补充",
        frozenset({"waiting"}),
        "in_hand",
        "resident",
        undo_of="ask",
        clock={"handle": "resume"},
    ),
    Step("finish", "办结", frozenset({"in_hand"}), "closed", "unit", clock={"handle": "meet"}),
    Step("finish", "直接办结", frozenset({"triage"}), "closed", "clerk"),
    Step("note", "备注", ANY, SAME, "anyone"),
    Step("withdraw", "撤回", OPEN, "closed", "resident"),
)


def flow(states=STATES, steps=STEPS, start="triage") -> Workflow:
    return Workflow("order", start, states, steps)


def test_a_step_leads_to_its_target():
    assert flow().take("triage", "dispatch") == "in_hand"


def test_a_note_leaves_the_state_as_it_is():
    assert [flow().take(state.code, "note") for state in STATES] == [state.code for state in STATES]


def test_one_verb_may_mean_different_steps_in_different_states():
    assert flow().step("triage", "finish").label == "直接办结"
    assert flow().step("in_hand", "finish").label == "办结"


def test_a_step_that_is_not_in_the_table_is_refused_with_what_is_possible():
    with pytest.raises(StepNotAllowed) as refused:
        flow().take("closed", "dispatch")
    assert (refused.value.state, refused.value.verb, refused.value.possible) == (
        "closed",
        "dispatch",
        ("note",),
    )


def test_an_unknown_state_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        flow().take("lost", "note")


def test_possible_steps_come_in_the_order_of_the_table():
    assert [step.verb for step in flow().possible("in_hand")] == ["ask", "finish", "note", "withdraw"]


def test_cells_cover_every_state_and_verb_once():
    cells = list(flow().cells())
    assert len(cells) == len(STATES) * 6 == len({(state, verb) for state, verb, _ in cells})
    for state, verb, target in cells:
        if target is None:
            with pytest.raises(StepNotAllowed):
                flow().take(state, verb)
        else:
            assert flow().take(state, verb) == target


def test_open_states_and_promises_are_listed():
    assert flow().open_states() == ("triage", "in_hand", "waiting")
    assert flow().promises() == {"handle"}


@pytest.mark.parametrize("effect", sorted(EFFECTS))
def test_every_effect_on_a_clock_is_known(effect):
    table = flow(steps=(*STEPS, Step("x", "丢", OPEN, SAME, "x", clock={"handle": effect})))
    assert table.step("triage", "x").clock["handle"] == effect


def test_the_table_draws_itself():
    drawing = flow().to_mermaid()
    assert drawing.startswith("stateDiagram-v2\n    [*] --> triage\n")
    assert "triage --> in_hand: 派单" in drawing
    assert "triage --> closed: 直接办结 / 撤回" in drawing
    assert "closed --> [*]" in drawing
    assert "备注" not in drawing


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": "nowhere"}, "start 'nowhere'"),
        ({"states": (*STATES, STATES[0])}, "listed twice"),
        ({"states": (*STATES, State("lost", "丢失", False))}, "'lost' cannot be reached"),
        ({"steps": (*STEPS, Step("lose", "丢", OPEN, "lost", "x"))}, "unknown state 'lost'"),
        ({"steps": (*STEPS, Step("x", "丢", frozenset({"gone"}), SAME, "x"))}, "unknown state 'gone'"),
        ({"steps": (*STEPS, Step("x", "丢", frozenset(), SAME, "x"))}, "starts nowhere"),
        ({"steps": (*STEPS, Step("note", "再备注", OPEN, SAME, "x"))}, "occurs twice"),
        ({"steps": (*STEPS, Step("x", "丢", OPEN, SAME, ""))}, "names no rule"),
        ({"steps": (*STEPS, Step("x", "", OPEN, SAME, "x"))}, "has no label"),
        ({"steps": (*STEPS, Step("x", "丢", OPEN, SAME, "x", undo_of="y"))}, "unknown verb 'y'"),
        ({"steps": (*STEPS, Step("x", "丢", OPEN, SAME, "x", clock={"handle": "reset"}))}, "means nothing"),
        (
            {
                "states": (*STATES, State("stuck", "卡住", True)),
                "steps": (*STEPS[:-1], Step("stick", "卡", frozenset({"triage"}), "stuck", "x")),
            },
            "nobody can leave state 'stuck'",
        ),
        (
            {
                "states": (*STATES, State("a", "甲", True), State("b", "乙", True)),
                "steps": (
                    *STEPS[:-1],
                    Step("to_a", "甲", frozenset({"triage", "b"}), "a", "x"),
                    Step("to_b", "乙", frozenset({"a"}), "b", "x"),
                ),
            },
            "no closed state can be reached from 'a'",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(change, sentence):
    with pytest.raises(WorkflowFault) as refused:
        flow(**change)
    assert any(sentence in fault for fault in refused.value.faults), refused.value.faults


def test_every_fault_is_named_at_once():
    with pytest.raises(WorkflowFault) as refused:
        flow(states=(*STATES, State("lost", "丢失", False)), start="nowhere")
    assert len(refused.value.faults) >= 2


def test_one_string_is_not_a_set_of_sources():
    with pytest.raises(TypeError):
        Step("x", "丢", "triage", SAME, "x")
