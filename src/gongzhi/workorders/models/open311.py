"""The rows of the exchange by Open311 GeoReport v2: other servers and programs (对接方), the keys we gave them, and what
they have of an order.

Kept here: addresses, keys as digests, what they told last. Not here: the orders themselves, and who reported them.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.workorders.models.operations import Outside
from gongzhi.workorders.models.taxonomies import CodeList


class Form(models.TextChoices):
    """In which form we read what they say."""

    JSON = "json", "JSON"
    XML = "xml", "XML"


class Takes(models.TextChoices):
    """Which of their requests we take in as reports."""

    NONE = "none", _("不收")
    MAPPED = "mapped", _("只收对照表里有的分类")
    ALL = "all", _("全部收下，没有对照的由受理员分类")


class Gives(models.TextChoices):
    """Which of our orders go to them."""

    STEP = "step", _("只有工作人员转出的")
    MAPPED = "mapped", _("对照表里有的分类，自动转出")


class Scope(models.TextChoices):
    """What a key is good for."""

    POST = "post", _("提交反映")
    OWN = "own", _("看自己提交的全部内容")
    FULL = "full", _("看所有不保密反映的原文和准确位置（仅限有职责的部门）")
    PAST = "past", _("带入历史记录（可以写时间和结果）")


class Peer(models.Model):
    """Another Open311 server, or a program that speaks Open311 to us, or both.

    ``address`` is the base of their GeoReport v2 endpoint, empty where they only come to us; ``jurisdiction`` and
    ``sealed_key`` are what we show there (the key readable by this installation alone). ``codes`` says what their service
    codes mean here, both ways. ``pulled_until`` is up to when their requests have been asked for; ``left_out`` are
    requests that could not be taken, with the reason: their id → sentence.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    address = models.URLField(max_length=200, blank=True)
    jurisdiction = models.CharField(max_length=80, blank=True)
    sealed_key = models.BinaryField(default=bytes)
    form = models.CharField(max_length=4, choices=Form.choices, default=Form.JSON)
    codes = models.ForeignKey(CodeList, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    takes = models.CharField(max_length=6, choices=Takes.choices, default=Takes.NONE)
    gives = models.CharField(max_length=6, choices=Gives.choices, default=Gives.STEP)
    media_hosts = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    edits = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    pulled_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    left_out = models.JSONField(default=dict)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]


class PeerKey(models.Model):
    """A key that a partner shows to us (``api_key``). Only its keyed digest is kept; ``hint`` are its first letters."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12)
    scopes = ArrayField(models.CharField(max_length=4, choices=Scope.choices))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)

    class Meta:
        ordering = ["-made_at"]


class Course(models.TextChoices):
    """How an exchange stands. ``refused``: they said no, or were not reached until we gave up."""

    QUEUED = "queued", _("待发送")
    SENT = "sent", _("对方已收下")
    REFUSED = "refused", _("没有送到")
    RECEIVED = "received", _("从对方收到")


class Counterpart(models.Model):
    """What a partner has of an order: their number, what they told last, and by which way it came to us or went.

    ``key`` travels with a message so that one sent twice is taken once; ``by_key`` is the key with which it was filed.
    ``via`` are the installations it has been through, each ``installation:number``: nothing goes back to where it has been.
    ``told`` are the fields of the standard as they said them (moments in ISO 8601, UTC).
    """

    class Way(models.TextChoices):
        """In which direction the request went."""

        IN = "in", _("对方转来")
        OUT = "out", _("转给对方")

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="counterparts")
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="counterparts")
    way = models.CharField(max_length=3, choices=Way.choices)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    by_key = models.ForeignKey(PeerKey, on_delete=models.SET_NULL, null=True, related_name="+")
    their_id = models.CharField(max_length=120, null=True)
    token = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=Course.choices)
    via = ArrayField(models.CharField(max_length=80), default=list)
    outside = models.ForeignKey(Outside, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=6, blank=True)
    told = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True)
    fetch_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            # what they sent is taken once; of ours, two may have become one request there
            models.UniqueConstraint(
                fields=["peer", "their_id"], condition=Q(way="in"), name="one_counterpart_per_request"
            ),
            models.UniqueConstraint(fields=["peer", "order"], name="one_counterpart_per_order"),
        ]
        indexes = [
            # What has to be sent now.
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="counterpart_to_send"),
            # What they still work on: asked for again and again.
            models.Index(
                fields=["peer", "told_at"], condition=Q(status="open"), name="counterpart_still_open"
            ),
            # Photographs that are still to be fetched.
            models.Index(
                fields=["fetch_at"], condition=Q(fetch_at__isnull=False), name="counterpart_to_fetch"
            ),
            models.Index(fields=["peer", "-at"], name="counterparts_newest"),
            models.Index(fields=["peer", "their_id"], name="counterpart_by_number"),
        ]
