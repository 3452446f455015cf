"""What this room says in messages: a number and where to look, never words of the matter or names."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from gongzhi.notices.purposes import Purpose, register

_ORDER, _STAFF = _("共治：事项进展"), _("共治：工单提醒")

#: To whoever reported. A step with one of these verbs shows beforehand what will be sent.
TO_RESIDENTS = (
    Purpose(
        "workorders.pass_check", "progress",
        _("您反映的事（{number}）有答复了。请用查询码或登录查看，并告诉我们是否解决。"), _ORDER,
    ),
    Purpose(
        "joined", "progress", _("您反映的事（{number}）与另一件一起办理，现在有结果了。请用查询码或登录查看。"), _ORDER
    ),
    Purpose(
        "workorders.ask_resident", "progress", _("您反映的事（{number}）需要您补充一些情况。请用查询码或登录查看。"), _ORDER
    ),
    Purpose(
        "workorders.grant_extension", "progress", _("您反映的事（{number}）办理时间延长了，原因请用查询码或登录查看。"),
        _ORDER,
    ),
    Purpose(
        "workorders.grant_suspension", "progress",
        _("您反映的事（{number}）现在还办不了，原因和复查的日子请用查询码或登录查看。"), _ORDER,
    ),
    Purpose("workorders.grant_void", "progress", _("您反映的事（{number}）已作废，原因请用查询码或登录查看。"), _ORDER),
    Purpose("workorders.decline", "progress", _("您反映的事（{number}）没有受理，原因请用查询码或登录查看。"), _ORDER),
)  # fmt: skip

#: To whoever wrote us an e-mail, at once: the answer to what they have just sent.
TO_LETTERS = (
    Purpose(
        "mail_taken", "",
        _("您的邮件已收到，编号 {number}，查询码 {code}。用查询码可以看进展；要补充，直接回复这封邮件，保留查询码。"),
        _("共治：已收到您的邮件"), urgent=True,
    ),
    Purpose(
        "mail_emergency", "", _("紧急情况请马上打 {call}，这里不能代替。您的邮件已收到，编号 {number}，查询码 {code}。"),
        _("共治：紧急情况请马上打电话"), urgent=True,
    ),
)  # fmt: skip

#: To colleagues.
TO_STAFF = (
    Purpose(
        "workorders.reminded", "promises", _("工单 {number}“{promise}”的时间已用 {mark}%，请尽快处理。"), _STAFF,
        stale=timedelta(days=1),
    ),
    Purpose("workorders.missed", "promises", _("工单 {number}“{promise}”已经超时，请马上处理。"), _STAFF),
    Purpose("workorders.urge", "orders", _("工单 {number} 有人催办，请尽快处理。"), _STAFF),
    Purpose("workorders.supervise", "orders", _("工单 {number} 已列入督办，请按时反馈。"), _STAFF),
    Purpose("workorders.remark", "orders", _("工单 {number} 有领导批示，请查看。"), _STAFF),
    Purpose("workorders.report_back", "orders", _("督办的工单 {number} 有反馈了，请查看。"), _STAFF),
    Purpose(
        "emergency.notify", "emergency", _("应急通知：{title}。请马上打开查看，并点“已读”。"), _("共治：应急通知"),
        urgent=True,
    ),
    Purpose(
        "emergency.put_on_duty", "emergency", _("您有应急值守，{begins} 到 {ends}，请打开查看。"), _("共治：应急值守"),
        urgent=True,
    ),
)  # fmt: skip

#: The purposes by which the order's page says how messages to its reporter stand: purpose → what it was about.
TOLD_RESIDENT = {
    "workorders.pass_check": _("有答复"),
    "joined": _("一起办的有结果"),
    "workorders.ask_resident": _("请补充"),
    "workorders.grant_extension": _("延期"),
    "workorders.grant_suspension": _("暂缓"),
    "workorders.grant_void": _("作废"),
    "workorders.decline": _("不受理"),
}


def register_all() -> None:
    """Let the notices know them."""
    register(*TO_RESIDENTS, *TO_LETTERS, *TO_STAFF)
