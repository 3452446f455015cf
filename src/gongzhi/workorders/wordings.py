"""Texts that staff start from when they answer, ask or decline: which are offered for an order, filled in.

Places to fill are words in braces, such as ``{地点}``; what is unknown stays as it is, so that somebody notices. Nothing
here writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gongzhi.kit import clock
from gongzhi.kit.revision import cached
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import Wording, WorkOrder
from gongzhi.workorders.tables import tree

#: Words that can be filled in, and an example of each.
PLACES = ("编号", "标题", "地点", "网格", "分类", "单位", "今天")
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Offered:
    """A wording filled in for an order. ``left`` are places that nobody could fill."""

    name: str
    text: str
    left: tuple[str, ...]


def _read() -> list[tuple[int, int | None, str, str, str]]:
    return list(Wording.objects.filter(ends_on=None).values_list("id", "category_id", "step", "name", "text"))


def wordings() -> list[tuple[int, int | None, str, str, str]]:
    """(id, category or None, step, name, text) of those in use."""
    return cached("wordings", _read)


def unknown_places(text: str) -> list[str]:
    """Words in braces that nothing can be filled into."""
    return sorted(set(_PLACE.findall(text)) - set(PLACES))


def offered(order: WorkOrder, step: str) -> list[Offered]:
    """What may be started from, the most specific category first. No statement while the table is in memory."""
    line = [topic.id for topic in tree().line(order.category_id)]
    rows = [row for row in wordings() if row[2] == step and (row[1] is None or row[1] in line)]
    if not rows:
        return []
    rows.sort(key=lambda row: (-(line.index(row[1]) if row[1] is not None else -1), row[3]))
    unit = organisations().get(order.unit_id or 0)
    area = order.grid_id or order.community_id
    grid = ground().name_of(area, above=1 if order.grid_id else 0) if area else ""
    today = clock.today()
    fills = {
        "编号": order.number,
        "标题": order.title,
        "地点": order.place_text or ground().name_of(order.building_id) or grid,
        "网格": grid,
        "分类": tree().topics[order.category_id].name if order.category_id in tree().topics else "",
        "单位": unit.name if unit else "",
        "今天": f"{today.month}月{today.day}日",
    }
    found = []
    for _key, _category, _step, name, text in rows:
        said = _PLACE.sub(lambda match: fills.get(match[1]) or match[0], text)
        found.append(Offered(name, said, tuple(_PLACE.findall(said))))
    return found
