"""What is kept of papers: a street's own Word forms, who looked over a translation, and digests of what was issued.

No word of any paper is here, and nothing that leads to a matter: ``Issued.series`` tells nobody which one it was.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gongzhi.territory.models import Division


class Form(models.Model):
    """An area's own Word form of a paper, in one language; the newest counts."""

    paper = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # The form in use: of this paper, in this language, nearest area first.
            models.Index(fields=["paper", "language", "division"], name="form_of_paper"),
        ]


class Review(models.Model):
    """Somebody who knows the language has compared every word of a paper. ``texts`` is the digest of what they read: when
    the words change, they are to be looked over again."""

    paper = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    texts = models.BinaryField(max_length=32)
    reviewer = models.CharField(max_length=80)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # Whether a paper may be issued in a language.
            models.Index(fields=["paper", "language", "texts"], name="review_of_paper"),
        ]


class Issued(models.Model):
    """A paper that was made: the digest of what it says. The same words are issued once; other words are a new version."""

    digest = models.BinaryField(max_length=32, unique=True)
    short = models.CharField(max_length=16)
    paper = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    series = models.BinaryField(max_length=32)
    version = models.PositiveIntegerField()
    made_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "version"], name="one_issue_per_version")]
        indexes = [
            # A digest as it is printed.
            models.Index(fields=["short"], name="issued_by_short"),
        ]


class IssuedFile(models.Model):
    """The digest of a file as it left here."""

    issued = models.ForeignKey(Issued, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=4)
    digest = models.BinaryField(max_length=32, unique=True)
