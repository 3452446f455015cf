"""The rows of the evaluation: formulas with their versions, what was published of a month, and appeals against it.

A published version is never changed. Whatever is decided later makes the next version; the old one stays beside it.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class Formula(models.Model):
    """A version of the formula. ``told`` is what :meth:`civics.standing.Formula.read` takes.

    It holds from the month ``starts_on`` (its first day) until a newer one does; without one it is a draft, which must
    have been tried on a month (``tried_month``) before it takes effect. In force it is never edited.
    """

    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=60)
    told = models.JSONField()
    note = models.TextField(blank=True)
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    tried_month = models.DateField(null=True)
    tried_at = models.DateTimeField(null=True)
    starts_on = models.DateField(null=True, unique=True)
    enforced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(tried_month__isnull=False) | Q(made_by=None),
                name="a_formula_is_tried_before_it_holds",
            )
        ]


class Publication(models.Model):
    """The evaluation of an area's units for a month (its first day), in one version. All versions share a thread."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    version = models.PositiveSmallIntegerField()
    formula = models.ForeignKey(Formula, on_delete=models.PROTECT, related_name="publications")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-month", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["area", "month", "version"], name="one_publication_per_version")
        ]


class Result(models.Model):
    """One unit in a publication: the figures counted, each line of the formula as it was computed, score and place.

    ``peers`` is the group of units it was compared with; ``place`` is its rank among them (None without a score).
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="results")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    peers = models.CharField(max_length=20)
    figures = models.JSONField()
    lines = models.JSONField()
    score = models.FloatField(null=True)
    place = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["peers", "place", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "unit"], name="one_result_per_unit"),
        ]


class AppealState(models.TextChoices):
    """How an appeal stands."""

    PENDING = "pending", _("等待决定")
    GRANTED = "granted", _("已采纳")
    REFUSED = "refused", _("未采纳")


class Appeal(models.Model):
    """A unit says that matters should not have been counted for it, and a leader decides.

    ``matters`` are those it names, ``granted`` those that are taken out of the unit's figures from then on.
    """

    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="appeals")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    words = models.TextField()
    matters = ArrayField(models.BigIntegerField())
    state = models.CharField(max_length=8, choices=AppealState.choices, default=AppealState.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    granted = ArrayField(models.BigIntegerField(), default=list)
    led_to = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["result"], condition=Q(state="pending"), name="one_pending_appeal_per_result"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="an_appeal_is_decided_at_a_moment",
            ),
        ]
