"""The rows of whistles (吹哨报到) and joint operations (联动): what a meeting of several departments is about.

Time, place, answers, attendance and minutes are the meeting's; here are its orders, the objects to be inspected, and
how long each kind gives for an answer.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry
from gongzhi.meetings.models import Meeting
from gongzhi.people.models import Organisation


class CalloutKind(models.TextChoices):
    """Why several departments are called to one place."""

    WHISTLE = "whistle", _("吹哨")
    OPERATION = "operation", _("联合行动")


class Callout(models.Model):
    """Several departments called to one place at one time. Its key is its meeting's key, and so its thread's.

    ``role`` is the post under which it was called; ``answer_due_at`` the moment until which each had to answer.
    """

    meeting = models.OneToOneField(
        Meeting, on_delete=models.PROTECT, primary_key=True, related_name="callout"
    )
    kind = models.CharField(max_length=10, choices=CalloutKind.choices)
    role = models.CharField(max_length=20)
    called_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    orders = models.ManyToManyField("workorders.WorkOrder", through="CalloutOrder", related_name="callouts")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        # The list of whistles and operations, newest first.
        indexes = [models.Index(fields=["-called_at"], name="callout_newest")]


class CalloutOrder(models.Model):
    """An order that a callout is about, or one that followed from it."""

    class Part(models.TextChoices):
        """Which of the two."""

        ABOUT = "about", _("事由")
        FOLLOW_UP = "follow_up", _("后续")

    callout = models.ForeignKey(Callout, on_delete=models.CASCADE, related_name="order_rows")
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="callout_rows")
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.ABOUT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["callout", "order"], name="one_part_of_an_order")]


class Found(models.TextChoices):
    """What an inspection found."""

    NOT_YET = "", _("未检查")
    FINE = "fine", _("没有问题")
    MENDED = "mended", _("当场整改")
    FAULT = "fault", _("有问题待办")
    SHUT = "shut", _("没有开门")


class CalloutObject(models.Model):
    """Something to be inspected in an operation: a shop, a site, a rented house; never a person.

    ``group`` is its class (餐饮店, 建筑工地 …): coverage is counted per class. ``said`` is the entry with the words of
    whoever inspected it; ``edits`` tells two inspectors at one instant apart.
    """

    callout = models.ForeignKey(Callout, on_delete=models.CASCADE, related_name="objects_listed")
    group = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    place = models.CharField(max_length=120, blank=True)
    found = models.CharField(max_length=8, choices=Found.choices, blank=True, default=Found.NOT_YET)
    inspected_at = models.DateTimeField(null=True)
    inspected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    inspected_for = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    said = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.SET_NULL, null=True, related_name="+")
    edits = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["group", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["callout", "group", "name", "place"], name="one_object_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(found="", inspected_at=None) | ~Q(found="") & Q(inspected_at__isnull=False),
                name="inspected_means_found",
            ),
        ]


class CalloutLimit(models.Model):
    """How long each kind of callout gives for an answer, in clock hours or working hours."""

    kind = models.CharField(max_length=10, choices=CalloutKind.choices, unique=True)
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=12)
    note = models.CharField(max_length=200, blank=True)
