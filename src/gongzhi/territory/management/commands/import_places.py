"""``./gongzhi import places FILE``: known places from a CSV file, in which addresses and texts are looked up."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from civics.territory import SYSTEMS
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid
from gongzhi.territory import actions
from gongzhi.territory.places import dry_run

SERVICE = Actor.for_service("import")


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
        try:
            raw = path.read_bytes()
        except OSError as fault:
            raise CommandError(_("打不开文件 {name}。").format(name=path.name)) from fault
        with acting(SERVICE):
            try:
                run = dry_run(raw, crs=options["crs"])
            except Invalid as refusal:
                raise CommandError(str(refusal)) from refusal
            if run.found and not options["dry_run"]:
                actions.name_places(run.found, by=SERVICE, at=clock.now())
        said = _("共 {rows} 行：新增 {taken}，已有 {known}，未收 {rejected}。{dry}")
        dry = _("（试运行，没有写入）") if options["dry_run"] else ""
        self.stdout.write(
            said.format(
                rows=run.rows, taken=len(run.found), known=run.known, rejected=len(run.rejected), dry=dry
            )
        )
        if run.rejected:
            errors = options["errors"] or path.with_name(f"{path.name}.errors.csv")
            _keep(errors, run.header, run.rejected)
            self.stdout.write(_("未收的行和原因：{path}").format(path=errors))


def _keep(path: Path, header: list[str], rejected: list[tuple[int, list[str], str]]) -> None:
    # with a byte order mark: office programs then read the Chinese
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow([*header, _("行号"), _("原因")])
        for line, cells, reason in rejected:
            padded = [*cells, *[""] * len(header)][: len(header)]
            table.writerow([*padded, line, reason])
