"""Which states a case can be in, and which steps lead from one to the next. Who may: ``policies``.

Some steps also need something that stands in the case (a consent, a signature, a sitting): that is asked by the action.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from civics.workflow import OPEN, SAME, State, Step, Workflow

APPLIED = "applied"
OFFERED = "offered"
ACCEPTED = "accepted"
MEDIATING = "mediating"
IN_FORCE = "in_force"
PERFORMED = "performed"
UNSETTLED = "unsettled"
FILED = "filed"
REFUSED = "refused"
DECLINED = "declined"
WITHDRAWN = "withdrawn"

STATES = (
    State(APPLIED, _("待受理"), True, "team"),
    State(OFFERED, _("待当事人同意"), True, "party"),
    State(ACCEPTED, _("已受理"), True, "team"),
    State(MEDIATING, _("调解中"), True, "team"),
    State(IN_FORCE, _("履行中"), True, "party"),
    State(PERFORMED, _("已履行，待归档"), True, "team"),
    State(UNSETTLED, _("调解终止，待归档"), True, "team"),
    State(FILED, _("已归档"), False),
    State(REFUSED, _("不予受理"), False),
    State(DECLINED, _("当事人不同意调解"), False),
    State(WITHDRAWN, _("已撤回"), False),
)

#: Before anything is agreed on.
_TALKING = frozenset({ACCEPTED, MEDIATING})
_BEFORE = frozenset({APPLIED, OFFERED, ACCEPTED, MEDIATING})
_AFTER = frozenset({IN_FORCE, PERFORMED, UNSETTLED})
_SETTLED = frozenset({IN_FORCE, PERFORMED, FILED})
_TALKED = frozenset({MEDIATING, UNSETTLED, *_SETTLED})

STEPS = (
    Step("accept", _("受理"), {APPLIED}, ACCEPTED, "team", ("subject", "told"), clock={"accept": "meet", "conclude": "start"}),
    Step("refuse", _("不予受理"), {APPLIED}, REFUSED, "team", ("ground", "text"), clock={"accept": "meet"}),
    Step("ask_consent", _("先征求各方意见"), {APPLIED}, OFFERED, "team", clock={"accept": "meet", "consent": "start"}),
    Step("consent", _("同意调解"), {APPLIED, OFFERED, *_TALKING}, SAME, "party_or_team"),
    Step("take_up", _("当事人都同意，受理"), {OFFERED}, ACCEPTED, "team", clock={"consent": "meet", "conclude": "start"}),
    Step("decline", _("不同意调解"), {OFFERED, *_TALKING}, DECLINED, "party_or_team", ("text",),
         clock={"consent": "meet", "conclude": "cancel"}),
    Step("withdraw", _("撤回申请"), _BEFORE, WITHDRAWN, "party", clock={"accept": "cancel", "consent": "cancel", "conclude": "cancel"}),
    Step("tell_rights", _("告知权利义务"), {APPLIED, OFFERED, *_TALKING}, SAME, "team", ("party", "how")),
    Step("name_party", _("添加当事人"), _BEFORE, SAME, "team", ("name",)),
    Step("mend_party", _("更正当事人情况"), OPEN, SAME, "party_or_team"),
    Step("invite_party", _("请当事人上网参加"), OPEN, SAME, "team", ("party",)),
    Step("join_team", _("加入团队"), OPEN, SAME, "team", ("person", "part")),
    Step("leave_team", _("退出团队"), OPEN, SAME, "team", ("person",)),
    Step("propose_mediator", _("选定调解员"), _TALKING, SAME, "team", ("person",)),
    Step("say_of_mediator", _("对调解员的意见"), _TALKING, SAME, "party_or_team", ("agrees",)),
    Step("ask_recusal", _("申请回避"), _TALKING, SAME, "party", ("person", "text")),
    Step("begin", _("开始调解"), {ACCEPTED}, MEDIATING, "team"),
    Step("plan_sitting", _("安排调解"), _TALKING, SAME, "team", ("kind", "starts_at")),
    Step("cancel_sitting", _("取消这次调解"), _TALKING, SAME, "team", ("text",)),
    Step("record_sitting", _("记录"), {MEDIATING}, SAME, "team", ("text",)),
    Step("note", _("写备注"), OPEN, SAME, "team", ("text",)),
    Step("say", _("发言"), {ACCEPTED, MEDIATING, IN_FORCE}, SAME, "party_or_team", ("text",)),
    Step("give_evidence", _("交材料"), _BEFORE, SAME, "party_or_team", ("files",)),
    Step("invite_guest", _("邀请旁听或翻译"), _TALKING, SAME, "team", ("name", "part")),
    Step("consent_to_guest", _("同意旁听或翻译"), _TALKING, SAME, "party_or_team"),
    Step("admit_guest", _("让旁听人或翻译进来"), _TALKING, SAME, "team"),
    Step("withdraw_consent", _("撤回同意"), _TALKING, SAME, "party_or_team"),
    Step("extend", _("延长调解时间"), {MEDIATING}, SAME, "team", ("until", "text"), clock={"conclude": "extend"}),
    Step("draft", _("起草协议"), {MEDIATING}, SAME, "team", ("clauses",)),
    Step("vote", _("对条款表态"), {MEDIATING}, SAME, "party", ("agrees",)),
    Step("sign", _("签名"), {MEDIATING}, SAME, "party_or_team", ("way",)),
    Step("take_effect", _("盖章生效"), {MEDIATING}, IN_FORCE, "team", ("way",),
         clock={"conclude": "meet", "confirm": "restart", "perform": "restart", "visit": "restart"}),
    Step("agree_orally", _("达成口头协议"), {MEDIATING}, IN_FORCE, "team", ("clauses",),
         clock={"conclude": "meet", "confirm": "restart", "perform": "restart", "visit": "restart"}),
    Step("terminate", _("终止调解"), _TALKING, UNSETTLED, "team", ("ground", "advice"),
         clock={"conclude": "meet", "visit": "start", "file": "start"}),
    Step("perform", _("登记履行"), {IN_FORCE, MEDIATING}, SAME, "party_or_team", ("clause",)),
    Step("urge", _("督促履行"), {IN_FORCE}, SAME, "team", ("text",)),
    Step("ask_confirmation", _("申请司法确认"), {IN_FORCE, PERFORMED}, SAME, "team", ("court", "on"), clock={"confirm": "meet"}),
    Step("hear_court", _("登记法院决定"), {IN_FORCE, PERFORMED}, SAME, "team", ("result", "on")),
    # what is in force stands, and its promises run on, until a new version takes its place
    Step("reopen_terms", _("协议要变更"), {IN_FORCE}, MEDIATING, "team", ("text",), clock={"conclude": "start"}),
    Step("keep_terms", _("不改了，照原协议"), {MEDIATING}, IN_FORCE, "team", clock={"conclude": "cancel"}),
    Step("finish", _("全部履行"), {IN_FORCE}, PERFORMED, "team", clock={"perform": "meet", "file": "start"}),
    Step("visit", _("回访"), _AFTER, SAME, "team", ("on", "kept"), clock={"visit": "meet"}),
    Step("file", _("归档"), {PERFORMED, UNSETTLED}, FILED, "team",
         clock={"file": "meet", "visit": "cancel", "confirm": "cancel"}),
    Step("hand_over", _("登记跨境移交"), OPEN, SAME, "team", ("target", "passed", "basis")),
    Step("offer_topic", _("提出议题"), _TALKED, SAME, "team", ("title", "text")),
    Step("write_story", _("写成案例"), _SETTLED, SAME, "team", ("title", "text")),
    Step("release_story", _("核对并公开案例"), _SETTLED, SAME, "team", ("checks", "ground")),
    Step("withdraw_story", _("撤回议题或案例"), {state.code for state in STATES}, SAME, "party_or_team"),
    Step("raise_level", _("改变解决层级"), OPEN, SAME, "team", ("level",)),
    Step("count_as", _("统计项"), {state.code for state in STATES}, SAME, "team"),
    Step("look_in", _("特殊查看"), {state.code for state in STATES}, SAME, "looks_in", ("text",)),
    Step("forget", _("删除个人信息"), {FILED, REFUSED, DECLINED, WITHDRAWN}, SAME, "forgets"),
)  # fmt: skip

WORKFLOW = Workflow("mediation", APPLIED, STATES, STEPS)

#: Grounds for not taking a case (人民调解法 and 司法部 2002 No. 75, art. 22; the law's words stand in the how-to).
REFUSALS = {
    "court": _("法院已经受理，或已有生效判决、仲裁裁决"),
    "law": _("法律规定只能由专门机关处理"),
    "unwilling": _("有当事人明确拒绝调解"),
    "not_civil": _("不是民间纠纷"),
    "elsewhere": _("不归本调委会的地区或行业"),
}
#: Why mediation ends without agreement (art. 26), and the ways that remain, of which the parties are told.
ENDINGS = {
    "no_agreement": _("调解不成"),
    "unwilling": _("当事人不愿继续调解"),
    "absent": _("当事人无正当理由不参加"),
    "to_authority": _("已由有权机关处理"),
    "escalating": _("矛盾可能激化，已报告有关部门"),
}
ADVICE = {
    "arbitration": _("申请仲裁"),
    "administrative": _("请行政机关处理"),
    "suit": _("向人民法院起诉"),
    "legal_aid": _("申请法律援助"),
}
