"""The manifest: this room on one page. Sealed: shared lists show the label and the number, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from gongzhi.journal.models import Audience
from gongzhi.matters.kinds import Kind, Phrase, Promise, Rung
from gongzhi.mediation.policies import RULES
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.people.roles import Role

CODE = "mediation"
#: The title of every case on the shared row. It says nothing.
LABEL = _("调解案件")

_COMMITTEE = (Rung(0, (Role.CASE_CLERK,)), Rung(80, (Role.CASE_CLERK, Role.MEDIATOR)))
PROMISES = {
    "accept": Promise("accept", _("决定是否受理"), _("超时会提醒调委会内勤和调解员"), line=_COMMITTEE),
    "consent": Promise("consent", _("当事人答复是否同意调解"), _("到时没有答复，由调委会联系当事人"), True, line=_COMMITTEE),
    "conclude": Promise("conclude", _("调解结束"), _("到时可以经当事人同意延长，或终止调解并告知其他途径"), line=_COMMITTEE),
    "perform": Promise("perform", _("履行协议"), _("到时没有履行，由调委会督促"), True, line=_COMMITTEE),
    "confirm": Promise("confirm", _("申请司法确认"), _("协议生效三十日后，法院不再受理司法确认申请"), True, line=_COMMITTEE),
    "visit": Promise("visit", _("回访"), _("超时会提醒调委会内勤和调解员"), line=_COMMITTEE),
    "file": Promise("file", _("立卷归档"), _("超时会提醒调委会内勤"), line=_COMMITTEE),
}  # fmt: skip

_P, _S = Audience.PARTIES, Audience.STAFF
PHRASES = {
    "apply": Phrase(_("提交了调解申请"), _("收到调解申请"), "inbox", _P),
    "offer": Phrase(_("调委会提出为你们调解"), _("主动提出调解"), "inbox", _P),
    "refer": Phrase(_("有单位把这件纠纷转给了调委会"), _("收到移送：{body}"), "inbox", _S),
    "accept": Phrase(_("调委会受理了"), _("受理"), "check", _P),
    "refuse": Phrase(_("调委会没有受理，原因如下"), _("不予受理"), "x-circle", _P),
    "ask_consent": Phrase(_("正在征求各方是否同意调解"), _("征求各方意见"), "question", _P),
    "consent": Phrase(_("{party}同意调解"), _("{party}同意调解"), "check", _P),
    "take_up": Phrase(_("各方都同意，调委会受理了"), _("各方同意，受理"), "check", _P),
    "decline": Phrase(_("有当事人不同意调解"), _("{party}不同意调解"), "x-circle", _P),
    "withdraw": Phrase(_("申请已撤回"), _("{party}撤回申请"), "x-circle", _P),
    "tell_rights": Phrase(_("{party}已被告知权利和义务"), _("告知{party}权利义务"), "note", _P),
    "name_party": Phrase(_("{party}列为当事人"), _("{party}列为当事人"), "person", _P),
    "mend_party": Phrase(_("更正了当事人情况"), _("更正{party}的情况"), "edit", _P),
    "invite_party": Phrase(_("{party}可以上网参加了"), _("请{party}上网参加"), "send", _P),
    "join_team": Phrase(_("调解团队多了一人"), _("加入团队：{part}"), "person", _S),
    "leave_team": Phrase(_("调解团队少了一人"), _("退出团队：{part}"), "person", _S),
    "propose_mediator": Phrase(_("请各方对调解员表态"), _("提出调解员"), "person", _P),
    "say_of_mediator": Phrase(_("{party}对调解员表了态"), _("{party}对调解员表态：{agrees}"), "check", _P),
    "ask_recusal": Phrase(_("您申请了回避"), _("{party}申请回避"), "alarm", _S),
    "begin": Phrase(_("调解开始"), _("开始调解"), "play", _P),
    "plan_sitting": Phrase(_("安排了一次调解"), _("安排{kind}调解"), "calendar", _P),
    "cancel_sitting": Phrase(_("取消了一次调解"), _("取消{kind}调解"), "undo", _P),
    "record_sitting": Phrase(_("调解记录"), _("{kind}调解记录"), "note", _P),
    "note": Phrase(_("团队备注"), _("备注"), "note", _S),
    "say": Phrase(_("{party}发言"), _("{party}发言"), "chat", _P),
    "give_evidence": Phrase(_("{party}交了材料"), _("{party}交了材料"), "file", _P),
    "invite_guest": Phrase(_("请各方同意{part}参加"), _("邀请{part}"), "person", _P),
    "consent_to_guest": Phrase(_("{party}同意{part}参加"), _("{party}同意{part}参加"), "check", _P),
    "admit_guest": Phrase(_("各方都同意，{part}可以参加"), _("{part}进来"), "person", _P),
    "withdraw_consent": Phrase(_("{party}撤回了同意，{part}离开"), _("{party}撤回同意，{part}离开"), "undo", _P),
    "extend": Phrase(_("经各方同意，调解延长到{until}"), _("调解延长到{until}"), "clock", _P),
    "draft": Phrase(_("协议草稿第 {version} 稿"), _("起草协议第 {version} 稿"), "edit", _P),
    "vote": Phrase(_("{party}对条款表了态"), _("{party}对第 {position} 条表态：{agrees}"), "check", _P),
    "sign": Phrase(_("{party}签了名"), _("{party}签名"), "edit", _P),
    "take_effect": Phrase(_("协议盖章生效"), _("协议第 {version} 版生效"), "check-circle", _P),
    "agree_orally": Phrase(_("达成口头协议，调解员已记录"), _("达成口头协议"), "check-circle", _P),
    "terminate": Phrase(_("调解终止，还可以走这些途径"), _("调解终止：{ground}"), "x-circle", _P),
    "perform": Phrase(_("第 {position} 条已履行"), _("第 {position} 条已履行"), "check", _P),
    "urge": Phrase(_("调委会督促履行"), _("督促履行"), "bell", _P),
    "ask_confirmation": Phrase(_("已共同申请司法确认"), _("申请司法确认"), "send", _P),
    "hear_court": Phrase(_("法院：{result}"), _("法院：{result}"), "note", _P),
    "reopen_terms": Phrase(_("协议要变更，重新商量"), _("协议变更，重新调解"), "refresh", _P),
    "keep_terms": Phrase(_("协议不改了，照原来的履行"), _("不再变更，照原协议"), "undo", _P),
    "finish": Phrase(_("协议全部履行"), _("协议全部履行"), "check-circle", _P),
    "visit": Phrase(_("调委会回访"), _("回访：{kept}"), "phone", _S),
    "file": Phrase(_("案卷已归档"), _("归档：{docket}"), "file", _P),
    "hand_over": Phrase(_("本案信息移交到外地，已登记"), _("登记跨境移交"), "send", _P),
    "offer_topic": Phrase(_("提出了一个议题"), _("提出议题，不含当事人"), "send", _S),
    "write_story": Phrase(_("写了案例"), _("写了案例，等另一位核对"), "edit", _S),
    "release_story": Phrase(_("本案改写成了案例，隐去了人和地方"), _("案例核对后公开"), "check", _P),
    "withdraw_story": Phrase(_("撤回了公开的内容"), _("撤回议题或案例"), "undo", _P),
    "raise_level": Phrase(_("改由{level}调解"), _("解决层级：{level}"), "send", _S),
    "count_as": Phrase(_("更新了统计项"), _("更新统计项"), "tag", _S),
    "look_in": Phrase(_("有人按规定特殊查看了本案"), _("特殊查看，理由如下"), "eye", _S),
    "forget": Phrase(_("个人信息已删除"), _("个人信息已删除"), "erase", _P),
    "reminded": Phrase(_("已提醒"), _("“{promise}”时间已用 {mark}%，已提醒"), "bell", _S),
    "missed": Phrase(_("超过了时间"), _("“{promise}”超时（{mark}%）"), "alarm", _S),
    "ran_out": Phrase(_("等待的时间到了"), _("“{promise}”等待期满"), "clock", _S),
    "erase": Phrase(_("个人信息已删除"), _("个人信息已删除"), "erase", _S),
}  # fmt: skip


def _card(slot: str) -> Callable[..., Any]:
    """A card, found when it is first asked for: the cards look at models, and those must be ready by then."""

    def ask(*given: Any, **named: Any) -> Any:
        from gongzhi.mediation.cards import CARDS

        return CARDS[slot](*given, **named)

    return ask


KIND = Kind(
    code=CODE,
    label=LABEL,
    prefix="M",
    opens="apply",
    workflow=WORKFLOW,
    rules=RULES,
    promises=PROMISES,
    phrases=PHRASES,
    card_template="mediation/card.html",
    address_of=lambda matter_id: reverse("mediation:case", args=[matter_id]),
    sealed=True,
    cards={slot: _card(slot) for slot in ("mine", "export", "takes_call")},
)
