"""The rows of the spine. ``Matter`` has a column budget: a house test holds the exact list of its fields."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Audience, Thread, sides
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class Matter(models.Model):
    """Something someone is owed an answer about. Its key is its thread's key."""

    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, primary_key=True, related_name="matter")
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=20)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    answerable = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.PARTIES)

    class Meta:
        indexes = [
            # "My matters" of a resident, newest first.
            models.Index(fields=["opened_by", "-opened_at"], name="matter_by_opener"),
        ]


class Part(models.TextChoices):
    """The part a party plays in a matter."""

    REPORTER = "reporter", _("反映人")
    FOLLOWER = "follower", _("关注人")


class Party(models.Model):
    """Someone who takes part in an open matter: an account, an organisation, or whoever holds a code.

    A sealed matter has none here: its room keeps them behind its own lock.

    ``key_digest`` is the keyed digest of a query code: it opens this matter, for this part, to its bearer.
    """

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="parties")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    part = models.CharField(max_length=20)
    key_digest = models.BinaryField(max_length=32, null=True, unique=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "account", "part"],
                condition=Q(account__isnull=False),
                name="one_part_per_account",
            )
        ]
        indexes = [models.Index(fields=["account", "part"], name="party_by_account")]


class How(models.TextChoices):
    """How one matter leads to another."""

    MERGED_INTO = "merged_into", _("并入")
    FOLLOWS = "follows", _("后续")
    CAUSED_BY = "caused_by", _("起因于")
    PART_OF = "part_of", _("拆自")


class Link(models.Model):
    """One matter led to another. Taking a link back ends it; the row stays.

    ``sides``: who reads that a sealed matter grew out of an open one; the open one's readers do not.
    """

    origin = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="links_out")
    target = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="links_in")
    how = models.CharField(max_length=20, choices=How.choices)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sides = sides()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "target", "how"], condition=Q(ended_at=None), name="one_link_of_a_kind"
            )
        ]


class Deadline(models.Model):
    """A promise with its moment. Only steps move it; edits never do.

    ``marks`` are the shares of the time (in percent) at which to remind, ``mark`` the highest one reached, and
    ``next_look_at`` the moment of the next. ``pauses`` are pairs of ISO moments. ``first_due_at`` is what was
    promised before the first of ``extensions``.
    """

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="deadlines")
    promise = models.CharField(max_length=20)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12)
    jurisdiction = models.CharField(max_length=2, default="CN")
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField(null=True)
    extensions = models.PositiveSmallIntegerField(default=0)
    pauses = models.JSONField(default=list)
    paused_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    marks = ArrayField(models.PositiveSmallIntegerField(), default=list)
    mark = models.PositiveSmallIntegerField(default=0)
    next_look_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "promise"],
                condition=Q(met_at=None, cancelled_at=None),
                name="one_running_deadline_per_promise",
            )
        ]
        indexes = [
            # The sweep: what has to be looked at now.
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="deadline_to_look_at"
            ),
            # What was promised for a month, of any age: the evaluation counts no more rows than fell due.
            models.Index(fields=["promise", "due_at"], name="deadline_by_due"),
        ]


class Reminder(models.Model):
    """Somebody was told that a promise is running out. One row per deadline, mark and role: never twice."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="reminders")
    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="reminders")
    mark = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline", "mark", "role"], name="remind_once")]
        indexes = [
            models.Index(
                fields=["organisation", "role", "-at"], condition=Q(settled_at=None), name="reminder_for_unit"
            ),
            models.Index(
                fields=["division", "role", "-at"], condition=Q(settled_at=None), name="reminder_for_area"
            ),
        ]


class Offer(models.Model):
    """What one room offers to another, or to everybody: a topic worth deliberating on, or a story for the case library.

    It stands by itself: nothing here leads back to the matter it was written after. Whoever offered a sealed one keeps the
    link on the sealed side. ``often`` is how often it recurs, never a number under five. ``matter`` is what it became.
    """

    class Kind(models.TextChoices):
        """What it is."""

        TOPIC = "topic", _("议题建议")
        STORY = "story", _("案例")

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", _("等人接")
        TAKEN = "taken", _("已接下")
        DECLINED = "declined", _("没有采纳")
        PUBLISHED = "published", _("已公开")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Often(models.TextChoices):
        """How often something recurs; small counts are not told."""

        ONCE = "", _("不说")
        SEVERAL = "several", _("有过几件")
        FIVE = "five", _("一年五件以上")
        TEN = "ten", _("一年十件以上")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    title = models.CharField(max_length=80)
    text = models.TextField()
    about = models.CharField(max_length=40, blank=True)
    often = models.CharField(max_length=8, choices=Often.choices, blank=True, default=Often.ONCE)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.TextField(blank=True)
    outcome_at = models.DateTimeField(null=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            # What waits for somebody, and the stories that everybody reads: newest first.
            models.Index(fields=["kind", "state", "-at"], name="offer_by_state"),
        ]
