"""Registers the journal with Django."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "gongzhi.journal"
    label = "journal"
    verbose_name = "Journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.journal.books import tables_for
        from gongzhi.kit.navigation import NavItem, register

        register(
            NavItem(
                "changes", _("改动"), "journal:changes", "history", order=95, group="tables",
                who=lambda actor: bool(tables_for(actor)), within=("journal:changes_of",),
            )
        )  # fmt: skip
