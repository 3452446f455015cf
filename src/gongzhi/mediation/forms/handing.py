"""What is entered when something of a case is passed to another place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock
from gongzhi.mediation.actions.handing import Passing
from gongzhi.mediation.forms.fields import day, line, words
from gongzhi.mediation.models import Case, Party
from gongzhi.mediation.models.handing import Basis, Category, Side


class HandOver(forms.Form):
    """One passing on: from where to where, to whom, what, whose, why it may be."""

    origin = forms.ChoiceField(label=_("从哪里"), choices=Side.choices, initial=Side.MAINLAND)
    target = forms.ChoiceField(label=_("到哪里"), choices=Side.choices, initial=Side.MACAO)
    recipient = line(_("交给谁"), most=120, help=_("机构或人的名称。"))
    recipient_contact = line(_("对方的联系方式"), required=False, most=120)
    parties = forms.TypedMultipleChoiceField(
        label=_("谁的信息"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        label=_("哪几类"), choices=Category.choices, widget=forms.CheckboxSelectMultiple
    )
    passed = words(_("逐项写明移交了什么"), rows=3)
    purpose = line(_("用来做什么"), most=200)
    passed_on = day(_("移交日期"))
    basis = forms.ChoiceField(label=_("法律依据"), choices=Basis.choices, widget=forms.RadioSelect)
    consented_on = day(_("单独同意的日期"), required=False)
    contract_id = line(_("标准合同编号"), required=False)
    contract_on = day(_("合同生效日期"), required=False)
    filed_on = day(_("备案日期"), required=False)
    filed_with = line(
        _("向谁备案"), required=False, help=_("广东省网信办、香港数字政策办公室或澳门个人资料保护局。")
    )
    assessed_on = day(_("影响评估日期"), required=False)
    basis_note = line(_("依据的说明"), required=False, most=200)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passed_on"].initial = clock.today().isoformat()
        self.fields["parties"].choices = [  # type: ignore[attr-defined]
            (party.number, party.name) for party in Party.objects.filter(case=case)
        ]

    def passing(self) -> Passing:
        """What the action is given."""
        return Passing(**self.cleaned_data)
