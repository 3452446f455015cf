"""Registers the territory with Django."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "gongzhi.territory"
    label = "territory"
    verbose_name = "Territory"
    default_auto_field = "django.db.models.BigAutoField"
