"""The rows of the people. Contact data are behind row-level security, see the migration ``0002_locks``."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.people.roles import Role, said_of
from gongzhi.territory.models import Division, Level


class Accounts(BaseUserManager["Account"]):
    """Finds accounts by what they sign in with."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(login=username)


class Account(AbstractBaseUser):
    """Someone who can sign in: staff with a login and password, residents with a one-time code.

    ``address_digest`` is a keyed digest of the phone number or e-mail address that a code is sent to: it finds the
    account and gives nothing away.
    """

    login = models.CharField(max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(max_length=60, blank=True)
    address_digest = models.BinaryField(max_length=32, unique=True, null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    large_type = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField()

    objects = Accounts()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.login or f"#{self.pk}"


class OrganisationKind(models.TextChoices):
    """Kinds of organisations that govern, build and share together."""

    GOVERNMENT = "government", _("区人民政府")
    STREET_OFFICE = "street_office", _("街道办事处")
    ORDER_CENTRE = "order_centre", _("工单中心")
    DUTY_ROOM = "duty_room", _("值班室")
    OFFICE = "office", _("街道办公室")
    ENFORCEMENT = "enforcement_team", _("执法队")
    SERVICE_CENTRE = "service_centre", _("服务中心")
    BRANCH = "branch", _("派驻机构")
    BUREAU = "bureau", _("职能部门")
    POLICE = "police_liaison", _("公安联络")
    FIRE = "fire_liaison", _("消防联络")
    HEALTH = "health_centre", _("卫生服务中心")
    UTILITY = "utility", _("公用事业单位")
    COMMUNITY = "community", _("社区居委会")
    PROPERTY = "property", _("物业服务企业")
    OWNERS = "owners", _("业主委员会")
    ASSOCIATION = "association", _("社会组织")
    COMPANY = "company", _("企业")
    PARTY_BRANCH = "party_branch", _("党组织")
    MEDIATION = "mediation", _("人民调解委员会")


class Organisation(models.Model):
    """A body that people work for or belong to. ``serves`` are divisions it works in besides its own."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    public_phone = models.CharField(max_length=40, blank=True)
    serves = ArrayField(models.BigIntegerField(), default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name or self.name


class Post(models.Model):
    """A person holds a role for an area or an organisation, from one day until another (not included)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role.choices)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(division__isnull=False) | Q(organisation__isnull=False),
                name="post_is_for_something",
            ),
            models.UniqueConstraint(
                fields=["account", "role", "division", "organisation"],
                condition=Q(ends_on=None),
                nulls_distinct=False,
                name="one_open_post",
            ),
        ]
        indexes = [models.Index(fields=["division", "role"], name="post_by_division")]

    @property
    def said(self) -> str:
        """The role as people read it, by the level of its area."""
        return said_of(self.role, self.division.level if self.division else "")


class Staffing(models.Model):
    """How many posts of a role an area of a level should have (一长三员: one leader, three members)."""

    level = models.CharField(max_length=12, choices=Level.choices)
    role = models.CharField(max_length=20, choices=Role.choices)
    posts = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "role"], name="one_staffing_rule")]


class Line(models.TextChoices):
    """Responsibility lines that once had grids of their own (多网合一): layers over the one base grid."""

    PEACE = "peace", _("综治")
    CITY = "city", _("城管")
    FIRE = "fire", _("消防")
    SAFETY = "safety", _("安全生产")
    JUSTICE = "justice", _("司法")


class LineArea(models.Model):
    """An area of one line and who answers for it, from one day until another (not included).

    It covers divisions of the base grid (``divisions``, with everything below them), or has a border of its own
    (``shape``, GeoJSON in WGS-84). A post or an organisation answers; a post that has ended answers no more.
    """

    line = models.CharField(max_length=10, choices=Line.choices)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    divisions = ArrayField(models.BigIntegerField(), default=list, blank=True)
    shape = models.JSONField(null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["line", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(post__isnull=False), name="somebody_answers"
            ),
            models.CheckConstraint(
                condition=~Q(divisions=[]) | Q(shape__isnull=False), name="a_line_area_lies_somewhere"
            ),
            models.UniqueConstraint(
                fields=["line", "code"], condition=Q(ends_on=None), name="one_open_line_area"
            ),
        ]


class Contact(models.Model):
    """How to reach a person, for one purpose: their account, or one thread they are owed an answer in.

    ``language`` is the one they read when they left it, empty when somebody else wrote it down. ``held_by`` are the
    organisations that need it to do their work. Visible to the account itself and to those who
    hold a post in one of these organisations; to nobody else, in the database too. The key is made here rather
    than by the database, because nobody who writes one may necessarily read it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    held_by = ArrayField(models.BigIntegerField(), default=list)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    purpose = models.CharField(max_length=40)
    since = models.DateTimeField()


class Consent(models.Model):
    """Who agreed to what, in which language and version, and when they took it back (PIPL art. 14–15)."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="consents"
    )
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class OneTimeCode(models.Model):
    """A code sent to an address, to sign in once. Only digests are kept."""

    address_digest = models.BinaryField(max_length=32, db_index=True)
    code_digest = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)


class Token(models.Model):
    """A key for a program, with scopes and an end. Only its digest is kept. ``last_used_at`` is kept to some minutes."""

    digest = models.BinaryField(max_length=32, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    since = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
