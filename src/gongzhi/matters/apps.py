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
        from gongzhi.journal import news
        from gongzhi.matters import kinds

        for app in apps.get_app_configs():
            if app.name.startswith("gongzhi.") and find_spec(f"{app.name}.kind"):
                kinds.register(import_module(f"{app.name}.kind").KIND)
        news.collect()
