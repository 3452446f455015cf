"""The sentences that leave this room: a number, and where to look. Never a word, a name or a subject."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from gongzhi.notices.purposes import Purpose, register


def register_all() -> None:
    """Make them known."""
    register(
        Purpose("mediation.news", "cases", _("您的调解案件 {number} 有新进展，请登录查看。"), _("共治：您的调解案件")),
        Purpose("mediation.asked", "cases", _("您的调解案件 {number} 需要您答复，请登录查看。"), _("共治：您的调解案件")),
        Purpose(
            "mediation.invited", "",
            _("请您参加人民调解，编号 {number}。用这个手机号登录后，就能看到和答复。参加与否由您决定，不收费。"),
            _("共治：请您参加调解"),
        ),
        Purpose(
            "mediation.reminded", "promises", _("调解案件 {number} 有一项时限快到了或已超过，请登录查看。"), _("共治：调解时限"),
        ),
        Purpose(
            "mediation.looked_in", "cases", _("有人按规定特殊查看了您参与的调解案件 {number}，理由在案件页面上。"),
            _("共治：特殊查看"),
        ),
        Purpose(
            "mediation.sign", "",
            _("您正在签调解协议 {number}（文本摘要 {digest}），验证码 {code}，10 分钟内有效。不是您本人在签，请不要告诉别人。"),
            _("共治：签名验证码"), urgent=True, stale=timedelta(minutes=10),
        ),
    )  # fmt: skip
