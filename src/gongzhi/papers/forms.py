"""What people may fill in here: another Word form, a review, and a digest to be recognised."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class FormFile(forms.Form):
    """Another Word form of a paper."""

    area = forms.TypedChoiceField(label=_("用在哪里"), coerce=int)
    file = forms.FileField(
        label=_("Word 模板"), help_text=_(".docx，最多 5 MB。先下载现在的模板，在 Word 里改好再传上来。")
    )

    def __init__(self, *args: Any, areas: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]


class Reviewed(forms.Form):
    """Who looked over a translation."""

    reviewer = forms.CharField(
        label=_("审校人"), max_length=80, help_text=_("姓名和单位，会印在译文的末尾。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class Check(forms.Form):
    """A digest as it is printed, or the file itself."""

    digest = forms.CharField(
        label=_("页脚上的摘要"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=_("或者选文件"),
        required=False,
        help_text=_("PDF 或 Word，最多 20 MB。文件只用来核对，不保存。"),
    )
