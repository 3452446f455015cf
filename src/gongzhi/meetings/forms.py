"""What those who call meetings fill in. Moments are entered as day and time of the town."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock
from gongzhi.meetings.models import Every, OnRest, Purpose
from gongzhi.meetings.policies import CALLING, reach
from gongzhi.meetings.queries import people_to_invite
from gongzhi.people.actor import Person
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import organisations
from gongzhi.people.roles import PARTS
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

WEEKDAYS = [
    (0, _("周一")),
    (1, _("周二")),
    (2, _("周三")),
    (3, _("周四")),
    (4, _("周五")),
    (5, _("周六")),
    (6, _("周日")),
]
WEEKS = [(1, _("第一个")), (2, _("第二个")), (3, _("第三个")), (4, _("第四个")), (5, _("最后一个"))]
#: The territory down to grids is a list; buildings are too many for one and come last.
_LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY, Level.GRID)


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day, as the browser's own picker."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required, help_text=help_text)


def time_field(label: Any) -> forms.TimeField:
    """A time of day, as the browser's own picker."""
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def areas_of(by: Person, roles: tuple[str, ...] = CALLING) -> list[tuple[int, str]]:
    """The areas for which somebody may call a meeting, from the top; buildings only of a small reach."""
    paths = tuple(dict.fromkeys(path for post in by.posts for path in reach(post, roles)))
    land = ground()
    inside = [area for area in land.areas.values() if any(area.within(path) for path in paths)]
    wide = [area for area in inside if area.level in _LEVELS]
    houses = [area for area in inside if area.level == Level.BUILDING]
    shown = wide + (houses if len(houses) <= 120 else [])
    order = {level: place for place, level in enumerate((*_LEVELS, Level.BUILDING))}
    shown.sort(key=lambda area: (order[Level(area.level)], area.code))
    names = dict(Level.choices)
    return [
        (
            area.id,
            f"{names[Level(area.level)]} · {land.name_of(area.id, above=1 if area.level in (Level.GRID, Level.BUILDING) else 0)}",
        )
        for area in shown
    ]


