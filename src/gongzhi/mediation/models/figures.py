"""What is counted beside the cases: campaigns on key disputes, what neighbours settle themselves, petitions on matters.

No row here names a person. A petition stands at the matter it is about, and at nothing else.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.matters.models import Matter
from gongzhi.territory.models import Division


class KeyClass(models.TextChoices):
    """Classes of the ledger of key disputes; a case carries one in ``Tally.ledger_class``."""

    LAND = "land", _("涉农涉土")
    WAGES = "wages", _("涉劳资")
    ENVIRONMENT = "environment", _("涉环保")
    FINANCE = "finance", _("涉众型金融")
    MEDICAL = "medical", _("医疗")
    TRAFFIC = "traffic", _("交通事故人伤")
    FUMES = "fumes", _("餐饮油烟")
    LEGACY = "legacy", _("历史遗留")
    BULLYING = "bullying", _("校园欺凌")


class Prevented(models.TextChoices):
    """What a settled dispute was kept from becoming, as the report counts it."""

    CRIME = "crime", _("民转刑")
    CROWD = "crowd", _("群体性上访")
    FIGHT = "fight", _("群体性械斗")


class Campaign(models.Model):
    """A drive on some classes of the ledger: the disputes of a span, and how many of a hundred are to be resolved."""

    name = models.CharField(max_length=60)
    classes = ArrayField(models.CharField(max_length=24, choices=KeyClass.choices))
    starts_on = models.DateField()
    ends_on = models.DateField()
    goal = models.PositiveSmallIntegerField(default=96)

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(goal__lte=100), name="campaign_goal_of_a_hundred"),
        ]


class SelfHelp(models.Model):
    """What neighbours of a community settled themselves in a month, by kind; entered by those who keep the estate's list.

    Entered and not derived: what never became a work order or a case stands nowhere else.
    """

    class Kind(models.TextChoices):
        """The four counters."""

        QUARRELS = "quarrels", _("化解口角")
        HYGIENE = "hygiene", _("整治卫生")
        LEADS = "leads", _("提供线索")
        REPAIRS = "repairs", _("报修维护")

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # also the index by which the months of a year are read
            models.UniqueConstraint(fields=["month", "division", "kind"], name="one_count_of_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="self_help_counts_months"),
        ]


class Petition(models.Model):
    """A petition that came to some office, as far as it concerns a matter of ours. Who came is not kept here."""

    class Way(models.TextChoices):
        """How it came."""

        VISIT = "visit", _("来访")
        LETTER = "letter", _("来信")
        ONLINE = "online", _("网上信访")
        PHONE = "phone", _("来电")

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    received_on = models.DateField()
    way = models.CharField(max_length=8, choices=Way.choices)
    office = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "reference"], condition=~Q(reference=""), name="one_petition_of_a_reference"
            )
        ]
        # The petitions of a span; of a matter through the index of the foreign key.
        indexes = [models.Index(fields=["received_on"], name="petition_by_day")]


class Publication(models.Model):
    """What was told to everybody of the cases of a year, as they stood on a day. Told once, and never changed: two looks at
    the same days would tell, by their difference, what each of them withholds."""

    year = models.PositiveSmallIntegerField()
    until = models.DateField()
    told = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # also the index by which the latest of a year is read
            models.UniqueConstraint(fields=["year", "until"], name="published_once")
        ]
