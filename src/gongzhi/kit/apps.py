"""The kit as a Django app. No start-up work beyond registering its system checks."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "gongzhi.kit"
    label = "kit"
    verbose_name = "kit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongzhi.kit import checks  # noqa: F401  (registers the checks)
