"""What is filled in for a tip: by whoever gives one, and by the clerk who takes it to the police."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.workorders.models.tips import TipKind, TipOutcome


class TipForm(forms.Form):
    """What, and where. Nothing about whoever gives it."""

    kind = forms.ChoiceField(label=_("哪一类"), choices=TipKind.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("什么情况"), help_text=_("什么事、什么时候。不用写您是谁。"), max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    place = forms.CharField(label=_("在哪里"), required=False, max_length=200)
    acknowledged = forms.BooleanField(label=_("我已经打过电话，仍要留下线索"), required=False)


class PassOnForm(forms.Form):
    """Under which number the police have it."""

    receipt = forms.CharField(label=_("公安机关的受理编号"), max_length=60)


class CloseForm(forms.Form):
    """What became of it."""

    outcome = forms.ChoiceField(label=_("结果"), choices=TipOutcome.choices, widget=forms.RadioSelect)
    loss_avoided = forms.IntegerField(label=_("避免损失（元）"), min_value=0, initial=0, required=False)
    words = forms.CharField(
        label=_("告诉提供线索的人"), help_text=_("不要写别人的姓名、电话。"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
