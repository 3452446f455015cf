"""Known places from and to a CSV file: every row read, converted and put into its area, or refused with a reason.

Nothing here writes: taking them in is ``actions.name_places``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from civics.territory import UnknownSystem, distance_m, to_wgs84
from gongzhi.kit.errors import Invalid
from gongzhi.territory.ground import ground

#: What a column may be called.
COLUMNS = {
    "name": ("name", "名称", "地名"), "aliases": ("aliases", "别名"), "kind": ("kind", "类别"),
    "lon": ("lon", "经度"), "lat": ("lat", "纬度"), "crs": ("crs", "坐标系"),
}  # fmt: skip
#: A place of the same name so near is the same place.
SAME_METRES = 100
#: Rows of a file at most.
MOST_ROWS = 50_000


class Bad(ValueError):
    """A row that cannot be taken; the sentence says why."""


@dataclass
class PlacesRun:
    """What a file would bring: places to add, how many are known, rows that cannot be taken (line, cells, reason)."""

    header: list[str]
    found: list[dict[str, Any]] = field(default_factory=list)
    known: int = 0
    rejected: list[tuple[int, list[str], str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return len(self.found) + self.known + len(self.rejected)


def dry_run(raw: bytes, *, crs: str = "WGS84") -> PlacesRun:
    """Read a file. ``crs`` is the system where no column says it. Raises Invalid for what is no table of places."""
    header, rows = _read(raw)
    run = PlacesRun(header)
    there: dict[str, list[tuple[float, float]]] = {}
    for _key, name, _aliases, lon, lat, _division, _kind in ground().places:
        there.setdefault(name, []).append((lon, lat))
    for line, cells in rows:
        if run.rows >= MOST_ROWS:
            raise Invalid(_("行数太多了，最多 {n} 行。").format(n=MOST_ROWS), code="too_many_rows")
        try:
            place = _place(dict(zip(header, cells, strict=False)), crs)
        except Bad as fault:
            run.rejected.append((line, cells, str(fault)))
            continue
        here = (place["lon"], place["lat"])
        if any(distance_m(here, other) < SAME_METRES for other in there.get(place["name"], ())):
            run.known += 1
            continue
        there.setdefault(place["name"], []).append(here)
        run.found.append(place)
    return run


def split_aliases(text: str) -> list[str]:
    """Other names, divided by any of the usual signs or by lines."""
    return [alias.strip() for alias in re.split(r"[、,，;；|\n]", text) if alias.strip()]


def _read(raw: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(_("这不是文本文件。"), help=_("请另存为 CSV，再选择它。"), code="not_text")
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    for name in ("name", "lon", "lat"):
        if not set(COLUMNS[name]) & set(header):
            sentence = _("文件里没有这一列：{names}").format(names="、".join(COLUMNS[name]))
            raise Invalid(sentence, code="columns")
    return header, ((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))


def _taken_back(text: str) -> str:
    """What a download of ours has made harmless for office programs, as it was."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


def _place(cells: Mapping[str, str], crs: str) -> dict[str, Any]:
    """A place as ``actions.name_places`` takes it. Raises Bad."""
    told = {
        field: next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")
        for field, names in COLUMNS.items()
    }
    told = {field: _taken_back(text) for field, text in told.items()}
    name = told["name"]
    if not 2 <= len(name) <= 120:
        raise Bad(_("名称要有 2 到 120 个字。"))
    try:
        lon, lat = to_wgs84(float(told["lon"]), float(told["lat"]), told["crs"] or crs)
    except UnknownSystem as fault:
        raise Bad(_("不认识坐标系“{name}”。").format(name=(told["crs"] or crs)[:40])) from fault
    except ValueError as fault:
        raise Bad(_("这个位置不是有效的经纬度。")) from fault
    spot = ground().spot(lon, lat)
    if spot is None or spot.division_id is None:
        raise Bad(_("这个位置不在辖区内。"))
    return {
        "name": name, "aliases": split_aliases(told["aliases"]), "kind": told["kind"][:20],
        "division_id": spot.division_id, "lon": lon, "lat": lat,
    }  # fmt: skip
