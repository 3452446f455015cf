"""What the page of webhooks asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.events import KINDS

_LEVELS = (Level.STREET, Level.COMMUNITY, Level.GRID)


class HookForm(forms.Form):
    """Where to push, and what."""

    name = forms.CharField(
        label=_("给什么程序"), max_length=60, help_text=_("例如：小区物业系统"),
        error_messages={"required": _("请写一下给什么程序，以后好认。")},
    )  # fmt: skip
    address = forms.CharField(
        label=_("推送到哪个网址"), max_length=500, help_text=_("以 https:// 开头。程序收下后回答 2xx。"),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写网址。")},
    )  # fmt: skip
    division = forms.TypedChoiceField(
        label=_("哪个范围"), required=False, coerce=int, empty_value=None,
        help_text=_("只推送您看得到的工单。"),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("哪些动态"), required=False, help_text=_("一个都不选，就是全部。"),
        choices=[(code, label) for code, (label, _verbs) in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        land = ground()
        areas = sorted((a for a in land.areas.values() if a.level in _LEVELS), key=lambda a: a.code)
        field = self.fields["division"]
        assert isinstance(field, forms.TypedChoiceField)
        above = {area.id: area.name for area in areas if area.level == Level.COMMUNITY}
        field.choices = [
            ("", _("看得到的都要")),
            *((area.id, f"{above.get(area.parent_id or 0, '')}{area.name}") for area in areas),
        ]
