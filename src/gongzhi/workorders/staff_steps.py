"""The steps as staff see them: letter, icon, hint, form, and the one action that each of them calls.

Which of them are shown is not decided here: that is the workflow and the table of rights together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civics.workflow import Step
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import (
    answering,
    archiving,
    correcting,
    dispatching,
    forwarding,
    handling,
    holding,
    merging,
    police,
    requesting,
    signing,
    splitting,
    verifying,
    visiting,
    watching,
)
from gongzhi.workorders.forms import operations as operation
from gongzhi.workorders.forms import steps as form
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import CHECKS, NOT_ANSWERER, RULES
from gongzhi.workorders.queries import get_order_by_number
from gongzhi.workorders.workflow import DECIDES, MOST_PARTS
from gongzhi.workorders.workflow import possible as possible_steps

Take = Callable[..., WorkOrder]


@dataclass(frozen=True)
class StaffStep:
    """How a step is offered: one letter, an icon, a hint, its form, what was done, and what does it."""

    verb: str
    key: str
    icon: str
    hint: Any
    form: type[forms.Form]
    done: Any
    take: Callable[[int, dict[str, Any], dict[str, Any]], WorkOrder]
    danger: bool = False


def _merge(order_id: int, said: dict[str, Any], act: dict[str, Any]) -> WorkOrder:
    try:
        main = get_order_by_number(said["target"], by=act["by"])
    except NotFound as missing:
        sentence = _("没有找到编号为“{number}”的工单。").format(number=said["target"])
        raise Invalid(sentence, code="unknown_target", fields={"target": [sentence]}) from missing
    return merging.merge(order_id, into_id=main.pk, **act)


def _dispatch(order_id: int, said: dict[str, Any], act: dict[str, Any]) -> WorkOrder:
    joint = (said["joint"],) if said.get("joint") else ()
    return dispatching.dispatch(order_id, unit_id=said["unit"], joint=joint, note=said["note"], **act)


def _split(order_id: int, said: dict[str, Any], act: dict[str, Any]) -> WorkOrder:
    parts = [
        splitting.Part(said[f"part_{n}"], unit_id=said.get(f"unit_{n}"))
        for n in range(1, MOST_PARTS + 1)
        if said.get(f"part_{n}", "").strip()
    ]
    return splitting.split(order_id, parts=parts, **act)


def _relocate(order_id: int, said: dict[str, Any], act: dict[str, Any]) -> WorkOrder:
    # A pin says more than a list; the list only counts when there is no pin.
    return correcting.relocate(
        order_id,
        lon=said.get("lon"),
        lat=said.get("lat"),
        area_id=said.get("area"),
        place_text=said.get("place_text") or None,
        **act,
    )


def _with(action: Take, *names: str) -> Callable[[int, dict[str, Any], dict[str, Any]], WorkOrder]:
    """Call an action with these fields of the form under the same names; photos become pictures. What this order's form
    did not ask (why no signature, when none is missing) is left to the action's default."""

    def take(order_id: int, said: dict[str, Any], act: dict[str, Any]) -> WorkOrder:
        values = {("pictures" if n == "photos" else n): said[n] for n in names if n in said}
        return action(order_id, **values, **act)

    return take


def _decisions(name: str, said: Any, done: Any) -> tuple[StaffStep, StaffStep]:
    """The two ways to decide a request. Only one is ever pending, so that all of them share two letters."""
    grant, refuse = getattr(requesting, f"grant_{name}"), getattr(requesting, f"refuse_{name}")
    return (
        StaffStep(f"grant_{name}", "G", "check", said, operation.Grant, done, _with(grant, "words")),
        StaffStep(
            f"refuse_{name}", "N", "x", gettext_lazy("写明原因"), operation.Refuse, gettext_lazy("已答复不同意"),
            _with(refuse, "words"),
        ),
    )  # fmt: skip


