"""What staff may fill in for an operation of an order: requests, supervision, verification, bodies outside."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.workorders.forms.steps import PhotosField, words_field
from gongzhi.workorders.models import Supervision
from gongzhi.workorders.open311.partners import peers


class AskReturn(forms.Form):
    """Why it is not this unit's."""

    reason = words_field(_("为什么不归本单位办"), help_text=_("受理员会看到，并决定是否重新派单。"))


class AskVoid(forms.Form):
    """Why it should not be an order at all."""

    reason = words_field(_("为什么作废"), help_text=_("要由另一个人同意。同意后居民会看到原因。"))


class AskExtension(forms.Form):
    """Until when, and why; the resident reads it once it is granted."""

    until = forms.DateField(
        label=_("延到哪一天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = words_field(_("原因"), help_text=_("同意后居民会看到。请写清为什么需要更多时间。"))


class AskSuspension(forms.Form):
    """When to look at it again, and why it cannot be done now."""

    until = forms.DateField(
        label=_("哪一天复查"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = words_field(_("为什么现在办不了"), help_text=_("同意后居民会看到，答复期限暂停。"))


class Grant(forms.Form):
    """Words that go with a yes, if any."""

    words = forms.CharField(label=_("想补充的话"), required=False, max_length=500)


class Refuse(forms.Form):
    """Why not."""

    words = words_field(_("为什么不同意"), help_text=_("提出申请的人会看到。"))


class AskVerify(forms.Form):
    """What the grid should look at."""

    question = words_field(_("请网格员看什么"), help_text=_("派单期限暂停，答复居民的期限照常计时。"))


class Verify(forms.Form):
    """Is it so, and what does it look like."""

    found = forms.TypedChoiceField(
        label=_("现场情况"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("属实")), ("no", _("不属实，或已经没有了"))],
    )  # fmt: skip
    text = words_field(_("看到了什么"))
    photos = PhotosField()


class Forward(forms.Form):
    """To which body, until when, and what it reads."""

    body = forms.CharField(
        label=_("转给哪个单位"), help_text=_("平台以外的单位，例如电信公司、铁路部门。"), max_length=60
    )
    until = forms.DateField(
        label=_("请对方在哪一天前答复"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = words_field(
        _("请对方做什么"), help_text=_("对方只看得到这些话和下面的地点。不要写居民的姓名、电话。")
    )
    place = forms.CharField(label=_("地点"), help_text=_("对方会看到。"), required=False, max_length=200)
    peer_id = forms.TypedChoiceField(
        label=_("同时送进对方的系统"), coerce=int, empty_value=None, required=False,
        help_text=_("有对接的单位，办理进展会自己回来。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(peer.id, peer.name) for peer in peers().values() if peer.address]
        if rows:
            self.fields["peer_id"].choices = [("", _("不送，只用链接")), *rows]  # type: ignore[attr-defined]
        else:
            del self.fields["peer_id"]


class Renew(forms.Form):
    """Until when the body outside is to answer now."""

    until = forms.DateField(
        label=_("请对方在哪一天前答复"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class HandToPolice(forms.Form):
    """What the police should know; never the report itself, and no names."""

    text = words_field(
        _("是什么情况"), help_text=_("公安机关只看得到这些话、地点和分类。不要写姓名、电话和证件号码。")
    )
    place = forms.CharField(label=_("地点"), required=False, max_length=200)


class TakenByPolice(forms.Form):
    """Under which number the police have it."""

    receipt = forms.CharField(label=_("公安机关的受理编号"), max_length=60)


class ReturnedByPolice(forms.Form):
    """Why it is not theirs."""

    reason = words_field(_("公安机关为什么退回"))


class Urge(forms.Form):
    """Words that go with it, if any."""

    text = forms.CharField(label=_("想说的话"), required=False, max_length=500)


class Supervise(forms.Form):
    """At which level, and what is expected."""

    level = forms.ChoiceField(label=_("督办级别"), widget=forms.RadioSelect, choices=Supervision.choices)
    text = words_field(_("要求"), help_text=_("主办单位会看到，并要按期反馈。"))


class Remark(forms.Form):
    """A leader's words."""

    text = words_field(_("批示"), help_text=_("只有工作人员看得到。"))


class ReportBack(forms.Form):
    """How far it is."""

    text = words_field(_("办到哪一步了"))
    photos = PhotosField()


class Aside(forms.Form):
    """A few words, if any."""

    note = forms.CharField(label=_("说明"), required=False, max_length=500)
