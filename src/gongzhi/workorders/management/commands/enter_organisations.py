"""``./gongzhi manage enter_organisations FILE``: units from a CSV table; those known by code stay as they are."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.workorders.actions.beginning import enter_organisations

SERVICE = Actor.for_service("begin")
COLUMNS = {"code", "name", "kind", "parent_code", "division_code", "phone"}


class Command(BaseCommand):
    help = "Enter organisations from a CSV file (code, name, kind, parent_code, division_code, phone)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError) as fault:
            raise CommandError(str(fault)) from fault
        if not rows or not set(rows[0]) >= COLUMNS:
            raise CommandError(f"The table needs the columns {', '.join(sorted(COLUMNS))}.")
        try:
            with acting(SERVICE):
                made, known = enter_organisations(rows, by=SERVICE, at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        self.stdout.write(f"new {made}  known {known}")