def bodies_by_kind(first: tuple[str, ...] = ()) -> list[tuple[str, list[tuple[int, str]]]]:
    """Organisations as grouped choices, in the order in which kinds are declared; those of ``first`` before them."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for body in sorted(organisations().values(), key=lambda one: one.code):
        groups.setdefault(body.kind, []).append((body.id, body.label))
    labels = dict(OrganisationKind.choices)
    order = (*first, *(code for code in labels if code not in first))
    return [(str(labels[code]), groups[code]) for code in order if code in groups]


class InvitedForm(forms.Form):
    """Whom to invite: organisations, and people of the grids and buildings below. ``FIRST`` kinds come first."""

    FIRST: tuple[str, ...] = ()

    bodies = forms.TypedMultipleChoiceField(
        label=_("邀请单位"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    guests = forms.TypedMultipleChoiceField(
        label=_("邀请个人"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("网格和楼栋没有单位，按人邀请。"),
    )  # fmt: skip

    def __init__(self, *args: Any, by: Person, without: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = [
            (kind, [pair for pair in pairs if pair[0] not in without])
            for kind, pairs in bodies_by_kind(self.FIRST)
        ]
        self.groups = [(kind, pairs) for kind, pairs in self.groups if pairs]
        self.fields["bodies"].choices = [pair for _kind, pairs in self.groups for pair in pairs]  # type: ignore[attr-defined]
        paths = [path for post in by.posts for path in reach(post)]
        self.people = [
            (account, f"{name} · {area} {PARTS.get(role, role)}")
            for account, name, role, area in people_to_invite(paths)
            if account != by.account_id
        ]
        self.fields["guests"].choices = self.people  # type: ignore[attr-defined]

    def chosen(self, name: str) -> set[int]:
        """What was ticked before, for drawing the form again."""
        given: Any = self.initial.get(name, ())
        if self.is_bound and isinstance(self.data, QueryDict):
            given = self.data.getlist(self.add_prefix(name))
        return {int(one) for one in given if str(one).isdecimal()}

    def invited_groups(self) -> list[dict[str, Any]]:
        """Groups of tick boxes: kind, rows of value, name and whether ticked, and how many are ticked."""
        ticked = self.chosen("bodies")
        out = []
        for kind, pairs in self.groups:
            rows = [{"value": key, "name": name, "ticked": key in ticked} for key, name in pairs]
            out.append({"kind": kind, "rows": rows, "ticked": sum(bool(row["ticked"]) for row in rows)})
        return out

    def invited_people(self) -> list[dict[str, Any]]:
        """The same for people."""
        ticked = self.chosen("guests")
        return [{"value": key, "name": name, "ticked": key in ticked} for key, name in self.people]


class WhenForm(forms.Form):
    """Title, day and times, place, agenda and the video room of a meeting."""

    title = forms.CharField(label=_("会议名称"), max_length=120)
    on = day_field(_("日期"))
    begins = time_field(_("开始"))
    ends = time_field(_("结束"))
    place = forms.CharField(label=_("地点"), max_length=200, required=False)
    agenda = forms.CharField(
        label=_("议程"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一项。"),
    )  # fmt: skip
    video = forms.BooleanField(label=_("开视频会议室"), required=False)

    def clean(self) -> dict[str, Any]:
        """Day and times become the moments ``starts_at`` and ``ends_at``."""
        said = super().clean() or {}
        if said.get("on") and said.get("begins") and said.get("ends"):
            zone = timezone.get_default_timezone()
            said["starts_at"] = datetime.combine(said["on"], said["begins"], zone)
            said["ends_at"] = datetime.combine(said["on"], said["ends"], zone)
            if said["ends_at"] <= said["starts_at"]:
                self.add_error("ends", _("结束时间要晚于开始时间。"))
        return said


class MeetingForm(WhenForm, InvitedForm):
    """A meeting to be called."""

    purpose = forms.ChoiceField(
        label=_("会议类型"),
        choices=[c for c in Purpose.choices if c[0] != Purpose.LIAISON],
        initial=Purpose.CASE,
    )
    division = forms.TypedChoiceField(label=_("哪个区域的会议"), coerce=int)
    answer_hours = forms.IntegerField(
        label=_("多少小时内答复"), min_value=1, max_value=720, initial=24, help_text=_("最晚到会议开始。")
    )

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        self.fields["division"].choices = areas_of(by)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Somebody has to be invited; the hours become the moment ``answer_by``."""
        said = super().clean()
        if not said.get("bodies") and not said.get("guests"):
            self.add_error("bodies", _("请选择要邀请的单位。"))
        if said.get("answer_hours"):
            said["answer_by"] = clock.now() + timedelta(hours=said["answer_hours"])
        return said


class SeriesForm(InvitedForm):
    """A liaison meeting that comes again."""

    title = forms.CharField(label=_("例会名称"), max_length=120)
    division = forms.TypedChoiceField(label=_("哪个区域的例会"), coerce=int)
    every = forms.ChoiceField(
        label=_("多久一次"), choices=Every.choices, widget=forms.RadioSelect, initial="weekly"
    )
    interval = forms.IntegerField(
        label=_("间隔"), min_value=1, max_value=12, initial=1, help_text=_("1 表示每周或每月，2 表示隔一次。")
    )
    week = forms.TypedChoiceField(
        label=_("每月的第几个"), coerce=int, choices=WEEKS, initial=1, help_text=_("每周的例会不用选。")
    )
    weekday = forms.TypedChoiceField(label=_("周几"), coerce=int, choices=WEEKDAYS, initial=1)
    on_rest = forms.ChoiceField(
        label=_("遇到放假"), choices=OnRest.choices, widget=forms.RadioSelect, initial=OnRest.NEXT
    )
    clock_time = time_field(_("开始时间"))
    minutes = forms.IntegerField(label=_("时长（分钟）"), min_value=5, max_value=600, initial=60)
    place = forms.CharField(label=_("地点"), max_length=200, required=False)
    agenda = forms.CharField(
        label=_("固定议程"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一项。"),
    )  # fmt: skip
    video = forms.BooleanField(label=_("开视频会议室"), required=False, initial=True)
    starts_on = day_field(_("从哪天起"))
    ends_on = day_field(_("到哪天止"), required=False, help_text=_("不填表示长期；这一天不再开。"))

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        self.fields["division"].choices = areas_of(by)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Somebody has to be invited."""
        said = super().clean() or {}
        if not said.get("bodies") and not said.get("guests"):
            self.add_error("bodies", _("请选择要邀请的单位。"))
        return said
