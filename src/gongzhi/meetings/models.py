"""The rows of meetings. Words that people wrote (minutes, reasons, names of those who came) are entries of the
journal and are pointed to from here, so that erasing them there erases them everywhere.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry, Thread
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division, Level


class Purpose(models.TextChoices):
    """What a meeting is for."""

    LIAISON = "liaison", _("联络例会")
    CASE = "case", _("疑难事项会商")
    ON_SITE = "on_site", _("现场碰头")
    OTHER = "other", _("其他会议")


class Every(models.TextChoices):
    """How often a series comes again. The values are those of :mod:`civics.recurrence`."""

    WEEKLY = "weekly", _("每周")
    MONTHLY = "monthly", _("每月")


class OnRest(models.TextChoices):
    """What becomes of a meeting whose day is a day off. The values are those of :mod:`civics.recurrence`."""

    NEXT = "next", _("顺延到下一个工作日")
    SKIP = "skip", _("这一次不开")


class Series(models.Model):
    """Meetings that come again: the liaison meetings of a district, street, community, grid or building.

    ``bodies`` and ``guests`` are the organisations and accounts invited each time. ``planned_until`` is the day up to
    which (not included) its meetings have been entered.
    """

    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, primary_key=True, related_name="series")
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=12, choices=Level.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    agenda = models.TextField(blank=True)
    video = models.BooleanField(default=False)
    every = models.CharField(max_length=8, choices=Every.choices, default=Every.WEEKLY)
    interval = models.PositiveSmallIntegerField(default=1)
    weekday = models.PositiveSmallIntegerField()
    week = models.PositiveSmallIntegerField(default=1)
    on_rest = models.CharField(max_length=8, choices=OnRest.choices, default=OnRest.NEXT)
    clock_time = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    bodies = ArrayField(models.BigIntegerField(), default=list)
    guests = ArrayField(models.BigIntegerField(), default=list)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    planned_until = models.DateField()

    class Meta:
        ordering = ["division__code", "title"]


class Meeting(models.Model):
    """One meeting. ``bodies`` and ``guests`` copy whom its invitations go to, so that one index answers "mine?".

    ``edits`` counts what the caller's side changed: two of them acting at one instant are told apart by it. ``room``
    is the unguessable name of its video room; the address before it is a setting.
    """

    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, primary_key=True, related_name="meeting")
    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.OTHER)
    level = models.CharField(max_length=12, choices=Level.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    agenda = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.CharField(max_length=60, blank=True)
    bodies = ArrayField(models.BigIntegerField(), default=list)
    guests = ArrayField(models.BigIntegerField(), default=list)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, related_name="meetings")
    by_rule_on = models.DateField(null=True)
    note = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_meeting_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["series", "by_rule_on"], name="one_meeting_per_day_of_a_series"),
        ]
        indexes = [
            # A calendar of some days, and what is still to come.
            models.Index(fields=["starts_at"], name="meeting_by_start"),
            # Meetings to which one of my organisations, or I, have been called.
            GinIndex(fields=["bodies"], name="meeting_bodies"),
            GinIndex(fields=["guests"], name="meeting_guests"),
        ]


class Answer(models.TextChoices):
    """What the invited said."""

    NONE = "", _("未答复")
    COMING = "coming", _("参加")
    NOT_COMING = "not_coming", _("不能参加")


class Invitation(models.Model):
    """One organisation, or one person, is asked to a meeting and answers by a moment.

    ``said`` and ``who`` are the entries with the reason and with the names of those who came. ``silent_at`` is kept
    when nobody had answered by ``answer_by``; a later answer does not take it away.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    said = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    answers = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    silent_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    came = models.BooleanField(null=True)
    who = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None) ^ Q(account=None), name="invited_is_a_body_or_a_person"
            ),
            models.UniqueConstraint(
                fields=["meeting", "organisation", "account"], nulls_distinct=False, name="invited_once"
            ),
        ]
        indexes = [
            # The sweep: who has to be reminded, or has kept silent.
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="invitation_to_look_at"
            )
        ]
