"""What a case gave to others: a topic for deliberation, a story for the case library. The only place that knows both ends."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import sides
from gongzhi.matters.models import Offer
from gongzhi.mediation.models.cases import Case


class Ground(models.TextChoices):
    """What lets a story be told."""

    CONSENT = "consent", _("当事人都同意")
    RULE = (
        "rule",
        _("匿名化后不再是个人信息（个人信息保护法第四条），且不泄露隐私和商业秘密（人民调解法第十五条）"),
    )


class Check(models.TextChoices):
    """What the second reader has looked for, comparing with the case."""

    NAMES = "names", _("没有姓名、称呼、单位名称")
    PLACES = "places", _("没有地址、楼栋、小区、店名")
    DAYS = "days", _("日期不比季度更细")
    SUMS = "sums", _("金额已取整")
    TRAITS = "traits", _("没有少见的、能认出人的细节（职业、病情、年龄、身世）")
    FRESH = "fresh", _("不是照抄案卷里的话")


class Offered(models.Model):
    """A topic or a story written after a case. Draft until ``released_at``; ``offer`` is what everybody else sees, and
    does not lead back here. ``consents`` are numbers of the parties who agreed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="offered")
    kind = models.CharField(max_length=8, choices=Offer.Kind.choices)
    title = models.CharField(max_length=80)
    text = models.TextField()
    explained = models.TextField(blank=True)
    checks = ArrayField(models.CharField(max_length=8, choices=Check.choices), default=list)
    ground = models.CharField(max_length=8, choices=Ground.choices, blank=True)
    ground_note = models.CharField(max_length=200, blank=True)
    consents = ArrayField(models.PositiveSmallIntegerField(), default=list)
    consented_on = models.DateField(null=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, null=True, related_name="+")
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(offer__isnull=False), name="what_is_released_is_offered"
            ),
            models.CheckConstraint(
                condition=~Q(kind="story") | Q(released_at=None) | ~Q(released_by=models.F("written_by")),
                name="a_story_is_released_by_another",
            ),
        ]
