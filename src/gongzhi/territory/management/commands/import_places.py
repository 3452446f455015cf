"""``./gongzhi import places FILE``: known places from a CSV file, in which addresses and texts are looked up."""

from __future__ import annotations

import csv
import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from civics.territory import SYSTEMS, UnknownSystem, distance_m, to_wgs84
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.territory import actions
from gongzhi.territory.ground import ground

SERVICE = Actor.for_service("import")
#: What a column may be called.
COLUMNS = {
    "name": ("name", "名称", "地名"), "aliases": ("aliases", "别名"), "kind": ("kind", "类别"),
    "lon": ("lon", "经度"), "lat": ("lat", "纬度"), "crs": ("crs", "坐标系"),
}  # fmt: skip
#: A place of the same name so near is the same place.
SAME_METRES = 100


class Bad(ValueError):
    """A row that cannot be taken; the sentence says why."""


class Command(BaseCommand):
    help = (
        "Import known places from CSV: name, aliases (A、B), kind, lon, lat, crs. Running it twice adds none."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", default="WGS84", help=f"where no column says it: {', '.join(SYSTEMS)}")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument(
            "--errors", type=Path, help="file for rejected rows (default: FILE.errors.csv beside it)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        header, rows = _read(path)
        found: list[dict[str, Any]] = []
        rejected: list[tuple[int, list[str], str]] = []
        known = 0
        with acting(SERVICE):
            there: dict[str, list[tuple[float, float]]] = {}
            for _key, name, _aliases, lon, lat, _division, _kind in ground().places:
                there.setdefault(name, []).append((lon, lat))
            for line, cells in rows:
                try:
                    place = _place(dict(zip(header, cells, strict=False)), options["crs"])
                except Bad as fault:
                    rejected.append((line, cells, str(fault)))
                    continue
                here = (place["lon"], place["lat"])
                if any(distance_m(here, other) < SAME_METRES for other in there.get(place["name"], ())):
                    known += 1
                    continue
                there.setdefault(place["name"], []).append(here)
                found.append(place)
            if found and not options["dry_run"]:
                actions.name_places(found, by=SERVICE, at=clock.now())
        said = _("共 {rows} 行：新增 {taken}，已有 {known}，未收 {rejected}。{dry}")
        dry = _("（试运行，没有写入）") if options["dry_run"] else ""
        count = len(found) + known + len(rejected)
        self.stdout.write(
            said.format(rows=count, taken=len(found), known=known, rejected=len(rejected), dry=dry)
        )
        if rejected:
            errors = options["errors"] or path.with_name(f"{path.name}.errors.csv")
            _keep(errors, header, rejected)
            self.stdout.write(_("未收的行和原因：{path}").format(path=errors))


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and the rows with their line. Raises CommandError for what is no table of places."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise CommandError(_("打不开文件 {name}。").format(name=path.name)) from fault
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CommandError(_("这不是文本文件。"))
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    for field in ("name", "lon", "lat"):
        if not set(COLUMNS[field]) & set(header):
            raise CommandError(_("文件里没有这一列：{names}").format(names="、".join(COLUMNS[field])))
    return header, ((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))


def _place(cells: Mapping[str, str], crs: str) -> dict[str, Any]:
    """A place as ``actions.name_places`` takes it. Raises Bad."""
    told = {
        field: next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")
        for field, names in COLUMNS.items()
    }
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
    aliases = [alias.strip() for alias in re.split(r"[、,，;；|]", told["aliases"]) if alias.strip()]
    return {
        "name": name, "aliases": aliases, "kind": told["kind"][:20], "division_id": spot.division_id,
        "lon": lon, "lat": lat,
    }  # fmt: skip


def _keep(path: Path, header: list[str], rejected: list[tuple[int, list[str], str]]) -> None:
    # with a byte order mark: office programs then read the Chinese
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow([*header, _("行号"), _("原因")])
        for line, cells, reason in rejected:
            padded = [*cells, *[""] * len(header)][: len(header)]
            table.writerow([*padded, line, reason])
