"""Sittings: with one party, with all, to look into the facts; where, when, in which languages, and what was noted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry, sides
from gongzhi.mediation.models.cases import Case
from gongzhi.mediation.models.parties import Guest, Party


class SittingKind(models.TextChoices):
    """How the team sits: back to back, face to face, or to look into the facts."""

    SEPARATE = "separate", _("背对背")
    JOINT = "joint", _("面对面")
    INQUIRY = "inquiry", _("调查")


class Sitting(models.Model):
    """One sitting. Of a separate one the other parties do not even know that it was: ``sides`` leaves them out.

    ``record`` is the entry with what was said; ``room`` the unguessable name of its video room.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sittings")
    kind = models.CharField(max_length=10, choices=SittingKind.choices)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    room = models.CharField(max_length=60, blank=True)
    open_to_guests = models.BooleanField(default=False)
    interpreter = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, related_name="+")
    held_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    record = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "pk"]
