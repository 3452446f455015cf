"""Registers the knowledge base with Django, and its pages with the navigation."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "gongzhi.knowledge"
    label = "knowledge"
    verbose_name = "Knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.knowledge.policies import DOORS

        register(
            NavItem(
                "knowledge", _("问答"), "knowledge:house", "help", order=60,
                who=lambda actor: DOORS.may(actor, "open_house", None),
                within=("knowledge:house_article", "knowledge:write", "knowledge:change", "knowledge:take_in"),
            )
        )  # fmt: skip
        register(NavItem("questions", _("大家常问"), "knowledge:home", "help", place="footer", order=5))
