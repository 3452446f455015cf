"""The outbox. Addresses are contact data: rows are visible only to the service that sends them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Message(models.Model):
    """One message to one address. Its key is made here: whoever writes one may not read it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=120)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    body = models.TextField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(sent_at=None), name="message_to_send"),
            models.Index(fields=["-created_at"], name="message_newest"),
        ]
