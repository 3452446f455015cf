"""What is filled in for partners of the exchange, and for their keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock
from gongzhi.workorders.models.open311 import Form, Gives, Scope, Takes
from gongzhi.workorders.tables import tree


class NewPeer(forms.Form):
    """A partner, by name and code."""

    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("例如：湾区水务公司、随手报小程序。"))
    code = forms.SlugField(label=_("代码"), max_length=40, help_text=_("小写字母、数字和连字符，以后不改。"))


class PeerForm(forms.Form):
    """How we exchange with a partner."""

    name = forms.CharField(label=_("名称"), max_length=60)
    address = forms.CharField(
        label=_("对方的接口地址"), required=False, max_length=200,
        help_text=_("GeoReport v2 的根地址，例如 https://city.example/open311/v2。只是对方来找我们时不用填。"),
    )  # fmt: skip
    jurisdiction = forms.CharField(
        label=_("对方的 jurisdiction_id"), required=False, max_length=80, help_text=_("对方没有给就不用填。")
    )
    secret = forms.CharField(
        label=_("对方给我们的密钥"), required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}), help_text=_("已经填过的不会显示；留空就不改。"),
    )  # fmt: skip
    form = forms.ChoiceField(label=_("格式"), choices=Form.choices)
    takes = forms.ChoiceField(label=_("收下对方的新反映"), choices=Takes.choices)
    gives = forms.ChoiceField(label=_("转给对方"), choices=Gives.choices)
    media_hosts = forms.CharField(
        label=_("可以取照片的主机"), required=False, max_length=600,
        help_text=_("对方反映里的照片链接，只有主机在这里才会取回；用逗号分开。"),
    )  # fmt: skip

    def clean_media_hosts(self) -> list[str]:
        """The hosts, one by one."""
        told = str(self.cleaned_data["media_hosts"])
        return [one for one in told.replace("，", ",").replace("\n", ",").split(",") if one.strip()]


class KeyForm(forms.Form):
    """A key: for whom, for what, until when."""

    title = forms.CharField(label=_("给谁用"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("能做什么"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=["post", "own"],
    )
    expires_on = forms.DateField(
        label=_("有效到哪一天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: clock.today() + timedelta(days=365),
    )  # fmt: skip


class MatchForm(forms.Form):
    """What one of their codes means here."""

    their_code = forms.ChoiceField(label=_("对方的服务"))
    category = forms.TypedChoiceField(label=_("我们的分类"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = tree()
        rows = sorted(topics.live.values(), key=lambda topic: topic.code)
        theirs = [(code, f"{name} · {code}") for code, name in sorted(names.items())]
        self.fields["their_code"].choices = theirs  # type: ignore[attr-defined]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("没有对应的分类")),
            *((topic.id, f"{topic.code} {topics.said_of(topic.id)}") for topic in rows),
        ]
