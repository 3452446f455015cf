"""The rows of the knowledge base: articles as they stand, and every version they ever had.

A category is kept as its code, not as a key: categories belong to a room above, which may be absent.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry, Thread
from gongzhi.territory.models import Division


class Status(models.TextChoices):
    """Where an article stands."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class Jurisdiction(models.TextChoices):
    """Whose rules an answer speaks of."""

    CN = "CN", _("内地")
    HK = "HK", _("香港")
    MO = "MO", _("澳门")


class Content(models.Model):
    """What somebody writes in an article, and what a version keeps.

    ``valid_until`` is the last day the answer holds; empty means until further notice.
    """

    question = models.CharField(max_length=200)
    ways = ArrayField(models.CharField(max_length=200), default=list)
    answer = models.TextField(max_length=5000)
    category_code = models.CharField(max_length=12, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    jurisdiction = models.CharField(max_length=2, choices=Jurisdiction.choices, default=Jurisdiction.CN)
    source = models.CharField(max_length=120, blank=True)
    source_url = models.CharField(max_length=400, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    stale_after_days = models.PositiveSmallIntegerField(default=180)

    class Meta:
        abstract = True


class Article(Content):
    """A question with its answer as it stands now; ``pk`` is the key of its thread.

    ``stale_on`` is the first day on which somebody should look again: the earlier of ``reviewed_on`` +
    ``stale_after_days`` and the day after ``valid_until``. The two counters are all that is kept of readers.
    """

    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, primary_key=True, related_name="+")
    code = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    reviewed_on = models.DateField()
    stale_on = models.DateField()
    changed_at = models.DateTimeField()
    words = ArrayField(models.TextField(), default=list)
    helped = models.PositiveIntegerField(default=0)
    helped_not = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            # The staff's list: what must be looked at first.
            models.Index(fields=["status", "stale_on", "thread"], name="articles_by_staleness"),
            # The public pages: one topic and those below it.
            models.Index(
                fields=["category_code"], name="articles_by_topic", condition=Q(status=Status.PUBLISHED),
                opclasses=["text_pattern_ops"],
            ),
            # Search: all grams of the question must be there.
            GinIndex(fields=["words"], name="articles_by_words"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.question


class Version(Content):
    """An article as it stood from one entry on. Rows are only added."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_row_per_version")]
