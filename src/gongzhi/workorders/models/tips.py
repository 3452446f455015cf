"""The rows of tips (线索): behind row-level security, see the migration. Who gave one is kept nowhere."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.territory.models import Division


class TipKind(models.TextChoices):
    """What a tip is about."""

    FIRE = "fire", _("火灾隐患")
    THEFT = "theft", _("盗窃")
    FRAUD = "fraud", _("诈骗")


class TipState(models.TextChoices):
    """How a tip stands."""

    NEW = "new", _("待转公安")
    PASSED = "passed", _("已转公安")
    ENDED = "ended", _("有结果")


class TipOutcome(models.TextChoices):
    """What became of it."""

    PREVENTED = "prevented", _("避免了损失")
    CONFIRMED = "confirmed", _("属实，已处理")
    KNOWN = "known", _("公安已经掌握")
    UNFOUNDED = "unfounded", _("没有发现问题")


class Tip(models.Model):
    """A tip for the police. ``held_by`` are the organisations (the order centre) whose clerks may read it.

    The key is made here rather than by the database, because nobody who leaves one may read it back. ``loss_avoided``
    is in whole yuan. The thread has no words: only what was done, and when.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="tip")
    kind = models.CharField(max_length=6, choices=TipKind.choices)
    words = models.TextField()
    place = models.CharField(max_length=200, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    from_grid = models.BooleanField(default=False)
    held_by = ArrayField(models.BigIntegerField(), default=list)
    code_digest = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=6, choices=TipState.choices, default=TipState.NEW)
    given_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=10, choices=TipOutcome.choices, blank=True)
    outcome_words = models.TextField(blank=True)
    loss_avoided = models.PositiveBigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    edits = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-given_at"]
        indexes = [models.Index(fields=["state", "given_at"], name="tips_by_state")]
