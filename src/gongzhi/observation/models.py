"""What this window keeps: numbers for a moment, briefs, the forms of briefs and reports, and how many people live where.

No matter and no name of a resident is here. A published brief is locked by the database (migration 0001).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.territory.models import Division


class Kept(models.Model):
    """Numbers counted a moment ago, so that ten screens cost one count."""

    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    content = models.JSONField()


class Every(models.TextChoices):
    """How often a brief appears."""

    DAY = "day", _("日报")
    WEEK = "week", _("周报")
    MONTH = "month", _("月报")


class Brief(models.Model):
    """A brief of a division for a day, week or month (``ends_on`` not included). ``figures`` is what was counted,
    ``sections`` what is written: [{"code", "heading", "text", "made"}], ``made`` being the machine's own words. What has been
    published stays; a mistake is corrected by the next ``edition``.
    """

    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    every = models.CharField(max_length=6, choices=Every.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    edition = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=120)
    counted_at = models.DateTimeField()
    figures = models.JSONField()
    sections = models.JSONField()
    changes = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    digest = models.CharField(max_length=64, blank=True)
    word = models.BinaryField(null=True)
    pdf = models.BinaryField(null=True)

    class Meta:
        ordering = ["-starts_on", "every", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "kind", "every", "starts_on", "edition"], name="one_brief_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_on")), name="a_brief_begins_before_it_ends"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | (~Q(digest="") & Q(word__isnull=False) & Q(pdf__isnull=False)),
                name="published_briefs_are_whole",
            ),
        ]


class BriefForm(models.Model):
    """A street's own Word form for its briefs; the newest counts."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class ReportPlan(models.Model):
    """What a superior asks for again and again: which rows, which figures, over which time, in whose form."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    rows = models.CharField(max_length=12)
    figures = ArrayField(models.CharField(max_length=20))
    every = models.CharField(max_length=6, choices=Every.choices, default=Every.MONTH)
    narrow = models.JSONField(default=dict)
    form_name = models.CharField(max_length=120, blank=True)
    form = models.BinaryField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]


class Headcount(models.Model):
    """How many people live in a division, from whom and as of when: without it nothing is told per thousand."""

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="+")
    people = models.PositiveIntegerField()
    counted_on = models.DateField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["division", "counted_on"], name="one_headcount_per_day"),
            models.CheckConstraint(condition=Q(people__gt=0), name="headcounts_are_positive"),
        ]
