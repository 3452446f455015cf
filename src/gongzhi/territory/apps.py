"""Registers the territory with Django."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "gongzhi.territory"
    label = "territory"
    verbose_name = "Territory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.territory import books
        from gongzhi.territory.policies import GROUND

        books.register_all()

        register(
            NavItem(
                "ground", _("辖区"), "territory:ground", "stack-2", order=80, group="tables",
                who=lambda actor: GROUND.may(actor, "see_ground", None), within=("territory:borders",),
            )
        )  # fmt: skip
        register(
            NavItem(
                "places", _("地点"), "territory:places_page", "map-pin", order=82, group="tables",
                who=lambda actor: GROUND.may(actor, "see_ground", None),
                within=("territory:place", "territory:place_new", "territory:places_import"),
            )
        )  # fmt: skip
        register(
            NavItem(
                "calendar", _("日历"), "territory:calendar", "calendar", order=90, group="tables",
                who=lambda actor: GROUND.may(actor, "see_calendar", None),
            )
        )  # fmt: skip