_ALL = (
    *_decisions("return", gettext_lazy("回到受理，重新派单"), gettext_lazy("已同意退单")),
    *_decisions("extension", gettext_lazy("期限改到申请的那天，居民会看到"), gettext_lazy("已同意延期")),
    *_decisions("suspension", gettext_lazy("期限暂停，到日子复查"), gettext_lazy("已同意挂账")),
    *_decisions("void", gettext_lazy("工单作废，居民会看到原因"), gettext_lazy("已作废")),
    StaffStep("dispatch", "d", "send", gettext_lazy("交给负责的单位"), form.Dispatch, gettext_lazy("已派给{unit}"), _dispatch),
    StaffStep("accept", "a", "circle-check", gettext_lazy("开始处理，由我经办"), form.Nothing, gettext_lazy("已签收"), _with(handling.accept)),
    StaffStep("answer", "r", "message-circle", gettext_lazy("写清做了什么，附照片"), form.Answer, gettext_lazy("已提交答复，等待核查"),
              _with(handling.answer, "text", "why", "photos")),
    StaffStep("pass_check", "p", "circle-check", gettext_lazy("居民会收到答复并评价"), form.PassCheck, gettext_lazy("核查通过，已答复居民"),
              _with(handling.pass_check, "note")),
    StaffStep("fail_check", "X", "arrow-back-up", gettext_lazy("答复不够好，写明原因"), form.FailCheck, gettext_lazy("已退回重办"),
              _with(handling.fail_check, "reason")),
    StaffStep("take_up", "t", "player-play", gettext_lazy("不再等待，期限继续计时"), form.Nothing, gettext_lazy("继续处理"),
              _with(handling.take_up)),
    StaffStep("supply", "s", "message-circle", gettext_lazy("居民来电补充，由您代记"), form.Supply, gettext_lazy("已记下补充的情况"),
              _with(answering.supply, "text", "photos")),
    StaffStep("ask_resident", "q", "help", gettext_lazy("缺情况时问居民，期限暂停"), form.Ask, gettext_lazy("已请居民补充"),
              _with(handling.ask_resident, "question")),
    StaffStep("assign", "g", "user-check", gettext_lazy("换一位同事经办"), form.Assign, gettext_lazy("已指定经办人"),
              lambda order_id, said, act: handling.assign(order_id, handler_id=said["handler"], **act)),
    StaffStep("redispatch", "d", "arrows-exchange", gettext_lazy("换一个单位，写明原因"), form.Redispatch, gettext_lazy("已改派{unit}"), _dispatch),
    StaffStep("resume_work", "t", "player-play", gettext_lazy("期限接着计时"), operation.Aside, gettext_lazy("已恢复办理"),
              _with(requesting.resume_work, "note")),
    StaffStep("verify", "a", "eye-check", gettext_lazy("到现场看过，写明情况"), operation.Verify, gettext_lazy("已告诉受理员"),
              _with(verifying.verify, "found", "text", "photos")),
    StaffStep("take_back", "t", "arrow-back-up", gettext_lazy("不等网格员了，继续受理"), form.Nothing, gettext_lazy("继续受理"),
              _with(verifying.take_back)),
    StaffStep("renew", "e", "calendar", gettext_lazy("给对方新的期限，同一个链接接着有效"), operation.Renew, gettext_lazy("链接已延长"),
              _with(forwarding.renew, "until")),
    StaffStep("recall", "t", "arrow-back-up", gettext_lazy("不等了，链接同时作废"), operation.Aside, gettext_lazy("已收回"),
              _with(forwarding.recall, "note")),
    StaffStep("restore", "o", "refresh", gettext_lazy("重新受理，期限接着计时"), form.Nothing, gettext_lazy("已恢复"),
              _with(requesting.restore)),
    StaffStep("ask_verify", "e", "eye", gettext_lazy("先请网格员到现场看看"), operation.AskVerify, gettext_lazy("已请网格员核实"),
              _with(verifying.ask_verify, "question")),
    StaffStep("report_back", "f", "message-plus", gettext_lazy("告诉督办的人办到哪一步了"), operation.ReportBack, gettext_lazy("已反馈"),
              _with(watching.report_back, "text", "photos")),
    StaffStep("sign_off", "E", "edit", gettext_lazy("协办单位的意见"), form.SignOff, gettext_lazy("已会签"),
              _with(signing.sign_off, "text")),
    StaffStep("rejoin", "J", "git-merge", gettext_lazy("还没有单位开始办时，可以并回一件"), form.Nothing, gettext_lazy("已撤销拆单"),
              _with(splitting.rejoin)),
    StaffStep("split", "B", "git-branch", gettext_lazy("一件事要几个单位分别办"), form.Split, gettext_lazy("已拆单"), _split),
    StaffStep("visit", "T", "phone", gettext_lazy("打电话问居民，代他评价"), form.Visit, gettext_lazy("已记下回访"),
              _with(visiting.visit, "reached", "solved", "satisfied", "text")),
    StaffStep("plan_visit", "w", "calendar", gettext_lazy("放进回访名单，晚些再打"), form.Nothing, gettext_lazy("已列入回访"),
              _with(visiting.plan_visit)),
    StaffStep("drop_visit", "w", "x", gettext_lazy("从回访名单拿掉"), form.Nothing, gettext_lazy("已拿掉"),
              _with(visiting.drop_visit)),
    StaffStep("ask_return", "b", "arrow-back-up", gettext_lazy("不是本单位的事，请受理员决定"), operation.AskReturn, gettext_lazy("已申请退单，等受理员决定"),
              _with(requesting.ask_return, "reason")),
    StaffStep("ask_extension", "e", "calendar", gettext_lazy("到期以前可以申请"), operation.AskExtension, gettext_lazy("已申请延期，等待审批"),
              _with(requesting.ask_extension, "until", "reason")),
    StaffStep("ask_suspension", "h", "player-pause", gettext_lazy("现在办不了，到日子再看"), operation.AskSuspension, gettext_lazy("已申请挂账，等待审批"),
              _with(requesting.ask_suspension, "until", "reason")),
    StaffStep("ask_void", "V", "trash", gettext_lazy("不该成为工单的，由另一人同意"), operation.AskVoid, gettext_lazy("已申请作废，等待审批"),
              _with(requesting.ask_void, "reason")),
    StaffStep("withdraw_request", "w", "x", gettext_lazy("不需要了"), form.Nothing, gettext_lazy("已撤回申请"),
              _with(requesting.withdraw_request)),
    StaffStep("forward", "F", "external-link", gettext_lazy("平台以外的单位，用链接答复"), operation.Forward, gettext_lazy("已转出，请把链接发给对方"),
              _with(forwarding.forward, "body", "until", "words", "place", "peer_id")),
    StaffStep("hand_to_police", "P", "shield", gettext_lazy("警务或紧急的事，马上转"), operation.HandToPolice, gettext_lazy("已移交公安"),
              _with(police.hand_to_police, "text", "place")),
    StaffStep("taken_by_police", "a", "circle-check", gettext_lazy("记下公安的受理编号"), operation.TakenByPolice, gettext_lazy("已记下回执，本件办结"),
              _with(police.taken_by_police, "receipt")),
    StaffStep("returned_by_police", "b", "arrow-back-up", gettext_lazy("公安说不归他们管"), operation.ReturnedByPolice, gettext_lazy("已退回，继续办理"),
              _with(police.returned_by_police, "reason")),
    StaffStep("recall_from_police", "t", "arrow-back-up", gettext_lazy("没发出的不再发"), operation.Aside, gettext_lazy("已收回"),
              _with(police.recall_from_police, "note")),
    StaffStep("unhold", "U", "player-play", gettext_lazy("应急期间也能办，期限接着算"), operation.Aside, gettext_lazy("期限接着计时"),
              _with(holding.unhold, "note")),
    StaffStep("urge", "i", "bell", gettext_lazy("提醒主办单位快一点"), operation.Urge, gettext_lazy("已催办"), _with(watching.urge, "text")),
    StaffStep("supervise", "S", "flag", gettext_lazy("按级别限期反馈"), operation.Supervise, gettext_lazy("已督办"),
              _with(watching.supervise, "level", "text")),
    StaffStep("remark", "y", "edit", gettext_lazy("领导的要求和意见"), operation.Remark, gettext_lazy("已批示"), _with(watching.remark, "text")),
    StaffStep("lift", "L", "check", gettext_lazy("不再督办"), operation.Aside, gettext_lazy("已解除督办"), _with(watching.lift, "note")),
    StaffStep("reopen", "o", "refresh", gettext_lazy("居民反映问题又出现"), form.Reason, gettext_lazy("已重新打开"),
              _with(answering.reopen, "reason")),
    StaffStep("retrieve", "k", "arrow-back-up", gettext_lazy("归档的要再办，先取回"), form.Reason, gettext_lazy("已从归档取回"),
              _with(archiving.retrieve, "reason")),
    StaffStep("unmerge", "u", "git-branch", gettext_lazy("恢复为单独办理"), form.Nothing, gettext_lazy("已撤销并单"), _with(merging.unmerge)),
    StaffStep("recategorise", "c", "bookmark", gettext_lazy("系统会从您的更正里学习"), form.Recategorise, gettext_lazy("已改分类"),
              lambda order_id, said, act: correcting.recategorise(
                  order_id, category_id=said["category"], appeal=said["appeal"], answers=said["answers"], **act)),
    StaffStep("relocate", "l", "map-pin", gettext_lazy("在地图上选点，或选网格"), form.Relocate, gettext_lazy("已改位置"), _relocate),
    StaffStep("merge", "M", "git-merge", gettext_lazy("与另一件一起办理"), form.Merge, gettext_lazy("已并单"), _merge),
    StaffStep("note", "n", "edit", gettext_lazy("只有工作人员看得到"), form.Note, gettext_lazy("已记下"), _with(handling.note, "text", "photos")),
    StaffStep("decline", "z", "ban", gettext_lazy("不能受理时，向居民说明"), form.Decline, gettext_lazy("已告知居民不予受理"),
              _with(dispatching.decline, "reason"), danger=True),
)  # fmt: skip
STEPS: dict[str, StaffStep] = {step.verb: step for step in _ALL}
#: Steps that help but do not move an order on; shown smaller, below the others.
ASIDE = frozenset(
    {"recategorise", "relocate", "merge", "split", "rejoin", "note", "decline", "plan_visit", "drop_visit"}
)
#: Steps that ask somebody else to decide, or somebody outside to act.
ASKING = frozenset({"ask_return", "ask_extension", "ask_suspension", "ask_void", "forward", "hand_to_police"})
#: Steps that see to it that something gets done.
WATCHING = frozenset({"urge", "supervise", "remark", "lift"})
#: What ends a pending request; they stand beside it.
DECIDING = frozenset(step.verb for step in _ALL if step.verb in DECIDES)


