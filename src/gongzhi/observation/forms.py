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
