"""The sentences that go out. No words of a matter, no names: a number, and where to look."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "sign_in": _("您的登录验证码是 {code}，10 分钟内有效。不要告诉别人。"),
    "mail_taken": _(
        "您的邮件已收到，编号 {number}，查询码 {code}。用查询码可以看进展；要补充，直接回复这封邮件，保留查询码。"
    ),
    "mail_emergency": _(
        "紧急情况请马上打 {call}，这里不能代替。您的邮件已收到，编号 {number}，查询码 {code}。"
    ),
    "workorders.pass_check": _("您反映的事（{number}）有答复了。请用查询码或登录查看，并告诉我们是否解决。"),
    "joined": _("您反映的事（{number}）与另一件一起办理，现在有结果了。请用查询码或登录查看。"),
    "workorders.ask_resident": _("您反映的事（{number}）需要您补充一些情况。请用查询码或登录查看。"),
    "workorders.grant_extension": _("您反映的事（{number}）办理时间延长了，原因请用查询码或登录查看。"),
    "workorders.grant_suspension": _(
        "您反映的事（{number}）现在还办不了，原因和复查的日子请用查询码或登录查看。"
    ),
    "workorders.grant_void": _("您反映的事（{number}）已作废，原因请用查询码或登录查看。"),
    "workorders.decline": _("您反映的事（{number}）没有受理，原因请用查询码或登录查看。"),
}
