"""Registers the observation window with Django, and its pages with the navigation."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObservationConfig(AppConfig):
    name = "gongzhi.observation"
    label = "observation"
    verbose_name = "Observation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.observation.policies import WINDOW

        def may(verb: str) -> Any:
            return lambda actor: WINDOW.may(actor, verb, None)

        register(
            NavItem(
                "board", _("大屏"), "observation:board", "chart-bar", order=60, group="overview", who=may("look"),
                within=("observation:behind", "observation:maps"),
            )
        )  # fmt: skip
        register(
            NavItem(
                "briefs", _("简报"), "observation:briefs", "file-text", order=65, group="overview", who=may("look"),
                within=("observation:brief", "observation:brief_form", "observation:reports", "observation:report"),
            )
        )  # fmt: skip
