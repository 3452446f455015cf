"""What those who whistle or call a joint operation fill in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.errors import NotFound
from gongzhi.meetings.forms import InvitedForm, WhenForm, areas_of
from gongzhi.people.actor import Person
from gongzhi.people.models import OrganisationKind
from gongzhi.workorders.actions.calling_out import MOST_OBJECTS, MOST_ORDERS, Listed
from gongzhi.workorders.models.callouts import CalloutKind, Found
from gongzhi.workorders.policies.callouts import CALLING
from gongzhi.workorders.queries.one import get_order_by_number

_APART = re.compile(r"[,，、\t;；]")
_NUMBERS = re.compile(r"[\s,，、;；]+")


def listed(text: str) -> tuple[Listed, ...]:
    """Objects from lines of class, name and place, divided by commas. ValidationError names the first bad line."""
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip() for part in _APART.split(line.strip(), maxsplit=2)]
        if parts == [""]:
            continue
        if len(parts) < 2 or not parts[0] or not parts[1]:
            raise forms.ValidationError(_t("第 {n} 行要写成：类别，名称，地点。").format(n=number))
        out.append(Listed(parts[0], parts[1], parts[2] if len(parts) > 2 else ""))
    if len(out) > MOST_OBJECTS:
        raise forms.ValidationError(_t("一次最多 {most} 个检查对象。").format(most=MOST_OBJECTS))
    return tuple(out)


class ObjectsForm(forms.Form):
    """Objects to be inspected, one a line."""

    objects = forms.CharField(
        label=_("检查对象"), required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=60_000,
        help_text=_("一行一个：类别，名称，地点。可以从表格里粘贴。"),
    )  # fmt: skip

    def clean_objects(self) -> tuple[Listed, ...]:
        """The lines as objects."""
        return listed(self.cleaned_data["objects"])


class CalloutForm(ObjectsForm, WhenForm, InvitedForm):
    """A whistle or a joint operation."""

    FIRST = (
        OrganisationKind.ENFORCEMENT, OrganisationKind.BRANCH, OrganisationKind.OFFICE, OrganisationKind.BUREAU,
        OrganisationKind.POLICE, OrganisationKind.FIRE, OrganisationKind.UTILITY, OrganisationKind.PROPERTY,
        OrganisationKind.COMMUNITY,
    )  # fmt: skip

    title = forms.CharField(label=_("为了什么事"), max_length=120)
    kind = forms.ChoiceField(
        label=_("类型"), choices=CalloutKind.choices, widget=forms.RadioSelect, initial=CalloutKind.WHISTLE
    )
    division = forms.TypedChoiceField(label=_("哪个区域"), coerce=int)
    orders = forms.CharField(
        label=_("为了哪些工单"), required=False, max_length=600,
        help_text=_("填工单编号，几个编号用空格分开。"),
    )  # fmt: skip

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        self.by = by
        roles = tuple(dict.fromkeys(role for roles in CALLING.values() for role in roles))
        self.fields["division"].choices = areas_of(by, roles)  # type: ignore[attr-defined]
        del self.fields["guests"]  # departments are called, not persons
        self.people = []
        self.fields["bodies"].label = _("召集哪些部门")

    def clean_orders(self) -> tuple[int, ...]:
        """Numbers as ids of orders that this person may see."""
        numbers = [one for one in _NUMBERS.split(self.cleaned_data["orders"].strip()) if one]
        if len(numbers) > MOST_ORDERS:
            raise forms.ValidationError(_t("一次最多关联 {most} 件工单。").format(most=MOST_ORDERS))
        found = []
        for number in numbers:
            try:
                found.append(get_order_by_number(number, by=self.by).pk)
            except NotFound as fault:
                raise forms.ValidationError(
                    _t("没有编号为 {number} 的工单，或您看不到它。").format(number=number[:20])
                ) from fault
        return tuple(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """Departments have to be called."""
        said = super().clean() or {}
        if not said.get("bodies"):
            self.add_error("bodies", _t("请选择要召集的部门。"))
        return said


class InspectForm(forms.Form):
    """What was found at one object."""

    found = forms.ChoiceField(
        label=_("检查结果"), choices=[c for c in Found.choices if c[0]], widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("发现了什么"), required=False, max_length=1000)


class FollowUpForm(forms.Form):
    """What has to be done afterwards, as a report."""

    description = forms.CharField(
        label=_("要办的事"), min_length=4, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    place_text = forms.CharField(label=_("地点"), required=False, max_length=200)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)


class LimitForm(forms.Form):
    """How long a kind of callout gives for an answer."""

    kind = forms.ChoiceField(choices=CalloutKind.choices, widget=forms.HiddenInput)
    amount = forms.IntegerField(label=_("时限"), min_value=1, max_value=240)
    unit = forms.ChoiceField(
        label=_("时间单位"), choices=[("hours", _("小时")), ("work_hours", _("工作小时"))]
    )
    note = forms.CharField(label=_("依据"), required=False, max_length=200)
