"""The rows of police and people (三务融合): pairs with their duty days, partners that hand calls over, and hand-overs.

No names and no telephone numbers of callers are kept in any of them. Tips are in ``tips.py``.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class Pair(models.Model):
    """A community's constable (社区民警) and secretary (社区书记), from one day until another (not included).

    One of the two may be vacant; a community has one open pair at a time.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    constable = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    secretary = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["division__code", "-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["division"], condition=Q(ends_on=None), name="one_open_pair_per_community"
            ),
            models.CheckConstraint(
                condition=Q(constable__isnull=False) | Q(secretary__isnull=False), name="a_pair_has_somebody"
            ),
        ]


class DutyDay(models.Model):
    """A day on which a pair is on duty together, at a place and between two times of day."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="duty_days")
    on = models.DateField()
    begins = models.TimeField()
    ends = models.TimeField()
    place = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["on", "begins"]
        constraints = [
            models.UniqueConstraint(fields=["pair", "on"], name="one_duty_per_day"),
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="a_duty_ends_after_it_begins"),
        ]
        # The month of all communities.
        indexes = [models.Index(fields=["on"], name="duty_by_day")]


class Partner(models.Model):
    """A police station that exchanges hand-overs with us. Its key is made from the installation's key, its code and
    ``edition``, so that none is stored: a new edition makes the old key void.
    """

    code = models.SlugField(max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    edition = models.PositiveSmallIntegerField(default=1)
    since = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]


class TakenMessage(models.Model):
    """A signed message that a station sent and we took: its id is kept for as long as its moment would be good, so that
    whoever has caught it on the way cannot have it taken again. Nothing of its body is kept here.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=64)
    good_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "message_id"], name="one_taking_per_message")
        ]
        # What may be forgotten now.
        indexes = [models.Index(fields=["good_until"], name="messages_to_forget")]


class Way(models.TextChoices):
    """In which direction a hand-over goes."""

    IN = "in", _("公安移交来")
    OUT = "out", _("移交公安")


class CallKind(models.TextChoices):
    """Why a call was not police business (非警务警情)."""

    NOISE = "noise", _("噪音扰民")
    DISPUTE = "dispute", _("一般纠纷")
    FACILITY = "facility", _("公共设施")
    HELP = "help", _("生活求助")
    WAGES = "wages", _("劳资欠薪")
    CONSUMER = "consumer", _("消费争议")
    OTHER = "other", _("其他非警务")


class HandOverState(models.TextChoices):
    """How a hand-over stands. ``paper``: no address is set up, or it was given up: a sheet goes by hand."""

    RECEIVED = "received", _("已收下")
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送达")
    PAPER = "paper", _("送纸质单")
    TAKEN = "taken", _("公安已受理")
    RETURNED = "returned", _("公安已退回")
    RECALLED = "recalled", _("已收回")


class HandOver(models.Model):
    """One hand-over between the police and us. ``call_number`` is the police's number of a call that came in;
    ``receipt`` the number under which they have what went out. ``key`` travels with the message, so that a message sent
    twice is taken once.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    way = models.CharField(max_length=3, choices=Way.choices)
    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="handovers")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, related_name="handovers")
    state = models.CharField(max_length=8, choices=HandOverState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    call_number = models.CharField(max_length=40, null=True)
    kind = models.CharField(max_length=10, choices=CallKind.choices, blank=True)
    words = models.TextField(blank=True)
    place = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    receipt = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "call_number"], name="one_hand_over_per_call"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(way="out", state__in=["queued", "sent", "paper"]),
                name="one_open_hand_over",
            ),
        ]
        indexes = [
            # What has to be sent now.
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="handover_to_send"),
            # Those of a month, for the published share.
            models.Index(fields=["way", "at"], name="handover_by_moment"),
        ]


class DisputeCall(models.Model):
    """A call that was handed straight to mediators: its number, and the receipt it got. Nothing of what was said is here, and no
    order was made. Behind the second lock: only the door of the police reads it, and whoever counts, under its name.

    ``digest`` is a keyed digest of the message, so that the same number with other content is noticed.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    call_number = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32)
    receipt = models.CharField(max_length=20)
    body = models.CharField(max_length=80, blank=True)
    street = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "call_number"], name="one_dispute_per_call"),
        ]
        indexes = [
            # Those of a month, for the published share.
            models.Index(fields=["at"], name="dispute_call_by_moment"),
        ]


class PoliceCalls(models.Model):
    """How many calls the police had in a street in a month, as they told us: what the share is counted of."""

    street = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    calls = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["street", "month"], name="one_count_per_month")]
