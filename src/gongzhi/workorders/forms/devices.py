"""What is filled in for a device: where it stands, what it watches, from which value on it matters; and a pause."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.devices import MOST_MINUTES, Plan
from gongzhi.workorders.forms.steps import area_choices, category_choices, unit_choices
from gongzhi.workorders.models.devices import Device, DeviceKind


class DeviceForm(forms.Form):
    """A device. Its place is a pin, or a grid when nobody has been there with a map."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("监测什么"), choices=DeviceKind.choices, widget=forms.RadioSelect)
    place = forms.CharField(label=_("装在哪里"), required=False, max_length=120)
    division = forms.TypedChoiceField(
        label=_("社区或网格"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=lazy(area_choices, list)(_("按地图上的点判断")),
    )
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    unit = forms.TypedChoiceField(label=_("设备归谁管"), coerce=int)
    to_owner = forms.BooleanField(
        label=_("报警也直接派给它，不按权责清单"), required=False, help_text=_("例如道闸坏了，找物业修。")
    )
    category = forms.TypedChoiceField(label=_("报警归哪一类"), coerce=int)
    serious_category = forms.TypedChoiceField(
        label=_("严重时归哪一类"), coerce=int, empty_value=None, required=False
    )
    measure = forms.CharField(
        label=_("读数的单位"), required=False, max_length=12, help_text=_("例如米、μg/m³。")
    )
    alarm_at = forms.FloatField(
        label=_("报警值"), required=False, help_text=_("读数到了这个值就生成工单。没有读数的设备不填。")
    )
    serious_at = forms.FloatField(label=_("严重值"), required=False)
    falling = forms.BooleanField(label=_("读数越低越严重"), required=False)
    expected_minutes = forms.IntegerField(
        label=_("隔多久应该有信号（分钟）"),
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=_("两倍的时间没有信号，就算失联。不填就不等它。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["unit"].choices = [("", _t("请选择")), *[row for row in unit_choices() if row[0]]]
        fields["category"].choices = [("", _t("请选择")), *category_choices()[1:]]
        fields["serious_category"].choices = [("", _t("与报警相同")), *category_choices()[1:]]

    def clean(self) -> dict[str, Any]:
        """With the grid of the pin, where no area was chosen."""
        said = super().clean() or {}
        if said.get("division") is None and said.get("lon") is not None and said.get("lat") is not None:
            spot = ground().spot(said["lon"], said["lat"])
            said["division"] = spot.division_id if spot else None
            if spot is None:
                self.add_error("division", _t("这个点不在本街道的网格里。"))
                return said
        if said.get("division") is None and "division" not in self.errors:
            self.add_error("division", _t("请在地图上指出位置，或选择网格。"))
        return said

    def plan(self) -> Plan:
        """What was filled in, as the action takes it."""
        said = dict(self.cleaned_data)
        said.pop("code", None)
        renamed = {
            f"{name}_id": said.pop(name) for name in ("division", "unit", "category", "serious_category")
        }
        return Plan(**said, **renamed)


class NewDeviceForm(DeviceForm):
    """A device that is not entered yet."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{2,39}$",
        label=_("编号"),
        help_text=_("小写字母、数字和连字符，例如 water-03。设备发消息的地址里有它。"),
        error_messages={"invalid": _("编号用小写字母、数字和连字符，3 到 40 个字符。")},
    )
    field_order = ("code",)


class PauseForm(forms.Form):
    """While somebody works on it."""

    hours = forms.TypedChoiceField(
        label=_("暂停多久"),
        coerce=int,
        choices=[(2, _("2 小时")), (8, _("8 小时")), (24, _("1 天")), (72, _("3 天")), (168, _("7 天"))],
        initial=8,
    )
    why = forms.CharField(label=_("为什么"), max_length=120)


def first_values(row: Device) -> dict[str, Any]:
    """What the form shows of a device that is entered."""
    same = (
        "name", "kind", "place", "lon", "lat", "to_owner", "measure", "alarm_at", "serious_at", "falling",
        "expected_minutes",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "division": row.division_id,
        "unit": row.unit_id,
        "category": row.category_id,
        "serious_category": row.serious_category_id,
    }
