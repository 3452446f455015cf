"""The register: committees and who sits on them, mediators with their filing, training, the duty roster of a station.

Nothing here says anything of a case. ``Interest`` alone is locked: what a mediator declares of their own ties is read by
the mediator, and by the check for conflicts of interest, which gives back numbers of people and no reason.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.mediation.models.cases import Subject
from gongzhi.people.models import Organisation
from gongzhi.territory.models import Division


class Basis(models.TextChoices):
    """What a committee is for."""

    ESTATE = "estate", _("小区")
    COMMUNITY = "community", _("社区")
    STREET = "street", _("街道")
    TRADE = "trade", _("行业、专业")


class Jurisdiction(models.TextChoices):
    """Where a mediator comes from and which law they know."""

    MAINLAND = "mainland", _("内地")
    HONG_KONG = "hong_kong", _("香港")
    MACAO = "macao", _("澳门")


class Tongue(models.TextChoices):
    """Languages that people are mediated in."""

    MANDARIN = "zh-hans", _("普通话")
    CANTONESE = "yue", _("粤语")
    TRADITIONAL = "zh-hant", _("中文繁体书写")
    ENGLISH = "en", _("英语")
    PORTUGUESE = "pt", _("葡萄牙语")
    SIGN = "sign", _("手语")


class Committee(models.Model):
    """A people's mediation committee. ``divisions`` and ``estates`` (keys of known places) are what it covers."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    basis = models.CharField(max_length=12, choices=Basis.choices)
    trade = models.CharField(max_length=40, blank=True)
    divisions = ArrayField(models.BigIntegerField(), default=list, blank=True)
    estates = ArrayField(models.BigIntegerField(), default=list, blank=True)
    founded_on = models.DateField(null=True, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=120, blank=True)
    hours = models.CharField(max_length=120, blank=True)


class Seat(models.Model):
    """Somebody who sits on a committee (art. 8: three to nine, women among them). They need no account."""

    class Part(models.TextChoices):
        """What they do there."""

        CHAIR = "chair", _("主任")
        VICE = "vice", _("副主任")
        MEMBER = "member", _("委员")

    committee = models.ForeignKey(Committee, on_delete=models.CASCADE, related_name="seats")
    name = models.CharField(max_length=60)
    woman = models.BooleanField(default=False)
    part = models.CharField(max_length=8, choices=Part.choices, default=Part.MEMBER)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]


class Mediator(models.Model):
    """A mediator as filed (备案). ``most`` open cases at a time; ``days`` of the week (1 = Monday) on which they can."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="mediators")
    filing = models.CharField(max_length=40, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=12, choices=Jurisdiction.choices, default=Jurisdiction.MAINLAND)
    jurisdictions = ArrayField(
        models.CharField(max_length=12, choices=Jurisdiction.choices), default=list, blank=True
    )
    languages = ArrayField(models.CharField(max_length=10, choices=Tongue.choices), default=list, blank=True)
    subjects = ArrayField(models.CharField(max_length=16, choices=Subject.choices), default=list, blank=True)
    divisions = ArrayField(models.BigIntegerField(), default=list, blank=True)
    estates = ArrayField(models.BigIntegerField(), default=list, blank=True)
    studio = models.CharField(max_length=60, blank=True)
    days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    most = models.PositiveSmallIntegerField(default=5)
    away_until = models.DateField(null=True, blank=True)
    shown = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="filing_ends_after_it_begins",
            )
        ]


class Interest(models.Model):
    """What a mediator declares: the building they live in and the firm they work for, in words without spaces."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    building = models.CharField(max_length=80, blank=True)
    firm = models.CharField(max_length=80, blank=True)


class Training(models.Model):
    """Hours that a mediator learned."""

    mediator = models.ForeignKey(Mediator, on_delete=models.CASCADE, related_name="trainings")
    held_on = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    topic = models.CharField(max_length=80)

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="training_takes_time")]


class Station(models.Model):
    """A station of volunteers (港澳志愿者驿站) and the grids it is bound to."""

    name = models.CharField(max_length=60, unique=True)
    address = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    grids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")


class Duty(models.Model):
    """Who is at a station on a day, in the morning or in the afternoon."""

    class Half(models.TextChoices):
        """Of a day."""

        MORNING = "am", _("上午")
        AFTERNOON = "pm", _("下午")

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="duties")
    mediator = models.ForeignKey(Mediator, on_delete=models.CASCADE, related_name="duties")
    day = models.DateField()
    half = models.CharField(max_length=2, choices=Half.choices)

    class Meta:
        ordering = ["day", "half", "pk"]
        constraints = [
            # also the index by which a mediator's duties are found
            models.UniqueConstraint(fields=["mediator", "day", "half"], name="one_station_at_a_time"),
        ]
        indexes = [models.Index(fields=["station", "day"], name="duty_by_station")]
