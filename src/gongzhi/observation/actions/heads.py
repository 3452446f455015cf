"""Enter how many people live where: without it no map tells anything per thousand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid
from gongzhi.observation.models import Headcount
from gongzhi.observation.policies import require
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area, ground

MOST_LINES = 3000


def read_lines(text: str, within: Area) -> list[tuple[int, int]]:
    """(division, people) of lines such as ``海棠社区,5230`` or ``449001001001,5230``. Invalid names the bad line."""
    land = ground()
    inside = [area for area in land.areas.values() if area.within(within.path)]
    by_code = {area.code: area for area in inside}
    by_name: dict[str, list[Area]] = {}
    for area in inside:
        for name in {area.name, land.name_of(area.id, above=1).replace(" ", "")}:
            by_name.setdefault(name, []).append(area)
    found = []
    for number, line in enumerate(text.replace("，", ",").replace("\t", ",").splitlines(), 1):
        if not line.strip():
            continue
        name, _comma, people = (part.strip() for part in line.rpartition(","))
        named = [by_code[name]] if name in by_code else by_name.get(name.replace(" ", ""), [])
        if len(named) != 1:
            words = (
                _("第 {n} 行：没有“{name}”这个地方。")
                if not named
                else _("第 {n} 行：叫“{name}”的不止一个，请写编码。")
            )
            raise Invalid(words.format(n=number, name=name[:40]), code="unknown_area")
        if not people.isdecimal() or not 0 < int(people) < 100_000_000:
            raise Invalid(_("第 {n} 行：人数要是正整数。").format(n=number), code="bad_number")
        found.append((named[0].id, int(people)))
    if not found or len(found) > MOST_LINES:
        raise Invalid(_("请每行写一个地方和人数，最多 {n} 行。").format(n=MOST_LINES), code="no_lines")
    return found


@transaction.atomic
def count_heads(
    rows: Sequence[tuple[int, int]], *, counted_on: date, source: str, by: Person, at: datetime
) -> int:
    """Keep the numbers of people of some areas as of a day; the same day again replaces them. How many areas."""
    if not source.strip():
        raise Invalid(_("请写明人口数的来源。"), code="no_source")
    for division_id, people in rows:
        require(by, "count_heads", division_id)
        Headcount.objects.update_or_create(
            division_id=division_id,
            counted_on=counted_on,
            defaults={"people": people, "source": source.strip()[:120]},
        )
    return len(rows)
