"""Which tables of the ground have their changes kept, and how those are said: places, calendars, divisions.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.journal.books import Noted, Say, Table, plainly, register
from gongzhi.territory.models import CalendarDay, Division, Level, Place, WorkHours
from gongzhi.territory.policies import GROUND

PLACES, CALENDAR, DIVISIONS = "places", "calendar", "divisions"
_WEEK = "一二三四五六日"


def place_values(place: Place) -> dict[str, Any]:
    """What a known place says."""
    return {
        "name": place.name,
        "aliases": list(place.aliases),
        "kind": place.kind,
        "lon": place.lon,
        "lat": place.lat,
    }


def division_values(division: Division) -> dict[str, Any]:
    """What a division says, but for its border."""
    return {
        "name": division.name, "level": division.level, "above": division.parent.code if division.parent else "",
        "starts_on": division.starts_on, "ends_on": division.ends_on,
    }  # fmt: skip


def day_values(day: CalendarDay | None) -> dict[str, Any] | None:
    """What the calendar says of a day that differs from its weekday."""
    if day is None:
        return None
    return {"works": day.works, "name": day.name, "source": day.source, "provisional": day.provisional}


def hours_values(jurisdiction: str) -> dict[str, Any]:
    """The opening times of a week in words."""
    rows = WorkHours.objects.filter(jurisdiction=jurisdiction)
    return {"hours": [f"{_WEEK[row.weekday]} {row.opens:%H:%M}-{row.closes:%H:%M}" for row in rows]}


def _sayer(noted: Sequence[Noted]) -> Say:
    def say(name: str, value: Any) -> str:
        if name == "level" and value in Level.values:
            return str(Level(value).label)
        if name == "works" and value is not None:
            return _("上班") if value else _("放假")
        if name == "area_m2" and value:
            return _("{n} 平方米").format(n=value)
        return plainly(name, value)

    return say


def register_all() -> None:
    """Declare them."""
    from gongzhi.territory.actions import undo_day, undo_place

    def may(verb: str) -> Any:
        return lambda actor: GROUND.may(actor, verb, None)

    name, source = gettext_lazy("名称"), gettext_lazy("来源")
    begins, ends = gettext_lazy("从哪天起"), gettext_lazy("到哪天")
    register(
        Table(
            PLACES, gettext_lazy("地点"), "territory:places_page", may("see_ground"),
            {"name": name, "aliases": gettext_lazy("别名"), "kind": gettext_lazy("类别"), "lon": gettext_lazy("经度"),
             "lat": gettext_lazy("纬度"), "rows": gettext_lazy("行")},
            _sayer, undo=undo_place, may_undo=may("change_places"),
        ),
        Table(
            CALENDAR, gettext_lazy("工作日历"), "territory:calendar", may("see_calendar"),
            {"works": gettext_lazy("上班还是放假"), "name": name, "provisional": gettext_lazy("暂定"),
             "hours": gettext_lazy("上班时间"), "years": gettext_lazy("年份"), "days": gettext_lazy("天数")},
            _sayer, undo=undo_day, may_undo=may("change_calendar"),
        ),
        Table(
            DIVISIONS, gettext_lazy("辖区"), "territory:ground", may("see_ground"),
            {"name": name, "level": gettext_lazy("哪一级"), "above": gettext_lazy("上级"), "border": gettext_lazy("边界"),
             "area_m2": gettext_lazy("面积"), "rows": gettext_lazy("行"), "source": source, "starts_on": begins,
             "ends_on": ends},
            _sayer,
        ),
    )  # fmt: skip
