"""Registers the meetings with Django, and their page with the navigation."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "gongzhi.meetings"
    label = "meetings"
    verbose_name = "Meetings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.meetings import readers
        from gongzhi.meetings.policies import is_staff

        readers.register_all()
        register(
            NavItem(
                "meetings",
                _("会议"),
                "meetings:mine",
                "calendar",
                order=60,
                group="together",
                who=is_staff,
                within=("meetings",),
            )
        )
        register(
            NavItem(
                "meetings", _("会议"), "meetings:mine", "calendar", place="account", order=15, who=is_staff
            )
        )
