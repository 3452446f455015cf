"""What we accept: the words of an appeal and of its decision, and a formula line by line."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

#: Numbers of a line that may be edited, by kind: field → label.
NUMBERS = {
    "share": {
        "full": _("满分"),
        "threshold": _("标准 %"),
        "slope": _("每差一个百分点扣"),
        "weight": _("权重"),
    },
    "each": {"per": _("每件扣"), "full": _("最多扣（0 为不限）"), "weight": _("权重")},
}


def _whole(number: float) -> float | int:
    """A number as people write it: 50, not 50.0."""
    return int(number) if float(number).is_integer() else number


class AppealForm(forms.Form):
    """Which matters, and why."""

    numbers = forms.CharField(
        label=_("工单编号"), max_length=1500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不该算在您单位的工单，用空格或换行隔开。"),
    )  # fmt: skip
    words = forms.CharField(
        label=_("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("例如：现场属于另一单位的养护范围，附文号。不写个人信息。"),
    )  # fmt: skip


class DecisionForm(forms.Form):
    """Which of the matters no longer count, and why."""

    granted = forms.MultipleChoiceField(
        label=_("不再计算的工单"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("一件也不选，就是不采纳。"),
    )  # fmt: skip
    decision = forms.CharField(
        label=_("决定的理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, matters: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["granted"].choices = matters  # type: ignore[attr-defined]


class FormulaForm(forms.Form):
    """A draft of the formula: name, note, and the numbers of each line. Which figures a line uses stays."""

    name = forms.CharField(label=_("名称"), max_length=60)
    note = forms.CharField(
        label=_("说明和依据"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    shrunk = forms.BooleanField(label=_("小数目向同类平均靠拢后再评分"), required=False)

    def __init__(self, *args: Any, told: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.told = told
        for place, item in enumerate(told["items"]):
            for number, label in NUMBERS[item["kind"]].items():
                self.fields[f"i{place}_{number}"] = forms.FloatField(
                    label=label, min_value=0, max_value=1000, initial=_whole(item.get(number, 0)),
                    widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
                )  # fmt: skip

    def lines(self) -> list[tuple[dict[str, Any], list[Any]]]:
        """Each line with its fields."""
        return [
            (item, [self[f"i{place}_{number}"] for number in NUMBERS[item["kind"]]])
            for place, item in enumerate(self.told["items"])
        ]

    def as_told(self) -> dict[str, Any]:
        """The formula as plain values."""
        items = [
            item | {number: self.cleaned_data[f"i{place}_{number}"] for number in NUMBERS[item["kind"]]}
            for place, item in enumerate(self.told["items"])
        ]
        return self.told | {"items": items, "shrunk": self.cleaned_data["shrunk"]}


class StartForm(forms.Form):
    """From which month a formula holds."""

    starts_on = forms.TypedChoiceField(label=_("从哪个月起生效"), coerce=date.fromisoformat)

    def __init__(self, *args: Any, months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].choices = months  # type: ignore[attr-defined]
