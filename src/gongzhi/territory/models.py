"""The rows of the ground. Coordinates are WGS-84 degrees; days are local dates, ``ends_on`` not included."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Levels of the territory, from the top."""

    DISTRICT = "district", _("区")
    STREET = "street", _("街道")
    COMMUNITY = "community", _("社区")
    GRID = "grid", _("网格")
    BUILDING = "building", _("楼栋")


class Division(models.Model):
    """An area of the territory. ``path`` is the chain of ids from the top, ``/1/4/17/``."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=12, choices=Level.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=120, db_index=True)
    jurisdiction = models.CharField(max_length=2, default="CN")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Boundary(models.Model):
    """The shape of a division during a span of days. Two shapes of one division never overlap in time."""

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="boundaries")
    days = DateRangeField()
    shape = models.JSONField()
    area_m2 = models.FloatField(default=0)
    source = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_boundary_at_a_time",
                # A range of one number compares without the btree_gist extension.
                expressions=[
                    (
                        models.Func(
                            F("division_id"), F("division_id"), models.Value("[]"), function="int8range"
                        ),
                        "&&",
                    ),
                    (F("days"), "&&"),
                ],
            )
        ]


class Feature(models.Model):
    """A road, coast line or park that the map draws. It has no meaning for rights or dispatch."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80, blank=True)
    shape = models.JSONField()


class Place(models.Model):
    """A place people name: an estate, a school, a crossing, an address."""

    name = models.CharField(max_length=120)
    aliases = models.JSONField(default=list)
    kind = models.CharField(max_length=20, blank=True)
    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="places")
    lon = models.FloatField()
    lat = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["name"], name="place_by_name")]


class WorkHours(models.Model):
    """Opening times of one weekday (0 = Monday) in a jurisdiction; several rows make a lunch break."""

    jurisdiction = models.CharField(max_length=2)
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["jurisdiction", "weekday", "opens"]
        constraints = [models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="opens_before_closes")]


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a weekend day that is worked (调休)."""

    jurisdiction = models.CharField(max_length=2)
    day = models.DateField()
    works = models.BooleanField()
    name = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=120, blank=True)
    provisional = models.BooleanField(default=False)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "day"], name="one_row_per_day")]
