"""What is asked of those who give something of a case to others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.mediation.actions.offering import Release
from gongzhi.mediation.forms.base import StepForm
from gongzhi.mediation.forms.fields import choice, day, line, words
from gongzhi.mediation.models import Check, Ground


class TopicForm(StepForm):
    title = line(_("议题"), help=_("一句话，例如“夜间施工的时间怎样定”。"))
    text = words(_("说明"), help=_("写这类事，不写这件事：不写谁，不写哪一栋。"))
    explained = words(_("提示里的几处为什么没关系"), required=False, rows=2)


class StoryForm(StepForm):
    offered_id = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = line(_("标题"))
    text = words(
        _("案例"),
        most=20_000,
        rows=14,
        help=_("重新写：起因、难点、怎样谈开、约定了什么。不写姓名、地址，日期只到季度，金额取整。"),
    )


class ReleaseForm(StepForm):
    offered_id = forms.IntegerField(widget=forms.HiddenInput)
    checks = choice(_("对照原案，逐项核过"), Check.choices, many=True)
    ground = choice(_("依据"), Ground.choices)
    consents = choice(_("谁同意了"), [], many=True, required=False)
    consented_on = day(_("哪天同意的"), required=False)
    ground_note = line(_("怎样同意的；没有取得同意的，为什么"), most=200, required=False)
    explained = words(_("提示里的几处为什么没关系"), required=False, rows=2)

    def prepare(self) -> None:
        self.fields["consents"].choices = self.parties()  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        offered = told.pop("offered_id")
        told["consents"] = [int(one) for one in told["consents"]]
        return {"offered_id": offered, "said": Release(**told)}


class WithdrawForm(StepForm):
    offered_id = forms.IntegerField(widget=forms.HiddenInput)


FORMS = {
    "offer_topic": TopicForm,
    "write_story": StoryForm,
    "release_story": ReleaseForm,
    "withdraw_story": WithdrawForm,
}
