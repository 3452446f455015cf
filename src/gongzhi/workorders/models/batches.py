"""The rows of a batch act (批量办理): one step for many orders, and what happened to each of them.

A batch is sent once: its key comes with the form. The words of its step are forgotten when it is done; they then stand
in the records of the orders. Which steps can be taken so, and how: ``batch_steps.py`` and ``actions/batching.py``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """One step for many orders. ``said`` are the values of its form as JSON; empty once ``done_at`` is set."""

    key = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=20)
    said = models.JSONField(default=dict)
    back = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="one_batch_per_key")]
        indexes = [models.Index(fields=["at"], name="batch_by_age")]


class BatchItem(models.Model):
    """What happened to one order of a batch. ``seen`` is the length of its record when it was chosen."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("等待办理")
        DONE = "done", _("已办理")
        REFUSED = "refused", _("没有办理")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    seen = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "order"], name="an_order_once_in_a_batch"),
            models.CheckConstraint(condition=Q(sentence="") | ~Q(state="waiting"), name="said_when_tried"),
        ]
        indexes = [
            models.Index(fields=["batch", "place"], condition=Q(state="waiting"), name="batch_waiting")
        ]
