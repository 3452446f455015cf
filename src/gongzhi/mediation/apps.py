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
        from gongzhi.mediation import books
        from gongzhi.mediation.papers.layouts import LAYOUTS
        from gongzhi.mediation.policies import receives_for
        from gongzhi.mediation.register_policies import REGISTER
        from gongzhi.mediation.words import messages
        from gongzhi.papers import layouts

        for item in (
            NavItem("cases", _("调解"), "mediation:mine", "heart-handshake", order=25,
                    who=lambda actor: bool(receives_for(actor)), within=("mediation:new", "mediation:case")),
            NavItem("cases", _("我的调解"), "mediation:mine", "heart-handshake", place="account", order=30,
                    who=lambda actor: getattr(actor, "account_id", None) is not None),
            NavItem("committees", _("调委会"), "mediation:committees", "users", order=74, group="tables",
                    who=lambda actor: REGISTER.may(actor, "see_register", None),
                    within=("mediation:committee", "mediation:committee_new", "mediation:mediators", "mediation:mediator",
                            "mediation:mediator_new", "mediation:mediators_import", "mediation:declare",
                            "mediation:coverage", "mediation:duty", "mediation:station", "mediation:station_new",
                            "mediation:terms", "mediation:term")),
            NavItem("mediation_figures", _("调解统计"), "mediation:figures", "chart-bar", order=66, group="overview",
                    who=lambda actor: REGISTER.may(actor, "see_figures", None),
                    within=("mediation:ledger", "mediation:campaign", "mediation:self_help", "mediation:petitions")),
            NavItem("nearby", _("身边的调解员"), "mediation:nearby", "heart-handshake", place="footer", order=40),
        ):  # fmt: skip
            register(item)
        books.register_all()
        messages.register_all()
        layouts.register(*LAYOUTS)
