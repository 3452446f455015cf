"""``manage.py dryrun_rules FILE``: what a changed table of responsibilities would have done. Changes nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.kit import clock
from gongzhi.kit.errors import Refusal
from gongzhi.workorders.dry_run import compare, differences, read_table
from gongzhi.workorders.staff_views.rules import rows_of
from gongzhi.workorders.tables import default_street


class Command(BaseCommand):
    help = (
        "Show what a changed table of responsibilities (CSV) would have done to the orders of the last days."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and how many days to look back."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--most", type=int, default=20, help="moved orders listed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print faults, differences and the outcome."""
        try:
            wanted, faults = read_table(
                rows_of(options["file"].read_bytes()), default_division=default_street()
            )
        except (Refusal, OSError) as fault:
            raise CommandError(str(fault)) from fault
        if faults:
            raise CommandError("\n".join(faults))
        new, changed, missing = differences(wanted)
        self.stdout.write(
            f"lines {len(wanted)}  new {len(new)}  changed {len(changed)}  left out {len(missing)}"
        )
        outcome = compare(wanted, at=clock.now(), days=options["days"])
        self.stdout.write(
            f"orders {outcome.looked_at}  moved {outcome.moved_count}  uncovered {outcome.uncovered_count}"
        )
        for name, before, after in outcome.units:
            self.stdout.write(f"  {name}  {before} → {after}")
        for row in [*outcome.uncovered, *outcome.moved][: options["most"]]:
            self.stdout.write(
                f"  {row.number}  {row.before or '—'} ({row.before_rule or '—'}) → "
                f"{row.after or '—'} ({row.after_rule or '—'})  {row.title}"
            )
