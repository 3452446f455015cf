"""Registers the front desk with Django, and its pages with the navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CounterConfig(AppConfig):
    name = "gongzhi.counter"
    label = "counter"
    verbose_name = "Counter"

    def ready(self) -> None:
        from gongzhi.kit.navigation import NavItem, register

        def signed_in(actor: object) -> bool:
            return getattr(actor, "account_id", None) is not None

        register(NavItem("home", _("首页"), "counter:home", "home", place="resident", order=10))
        register(NavItem("map", _("地图"), "counter:map", "map-2", place="resident", order=20))
        register(
            NavItem(
                "report", _("我要反映"), "workorders:report", "message-plus", place="resident", order=30, main=True,
                within=("workorders:topics", "workorders:report_done"),
            )
        )  # fmt: skip
        register(
            NavItem(
                "mine", _("我的"), "counter:mine", "clipboard-list", place="resident", order=40,
                within=("workorders:order", "workorders:enter_code", "workorders:code", "workorders:act"),
            )
        )  # fmt: skip
        register(
            NavItem(
                "account",
                _("我的账号"),
                "counter:account",
                "user-circle",
                place="account",
                order=10,
                who=signed_in,
            )
        )
        register(
            NavItem(
                "my-matters",
                _("我的事项"),
                "counter:mine",
                "clipboard-list",
                place="account",
                order=20,
                who=signed_in,
            )
        )
        register(
            NavItem(
                "follow", _("我关注的"), "counter:follow", "eye", place="account", order=25, who=signed_in
            )
        )
        register(NavItem("follow", _("关注与订阅"), "counter:follow", "world", place="footer", order=20))
        register(
            NavItem("code", _("用查询码看进度"), "workorders:enter_code", "search", place="footer", order=10)
        )
