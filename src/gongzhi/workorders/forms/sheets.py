"""What is filled in beside the picture of a paper form, and when a batch is printed or counted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.sheets import MOST
from gongzhi.workorders.forms.steps import Intake


class SheetForm(Intake):
    """A form that came back: its code, its picture, and what stands on it."""

    code = forms.CharField(label=_("表上的编码"), max_length=200, help_text=_("右上角，例如 00042-7。"))
    field_order = ("code", "photos")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("channel", "key", "emergency_acknowledged"):
            del self.fields[name]
        self.fields["photos"].label = _("拍下这张表")
        self.fields["description"].help_text = _("照表上的字打，看不清的写“看不清”。")


class BatchForm(forms.Form):
    """Forms to print for a community."""

    division = forms.TypedChoiceField(label=_("给哪个社区"), coerce=int)
    count = forms.IntegerField(label=_("印几张"), min_value=1, max_value=MOST, initial=20)
    place = forms.CharField(
        label=_("放在哪里"), required=False, max_length=80, help_text=_("例如：社区服务站，长者食堂。")
    )

    def __init__(self, *args: Any, path: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [
            (area.id, area.name)
            for street in ground().streets
            for area in ground().children(street.id)
            if area.path.startswith(path) or path.startswith(area.path)
        ]
        self.fields["division"].choices = rows  # type: ignore[attr-defined]


class CountForm(forms.Form):
    """Where the forms of a batch are."""

    given = forms.IntegerField(label=_("发出"), min_value=0, max_value=MOST)
    missing = forms.IntegerField(label=_("丢失"), min_value=0, max_value=MOST)
