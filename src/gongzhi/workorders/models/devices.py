"""The rows of devices: the register, the storms of events that are one order each, single events, and what was heard.

No secret is kept here, and nothing that a person said.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class DeviceKind(models.TextChoices):
    """What a device watches. Never people: there are no cameras here."""

    WATER = "water", _("水位计")
    FIRE = "fire", _("火灾报警")
    BARRIER = "barrier", _("道闸")
    AIR = "air", _("空气监测")
    OTHER = "other", _("其他设备")


class Device(models.Model):
    """A device that reports by itself. Its secret is made from the installation's key, ``code`` and ``edition``, so that
    none is stored: a new edition makes the old secret void.

    A value from ``alarm_at`` on is an alarm, from ``serious_at`` on one of ``serious_category``; with ``falling`` it is the
    low values that are bad. Alarms go by the table of responsibilities unless ``to_owner``. ``silent_at`` is the moment
    from which silence counts: twice ``expected_minutes`` after the last word.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=DeviceKind.choices)
    street = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=120, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    to_owner = models.BooleanField(default=False)
    category = models.ForeignKey("workorders.Category", on_delete=models.PROTECT, related_name="+")
    serious_category = models.ForeignKey(
        "workorders.Category", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    measure = models.CharField(max_length=12, blank=True)
    alarm_at = models.FloatField(null=True, blank=True)
    serious_at = models.FloatField(null=True, blank=True)
    falling = models.BooleanField(default=False)
    expected_minutes = models.PositiveIntegerField(null=True, blank=True)
    edition = models.PositiveSmallIntegerField(default=1)
    since = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=120, blank=True)
    last_seen_at = models.DateTimeField(null=True)
    last_value = models.FloatField(null=True)
    tested_at = models.DateTimeField(null=True)
    silent_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["code"]
        indexes = [
            # Whose silence counts from now on.
            models.Index(
                fields=["silent_at"], condition=Q(silent_at__isnull=False), name="device_silent_from"
            )
        ]


class EpisodeKind(models.TextChoices):
    """What an episode is made of."""

    ALARM = "alarm", _("报警")
    SILENCE = "silence", _("没有信号")


class Episode(models.Model):
    """All events of a device from the first alarm until its order is shut: one order. Or one silence, until it speaks.

    ``folded``, ``folded_first_at`` … are what events told that are no longer kept one by one; everything newer is counted
    from the events themselves, so that none of them waits for another.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="episodes")
    kind = models.CharField(max_length=8, choices=EpisodeKind.choices)
    order = models.ForeignKey(
        "workorders.WorkOrder", on_delete=models.PROTECT, null=True, related_name="episodes"
    )
    began_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    folded = models.PositiveBigIntegerField(default=0)
    folded_first_at = models.DateTimeField(null=True)
    folded_last_at = models.DateTimeField(null=True)
    folded_worst = models.FloatField(null=True)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "kind"], condition=Q(ended_at=None), name="one_open_episode"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="an_episode_ends_after_it_began",
            ),
        ]


class DeviceEvent(models.Model):
    """One alarm of a device. ``key`` is the device's own number of it: sent again, it is not counted again."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="events", db_index=False)
    key = models.CharField(max_length=80)
    value = models.FloatField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "key"], name="one_event_per_key")]
        # How often, from when until when, and the worst: from the index alone.
        indexes = [models.Index(fields=["episode", "at"], include=["value"], name="events_of_episode")]


class DeviceNonce(models.Model):
    """A message was heard: the same message is not heard twice. Kept as long as its signature is good."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+", db_index=False)
    nonce = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "nonce"], name="one_message_per_nonce")]
        indexes = [models.Index(fields=["at"], name="nonces_to_forget")]
