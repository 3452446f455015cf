"""The sentences that leave this room: a number, and where to look. Never a word, a name or a subject."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gongzhi.notices.purposes import Purpose, register


def register_all() -> None:
    """Make them known."""
    register(
        Purpose("mediation.news", "cases", _("您的调解案件 {number} 有新进展，请登录查看。"), _("共治：您的调解案件")),
        Purpose("mediation.asked", "cases", _("您的调解案件 {number} 需要您答复，请登录查看。"), _("共治：您的调解案件")),
        Purpose(
            "mediation.reminded", "promises", _("调解案件 {number} 有一项时限快到了或已超过，请登录查看。"), _("共治：调解时限"),
        ),
        Purpose(
            "mediation.looked_in", "cases", _("有人按规定特殊查看了您参与的调解案件 {number}，理由在案件页面上。"),
            _("共治：特殊查看"),
        ),
    )  # fmt: skip
