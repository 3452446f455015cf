"""Who takes part: the parties with their particulars, the team, guests, and what they agreed to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import sides
from gongzhi.mediation.models.cases import Case


class Party(models.Model):
    """One side of the dispute, by the name that everybody in the case knows. Its side is ``party:<number>``.

    ``consents_at``: agreed to mediation; ``told_at``: has been told its rights and duties (人民调解法 art. 23–24).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    is_body = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)
    applied = models.BooleanField(default=False)
    consents_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told_how = models.CharField(max_length=12, blank=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="one_party_per_number")]


class Document(models.TextChoices):
    """What somebody shows of themselves, on this side of the boundary or the other."""

    MAINLAND_ID = "mainland_id", _("居民身份证")
    HK_ID = "hk_id", _("香港居民身份证")
    MACAO_ID = "macao_id", _("澳门居民身份证")
    HOME_RETURN = "home_return", _("港澳居民来往内地通行证")
    HKM_RESIDENCE = "hkm_residence", _("港澳居民居住证")
    PASSPORT = "passport", _("护照")
    BUSINESS = "business", _("营业执照或统一社会信用代码")
    OTHER = "other", _("其他证件")


class Particulars(models.Model):
    """What the forms ask of a party: for the team and the party itself."""

    party = models.OneToOneField(
        Party, on_delete=models.CASCADE, primary_key=True, related_name="particulars"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    sex = models.CharField(max_length=8, blank=True)
    ethnicity = models.CharField(max_length=20, blank=True)
    born_year = models.PositiveSmallIntegerField(null=True, blank=True)
    occupation = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=16, choices=Document.choices, blank=True)
    document_number = models.CharField(max_length=40, blank=True)
    agent_name = models.CharField(max_length=60, blank=True)
    agent_basis = models.CharField(max_length=120, blank=True)
    sides = sides()
    at = models.DateTimeField()


class Statement(models.Model):
    """What a party says happened and what it wants, as the application form asks. For the team and the party itself."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="statements")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="statements")
    facts = models.TextField(blank=True)
    requests = models.TextField(blank=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class MemberPart(models.TextChoices):
    """What somebody does in a team."""

    MEDIATOR = "mediator", _("调解员")
    CO_MEDIATOR = "co_mediator", _("协助调解")
    CLERK = "clerk", _("内勤")
    SECRETARY = "secretary", _("社区书记")
    CONSTABLE = "constable", _("社区民警")
    DEPARTMENT = "department", _("部门人员")
    EXPERT = "expert", _("专业人士")


class Member(models.Model):
    """Somebody of the team, from when until when. Mirrors their ``journal.Access`` of the side ``team``."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=MemberPart.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    recused = models.BooleanField(default=False)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "account"], condition=Q(until=None), name="one_part_in_a_team"
            )
        ]


class Opinion(models.Model):
    """A party says whether it agrees with the mediator who is proposed (art. 19: chosen or accepted by the parties)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="opinions")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="opinions")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "account"], name="one_opinion_of_a_mediator")]


class GuestPart(models.TextChoices):
    """Guests of a case: who only listens, and who carries words from one language to another."""

    OBSERVER = "observer", _("旁听人")
    INTERPRETER = "interpreter", _("翻译")


class Guest(models.Model):
    """Somebody invited who belongs to no side. Comes in when every party has agreed, and goes when one takes it back."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="guests")
    part = models.CharField(max_length=12, choices=GuestPart.choices)
    name = models.CharField(max_length=80)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    languages = models.CharField(max_length=60, blank=True)
    admitted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class Consent(models.Model):
    """A party agrees that a guest is there, and may take it back."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    sides = sides()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guest", "party"], condition=Q(withdrawn_at=None), name="one_consent_of_a_party"
            )
        ]
