"""What a key for a program may be for in this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gongzhi.people.scopes import READ, WRITE, Scope, register


def register_all() -> None:
    """Enter the room's scopes."""
    register(
        Scope("orders.read", _("看工单"), READ),
        Scope("orders.report", _("反映新的事"), WRITE),
        Scope("orders.steps", _("办理工单，每一步都按您的岗位"), WRITE),
        Scope("events.read", _("读取工单动态"), READ),
        Scope("events.push", _("让平台把动态推送给程序"), WRITE),
    )
