"""Registers the demo town with Django, and its accounts with the staff's door."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "gongzhi.demo"
    label = "demo"
    verbose_name = "Demo town"

    def ready(self) -> None:
        from django.apps import apps

        from gongzhi.counter import showcase

        if apps.is_installed("gongzhi.workorders"):  # without it there is no town to lay
            showcase.offer(_shown_accounts)


def _shown_accounts() -> list[tuple[str, str, str]]:
    """Login, part and password of the accounts worth playing, once the town stands."""
    from gongzhi.demo import laying
    from gongzhi.people.models import Account

    logins = [shown.login for shown in laying.SHOWN]
    there = set(Account.objects.filter(login__in=logins, is_active=True).values_list("login", flat=True))
    return [(shown.login, shown.part, laying.password()) for shown in laying.SHOWN if shown.login in there]
