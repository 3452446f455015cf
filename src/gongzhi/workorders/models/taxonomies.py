"""The rows around the category tree: its versions, questions, wordings, and what other systems call the same things.

``models`` keeps the category itself and takes these in. A version is a list of changes; publishing writes them into
the categories, so that everything that points at a category goes on pointing at the same row.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EditionState(models.TextChoices):
    """How far a version of the category tree is."""

    DRAFT = "draft", _("草稿")
    COMING = "coming", _("待生效")
    PUBLISHED = "published", _("已发布")
    DROPPED = "dropped", _("已放弃")


class Edition(models.Model):
    """A version of the category tree. At most one is being written or waits for its day.

    ``edits`` counts its changes: what two editors compare. A coming one is applied by a job on ``starts_on``.
    """

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=60)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=EditionState.choices, default=EditionState.DRAFT)
    starts_on = models.DateField(null=True, blank=True)
    edits = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(state__in=["draft", "coming"]), name="one_open_edition"
            )
        ]
        indexes = [
            # The job that lets a version come into force.
            models.Index(fields=["starts_on"], condition=Q(state="coming"), name="coming_edition"),
        ]


class What(models.TextChoices):
    """What a version does with a category."""

    ADD = "add", _("新增")
    CHANGE = "change", _("修改")
    RETIRE = "retire", _("停用")


class Change(models.Model):
    """What a version does with one category. ``before`` is filled in when it comes into force: the tree's history."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="changes")
    code = models.CharField(max_length=24)
    what = models.CharField(max_length=8, choices=What.choices)
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="one_change_per_category"),
        ]
        indexes = [models.Index(fields=["code"], name="changes_of_category")]


class AnswerKind(models.TextChoices):
    """What an answer looks like."""

    CHOICE = "choice", _("选一项")
    NUMBER = "number", _("数字")
    YES_NO = "yes_no", _("是或否")
    TEXT = "text", _("文字")


class Question(models.Model):
    """Something more to ask about a category and everything below it. Ended and followed by a new row, not rewritten:
    an answer keeps the question it was given to.
    """

    category = models.ForeignKey("workorders.Category", on_delete=models.CASCADE, related_name="questions")
    code = models.CharField(max_length=30)
    text = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=AnswerKind.choices)
    choices = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    least = models.FloatField(null=True, blank=True)
    most = models.FloatField(null=True, blank=True)
    required = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)
    place = models.PositiveSmallIntegerField(default=100)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(ends_on=None), name="one_question_per_code"),
        ]


class Wording(models.Model):
    """A text that staff may start from when they answer, ask or decline. No category means every one."""

    category = models.ForeignKey(
        "workorders.Category", on_delete=models.CASCADE, null=True, blank=True, related_name="wordings"
    )
    step = models.CharField(max_length=20, default="answer")
    name = models.CharField(max_length=40)
    text = models.TextField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["category_id", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "step", "name"],
                condition=Q(ends_on=None),
                nulls_distinct=False,
                name="one_wording_per_name",
            ),
        ]


class CodeList(models.Model):
    """The codes of another system or standard: components and events of city management, a hotline's categories."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    source = models.CharField(max_length=200, blank=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["code"]


class OutsideCode(models.Model):
    """One code of such a list. The code above it is a prefix where the list is a tree."""

    list = models.ForeignKey(CodeList, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["list", "code"], name="one_outside_code")]


class Correspondence(models.Model):
    """Our category and one of their codes mean the same. ``rank`` 1 is the first choice, in either direction."""

    category = models.ForeignKey("workorders.Category", on_delete=models.CASCADE, related_name="+")
    outside = models.ForeignKey(OutsideCode, on_delete=models.CASCADE, related_name="ours")
    rank = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["category", "outside"], name="one_correspondence"),
        ]
