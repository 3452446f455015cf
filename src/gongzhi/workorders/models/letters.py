"""The rows of e-mail that came in: each message once, what became of it, and those nobody could take in as they are.

Whom a message is from is contact data: rows are visible to the service that reads the mail and to the clerks of the street.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.territory.models import Division


class LetterState(models.TextChoices):
    """What became of a message."""

    ORDER = "order", _("成了工单")
    ADDED = "added", _("补充到工单")
    HELD = "held", _("待处理")
    IGNORED = "ignored", _("自动邮件，不处理")
    DROPPED = "dropped", _("不处理")


class LetterIn(models.Model):
    """One message. ``key`` is a keyed digest of its Message-ID (of all of it where it has none): taken once, and found
    again by those who answer it. ``words`` are kept only while somebody still has to look; ``message_id``, by which our
    answer is put beside it, until it is answered."""

    key = models.BinaryField(max_length=32)
    street = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=LetterState.choices)
    reason = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(
        "workorders.WorkOrder", on_delete=models.PROTECT, null=True, related_name="letters"
    )
    sender = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=300, blank=True)
    words = models.TextField(blank=True)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["key"], name="one_letter_per_key")]
        indexes = [
            models.Index(fields=["-received_at"], condition=models.Q(state="held"), name="letters_to_look_at")
        ]
