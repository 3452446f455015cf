"""What clerks fill in to change the rule tables: a line of the table of responsibilities, a promise."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.conditions import read_conditions
from gongzhi.workorders.forms.steps import category_choices, unit_choices
from gongzhi.workorders.models import Hours, Lead
from gongzhi.workorders.questions import questions

UNITS = {
    "minutes": gettext_lazy("分钟"),
    "hours": gettext_lazy("小时（不分昼夜）"),
    "work_hours": gettext_lazy("工作小时"),
    "work_days": gettext_lazy("工作日"),
}


class LineForm(forms.Form):
    """A line of the table of responsibilities."""

    category = forms.TypedChoiceField(
        label=gettext_lazy("分类"), coerce=int, empty_value=None, required=False
    )
    division = forms.TypedChoiceField(
        label=gettext_lazy("区域"), coerce=int, empty_value=None, required=False
    )
    hours = forms.ChoiceField(label=gettext_lazy("时间"), choices=Hours.choices)
    lead = forms.ChoiceField(label=gettext_lazy("由谁主办"), choices=Lead.choices)
    unit = forms.TypedChoiceField(
        label=gettext_lazy("主办单位"), coerce=int, empty_value=None, required=False
    )
    joint = forms.CharField(
        label=gettext_lazy("协办单位"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("单位编码，用分号隔开"),
    )
    priority = forms.IntegerField(
        label=gettext_lazy("优先级"),
        min_value=1,
        max_value=32_000,
        help_text=gettext_lazy("数字小的先用"),
    )
    answers = forms.CharField(
        label=gettext_lazy("按回答"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("分类的问题怎么答才用这条规则，例如 lit=no; poles>=3；几个值用 | 隔开"),
    )
    limit = forms.IntegerField(
        label=gettext_lazy("多久办好"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("不填，就按分类的时限和承诺表"),
    )
    limit_unit = forms.ChoiceField(
        label=gettext_lazy("时间单位"), required=False, choices=[("", "—"), *UNITS.items()]
    )
    note = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=200)
    origin = forms.CharField(label=gettext_lazy("权责下沉：原来由谁办"), required=False, max_length=80)
    document = forms.CharField(label=gettext_lazy("权责下沉：依据的文件"), required=False, max_length=120)
    starts_on = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        land = ground()
        areas = [
            (area.id, land.name_of(area.id, above=1))
            for area in sorted(land.areas.values(), key=lambda a: a.code)
            if area.level != "building"
        ]
        choices: dict[str, Any] = {
            "category": [("", _("所有分类")), *category_choices()[1:]],
            "division": [("", _("所有区域")), *areas],
            "unit": unit_choices(),
        }
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A line led by a named unit names it; joint units exist."""
        said = super().clean() or {}
        if said.get("lead") == Lead.UNIT and not said.get("unit"):
            self.add_error("unit", _("请选择主办单位。"))
        known = {body.code for body in organisations().values()} | {Lead.COMMUNITY, Lead.PROPERTY}
        joint = [
            part.strip() for part in (said.get("joint") or "").replace("；", ";").split(";") if part.strip()
        ]
        if unknown := [part for part in joint if part not in known]:
            self.add_error("joint", _("没有单位“{code}”。").format(code="、".join(unknown)))
        said["joint"] = tuple(joint)
        if said.get("limit") and not said.get("limit_unit"):
            self.add_error("limit_unit", _("请选择时限单位。"))
        if not said.get("limit"):
            said["limit_unit"] = ""
        if said.get("document") and not said.get("origin"):
            self.add_error("origin", _("写了文件，也请写原来由谁办。"))
        try:
            asked = {condition.code for condition in read_conditions(said.get("answers") or "")}
        except ValueError as error:
            self.add_error("answers", str(error))
            return said
        if strange := sorted(asked - {q.code for q in questions().values() if q.ends_on is None}):
            self.add_error("answers", _("没有问题“{code}”。").format(code="、".join(strange)))
        return said


class NewLineForm(LineForm):
    """A line that does not exist yet."""

    code = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,20}$",
        label=gettext_lazy("编号"),
        error_messages={"invalid": gettext_lazy("编号用字母、数字和连字符，最多 20 个。")},
    )

    field_order = ("code",)


class PromiseForm(forms.Form):
    """How long a promise is."""

    amount = forms.IntegerField(label=gettext_lazy("多久"), min_value=1, max_value=1000)
    unit = forms.ChoiceField(label=gettext_lazy("时间单位"), choices=list(UNITS.items()))
    marks = forms.CharField(
        label=gettext_lazy("提醒点（%）"), max_length=40, help_text=gettext_lazy("例如 50;80;100")
    )

    def clean_marks(self) -> list[int]:
        """Percentages."""
        parts = self.cleaned_data["marks"].replace("；", ";").split(";")
        if not all(part.strip().isdecimal() for part in parts if part.strip()):
            raise forms.ValidationError(_("请填数字，用分号隔开。"))
        return [int(part) for part in parts if part.strip()]
