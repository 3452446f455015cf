"""What a device has delivered: which step it took under which key, so that a second delivery finds the first.

Reports need no row here: an order carries its own key (``source``, ``source_key``).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gongzhi.workorders.models.orders import WorkOrder


class Delivery(models.Model):
    """One step that arrived from a device. ``key`` was made on the device.

    ``content`` is a keyed digest of all that was said, ``entry`` the position of its entry, ``position`` the length of the order's record after the step,
    ``done_at`` when it was done by our clock and ``ahead`` by how many seconds the device's clock was ahead.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="deliveries")
    verb = models.CharField(max_length=20)
    content = models.CharField(max_length=32)
    entry = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    ahead = models.BigIntegerField(default=0)
    arrived_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="one_step_per_key")]
