"""What we accept about messages: quiet hours, and robots of group chats."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.notices.hours import DIGEST_AT, NIGHT, ZONES
from gongzhi.notices.models import Channel, Hours

_PLACES = (
    ("Asia/Shanghai", _("内地")),
    ("Asia/Hong_Kong", _("香港")),
    ("Asia/Macau", _("澳门")),
    ("Europe/Lisbon", _("葡萄牙")),
)


class HoursForm(forms.Form):
    """When somebody is not to be disturbed, and when what was collected comes."""

    begins = forms.TimeField(label=_("晚上从"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=_("到早上"), widget=forms.TimeInput(attrs={"type": "time"}))
    zone = forms.ChoiceField(label=_("按哪里的钟"), choices=_PLACES)
    digest_at = forms.TimeField(label=_("汇总几点发"), widget=forms.TimeInput(attrs={"type": "time"}))

    @staticmethod
    def of(hours: Hours | None) -> dict[str, Any]:
        """First values."""
        if hours is None:
            return {"begins": f"{NIGHT[0]:%H:%M}", "ends": f"{NIGHT[1]:%H:%M}", "zone": ZONES["CN"],
                    "digest_at": f"{DIGEST_AT:%H:%M}"}  # fmt: skip
        return {"begins": f"{hours.begins:%H:%M}", "ends": f"{hours.ends:%H:%M}", "zone": hours.zone,
                "digest_at": f"{hours.digest_at:%H:%M}"}  # fmt: skip


class OutletForm(forms.Form):
    """A robot of a group chat."""

    channel = forms.ChoiceField(
        label=_("哪个平台"),
        choices=[(code, Channel(code).label) for code in (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU)],
    )
    address = forms.URLField(label=_("机器人地址"), max_length=1000, assume_scheme="https")
    secret = forms.CharField(
        label=_("加签密钥"), max_length=200, required=False, help_text=_("钉钉、飞书开了“加签”才要填。")
    )
    label = forms.CharField(
        label=_("叫什么"), max_length=40, required=False, help_text=_("比如：市政值班群。")
    )
