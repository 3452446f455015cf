"""Registers the mediation room with Django."""

from django.apps import AppConfig


class MediationConfig(AppConfig):
    name = "gongzhi.mediation"
    label = "mediation"
    verbose_name = "Mediation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.mediation.policies import receives_for
        from gongzhi.mediation.words import messages

        for item in (
            NavItem("cases", _("调解"), "mediation:mine", "heart-handshake", order=25,
                    who=lambda actor: bool(receives_for(actor)), within=("mediation:new", "mediation:case")),
            NavItem("cases", _("我的调解"), "mediation:mine", "heart-handshake", place="account", order=30,
                    who=lambda actor: getattr(actor, "account_id", None) is not None),
        ):  # fmt: skip
            register(item)
        messages.register_all()
