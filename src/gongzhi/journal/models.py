"""The rows of the record: threads, entries, attachments and who may see a sealed thread.

Nothing here knows a kind of matter. Words that people wrote sit in ``Entry.text`` and can be erased; the chain
of digests covers a salted commitment to them, so that erasing never breaks the proof.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Who may read an entry or a file. Everyone above the line may read what is below it."""

    EVERYONE = "everyone", _("所有人可见")
    PARTIES = "parties", _("当事人和工作人员可见")
    STAFF = "staff", _("仅工作人员可见")


#: Sides of a sealed thread that this floor knows by name; a room adds its own, such as ``observer``.
TEAM, EXTRAORDINARY = "team", "extraordinary"
#: Begins the side of each party: ``party:1``, ``party:2`` … None of them reads what is for another.
PARTY = "party:"
#: Stands in ``sides`` for the team and every party, and for services of our own, which never read words.
ALL, SERVICE = "all", "service"


def sides() -> ArrayField:  # type: ignore[type-arg]
    """Which sides of a sealed thread may read a row; NULL on a row of an open thread. The database asks it, see ``0007``."""
    return ArrayField(models.CharField(max_length=40), null=True, blank=True)


class Thread(models.Model):
    """Something that has a history. ``length`` is also the version that two editors compare."""

    kind = models.CharField(max_length=40)
    sealed = models.BooleanField(default=False)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField()
    length = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32)


class Book(models.Model):
    """The thread in which changes of one table are kept: caps, promises, posts … See ``books``."""

    table = models.CharField(max_length=40, unique=True)
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="book")


class Entry(models.Model):
    """One act: who did what, when, in which words.

    ``detail`` holds facts without personal words (codes, numbers, names of units); ``text`` holds words that
    somebody wrote and may be erased together with ``salt``; ``words`` commits to them and stays.
    ``digest`` = link(previous, record), see :mod:`civics.chain`. ``sides``: who reads it when the thread is sealed.
    """

    # found by the unique key of thread and position
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="entries", db_index=False)
    position = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    part = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    salt = models.BinaryField(max_length=16)
    words = models.BinaryField(max_length=32)
    detail = models.JSONField(default=dict)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.STAFF)
    sides = sides()
    erased_at = models.DateTimeField(null=True, blank=True)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "position"], name="one_entry_per_position"),
            models.CheckConstraint(
                condition=Q(sides=None) | ~Q(sides__contains=[SERVICE]) | Q(text=""),
                name="services_read_no_words",
            ),
        ]


class Blob(models.Model):
    """The bytes of a file, kept in the database: written and forgotten in the same transaction as its act. The same bytes
    are kept once, however many files they are; they go with the last of them.

    Those of a sealed thread are kept for themselves, with their thread: shared bytes would tell that two files are one.
    """

    digest = models.BinaryField(max_length=32)
    content = models.BinaryField()
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    sides = sides()
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=Q(thread=None), name="one_open_blob_per_digest"
            ),
            models.CheckConstraint(
                condition=Q(thread=None, sides=None, at=None)
                | Q(thread__isnull=False, sides__isnull=False, at__isnull=False),
                name="a_sealed_blob_says_whose",
            ),
        ]
        indexes = [
            # The bytes of a sealed thread, to forget them.
            models.Index(fields=["thread"], condition=Q(thread__isnull=False), name="blob_of_sealed_thread"),
        ]


class Attachment(models.Model):
    """A file that arrived with an act. Its id is unguessable, yet every download asks for the right to see it.

    ``sides`` and ``at`` are those of its entry when the thread is sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="attachments")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    purpose = models.CharField(max_length=20, default="evidence")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.PARTIES)
    sides = sides()
    at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", null=True)
    thumbnail = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entry_id", "name"]


class Access(models.Model):
    """Who may see a sealed thread, from which side, from when until when, and why.

    The team and the parties keep sight of what was written before ``ends_at``; every other side sees nothing from then on.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="access")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "person", "side"], condition=Q(ends_at=None), name="one_open_access"
            ),
            models.CheckConstraint(
                condition=~Q(side=EXTRAORDINARY) | (Q(ends_at__isnull=False) & ~Q(reason="")),
                name="extraordinary_access_ends_and_says_why",
            ),
        ]
        indexes = [
            # Every look at a sealed row asks it.
            models.Index(fields=["thread", "person"], name="access_by_thread"),
            # "My cases".
            models.Index(fields=["person", "thread"], name="access_by_person"),
        ]


class Heard(models.Model):
    """A reader has dealt with an entry. Written in the reader's own transaction: its work is done once."""

    reader = models.CharField(max_length=120)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "entry"], name="heard_once")]
