"""The rows of messages out. Addresses are contact data: a message is visible only to the service that sends it, and
to its account where it stands on the platform's own page (``in_app``)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Thread
from gongzhi.territory.models import Division


class Channel(models.TextChoices):
    """By which way a message goes."""

    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")
    FEISHU = "feishu", _("飞书")
    PUSH = "push", _("浏览器通知")
    IN_APP = "in_app", _("站内通知")


class State(models.TextChoices):
    """Where a message is. ``sent``: the channel took it; ``delivered``: it says that it arrived."""

    WAITING = "waiting", _("还在路上")
    HELD = "held", _("等汇总时一起发")
    SENDING = "sending", _("正在发")
    SENT = "sent", _("已发出")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("没送到")
    GATHERED = "gathered", _("已汇总")


class Pace(models.TextChoices):
    """When messages of a group go out."""

    NOW = "now", _("马上发")
    DAILY = "daily", _("每天汇总成一条")
    OFF = "off", _("不发，只在站内看")


class Message(models.Model):
    """One message by one channel. Its key is made here: whoever writes one may not read it back.

    The key is also what a gateway is told, so that it takes the same message once. ``next_at`` is the moment at which
    it is to be looked at; ``claimed_until`` the end of the present attempt's time. ``twice``: a sender died between
    sending and marking, and the channel cannot tell whether it had it already. ``outlet`` is the key of an
    :class:`Outlet` where the address is no phone number or e-mail address. No words of a matter are in ``body``.
    ``answers`` is the Message-ID of the e-mail that this one answers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=60)
    group = models.CharField(max_length=20, default="progress")
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=120, blank=True)
    outlet = models.BigIntegerField(null=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    url = models.CharField(max_length=200, blank=True)
    answers = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    twice = models.BooleanField(default=False)
    into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="gathered")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            # The sweep: what is to be looked at now.
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="message_to_send"),
            models.Index(fields=["-created_at"], name="message_newest"),
            # My own page of notices.
            models.Index(
                fields=["account", "-created_at"], condition=Q(channel="in_app"), name="message_of_account"
            ),
        ]


class Attempt(models.Model):
    """One try to send a message. Without ``finished_at`` its sender was stopped in the middle."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="one_row_per_try")]


class Outlet(models.Model):
    """A robot of a group chat, or a browser, that an account lets us write to. ``address`` and ``keys`` are secrets."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=1000)
    keys = models.JSONField(default=dict)
    label = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="one_outlet_per_address")]


class Choice(models.Model):
    """What an account wants for one group of purposes. No row: what the group starts with."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=20)
    channels = ArrayField(models.CharField(max_length=10), default=list)
    pace = models.CharField(max_length=6, choices=Pace.choices, default=Pace.NOW)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "group"], name="one_choice_per_group")]


class Hours(models.Model):
    """When an account does not want to be disturbed, and when its collected message goes out, by its own clock."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    begins = models.TimeField()
    ends = models.TimeField()
    zone = models.CharField(max_length=40)
    digest_at = models.TimeField()


class Stop(models.Model):
    """An address that wants no more messages of a group, said by the link in one of them. Only a digest is kept."""

    address_digest = models.BinaryField(max_length=32)
    group = models.CharField(max_length=20)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address_digest", "group"], name="stopped_once")]


class Follow(models.Model):
    """An account follows what becomes public in an area, about a topic (a code of a category or a board), or both.

    ``told_until`` is the moment up to which it has been told.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.CASCADE, null=True, related_name="+")
    topic = models.CharField(max_length=24, blank=True)
    since = models.DateTimeField()
    told_until = models.DateTimeField()

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "division", "topic"], nulls_distinct=False, name="followed_once"
            ),
            models.CheckConstraint(
                condition=Q(division__isnull=False) | ~Q(topic=""), name="a_follow_is_of_something"
            ),
        ]
