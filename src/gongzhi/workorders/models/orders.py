"""The rows of the work-order room: the order itself, the rule tables, ratings and imports. Requests, counter-signatures,
outside bodies and visits are in ``operations.py``.

``WorkOrder`` keeps its own copy of state, next due moment and opening moment, written by the same action as the
matter's and pinned by a test: a list must be read from one index in its order.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.matters.models import Matter
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division
from gongzhi.workorders.models.indexes import INDEXES
from gongzhi.workorders.models.operations import (
    Asking,
    Supervision,
)


class Appeal(models.TextChoices):
    """What kind of thing the resident asks for (诉求类型)."""

    CONSULT = "consult", _("咨询")
    HELP = "help", _("求助")
    COMPLAINT = "complaint", _("投诉")
    REPORT_WRONG = "report_wrong", _("举报")
    SUGGESTION = "suggestion", _("建议")
    PRAISE = "praise", _("表扬")


class Channel(models.TextChoices):
    """The door a report came in by."""

    WEB = "web", _("网页")
    COUNTER = "counter", _("窗口")
    PHONE = "phone", _("电话")
    FIELD = "field", _("网格巡查")
    API = "api", _("接口")
    FILE = "file", _("导入")
    PART = "part", _("拆单")
    POLICE = "police", _("公安移交")
    DEVICE = "device", _("设备")
    EMAIL = "email", _("电子邮件")
    GROUP_CHAT = "chat", _("群聊")
    PAPER = "paper", _("纸质表")
    OPEN311 = "open311", _("Open311")


class Category(models.Model):
    """A node of the category tree, of any depth. A new code begins with the parent's; a category that moves keeps its own.

    A category is never deleted: from ``ends_on`` it can no longer be chosen, and stays readable. ``successor`` is what
    took its place. ``limit`` is the time in which an answer is owed, ``filing`` and ``closing`` are the conditions of
    taking a report up and of closing it (立案条件, 结案条件); each holds for what is below it as well.
    """

    code = models.CharField(max_length=24, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=40)
    default_appeal = models.CharField(max_length=12, choices=Appeal.choices, default=Appeal.HELP)
    urgent = models.BooleanField(default=False)
    near_radius_m = models.PositiveIntegerField(default=100)
    near_days = models.PositiveSmallIntegerField(default=14)
    counts_satisfaction = models.BooleanField(default=True)
    board = models.CharField(max_length=20, blank=True)
    hint = models.CharField(max_length=120, blank=True)
    limit = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, blank=True)
    filing = models.TextField(blank=True)
    closing = models.TextField(blank=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Keyword(models.Model):
    """A word that speaks for a category. Answers until a model has been trained, and refines it afterwards."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="keywords")
    word = models.CharField(max_length=40)
    weight = models.FloatField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "word"], name="one_weight_per_word")]


class Lead(models.TextChoices):
    """How a rule finds the unit in charge."""

    UNIT = "unit", _("指定单位")
    COMMUNITY = "community", _("所在社区")
    PROPERTY = "property", _("所在小区物业")


class Hours(models.TextChoices):
    """When a rule holds."""

    ANY = "any", _("任何时间")
    WORK = "work", _("工作时间")
    OFF = "off", _("非工作时间")


class Responsibility(models.Model):
    """A line of the table of responsibilities (权责清单): category × area × time × answers → lead and joint units, limit.

    Empty category or division means every one. The smallest priority wins; then the deeper category, then the
    smaller area, then the line with more conditions, then the older line. ``answers`` are conditions on what was
    answered to the questions of the category, see ``conditions``. ``limit`` is the time in which this line wants what is
    wrong put right; without one the category's limit and the table of promises decide. A transferred power (权责下沉) names whom it came
    from and by which document.
    """

    code = models.CharField(max_length=20)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    hours = models.CharField(max_length=6, choices=Hours.choices, default=Hours.ANY)
    lead = models.CharField(max_length=12, choices=Lead.choices, default=Lead.UNIT)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    joint = ArrayField(models.CharField(max_length=40), default=list)
    priority = models.PositiveSmallIntegerField(default=100)
    note = models.CharField(max_length=200, blank=True)
    answers = models.CharField(max_length=200, blank=True)
    limit = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=80, blank=True)
    document = models.CharField(max_length=120, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["priority", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(lead="unit") | Q(unit__isnull=False), name="a_rule_names_its_unit"
            ),
            models.UniqueConstraint(fields=["code"], condition=Q(ends_on=None), name="one_rule_per_code"),
        ]


class PromiseRule(models.Model):
    """How long a promise is: by category, appeal and urgency. Empty means any; the smallest priority wins."""

    code = models.CharField(max_length=20, unique=True)
    promise = models.CharField(max_length=20)
    appeal = models.CharField(max_length=12, choices=Appeal.choices, blank=True)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    urgent = models.BooleanField(null=True)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12)
    marks = ArrayField(models.PositiveSmallIntegerField(), default=list)
    priority = models.PositiveSmallIntegerField(default=100)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["promise", "priority", "code"]


