"""Registers papers with Django, their pages with the navigation, and their digests with ``gongzhi verify``."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "gongzhi.papers"
    label = "papers"
    verbose_name = "Papers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.journal import proofs
        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.papers.policies import DOORS
        from gongzhi.papers.queries import recognise

        proofs.register(recognise)
        register(
            NavItem(
                "papers", _("文书模板"), "papers:forms", "file-text", order=70, group="tables",
                who=lambda actor: DOORS.may(actor, "look", None), within=("papers:form",),
            )
        )  # fmt: skip
        register(
            NavItem("check_paper", _("核对文书"), "papers:check", "shield-check", place="footer", order=30)
        )
