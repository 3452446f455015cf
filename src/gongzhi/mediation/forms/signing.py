"""What signing on a screen asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SignHere(forms.Form):
    """A telephone, a code, a drawn name if one likes, and the digest of the text on the page."""

    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)
    strokes = forms.CharField(max_length=120_000, required=False, widget=forms.HiddenInput)
    phone = forms.CharField(
        label=_("您的手机号"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text=_("登录用的，或登记在本案的。香港号码前加 +852，澳门号码前加 +853。"),
    )  # fmt: skip
    code = forms.CharField(
        label=_("短信里的六位数"), max_length=12, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip

    def __init__(self, *args: Any, asks: bool = False, coded: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks, self.coded = asks, coded
        self.fields["phone"].required = coded

    def clean_code(self) -> str:
        """Six digits, unless a code is only asked for."""
        digits = "".join(sign for sign in self.cleaned_data["code"] if sign.isdecimal())
        if self.coded and not self.asks and len(digits) != 6:
            raise forms.ValidationError(_("请填短信里的六位数。"))
        return digits
