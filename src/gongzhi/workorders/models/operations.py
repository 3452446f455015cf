"""The rows of an order's operations: requests and their caps, counter-signatures, outside bodies, visits, ratings.

Here are the ledgers (台账) that the rules of the field ask for: every return, extension, suspension and void with its
reason, its decision and who took it (CJ/T 292 and the provincial rules on it). The order itself is in ``models.py``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.people.models import Organisation


class Asking(models.TextChoices):
    """What a unit can ask the order centre for; the codes stand in ``WorkOrder.asked``."""

    RETURN = "return", _("退单")
    EXTENSION = "extend", _("延期")
    SUSPENSION = "suspend", _("挂账")
    VOID = "void", _("作废")


class Supervision(models.TextChoices):
    """How urgently an order is supervised (督办); the codes stand in ``WorkOrder.supervised``."""

    YELLOW = "yellow", _("黄色督办")
    ORANGE = "orange", _("橙色督办")
    RED = "red", _("红色督办")


class Request(models.Model):
    """An entry of a ledger: a unit asked for something, somebody decided. At most one of an order is pending.

    ``until`` is the moment asked for: the new due moment of an extension, the review of a suspension. ``overtaken``:
    the order moved on before anybody had decided.
    """

    class State(models.TextChoices):
        """How a request stands."""

        PENDING = "pending", _("待审批")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        OVERTAKEN = "overtaken", _("不再需要")

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=10, choices=Asking.choices)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    reason = models.TextField()
    until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="pending"), name="one_pending_request"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None) | Q(decided_at__isnull=False),
                name="a_decision_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-asked_at"], name="ledger_by_kind"),
            models.Index(fields=["unit", "kind", "-asked_at"], name="ledger_of_unit"),
            # What was granted in a month.
            models.Index(
                fields=["kind", "decided_at"], condition=Q(state="granted"), name="ledger_by_decision"
            ),
        ]


class Cap(models.Model):
    """How many of a hundred orders a unit may have returned, extended, suspended or made void within some days.

    Without a unit it holds for all that have no cap of their own. Above it a unit is shown as leaning on it; nothing
    is refused for that.
    """

    kind = models.CharField(max_length=10, choices=Asking.choices)
    unit = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    percent = models.PositiveSmallIntegerField()
    window_days = models.PositiveSmallIntegerField(default=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit"], name="one_cap_per_unit", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(percent__lte=100, window_days__gte=1), name="a_cap_is_a_share_of_some_days"
            ),
        ]


class SignOff(models.Model):
    """A joint unit's word on an order (会签): asked for once, given once."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="sign_offs")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "unit"], name="one_sign_off_per_unit")]


class Outside(models.Model):
    """An order in the hands of a body outside the platform, which answers by a link until it has answered, or until
    some days after ``due_at`` (``GONGZHI_OUTSIDE_DAYS``).

    ``words`` and ``place`` are what it reads: written for it by a colleague, without names or telephone numbers. Of
    the link's code only the keyed digest is kept.
    """

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="outsides")
    body = models.CharField(max_length=60)
    key_digest = models.BinaryField(max_length=32, unique=True)
    words = models.TextField()
    place = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)
    declined = models.BooleanField(default=False)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(answered_at=None, recalled_at=None),
                name="one_outside_body_at_a_time",
            )
        ]


class Visit(models.Model):
    """A call to the reporter after an answer (回访): whether they were reached, and what they said."""

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="visits")
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reached = models.BooleanField()
    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfied=None) | Q(satisfied__gte=1, satisfied__lte=5), name="visit_1_to_5"
            )
        ]
        indexes = [models.Index(fields=["order", "-at"], name="visits_of_order")]


class Rating(models.Model):
    """What the resident said of an answer: solved, and satisfied from 1 to 5. One per answer.

    ``by_visit``: they said it to somebody who called them, who wrote it down in their stead.
    """

    order = models.ForeignKey("workorders.WorkOrder", on_delete=models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    solved = models.BooleanField()
    satisfied = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    counts = models.BooleanField(default=True)
    by_visit = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "round"], name="one_rating_per_round"),
            models.CheckConstraint(condition=Q(satisfied__gte=1, satisfied__lte=5), name="satisfied_1_to_5"),
        ]
        # What residents said in a month.
        indexes = [models.Index(fields=["at"], name="rating_by_moment")]
