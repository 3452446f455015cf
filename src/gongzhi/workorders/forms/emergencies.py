"""What is filled in for emergency mode: the switch, its end, the board, notices and the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gongzhi.kit import clock
from gongzhi.meetings.forms import bodies_by_kind, day_field, time_field
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models.emergencies import EmergencyKind
from gongzhi.workorders.tables import tree


def _text(label: Any, *, rows: int = 3, most: int = 500, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), help_text=help_text
    )


def category_codes() -> list[tuple[str, str]]:
    """Branches of the tree as choices: the first level and what is directly below it."""
    topics = tree()
    out = []
    for root in topics.roots:
        out.append((root.code, root.said))
        out += [(child.code, f"{root.said} › {child.said}") for child in topics.children(root.id)]
    return out


def urgent_codes() -> list[str]:
    """Branches with something urgent below them: what an emergency usually is about."""
    topics = tree()
    below = [child for root in topics.roots for child in topics.children(root.id)]
    urgent = [topic.code for topic in topics.topics.values() if topic.urgent]
    return [child.code for child in below if any(topics.within(code, child.code) for code in urgent)]


class SwitchForm(forms.Form):
    """Emergency mode for an area."""

    name = forms.CharField(
        label=_("名称"), max_length=40, help_text=_("例如：台风“海燕”。会显示在每一页顶上。")
    )
    kind = forms.ChoiceField(label=_("类型"), choices=EmergencyKind.choices, widget=forms.RadioSelect)
    division = forms.TypedChoiceField(label=_("范围"), coerce=int)
    reason = _text(_("为什么启动"))
    categories = forms.MultipleChoiceField(
        label=_("哪些分类按应急时限"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("新的工作时限按钟点算，夜里和周末也算。其他不紧急的工单暂停计时，结束后接着算。"),
    )  # fmt: skip
    day_hours = forms.IntegerField(label=_("一个工作日折合几小时"), min_value=1, max_value=24, initial=8)

    def __init__(self, *args: Any, paths: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wide = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
        areas = [a for a in ground().areas.values() if a.level in wide and any(a.within(p) for p in paths)]
        areas.sort(key=lambda a: (wide.index(Level(a.level)), a.code))
        names = dict(Level.choices)
        rows = [(a.id, f"{names[Level(a.level)]} · {a.name}") for a in areas]
        self.fields["division"].choices = rows  # type: ignore[attr-defined]
        self.fields["categories"].choices = category_codes()  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why it can end."""

    reason = _text(_("为什么可以结束"))


class ShelterForm(forms.Form):
    """A shelter."""

    name = forms.CharField(label=_("避难场所"), max_length=60)
    place = forms.CharField(label=_("地址"), required=False, max_length=120)
    capacity = forms.IntegerField(label=_("能容纳多少人"), min_value=1, max_value=100_000)
    keeper = forms.TypedChoiceField(label=_("谁管"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = sorted(organisations().values(), key=lambda b: b.code)
        self.fields["keeper"].choices = [("", _("没有写")), *((b.id, b.label) for b in bodies)]  # type: ignore[attr-defined]


class PeopleForm(forms.Form):
    """How many are there now."""

    part = forms.IntegerField(widget=forms.HiddenInput)
    people = forms.IntegerField(label=_("现在有多少人"), min_value=0, max_value=100_000)
    closed = forms.BooleanField(label=_("关闭"), required=False)


class SupplyForm(forms.Form):
    """Something needed."""

    name = forms.CharField(label=_("物资"), max_length=60)
    unit = forms.CharField(
        label=pgettext_lazy("how things are counted", "单位"), max_length=12, help_text=_("袋、箱、台")
    )
    place = forms.CharField(label=_("在哪里"), required=False, max_length=120)
    there = forms.IntegerField(label=_("现有"), min_value=0, max_value=1_000_000)
    wanted = forms.IntegerField(label=_("需要"), min_value=0, max_value=1_000_000)


class ThereForm(forms.Form):
    """How much there is now."""

    part = forms.IntegerField(widget=forms.HiddenInput)
    there = forms.IntegerField(label=_("现有"), min_value=0, max_value=1_000_000)


class ShiftForm(forms.Form):
    """Who is on duty."""

    account = forms.TypedChoiceField(label=_("值守人员"), coerce=int)
    task = forms.CharField(label=_("做什么"), max_length=60)
    on = day_field(_("哪一天"))
    begins = time_field(_("从"))
    ends = time_field(_("到"))

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"on": clock.today(), "begins": "08:00", "ends": "20:00"})
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Moments from day and times; over midnight when it ends before it begins."""
        said = super().clean() or {}
        if {"on", "begins", "ends"} <= said.keys():
            zone = timezone.get_default_timezone()
            begins = datetime.combine(said["on"], said["begins"], zone)
            ends = datetime.combine(said["on"], said["ends"], zone)
            if ends == begins:
                self.add_error("ends", _t("结束时间要晚于开始时间。"))
            said["begins_at"], said["ends_at"] = begins, ends if ends > begins else ends + timedelta(days=1)
        return said


class BulletinForm(forms.Form):
    """A notice, and to whom."""

    title = forms.CharField(label=_("标题"), max_length=80)
    text = _text(_("内容"), rows=4, most=5000)
    roles = forms.MultipleChoiceField(
        label=_("发给岗位"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(r.value, r.label) for r in (Role.GRID_LEADER, Role.GRID_MEMBER, Role.CLERK, Role.LEADER, Role.CHECKER)],
    )  # fmt: skip
    bodies = forms.TypedMultipleChoiceField(
        label=_("发给单位"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bodies"].choices = bodies_by_kind()  # type: ignore[attr-defined]


class RecordForm(forms.Form):
    """The words of the record."""

    text = _text(_("复盘"), rows=18, most=20_000)
