"""``./gongzhi import workorders FILE``: orders from a CSV or XLSX file, as inflow or as history."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import Refusal
from gongzhi.workorders.importing import maps
from gongzhi.workorders.importing.run import BATCH, Summary, run
from gongzhi.workorders.workflow import WORKFLOW

_WHY = {
    "place": _("待确认位置"),
    "category": _("待确认分类"),
    "unit": _("待确定单位"),
    "police": _("像是警务或紧急的事"),
}


class Command(BaseCommand):
    help = "Import orders from CSV, CSV.GZ or XLSX. Running it twice adds none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--preset", help=f"column preset: {', '.join(maps.presets())}; found by the header else"
        )
        which.add_argument("--map", dest="own", help="own column map: JSON, or a file with it")
        parser.add_argument(
            "--as",
            dest="kind",
            choices=(maps.HISTORY, maps.INFLOW),
            help="inflow: arrives now, promises run. history: own dates, closed, no promises, no notices",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument(
            "--errors", type=Path, help="file for rejected rows (default: in GONGZHI_HOME/imports)"
        )
        parser.add_argument("--batch", type=int, default=BATCH, help="rows per transaction")
        parser.add_argument(
            "--template", type=Path, help="write an empty template (CSV) to this path, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["template"]:
            write_template(options["template"])
            self.stdout.write(str(options["template"]))
            return
        if options["file"] is None:
            raise CommandError(_("请写明要导入的文件。"))
        path: Path = options["file"]
        stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
        errors = options["errors"] or settings.HOME.path / "imports" / f"{path.name}.{stamp}.errors.csv"
        try:
            columns = maps.map_from(options["own"]) if options["own"] else None
            columns = maps.preset(options["preset"]) if options["preset"] else columns
            summary = run(
                path,
                columns=columns,
                as_history={maps.HISTORY: True, maps.INFLOW: False}.get(options["kind"] or ""),
                dry=options["dry_run"],
                errors=errors,
                batch=max(1, options["batch"]),
                tell=self.tell,
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.help}".strip()) from refusal
        finally:
            if sys.stderr.isatty():
                self.stderr.write("")
        self.stdout.write("\n".join(told(summary)))
        if summary.broken:
            raise CommandError(summary.broken)

    def tell(self, summary: Summary) -> None:
        """One line of progress on stderr; on a terminal it overwrites itself."""
        speed = summary.rows / summary.seconds if summary.seconds else 0
        line = _("已读 {rows} 行，新增 {taken}，已有 {known}，未收 {rejected}（每秒 {speed:.0f} 行）").format(
            rows=summary.rows,
            taken=summary.taken,
            known=summary.known,
            rejected=summary.rejected,
            speed=speed,
        )
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{line}", ending="")
        else:
            self.stderr.write(line)
        self.stderr.flush()


def told(summary: Summary) -> list[str]:
    """The summary in lines."""
    how = _("历史记录") if summary.as_history else _("新到诉求")
    lines = [
        _("{name}：按“{map}”读取，作为{how}{dry}").format(
            name=summary.name,
            map=summary.columns.label,
            how=how,
            dry=_("（试运行，没有写入）") if summary.dry else "",
        ),
        _("共 {rows} 行：新增 {taken}，已有 {known}，未收 {rejected}。用时 {seconds:.1f} 秒。").format(
            rows=summary.rows,
            taken=summary.taken,
            known=summary.known,
            rejected=summary.rejected,
            seconds=summary.seconds,
        ),
    ]
    if summary.states:
        states = [f"{_(WORKFLOW.states[code].label)} {count}" for code, count in summary.states.most_common()]
        lines.append(
            _("新增的工单：{states}；与别的反映相近 {near}。").format(
                states="，".join(states), near=summary.near
            )
        )
    if summary.why and not summary.as_history:
        why = [f"{_(_WHY.get(code, code))} {count}" for code, count in summary.why.most_common()]
        lines.append(_("等受理员确认：{why}。").format(why="，".join(why)))
    if summary.errors:
        lines.append(_("未收的行和原因：{path}").format(path=summary.errors))
    return lines


def write_template(path: Path) -> None:
    """An empty file with the columns of the preset ``gongzhi``, which office programs open."""
    columns = maps.preset("gongzhi").columns
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow([cell.columns[0] for cell in columns.values()])
