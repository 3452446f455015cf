"""The manifest: this room on one page. Promises, phrases, and where its cards and pages are."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from gongzhi.journal.models import Audience
from gongzhi.matters.kinds import Kind, Phrase, Promise, Rung
from gongzhi.people.roles import Role
from gongzhi.workorders.cards.slots import CARDS
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.workflow import WORKFLOW

CODE = "workorders"

_UP_THE_LINE = (
    Rung(0, (Role.HANDLER,)),
    Rung(80, (Role.HANDLER, Role.UNIT_HEAD)),
    Rung(100, (Role.UNIT_HEAD, Role.CLERK)),
    Rung(150, (Role.UNIT_HEAD, Role.CLERK, Role.LEADER)),
)
#: Who works in a grid, the member before the leader.
GRID_ROLES_UP = (Role.GRID_MEMBER, Role.GRID_LEADER)
_CENTRE = (Rung(0, (Role.CLERK,)), Rung(150, (Role.CLERK, Role.LEADER)))

PROMISES = {
    "dispatch": Promise("dispatch", _("派单"), _("超时会提醒受理员，再久会报告领导"), line=_CENTRE),
    "accept": Promise("accept", _("签收"), _("超时会提醒单位负责人和工单中心"), line=_UP_THE_LINE),
    "answer": Promise(
        "answer", _("答复居民"), _("超时会提醒单位负责人和工单中心，再久会报告领导"), line=_UP_THE_LINE
    ),
    "rework": Promise(
        "rework", _("重办后答复"), _("超时会提醒单位负责人和工单中心，再久会报告领导"), line=_UP_THE_LINE
    ),
    "check": Promise(
        "check",
        _("核查"),
        _("超时会提醒核查员和受理员"),
        line=(
            Rung(0, (Role.CHECKER,)),
            Rung(100, (Role.CHECKER, Role.CLERK)),
            Rung(150, (Role.CLERK, Role.LEADER)),
        ),
    ),
    "supply": Promise(
        "supply",
        _("居民补充情况"),
        _("到时没有补充，由单位按现有情况继续处理"),
        True,
        line=(Rung(100, (Role.HANDLER,)),),
    ),
    "rate": Promise("rate", _("居民评价"), _("到时没有评价，工单自动办结"), True),
    "verify": Promise(
        "verify",
        _("网格核实"),
        _("超时会提醒网格长和受理员"),
        line=(Rung(0, GRID_ROLES_UP), Rung(100, (*GRID_ROLES_UP, Role.CLERK))),
    ),
    "outside": Promise(
        "outside",
        _("外单位答复"),
        _("到时没有答复，会提醒受理员去联系或收回"),
        line=(Rung(0, (Role.CLERK,)), Rung(150, (Role.CLERK, Role.LEADER))),
    ),
    "police": Promise(
        "police",
        _("公安回执"),
        _("到时没有回执，会提醒受理员去联系或收回"),
        line=(Rung(0, (Role.CLERK,)), Rung(150, (Role.CLERK, Role.LEADER))),
    ),
    "review": Promise(
        "review", _("挂账复查"), _("到时要复查：能办就恢复办理，不能办要重新申请"), line=_UP_THE_LINE
    ),
    "report_back": Promise(
        "report_back",
        _("反馈督办"),
        _("超时会提醒单位负责人，并报告领导"),
        line=(
            Rung(0, (Role.HANDLER, Role.UNIT_HEAD)),
            Rung(100, (Role.UNIT_HEAD, Role.CLERK, Role.LEADER)),
        ),
    ),
}

_STAFF, _ALL = Audience.STAFF, Audience.EVERYONE

PHRASES = {
    "report": Phrase(_("已收到您的反映"), _("收到反映（{channel}）"), "inbox", _ALL),
    "dispatch": Phrase(_("已交给{unit}办理"), _("派给{unit}，依据{rule}"), "send", _ALL),
    "redispatch": Phrase(_("改由{unit}办理"), _("改派{unit}"), "send", _ALL),
    "accept": Phrase(_("{unit}已签收，开始处理"), _("{unit}签收"), "check", _ALL),
    "assign": Phrase(_("已安排专人处理"), _("指定经办人"), "person", _STAFF),
    "ask_return": Phrase(_("办理单位认为不归他们办，正等工单中心决定"), _("{unit}申请退单"), "undo", _STAFF),
    "grant_return": Phrase(_("正在重新安排办理单位"), _("同意退单，重新派单"), "undo", _STAFF),
    "refuse_return": Phrase(_("由原来的单位继续办理"), _("不同意退单"), "x-circle", _STAFF),
    "ask_extension": Phrase(_("办理单位申请延长时间"), _("{unit}申请延期到{until}"), "clock", _STAFF),
    "grant_extension": Phrase(_("办理时间延长到{until}，原因如下"), _("同意延期到{until}"), "clock", _ALL),
    "refuse_extension": Phrase(_("没有同意延长时间"), _("不同意延期"), "x-circle", _STAFF),
    "ask_suspension": Phrase(
        _("办理单位申请暂缓办理"), _("{unit}申请挂账，{until}复查"), "player-pause", _STAFF
    ),
    "grant_suspension": Phrase(
        _("这件事现在还办不了，先记在账上，{until}再看，原因如下"),
        _("同意挂账，{until}复查"),
        "player-pause",
        _ALL,
    ),
    "refuse_suspension": Phrase(_("没有同意暂缓，继续办理"), _("不同意挂账"), "x-circle", _STAFF),
    "resume_work": Phrase(_("恢复办理"), _("恢复办理"), "play", _ALL),
    "ask_void": Phrase(_("申请作废"), _("申请作废"), "erase", _STAFF),
    "grant_void": Phrase(_("这件已作废，原因如下"), _("同意作废"), "erase", Audience.PARTIES),
    "refuse_void": Phrase(_("没有同意作废，继续办理"), _("不同意作废"), "x-circle", _STAFF),
    "restore": Phrase(_("已恢复办理"), _("恢复，重新受理"), "refresh", Audience.PARTIES),
    "withdraw_request": Phrase(_("申请已撤回"), _("撤回了申请"), "undo", _STAFF),
    "overtake": Phrase(_("申请不再需要"), _("“{asked}”的申请不再需要：工单已经往下走"), "dot", _STAFF),
    "ask_verify": Phrase(_("请网格员到现场看一看"), _("请网格核实"), "eye", _STAFF),
    "verify": Phrase(_("网格员已到现场看过"), _("网格核实：{found}"), "eye", _STAFF),
    "take_back": Phrase(_("继续受理"), _("不再核实"), "undo", _STAFF),
    "forward": Phrase(_("已转请{body}办理"), _("转给{body}，{until}前答复"), "send", _ALL),
    "respond": Phrase(_("{body}已回复，继续办理"), _("{body}答复"), "reply", _STAFF),
    "renew": Phrase(_("请{body}在{until}前答复"), _("{body}的链接延到{until}"), "calendar", _STAFF),
    "hear": Phrase(_("{body}说了进展"), _("{body}的进展"), "reply", _STAFF),
    "recall": Phrase(_("从{body}收回，继续办理"), _("从{body}收回"), "undo", _STAFF),
    "urge": Phrase(_("已催办"), _("催办"), "bell", Audience.PARTIES),
    "supervise": Phrase(_("领导正在督办这件事"), _("{level}"), "alarm", _STAFF),
    "remark": Phrase(_("领导有批示"), _("领导批示"), "note", _STAFF),
    "report_back": Phrase(_("办理单位反馈了督办情况"), _("{unit}反馈督办"), "reply", _STAFF),
    "lift": Phrase(_("督办已解除"), _("解除督办"), "check", _STAFF),
    "hand_to_police": Phrase(
        _("这件事归公安机关管，正在移交。紧急情况请直接拨打 110"), _("移交{body}"), "send", Audience.PARTIES
    ),
    "taken_by_police": Phrase(
        _("公安机关已受理，编号 {receipt}。后续请向公安机关了解"),
        _("公安已受理，编号 {receipt}"),
        "check",
        Audience.PARTIES,
    ),
    "returned_by_police": Phrase(_("公安机关认为不归他们管，我们继续办"), _("公安退回"), "undo", _STAFF),
    "recall_from_police": Phrase(
        _("不再移交公安机关，我们继续办"), _("不再移交公安"), "undo", Audience.PARTIES
    ),
    "hold": Phrase(
        _("{emergency}应急期间，这件事的期限先停一停，结束后接着算"),
        _("{emergency}应急：期限暂停"),
        "player-pause",
        _ALL,
    ),
    "unhold": Phrase(_("{emergency}应急暂停已解除，期限接着算"), _("解除{emergency}应急暂停"), "play", _ALL),
    "ask_resident": Phrase(_("需要您补充一些情况"), _("请居民补充"), "question", Audience.PARTIES),
    "supply": Phrase(_("已收到补充的情况"), _("居民补充了情况"), "chat", Audience.PARTIES),
    "take_up": Phrase(_("继续处理"), _("继续处理，不再等待补充"), "play", Audience.PARTIES),
    "answer": Phrase(_("办理单位已提交答复，正在核查"), _("{unit}提交答复"), "reply", _STAFF),
    "pass_check": Phrase(
        _("答复如下，请您评价"), _("核查通过，已答复居民"), "check-circle", Audience.PARTIES
    ),
    "fail_check": Phrase(_("核查没有通过，正在重办"), _("核查不通过，退回重办"), "undo", _STAFF),
    "confirm": Phrase(_("您已评价，工单办结"), _("居民评价，工单办结"), "star", _ALL),
    "dispute": Phrase(_("您认为没有解决，已退回重办"), _("居民认为没有解决"), "undo", Audience.PARTIES),
    "lapse": Phrase(_("到期没有评价，工单办结"), _("到期自动办结"), "clock", _ALL),
    "rate": Phrase(_("您已评价"), _("居民评价"), "star", Audience.PARTIES),
    "reopen": Phrase(_("已重新打开"), _("重新打开"), "refresh", _ALL),
    "merge": Phrase(_("与另一件相同的反映一起办理"), _("并入{number}"), "merge", _ALL),
    "unmerge": Phrase(_("恢复为单独办理"), _("撤销并单"), "split", _ALL),
    "absorb": Phrase(_("又有居民反映了同一件事"), _("并入了{number}"), "merge", _STAFF),
    "release": Phrase(_("一件相同的反映改为单独办理"), _("{number}恢复为单独办理"), "split", _STAFF),
    "decline": Phrase(_("没有受理，原因如下"), _("不予受理"), "x-circle", Audience.PARTIES),
    "withdraw": Phrase(_("您撤回了反映"), _("居民撤回"), "x-circle", _ALL),
    "recategorise": Phrase(_("调整了分类"), _("分类由{before}改为{after}"), "tag", _STAFF),
    "relocate": Phrase(_("更正了位置"), _("位置改为{place}"), "pin", _STAFF),
    "split": Phrase(_("分成 {count} 件，由几个单位分别办理"), _("拆成 {count} 件：{numbers}"), "split", _ALL),
    "rejoin": Phrase(_("不再分开，仍作为一件办理"), _("撤销拆单：{numbers}"), "merge", _ALL),
    "fold": Phrase(_("已并回原来的那件"), _("并回{number}"), "merge", Audience.PARTIES),
    "part_done": Phrase(_("分开办的其中一件办好了"), _("{number}（{unit}）已办好"), "check", _STAFF),
    "sign_off": Phrase(_("{unit}已经会签"), _("{unit}会签"), "edit", _STAFF),
    "visit": Phrase(_("工作人员回访：{reached}"), _("回访：{reached}"), "phone", Audience.PARTIES),
    "plan_visit": Phrase(_("准备回访"), _("列入回访"), "phone", _STAFF),
    "drop_visit": Phrase(_("不再回访"), _("不再回访"), "undo", _STAFF),
    "whistle": Phrase(
        _("召集了 {count} 个部门到现场一起办"), _("吹哨：召集 {count} 个部门到现场"), "bell", Audience.PARTIES
    ),
    "operation": Phrase(_("几个部门一起检查"), _("联合行动：召集 {count} 个部门"), "bell", _STAFF),
    "retrieve": Phrase(_("从归档取回"), _("从归档取回（{year} 年办结）"), "history", _STAFF),
    "note": Phrase(_("工作人员备注"), _("备注"), "note", _STAFF),
    "add": Phrase(_("您补充了说明"), _("居民补充了说明"), "chat", Audience.PARTIES),
    "follow": Phrase(_("又有人关注"), _("有人关注"), "eye", _STAFF),
    "see_contact": Phrase(_("工作人员查看了联系方式"), _("查看了联系方式"), "phone", Audience.PARTIES),
    "reminded": Phrase(_("已提醒办理单位"), _("“{promise}”时间已用 {mark}%，已提醒"), "bell", _STAFF),
    "missed": Phrase(_("办理超过了承诺时间"), _("“{promise}”超时（{mark}%），已上报"), "alarm", _ALL),
    "ran_out": Phrase(_("等待的时间到了"), _("“{promise}”等待期满"), "clock", _STAFF),
    "import": Phrase(_("历史记录"), _("从文件导入"), "file", _STAFF),
    "device_back": Phrase(_("设备已恢复正常"), _("设备“{device}”恢复正常"), "check-circle", _STAFF),
    "erase": Phrase(_("按要求删除了个人信息"), _("个人信息已删除"), "erase", Audience.PARTIES),
}

KIND = Kind(
    code=CODE,
    label=_("工单"),
    prefix="W",
    opens="report",
    workflow=WORKFLOW,
    rules=RULES,
    promises=PROMISES,
    phrases=PHRASES,
    card_template="workorders/card.html",
    address_of=lambda matter_id: reverse("workorders:order", args=[matter_id]),
    cards=CARDS,
)
