"""Registers the work orders with Django."""

from django.apps import AppConfig


class WorkOrdersConfig(AppConfig):
    name = "gongzhi.workorders"
    label = "workorders"
    verbose_name = "Work orders"
    default_auto_field = "django.db.models.BigAutoField"
