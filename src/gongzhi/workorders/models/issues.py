"""Which reports of a street are about the same thing: made by a job, because it takes seconds."""

from __future__ import annotations

from django.db import models

from gongzhi.territory.models import Division


class IssueGroups(models.Model):
    """The groups of one street as of a moment: lists of keys of orders, each at least three. No word of anybody.

    ``stamp`` says what they were made from, ``took_ms`` how long it took: what is dear is done less often.
    """

    street = models.OneToOneField(Division, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    stamp = models.CharField(max_length=120)
    groups = models.JSONField(default=list)
