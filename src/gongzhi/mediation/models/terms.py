"""How long things take in this room: a table that the town may change. Not sealed: it says nothing of a case."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Span(models.TextChoices):
    """In what a term is counted. Days and months are calendar ones, their last day moved past days of rest."""

    MONTHS = "months", _("个月")
    DAYS = "days", _("日")
    WORK_DAYS = "work_days", _("个工作日")
    YEARS = "years", _("年")


class Duration(models.Model):
    """How long a promise of this room is, or how long a docket is kept (``keep``); ``source`` names the rule."""

    promise = models.CharField(max_length=20, primary_key=True)
    amount = models.PositiveSmallIntegerField()
    span = models.CharField(max_length=10, choices=Span.choices)
    marks = ArrayField(models.PositiveSmallIntegerField(), default=list)
    source = models.CharField(max_length=120, blank=True)


class NewDuration(models.Model):
    """How long a promise is from a day on; the newest day that has come counts. ``Duration`` is what came with the platform.

    What began earlier keeps the term it began with."""

    promise = models.CharField(max_length=20)
    starts_on = models.DateField()
    amount = models.PositiveSmallIntegerField()
    span = models.CharField(max_length=10, choices=Span.choices)
    marks = ArrayField(models.PositiveSmallIntegerField(), default=list)
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["promise", "starts_on"]
        constraints = [models.UniqueConstraint(fields=["promise", "starts_on"], name="one_duration_a_day")]