class TrainedModel(models.Model):
    """What ``train`` learnt, as the one file that :class:`civics.language.CategoryModel` saves; the newest counts."""

    content = models.BinaryField()
    trained_at = models.DateTimeField()
    texts = models.PositiveIntegerField()
    scores = models.JSONField(default=dict)


class Import(models.Model):
    """One run of a file through the importer."""

    source = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    as_history = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)


#: What a list can be narrowed to, as one array beside the words: any combination is one scan of the search index.
#: Letters before the keys say what they are; see ``queries.lists._facets``. Bare numbers are the joint units. The day (d)
#: and the thirty days (p) in which a report came, counted from 1970 in UTC, keep a search of the newest from reading
#: the matches of all years: the index meets both sides where they are, whatever lies behind.
_FACETS = (
    "ARRAY[appeal::text, channel::text, state::text, CASE WHEN open THEN 'open' ELSE 'shut' END,"
    " CASE WHEN urgent THEN 'urgent' END, CASE WHEN community_id IS NULL THEN 'unplaced' END,"
    " 'm' || community_id::text, 'g' || grid_id::text, 'b' || building_id::text, 'u' || unit_id::text,"
    " 'h' || handler_id::text, CASE WHEN asked <> '' THEN 'asked' END,"
    " CASE WHEN asked <> '' THEN 'ask:' || asked END, CASE WHEN supervised <> '' THEN 'supervised' END,"
    " CASE WHEN supervised <> '' THEN 'sup:' || supervised END, CASE WHEN urged > 0 THEN 'urged' END,"
    " 'd' || floor(extract(epoch FROM opened_at AT TIME ZONE 'UTC') / 86400)::int::text,"
    " 'p' || floor(extract(epoch FROM opened_at AT TIME ZONE 'UTC') / 2592000)::int::text]"
    " || joint::text[] || category_line"
)


class WorkOrder(models.Model):
    """One report and what became of it. ``source`` and ``source_key`` make a second copy impossible: of a row of
    a file, of a form sent twice, of a request repeated with the same ``Idempotency-Key``.

    ``answers`` are what was answered to the questions of the category: question id → value. In the row rather than in a
    table, because every report carries them and none is looked for by them.

    ``category_line`` names the category and all above it in the letters of ``facets`` ("c12"), so that a branch of the
    tree is found like a leaf. ``words`` are the bigrams of everything searchable, made by :func:`civics.language.bigrams`. ``open`` mirrors
    whether the state is an open one. ``asked`` is the kind of the pending request, ``supervised`` the level of
    supervision, ``urged`` how often it was urged; empty or 0 while there is none. ``parts`` is into how many it was split,
    ``signing`` the joint units whose word is still missing, ``to_visit`` whether it is on the list of return visits,
    ``held`` whether its promises stand still for an emergency. ``seen_at`` is when it was seen, where a device without
    signal kept it until it arrived (``opened_at``); by our clock.
    ``history`` marks rows brought in with their own dates: no promises, no notices. ``archived`` is the year in which an
    archived order was closed, None while it is not: it then stands in the archive's indexes instead of those that every
    list and search reads (``actions.archiving``).

    ``promised_at``, ``kept_at``, ``stood_still`` and ``owed_by`` are what is counted of the promise to answer (of history:
    what its file says): its moment, when it was kept, whether its clock stood still before that moment, and the unit
    that had the order then. ``figures.promises`` says what follows from them and derives them anew from the record.
    """

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="workorder"
    )
    number = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    description = models.TextField()
    appeal = models.CharField(max_length=12, choices=Appeal.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    category_line = ArrayField(models.TextField(), default=list)
    confidence = models.FloatField(null=True)
    suggestions = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)

    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    place_text = models.CharField(max_length=200, blank=True)
    street = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    grid = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    building = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    unit = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    joint = ArrayField(models.BigIntegerField(), default=list)
    rule = models.ForeignKey(
        Responsibility, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    state = models.CharField(max_length=20)
    open = models.BooleanField()
    asked = models.CharField(max_length=10, choices=Asking.choices, blank=True, default="")
    supervised = models.CharField(max_length=6, choices=Supervision.choices, blank=True, default="")
    urged = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)
    signing = ArrayField(models.BigIntegerField(), default=list)
    to_visit = models.BooleanField(default=False)
    held = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    promised_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)
    stood_still = models.BooleanField(default=False)
    owed_by = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    private = models.BooleanField(default=False)
    history = models.BooleanField(default=False)
    archived = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=60, blank=True)
    source_key = models.CharField(max_length=120, null=True)
    words = ArrayField(models.TextField(), default=list)
    facets = models.GeneratedField(
        expression=Func(template=_FACETS, output_field=ArrayField(models.TextField())),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="one_order_per_number"),
            models.UniqueConstraint(fields=["source", "source_key"], name="one_order_per_source_key"),
            models.CheckConstraint(
                condition=Q(open=True) | Q(next_due_at=None), name="closed_orders_owe_nothing"
            ),
            models.CheckConstraint(
                condition=Q(archived=None) | Q(open=False), name="open_orders_are_not_archived"
            ),
        ]
        indexes = INDEXES
