"""What an address of the evaluation asks for: the area, the month, the version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.evaluation import queries
from gongzhi.kit import clock
from gongzhi.kit.errors import NotFound
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area


@dataclass(frozen=True)
class Asked:
    """Area and month, and the published version that is wanted (None: the newest, or the preview)."""

    area: Area | None
    month: date
    version: int | None
    one_area: bool

    def query(self, **more: Any) -> str:
        """The same as the end of an address."""
        said: dict[str, Any] = {}
        if self.area and not self.one_area:
            said["area"] = self.area.id
        if self.version:
            said["version"] = self.version
        said.update({key: value for key, value in more.items() if value})
        return f"?{urlencode(said)}" if said else ""

    def month_url(self, month: date | None = None, **more: Any) -> str:
        """The page of a month."""
        return reverse("evaluation:month") + self.query(month=f"{month or self.month:%Y-%m}", **more)

    def unit_url(self, unit_id: int) -> str:
        """The page of a unit in this month."""
        return reverse("evaluation:unit", args=[f"{self.month:%Y-%m}", unit_id]) + self.query()

    def figure_url(self, unit_id: int, figure: str) -> str:
        """The list behind a number of a unit."""
        return reverse("evaluation:behind", args=[f"{self.month:%Y-%m}", unit_id, figure]) + self.query()


def month_from(text: str) -> date:
    """2026-10 as the first day of that month. NotFound."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as fault:
        raise NotFound(_("没有这个月份。")) from fault


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "") or request.POST.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise NotFound
    return int(text)


def asked(request: HttpRequest, by: Person, month: str = "") -> Asked:
    """What the address asks for; without a month the last whole one."""
    offered = queries.areas()
    area = queries.area_for(by, _number(request, "area"))
    text = month or request.GET.get("month", "")
    wanted = month_from(text) if text else queries.last_whole_month(clock.today())
    return Asked(area, wanted, _number(request, "version"), len(offered) < 2)


def month_words(month: date) -> str:
    """A month as people read it."""
    return _("{year} 年 {month} 月").format(year=month.year, month=month.month)
