"""The rows of emergency mode (应急): the switch itself, orders on hold, the reception board, notices, the record."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class EmergencyKind(models.TextChoices):
    """What it is about."""

    TYPHOON = "typhoon", _("台风")
    FLOOD = "flood", _("暴雨内涝")
    OUTAGE = "outage", _("停水停电")
    OTHER = "other", _("其他突发事件")


class Emergency(models.Model):
    """Emergency mode of one area, from the moment a leader switched it on until two people have ended it.

    ``categories`` are codes of the category tree (with all below them) whose clocks change while it is on: new promises
    count clock hours, one working day as ``day_hours`` of them. Other promises stand still. ``edits`` tells two people
    acting at one instant apart. ``record`` is the text of the after-action record, ``figures`` what was counted for it.
    """

    thread = models.OneToOneField(
        Thread, on_delete=models.PROTECT, primary_key=True, related_name="emergency"
    )
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=EmergencyKind.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    categories = ArrayField(models.CharField(max_length=24), default=list)
    day_hours = models.PositiveSmallIntegerField(default=8)
    starts_at = models.DateTimeField()
    switched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    end_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    end_asked_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    record = models.TextField(blank=True)
    figures = models.JSONField(default=list)
    record_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["division"], condition=Q(ended_at=None), name="one_emergency_per_area"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | ~Q(ended_by=models.F("end_asked_by")),
                name="two_people_end_an_emergency",
            ),
        ]


class Hold(models.Model):
    """An order whose promises stand still because of an emergency, and which of them were stopped by it."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="holds")
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="holds")
    promises = ArrayField(models.CharField(max_length=20), default=list)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at=None), name="one_open_hold_per_order"
            )
        ]
        # What is left to be released.
        indexes = [models.Index(fields=["emergency"], condition=Q(ended_at=None), name="holds_to_release")]


class Shelter(models.Model):
    """A shelter: how many it can take in, and how many are there. People are counted, never named."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="shelters")
    name = models.CharField(max_length=60)
    place = models.CharField(max_length=120, blank=True)
    keeper = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    capacity = models.PositiveIntegerField()
    people = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(default=0)
    open = models.BooleanField(default=True)
    counted_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["emergency", "name"], name="one_shelter_of_a_name")]


class Supply(models.Model):
    """Something needed in an emergency: how much is there and how much is wanted."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="supplies")
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=12)
    place = models.CharField(max_length=120, blank=True)
    there = models.PositiveIntegerField()
    wanted = models.PositiveIntegerField()
    counted_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["emergency", "name", "place"], name="one_supply_of_a_name")
        ]


class Shift(models.Model):
    """Who is on duty when, and for what."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="shifts")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    task = models.CharField(max_length=60)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["begins_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("begins_at")), name="a_shift_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["emergency", "account", "begins_at"], name="one_shift_at_a_time"),
        ]


class Bulletin(models.Model):
    """A notice to organisations and posts of the area, with who has read it."""

    emergency = models.ForeignKey(Emergency, on_delete=models.CASCADE, related_name="bulletins")
    title = models.CharField(max_length=80)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]


class Receipt(models.Model):
    """One person to whom a notice went, for which organisation or as which post, and when they said they read it."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.CASCADE, related_name="receipts")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "account"], name="one_receipt_per_person")]
        # What I still have to read.
        indexes = [models.Index(fields=["account"], condition=Q(read_at=None), name="receipts_to_read")]
