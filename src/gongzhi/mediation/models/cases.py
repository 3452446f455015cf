"""The case itself, and its tally: the numbers that may be counted, without a word."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.matters.models import Matter
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class Subject(models.TextChoices):
    """What disputes are counted as (人民调解案件情况统计表, fifteen types)."""

    FAMILY = "family", _("婚姻家庭纠纷")
    NEIGHBOURS = "neighbours", _("邻里纠纷")
    HOUSING = "housing", _("房屋宅基地纠纷")
    CONTRACT = "contract", _("合同纠纷")
    BUSINESS = "business", _("生产经营纠纷")
    DAMAGES = "damages", _("损害赔偿纠纷")
    LAND = "land", _("山林土地纠纷")
    EXPROPRIATION = "expropriation", _("征地拆迁纠纷")
    ENVIRONMENT = "environment", _("环境污染纠纷")
    LABOUR = "labour", _("劳动争议纠纷")
    CONSUMER = "consumer", _("消费纠纷")
    MEDICAL = "medical", _("医疗纠纷")
    TRAFFIC = "traffic", _("道路交通事故纠纷")
    PROPERTY = "property", _("物业纠纷")
    OTHER = "other", _("其他纠纷")


class Source(models.TextChoices):
    """How a case came (人民调解法 art. 17): applied for, offered by the committee, or entrusted and handed over."""

    APPLIED = "applied", _("当事人申请")
    OFFERED = "offered", _("主动调解")
    ENTRUSTED = "entrusted", _("委托移送")


class Level(models.TextChoices):
    """Where a dispute was settled."""

    ESTATE = "estate", _("小区")
    GRID = "grid", _("网格")
    COMMUNITY = "community", _("社区")
    STREET = "street", _("街道")
    UPWARD = "upward", _("上级")


class Outcome(models.TextChoices):
    """How a case ended."""

    NONE = "", _("还没有结果")
    WRITTEN = "written", _("达成书面协议")
    ORAL = "oral", _("达成口头协议")
    UNSETTLED = "unsettled", _("没有达成协议")
    REFUSED = "refused", _("不予受理")
    WITHDRAWN = "withdrawn", _("当事人撤回")


class Case(models.Model):
    """One dispute in mediation. ``subject_line`` is how the team and the parties call it.

    ``opened_by`` stands here and not on the matter. ``state``, ``open`` and ``next_due_at`` are copies of the matter's for
    the list. ``docket_*`` number the closed file: (年)×人调字第×号, one series for each committee and year.
    """

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="+")
    subject_line = models.CharField(max_length=80)
    subject = models.CharField(max_length=16, choices=Subject.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    referred_by = models.CharField(max_length=20, blank=True)
    committee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    cross_boundary = models.BooleanField(default=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=20)
    open = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)
    mediator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    accepted_by = ArrayField(models.PositiveSmallIntegerField(), default=list)
    parties_agreed_at = models.DateTimeField(null=True)
    room = models.CharField(max_length=60, blank=True)
    docket_year = models.PositiveSmallIntegerField(null=True)
    docket_serial = models.PositiveIntegerField(null=True)
    docket_number = models.CharField(max_length=60, blank=True)
    filed_on = models.DateField(null=True)
    keep_until = models.DateField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "docket_year", "docket_serial"],
                condition=Q(docket_serial__isnull=False),
                name="one_docket_number",
            )
        ]
        indexes = [
            # The desk of a committee: what is open, most urgent first.
            models.Index(fields=["committee", "open", "next_due_at"], name="case_by_committee"),
        ]


class Tally(models.Model):
    """What may be counted of a case: no words, no names. Its team and the service that counts (``figures``) see it.

    ``prevented`` and ``prevented_people``: what the team kept from becoming worse (防止民转刑, 防止群体性上访).
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="tally")
    committee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=16, choices=Subject.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    referred_by = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=12, choices=Level.choices)
    state = models.CharField(max_length=20)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default=Outcome.NONE)
    opened_on = models.DateField()
    accepted_on = models.DateField(null=True)
    settled_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    performed_on = models.DateField(null=True)
    confirmed_on = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    prevented = models.CharField(max_length=16, blank=True)
    prevented_people = models.PositiveIntegerField(default=0)
    cross_boundary = models.BooleanField(default=False)
    ledger_class = models.CharField(max_length=24, blank=True)
    keep_until = models.DateField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Reports of a span: what was received, what was settled.
            models.Index(fields=["accepted_on"], name="tally_by_accepted"),
            models.Index(fields=["settled_on"], name="tally_by_settled"),
            # What may be forgotten now.
            models.Index(
                fields=["keep_until"],
                condition=Q(keep_until__isnull=False, forgotten_at=None),
                name="tally_to_forget",
            ),
        ]


class Series(models.Model):
    """The last docket number of a committee in a year. Not sealed: a number says nothing of a case."""

    committee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["committee", "year"], name="one_series_a_year")]
