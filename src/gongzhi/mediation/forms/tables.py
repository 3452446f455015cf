"""What is accepted for the tables of the room: how long things take, and the stations of volunteers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.mediation.actions.durations import Given
from gongzhi.mediation.models import Span
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DurationForm(forms.Form):
    """Another length from a day on."""

    amount = forms.IntegerField(label=_("多久"), min_value=1, max_value=999)
    span = forms.ChoiceField(label=_("单位"), choices=Span.choices)
    starts_on = forms.DateField(label=_("从哪天起"), widget=_DAY, help_text=_("已经开始的期限照旧。"))
    marks = forms.CharField(
        label=_("用了百分之几时提醒"), max_length=40, required=False, help_text=_("例如：50 80 100")
    )
    source = forms.CharField(label=_("依据"), max_length=120, help_text=_("法律条文、文件，或谁的决定。"))

    def clean_marks(self) -> tuple[int, ...]:
        words = (
            str(self.cleaned_data["marks"]).replace("，", " ").replace(",", " ").replace("、", " ").split()
        )
        if not all(one.isascii() and one.isdecimal() and len(one) < 4 for one in words):
            raise forms.ValidationError(_("请只写数字，用空格隔开。"))
        return tuple(int(one) for one in words)

    def given(self) -> Given:
        """What is asked for."""
        return Given(**self.cleaned_data)


class StationForm(forms.Form):
    """A station of volunteers and the grids it serves."""

    name = forms.CharField(label=_("名称"), max_length=60)
    division = forms.TypedChoiceField(label=_("所在区域"), coerce=int)
    address = forms.CharField(label=_("地址"), max_length=120, required=False)
    phone = forms.CharField(label=_("公开电话"), max_length=40, required=False)
    grids = forms.TypedMultipleChoiceField(
        label=_("服务的网格"), coerce=int, widget=forms.CheckboxSelectMultiple, help_text=_("至少选一个。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        land = ground()
        rows = sorted(land.areas.values(), key=lambda area: area.code)
        places = [(a.id, a.name) for a in rows if a.level in (Level.STREET, Level.COMMUNITY)]
        grids = [(a.id, land.name_of(a.id, above=1)) for a in rows if a.level == Level.GRID]
        self.fields["division"].choices = places  # type: ignore[attr-defined]
        self.fields["grids"].choices = grids  # type: ignore[attr-defined]
