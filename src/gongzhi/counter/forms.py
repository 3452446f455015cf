"""What the front desk asks for: an address, a code, a login, a name, a token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.navigation import languages
from gongzhi.people import scopes


class AddressForm(forms.Form):
    """Where a one-time code goes."""

    address = forms.CharField(
        label=_("手机号或邮箱"),
        max_length=120,
        help_text=_("我们发一个六位数给您。第一次用，登录就是注册。"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "text"}),
        error_messages={"required": _("请填写手机号或邮箱。")},
    )


class OneTimeCodeForm(forms.Form):
    """The six digits."""

    code = forms.CharField(
        label=_("六位数"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input--code"}
        ),
        error_messages={"required": _("请填写收到的六位数。")},
    )


class StaffForm(forms.Form):
    """Login and password."""

    login = forms.CharField(
        label=_("账号"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("请填写账号。")},
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("请填写密码。")},
    )


class PreferencesForm(forms.Form):
    """Name, language, size of type."""

    name = forms.CharField(label=_("怎么称呼您"), max_length=60, required=False)
    language = forms.ChoiceField(label=_("语言"), choices=languages)
    large_type = forms.BooleanField(
        label=_("大字"), required=False, help_text=_("字大一号，地图和图表也一样。")
    )


class TokenForm(forms.Form):
    """A key for a program of one's own."""

    name = forms.CharField(
        label=_("给什么程序用"),
        max_length=60,
        help_text=_("例如：小区物业系统"),
        error_messages={"required": _("请写一下给什么程序用，以后好认。")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"),
        help_text=_("不会比您自己的权利多。少给一点，丢了也少担心一点。"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一样。")},
    )
    days = forms.TypedChoiceField(
        label=_("有效多久"),
        coerce=int,
        choices=[(30, _("30 天")), (90, _("90 天")), (365, _("一年"))],
        initial=90,
    )

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(scope.code, scope.label) for scope in scopes.known()]
        # a key for looking is what most programs need
        field.initial = [scope.code for scope in scopes.known() if scope.wide == scopes.READ]
