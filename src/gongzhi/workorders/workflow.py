"""Which states a work order can be in, and which steps lead from one to the next. Who may: ``policies/orders.py``.

Some steps also need that something stands open on the order: a request, a supervision. That is ``NEEDS``, and
``possible`` asks both.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext_noop as _

from civics.workflow import OPEN, SAME, Effect, State, Step, Workflow

TRIAGE = "triage"
VERIFYING = "verifying"
ASSIGNED = "assigned"
IN_HAND = "in_hand"
WAITING = "waiting"
SUSPENDED = "suspended"
OUTSIDE = "outside"
WITH_POLICE = "with_police"
ANSWERED = "answered"
RELEASED = "released"
CLOSED = "closed"
MERGED = "merged"
DECLINED = "declined"
WITHDRAWN = "withdrawn"
VOIDED = "voided"
HANDED = "handed"

#: States in which a report may still be followed, merged into, or found by its neighbours.
ACTIVE = (TRIAGE, VERIFYING, ASSIGNED, IN_HAND, WAITING, SUSPENDED, OUTSIDE, WITH_POLICE, ANSWERED, RELEASED)
#: States in which an emergency lets the promises of an order stand still.
HOLDABLE = frozenset({TRIAGE, VERIFYING, ASSIGNED, IN_HAND, ANSWERED})

STATES = (
    State(TRIAGE, _("待受理"), True, "clerk"),
    State(VERIFYING, _("待核实"), True, "grid"),
    State(ASSIGNED, _("待签收"), True, "unit"),
    State(IN_HAND, _("处理中"), True, "unit"),
    State(WAITING, _("待补充"), True, "reporter"),
    State(SUSPENDED, _("已挂账"), True, "unit"),
    State(OUTSIDE, _("外单位办理"), True, "outside"),
    State(WITH_POLICE, _("待公安受理"), True, "police"),
    State(ANSWERED, _("待核查"), True, "checker"),
    State(RELEASED, _("待评价"), True, "reporter"),
    State(CLOSED, _("已办结"), False),
    State(MERGED, _("已并入"), False),
    State(DECLINED, _("不予受理"), False),
    State(WITHDRAWN, _("已撤回"), False),
    State(VOIDED, _("已作废"), False),
    State(HANDED, _("公安已受理"), False),
)

#: The order is shut, but may be opened again: what was promised to the resident stands still, so that no detour buys time.
_SHUT: dict[str, Effect] = {
    "dispatch": "cancel", "accept": "cancel", "answer": "pause", "rework": "pause", "report_back": "cancel",
}  # fmt: skip
_ALL_PAUSE: dict[str, Effect] = dict.fromkeys(
    ("dispatch", "accept", "answer", "rework", "supply", "report_back"), "pause"
)
_ALL_RESUME: dict[str, Effect] = dict.fromkeys(_ALL_PAUSE, "resume")
_EXTEND: dict[str, Effect] = {"answer": "extend", "rework": "extend"}
#: The unit has the order and has not answered.
_AT_UNIT = frozenset({ASSIGNED, IN_HAND})
#: A unit has it, or had it a moment ago.
_WITH_UNIT = frozenset({ASSIGNED, IN_HAND, WAITING, SUSPENDED, OUTSIDE, ANSWERED, RELEASED})
#: A unit has it and owes the answer, whatever holds it up.
BEFORE_ANSWER = frozenset({ASSIGNED, IN_HAND, WAITING, SUSPENDED, OUTSIDE})
#: Somebody other than the reporter has the next move.
_OURS = frozenset({TRIAGE, VERIFYING, ASSIGNED, IN_HAND, SUSPENDED, OUTSIDE, ANSWERED})

STEPS = (
    Step("dispatch", _("派单"), {TRIAGE}, ASSIGNED, "clerk", ("unit",), clock={"dispatch": "meet", "accept": "start"}),
    Step("redispatch", _("改派"), {ASSIGNED, IN_HAND}, ASSIGNED, "clerk", ("unit", "reason"),
         clock={"accept": "start"}),
    Step("ask_verify", _("请网格核实"), {TRIAGE}, VERIFYING, "clerk", ("question",),
         clock={"dispatch": "pause", "verify": "start"}),
    Step("verify", _("核实"), {VERIFYING}, TRIAGE, "grid", ("found", "text"),
         clock={"dispatch": "resume", "verify": "meet"}),
    Step("take_back", _("不再核实"), {VERIFYING}, TRIAGE, "clerk",
         clock={"dispatch": "resume", "verify": "cancel"}, undo_of="ask_verify"),
    Step("accept", _("签收"), {ASSIGNED}, IN_HAND, "unit", clock={"accept": "meet"}),
    Step("assign", _("指定经办人"), {ASSIGNED, IN_HAND}, SAME, "unit", ("handler",)),
    Step("ask_return", _("申请退单"), _AT_UNIT, SAME, "unit", ("reason",)),
    Step("grant_return", _("同意退单"), _AT_UNIT, TRIAGE, "arbiter", clock={"accept": "cancel", "dispatch": "start"}),
    Step("refuse_return", _("不同意退单"), _AT_UNIT, SAME, "arbiter", ("reason",)),
    Step("ask_extension", _("申请延期"), {IN_HAND}, SAME, "unit", ("until", "reason")),
    Step("grant_extension", _("同意延期"), {IN_HAND}, SAME, "decider", clock=_EXTEND),
    Step("refuse_extension", _("不同意延期"), {IN_HAND}, SAME, "decider", ("reason",)),
    Step("ask_suspension", _("申请挂账"), {IN_HAND}, SAME, "unit", ("until", "reason")),
    Step("grant_suspension", _("同意挂账"), {IN_HAND}, SUSPENDED, "decider",
         clock={"answer": "pause", "rework": "pause", "review": "start"}),
    Step("refuse_suspension", _("不同意挂账"), {IN_HAND}, SAME, "decider", ("reason",)),
    Step("resume_work", _("恢复办理"), {SUSPENDED}, IN_HAND, "clerk_or_unit",
         clock={"answer": "resume", "rework": "resume", "review": "meet"}, undo_of="grant_suspension"),
    Step("ask_void", _("申请作废"), {TRIAGE, ASSIGNED, IN_HAND}, SAME, "clerk_or_unit", ("reason",)),
    Step("grant_void", _("同意作废"), {TRIAGE, ASSIGNED, IN_HAND}, VOIDED, "decider",
         clock=_SHUT),
    Step("refuse_void", _("不同意作废"), {TRIAGE, ASSIGNED, IN_HAND}, SAME, "decider", ("reason",)),
    Step("restore", _("恢复"), {VOIDED}, TRIAGE, "clerk",
         clock={"dispatch": "start", "answer": "resume", "rework": "resume"}, undo_of="grant_void"),
    Step("withdraw_request", _("撤回申请"), {TRIAGE, ASSIGNED, IN_HAND}, SAME, "asker"),
    Step("forward", _("转外单位"), {TRIAGE, ASSIGNED, IN_HAND}, OUTSIDE, "forwards_or_table", ("body", "until", "text"),
         clock={"dispatch": "meet", "accept": "cancel", "outside": "start"}),
    Step("respond", _("外单位答复"), {OUTSIDE}, IN_HAND, "responds", ("text",), clock={"outside": "meet"}),
    Step("renew", _("延长外单位链接"), {OUTSIDE}, SAME, "forwards", ("until",), clock={"outside": "extend"}),
    Step("recall", _("收回"), {OUTSIDE}, IN_HAND, "clerk_or_unit", clock={"outside": "cancel"}, undo_of="forward"),
    Step("hand_to_police", _("移交公安"), {TRIAGE, VERIFYING, ASSIGNED, IN_HAND}, WITH_POLICE, "hands_to_police", ("text",),
         clock={"dispatch": "meet", "verify": "cancel", "accept": "cancel", "answer": "pause", "rework": "pause",
                "police": "start"}),
    Step("taken_by_police", _("公安受理"), {WITH_POLICE}, HANDED, "hears_of_police", ("receipt",),
         clock={"police": "meet", "answer": "cancel", "rework": "cancel", "report_back": "cancel"}),
    Step("returned_by_police", _("公安退回"), {WITH_POLICE}, IN_HAND, "hears_of_police", ("reason",),
         clock={"police": "meet", "answer": "resume", "rework": "resume"}),
    Step("recall_from_police", _("不再移交"), {WITH_POLICE}, IN_HAND, "hands_to_police",
         clock={"police": "cancel", "answer": "resume", "rework": "resume"}, undo_of="hand_to_police"),
    Step("hold", _("应急暂停"), OPEN, SAME, "system",
         clock=dict.fromkeys(("dispatch", "accept", "verify", "answer", "rework", "check", "report_back"), "pause")),
    Step("unhold", _("解除应急暂停"), OPEN, SAME, "clerk_or_unit_or_system",
         clock=dict.fromkeys(("dispatch", "accept", "verify", "answer", "rework", "check", "report_back"), "resume"),
         undo_of="hold"),
    Step("ask_resident", _("请居民补充"), {IN_HAND}, WAITING, "unit", ("question",),
         clock={"answer": "pause", "rework": "pause", "supply": "start"}),
    Step("supply", _("补充情况"), {WAITING}, IN_HAND, "reporter_or_clerk", ("text",),
         clock={"answer": "resume", "rework": "resume", "supply": "meet"}),
    Step("take_up", _("继续处理"), {WAITING}, IN_HAND, "unit_or_system",
         clock={"answer": "resume", "rework": "resume", "supply": "cancel"}, undo_of="ask_resident"),
    Step("answer", _("答复"), {IN_HAND}, ANSWERED, "unit", ("text",),
         clock={"answer": "meet", "rework": "meet", "check": "start"}),
    Step("pass_check", _("核查通过"), {ANSWERED}, RELEASED, "checker", clock={"check": "meet", "rate": "start"}),
    Step("fail_check", _("退回重办"), {ANSWERED}, IN_HAND, "checker", ("reason",),
         clock={"check": "meet", "rework": "start"}),
    Step("confirm", _("确认已解决并评价"), {RELEASED}, CLOSED, "reporter", ("solved", "satisfied"),
         clock={"rate": "meet", "report_back": "cancel"}),
    Step("dispute", _("没有解决"), {RELEASED}, IN_HAND, "reporter", ("reason",),
         clock={"rate": "meet", "rework": "start"}),
    Step("lapse", _("到期自动办结"), {RELEASED}, CLOSED, "system", clock={"rate": "cancel", "report_back": "cancel"}),
    # Whoever's report was merged says what they think of the answer to both; who disputes it stands alone again.
    Step("dispute", _("没有解决"), {MERGED}, TRIAGE, "reporter", ("reason",),
         clock={"dispatch": "restart", "accept": "cancel", "supply": "cancel", "answer": "resume", "rework": "resume",
                "report_back": "resume"}),
    Step("rate", _("评价"), {CLOSED, MERGED}, SAME, "reporter", ("solved", "satisfied")),
    Step("visit", _("回访"), {RELEASED}, CLOSED, "visits", ("reached", "solved", "satisfied"),
         clock={"rate": "meet", "report_back": "cancel"}),
    Step("visit", _("回访"), {CLOSED}, SAME, "visits", ("reached", "solved", "satisfied")),
    Step("plan_visit", _("列入回访"), {RELEASED, CLOSED}, SAME, "visits"),
    Step("drop_visit", _("不再回访"), {RELEASED, CLOSED}, SAME, "visits", undo_of="plan_visit"),
    Step("reopen", _("重新打开"), {CLOSED}, ASSIGNED, "reporter_or_clerk", ("reason",),
         clock={"accept": "start", "rework": "start"}),
    Step("reopen", _("重新打开"), {DECLINED, WITHDRAWN, HANDED}, TRIAGE, "reporter_or_clerk", ("reason",),
         clock={"dispatch": "start", "answer": "resume", "rework": "resume"}),
    Step("merge", _("并单"), {TRIAGE, ASSIGNED, IN_HAND, WAITING}, MERGED, "clerk", ("target",), clock=_ALL_PAUSE),
    Step("unmerge", _("撤销并单"), {MERGED}, TRIAGE, "clerk", clock=_ALL_RESUME, undo_of="merge"),
    Step("decline", _("不予受理"), {TRIAGE}, DECLINED, "clerk", ("reason",), clock=_SHUT),
    Step("withdraw", _("撤回"), {TRIAGE, ASSIGNED}, WITHDRAWN, "reporter", clock=_SHUT),
    Step("split", _("拆单"), {TRIAGE, ASSIGNED, IN_HAND}, SAME, "clerk_or_unit", ("parts",)),
    Step("rejoin", _("撤销拆单"), {TRIAGE, ASSIGNED, IN_HAND}, SAME, "clerk_or_unit", undo_of="split"),
    Step("fold", _("并回原单"), {TRIAGE, ASSIGNED}, VOIDED, "system", clock=_SHUT),
    Step("sign_off", _("会签"), BEFORE_ANSWER, SAME, "joint", ("text",)),
    Step("urge", _("催办"), _OURS, SAME, "urges"),
    Step("supervise", _("督办"), OPEN, SAME, "supervises", ("level", "text"),
         clock={"report_back": "restart"}),
    Step("remark", _("批示"), OPEN, SAME, "leader", ("text",)),
    Step("report_back", _("反馈督办"), _WITH_UNIT, SAME, "unit", ("text",), clock={"report_back": "meet"}),
    Step("lift", _("解除督办"), OPEN, SAME, "supervises", clock={"report_back": "cancel"}, undo_of="supervise"),
    Step("retrieve", _("从归档取回"), frozenset(state.code for state in STATES if not state.open), SAME, "clerk", ("reason",)),
    Step("recategorise", _("改分类"), OPEN, SAME, "clerk_or_unit", ("category",)),
    Step("relocate", _("改位置"), OPEN, SAME, "involved", ("place",)),
    Step("note", _("写备注"), frozenset(state.code for state in STATES), SAME, "involved", ("text",)),
    Step("add", _("补充说明"), OPEN, SAME, "reporter", ("text",)),
)  # fmt: skip

WORKFLOW = Workflow("workorders", TRIAGE, STATES, STEPS)


class Standing(Protocol):
    """What an order is asked for here."""

    state: str
    asked: str
    supervised: str
    parts: int
    to_visit: bool
    held: bool
    archived: int | None


@dataclass(frozen=True)
class Need:
    """What must stand open on an order before a step: a column and the values it may have. ``said`` when it has not."""

    column: str
    values: Set[Any]
    said: str

    def met(self, order: Standing) -> bool:
        """Does it stand open?"""
        return getattr(order, self.column) in self.values


#: Into how many orders one can be split.
FEWEST_PARTS, MOST_PARTS = 2, 6
KINDS = ("return", "extend", "suspend", "void")
LEVELS = ("yellow", "orange", "red")
_NONE_YET = Need("asked", {""}, _("已经有一件申请在等审批，要先有结果。"))
_DECIDED = _("这件申请已经有人处理，或者已经撤回。")
_NOT_WATCHED = _("这件现在没有督办。")

NEEDS: dict[str, Need] = {
    **{f"ask_{name}": _NONE_YET for name in ("return", "extension", "suspension", "void")},
    **{
        f"{decision}_{name}": Need("asked", {kind}, _DECIDED)
        for name, kind in zip(("return", "extension", "suspension", "void"), KINDS, strict=True)
        for decision in ("grant", "refuse")
    },
    "withdraw_request": Need("asked", set(KINDS), _DECIDED),
    "report_back": Need("supervised", set(LEVELS), _NOT_WATCHED),
    "lift": Need("supervised", set(LEVELS), _NOT_WATCHED),
    "split": Need("parts", {0}, _("这件已经拆过单，要先撤销拆单。")),
    "rejoin": Need("parts", set(range(1, MOST_PARTS + 1)), _("这件没有拆单，或者已经撤销。")),
    "hold": Need("held", {False}, _("这件的期限已经暂停。")),
    "unhold": Need("held", {True}, _("这件的期限没有因应急暂停。")),
    "plan_visit": Need("to_visit", {False}, _("已经在回访名单上了。")),
    "drop_visit": Need("to_visit", {True}, _("已经不在回访名单上了。")),
    "retrieve": Need("archived", set(range(1900, 2200)), _("这件没有归档，或者已经取回。")),
}
#: Steps that end a pending request; every other step that moves the order on overtakes it.
DECIDES = frozenset(
    verb for verb in NEEDS if verb.startswith(("grant_", "refuse_")) or verb == "withdraw_request"
)


def possible(order: Standing) -> tuple[Step, ...]:
    """The steps that an order allows as it stands, in the order of the table. Who may: ``policies.RULES``.

    Of an archived order nothing but taking it out of the archive again.
    """
    return tuple(
        step
        for step in WORKFLOW.possible(order.state)
        if (step.verb not in NEEDS or NEEDS[step.verb].met(order))
        and (order.archived is None or step.verb == "retrieve")
    )