def possible(order: WorkOrder, *, by: Person) -> list[tuple[StaffStep, Step]]:
    """The steps that this person may take now, in the order of the table above."""
    allowed = {step.verb: step for step in possible_steps(order) if RULES.may(by, step.verb, order)}
    if "sign_off" in allowed and signing.unit_to_sign(order, by) is None:
        del allowed["sign_off"]
    return [(step, allowed[step.verb]) for step in _ALL if step.verb in allowed]


def why_not_check(order: WorkOrder, *, by: Person) -> str:
    """Why somebody who checks answers may not check this one; empty when they may, or never could."""
    if order.state != "answered" or not CHECKS.holds(by, order) or NOT_ANSWERER.holds(by, order):
        return ""
    return _("这次答复是您经手的，核查要由另一位同事来做。")


def way_back(order: WorkOrder, verb: str, *, by: Person) -> str:
    """The verb that takes a step back, if the workflow has one and this person may; empty otherwise."""
    for step in possible_steps(order):
        if step.undo_of == verb and step.verb in STEPS and RULES.may(by, step.verb, order):
            return step.verb
    return ""


def take(
    verb: str, order_id: int, said: dict[str, Any], *, by: Person, at: datetime, seen: int | None
) -> WorkOrder:
    """Take a step with the values of its form. Refusals pass through."""
    return STEPS[verb].take(order_id, said, {"by": by, "at": at, "seen": seen})
