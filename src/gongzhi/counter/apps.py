"""Registers the front desk with Django."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    name = "gongzhi.counter"
    label = "counter"
    verbose_name = "Counter"
