"""The rows of paper forms: batches that were printed with numbers, and the forms that came back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gongzhi.territory.models import Division


class SheetBatch(models.Model):
    """Forms printed for a community: numbers ``first`` … ``first + count − 1`` of their street. ``given`` were given out,
    ``missing`` are known to be lost; those that came back are counted from their rows."""

    street = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    first = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    given = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    place = models.CharField(max_length=80, blank=True)
    printed_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-printed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["street", "first"], name="one_batch_per_first_number"),
            models.CheckConstraint(
                condition=Q(given__lte=F("count"), missing__lte=F("given")), name="no_more_forms_than_printed"
            ),
        ]


class Sheet(models.Model):
    """One form that came back, and its order. A number is used once."""

    batch = models.ForeignKey(SheetBatch, on_delete=models.PROTECT, related_name="sheets")
    street = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    serial = models.PositiveIntegerField()
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.PROTECT, related_name="sheets")
    used_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["street", "serial"], name="one_order_per_form")]
