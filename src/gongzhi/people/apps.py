"""Registers the people with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "gongzhi.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from gongzhi.kit.navigation import NavItem, register
        from gongzhi.people import books
        from gongzhi.people.policies import PEOPLE

        books.register_all()

        register(
            NavItem(
                "posts", _("岗位"), "people:posts", "users", order=70, group="tables",
                who=lambda actor: PEOPLE.may(actor, "see_posts", None), within=("people:give", "people:end"),
            )
        )  # fmt: skip
        register(
            NavItem(
                "lines", _("条线"), "people:lines", "stack-2", order=72, group="tables",
                who=lambda actor: PEOPLE.may(actor, "see_lines", None), within=("people:lines_import",),
            )
        )  # fmt: skip
        register(
            NavItem(
                "keys", _("程序钥匙"), "people:keys", "link", order=76, group="tables",
                who=lambda actor: PEOPLE.may(actor, "see_keys", None),
            )
        )  # fmt: skip
