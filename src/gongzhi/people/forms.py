"""What the administrator fills in: who holds which post, for what, from when until when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from gongzhi.people.queries import organisations
from gongzhi.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required, help_text=help_text)


def _areas() -> list[tuple[Any, Any]]:
    """Every area as a choice: districts and streets first, then each community as a group of what lies in it."""
    land = ground()
    wide: list[tuple[Any, Any]] = []
    groups: dict[int, list[tuple[Any, Any]]] = {}
    for area in sorted(land.areas.values(), key=lambda a: a.code):
        community = next((a for a in land.line(area.id) if a.level == Level.COMMUNITY), None)
        if community is None:
            wide.append((area.id, land.name_of(area.id, above=1)))
        else:
            name = land.name_of(area.id, above=1 if area.level == Level.BUILDING else 0)
            groups.setdefault(community.id, []).append((area.id, name))
    return [*wide, *((land.areas[key].name, rows) for key, rows in groups.items())]


class GivePost(forms.Form):
    """A person, a role, an area or a unit, and the days."""

    login = forms.CharField(
        label=_("登录名"),
        max_length=60,
        help_text=_("已有账号的直接填登录名；没有的会新建账号。"),
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]+$", _("只用小写字母、数字、点和横线。"))],
    )
    name = forms.CharField(label=_("姓名"), max_length=60, required=False, help_text=_("新建账号时填写。"))
    role = forms.ChoiceField(label=_("岗位"), choices=Role.choices)
    division = forms.TypedChoiceField(label=_("负责的区域"), coerce=int, empty_value=None, required=False)
    organisation = forms.TypedChoiceField(label=_("所属单位"), coerce=int, empty_value=None, required=False)
    starts_on = _day(_("从哪天起"))
    ends_on = _day(_("到哪天止"), required=False, help_text=_("不填表示长期；这一天不再在岗。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].choices = [("", _("不限区域")), *_areas()]  # type: ignore[attr-defined]
        bodies = sorted(((b.id, b.name) for b in organisations().values()), key=lambda row: row[1])
        self.fields["organisation"].choices = [("", _("没有单位")), *bodies]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A role that works in an area names one of the right level; one that works in a unit names it."""
        said = super().clean() or {}
        role, area = said.get("role"), ground().areas.get(said.get("division") or 0)
        if role in GRID_ROLES and (area is None or area.level != Level.GRID):
            self.add_error("division", _("网格长和网格员要选一个网格。"))
        elif role in AREA_ROLES and area is None:
            self.add_error("division", _("这个岗位要选负责的区域。"))
        elif role == Role.BUILDING_HEAD and (area is None or area.level not in (Level.BUILDING, Level.GRID)):
            self.add_error("division", _("楼栋长要选楼栋；没有楼栋名册时选网格。"))
        if role in UNIT_ROLES and not said.get("organisation"):
            self.add_error("organisation", _("这个岗位要选所属单位。"))
        start, end = said.get("starts_on"), said.get("ends_on")
        if start and end and end <= start:
            self.add_error("ends_on", _("结束日期要晚于开始日期。"))
        return said


class EndPost(forms.Form):
    """From which day on the post is no longer held."""

    on = _day(_("从哪天起不再在岗"))
