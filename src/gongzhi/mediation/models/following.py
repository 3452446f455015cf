"""Return visits after the end of a case."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry, sides
from gongzhi.mediation.models.cases import Case


class Visit(models.Model):
    """One return visit (回访): how it is kept, whether people are content, whether it may flare up again."""

    class Kept(models.TextChoices):
        """How the agreement is kept."""

        WHOLLY = "wholly", _("已全部履行")
        PARTLY = "partly", _("部分履行")
        NOT = "not", _("没有履行")
        NO_AGREEMENT = "no_agreement", _("没有协议")

    class Content(models.TextChoices):
        """How content those visited are."""

        VERY = "very", _("很满意")
        YES = "yes", _("满意")
        FAIR = "fair", _("一般")
        NO = "no", _("不满意")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="visits")
    visited_on = models.DateField()
    visitor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kept = models.CharField(max_length=14, choices=Kept.choices)
    content = models.CharField(max_length=8, choices=Content.choices, blank=True)
    flares = models.BooleanField(default=False)
    words = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["visited_on", "pk"]
