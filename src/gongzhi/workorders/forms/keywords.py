"""What clerks fill in about a keyword."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.workorders.forms.steps import category_choices
from gongzhi.workorders.keywords import LEAST, LONGEST, MOST


class KeywordForm(forms.Form):
    """A word, the category it speaks for, and how loudly."""

    word = forms.CharField(label=_("关键词"), max_length=LONGEST, help_text=_("居民会用的说法，越具体越好。"))
    category = forms.TypedChoiceField(label=_("说明是哪一类"), coerce=int, empty_value=None)
    weight = forms.FloatField(
        label=_("分量"),
        min_value=LEAST,
        max_value=MOST,
        initial=3,
        help_text=_("1 是一点线索，3 差不多能定，6 以上几乎就是。"),
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = category_choices()  # type: ignore[attr-defined]
