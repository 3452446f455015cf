"""Agreements: versions, clauses, votes on a draft, signatures, and confirmation by a court."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Attachment, sides
from gongzhi.mediation.models.cases import Case
from gongzhi.mediation.models.parties import Party


class Form(models.TextChoices):
    """An agreement is written, or said and then noted by the mediator (人民调解法 art. 28)."""

    WRITTEN = "written", _("书面")
    ORAL = "oral", _("口头")


class Agreement(models.Model):
    """One version. What art. 29 says an agreement may state: the parties (see ``Party``), ``facts`` with the points in
    dispute and ``liability``, and the clauses with their ways and days.

    A draft may be written over until its first signature; ``frozen_at`` then, ``digest`` is what was signed, and every
    change is a new version. ``effective_on``: when all had signed, the mediator had and the committee's seal was on it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="agreements")
    version = models.PositiveSmallIntegerField()
    form = models.CharField(max_length=8, choices=Form.choices, default=Form.WRITTEN)
    language = models.CharField(max_length=10, default="zh-hans")
    facts = models.TextField(blank=True)
    liability = models.TextField(blank=True)
    remarks = models.TextField(blank=True)
    copies = models.PositiveSmallIntegerField(default=3)
    frozen_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    effective_at = models.DateTimeField(null=True)
    effective_on = models.DateField(null=True)
    replaced_at = models.DateTimeField(null=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="one_agreement_per_version")]


class Clause(models.Model):
    """One thing agreed on: what, by whom, how, until which day; and whether it was done."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="clauses")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    way = models.CharField(max_length=120, blank=True)
    performer = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, default="CNY")
    due_on = models.DateField(null=True)
    performed_on = models.DateField(null=True)
    performed_how = models.CharField(max_length=12, blank=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["agreement", "position"], name="one_clause_per_place")]


class Vote(models.Model):
    """A party says yes or no to a clause of a draft, in the case's online room."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    clause = models.ForeignKey(Clause, on_delete=models.CASCADE, related_name="votes")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    agrees = models.BooleanField()
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clause", "party"], name="one_vote_on_a_clause")]


class Way(models.TextChoices):
    """How something was signed."""

    PAPER = "paper", _("纸上签名，扫描存档")
    SCREEN = "screen", _("屏幕手写签名")
    CODE = "code", _("短信验证码")
    SEAL = "seal", _("加盖印章")


class Signature(models.Model):
    """A party, the mediator, or the committee's seal, under one version. ``digest`` is the version's when it was signed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="signatures")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    seal = models.BooleanField(default=False)
    way = models.CharField(max_length=8, choices=Way.choices)
    signed_on = models.DateField()
    digest = models.BinaryField(max_length=32)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "party"], condition=Q(party__isnull=False), name="a_party_signs_once"
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(seal=True), name="the_seal_is_put_on_once"
            ),
        ]


class Confirmation(models.Model):
    """The parties together ask a court to confirm the agreement, within 30 days of its effect (art. 33)."""

    class Result(models.TextChoices):
        """What the court said."""

        NONE = "", _("等待法院决定")
        CONFIRMED = "confirmed", _("裁定有效")
        DISMISSED = "dismissed", _("驳回申请")
        WITHDRAWN = "withdrawn", _("当事人撤回申请，法院准许")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="confirmations")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="+")
    court = models.CharField(max_length=80)
    applied_on = models.DateField()
    result = models.CharField(max_length=12, choices=Result.choices, blank=True, default=Result.NONE)
    ruling = models.CharField(max_length=60, blank=True)
    decided_on = models.DateField(null=True)
    sides = sides()
    at = models.DateTimeField()
