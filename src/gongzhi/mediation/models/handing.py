"""What was passed from one place to another of a case, on which legal basis: the register of cross-boundary transfers."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import sides
from gongzhi.mediation.models.cases import Case


class Side(models.TextChoices):
    """The three places of the bay."""

    MAINLAND = "CN", _("内地（大湾区九市）")
    HONG_KONG = "HK", _("香港")
    MACAO = "MO", _("澳门")


class Basis(models.TextChoices):
    """Why it may be passed on."""

    CONSENT = "consent", _("本人单独同意")
    CONTRACT = "contract", _("大湾区个人信息跨境流动标准合同")
    LAW = "law", _("法律规定的职责")
    CLAIM = "claim", _("本人要求移交给自己或其代理人")


class Category(models.TextChoices):
    """What kind of thing was passed."""

    IDENTITY = "identity", _("身份信息")
    CONTACT = "contact", _("联系方式")
    FACTS = "facts", _("纠纷情况")
    RECORDS = "records", _("调解记录")
    AGREEMENT = "agreement", _("调解协议")
    EVIDENCE = "evidence", _("证据材料")
    MONEY = "money", _("财务信息")
    HEALTH = "health", _("健康信息")


class Handover(models.Model):
    """One passing on. ``parties``: whose data it is; they see the row. A mistake is corrected by a new row."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handovers")
    origin = models.CharField(max_length=2, choices=Side.choices)
    target = models.CharField(max_length=2, choices=Side.choices)
    recipient = models.CharField(max_length=120)
    recipient_contact = models.CharField(max_length=120, blank=True)
    categories = ArrayField(models.CharField(max_length=12))
    passed = models.TextField()
    purpose = models.CharField(max_length=200)
    parties = ArrayField(models.PositiveSmallIntegerField())
    basis = models.CharField(max_length=10, choices=Basis.choices)
    basis_note = models.CharField(max_length=200, blank=True)
    consented_on = models.DateField(null=True)
    contract_id = models.CharField(max_length=80, blank=True)
    contract_on = models.DateField(null=True)
    filed_on = models.DateField(null=True)
    filed_with = models.CharField(max_length=80, blank=True)
    assessed_on = models.DateField(null=True)
    passed_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["passed_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("target")), name="a_handover_crosses_a_boundary"),
            models.CheckConstraint(
                condition=~Q(basis="contract") | (~Q(contract_id="") & Q(contract_on__isnull=False)),
                name="a_contract_is_named",
            ),
            models.CheckConstraint(
                condition=~Q(basis="consent") | Q(consented_on__isnull=False), name="a_consent_has_a_day"
            ),
        ]
