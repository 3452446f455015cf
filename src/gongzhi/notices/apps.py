"""Registers the notices with Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "gongzhi.notices"
    label = "notices"
    verbose_name = "Notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.people import scopes

        scopes.register(
            scopes.Scope("notices.read", _("看自己的通知"), scopes.READ),
            scopes.Scope("notices.write", _("把自己的通知标为已读"), scopes.WRITE),
        )

        def signed_in(actor: object) -> bool:
            return getattr(actor, "account_id", None) is not None

        register(
            NavItem("notices", _("通知"), "notices:inbox", "bell", place="account", order=20, who=signed_in,
                    within=("notices:choices",))
        )  # fmt: skip
