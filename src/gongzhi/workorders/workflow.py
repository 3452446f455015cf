"""Which states a work order can be in, and which steps lead from one to the next. Who may: ``policies.py``."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from civics.workflow import OPEN, SAME, Effect, State, Step, Workflow

TRIAGE = "triage"
ASSIGNED = "assigned"
IN_HAND = "in_hand"
WAITING = "waiting"
ANSWERED = "answered"
RELEASED = "released"
CLOSED = "closed"
MERGED = "merged"
DECLINED = "declined"
WITHDRAWN = "withdrawn"

#: States in which a report may still be followed, merged into, or found by its neighbours.
ACTIVE = (TRIAGE, ASSIGNED, IN_HAND, WAITING, ANSWERED, RELEASED)

STATES = (
    State(TRIAGE, _("待受理"), True, "clerk"),
    State(ASSIGNED, _("待签收"), True, "unit"),
    State(IN_HAND, _("处理中"), True, "unit"),
    State(WAITING, _("待补充"), True, "reporter"),
    State(ANSWERED, _("待核查"), True, "checker"),
    State(RELEASED, _("待评价"), True, "reporter"),
    State(CLOSED, _("已办结"), False),
    State(MERGED, _("已并入"), False),
    State(DECLINED, _("不予受理"), False),
    State(WITHDRAWN, _("已撤回"), False),
)

_ALL_CANCEL: dict[str, Effect] = {
    "dispatch": "cancel", "accept": "cancel", "answer": "cancel", "rework": "cancel", "check": "cancel",
    "supply": "cancel", "rate": "cancel",
}  # fmt: skip
_ALL_PAUSE: dict[str, Effect] = dict.fromkeys(("dispatch", "accept", "answer", "rework", "supply"), "pause")
_ALL_RESUME: dict[str, Effect] = dict.fromkeys(_ALL_PAUSE, "resume")

STEPS = (
    Step("dispatch", _("派单"), {TRIAGE}, ASSIGNED, "clerk", ("unit",), clock={"dispatch": "meet", "accept": "start"}),
    Step("redispatch", _("改派"), {ASSIGNED, IN_HAND}, ASSIGNED, "clerk", ("unit", "reason"),
         clock={"accept": "start"}),
    Step("accept", _("签收"), {ASSIGNED}, IN_HAND, "unit", clock={"accept": "meet"}),
    Step("assign", _("指定经办人"), {ASSIGNED, IN_HAND}, SAME, "unit", ("handler",)),
    Step("send_back", _("退回受理"), {ASSIGNED, IN_HAND}, TRIAGE, "unit", ("reason",),
         clock={"accept": "cancel", "dispatch": "start"}),
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
         clock={"rate": "meet"}),
    Step("dispute", _("没有解决"), {RELEASED}, IN_HAND, "reporter", ("reason",),
         clock={"rate": "meet", "rework": "start"}),
    Step("lapse", _("到期自动办结"), {RELEASED}, CLOSED, "system", clock={"rate": "cancel"}),
    Step("rate", _("评价"), {CLOSED}, SAME, "reporter", ("solved", "satisfied")),
    Step("reopen", _("重新打开"), {CLOSED}, ASSIGNED, "reporter_or_clerk", ("reason",),
         clock={"accept": "start", "rework": "start"}),
    Step("reopen", _("重新打开"), {DECLINED, WITHDRAWN}, TRIAGE, "reporter_or_clerk", ("reason",),
         clock={"dispatch": "start", "answer": "start"}),
    Step("merge", _("并单"), {TRIAGE, ASSIGNED, IN_HAND, WAITING}, MERGED, "clerk", ("target",), clock=_ALL_PAUSE),
    Step("unmerge", _("撤销并单"), {MERGED}, TRIAGE, "clerk", clock=_ALL_RESUME, undo_of="merge"),
    Step("decline", _("不予受理"), {TRIAGE}, DECLINED, "clerk", ("reason",), clock=_ALL_CANCEL),
    Step("withdraw", _("撤回"), {TRIAGE, ASSIGNED}, WITHDRAWN, "reporter", clock=_ALL_CANCEL),
    Step("recategorise", _("改分类"), OPEN, SAME, "clerk_or_unit", ("category",)),
    Step("relocate", _("改位置"), OPEN, SAME, "involved", ("place",)),
    Step("note", _("写备注"), frozenset(state.code for state in STATES), SAME, "involved", ("text",)),
    Step("add", _("补充说明"), OPEN, SAME, "reporter", ("text",)),
)  # fmt: skip

WORKFLOW = Workflow("workorders", TRIAGE, STATES, STEPS)
