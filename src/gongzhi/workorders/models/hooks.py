"""The rows of news for other programs: events in the order in which they can be read, who wants them pushed, and what was
given up. No words of a matter and nothing personal is in any of them.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.people.models import Token
from gongzhi.territory.models import Division


class Event(models.Model):
    """Something happened to an order. The key is the place in the stream: whoever has read up to one has missed none
    before it (``actions.events`` writes them one after the other). ``entry`` is the act; a second event of the same act
    is impossible. ``state`` is where the act has brought the order.
    """

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="+")
    entry = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=20)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        # What may be forgotten now.
        indexes = [models.Index(fields=["recorded_at"], name="events_by_moment")]


class Gathered(models.Model):
    """How far the journal had been read for events, and when. A few rows; the oldest that counts is some minutes old."""

    entry = models.BigIntegerField()
    at = models.DateTimeField()


class HookState(models.TextChoices):
    """Whether events are pushed. ``lost``: the other side has not answered for days; ``void``: the key is no longer good;
    ``held``: an administrator has stopped it, and its owner cannot start it again."""

    ON = "on", _("正在推送")
    OFF = "off", _("已停")
    LOST = "lost", _("对方长时间不应答，已停")
    VOID = "void", _("钥匙已失效，已停")
    HELD = "held", _("管理员已停")


class Hook(models.Model):
    """A program that wants events pushed to an address. It is told what its account may see, of some kinds and one area.

    ``done`` is the last event that was pushed, left out or given up. Its signing key is computed from ``pk`` and
    ``edition``, never kept. ``failing_since`` and ``tries`` are of the present run of failures; ``event_tries`` of the
    event that the other side refuses.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=12), default=list)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    edition = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=4, choices=HookState.choices, default=HookState.ON)
    since = models.DateTimeField()
    done = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    event_tries = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="on"), name="hooks_to_push")]


class Miss(models.Model):
    """An event that the other side refused until it was given up; it can be sent again by a button."""

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="misses")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    fault = models.CharField(max_length=60)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["hook", "event"], name="given_up_once")]
