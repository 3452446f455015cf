"""Registers the evaluation with Django, and its pages with the navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    name = "gongzhi.evaluation"
    label = "evaluation"
    verbose_name = "Evaluation of units"

    def ready(self) -> None:
        from gongzhi.evaluation.policies import RULES
        from gongzhi.kit.navigation import NavItem, register

        register(
            NavItem(
                "evaluation", _("评价"), "evaluation:month", "star", order=60, group="overview",
                who=lambda actor: RULES.may(actor, "read", None), within=("evaluation",),
            )
        )  # fmt: skip
