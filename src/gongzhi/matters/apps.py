"""Registers the spine with Django, and lets every installed room declare its kinds."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class MattersConfig(AppConfig):
    name = "gongzhi.matters"
    label = "matters"
    verbose_name = "Matters"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.journal import news
        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.matters import kinds
        from gongzhi.matters.policies import OFFERS
        from gongzhi.people import scopes

        for app in apps.get_app_configs():
            if app.name.startswith("gongzhi.") and find_spec(f"{app.name}.kind"):
                kinds.register(import_module(f"{app.name}.kind").KIND)
        news.collect()
        scopes.register(scopes.Scope("topics.read", _("看本辖区的议题建议"), scopes.READ))
        register(
            NavItem(
                "topics", _("议题建议"), "matters:topics", "message-plus", order=52, group="together",
                who=lambda actor: OFFERS.may(actor, "see", None), within=("matters:topic",),
            )
        )  # fmt: skip
        register(
            NavItem(
                "stories",
                _("案例"),
                "matters:stories",
                "book",
                place="footer",
                order=45,
                within=("matters:story",),
            )
        )
