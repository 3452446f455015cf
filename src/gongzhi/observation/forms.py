"""What people may fill in here: which brief to make, its words, the forms, and report plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.observation.models import Every


class Make(forms.Form):
    """Which brief: of which area, of what kind, for the period that holds a day."""

    area = forms.TypedChoiceField(label=_("哪里"), coerce=int)
    every = forms.ChoiceField(label=_("哪一种"), choices=Every.choices)
    day = forms.DateField(
        label=_("哪一天"), help_text=_("周报、月报填那一周、那个月里的任何一天。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, areas: list[tuple[int, str]], yesterday: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]
        self.fields["day"].initial = yesterday


class FormFile(forms.Form):
    """Another Word form."""

    area = forms.TypedChoiceField(label=_("用在哪里"), coerce=int)
    file = forms.FileField(
        label=_("Word 模板"), help_text=_(".docx，最多 5 MB。先下载现在的模板，在 Word 里改好再传上来。")
    )

    def __init__(self, *args: Any, areas: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]


class Heads(forms.Form):
    """How many people live where, as of when, from whom."""

    counted_on = forms.DateField(
        label=_("统计日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("来源"), max_length=120, help_text=_("例如：2025 年常住人口，街道统计办。")
    )
    lines = forms.CharField(
        label=_("人数"), max_length=100_000, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("每行一个地方：名称或编码，逗号，人数。可以从表格里粘贴两列。"),
    )  # fmt: skip


class Plan(forms.Form):
    """What a superior asks for again and again."""

    name = forms.CharField(label=_("报表名称"), max_length=80)
    area = forms.TypedChoiceField(label=_("哪里"), coerce=int)
    rows = forms.ChoiceField(label=_("一行一个"))
    every = forms.ChoiceField(label=_("多久报一次"), choices=Every.choices)
    figures = forms.MultipleChoiceField(label=_("要哪些数"), widget=forms.CheckboxSelectMultiple)
    topic = forms.ChoiceField(label=_("只数哪一类"), required=False)

    def __init__(
        self, *args: Any, areas: list[tuple[int, str]], rows: list[tuple[str, str]], figures: list[tuple[str, str]],
        topics: list[tuple[int, str]], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("area", areas),
            ("rows", rows),
            ("figures", figures),
            ("topic", [("", _("全部")), *topics]),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class Workbook(forms.Form):
    """A superior's form."""

    file = forms.FileField(label=_("上级的表格"), help_text=_(".xlsx，最多 3 MB；在要填的格子里写占位符。"))
